"""Quasi-Poisson regression: log-linear mean, variance proportional to the mean."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from trends.errors import EstimationError
from trends.models.series import Floats

TOLERANCE = 1e-12


@dataclass(frozen=True, eq=False)
class QuasiPoissonFit:
    """A converged quasi-Poisson fit of T weeks and P columns.

    Attributes
    ----------
    coef
        (P,) log scale.
    unscaled_cov
        (P, P) inverse information with dispersion 1.
    cov
        (P, P) ``unscaled_cov`` times ``max(1, dispersion)``: counts that vary less than Poisson counts do not
        shorten an interval.
    fitted
        (T,) expected counts.
    dispersion
        Pearson chi-square over degrees of freedom, as it is.
    df
        T - P.
    """

    coef: Floats
    unscaled_cov: Floats
    cov: Floats
    fitted: Floats
    dispersion: float
    df: int

    def scores(self, counts: Floats, matrix: Floats) -> Floats:
        """(T, P) each week's part of the score."""
        return np.asarray(matrix * (counts - self.fitted)[:, None])

    def variance(self) -> Floats:
        """(T,) variance of each count."""
        return np.asarray(self.fitted * max(1.0, self.dispersion))


def fit_quasipoisson(counts: Floats, matrix: Floats, offset: Floats) -> QuasiPoissonFit:
    """Fit by iteratively reweighted least squares (statsmodels ``GLM``).

    Parameters
    ----------
    counts
        (T,) whole numbers.
    matrix
        (T, P) of full rank.
    offset
        (T,) log exposure.

    Raises
    ------
    EstimationError
        The iterations did not converge.
    """
    fit = _iterated(counts, matrix, offset)
    if fit is None or not fit.converged or not np.isfinite(fit.params).all():
        raise EstimationError(
            "the Poisson regression did not converge",
            remedy="use fewer terms, longer steps or a group of provinces, and look for a count that cannot be true",
        )
    fitted = np.asarray(fit.fittedvalues, dtype=float)
    df = len(counts) - matrix.shape[1]
    dispersion = float(((counts - fitted) ** 2 / fitted).sum() / df)
    unscaled = np.asarray(fit.normalized_cov_params, dtype=float)
    return QuasiPoissonFit(
        np.asarray(fit.params, dtype=float), unscaled, unscaled * max(1.0, dispersion), fitted, dispersion, df
    )


def _iterated(counts: Floats, matrix: Floats, offset: Floats) -> Any:
    """Fit of statsmodels; None where its iterations run out of what numbers can hold."""
    try:
        with warnings.catch_warnings(), np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            warnings.simplefilter("ignore", PerfectSeparationWarning)
            return GLM(counts, matrix, family=Poisson(), offset=offset).fit(
                tol=TOLERANCE, tol_criterion="params", maxiter=200, scale=1.0
            )
    except (ValueError, np.linalg.LinAlgError):
        return None
