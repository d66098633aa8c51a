"""When an event that is known only to a week, a month or a year, or that lasts several days, is counted.

What cannot be placed in a week is left out of the weekly counts unless it is asked for: spread over its days as
fractions (``spread_weeks``), or given a day at random, as often as one likes (``impute_dates``).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from trends.calendar import complete_weeks, week_of
from trends.counting import MEASURES
from trends.errors import InputError
from trends.gazetteer import Country

PRECISIONS = ("day", "week", "month", "year")
UNPLACEABLE = ("month", "year")
SPREAD_COLUMNS = ("first", "last", "province", *MEASURES)
_PERIOD = {"week": "W-SUN", "month": "M", "year": "Y"}


def possible_days(events: pd.DataFrame) -> pd.DataFrame:
    """Return the first and the last day on which each event may have happened.

    These are the source's own dates where it gives two; where it gives one, the calendar week (Monday to
    Sunday), month or year that holds it, by the precision it states.

    Parameters
    ----------
    events
        Events with columns ``date_start``, ``date_end`` and ``date_precision``.

    Returns
    -------
    DataFrame
        Columns ``first`` and ``last`` (days), same index as ``events``.
    """
    first = events["date_start"].dt.normalize()
    last = events["date_end"].dt.normalize()
    days = pd.DataFrame({"first": first, "last": last.where(last.notna(), first)})
    for precision, frequency in _PERIOD.items():
        single = (events["date_precision"] == precision) & (days["first"] == days["last"])
        periods = days.loc[single, "first"].dt.to_period(frequency)
        days.loc[single, "first"] = periods.dt.start_time
        days.loc[single, "last"] = periods.dt.end_time.dt.normalize()
    return days


def counted_on(events: pd.DataFrame, day: Literal["first", "middle", "last"] = "first") -> pd.DataFrame:
    """Return the events with ``date_start`` moved to the day on which each is to be counted.

    Parameters
    ----------
    events
        Events with columns ``date_start`` and ``date_end``.
    day
        The first day (as every panel counts unless told otherwise), the middle one (the earlier of two), or
        the last.

    Raises
    ------
    InputError
        ``day`` is none of the three.
    """
    shares = {"first": 0.0, "middle": 0.5, "last": 1.0}
    if day not in shares:
        raise InputError(f"there is no {day!r} day to count on", remedy=f"use one of {', '.join(shares)}")
    start = events["date_start"].dt.normalize()
    length = (events["date_end"].dt.normalize() - start).dt.days.fillna(0)
    offset = pd.to_timedelta(np.floor(length * shares[day]), unit="D")
    return events.assign(date_start=(start + offset).astype("datetime64[ns]"))


def impute_dates(events: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the events with a day drawn at random for each that is known only to a month or a year.

    Each of its possible days is as likely as any other. Counts stay whole, so that a model may be fitted to
    them; repeat with other seeds and combine the fits as multiple imputations (Rubin 1987).

    Parameters
    ----------
    events
        Events with columns ``date_start``, ``date_end`` and ``date_precision``.
    seed
        Seed of the draw; events in the same order get the same days.

    Returns
    -------
    DataFrame
        As given; where a day was drawn, ``date_start`` and ``date_end`` are that day and ``date_precision``
        is ``"day"``. A column ``date_imputed`` says where.
    """
    coarse = events["date_precision"].isin(UNPLACEABLE)
    days = possible_days(events[coarse])
    length = (days["last"] - days["first"]).dt.days.to_numpy() + 1
    offset = np.random.default_rng(seed).integers(0, length)
    drawn = (days["first"] + pd.to_timedelta(offset, unit="D")).reindex(events.index)
    return events.assign(
        date_start=events["date_start"].where(~coarse, drawn),
        date_end=events["date_end"].where(~coarse, drawn),
        date_precision=events["date_precision"].where(~coarse, "day"),
        date_imputed=coarse,
    )


def spread_counts(events: pd.DataFrame) -> pd.DataFrame:
    """Count located events by the days between which they happened and by province.

    Parameters
    ----------
    events
        Located events that no single week can be given.

    Returns
    -------
    DataFrame
        ``SPREAD_COLUMNS``: whole counts of events that happened at some time from ``first`` to ``last``, sorted.
        Weeks are a view of them (``spread_weeks``). A measure that any event lacks is missing throughout.
    """
    days = possible_days(events)
    measures = {name: events[name].astype("Int64") for name in MEASURES[1:]}
    rows = pd.DataFrame({**days, "province": events["province"].astype(object), "attacks": 1, **measures})
    summed = rows.groupby(["first", "last", "province"], sort=True)[list(MEASURES)].sum().reset_index()
    lacking = [name for name in MEASURES if rows[name].isna().any()]
    return summed.assign(**{name: pd.array([pd.NA] * len(summed), dtype="Int64") for name in lacking}).astype(
        dict.fromkeys(MEASURES, "Int64")
    )


