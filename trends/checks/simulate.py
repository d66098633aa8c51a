"""Counts with a latent AR(1) disturbance, the same random numbers for every mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import poisson

from trends.models.series import Floats


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
        return np.asarray(poisson.ppf(self.uniform, mean * np.exp(sigma * self.latent - sigma**2 / 2)))


def randomness(seed: int, size: int, weeks: int, rho: float) -> Randomness:
    """Draw the random numbers of ``size`` series with autocorrelation ``rho`` at one week."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((size, weeks))
    latent[:, 1:] *= np.sqrt(1 - rho**2)
    for week in range(1, weeks):
        latent[:, week] += rho * latent[:, week - 1]
    return Randomness(latent, rng.random((size, weeks)))
