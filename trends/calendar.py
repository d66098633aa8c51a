"""Weeks that start on any weekday, named by the date of their first day.

A week is never a year and a number: 2020 has an ISO week 53, and 30 December 2019 lies in a week of 2020.
"""

from __future__ import annotations

from datetime import date
from typing import TypeVar

import pandas as pd

from trends.errors import InputError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Dates = TypeVar("Dates", pd.DatetimeIndex, "pd.Series[pd.Timestamp]")


def week_frequency(start: str = "mon") -> str:
    """Return the pandas frequency of weeks whose first day is ``start``, such as ``"W-MON"``.

    Raises
    ------
    InputError
        ``start`` is none of ``WEEKDAYS``.
    """
    return f"W-{WEEKDAYS[_number(start)].upper()}"


def week_of(dates: Dates, start: str = "mon") -> Dates:
    """Return the first day of the week that each date lies in.

    Parameters
    ----------
    dates
        Datetimes; a time of day is dropped, and so is a time zone: the date counts as it is written there.
    start
        The weekday that weeks start on, one of ``WEEKDAYS``.

    Returns
    -------
    DatetimeIndex or Series
        Same kind, length and index as ``dates``; missing stays missing.

    Raises
    ------
    InputError
        ``start`` is none of ``WEEKDAYS``.
    """
    number = _number(start)
    if isinstance(dates, pd.DatetimeIndex):
        days = dates.tz_localize(None).normalize()
        return days - pd.to_timedelta((days.day_of_week - number) % 7, unit="D")
    written = dates.dt.tz_localize(None).dt.normalize()
    return written - pd.to_timedelta((written.dt.day_of_week - number) % 7, unit="D")


def complete_weeks(first: date, last: date, start: str = "mon") -> pd.DatetimeIndex:
    """Return the first days of the weeks that lie wholly inside a window.

    Parameters
    ----------
    first, last
        The window, both days included.
    start
        The weekday that weeks start on, one of ``WEEKDAYS``.

    Returns
    -------
    DatetimeIndex
        Frequency ``"W-MON"`` and the like; empty where no week fits.

    Raises
    ------
    InputError
        ``start`` is none of ``WEEKDAYS``.
    """
    latest_start = pd.Timestamp(last) - pd.Timedelta(days=6)
    weeks = pd.date_range(pd.Timestamp(first), latest_start, freq=week_frequency(start), unit="ns")
    return weeks.rename("week")


def days_left_over(first: date, last: date, start: str = "mon") -> tuple[int, int]:
    """Return how many days of a window lie before its first and after its last complete week.

    A window without any complete week counts wholly as days before.
    """
    weeks = complete_weeks(first, last, start)
    if weeks.empty:
        return max((pd.Timestamp(last) - pd.Timestamp(first)).days + 1, 0), 0
    before = (weeks[0] - pd.Timestamp(first)).days
    after = (pd.Timestamp(last) - weeks[-1]).days - 6
    return before, after


def _number(start: str) -> int:
    if start not in WEEKDAYS:
        raise InputError(f"{start!r} is not a weekday", remedy=f"use one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(start)
