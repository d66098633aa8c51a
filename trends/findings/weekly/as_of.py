"""Which edition of the source a report stands on, and up to which day it can tell what was known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from trends.errors import InputError
from trends.findings.definitions import check_definition
from trends.findings.weekly import loading
from trends.findings.weekly.asked import Asked
from trends.panel import WeeklyPanel
from trends.project import find_project
from trends.study_weekly import WeeklyStudy

SILENT_DAYS: Final = 7
"""Days for which a source that dates its rows may have recorded nothing without being out of date."""


@dataclass(frozen=True)
class Standing:
    """What the counts of a report are taken from.

    Attributes
    ----------
    panel
        The counts, up to ``as_of``.
    known_by
        The day whose knowledge they are; None where the edition is final and no ``as_of`` was given.
    vintages
        The same counts as they stood on each day, the oldest first, up to ``as_of``; empty where the study names
        one edition only.
    """

    panel: WeeklyPanel
    known_by: pd.Timestamp | None
    vintages: tuple[tuple[pd.Timestamp, WeeklyPanel], ...] = ()


def stand(study: WeeklyStudy, asked: Asked) -> Standing:
    """Choose the edition that a report stands on: the only one, or the newest vintage by ``as_of``.

    Raises
    ------
    InputError
        ``as_of`` lies after what the newest edition can tell of or before the first vintage, a vintage does not say
        of which day it is, or two are of the same day.
    """
    newest = _checked(study, study.panel)
    if study.provisional.vintages:
        return _of_several(study, asked, newest)
    latest = latest_as_of(newest)
    _check_not_later(asked, latest)
    if asked.as_of is not None:
        return Standing(_cut(newest, asked.as_of), asked.as_of)
    if study.provisional.final_edition:
        return Standing(newest, None)
    return Standing(newest, _stated(newest.manifest or {}) or pd.Timestamp(newest.last))


def _of_several(study: WeeklyStudy, asked: Asked, newest: WeeklyPanel) -> Standing:
    folders = [one.panel for one in study.provisional.vintages]
    panels = [*((folder, _like(newest, study, folder)) for folder in folders), (study.panel, newest)]
    dated = sorted(((vintage_day(one, folder), one) for folder, one in panels), key=lambda pair: pair[0])
    days = [day for day, _ in dated]
    if len(set(days)) < len(days):
        raise InputError(
            f"two vintages stand for the same day (of {_iso(days[0])} to {_iso(days[-1])})",
            file=study.path,
            remedy="name each panel once: 'panel' is the newest vintage, 'provisional.vintages' the earlier ones",
        )
    _check_not_later(asked, days[-1])
    known = [pair for pair in dated if asked.as_of is None or pair[0] <= asked.as_of]
    if not known:
        raise InputError(
            f"the first vintage is of {_iso(days[0])}: what was known on {_iso(asked.as_of)} cannot be said",
            remedy=f"take --as-of {_iso(days[0])} or later",
        )
    return Standing(known[-1][1], known[-1][0], tuple(known))


def vintage_day(panel: WeeklyPanel, folder: str) -> pd.Timestamp:
    """Return the day on which a vintage's source stood as it does.

    Raises
    ------
    InputError
        The panel does not say so.
    """
    day = _stated(panel.manifest or {})
    if day is None:
        raise InputError(
            "the vintage does not say of which day it is",
            file=folder,
            remedy="build it with `trends build --as-of DAY`",
        )
    return day


def latest_as_of(panel: WeeklyPanel) -> pd.Timestamp:
    """Return the last day of which an edition can tell what was known.

    That is the day that it was built for; else the last day on which it may have come out; else a week after its last
    record or last day, because a source may be silent for that long.
    """
    manifest = panel.manifest or {}
    told = manifest.get("as_of")
    if isinstance(told, Mapping):
        return pd.Timestamp(told["day"])
    published = [_told(raw, "published") for raw in manifest.get("raw", [])]
    ends = [pd.Timestamp(one["last"]) for one in published if isinstance(one, Mapping) and one.get("last")]
    if ends:
        return max(ends)
    covered = pd.Timestamp(panel.last)
    return max(_stated(manifest) or covered, covered) + pd.Timedelta(days=SILENT_DAYS)


def _stated(manifest: Mapping[str, Any]) -> pd.Timestamp | None:
    told = manifest.get("as_of")
    if isinstance(told, Mapping):
        return pd.Timestamp(told["day"])
    days = [_told(raw, "recorded_until") for raw in manifest.get("raw", [])]
    known = [pd.Timestamp(day) for day in days if day]
    return max(known) if known else None


def _told(raw: Any, key: str) -> Any:
    vintage = raw.get("vintage") if isinstance(raw, Mapping) else None
    return vintage.get(key) if isinstance(vintage, Mapping) else None


def _check_not_later(asked: Asked, latest: pd.Timestamp) -> None:
    if asked.as_of is not None and asked.as_of > latest:
        raise InputError(
            f"what was known on {_iso(asked.as_of)} is not in these data: they can tell of days up to {_iso(latest)}",
            remedy=f"take --as-of {_iso(latest)} or earlier, or build the panel from a newer edition",
        )


def _checked(study: WeeklyStudy, folder: str) -> WeeklyPanel:
    panel = loading.panel(find_project(study.folder) / folder)
    check_definition(study, panel.manifest)
    return panel


def _like(newest: WeeklyPanel, study: WeeklyStudy, folder: str) -> WeeklyPanel:
    """Read an earlier vintage, which has to count the same actor's events of the same country and source."""
    panel = _checked(study, folder)
    for name, said, wanted in zip(
        ("country", "source", "actor"), _told_of(panel), _told_of(newest), strict=True
    ):
        if said != wanted:
            raise InputError(
                f"this is a vintage of something else: its {name} is {said!r}, that of {study.panel} {wanted!r}",
                file=folder,
                remedy="name panels built alike, each with another `trends build --as-of DAY`",
            )
    return panel


def _told_of(panel: WeeklyPanel) -> tuple[str, str, str]:
    manifest = panel.manifest or {}
    actor = manifest.get("filters", {}).get("actor")
    return panel.country.key, str(manifest.get("source", "")), str(actor)


def _cut(panel: WeeklyPanel, day: pd.Timestamp) -> WeeklyPanel:
    return panel.between(panel.first, day.date()) if day.date() < panel.last else panel


def _iso(day: date | None) -> str:
    return f"{day:%Y-%m-%d}"