def spread_weeks(
    spread: pd.DataFrame, country: Country, first: date, last: date, week_start: str = "mon"
) -> pd.DataFrame:
    """Return the fractions of events that fall in each week when every possible day is equally likely.

    These are expectations, not counts: a count model fitted to them takes them for more certain than they are.
    They are for sensitivity and for drawing; ``impute_dates`` is for fitting.

    Parameters
    ----------
    spread
        Counts by possible days and province, as from ``spread_counts``.
    country
        The country, whose provinces are all in the grid.
    first, last
        The window; only weeks that lie wholly inside it are in the grid, and the part of an event that falls
        outside them is left out.
    week_start
        The weekday that weeks start on.

    Returns
    -------
    DataFrame
        ``week``, ``province`` and ``MEASURES`` as float64: one row for each province and complete week; a
        measure that the source lacks is missing throughout.
    """
    grid = pd.MultiIndex.from_product(
        [complete_weeks(first, last, week_start), country.provinces.index], names=["week", "province"]
    )
    parts = _by_week(spread, week_start)
    weights = parts[list(MEASURES)].astype("float64").mul(parts["share"], axis=0)
    summed = weights.groupby([parts["week"], parts["province"]]).sum().reindex(grid, fill_value=0.0)
    lacking = [name for name in MEASURES if spread[name].isna().any()]
    return summed.assign(**dict.fromkeys(lacking, np.nan)).reset_index()


def precision_shares(events: pd.DataFrame) -> pd.DataFrame:
    """Return how precisely events are dated, by province and year.

    Parameters
    ----------
    events
        Events with columns ``province`` (missing where it is not known), ``date_start``, ``date_end`` and
        ``date_precision``, those that no week can be given included.

    Returns
    -------
    DataFrame
        ``province``, ``year`` (of the first day), ``events``, counts ``to_day``, ``to_week``, ``to_month`` and
        ``to_year`` by precision, ``several_days`` (to the day or week, but longer than a day), ``unplaceable``
        (share of the events that no week can be given); sorted. The share differs over time, so that leaving
        such events out bends a trend.
    """
    longer = events["date_end"].dt.normalize() > events["date_start"].dt.normalize()
    coarse = events["date_precision"].isin(UNPLACEABLE)
    keys = {"province": events["province"].fillna(""), "year": events["date_start"].dt.year}
    flags = {f"to_{name}": events["date_precision"] == name for name in PRECISIONS}
    rows = pd.DataFrame({**keys, "events": 1, **flags, "several_days": longer & ~coarse})
    summed = rows.groupby(["province", "year"], sort=True).sum().astype("int64")
    share = summed[[f"to_{name}" for name in UNPLACEABLE]].sum(axis=1) / summed["events"]
    return summed.assign(unplaceable=share).reset_index()


def straddling(events: pd.DataFrame, week_start: str = "mon") -> pd.Series:
    """Tell which events may have happened in more than one week (same index)."""
    days = possible_days(events)
    return week_of(days["first"], week_start) != week_of(days["last"], week_start)


def _by_week(spread: pd.DataFrame, week_start: str) -> pd.DataFrame:
    """Return one row for each week that an interval touches, with the share of the interval's days in it."""
    spread = spread.reset_index(drop=True)
    opening = week_of(spread["first"], week_start)
    touched = (week_of(spread["last"], week_start) - opening).dt.days.to_numpy() // 7 + 1
    rows = np.repeat(np.arange(len(spread)), touched)
    number = np.arange(len(rows)) - np.repeat(np.cumsum(touched) - touched, touched)
    parts = spread.take(rows).reset_index(drop=True)
    week = opening.take(rows).reset_index(drop=True) + pd.to_timedelta(7 * number, unit="D")
    end = (week + pd.Timedelta(days=6)).where(week + pd.Timedelta(days=6) < parts["last"], parts["last"])
    begin = week.where(week > parts["first"], parts["first"])
    share = ((end - begin).dt.days + 1) / ((parts["last"] - parts["first"]).dt.days + 1)
    return parts.assign(week=week.astype("datetime64[ns]"), share=share)
