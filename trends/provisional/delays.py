"""How late events are recorded, from those recorded so far (right-truncated)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from trends.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ReportingDelays:
    """The distribution of the delay up to a longest one of D weeks.

    Attributes
    ----------
    hazard
        (D + 1,) reverse-time hazard: share recorded with delay x among those with delay x or less; 1 at 0.
    cdf
        (D + 1,) share recorded within x weeks, of those recorded within D.
    variance
        (D + 1,) of ``cdf`` (Greenwood).
    low, high
        (D + 1,) interval of ``cdf``.
    at_risk
        (D + 1,) events behind each hazard.
    level
        Of the interval.
    """

    hazard: Floats
    cdf: Floats
    variance: Floats
    low: Floats
    high: Floats
    at_risk: Floats
    level: float


def reporting_delays(counts: Floats, recent: int | None = None, level: float = 0.95) -> ReportingDelays:
    """Estimate the delay distribution by reverse-time hazards.

    Parameters
    ----------
    counts
        (T, D + 1) events by week and delay, missing in the future (``ReportingTriangle.counts``).
    recent
        Use only the last so many weeks for each delay, where recording has changed (Lawless's moving window).
    level
        Of the intervals.

    Raises
    ------
    InputError
        No event, a level outside 0 to 1, a window that is too short.

    References
    ----------
    Lawless, J.F. (1994). Adjustments for reporting delays and the prediction of occurred but not reported events.
    Canadian Journal of Statistics 22, 15-31.
    """
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}", remedy="give a share between 0 and 1, such as 0.95")
    if recent is not None and recent < 1:
        raise InputError(f"recent is {recent!r}", remedy="give at least one week")
    if not np.nansum(counts) > 0:
        raise InputError("no event was recorded", remedy="a delay needs recorded events")
    events, at_risk = _sums(counts, recent)
    hazard = np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0)
    hazard[0] = 1
    later = np.cumprod((1 - hazard[1:])[::-1])[::-1]
    cdf = np.append(later, 1.0)
    odds = np.divide(
        hazard, at_risk * (1 - hazard), out=np.zeros_like(hazard), where=(at_risk > 0) & (hazard < 1)
    )
    variance = cdf**2 * np.append(np.cumsum(odds[1:][::-1])[::-1], 0.0)
    low, high = _beta_interval(cdf, variance, level)
    return ReportingDelays(hazard, cdf, variance, low, high, at_risk, level)


def _sums(counts: Floats, recent: int | None) -> tuple[Floats, Floats]:
    """Return events with each delay, and with that delay or less, over the weeks for which both are known."""
    weeks, delays = counts.shape
    running = np.cumsum(counts, axis=1)
    events, at_risk = np.zeros(delays), np.zeros(delays)
    for delay in range(delays):
        end = weeks - delay
        first = 0 if recent is None else max(0, end - 1 - recent)
        events[delay] = counts[first:end, delay].sum()
        at_risk[delay] = running[first:end, delay].sum()
    return events, at_risk


def beta_shapes(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return the shapes of the beta distribution with this mean and variance; infinite where it has no spread."""
    spread = np.minimum(variance, 0.999 * mean * (1 - mean))
    size = np.divide(mean * (1 - mean), spread, out=np.full_like(mean, np.inf), where=spread > 0) - 1
    with np.errstate(invalid="ignore"):
        return mean * size, (1 - mean) * size


def _beta_interval(mean: Floats, variance: Floats, level: float) -> tuple[Floats, Floats]:
    first, second = beta_shapes(mean, variance)
    sure = ~(np.isfinite(first) & np.isfinite(second))
    a, b = np.where(sure, 1.0, first), np.where(sure, 1.0, second)
    tail = (1 - level) / 2
    ends = (stats.beta.ppf(one, a, b) for one in (tail, 1 - tail))
    low, high = (np.where(sure, mean, end) for end in ends)
    return low, high
