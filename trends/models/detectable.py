"""What change a comparison of rates could have shown: exact power of the conditional test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from trends.errors import InputError

LARGEST_RATIO = 1e4
NORMAL_FROM = 5_000.0

Counts = NDArray[np.int_]


@dataclass(frozen=True)
class Detectable:
    """Smallest changes that would have been shown.

    Attributes
    ----------
    decrease
        Rate ratio below 1 (a larger fall would have shown too); None where no fall, however deep, would
        have.
    increase
        Rate ratio above 1; None where there was no event before, so that no rate is known to start from.
    power
        Probability of an interval that leaves out 1.
    """

    decrease: float | None
    increase: float | None
    power: float


@lru_cache(maxsize=4096)
def detectable_ratio(
    expected_before: float, odds: float, *, power: float = 0.8, level: float = 0.95, mid_p: bool = False
) -> Detectable:
    """Rate ratios at which the two-sided conditional test has the given power.

    The rate before is taken as known and equal to what was observed; both counts are Poisson. The power is
    summed exactly over both counts, up to 5,000 expected events in all; above that it is the normal
    approximation on the log scale.

    Parameters
    ----------
    expected_before
        Events before.
    odds
        Exposure after over exposure before.
    power, level
        Between 0 and 1.
    mid_p
        Whether the test is the mid-p one.

    Raises
    ------
    InputError
        A power or level outside (0, 1).
    """
    if not (0 < power < 1 and 0 < level < 1):
        raise InputError(f"power {power!r} and level {level!r} must lie between 0 and 1")
    if expected_before <= 0:
        return Detectable(None, None, power)

    def short(log_ratio: float) -> float:
        return power_of_test(expected_before, odds, math.exp(log_ratio), level=level, mid_p=mid_p) - power

    top, bottom = math.log(LARGEST_RATIO), -math.log(LARGEST_RATIO)
    increase = math.exp(optimize.brentq(short, 1e-9, top, xtol=1e-5)) if short(top) > 0 else None
    decrease = math.exp(optimize.brentq(short, bottom, -1e-9, xtol=1e-5)) if short(bottom) > 0 else None
    return Detectable(decrease, increase, power)


def power_of_test(
    expected_before: float, odds: float, ratio: float, *, level: float = 0.95, mid_p: bool = False
) -> float:
    """Probability that the conditional test finds a rate ratio different from 1 when it is ``ratio``."""
    expected_after = expected_before * odds * ratio
    if expected_before + expected_after > NORMAL_FROM:
        return _normal_power(expected_before, expected_after, ratio, level)
    totals = _likely(expected_before + expected_after)
    null, share = odds / (1 + odds), odds * ratio / (1 + odds * ratio)
    lower, upper = _critical(totals, null, (1 - level) / 2, mid_p)
    reject = stats.binom.cdf(lower, totals, share) + stats.binom.sf(upper - 1, totals, share)
    return float(stats.poisson.pmf(totals, expected_before + expected_after) @ reject)


def _normal_power(before: float, after: float, ratio: float, level: float) -> float:
    shift = math.log(ratio) / math.sqrt(1 / before + 1 / after)
    quantile = stats.norm.ppf((1 + level) / 2)
    return float(stats.norm.cdf(shift - quantile) + stats.norm.cdf(-shift - quantile))


def _likely(mean: float) -> Counts:
    reach = 8 * math.sqrt(mean) + 20
    return np.arange(max(0, math.floor(mean - reach)), math.ceil(mean + reach) + 1)


def _critical(totals: Counts, share: float, tail: float, mid_p: bool) -> tuple[Counts, Counts]:
    """Largest count that is significantly low (-1 for none) and smallest that is significantly high."""

    def low_enough(count: Counts) -> NDArray[np.bool_]:
        half = stats.binom.pmf(count, totals, share) / 2 if mid_p else 0.0
        return np.asarray(stats.binom.cdf(count, totals, share) - half <= tail)

    def high_enough(count: Counts) -> NDArray[np.bool_]:
        half = stats.binom.pmf(count, totals, share) / 2 if mid_p else 0.0
        return np.asarray(stats.binom.sf(count - 1, totals, share) - half <= tail)

    lower = np.asarray(stats.binom.ppf(tail, totals, share)).astype(int)
    upper = np.asarray(stats.binom.isf(tail, totals, share)).astype(int)
    lower = np.where(low_enough(lower), lower, lower - 1)
    upper = np.where(high_enough(upper), upper, upper + 1)
    return lower, upper


def detectable_rise(low: float, high: float, power: float = 0.8, level: float = 0.95) -> float:
    """Return the ratio above 1 that would have been found with the given power, judged from an interval's length.

    A true effect is found with 80 % power when it lies (1.96 + 0.84) / 1.96 half-lengths of the log interval from no
    effect. Infinite where the interval is open, NaN where there is none.
    """
    if math.isnan(low) or math.isnan(high):
        return math.nan
    if low <= 0 or math.isinf(high):
        return math.inf
    return math.exp(
        math.log(high / low) / 2 * (1 + float(stats.norm.ppf(power) / stats.norm.ppf((1 + level) / 2)))
    )
