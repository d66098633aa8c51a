"""Events to counts by day and province, and counts by day to the complete grid of provinces and weeks."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from typing import Any

import pandas as pd

from trends.calendar import complete_weeks, week_of
from trends.errors import InputError
from trends.gazetteer import Country

MEASURES = ("attacks", "deaths_best", "deaths_low", "deaths_high")


def daily_counts(events: Any) -> pd.DataFrame:
    """Count located events by day and province.

    Parameters
    ----------
    events
        Located events (columns ``date_start``, ``province`` and the deaths), as a pandas DataFrame or a dask
        one, which is counted partition by partition.

    Returns
    -------
    DataFrame
        ``date``, ``province``, ``MEASURES``; days with an event only, sorted by date and province. A measure
        that any event lacks is missing throughout.
    """
    if hasattr(events, "map_partitions"):
        return typed_counts(_summed(events.map_partitions(_count, meta=_count(events._meta)).compute()))
    return typed_counts(_count(events))


def weekly_counts(
    daily: pd.DataFrame, country: Country, first: date, last: date, week_start: str = "mon"
) -> pd.DataFrame:
    """Return the complete grid of provinces and weeks inside a window.

    Parameters
    ----------
    daily
        Counts by day and province.
    country
        The country, whose provinces are all in the grid.
    first, last
        The window; only weeks that lie wholly inside it are in the grid.
    week_start
        The weekday that weeks start on.

    Raises
    ------
    InputError
        No week fits in the window.
    """
    weeks = complete_weeks(first, last, week_start)
    if weeks.empty:
        raise InputError(f"no complete week lies between {first} and {last}", remedy="choose a longer window")
    grid = pd.MultiIndex.from_product([weeks, country.provinces.index], names=["week", "province"])
    summed = (
        daily.assign(week=week_of(daily["date"], week_start))
        .groupby(["week", "province"])[list(MEASURES)]
        .sum()
    )
    frame = summed.reindex(grid, fill_value=0)
    lacking = _lacking(daily)
    frame = frame.astype("int64").assign(**{measure: _missing(len(frame)) for measure in lacking})
    return frame.reset_index()


def typed_counts(daily: pd.DataFrame) -> pd.DataFrame:
    """Return daily counts with one type a column: int64 where every count is known."""
    whole: dict[Hashable, Any] = {name: "int64" for name in MEASURES if name not in _lacking(daily)}
    return daily.astype({"date": "datetime64[ns]", "province": object, **whole})


def _count(events: pd.DataFrame) -> pd.DataFrame:
    """Count events by day and province, leaving a day's measure missing where an event lacks it."""
    keys = {"date": events["date_start"].dt.normalize(), "province": events["province"].astype(object)}
    deaths = {measure: events[measure].astype("Int64") for measure in MEASURES[1:]}
    rows = pd.DataFrame({**keys, "attacks": pd.Series(1, index=events.index, dtype="Int64"), **deaths})
    return _summed(rows)


def _summed(rows: pd.DataFrame) -> pd.DataFrame:
    """Add up rows of one day and province; a measure that any row lacks is missing throughout."""
    sums = rows.groupby(["date", "province"], sort=True)[list(MEASURES)].sum().reset_index()
    return sums.assign(**{measure: _missing(len(sums)) for measure in _lacking(rows)})


def _lacking(counts: pd.DataFrame) -> list[str]:
    """Return the measures that a source does not have; where no row is left to tell, the column's type does."""
    if counts.empty:
        return [measure for measure in MEASURES if counts[measure].dtype == "Int64"]
    return [measure for measure in MEASURES if counts[measure].isna().any()]


def _missing(length: int) -> pd.arrays.IntegerArray:
    return pd.array([pd.NA] * length, dtype="Int64")
