"""One week's count against earlier weeks: an exact ratio whose interval allows for more than Poisson variation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trends.models import compare_rates

_LARGEST_LAG1 = 0.8


@dataclass(frozen=True)
class WeekRatio:
    """A week's count over the mean of earlier weeks.

    Attributes
    ----------
    count
        Events of the week.
    before, weeks
        Events of the earlier weeks, and how many weeks these are.
    mean
        Events a week before; NaN without weeks.
    rate_ratio, low, high, p_value
        Count over mean with its interval; NaN where nothing was recorded in either.
    dispersion
        Variance over mean that the interval allows for.
    """

    count: int
    before: int
    weeks: int
    mean: float
    rate_ratio: float
    low: float
    high: float
    p_value: float
    dispersion: float


@dataclass(frozen=True)
class Noise:
    """How much weekly counts vary beyond Poisson: variance over mean, and correlation of neighbouring weeks."""

    dispersion: float
    lag1: float

    def allowed(self, weeks: int) -> float:
        """Dispersion for one week against the mean of ``weeks`` others.

        The variance of the log ratio is ``d (1 + f / n) / mean`` with ``f = (1 + r) / (1 - r)``, the factor by
        which serial correlation widens the interval of a mean of n weeks; the exact comparison with a
        dispersion D has ``D (1 + 1 / n) / mean``.
        """
        widened = (1 + self.lag1) / (1 - self.lag1)
        return self.dispersion * (1 + widened / weeks) / (1 + 1 / weeks)


def noise_of(counts: ArrayLike) -> Noise:
    """Estimate dispersion (1 or more) and autocorrelation at one week (0 to 0.8) from weekly counts (T,).

    A trend inside the weeks counts as variation: the interval is then too wide, never too short.
    """
    values = np.asarray(counts, dtype=float)
    if len(values) < 3 or values.sum() == 0:
        return Noise(1.0, 0.0)
    apart = values - values.mean()
    square = float((apart**2).sum())
    lag1 = float((apart[1:] * apart[:-1]).sum()) / square if square > 0 else 0.0
    dispersion = square / (len(values) - 1) / float(values.mean())
    return Noise(max(1.0, dispersion), min(max(lag1, 0.0), _LARGEST_LAG1))


def against(count: int, earlier: ArrayLike, noise: Noise) -> WeekRatio:
    """Set a week against earlier ones: the exact mid-p interval of two rates, counts divided by the dispersion.

    Parameters
    ----------
    count
        Events of the week.
    earlier
        (T,) events of the weeks it is set against; may be empty.
    noise
        How much the series varies, judged from weeks before.
    """
    values = np.asarray(earlier, dtype=float)
    before, weeks = int(values.sum()), len(values)
    mean = before / weeks if weeks else math.nan
    if not weeks or count + before == 0:
        nothing = math.nan
        return WeekRatio(int(count), before, weeks, mean, nothing, nothing, nothing, nothing, 1.0)
    allowed = noise.allowed(weeks)
    found = compare_rates(before, int(count), weeks, 1.0, mid_p=True, dispersion=allowed)
    return WeekRatio(
        int(count), before, weeks, mean, found.rate_ratio, found.low, found.high, found.p_value, allowed
    )
