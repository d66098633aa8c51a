"""Who was recorded when: counts by week of the event and by weeks until they were recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trends.calendar import complete_weeks, week_of
from trends.errors import InputError
from trends.events import undated

Vintages = Sequence[tuple[date, pd.Series]]


@dataclass(frozen=True, eq=False)
class ReportingTriangle:
    """Counts by week and by delay, as known at the end of the last week.

    Attributes
    ----------
    weeks
        T first days of weeks.
    counts
        (T, D + 1) float64: events of a week recorded 0, 1, ... D weeks later, longer delays counted as D; missing
        where that lies in the future.
    withdrawn
        Events that an earlier vintage had and the last has not; they are not counted.
    """

    weeks: pd.DatetimeIndex
    counts: NDArray[np.float64]
    withdrawn: int = 0

    @property
    def reported(self) -> NDArray[np.float64]:
        """(T,) events of each week recorded so far."""
        return np.asarray(np.nansum(self.counts, axis=1))


def from_events(events: pd.DataFrame, as_of: date, max_delay: int, week_start: str) -> ReportingTriangle:
    """Make the triangle from the day on which each event was recorded.

    Weeks run from that of the first event to the last complete one by ``as_of``; what was recorded after its end
    is left out. Events known only to a month or year are left out, as in every weekly count.

    Raises
    ------
    InputError
        No column ``recorded``, missing days in it, an event recorded before it happened, too few weeks.
    """
    if "recorded" not in events:
        raise InputError(
            "the source does not say when its events were recorded",
            column="recorded",
            remedy="give several vintages, or mark the last weeks with provisional_weeks",
        )
    dated = undated(events.reset_index(drop=True))[0] if "date_precision" in events else events
    if dated.empty:
        raise InputError("there is no event", column="date_start")
    for name in ("date_start", "recorded"):
        if not pd.api.types.is_datetime64_any_dtype(dated[name].dtype):
            raise InputError("the column holds no dates", column=name, remedy="read it as dates")
    if dated[["date_start", "recorded"]].isna().to_numpy().any():
        raise InputError("an event does not say when it happened or was recorded", column="recorded")
    start, recorded = (dated[name].dt.tz_localize(None).dt.normalize() for name in ("date_start", "recorded"))
    if (recorded < start).any():
        worst = start[recorded < start].iloc[0]
        raise InputError(f"an event of {worst:%Y-%m-%d} was recorded before it happened", column="recorded")
    weeks = complete_weeks(week_of(start, week_start).min().date(), pd.Timestamp(as_of).date(), week_start)
    _check_length(len(weeks), max_delay)
    row = ((week_of(start, week_start) - weeks[0]).dt.days // 7).to_numpy()
    delay = ((week_of(recorded, week_start) - week_of(start, week_start)).dt.days // 7).to_numpy()
    return ReportingTriangle(weeks, _filled(row, delay, len(weeks), max_delay))


def _filled(
    row: NDArray[np.int64], delay: NDArray[np.int64], length: int, max_delay: int
) -> NDArray[np.float64]:
    known = (row < length) & (row + delay < length)
    counts = np.zeros((length, max_delay + 1))
    np.add.at(counts, (row[known], np.minimum(delay[known], max_delay)), 1)
    return _future_missing(counts)


def _future_missing(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    left = np.arange(len(counts))[::-1]
    counts[np.arange(counts.shape[1]) > left[:, None]] = np.nan
    return counts


def from_vintages(vintages: Vintages, max_delay: int) -> ReportingTriangle:
    """Make the triangle from weekly counts of the same source as it stood at the end of consecutive weeks.

    A week's count counts as recorded when it was first reached for good: what a later vintage takes away is not
    counted. Weeks that had ended before the week of the first vintage are left out, because their delay is not known.

    Parameters
    ----------
    vintages
        Pairs of a day and the weekly counts (index: first days of weeks) as they stood on that day.
    max_delay
        Longest delay in weeks.

    Raises
    ------
    InputError
        Fewer than two vintages, not a week apart, a week missing in one of them, too few weeks.
    """
    days = pd.DatetimeIndex([pd.Timestamp(day) for day, _ in vintages])
    if len(days) < 2 or not (np.diff(days.to_numpy()) == np.timedelta64(7, "D")).all():
        raise InputError(
            f"{len(days)} vintages that are not each a week after the one before",
            remedy="give one vintage a week, in order; with one vintage, mark the last weeks with provisional_weeks",
        )
    _check_length(len(days), max_delay)
    last = pd.DatetimeIndex(vintages[-1][1].index)
    ended = last[last + pd.Timedelta(days=6) <= days[-1]]
    if len(ended) < len(days):
        raise InputError(
            f"the last vintage has {len(ended)} weeks, fewer than there are vintages",
            remedy="give vintages of one window that reaches back to the first",
        )
    weeks = ended[-len(days) :]
    total = np.full((len(weeks), len(days)), np.nan)
    for row, week in enumerate(weeks):
        for number in range(row, len(days)):
            total[row, number - row] = _count_in(vintages[number], week)
    steps, withdrawn = _kept(total, max_delay)
    return ReportingTriangle(weeks, _future_missing(steps), withdrawn)


def _count_in(vintage: tuple[date, pd.Series], week: pd.Timestamp) -> float:
    day, counts = vintage
    if week not in counts.index:
        raise InputError(f"the vintage of {pd.Timestamp(day):%Y-%m-%d} lacks the week of {week:%Y-%m-%d}")
    found = float(counts[week])
    if not found >= 0:
        raise InputError(f"the vintage of {pd.Timestamp(day):%Y-%m-%d} has no count for {week:%Y-%m-%d}")
    return found


def _kept(total: NDArray[np.float64], max_delay: int) -> tuple[NDArray[np.float64], int]:
    """Turn running totals by delay into counts by delay of what is still there."""
    ahead = np.where(np.isnan(total), np.inf, total)[:, ::-1]
    kept = np.minimum.accumulate(ahead, axis=1)[:, ::-1]
    peak = np.nanmax(total, axis=1)
    final = kept[np.arange(len(total)), np.arange(len(total))[::-1]]
    steps = np.diff(np.where(np.isinf(kept), final[:, None], kept), axis=1, prepend=0)
    short = steps[:, : max_delay + 1].copy()
    short[:, max_delay] = steps[:, max_delay:].sum(axis=1)
    return short, int((peak - final).sum())


def _check_length(weeks: int, max_delay: int) -> None:
    if max_delay < 1:
        raise InputError(f"max_delay is {max_delay!r}", remedy="give at least one week")
    if weeks <= max_delay:
        raise InputError(
            f"{weeks} weeks cannot show delays of up to {max_delay} weeks",
            remedy=f"give more than {max_delay} weeks, or a shorter longest delay",
        )
