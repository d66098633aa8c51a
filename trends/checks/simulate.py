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
    noise = rng.standard_normal((size, weeks))
    noise[:, 1:] *= np.sqrt(1 - rho**2)
    from scipy.signal import lfilter  # a seventh of a second, spared those who only import

    return Randomness(np.asarray(lfilter([1.0], [1.0, -rho], noise, axis=1)), rng.random((size, weeks)))
