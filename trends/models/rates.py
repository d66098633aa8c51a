"""Two event rates compared exactly: the conditional binomial test and its interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy import optimize, special, stats

from trends.errors import EstimationError, InputError
from trends.models.detectable import Detectable, detectable_ratio
from trends.models.shrunken import ShrunkenRatio, shrunken_ratio


@dataclass(frozen=True)
class RateComparison:
    """Events before and after, and the ratio of their rates.

    Given the number of events in both periods together, those after are binomial with probability
    ``ratio T1 / (T0 + ratio T1)``; interval and p-value come from that distribution alone, so they hold at
    any number of events as long as the counts are Poisson. The p-value is twice the smaller tail, so that
    it is below ``1 - level`` just where the interval leaves out 1.

    Attributes
    ----------
    events_before, events_after
        Whole numbers.
    exposure_before, exposure_after
        Length of each period, in the same unit (weeks, or person-time).
    rate_before, rate_after
        Events per unit of exposure.
    rate_ratio, low, high
        After over before. 0 with a finite upper limit where nothing happened after; infinite with a finite
        lower limit where nothing happened before.
    p_value
        Two-sided, of a ratio of 1.
    level
        Nominal coverage.
    mid_p
        Whether half the probability of the observed split is left out of each tail.
    dispersion
        Variance over mean that was allowed for; 1 is Poisson.
    """

    events_before: int
    events_after: int
    exposure_before: float
    exposure_after: float
    rate_before: float
    rate_after: float
    rate_ratio: float
    low: float
    high: float
    p_value: float
    level: float
    mid_p: bool
    dispersion: float

    @property
    def interval(self) -> str:
        """Name of the interval: ``"exact"`` or ``"mid-p"``, and the dispersion where it is not 1."""
        name = "mid-p" if self.mid_p else "exact"
        return name if self.dispersion == 1 else f"{name}, dispersion {self.dispersion:.2f}"

    def detectable(self, power: float = 0.8) -> Detectable:
        """Smallest changes that this comparison would have shown with the given power.

        See Also
        --------
        trends.models.detectable.detectable_ratio
        """
        return detectable_ratio(
            self.events_before / self.dispersion,
            self.exposure_after / self.exposure_before,
            power=power,
            level=self.level,
            mid_p=self.mid_p,
        )

    def detectable_at_pooled_rate(self, power: float = 0.8) -> Detectable:
        """Smallest changes that would have shown had events before come at the rate of both periods together.

        For where nothing happened before, so that its own rate says nothing about what could have been seen.
        """
        odds = self.exposure_after / self.exposure_before
        pooled = (self.events_before + self.events_after) / (1 + odds) / self.dispersion
        return detectable_ratio(pooled, odds, power=power, level=self.level, mid_p=self.mid_p)

    def shrunken(self) -> ShrunkenRatio:
        """Finite ratio under a weak prior, for where nothing happened before or after.

        Counts enter divided by the dispersion, as in the exact interval.

        See Also
        --------
        trends.models.shrunken.shrunken_ratio
        """
        return shrunken_ratio(
            self.events_before / self.dispersion,
            self.events_after / self.dispersion,
            self.exposure_before,
            self.exposure_after,
            level=self.level,
        )

    def sentence(self) -> str:
        """One sentence from the numbers: direction and size, then what the interval leaves open."""
        from trends.models.words import rates_sentence

        return rates_sentence(self)


def compare_rates(
    events_before: int,
    events_after: int,
    exposure_before: float,
    exposure_after: float,
    *,
    level: float = 0.95,
    mid_p: bool = False,
    dispersion: float = 1.0,
) -> RateComparison:
    """Compare two event rates by the exact conditional binomial test.

    Parameters
    ----------
    events_before, events_after
        Counts.
    exposure_before, exposure_after
        Length of the periods in one unit, above 0.
    level
        Nominal coverage of the interval.
    mid_p
        Take the mid-p interval: shorter, its coverage near the nominal instead of at least that.
    dispersion
        Variance over mean of the counts, 1 or more. Above 1 the test is made on the counts divided by it
        (an approximation: a total whose variance is ``d`` times its mean carries the information of a
        Poisson total ``1/d`` its size). The ratio itself does not change.

    Returns
    -------
    RateComparison

    Raises
    ------
    EstimationError
        No events in either period.
    InputError
        Counts that are no whole numbers, exposures not above 0, a level outside (0, 1), a dispersion below
        1.

    References
    ----------
    Przyborowski, J. & Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson series.
    Biometrika 31, 313-323. Clopper, C. J. & Pearson, E. S. (1934). Biometrika 26, 404-413.

    Examples
    --------
    >>> compare_rates(11, 25, 800, 1011).rate_ratio
    1.798399424512184
    """
    before, after = _count(events_before, "events_before"), _count(events_after, "events_after")
    _check_numbers(exposure_before, exposure_after, level, dispersion)
    if before + after == 0:
        raise EstimationError(
            "no events: nothing to compare", remedy="take a group of provinces or a longer period"
        )
    x0, x1 = before / dispersion, after / dispersion
    odds = exposure_after / exposure_before
    tail = (1 - level) / 2
    limits = _mid_p_limits(x0, x1, tail) if mid_p else _limits(x0, x1, tail)
    low, high = (_ratio(share, odds) for share in limits)
    null = odds / (1 + odds)
    p_value = min(1.0, 2 * min(upper_tail(x0, x1, null, mid_p), lower_tail(x0, x1, null, mid_p)))
    return RateComparison(
        before,
        after,
        float(exposure_before),
        float(exposure_after),
        before / exposure_before,
        after / exposure_after,
        (after / exposure_after) / (before / exposure_before) if before else math.inf,
        low,
        high,
        p_value,
        level,
        mid_p,
        float(dispersion),
    )


def upper_tail(x0: float, x1: float, share: float, mid_p: bool = False) -> float:
    """P(X >= x1) for X binomial with ``x0 + x1`` trials; with ``mid_p`` half of P(X = x1) is left out.

    Counts need not be whole: the incomplete beta function joins the binomial tails.
    """
    at_least = 1.0 if x1 == 0 else float(special.betainc(x1, x0 + 1, share))
    if not mid_p:
        return at_least
    beyond = 0.0 if x0 == 0 else float(special.betainc(x1 + 1, x0, share))
    return (at_least + beyond) / 2


def lower_tail(x0: float, x1: float, share: float, mid_p: bool = False) -> float:
    """P(X <= x1), like :func:`upper_tail`."""
    return upper_tail(x1, x0, 1 - share, mid_p)


def _limits(x0: float, x1: float, tail: float) -> tuple[float, float]:
    low = 0.0 if x1 == 0 else float(stats.beta.ppf(tail, x1, x0 + 1))
    high = 1.0 if x0 == 0 else float(stats.beta.isf(tail, x1 + 1, x0))
    return low, high


def _mid_p_limits(x0: float, x1: float, tail: float) -> tuple[float, float]:
    lowest, highest = _limits(x0, x1, tail)
    centre = x1 / (x0 + x1)

    def crossing(side: Callable[[float, float, float, bool], float], left: float, right: float) -> float:
        return float(optimize.brentq(lambda share: side(x0, x1, share, True) - tail, left, right, xtol=1e-14))

    low = 0.0 if x1 == 0 else crossing(upper_tail, lowest, centre)
    high = 1.0 if x0 == 0 else crossing(lower_tail, centre, highest)
    return low, high


def _ratio(share: float, odds: float) -> float:
    return math.inf if share >= 1 else share / (1 - share) / odds


def _count(value: int, what: str) -> int:
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number) or number < 0 or number != math.floor(number):
        raise InputError(f"{what} is {value!r}", remedy="give a whole number, 0 or more")
    return int(number)


def _check_numbers(exposure_before: float, exposure_after: float, level: float, dispersion: float) -> None:
    for what, value in (("exposure_before", exposure_before), ("exposure_after", exposure_after)):
        if not (math.isfinite(value) and value > 0):
            raise InputError(f"{what} is {value!r}", remedy="give a length above 0")
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}", remedy="give a coverage between 0 and 1, such as 0.95")
    if not (math.isfinite(dispersion) and dispersion >= 1):
        raise InputError(f"dispersion is {dispersion!r}", remedy="give 1 (Poisson) or more")
