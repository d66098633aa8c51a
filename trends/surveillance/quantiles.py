"""From a predicted mean to a threshold and the probability of a count as high as the one seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from trends.surveillance.settings import POWERS, Farrington

Floats = NDArray[np.float64]
SMALLEST, LARGEST = 1e-12, 1e12  # beyond, no count is meant and quantiles overflow


class Tail(NamedTuple):
    """(M,) threshold, and probability of a count at least as high."""

    threshold: Floats
    probability: Floats


def tail(counts: Floats, log_mean: Floats, std_error: Floats, dispersion: Floats, how: Farrington) -> Tail:
    """Return thresholds and tail probabilities.

    Parameters
    ----------
    counts
        (M,) tested counts.
    log_mean, std_error
        (M,) linear predictor and its standard error.
    dispersion
        (M,) at least 1.
    how
        ``threshold``, ``power`` and ``alpha`` are used.
    """
    if how.threshold == "delta":
        mean = np.exp(log_mean)
        return _transformed_normal(counts, mean, std_error * mean, dispersion, how)
    if how.threshold == "muan":
        log_mean = log_mean + stats.norm.ppf(1 - how.alpha) * std_error
    return _negative_binomial(counts, np.exp(log_mean), dispersion, how.alpha)


def _transformed_normal(
    counts: Floats, mean: Floats, std_error: Floats, dispersion: Floats, how: Farrington
) -> Tail:
    """Farrington et al. (1996): a power of the count is taken for normal, by the delta rule."""
    power = POWERS[how.power]
    variance = mean * dispersion + std_error**2
    spread = np.sqrt(power**2 * mean ** (2 * power - 2) * variance)
    centre, reach = mean**power, stats.norm.ppf(1 - how.alpha) * spread
    with np.errstate(invalid="ignore"):
        ends = np.stack([(centre - reach) ** (1 / power), (centre + reach) ** (1 / power)])
    probability = np.asarray(stats.norm.sf(counts**power, centre, spread))
    return Tail(np.fmax(ends[0], ends[1]), probability)


def _negative_binomial(counts: Floats, mean: Floats, dispersion: Floats, alpha: float) -> Tail:
    """Noufaily et al. (2013): a count with this mean and variance ``dispersion`` times as large."""
    threshold, probability = np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    known = (mean < LARGEST) & np.isfinite(dispersion)
    mean = np.maximum(mean, SMALLEST)
    for chosen, law in (
        (known & (dispersion > 1), lambda m, phi: stats.nbinom(m / (phi - 1), 1 / phi)),
        (known & (dispersion <= 1), lambda m, phi: stats.poisson(m)),
    ):
        if chosen.any():
            distribution = law(mean[chosen], dispersion[chosen])
            threshold[chosen] = distribution.ppf(1 - alpha)
            probability[chosen] = distribution.sf(counts[chosen] - 1)
    return Tail(threshold, probability)
