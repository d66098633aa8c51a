"""Coefficients and what is known about them: one interface for every way to an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import stats

from trends.errors import EstimationError
from trends.models.latent_ar1 import LatentAR1Fit, fit_latent_ar1
from trends.models.series import Floats

METHODS = ("latent-ar1", "hac", "model")
LARGEST_LATENT = 1e12


@dataclass(frozen=True)
class LogEffect:
    """Estimate, standard error, interval and p-value of one effect, on the log scale."""

    estimate: float
    std_error: float
    low: float
    high: float
    p_value: float


class Inference(Protocol):
    """What every method of interval estimation offers.

    Attributes
    ----------
    method
        ``"latent-ar1"``, ``"hac"`` or ``"model"``.
    coef, cov
        (P,) and (P, P).
    df
        Degrees of freedom of the t quantile; infinite for the normal one.
    notes
        What must be said beside its intervals.
    """

    @property
    def method(self) -> str:
        """Name."""

    @property
    def coef(self) -> Floats:
        """(P,)."""

    @property
    def cov(self) -> Floats:
        """(P, P)."""

    @property
    def df(self) -> float:
        """Degrees of freedom."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Cautions."""

    def contrast(self, weights: Floats, level: float) -> LogEffect:
        """Interval of ``weights @ coef``, with the p-value that belongs to it."""

    def draws(self, seed: int, size: int) -> Floats:
        """(size, P) coefficients drawn from what is known about them."""


@dataclass(frozen=True, eq=False)
class StudentInference:
    """Estimates with a covariance matrix and a t (or normal) quantile."""

    method: str
    coef: Floats
    cov: Floats
    df: float
    notes: tuple[str, ...] = ()

    def contrast(self, weights: Floats, level: float) -> LogEffect:
        """Estimate plus and minus a t quantile times the standard error."""
        estimate = float(weights @ self.coef)
        error = float(np.sqrt(weights @ self.cov @ weights))
        reach = float(stats.t.ppf((1 + level) / 2, self.df)) * error
        p_value = float(2 * stats.t.sf(abs(estimate) / error, self.df)) if error > 0 else float("nan")
        return LogEffect(estimate, error, estimate - reach, estimate + reach, p_value)

    def draws(self, seed: int, size: int) -> Floats:
        """(size, P) from the multivariate t distribution."""
        rng = np.random.default_rng(seed)
        values, vectors = np.linalg.eigh(self.cov)
        root = vectors * np.sqrt(np.clip(values, 0.0, None))
        noise = rng.standard_normal((size, len(self.coef))) @ root.T
        if np.isfinite(self.df):
            noise *= np.sqrt(self.df / rng.chisquare(self.df, size))[:, None]
        return np.asarray(self.coef + noise)


@dataclass(frozen=True, eq=False)
class LatentInference:
    """One series of a latent AR(1) fit."""

    fit: LatentAR1Fit
    notes: tuple[str, ...] = ()
    method: str = "latent-ar1"

    @property
    def coef(self) -> Floats:
        """(P,) log scale."""
        return np.asarray(self.fit.coef[0])

    @property
    def cov(self) -> Floats:
        """(P, P), what is not known about the noise included."""
        return np.asarray(self.fit.cov[0])

    @property
    def df(self) -> float:
        """Degrees of freedom with which a t interval comes near to the mixture's."""
        return float(self.fit.df[0])

    def contrast(self, weights: Floats, level: float) -> LogEffect:
        """Quantiles of the mixture over what the noise may be."""
        found = self.fit.interval(weights, level)
        return LogEffect(
            *(float(part[0]) for part in (found.estimate, found.se, found.lower, found.upper, found.p_value))
        )

    def draws(self, seed: int, size: int) -> Floats:
        """(size, P) from the mixture."""
        return np.asarray(self.fit.draws(seed, size)[:, 0, :])


def latent_ar1(counts: Floats, matrix: Floats, offset: Floats) -> LatentInference:
    """Fit one series with a latent AR(1) disturbance.

    Parameters
    ----------
    counts
        (T,) NaN in weeks that are left out of the fit.
    matrix
        (T, P) finite in every week.
    offset
        (T,) log exposure.

    Raises
    ------
    EstimationError
        The fit did not converge, or a count above 10^12.
    """
    if np.nanmax(counts) > LARGEST_LATENT:
        raise EstimationError(
            f"a count of {np.nanmax(counts):.3g} is beyond what the latent AR(1) fit can carry ({LARGEST_LATENT:.0e})",
            remedy='use intervals="hac", or a smaller unit of time or place',
        )
    fit = fit_latent_ar1(counts[None, :], matrix, offset)
    if not bool(fit.converged[0]) or not np.isfinite(fit.cov[0]).all():
        raise EstimationError(
            "the latent AR(1) fit did not converge",
            remedy="use fewer terms, months instead of weeks, a group of provinces, or compare_rates",
        )
    return LatentInference(fit)
