"""Province effects drawn towards their mean, as far as the data say that provinces are alike."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from trends.errors import EstimationError, InputError
from trends.models.pooling.effect import PooledEffect
from trends.models.pooling.heterogeneity import centre, restricted_loglik
from trends.models.pooling.pooled import ratio

Floats = NDArray[np.float64]
_GRID = 401
LARGEST_TAU = 5.0
"""Largest standard deviation of log ratios between provinces that is thought of: a factor of 150 either way."""


def shrink(estimates: ArrayLike, std_errors: ArrayLike, pooled: PooledEffect) -> pd.DataFrame:
    """Draw province effects towards their mean; what is not known about mean and spread is in their intervals.

    Mean and variance between provinces are integrated out under flat priors on the mean and on the standard
    deviation (0 to `LARGEST_TAU`): given the latter everything is normal, and the restricted likelihood weighs
    its values. Nothing is plugged in, so that few provinces do not pretend to be alike because the estimate
    of their spread happens to be 0.

    Parameters
    ----------
    estimates, std_errors
        (k,) as given to :func:`pool`. A province without a finite estimate gets what the others say about it.
    pooled
        What :func:`pool` made of them: labels and level are taken from it.

    Returns
    -------
    DataFrame
        One row a province: ``province, rate_ratio, low, high`` partially pooled, ``own_ratio`` and ``weight``,
        the share of its own estimate in the partially pooled one (0 where it has none).

    Raises
    ------
    InputError
        Estimates that are not those behind ``pooled``.
    EstimationError
        Fewer than three finite estimates.

    References
    ----------
    Morris, C. N. (1983). Journal of the American Statistical Association 78, 47-65. Röver, C. (2020). Bayesian
    random-effects meta-analysis using the bayesmeta R package. Journal of Statistical Software 93 (6).
    """
    y, s = (np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in (estimates, std_errors))
    finite = np.isfinite(y) & np.isfinite(s)
    names = _names(len(y), finite, pooled)
    if finite.sum() < 3:
        raise EstimationError(
            f"{int(finite.sum())} finite estimates do not show how provinces differ",
            remedy="take at least three, or report the provinces by themselves",
        )
    taus, shares = _spread_posterior(y[finite], s[finite] ** 2)
    centres, spreads, own = _given_spread(y, s, finite, taus)
    tail = (1 - pooled.level) / 2
    low, high = (_quantile(shares, centres, spreads, p) for p in (tail, 1 - tail))
    return pd.DataFrame(
        {
            "province": names,
            "rate_ratio": [ratio(float(value)) for value in centres @ shares],
            "low": [ratio(float(value)) for value in low],
            "high": [ratio(float(value)) for value in high],
            "own_ratio": [ratio(float(v)) if ok else math.nan for v, ok in zip(y, finite, strict=True)],
            "weight": own @ shares,
        }
    )


def _names(k: int, finite: NDArray[np.bool_], pooled: PooledEffect) -> list[str]:
    if k != len(pooled.labels) + len(pooled.left_out) or int(finite.sum()) != pooled.k:
        raise InputError("the estimates are not those behind the pooled effect")
    inside, outside = iter(pooled.labels), iter(pooled.left_out)
    return [next(inside) if ok else next(outside) for ok in finite]


def _spread_posterior(y: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Grid of standard deviations between provinces and the (m,) share of each; denser near 0."""
    taus = LARGEST_TAU * np.linspace(0.0, 1.0, _GRID) ** 2
    widths = np.gradient(taus)
    score = np.array([restricted_loglik(y, v, t**2) for t in taus])
    shares = np.exp(score - score.max()) * widths
    return taus, shares / shares.sum()


def _given_spread(
    y: Floats, s: Floats, finite: NDArray[np.bool_], taus: Floats
) -> tuple[Floats, Floats, Floats]:
    """(k, m) mean, standard deviation and own share of each province's effect, given each spread."""
    means, errors = np.empty(len(taus)), np.empty(len(taus))
    for place, tau in enumerate(taus):
        means[place], weights = centre(y[finite], s[finite] ** 2, float(tau**2))
        errors[place] = 1 / weights.sum()
    v = np.where(finite, s, 1.0)[:, None] ** 2
    own = np.where(finite[:, None], taus**2 / (taus**2 + v), 0.0)
    centres = own * np.where(finite, y, 0.0)[:, None] + (1 - own) * means
    within = np.where(finite[:, None], own * v, taus**2)
    return centres, np.sqrt(within + (1 - own) ** 2 * errors), own


def _quantile(shares: Floats, centres: Floats, spreads: Floats, probability: float) -> Floats:
    ends = centres + ndtri(probability) * spreads
    low, high = ends.min(1), ends.max(1)
    for _ in range(60):
        middle = (low + high) / 2
        below = ndtr((middle[:, None] - centres) / spreads) @ shares < probability
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)
