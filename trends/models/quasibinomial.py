"""Quasi-binomial regression: the share of the treated series in the total of treated and control."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from trends.errors import EstimationError
from trends.models.series import Floats

TOLERANCE = 1e-12


@dataclass(frozen=True, eq=False)
class QuasiBinomialFit:
    """A converged quasi-binomial fit of T weeks and P columns.

    Attributes
    ----------
    coef
        (P,) log of the ratio of treated to control.
    unscaled_cov
        (P, P) inverse information with dispersion 1.
    cov
        (P, P) ``unscaled_cov`` times ``max(1, dispersion)``.
    share
        (T,) fitted share of the treated series in the total.
    total
        (T,) events of both series.
    dispersion
        Pearson chi-square over degrees of freedom, as it is.
    df
        T - P.
    """

    coef: Floats
    unscaled_cov: Floats
    cov: Floats
    share: Floats
    total: Floats
    dispersion: float
    df: int

    @property
    def fitted(self) -> Floats:
        """(T,) expected events of the treated series, given the total."""
        return np.asarray(self.total * self.share)

    def scores(self, counts: Floats, matrix: Floats) -> Floats:
        """(T, P) each week's part of the score."""
        return np.asarray(matrix * (counts - self.fitted)[:, None])

    def variance(self) -> Floats:
        """(T,) variance of each treated count given the total."""
        return np.asarray(self.fitted * (1 - self.share) * max(1.0, self.dispersion))


def fit_quasibinomial(treated: Floats, control: Floats, matrix: Floats, offset: Floats) -> QuasiBinomialFit:
    """Fit by iteratively reweighted least squares (statsmodels ``GLM``).

    Two Poisson counts that share a factor in every week, whatever it is, are binomial given their total: the
    factor drops out. The fit equals that of a Poisson regression of both series with one free level a week.

    Parameters
    ----------
    treated, control
        (T,) whole numbers, in no week both 0.
    matrix
        (T, P) of full rank.
    offset
        (T,) log of the ratio of their exposures.

    Raises
    ------
    EstimationError
        The iterations did not converge.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        pairs = np.column_stack([treated, control])
        fit = GLM(pairs, matrix, family=Binomial(), offset=offset).fit(
            tol=TOLERANCE, tol_criterion="params", maxiter=200, scale=1.0
        )
    if not fit.converged or not np.isfinite(fit.params).all():
        raise EstimationError(
            "the regression of the share did not converge",
            remedy="use fewer terms, longer steps or a larger control",
        )
    total, coef = treated + control, np.asarray(fit.params, dtype=float)
    share = np.asarray(expit(matrix @ coef + offset))
    df = len(treated) - matrix.shape[1]
    dispersion = float(((treated - total * share) ** 2 / (total * share * (1 - share))).sum() / df)
    unscaled = np.asarray(fit.normalized_cov_params, dtype=float)
    return QuasiBinomialFit(coef, unscaled, unscaled * max(1.0, dispersion), share, total, dispersion, df)
