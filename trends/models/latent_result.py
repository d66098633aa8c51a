"""What a latent AR(1) fit knows: estimates, the mixture behind them, draws and intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from trends.models.latent_kernel import Floats

_SMALLEST = 1e-150


@dataclass(frozen=True)
class Interval:
    """Estimate and limits of one linear combination of the coefficients of each series.

    Attributes
    ----------
    estimate, se, lower, upper
        (S,) on the scale of the coefficients (log).
    p_value
        (S,) two-sided, of the value 0.
    """

    estimate: Floats
    se: Floats
    lower: Floats
    upper: Floats
    p_value: Floats


@dataclass(frozen=True)
class LatentAR1Fit:
    """A latent AR(1) fit of S series with P coefficients, a mixture over G noise settings.

    Attributes
    ----------
    coef
        (S, P) estimates: log ratios of expected counts. NaN where a series could not be fitted.
    cov
        (S, P, P) covariance, what is not known about the noise included.
    df
        (S,) degrees of freedom with which ``coef +- t * se`` comes near to the intervals of the mixture; no
        more than the weeks that are left after the coefficients.
    sigma, rho
        (S,) standard deviation, on the log scale, of the disturbance that lasts, and its autocorrelation at one
        week, averaged over the mixture.
    converged
        (S,) False for a series without events, or whose counts separate (a coefficient runs to infinity).
    weights, node_sigma, node_rho
        (S, G) share of each noise setting, and the setting: ``node_sigma`` is the coefficient of variation of
        the disturbance.
    node_coef, node_cov
        (S, G, P) and (S, G, P, P) estimates and covariance given the setting.
    dispersion
        (S,) Pearson chi-square over degrees of freedom; 1 for Poisson counts.
    lag1
        (S,) autocorrelation of the Pearson residuals at one week. Negative values widen nothing and shorten
        nothing: rho is never taken below 0.
    weeks, events
        (S,) weeks with a count, and the sum of the counts.
    """

    coef: Floats
    cov: Floats
    df: Floats
    sigma: Floats
    rho: Floats
    converged: NDArray[np.bool_]
    weights: Floats
    node_sigma: Floats
    node_rho: Floats
    node_coef: Floats
    node_cov: Floats
    dispersion: Floats
    lag1: Floats
    weeks: Floats
    events: Floats

    def draws(self, seed: int, n: int) -> Floats:
        """Draw coefficients from the mixture.

        Parameters
        ----------
        seed
            Seed of the generator; every series gets draws of its own that do not depend on the others.
        n
            Number of draws.

        Returns
        -------
        (n, S, P); NaN for a series that could not be fitted.
        """
        return np.stack([self._draws_of(one, seed, n) for one in range(len(self.coef))], axis=1)

    def _draws_of(self, one: int, seed: int, n: int) -> Floats:
        size = self.coef.shape[1]
        if not np.isfinite(self.cov[one]).all():
            return np.full((n, size), np.nan)
        rng = np.random.default_rng([seed, one])
        bounds = np.cumsum(self.weights[one])
        # one stratum a draw: the shares of the settings are hit almost exactly
        places = (np.arange(n) + rng.random(n)) / n * bounds[-1]
        node = rng.permutation(np.minimum(np.searchsorted(bounds, places, side="right"), len(bounds) - 1))
        used, place = np.unique(node, return_inverse=True)
        roots = np.linalg.cholesky(self.node_cov[one][used])
        noise = rng.standard_normal((n, size, 1))
        return np.asarray(self.node_coef[one][node] + (roots[place] @ noise)[..., 0])

    def interval(self, contrast: ArrayLike, level: float = 0.95) -> Interval:
        """Interval of a linear combination of the coefficients, from the quantiles of the mixture.

        Parameters
        ----------
        contrast
            (P,) or (S, P).
        level
            Nominal coverage, between 0 and 1.
        """
        weights = np.asarray(contrast, dtype=np.float64)
        weights = np.broadcast_to(weights, self.coef.shape)
        centres = np.einsum("sgp,sp->sg", self.node_coef, weights)
        spread = np.sqrt(np.einsum("sp,sgpq,sq->sg", weights, self.node_cov, weights))
        spread = np.maximum(spread, _SMALLEST)
        estimate = np.einsum("sp,sp->s", self.coef, weights)
        se = np.sqrt(np.einsum("sp,spq,sq->s", weights, self.cov, weights))
        tail = (1.0 - level) / 2
        lower = _quantile(self.weights, centres, spread, tail)
        upper = _quantile(self.weights, centres, spread, 1.0 - tail)
        below = (self.weights * ndtr(-centres / spread)).sum(1)
        p_value = 2.0 * np.minimum(below, (self.weights * ndtr(centres / spread)).sum(1))
        return Interval(estimate, se, lower, upper, np.minimum(p_value, 1.0))


def _quantile(weights: Floats, centres: Floats, spread: Floats, probability: float) -> Floats:
    """Quantile of each row's mixture of normals, by bisection."""
    ends = centres + ndtri(probability) * spread
    low, high = ends.min(1), ends.max(1)
    for _ in range(60):
        middle = (low + high) / 2
        below = (weights * ndtr((middle[:, None] - centres) / spread)).sum(1) < probability
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)
