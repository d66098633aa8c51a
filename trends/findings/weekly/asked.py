"""Which week a report is asked about, and whether the data can tell of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from trends.calendar import WEEKDAYS, complete_weeks, week_of
from trends.errors import InputError
from trends.panel import WeeklyPanel

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Asked:
    """One week, as asked for.

    Attributes
    ----------
    week, end
        First and last day.
    week_start
        The weekday that weeks start on.
    as_of
        Nothing dated or recorded later counts; None where the whole edition does.
    group
        A group of provinces that the report is about; empty for the whole country.
    """

    week: pd.Timestamp
    week_start: str
    as_of: pd.Timestamp | None = None
    group: str = ""

    @property
    def end(self) -> pd.Timestamp:
        """The last day of the week."""
        return self.week + pd.Timedelta(days=6)

    @property
    def weekdays(self) -> str:
        """From which weekday to which the week goes."""
        first = WEEKDAYS.index(self.week_start)
        return f"{_DAYS[first]} to {_DAYS[(first + 6) % 7]}"


def ask(week: str, week_start: str = "", as_of: str = "", group: str = "") -> Asked:
    """Read the parameters of a weekly report.

    Parameters
    ----------
    week
        The first day of the week, as ``2020-07-16``. Without ``week_start`` weeks start on the weekday of this
        day: who asks for a week that begins on a Thursday means weeks that begin on Thursdays.
    week_start
        One of ``mon`` to ``sun``; the day then has to be that weekday.
    as_of
        The last day whose records may be used.
    group
        A group of the country.

    Raises
    ------
    InputError
        A text is no date, the day is not the first of a week, or ``as_of`` lies before the week's end.
    """
    first = _day(week, "--week")
    start = week_start or WEEKDAYS[first.day_of_week]
    begins = week_of(pd.DatetimeIndex([first]), start)[0]
    if begins != first:
        raise InputError(
            f"{week} is a {_DAYS[first.day_of_week]}, not the first day of a week that starts on {start}",
            remedy=f"take {_iso(begins)} or {_iso(begins + pd.Timedelta(days=7))}, or another --week-start",
        )
    asked = Asked(first, start, _day(as_of, "--as-of") if as_of else None, group)
    if asked.as_of is not None and asked.as_of < asked.end:
        raise InputError(
            f"on {as_of} the week of {week} was not over: it ends on {_iso(asked.end)}",
            remedy="take a later --as-of, or an earlier week",
        )
    return asked


def check_covered(asked: Asked, panel: WeeklyPanel) -> None:
    """Refuse a week that the panel does not hold from its first to its last day.

    Raises
    ------
    InputError
        The week lies before the data or after them, or only some of its days are covered.
    """
    weeks = complete_weeks(panel.first, panel.last, asked.week_start)
    if weeks.empty:
        raise InputError("the panel holds no complete week", remedy="take a panel that covers more days")
    if asked.week in weeks:
        return
    covered = f"the data cover {panel.first} to {panel.last}"
    inside = f"weeks from {_iso(weeks[0])} to {_iso(weeks[-1])} can be asked for"
    first, last = pd.Timestamp(panel.first), pd.Timestamp(panel.last)
    days = max((min(asked.end, last) - max(asked.week, first)).days + 1, 0)
    if days:
        what = f"only {days} of the 7 days of the week of {_iso(asked.week)} are covered: {covered}"
    else:
        side = "before" if asked.week < first else "after"
        what = f"the week of {_iso(asked.week)} lies {side} the data: {covered}"
    raise InputError(what, remedy=inside)


def _day(text: str, option: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(datetime.strptime(text, "%Y-%m-%d"))
    except ValueError:
        raise InputError(f"{option} {text!r} is not a date", remedy="write it as 2020-07-16") from None


def _iso(when: date) -> str:
    return f"{when:%Y-%m-%d}"
