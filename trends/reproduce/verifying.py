"""Where does this number come from: the manifest in a page, and whether this checkout can make it again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from trends.errors import InputError
from trends.project import find_project
from trends.reporting import quarto
from trends.reporting.embedding import embedded_manifest, results_of
from trends.reporting.manifest import SCHEMA, Manifest, collect_manifest
from trends.reproduce.comparing import Change, compare
from trends.reproduce.expected import read_expected
from trends.reproduce.page import as_record, read_page
from trends.reproduce.reports import Report, find_reports

_SINCE = {2: {"code_sha256"}}
"""Fields of the manifest that a schema brought; older files have none of them."""
_KINDS: dict[str, type | tuple[type, ...]] = {
    "inputs": list,
    "parameters": dict,
    "packages": dict,
    "seed": (int, type(None)),
    "schema": int,
}
_HEX = 12


@dataclass(frozen=True)
class Verification:
    """What a file's manifest says, and what of it this checkout has.

    Attributes
    ----------
    file
        The file.
    manifest
        What it was made from.
    differences
        Why this checkout cannot make it again, one line each.
    notes
        What may change its bytes, not its numbers.
    advice
        Where what is needed can be had.
    """

    file: Path
    manifest: Mapping[str, Any]
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    advice: str = ""

    @property
    def code(self) -> int:
        """0 where this checkout can make it again, else 1."""
        return int(bool(self.differences))

    def __str__(self) -> str:
        """Return the verdict, what the file was made from, and what differs."""
        said = self.manifest
        verdict = (
            "this checkout CANNOT make it again as it stands"
            if self.code
            else "this checkout can make it again"
        )
        lines = [f"{self.file}: {verdict}", "", "  It was made from:"]
        lines += [f"    {line}" for line in _described(said)]
        for title, group in (("What differs here", self.differences), ("Mind", self.notes)):
            lines += ["", f"  {title}:", *(f"    {line}" for line in group)] if group else []
        return "\n".join([*lines, *(["", f"  {self.advice}"] if self.advice else [])])


def verify(file: str | Path, project: Path | None = None) -> Verification:
    """Read the manifest of a page, a PDF or a results file, and compare it with this checkout.

    Parameters
    ----------
    file
        What `trends report` wrote.
    project
        The checkout; by default the one around the working directory.

    Raises
    ------
    InputError
        The file carries no manifest, a damaged one or one of a newer version, or holds findings that are none.
    """
    path = Path(file)
    home = (find_project() if project is None else Path(project)).absolute()
    said = checked(embedded_manifest(path), path)
    report = _report(home, said)
    if report is not None:
        _refuse_unknown_findings(path, report)
    differences, notes = _compared(home, report, said)
    if not differences and report is not None:
        differences = [*_altered(path, report, said)]
    advice = _advice(home, str(said["commit"])) if differences else ""
    return Verification(path, said, tuple(differences), tuple(notes), advice)


def checked(said: Any, file: Path) -> dict[str, Any]:
    """Return a manifest whose every field is as it has to be.

    Raises
    ------
    InputError
        It is of a newer version, or a field is unknown, missing or of another kind.
    """
    remedy = "it was altered after it was written: take the original"
    if not isinstance(said, dict) or not isinstance(said.get("schema"), int):
        raise InputError("its manifest is damaged", file=file, remedy=remedy)
    if said["schema"] > SCHEMA:
        what = f"its manifest has schema {said['schema']}, this version of trends knows up to {SCHEMA}"
        raise InputError(what, file=file, remedy="verify it with a newer version")
    later = {name for schema, names in _SINCE.items() if schema > said["schema"] for name in names}
    wanted = {one.name for one in fields(Manifest)} - later
    for name in sorted(wanted ^ set(said)):
        what = "has an unknown field" if name in said else "lacks the field"
        raise InputError(f"its manifest {what} {name!r}", file=file, remedy=remedy)
    for name in sorted(wanted):
        if not isinstance(said[name], _KINDS.get(name, str)):
            raise InputError(f"its manifest's field {name!r} is damaged", file=file, remedy=remedy)
    for one in said["inputs"]:
        if not isinstance(one, dict) or {"name", "sha256"} - set(one):
            raise InputError("its manifest's field 'inputs' is damaged", file=file, remedy=remedy)
    return {**dict.fromkeys(later, ""), **said}


def _described(said: Mapping[str, Any]) -> Iterator[str]:
    yield f"report {said['report']} {said['report_sha256'][:_HEX]}, study {said['study_sha256'][:_HEX] or '(none)'}"
    settings = ", ".join(f"{name} = {value}" for name, value in said["parameters"].items())
    yield f"parameters {settings or '(none)'}, seed {'(none)' if said['seed'] is None else said['seed']}"
    for one in said["inputs"]:
        yield " ".join(filter(None, [one["name"], one["sha256"][:_HEX], str(one.get("vintage", ""))]))
    yield f"code attack-trends {said['package_version']}, commit {said['commit'] or '(unknown)'}"
    yield f"lock {said['lock_sha256'][:_HEX] or '(none)'}, Python {said['python']} on {said['platform']}"
    yield f"engine {said['engine']} ({said['engine_version']})"


def _report(project: Path, said: Mapping[str, Any]) -> Report | None:
    try:
        return find_reports(project, [Path(said["report"]).stem])[0]
    except InputError:
        return None


def _compared(project: Path, report: Report | None, said: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    if report is None:
        return [f"this checkout has no report {said['report']}"], []
    here = collect_manifest(
        project,
        report.qmd,
        engine=said["engine"],
        engine_version=said["engine_version"],
        parameters=said["parameters"],
    ).as_dict()
    differences = [*_inputs(said, here), *_choices(said, here), *_code(said, here), *_packages(said, here)]
    return differences, [*_machine(said, here)]


def _inputs(said: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    then, now = ({one["name"]: one["sha256"] for one in side["inputs"]} for side in (said, here))
    for name in sorted({*then, *now}):
        if name not in now:
            yield f"input {name}: it is not here (then {then[name][:_HEX]})"
        elif name not in then:
            yield f"input {name}: it is here now ({now[name][:_HEX]}), the file was made without it"
        elif then[name] != now[name]:
            yield f"input {name}: {then[name][:_HEX]} then, {now[name][:_HEX]} here"


def _choices(said: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    for key, what in (
        ("report_sha256", f"the page's source {said['report']}"),
        ("study_sha256", "study.toml"),
    ):
        if said[key] != here[key]:
            yield f"{what}: {said[key][:_HEX] or 'none'} then, {here[key][:_HEX] or 'none'} here"
    if said["seed"] != here["seed"]:
        yield f"seed: {said['seed']} then, {here['seed']} here"


def _code(said: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    if said["package_version"] != here["package_version"]:
        yield f"attack-trends: {said['package_version']} then, {here['package_version']} here"
    if said["code_sha256"]:
        if said["code_sha256"] != here["code_sha256"]:
            yield f"code of the package: {said['code_sha256'][:_HEX]} then, {here['code_sha256'][:_HEX]} here"
    elif said["commit"] != here["commit"]:
        yield f"code of the package: commit {said['commit'] or 'unknown'} then, {here['commit'] or 'unknown'} here"


def _packages(said: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    if said["lock_sha256"] != here["lock_sha256"]:
        yield f"requirements.lock: {said['lock_sha256'][:_HEX] or 'none'} then, {here['lock_sha256'][:_HEX] or 'none'} here"
    for name, version in said["packages"].items():
        if here["packages"].get(name, "") != version:
            yield f"{name}: {version or 'not installed'} then, {here['packages'].get(name) or 'not installed'} here"


def _machine(said: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    for key, what in (("python", "Python"), ("platform", "platform")):
        if said[key] != here[key]:
            yield f"{what}: {said[key]} then, {here[key]} here; digits beyond those that are shown may differ"
    if said["engine"] == "quarto" and quarto.find_quarto() is None:
        yield f"it was rendered by Quarto ({said['engine_version']}), not here: the same words and numbers, other bytes"
    if str(said["commit"]).endswith("+changes"):
        yield "it was made from a checkout with changes that were not committed: its commit alone does not tell them"


def _refuse_unknown_findings(file: Path, report: Report) -> None:
    found = results_of(file)
    if found is None or not report.expected.is_file():
        return
    known = {name for one in read_expected(report)["renderings"].values() for name in one["results"]}
    unknown = sorted(set(found) - known)
    if unknown:
        raise InputError(
            f"holds findings that {report.name} does not have: {', '.join(unknown)}",
            file=file,
            remedy="it was altered, or another version of trends wrote it",
        )


def _altered(file: Path, report: Report, said: Mapping[str, Any]) -> Iterator[str]:
    """Where everything that goes in is the same, compare what the file says with what is expected of the report."""
    rendering = next((one for one in report.renderings if dict(one.parameters) == said["parameters"]), None)
    if rendering is None or not report.expected.is_file():
        return
    expected = read_expected(report)["renderings"].get(rendering.name)
    if expected is None:
        return
    found = _content(file, expected, said)
    for change in compare(expected, found)[:5]:
        yield f"the file does not say what is expected of the report: {_said(change)}"


def _said(change: Change) -> str:
    return f"{change.where}: {str(change.old)[:80]} expected, {str(change.new)[:80]} there"


def _content(file: Path, expected: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    results = results_of(file)
    if results is not None:
        return {**expected, "results": results}
    if file.suffix.lower() == ".html" and said["engine"] == "embedded":
        return {**expected, **as_record(read_page(file.read_text(encoding="utf-8")))}
    return dict(expected)


def _advice(project: Path, commit: str) -> str:
    bare = commit.removesuffix("+changes")
    if not bare:
        return ""
    command = ["git", "-C", str(project), "cat-file", "-e", f"{bare}^{{commit}}"]
    try:
        there = subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if not there:
        return f"Its commit {bare[:_HEX]} is not in this repository: fetch it first."
    return f"Its commit is in this repository: git worktree add ../{bare[:_HEX]} {bare[:_HEX]}, then make report there."
