"""Several sources as one table of events, and how much that hangs on the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from trends.calendar import complete_weeks, week_of
from trends.choices import How
from trends.errors import InputError
from trends.gazetteer import Country
from trends.linkage.linking import link
from trends.linkage.links import Links
from trends.linkage.merging import marked, union
from trends.panel import WeeklyPanel, check_window, daily_counts, weekly_counts

HOWS = ("union", "overlap", "left")


@dataclass(frozen=True, eq=False)
class Combined:
    """Events of several sources, each once.

    Attributes
    ----------
    events
        The events, with the columns ``sources``, ``members`` and ``link_score`` (see ``union``).
    links
        Each table after the first, linked with all before it.
    ledger
        ``read``: events given; ``used``; ``merged``: events that stand under another one's name; ``left_out``:
        events that ``how`` does not ask for. The last three add up to the first.
    """

    events: pd.DataFrame
    links: tuple[Links, ...]
    ledger: Mapping[str, int]

    def panel(self, country: Country, first: date, last: date, week_start: str = "mon") -> WeeklyPanel:
        """Count the events by week and province.

        Parameters
        ----------
        country
            Whose provinces the events lie in; the events are located.
        first, last
            A window that every source covers; events outside it are not counted.
        week_start
            The weekday that weeks start on.
        """
        check_window(first, last, (first, last))
        inside = self.events["date_start"].between(pd.Timestamp(first), pd.Timestamp(last))
        daily = daily_counts(self.events[inside])
        frame = weekly_counts(daily, country, first, last, week_start)
        return WeeklyPanel(frame, daily, country, week_start, first, last)


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """How counts change with the window within which two records are taken for one event.

    Attributes
    ----------
    settings
        One row a window: ``days``, ``kilometres``, ``pairs`` (candidates), ``matched``, ``left_only``,
        ``right_only``, ``attacks`` (events counted in the weeks).
    weekly
        Columns ``days``, ``kilometres``, ``week``, ``province``, ``attacks``; every week and every province
        that has an event in either table.
    """

    settings: pd.DataFrame
    weekly: pd.DataFrame


def combine(tables: Mapping[str, pd.DataFrame], *, how: How = "union", **window: Any) -> Combined:
    """Make one table of events from several sources.

    Parameters
    ----------
    tables
        A name for each source to its events. Where several have an event, it stands as the first has it.
    how
        ``"union"``: events of any source. ``"overlap"``: those that all have. ``"left"``: those of the first,
        marked with the others that have them too.
    **window
        Arguments of ``link``.

    Raises
    ------
    InputError
        No table is given, ``how`` is none of these, or the tables cannot be linked.
    """
    check_how(how)
    if not tables:
        raise InputError("no events were given to combine", remedy="give at least one table")
    (name, first), *others = tables.items()
    combined = marked(first, name)
    links = []
    for label, events in others:
        further = marked(events, label)
        found = link(combined, further, **window)
        combined = union(combined, further, found)
        links.append(found)
    kept = combined[_asked_for(combined, tuple(tables), how)].reset_index(drop=True)
    read = sum(map(len, tables.values()))
    merged = int(kept["members"].str.count(";").sum())
    ledger = {"read": read, "used": len(kept), "merged": merged, "left_out": read - len(kept) - merged}
    return Combined(kept, tuple(links), ledger)


def sensitivity(
    left: pd.DataFrame,
    right: pd.DataFrame,
    *,
    first: date,
    last: date,
    days: Sequence[int] = (0, 1, 3, 7),
    kilometres: Sequence[float] = (1, 5, 10, 25),
    how: How = "union",
    week_start: str = "mon",
    **options: Any,
) -> Sensitivity:
    """Count the events of two sources by week and province under several windows.

    Parameters
    ----------
    left, right
        Located events.
    first, last
        A period that both sources cover; its complete weeks are counted.
    days, kilometres
        The windows: every one of ``days`` with every one of ``kilometres``.
    how
        As in ``combine``.
    week_start
        The weekday that weeks start on.
    **options
        Further arguments of ``link``.

    Raises
    ------
    InputError
        The events are not located, or as in ``combine``.
    """
    weeks = complete_weeks(first, last, week_start)
    provinces = _provinces(left, right)
    rows, parts = [], []
    for window in [(d, km) for d in days for km in kilometres]:
        setting = {"days": window[0], "kilometres": float(window[1])}
        combined = combine({"left": left, "right": right}, how=how, **setting, **options)
        counted = _weekly(combined.events, weeks, provinces, week_start)
        counts = combined.links[0].counts
        picked = {name: counts[name] for name in ("matched", "left_only", "right_only")}
        rows.append(
            {**setting, "pairs": counts["candidate_pairs"], **picked, "attacks": counted["attacks"].sum()}
        )
        parts.append(counted.assign(**setting)[[*setting, "week", "province", "attacks"]])
    if not rows:
        raise InputError("no window is given", remedy="give at least one number of days and of kilometres")
    return Sensitivity(pd.DataFrame(rows), pd.concat(parts, ignore_index=True))


def check_how(how: str) -> None:
    """Raise an ``InputError`` where there is no such way to combine events."""
    if how not in HOWS:
        raise InputError(f"events cannot be combined by {how!r}", remedy=f"use one of {', '.join(HOWS)}")


def _asked_for(events: pd.DataFrame, labels: tuple[str, ...], how: str) -> pd.Series:
    members = events["sources"].str.split("+")
    wanted = {"union": set(), "overlap": set(labels), "left": {labels[0]}}[how]
    return members.map(lambda sources: wanted <= set(sources)).astype(bool)


def _provinces(*tables: pd.DataFrame) -> list[str]:
    if any("province" not in table for table in tables):
        raise InputError("the events are not located", column="province", remedy="locate them first")
    return sorted({str(code) for table in tables for code in table["province"].dropna().unique()})


def _weekly(
    events: pd.DataFrame, weeks: pd.DatetimeIndex, provinces: list[str], week_start: str
) -> pd.DataFrame:
    grid = pd.MultiIndex.from_product([weeks, provinces], names=["week", "province"])
    counts = (
        events.assign(week=week_of(events["date_start"], week_start)).groupby(["week", "province"]).size()
    )
    return counts.reindex(grid, fill_value=0).astype("int64").rename("attacks").reset_index()
