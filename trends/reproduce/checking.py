"""The check: render, read back, compare, and say why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from trends.errors import InputError, TrendsError
from trends.project import find_project
from trends.reporting import Kernel
from trends.reproduce.causes import causes, elsewhere, missing
from trends.reproduce.comparing import Change, compare
from trends.reproduce.differing import differences
from trends.reproduce.expected import read_expected
from trends.reproduce.inputs import gather_inputs
from trends.reproduce.locking import locked
from trends.reproduce.notebooks import check_notebook, find_notebooks
from trends.reproduce.outcome import Outcome
from trends.reproduce.panels import Looked, look_at_panel
from trends.reproduce.rendered import take
from trends.reproduce.reports import Rendering, Report, find_reports


def check(
    names: Sequence[str] = (),
    *,
    project: Path | None = None,
    kernel: Kernel | None = None,
    on_step: Callable[[str], None] = lambda what: None,
) -> list[Outcome]:
    """Compare reports and notebooks with what is expected of them; nothing is written into the project.

    Parameters
    ----------
    names
        Reports and notebooks; all of the project without any.
    project
        The project's folder; by default the one around the working directory.
    kernel
        A kernel to use and leave running; by default one is started.
    on_step
        Told in a few words what happens next.

    Returns
    -------
    list of Outcome
        One a report or notebook, in order.

    Raises
    ------
    InputError
        There is no report or notebook of one of the names.
    """
    home = (find_project() if project is None else Path(project)).absolute()
    reports, notebooks = chosen(home, names)
    panels: dict[str, Looked] = {}
    outcomes = []
    with warm(kernel) as running:
        for report in reports:
            on_step(f"checking {report.name}")
            outcomes.append(_guarded(report.name, partial(_check, report, running, panels)))
        for notebook in notebooks:
            on_step(f"checking {notebook.stem}")
            outcomes.append(_guarded(notebook.stem, partial(check_notebook, notebook, home, running)))
    return outcomes


def chosen(project: Path, names: Sequence[str]) -> tuple[tuple[Report, ...], tuple[Path, ...]]:
    """Find the reports and notebooks of some names, or all of them."""
    notebooks = {file.stem: file for file in find_notebooks(project)}
    of_reports = [name for name in names if name not in notebooks]
    reports = find_reports(project, of_reports) if of_reports or not names else ()
    return reports, tuple(file for name, file in notebooks.items() if not names or name in names)


@contextmanager
def warm(kernel: Kernel | None) -> Iterator[Kernel]:
    """Give the kernel that was given, or start one for the time being."""
    with ExitStack() as stack:
        yield kernel or stack.enter_context(Kernel())


def _guarded(name: str, run: Callable[[], Outcome]) -> Outcome:
    try:
        return run()
    except TrendsError as error:
        return Outcome(name, broken=error.message)


def _check(report: Report, kernel: Kernel, panels: dict[str, Looked]) -> Outcome:
    with locked(report.folder, alone=False):
        expected = read_expected(report)
        inputs = gather_inputs(report)
        gone = missing(expected["inputs"], inputs)
        if gone:
            raise InputError(
                "an input of the report is gone", file=report.project / gone[0], remedy="put it back"
            )
        why = tuple(causes(expected["inputs"], inputs))
        faults = list(known_faults(report, inputs, panels))
        faults += _untold(expected["inputs"], inputs, panels)
        other = elsewhere(expected["inputs"], inputs)
        changes: dict[str, Sequence[Change]] = {}
        for rendering in report.renderings:
            wanted = expected["renderings"].get(rendering.name)
            if wanted is None:
                raise InputError(
                    f"nothing is expected of the rendering {rendering.name!r} yet",
                    file=report.expected,
                    remedy=f'run trends check {report.name} --update --reason "…"',
                )
            found, wrong = _taken(report, rendering, kernel)
            faults += wrong
            changes[rendering.name] = compare(wanted, found, elsewhere=other) if found else []
    compared = sum(leaves(one) for one in expected["renderings"].values())
    return Outcome(report.name, why, changes, tuple(dict.fromkeys(faults)), compared=compared)


def known_faults(report: Report, inputs: Mapping[str, Any], panels: dict[str, Looked]) -> Iterator[str]:
    """Yield what is wrong with a report's panels; each is looked at once for all reports."""
    for name in inputs["panels"]:
        if name not in panels:
            panels[name] = look_at_panel(report.project, name)
        yield from panels[name].faults


def _untold(old: Mapping[str, Any], new: Mapping[str, Any], panels: Mapping[str, Looked]) -> Iterator[str]:
    """Yield that names mean something else now, where the panels could not be built again to see whether it matters."""
    before, after = (
        {k: v for k, v in side["tables"].items() if k.startswith("trends/")} for side in (old, new)
    )
    stale = [name for name in new["panels"] if not panels[name].rebuilt]
    if stale and list(differences(before, after)):
        folders = ", ".join(name.rpartition("/")[2] for name in stale)
        yield f"spellings or codes changed; whether {folders} would be built alike cannot be told without its raw file"


def _taken(report: Report, rendering: Rendering, kernel: Kernel) -> tuple[dict[str, Any] | None, list[str]]:
    try:
        taken = take(report, rendering, kernel)
    except TrendsError as error:
        return None, [f"it cannot be rendered: {error.message}"]
    return taken.content, list(taken.faults)


def leaves(value: Any) -> int:
    """Count the scalars of a tree."""
    if isinstance(value, Mapping):
        return sum(map(leaves, value.values()))
    return sum(map(leaves, value)) if isinstance(value, list | tuple) else 1
