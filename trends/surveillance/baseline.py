"""Which past weeks a tested week is compared with, and to which season each of them belongs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trends.errors import EstimationError, InputError

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Baselines:
    """The baselines of K tested weeks, by P seasons of at most L weeks.

    Attributes
    ----------
    at
        (K,) position of the tested weeks in the series.
    weeks
        (K, P, L) positions of past weeks; the last season is that of the tested week. Padded with 0.
    used
        (K, P, L) bool: what of ``weeks`` is no padding.
    """

    at: Integers
    weeks: Integers
    used: NDArray[np.bool_]


def same_week_of_earlier_years(weeks: pd.DatetimeIndex, at: Integers, years: int) -> Integers:
    """Return the positions of the weeks nearest to the same date in earlier years.

    Parameters
    ----------
    weeks
        First days of consecutive weeks.
    at
        (K,) positions.
    years
        How many years back.

    Returns
    -------
    (K, years) positions, the nearest year first.

    Raises
    ------
    EstimationError
        The weeks do not reach back far enough.
    """
    found = np.empty((len(at), years), dtype=np.int64)
    for row, position in enumerate(at):
        for back in range(1, years + 1):
            found[row, back - 1] = _weeks_back(weeks[position], back)
    found = at[:, None] - found
    if found.size and found.min() < 0:
        worst = weeks[at[found.min(axis=1).argmin()]]
        raise EstimationError(
            f"an alert for the week of {worst:%Y-%m-%d} needs {years} years of weeks before it, "
            f"but the first is that of {weeks[0]:%Y-%m-%d}",
            remedy="test a later week, or use fewer years",
        )
    return found


def reaches_back(weeks: pd.DatetimeIndex, at: Integers, years: int, half_window: int) -> np.ndarray:
    """Tell for each tested week, shape (K,), whether the years of a baseline lie inside the series."""
    first = [position - _weeks_back(weeks[position], years) - half_window for position in at]
    return np.array(first, dtype=np.int64) >= 0


def _weeks_back(day: pd.Timestamp, years: int) -> int:
    """Return how many weeks lie between a day and the nearest same weekday around its date years ago."""
    earlier = day.year - years
    leap_day = (day.month, day.day) == (2, 29)
    same = (
        pd.Timestamp(earlier, 3, 1)
        if leap_day and not pd.Timestamp(earlier, 1, 1).is_leap_year
        else day.replace(year=earlier)
    )
    return round((day - same).days / 7)


def baselines(
    length: int, at: Integers, references: Integers, half_window: int, periods: int, recent_weeks: int
) -> Baselines:
    """Divide the years before each tested week into seasons.

    The last season holds the windows around the same week of earlier years (and around the tested week, as far
    as recent weeks are used); the weeks between two windows are cut into ``periods`` - 1 seasons of equal
    length, the earlier ones a week longer where that does not come out even. With one period, the weeks
    between the windows are not used.

    Parameters
    ----------
    length
        Length of the series.
    at, references
        (K,) tested weeks and (K, years) the same weeks of earlier years, nearest first.
    half_window, periods, recent_weeks
        As in ``Farrington``.

    Raises
    ------
    EstimationError
        The series does not reach back far enough.
    InputError
        More seasons than there are weeks between the windows; a tested week outside the series.
    """
    if len(at) and not (at.min() >= 0 and at.max() < length):
        raise InputError("a tested week lies outside the series")
    short = half_window - (references.min() if references.size else half_window)
    if short > 0:
        raise EstimationError(
            f"the history is {short} weeks too short: {references.shape[1]} years and {half_window} weeks "
            "are needed before a tested week",
            remedy="test a later week, or use fewer years",
        )
    rows = [
        list(_seasons(int(week), earlier, half_window, periods, recent_weeks))
        for week, earlier in zip(at, references, strict=True)
    ]
    longest = max((len(season) for row in rows for season in row), default=0)
    weeks = np.zeros((len(at), periods, longest), dtype=np.int64)
    used = np.zeros(weeks.shape, dtype=bool)
    for number, row in enumerate(rows):
        for season, members in enumerate(row):
            weeks[number, season, : len(members)] = members
            used[number, season, : len(members)] = True
    return Baselines(np.asarray(at, dtype=np.int64), weeks, used)


def _seasons(
    tested: int, earlier: Sequence[int] | Integers, half_window: int, periods: int, recent_weeks: int
) -> Iterator[Integers]:
    """Yield the past weeks of each season, in order of time."""
    labels = np.zeros(tested + 1, dtype=np.int64)
    labels[max(tested - half_window, 0) :] = periods
    for later, year in pairwise([tested, *(int(one) for one in earlier)]):
        labels[year - half_window : year + half_window + 1] = periods
        if periods > 1:
            _label_between(labels, year + half_window + 1, later - half_window, periods)
    labels[max(tested - recent_weeks, 0) :] = 0
    for season in range(1, periods + 1):
        yield np.flatnonzero(labels == season)


def _label_between(labels: Integers, first: int, end: int, periods: int) -> None:
    """Label the weeks between two windows with their seasons, in place."""
    if end - first < periods - 1:
        raise InputError(
            f"{periods} seasons do not fit into the {end - first} weeks between two windows",
            remedy="use fewer periods or a narrower window",
        )
    each, rest = divmod(end - first, periods - 1)
    lengths = np.full(periods - 1, each)
    lengths[:rest] += 1
    labels[first:end] = np.repeat(np.arange(1, periods), lengths)
