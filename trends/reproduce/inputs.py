"""What goes into a report, with enough of its content to name a change later: which cell, which row, which version."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import platform
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import trends
from trends.errors import InputError
from trends.reporting.code import code_hashes
from trends.reporting.manifest import fact_files, named_panels
from trends.reproduce.reports import EXPECTED, Report

PACKAGE_TABLES = ("gazetteer", "attack_types")
DATA = (".qmd", ".toml", ".csv", ".tsv", ".json", ".geojson", ".py", ".svg", ".png")
WIDEST = 7  # columns that name a row
_LOCKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


def gather_inputs(report: Report) -> dict[str, Any]:
    """Return everything that a report's numbers come from, as plain data.

    Returns
    -------
    dict
        ``files`` (name to SHA-256), ``study`` (its keys), ``source`` (the lines of the .qmd), ``panels`` (folder to
        days and manifest), ``tables`` (facts, and the package's own tables of spellings and codes, row by row),
        ``code`` (room to SHA-256), ``packages`` (as installed), ``lock``, ``python``, ``platform``.

    Raises
    ------
    InputError
        The report's study names a panel that is not there, or a file cannot be read.
    """
    choices = _choices(report.folder / "study.toml")
    folders = [report.project / name for name in named_panels(choices)]
    beside = neighbours(report)
    facts = [*fact_files(report.project), *(file for file in beside if file.suffix == ".csv")]
    files = list(dict.fromkeys([*beside, *facts]))
    for folder in folders:
        if not folder.is_dir():
            raise InputError("the panel that the study names is not there", file=folder, remedy="put it back")
        files += sorted(file for file in folder.iterdir() if file.is_file())
    return {
        "files": {_name(file, report.project): _sha256(file) for file in files},
        "study": _plain(choices),
        "source": _read(report.qmd).splitlines(),
        "panels": {_name(folder, report.project): _panel(folder) for folder in folders},
        "tables": {
            **{_name(file, report.project): rows_of(_read(file)) for file in facts},
            **package_tables(str(choices.get("country", ""))),
        },
        "code": dict(code_hashes()),
        "packages": _installed(report.project),
        "lock": _lock_digest(report.project),
        "python": platform.python_version(),
        "platform": {"system": f"{sys.platform}-{platform.machine()}", "linear algebra": _blas()},
    }


def neighbours(report: Report) -> list[Path]:
    """List the report's own files: its source, study and data; not what is expected of it."""
    files = [file for file in sorted(report.folder.iterdir()) if file.is_file()]
    return [
        file for file in files if file.suffix in DATA and file.name != EXPECTED and file.name[0] not in "._"
    ]


def rows_of(text: str) -> dict[str, Any]:
    """Return a table's rows under names that tell them apart: the shortest run of leading columns that does.

    Returns
    -------
    dict
        ``columns``, and ``rows``: name to cells. A name that occurs again has ``#2`` after it.
    """
    lines = list(csv.reader(io.StringIO(text)))
    columns, body = (lines[0], lines[1:]) if lines else ([], [])
    tellers = (n for n in range(1, WIDEST) if len({tuple(row[:n]) for row in body}) == len(body))
    width = next(tellers, WIDEST)
    rows: dict[str, list[str]] = {}
    for row in body:
        name, again = ", ".join(filter(None, row[:width])), 2
        while name in rows:
            name, again = f"{name.partition(' #')[0]} #{again}", again + 1
        rows[name] = row
    return {"columns": columns, "rows": rows}


@cache
def package_tables(country: str) -> dict[str, Any]:
    """Return the package's own tables that turn names and codes into counts: a country's gazetteer, attack types."""
    home = Path(trends.__file__).parent
    files = [file for room in PACKAGE_TABLES for file in sorted((home / room).rglob("*.csv"))]
    other = {folder.name for folder in (home / "gazetteer").iterdir() if folder.is_dir()} - {country}
    kept = [file for file in files if not other & set(file.relative_to(home).parts)]
    return {f"trends/{file.relative_to(home).as_posix()}": rows_of(_read(file)) for file in kept}


def _panel(folder: Path) -> dict[str, Any]:
    """Return a panel's days and its manifest; a week is named from its days."""
    days: dict[str, str] = {}
    columns: list[str] = []
    daily = folder / "daily.csv"
    if daily.is_file():
        heading, *lines = _read(daily).splitlines()
        columns = heading.split(",")[2:]
        for line in lines:
            day, province, counts = line.split(",", 2)
            days[f"{day} {province}"] = counts
    manifest = folder / "manifest.json"
    return {"columns": columns, "days": dict(sorted(days.items())), "manifest": _json(manifest)}


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(_read(file)) if file.is_file() else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _choices(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(_read(file))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is not TOML ({error})", file=file, remedy="correct the study") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _installed(project: Path) -> dict[str, str]:
    """Return the version of each package that a report runs on; those for development alone are left out."""
    lock = project / "requirements.lock"
    return dict(_versions(needed(_read(lock), project / "pyproject.toml"))) if lock.is_file() else {}


def needed(lock: str, pyproject: Path) -> set[str]:
    """Return the locked packages that the project's own dependencies lead to, by the lock's ``# via`` notes."""
    parents: dict[str, set[str]] = {}
    name = ""
    for line in lock.splitlines():
        if found := _LOCKED.match(line):
            name = found[1]
            parents[name] = set()
        elif name and line.startswith("    #"):
            parents[name].add(line.lstrip(" #").removeprefix("via").strip())
    if not pyproject.is_file():
        return set(parents)
    said = tomllib.loads(_read(pyproject))["project"]["dependencies"]
    kept = {re.split(r"[^A-Za-z0-9._-]", one)[0].lower() for one in said} & set(parents)
    while more := {one for one, above in parents.items() if above & kept} - kept:
        kept |= more
    return kept


def _versions(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    found = {name: _version(name) for name in sorted(set(names))}
    return ((name, version) for name, version in found.items() if version)


@cache
def _version(name: str) -> str:
    try:
        return installed(name)
    except PackageNotFoundError:
        return ""


def _lock_digest(project: Path) -> str:
    """Hash what the lock says, its comments left out."""
    lock = project / "requirements.lock"
    if not lock.is_file():
        return ""
    said = [line for line in _read(lock).splitlines() if not line.lstrip().startswith("#")]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


@cache
def _blas() -> str:
    import numpy as np

    found: Any = np.show_config(mode="dicts")
    blas = found.get("Build Dependencies", {}).get("blas", {})
    return " ".join(str(blas[key]) for key in ("name", "version") if blas.get(key))


def _name(path: Path, project: Path) -> str:
    return path.relative_to(project).as_posix()


def _sha256(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"an input cannot be read ({error.strerror})", file=file) from error


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"an input cannot be read ({error.strerror})", file=file) from error
    except UnicodeDecodeError as error:
        raise InputError("an input is not UTF-8 text", file=file, remedy="save it as UTF-8") from error
