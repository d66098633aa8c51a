"""Which weeks an archive holds, and the digest of everything that a page of it depends on."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from trends.errors import InputError
from trends.reporting.code import code_hashes
from trends.reporting.manifest import collect_manifest

REPORT = "weekly"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NOT_IN_A_PAGE = frozenset(
    {"cli", "archive", "reproduce", "checks", "building", "fetching", "linkage", "vintages"}
)
"""Rooms whose code does not touch a page: a change there renders nothing again."""


@dataclass(frozen=True)
class Plan:
    """What is to be there.

    Attributes
    ----------
    weeks
        First days, in order.
    week_start
        The weekday that weeks start on.
    parameters
        Further parameters of the report: ``as_of`` and ``group`` where given.
    digest
        Of inputs, study, report, code and programs.
    """

    weeks: tuple[date, ...]
    week_start: str
    parameters: tuple[tuple[str, str], ...]
    digest: str

    def key(self, week: date) -> str:
        """Return the digest of everything that one page depends on."""
        said = json.dumps([self.digest, str(week), self.week_start, list(self.parameters)])
        return hashlib.sha256(said.encode()).hexdigest()

    def given(self, week: date) -> dict[str, str]:
        """Return the report's parameters for one week."""
        return {"week": str(week), "week_start": self.week_start, **dict(self.parameters)}


def plan(
    project: Path,
    first: date,
    last: date,
    *,
    week_start: str | None,
    parameters: dict[str, str],
    engine: str,
    version: str,
) -> Plan:
    """Lay out the weeks from ``first`` to ``last``.

    Raises
    ------
    InputError
        No whole week lies between the days, ``first`` begins none, or the panel does not cover them all.
    """
    start = week_start or WEEKDAYS[first.weekday()]
    if start not in WEEKDAYS:
        raise InputError(f"{start!r} is not a weekday", remedy=f"use one of {', '.join(WEEKDAYS)}")
    if WEEKDAYS[first.weekday()] != start:
        raise InputError(
            f"{first} is not the first day of a week that starts on {start}",
            remedy="take such a day for --from, or another --week-start",
        )
    days = (last - first).days + 1
    if days < 7:
        raise InputError(f"no whole week lies between {first} and {last}", remedy="take a later --to")
    weeks = tuple(first + timedelta(days=7 * place) for place in range(days // 7))
    _check_covered(project, weeks)
    return Plan(
        weeks, start, tuple(sorted(parameters.items())), _digest(project, engine=engine, version=version)
    )


def study_of(project: Path) -> dict[str, Any]:
    """Read the weekly report's study without checking it; the report itself checks it."""
    file = project / "reports" / REPORT / "study.toml"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"the study cannot be read ({error})", file=file) from error


def _check_covered(project: Path, weeks: tuple[date, ...]) -> None:
    file = project / str(study_of(project).get("panel", "")) / "manifest.json"
    try:
        coverage = json.loads(file.read_text(encoding="utf-8"))["coverage"]
        first, last = (date.fromisoformat(coverage[key]) for key in ("first", "last"))
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("the panel's manifest cannot be read", file=file, remedy="build it again") from None
    if weeks[0] < first or weeks[-1] + timedelta(days=6) > last:
        raise InputError(
            f"the weeks from {weeks[0]} to {weeks[-1]} reach beyond what is covered, {first} to {last}",
            remedy="choose days inside it",
        )


def _digest(project: Path, *, engine: str, version: str) -> str:
    qmd = project / "reports" / REPORT / f"{REPORT}.qmd"
    manifest = collect_manifest(project, qmd, engine=engine, engine_version=version).as_dict()
    for name in ("commit", "code_sha256"):  # a commit alone changes no page; code counts room by room
        manifest.pop(name)
    rooms = {room: digest for room, digest in code_hashes().items() if room not in NOT_IN_A_PAGE}
    said = json.dumps([manifest, rooms], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()
