"""How far provinces differ beyond their own errors: three estimators of tau squared, Q and its profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

Floats = NDArray[np.float64]
METHODS = ("reml", "paule-mandel", "dersimonian-laird")
_GRID = 400


class Spread(NamedTuple):
    """Variance between provinces with the limits of its Q-profile interval."""

    tau2: float
    low: float
    high: float


@dataclass(frozen=True)
class Homogeneity:
    """Cochran's test that all provinces have one effect.

    Attributes
    ----------
    q, df, p_value
        Statistic, its degrees of freedom and the chi-square tail. With few provinces it has little power: a
        large p-value does not show that they are alike.
    """

    q: float
    df: int
    p_value: float


def centre(y: Floats, v: Floats, tau2: float) -> tuple[float, Floats]:
    """Weighted mean of (k,) estimates with variances ``v + tau2``, and the (k,) weights."""
    weights = 1.0 / (v + tau2)
    return float(weights @ y / weights.sum()), weights


def cochran_q(y: Floats, v: Floats, tau2: float = 0.0) -> float:
    """Weighted sum of squares about the weighted mean; chi-square with k - 1 df at the true ``tau2``."""
    mean, weights = centre(y, v, tau2)
    return float(weights @ (y - mean) ** 2)


def homogeneity(y: Floats, v: Floats) -> Homogeneity:
    """Test that the k estimates have one mean."""
    q, df = cochran_q(y, v), len(y) - 1
    return Homogeneity(q, df, float(stats.chi2.sf(q, df)))


def estimate_tau2(y: Floats, v: Floats, method: str) -> float:
    """Variance between provinces; 0 where they differ no more than their errors explain.

    Parameters
    ----------
    y, v
        (k,) estimates and their variances.
    method
        One of `METHODS`.

    References
    ----------
    DerSimonian, R. & Laird, N. (1986). Controlled Clinical Trials 7, 177-188. Paule, R. C. & Mandel, J.
    (1982). Journal of Research of the National Bureau of Standards 87, 377-385. Viechtbauer, W. (2005).
    Journal of Educational and Behavioral Statistics 30, 261-293 (REML).
    """
    ways: dict[str, Callable[[Floats, Floats], float]] = {
        "reml": _reml,
        "paule-mandel": lambda y, v: _q_equals(y, v, len(y) - 1.0),
        "dersimonian-laird": _dersimonian_laird,
    }
    return ways[method](y, v)


def q_profile(y: Floats, v: Floats, level: float) -> tuple[float, float]:
    """Limits of tau squared at which Q is just within its chi-square quantiles (Viechtbauer 2007)."""
    df, tail = len(y) - 1, (1 - level) / 2
    return tuple(_q_equals(y, v, float(stats.chi2.ppf(p, df))) for p in (1 - tail, tail))  # type: ignore[return-value]


def typical_variance(v: Floats) -> float:
    """Return the sampling variance of a typical province (Higgins & Thompson 2002), behind I squared."""
    w = 1.0 / v
    return float((len(v) - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum()))


def restricted_loglik(y: Floats, v: Floats, tau2: float) -> float:
    """Restricted log likelihood of the variance between provinces, but for a constant."""
    mean, weights = centre(y, v, tau2)
    return float(0.5 * (np.log(weights).sum() - np.log(weights.sum()) - weights @ (y - mean) ** 2))


def _dersimonian_laird(y: Floats, v: Floats) -> float:
    w = 1.0 / v
    scale = w.sum() - (w**2).sum() / w.sum()
    return max(0.0, float((cochran_q(y, v) - (len(y) - 1)) / scale))


def _q_equals(y: Floats, v: Floats, target: float) -> float:
    if cochran_q(y, v) <= target:
        return 0.0
    high = float(v.max() + np.var(y) + 1e-12)
    while cochran_q(y, v, high) > target:
        high *= 4
    return float(optimize.brentq(lambda t: cochran_q(y, v, t) - target, 0.0, high, xtol=1e-14, rtol=1e-13))


def _reml(y: Floats, v: Floats) -> float:
    top = 10 * float(np.var(y, ddof=1) + v.max())
    grid = np.r_[0.0, np.geomspace(min(1e-6 * float(v.min()), 1e-3 * top), top, _GRID)]
    best = int(np.argmax([restricted_loglik(y, v, t) for t in grid]))
    left, right = grid[max(best - 1, 0)], grid[min(best + 1, _GRID)]
    if _reml_slope(y, v, left) <= 0:
        return float(left)
    return float(optimize.brentq(lambda t: _reml_slope(y, v, t), left, right, xtol=1e-15, rtol=1e-13))


def _reml_slope(y: Floats, v: Floats, tau2: float) -> float:
    mean, w = centre(y, v, tau2)
    return float((w**2) @ (y - mean) ** 2 - w.sum() + (w**2).sum() / w.sum())
