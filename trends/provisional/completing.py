"""Completed counts of weeks that are still filling up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln

from trends.errors import InputError
from trends.provisional.delays import ReportingDelays, beta_shapes, reporting_delays
from trends.provisional.result import CompletedCounts
from trends.provisional.triangle import ReportingTriangle, from_events, from_vintages

Floats = NDArray[np.float64]
JEFFREYS = 0.5
FAR = 40  # standard deviations of the missing count over which its distribution is summed
MOST = 200_000


def complete_counts(
    source: pd.DataFrame | Sequence[tuple[date, pd.Series]],
    as_of: str | date | None = None,
    *,
    max_delay: int = 8,
    week_start: str = "mon",
    recent: int | None = None,
    level: float = 0.95,
) -> CompletedCounts:
    """Estimate how many events the last weeks will have once all are recorded.

    Parameters
    ----------
    source
        Events with ``date_start`` and ``recorded`` (the day on which the source first had each), or vintages: pairs
        of a day and the weekly counts as they stood on it, a week apart.
    as_of
        The day up to which records count; needed for events, and the last vintage's day otherwise.
    max_delay
        The longest delay in weeks; later records count as that late, and a week older than that as complete.
    week_start
        The weekday that weeks of events start on.
    recent
        Estimate the delays from the last so many weeks only, where recording has become slower or faster.
    level
        Of the intervals.

    Raises
    ------
    InputError
        The source does not say when events were recorded; too few weeks or vintages; no event.

    Notes
    -----
    The delays are estimated as in Lawless (1994). Given N events recorded so far and the share F recorded by now, the
    number still to come is taken for negative binomial (Poisson counts, Jeffreys' prior) with F uncertain (beta with
    the mean and variance of the estimate): a beta negative binomial distribution. Whoever records events in batches,
    or changes pace, makes such intervals too short. Where ``recorded`` is the day of the last revision and not of the
    first record (as ACLED's is), delays are overstated.

    References
    ----------
    Lawless, J.F. (1994). Canadian Journal of Statistics 22, 15-31. Höhle, M. & an der Heiden, M. (2014). Bayesian
    nowcasting during the STEC O104:H4 outbreak in Germany. Biometrics 70, 993-1002.
    """
    triangle = _triangle(source, as_of, max_delay, week_start)
    delays = reporting_delays(triangle.counts, recent, level)
    table = _completed(triangle, delays)
    return CompletedCounts(table, delays, triangle.withdrawn, level)


def _triangle(
    source: pd.DataFrame | Sequence[tuple[date, pd.Series]],
    as_of: str | date | None,
    max_delay: int,
    week_start: str,
) -> ReportingTriangle:
    if isinstance(source, pd.DataFrame):
        if as_of is None:
            raise InputError("as_of is not given", remedy="name the day up to which records count")
        return from_events(source, pd.Timestamp(as_of).date(), max_delay, week_start)
    wanted = [one for one in source if as_of is None or pd.Timestamp(one[0]) <= pd.Timestamp(as_of)]
    return from_vintages(wanted, max_delay)


def _completed(triangle: ReportingTriangle, delays: ReportingDelays) -> pd.DataFrame:
    """One row a week: reported, share, completed count with its interval."""
    elapsed = np.minimum(np.arange(len(triangle.weeks))[::-1], len(delays.cdf) - 1)
    share, variance = delays.cdf[elapsed], delays.variance[elapsed]
    reported = triangle.reported
    ends = [_missing_interval(*row, delays.level) for row in zip(reported, share, variance, strict=True)]
    missing = np.array(ends, dtype=float)
    completed = np.divide(reported, share, out=np.full_like(share, np.nan), where=share > 0)
    return pd.DataFrame(
        {
            "reported": reported.astype(int),
            "share": share,
            "share_low": delays.low[elapsed],
            "share_high": delays.high[elapsed],
            "completed": completed,
            "low": reported + missing[:, 0],
            "high": reported + missing[:, 1],
            "provisional": elapsed < len(delays.cdf) - 1,
        },
        index=triangle.weeks.rename("week"),
    )


def _missing_interval(reported: float, share: float, variance: float, level: float) -> tuple[float, float]:
    """Interval of the number of events still to be recorded; without end where nothing is recorded yet by rule."""
    if share >= 1:
        return 0.0, 0.0
    if share <= 0:
        return 0.0, np.inf
    cumulative = np.cumsum(np.exp(_log_probabilities(reported + JEFFREYS, share, variance)))
    tail = (1 - level) / 2
    low = int(np.searchsorted(cumulative, tail))
    high = int(np.searchsorted(cumulative, 1 - tail))
    return float(low), float(high) if high < len(cumulative) else np.inf


def _log_probabilities(size: float, share: float, variance: float) -> Floats:
    """Log probabilities of 0, 1, ... events still to come."""
    mean = size * (1 - share) / share
    spread = np.sqrt(mean / share + (size / share**2) ** 2 * variance)
    still = np.arange(min(MOST, int(mean + FAR * spread) + 50), dtype=float)
    first, second = (float(one[0]) for one in beta_shapes(np.array([share]), np.array([variance])))
    ways = gammaln(size + still) - gammaln(size) - gammaln(still + 1)
    if not np.isfinite(first):
        return np.asarray(ways + size * np.log(share) + still * np.log1p(-share))
    joint = gammaln(first + size) + gammaln(second + still) - gammaln(first + second + size + still)
    return np.asarray(ways + joint - gammaln(first) - gammaln(second) + gammaln(first + second))
