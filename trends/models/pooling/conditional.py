"""One ratio for all provinces, exactly: the total after, given how many events each province had in all."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.special import expit

Floats = NDArray[np.float64]
_FAR = 60.0
MANY = 20_000
"""Events above which the distribution of a total over several odds is approximated (Edgeworth, error about 1 / events)."""


class ConditionalTotal(NamedTuple):
    """Binomial parts whose sum is the number of events after: trials and log odds at a ratio of 1, (g,) each."""

    trials: NDArray[np.int64]
    log_odds: Floats

    def probabilities(self, log_ratio: float) -> Floats:
        """(N + 1,) probability of each total after."""
        found = np.ones(1)
        for trials, odds in zip(self.trials, self.log_odds, strict=True):
            part = stats.binom.pmf(np.arange(trials + 1), trials, expit(odds + log_ratio))
            found = np.convolve(found, part)
        return np.asarray(found)

    def mean(self, log_ratio: float) -> float:
        """Total after that is expected at a log ratio."""
        return float(self.trials @ expit(self.log_odds + log_ratio))


class CommonRatio(NamedTuple):
    """Estimate, limits (ratios; 0 and infinity included) and two-sided p-value."""

    rate_ratio: float
    low: float
    high: float
    p_value: float


def by_odds(totals: NDArray[np.int64], log_odds: Floats) -> ConditionalTotal:
    """Join provinces of the same odds: the sum of their binomials is one binomial."""
    odds, place = np.unique(log_odds, return_inverse=True)
    trials = np.bincount(place, weights=totals).astype(np.int64)
    return ConditionalTotal(trials, odds)


def common_ratio(after: int, given: ConditionalTotal, *, level: float, mid_p: bool) -> CommonRatio:
    """Exact estimate, interval and p-value of one ratio for all provinces.

    The number of events after is sufficient for it, and given each province's total its distribution depends
    on nothing else (Cox 1970, Analysis of Binary Data): no rate before is needed from any province. Limits
    leave ``(1 - level) / 2`` in each tail; the p-value is twice the smaller tail.
    """
    total = int(given.trials.sum())
    tail = (1 - level) / 2
    estimate = _estimate(after, total, given)
    low = 0.0 if after == 0 else _crossing(lambda r: _upper(after, given, r, mid_p) - tail)
    high = math.inf if after == total else _crossing(lambda r: tail - _lower(after, given, r, mid_p))
    p_value = min(1.0, 2 * min(_upper(after, given, 0.0, mid_p), _lower(after, given, 0.0, mid_p)))
    return CommonRatio(estimate, low, high, p_value)


def _estimate(after: int, total: int, given: ConditionalTotal) -> float:
    if after in (0, total):
        return 0.0 if after == 0 else math.inf
    return _crossing(lambda r: given.mean(r) - after)


def _crossing(rising: Callable[[float], float]) -> float:
    """Ratio at which a function that rises with the log ratio is 0."""
    return math.exp(float(optimize.brentq(rising, -_FAR, _FAR, xtol=1e-13, rtol=1e-14)))


def _upper(after: int, given: ConditionalTotal, log_ratio: float, mid_p: bool) -> float:
    """Probability of as many events after, or more."""
    if len(given.trials) == 1:
        return _binomial(after, given, log_ratio, mid_p, -1)
    if given.trials.sum() > MANY:
        return _edgeworth(after - (0.0 if mid_p else 0.5), given, log_ratio, -1.0)
    found = given.probabilities(log_ratio)
    return float(found[after:].sum() - (found[after] / 2 if mid_p else 0))


def _lower(after: int, given: ConditionalTotal, log_ratio: float, mid_p: bool) -> float:
    """Probability of as many events after, or fewer."""
    if len(given.trials) == 1:
        return _binomial(after, given, log_ratio, mid_p, 1)
    if given.trials.sum() > MANY:
        return _edgeworth(after + (0.0 if mid_p else 0.5), given, log_ratio, 1.0)
    found = given.probabilities(log_ratio)
    return float(found[: after + 1].sum() - (found[after] / 2 if mid_p else 0))


def _binomial(after: int, given: ConditionalTotal, log_ratio: float, mid_p: bool, side: int) -> float:
    law = stats.binom(given.trials[0], expit(given.log_odds[0] + log_ratio))
    tail = law.cdf(after) if side > 0 else law.sf(after - 1)
    return float(tail - (law.pmf(after) / 2 if mid_p else 0.0))


def _edgeworth(place: float, given: ConditionalTotal, log_ratio: float, side: float) -> float:
    """Tail of a sum of binomials from its mean, variance and skewness."""
    share = expit(given.log_odds + log_ratio)
    variances = given.trials * share * expit(-given.log_odds - log_ratio)
    spread = max(math.sqrt(float(variances.sum())), 1e-150)
    z = (place - given.mean(log_ratio)) / spread
    skewness = float((variances * (1 - 2 * share)).sum()) / spread**3
    bend = skewness * (z**2 - 1) / 6 * float(stats.norm.pdf(z)) if abs(z) < 30 else 0.0
    return min(max(float(stats.norm.cdf(side * z)) - side * bend, 0.0), 1.0)
