"""What is expected, rewritten on purpose: with a reason, recorded beside it, all or nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trends.errors import InputError, TrendsError
from trends.project import find_project
from trends.reporting import Kernel
from trends.reproduce.causes import causes, short
from trends.reproduce.checking import chosen, known_faults, leaves, warm
from trends.reproduce.comparing import PARTS, Change, compare
from trends.reproduce.expected import expected_text, read_expected
from trends.reproduce.inputs import gather_inputs
from trends.reproduce.locking import locked
from trends.reproduce.notebooks import check_notebook, fresh_notebook
from trends.reproduce.panels import Looked
from trends.reproduce.rendered import take
from trends.reproduce.reports import REVISIONS, Report

_TITLE = "# Revisions\n\nEach change of what is expected of `{name}`: when, why, what, by how much.\n"
_LISTED = 20


def update(
    names: Sequence[str] = (),
    *,
    reason: str,
    project: Path | None = None,
    kernel: Kernel | None = None,
    on_step: Callable[[str], None] = lambda what: None,
) -> list[Path]:
    """Rewrite what is expected of reports and notebooks, and append to each ``revisions.md`` what changed and why.

    Parameters
    ----------
    names, project, kernel, on_step
        As for `check`.
    reason
        Why, in a sentence.

    Returns
    -------
    list of Path
        The files that were written; none where all was as expected.

    Raises
    ------
    InputError
        There is no reason, a page is wrong by itself, another process has the report, or a file cannot be written.
        Nothing is changed then.
    """
    why = " ".join(reason.split())
    if not why:
        raise InputError("expected results are not changed without a reason", remedy='give --reason "…"')
    home = (find_project() if project is None else Path(project)).absolute()
    reports, notebooks = chosen(home, names)
    folders = [*(report.folder for report in reports), *(file.parent for file in notebooks)]
    with ExitStack() as stack:
        for folder in dict.fromkeys(folders):
            _refuse_unwritable(folder)
            stack.enter_context(locked(folder, alone=True))
        running = stack.enter_context(warm(kernel))
        drafts = _drafts(reports, notebooks, home, why, running, on_step)
        write_all(drafts)
    return list(drafts)


def _drafts(
    reports: Sequence[Report],
    notebooks: Sequence[Path],
    project: Path,
    reason: str,
    kernel: Kernel,
    on_step: Callable[[str], None],
) -> dict[Path, str]:
    drafts: dict[Path, str] = {}
    panels: dict[str, Looked] = {}
    for report in reports:
        on_step(f"rendering {report.name}")
        drafts |= _report_drafts(report, reason, kernel, panels)
    for notebook in notebooks:
        on_step(f"running {notebook.stem}")
        drafts |= _notebook_drafts(notebook, project, reason, kernel, drafts)
    return drafts


def write_all(drafts: Mapping[Path, str]) -> None:
    """Write several files, all or none.

    Raises
    ------
    InputError
        One cannot be written; all others are as they were before.
    """
    kept = {file: file.read_bytes() if file.exists() else None for file in drafts}
    partial = {file: file.with_name(f".{file.name}.partial") for file in drafts}
    done: list[Path] = []
    try:
        for file, text in drafts.items():
            partial[file].write_text(text, encoding="utf-8", newline="\n")
        for file in drafts:
            partial[file].replace(file)
            done.append(file)
    except BaseException as error:
        for file in done:
            _restore(file, kept[file])
        if not isinstance(error, OSError):
            raise
        what = f"cannot be written ({error.strerror}); nothing was changed"
        raise InputError(what, file=error.filename, remedy="check who may write there") from error
    finally:
        for draft in partial.values():
            draft.unlink(missing_ok=True)


def _restore(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink(missing_ok=True)
    else:
        file.write_bytes(content)


def _report_drafts(report: Report, reason: str, kernel: Kernel, panels: dict[str, Looked]) -> dict[Path, str]:
    inputs = gather_inputs(report)
    faults = list(known_faults(report, inputs, panels))
    renderings: dict[str, Any] = {}
    for rendering in report.renderings:
        taken = take(report, rendering, kernel)
        renderings[rendering.name] = taken.content
        faults += taken.faults
    if faults:
        what = f"it is wrong by itself, so that it cannot be what is expected: {faults[0]}"
        raise InputError(what, file=report.folder, remedy=f"correct it ({len(faults)} faults), then update")
    text = expected_text({"inputs": inputs, "renderings": renderings})
    if report.expected.is_file() and report.expected.read_text(encoding="utf-8") == text:
        return {}
    return {
        report.expected: text,
        report.revisions: _appended(
            report.revisions, report.name, _entry(report, reason, inputs, renderings)
        ),
    }


def _entry(report: Report, reason: str, inputs: dict[str, Any], renderings: dict[str, Any]) -> str:
    """Write what changed, by how much and why, for the revisions."""
    lines = [f"## {_day(report.project)}: {reason}", ""]
    try:
        before = read_expected(report)
    except TrendsError as error:
        first = not report.expected.is_file()
        said = "The first expected results" if first else f"Written anew, since {error.what}"
        return "\n".join([*lines, f"{said}: {sum(map(leaves, renderings.values())):,} values.", ""])
    named = causes(before["inputs"], inputs)
    lines += ["What went in:", "", *(f"- {line}" for line in named or ["nothing changed"]), ""]
    for name in [*renderings, *(name for name in before["renderings"] if name not in renderings)]:
        old, new = before["renderings"].get(name), renderings.get(name)
        if old is None or new is None:
            lines += [f"Rendering {name}: {'new' if old is None else 'no longer watched'}.", ""]
        else:
            lines += _changed(name, compare(old, new))
    return "\n".join(lines)


def _changed(name: str, changes: Sequence[Change]) -> list[str]:
    if not changes:
        return [f"What came out ({name}): nothing changed beyond its tolerance.", ""]
    counts = ", ".join(f"{n} {part}" for part in PARTS if (n := sum(one.part == part for one in changes)))
    rows = [one for one in changes if one.part in ("findings", "structure")]
    rows.sort(key=lambda one: (one.where.count("["), one.where.count(".")))
    table = [
        f"| {_cell(one.where)} | {_cell(short(one.old))} | {_cell(short(one.new))} |"
        for one in rows[:_LISTED]
    ]
    more = [f"… and {len(rows) - _LISTED} more findings."] if len(rows) > _LISTED else []
    heading = ["| what | was | is |", "|:-----|:----|:---|"] if rows else []
    return [
        f"What came out ({name}): {counts}.",
        "",
        *heading,
        *table,
        *([""] if rows else []),
        *more,
        *([""] if more else []),
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _notebook_drafts(
    file: Path, project: Path, reason: str, kernel: Kernel, drafts: Mapping[Path, str]
) -> dict[Path, str]:
    found = check_notebook(file, project, kernel)
    if found.faults:
        raise InputError(found.faults[0], file=file, remedy="correct the notebook")
    if not found.code:
        return {}
    changes = [one for group in (found.changes or {}).values() for one in group]
    said = [f"- {one.where}: {short(one.old)} -> {short(one.new)}" for one in changes[:_LISTED]]
    entry = "\n".join([f"## {_day(project)}: {file.stem}: {reason}", "", *said, ""])
    log = file.parent / REVISIONS
    return {
        file: fresh_notebook(file, project, kernel),
        log: _appended(log, "the notebooks", entry, drafts.get(log)),
    }


def _appended(file: Path, name: str, entry: str, draft: str | None = None) -> str:
    there = draft or (file.read_text(encoding="utf-8") if file.is_file() else _TITLE.format(name=name))
    return there.rstrip("\n") + "\n\n" + entry.rstrip("\n") + "\n"


def _day(project: Path) -> str:
    """Return the day of ``SOURCE_DATE_EPOCH``, or else of the last commit: never the clock's."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return datetime.fromtimestamp(int(given), UTC).date().isoformat()
    command = ["git", "-C", str(project), "log", "-1", "--format=%cs"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return "undated"
    return done.stdout.strip() or "undated"


def _refuse_unwritable(folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        raise InputError(
            "cannot be written; nothing was changed", file=folder, remedy="use a checkout that can be"
        )
