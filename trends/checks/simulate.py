"""Counts with a latent AR(1) disturbance, the same random numbers for every mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import poisson

from trends.models.series import Floats

LARGE = 1e6
"""Expected counts above which quantiles are those of a Cornish-Fisher expansion: the same to a count or so, at once."""


@dataclass(frozen=True, eq=False)
class Randomness:
    """Random numbers of N series of T weeks.

    Attributes
    ----------
    latent
        (N, T) AR(1) with standard deviation 1.
    uniform
        (N, T) in (0, 1), for the Poisson counts.
    """

    latent: Floats
    uniform: Floats

    def counts(self, mean: Floats, sigma: float) -> Floats:
        """(N, T) counts around ``mean`` (T,), with a disturbance of mean 1 and log standard deviation sigma.

        The same random numbers and a larger mean give counts that are nowhere smaller.
        """
        expected = mean * np.exp(sigma * self.latent - sigma**2 / 2)
        large = expected > LARGE
        found = np.asarray(poisson.ppf(self.uniform, np.where(large, 1.0, expected)), dtype=np.float64)
        if large.any():
            z = ndtri(self.uniform[large])
            found[large] = np.floor(expected[large] + z * np.sqrt(expected[large]) + (z**2 + 2.0) / 6.0)
        return found


def randomness(seed: int, size: int, weeks: int, rho: float) -> Randomness:
    """Draw the random numbers of ``size`` series with autocorrelation ``rho`` at one week."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((size, weeks))
    latent[:, 1:] *= np.sqrt(1 - rho**2)
    for week in range(1, weeks):
        latent[:, week] += rho * latent[:, week - 1]
    return Randomness(latent, rng.random((size, weeks)))
