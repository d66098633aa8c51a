"""What two vintages do to the daily and weekly counts."""

from __future__ import annotations

from datetime import date

import pandas as pd

from trends.calendar import complete_weeks, week_of
from trends.events import undated
from trends.two_files import counted

NATIONAL = "all"


def inside(events: pd.DataFrame, window: tuple[date, date]) -> pd.Series:
    """Tell which events start inside a window, both days included."""
    return events["date_start"].between(pd.Timestamp(window[0]), pd.Timestamp(window[1]))


def daily_change(
    old: pd.DataFrame, new: pd.DataFrame, window: tuple[date, date]
) -> tuple[pd.DataFrame, tuple[int, int]]:
    """Return the counts of both vintages by day and province, and their totals."""
    before, after = (_counted(events[inside(events, window)]) for events in (old, new))
    counts = pd.DataFrame({"old": before, "new": after}).fillna(0).astype("int64")
    counts.index.names = ["date", "province"]
    counts = counts.sort_index().reset_index()
    totals = int(counts["old"].sum()), int(counts["new"].sum())
    return counts.assign(change=counts["new"] - counts["old"]), totals


def _counted(events: pd.DataFrame) -> pd.Series:
    dated = undated(counted(events.reset_index(drop=True)))[0]
    province = dated["province"] if "province" in dated else pd.Series(NATIONAL, dated.index, dtype=object)
    return dated.assign(province=province).groupby(["date_start", "province"]).size()


def weekly_change(daily: pd.DataFrame, window: tuple[date, date], week_start: str) -> pd.DataFrame:
    """Return the counts by week and province that differ, of complete weeks."""
    weeks = complete_weeks(*window, week_start)
    placed = daily.assign(week=week_of(daily["date"], week_start))
    within = placed[placed["week"].isin(weeks)]
    summed = within.groupby(["week", "province"])[["old", "new", "change"]].sum().reset_index()
    return summed.loc[summed["change"] != 0].reset_index(drop=True)
