"""A finite ratio of two rates where nothing happened before or after: a weak prior on the log ratio."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from trends.errors import EstimationError, InputError
from trends.models.series import Floats

PRIOR_EVENTS = 2.0
_NODES = 4_001
_SPREADS = 40.0


@dataclass(frozen=True)
class ShrunkenRatio:
    """Posterior of the ratio of two Poisson rates under a log-F prior.

    Attributes
    ----------
    rate_ratio, low, high
        Median and equal-tailed interval; finite and above 0 whatever the counts.
    probability_rise
        Posterior probability of a ratio above 1.
    prior_low, prior_high
        The interval of the prior alone, at the same level: what was supposed before any event was seen.
    level
        Nominal content of the intervals.
    """

    rate_ratio: float
    low: float
    high: float
    probability_rise: float
    prior_low: float
    prior_high: float
    level: float

    @property
    def interval(self) -> str:
        """Name of the interval, with the prior."""
        return f"weak prior ({self.prior_low:.2g} to {self.prior_high:.2g})"


def shrunken_ratio(
    events_before: float,
    events_after: float,
    exposure_before: float,
    exposure_after: float,
    *,
    level: float = 0.95,
    prior_events: float = PRIOR_EVENTS,
) -> ShrunkenRatio:
    """Compare two rates under a weak prior that is centred on no change.

    Given their total the events after are binomial; the ratio has the log-F prior whose density is proportional
    to ``r^(m/2 - 1) / (1 + r)^m``, as if ``m`` events had been seen, half before and half after in equal time.
    With ``m = 2`` the prior says that the ratio lies between 1/39 and 39 with 95 % probability. The posterior is
    integrated numerically on a fixed grid: no simulation, no seed.

    Parameters
    ----------
    events_before, events_after, exposure_before, exposure_after
        Counts (not both 0) and lengths of the periods.
    level
        Content of the interval.
    prior_events
        ``m``, above 0: 1 is weaker (1/648 to 648), 4 is stronger (1/9.6 to 9.6).

    Raises
    ------
    EstimationError
        No events in either period: the prior alone would speak.
    InputError
        A level outside (0, 1), a prior that is not above 0, exposures not above 0.

    References
    ----------
    Greenland, S. & Mansournia, M. A. (2015). Penalization, bias reduction, and default priors in logistic and
    related categorical and survival regressions. Statistics in Medicine 34, 3133-3143.

    Examples
    --------
    >>> found = shrunken_ratio(0, 6, 104, 52)
    >>> round(found.rate_ratio, 1), round(found.low, 1)
    (12.3, 2.2)
    """
    if not (0 < level < 1 and prior_events > 0 and min(exposure_before, exposure_after) > 0):
        raise InputError("level must lie between 0 and 1, and the prior and both exposures above 0")
    if events_before + events_after == 0:
        raise EstimationError(
            "no events: nothing to compare", remedy="take a group of provinces or a longer period"
        )
    half, odds = prior_events / 2, exposure_after / exposure_before
    before, after = events_before + half, events_after + half
    reach = _SPREADS * math.sqrt(1 / before + 1 / after)
    ratios = math.log(after / before / odds) + np.linspace(-reach, reach, _NODES)
    log_density = after * ratios - prior_events * np.logaddexp(0.0, ratios)
    log_density -= (events_before + events_after) * np.logaddexp(0.0, math.log(odds) + ratios)
    median, low, high, rise = _quantiles(ratios, log_density, level)
    share = float(special.betaincinv(half, half, (1 + level) / 2))
    wide = share / (1 - share)
    return ShrunkenRatio(median, low, high, rise, 1 / wide, wide, level)


def _quantiles(ratios: Floats, log_density: Floats, level: float) -> tuple[float, float, float, float]:
    """Median, limits and probability of a rise, from a density on a grid of log ratios."""
    density = np.exp(log_density - log_density.max())
    mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    mass /= mass[-1]
    median, low, high = np.exp(np.interp([0.5, (1 - level) / 2, (1 + level) / 2], mass, ratios))
    rise = 1.0 - float(np.interp(0.0, ratios, mass))
    return float(median), float(low), float(high), rise
