"""Negative binomial (NB2) regression with its dispersion estimated by maximum likelihood."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from statsmodels.discrete.discrete_model import NegativeBinomial

from trends.errors import EstimationError
from trends.models.series import Floats

GRADIENT_TOLERANCE = 1e-5
ALPHA_FLOOR = 1e-8


@dataclass(frozen=True, eq=False)
class NegativeBinomialFit:
    """A converged NB2 fit of T weeks and P columns: variance ``mu + alpha mu^2``.

    Attributes
    ----------
    coef
        (P,) log scale.
    cov
        (P, P) inverse of the expected information given alpha, as ``MASS::glm.nb`` reports it. (Alpha and the
        coefficients are orthogonal in the expected information, so that not knowing alpha adds nothing.)
    fitted
        (T,) expected counts.
    alpha
        Dispersion, 1 / theta.
    loglik
        Log likelihood at the maximum.
    df
        T - P.
    """

    coef: Floats
    cov: Floats
    fitted: Floats
    alpha: float
    loglik: float
    df: int

    def scores(self, counts: Floats, matrix: Floats) -> Floats:
        """(T, P) each week's part of the score of the coefficients."""
        return np.asarray(matrix * ((counts - self.fitted) / (1.0 + self.alpha * self.fitted))[:, None])

    def variance(self) -> Floats:
        """(T,) variance of each count."""
        return np.asarray(self.fitted * (1.0 + self.alpha * self.fitted))


def overdispersed(counts: Floats, poisson_mean: Floats) -> bool:
    """Tell whether the NB2 likelihood rises from alpha = 0; if not, its maximum is the Poisson model.

    The sign of the score of alpha at 0, ``sum((y - mu)^2 - y) / 2`` (Dean & Lawless 1989).
    """
    return bool(((counts - poisson_mean) ** 2 - counts).sum() > 0)


def fit_negbin(counts: Floats, matrix: Floats, offset: Floats, start: Floats) -> NegativeBinomialFit | None:
    """Fit by maximum likelihood (statsmodels ``discrete.NegativeBinomial``) and check the gradient.

    Parameters
    ----------
    counts
        (T,) whole numbers.
    matrix
        (T, P) of full rank.
    offset
        (T,) log exposure.
    start
        (P,) coefficients of the Poisson regression.

    Returns
    -------
    NegativeBinomialFit
        None where alpha goes to 0, so that the model is the Poisson one.

    Raises
    ------
    EstimationError
        No maximum was found, or the gradient there is not zero.
    """
    mean = np.exp(matrix @ start + offset)
    if not overdispersed(counts, mean):
        return None
    size = np.maximum(np.abs(matrix).max(axis=0), 1e-300)
    model = NegativeBinomial(counts, matrix / size, offset=offset, check_rank=False)
    params, converged = _maximise(model, start * size, _start_alpha(counts, mean, matrix.shape[1]))
    alpha = float(params[-1])
    if 0 < alpha < ALPHA_FLOOR:
        return None
    gradient = np.abs(model.score(params)).max() if alpha > 0 and np.isfinite(params).all() else np.inf
    if not converged or not gradient < GRADIENT_TOLERANCE * max(1.0, counts.sum() ** 0.5):
        raise EstimationError(
            "the negative binomial regression did not converge",
            remedy='use fewer terms or family="quasi-poisson"',
        )
    coef = params[:-1] / size
    fitted = np.exp(matrix @ coef + offset)
    weights = fitted / (1.0 + alpha * fitted)
    cov = np.linalg.inv((matrix / size).T @ ((matrix / size) * weights[:, None])) / np.outer(size, size)
    return NegativeBinomialFit(
        coef, cov, fitted, alpha, float(model.loglike(params)), len(counts) - matrix.shape[1]
    )


def _start_alpha(counts: Floats, mean: Floats, columns: int) -> float:
    moments = (((counts - mean) ** 2 - mean) / mean**2).sum() / (len(counts) - columns)
    weighted = ((counts - mean) ** 2 - counts).sum() / (mean**2).sum()
    return float(max(min(moments, 10.0), weighted, 1e-3))


def _maximise(model: NegativeBinomial, coef: Floats, alpha: float) -> tuple[Floats, bool]:
    """Newton from the moment estimate; where that leaves the region, BFGS in log alpha and Newton again."""
    options = {"disp": 0, "skip_hessian": True, "warn_convergence": False, "full_output": True}
    start = np.append(coef, alpha)
    for prepare in (False, True):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                if prepare:
                    start = model.fit(start, method="bfgs", maxiter=500, gtol=1e-6, **options).params
                found = model.fit(start, method="newton", maxiter=100, tol=1e-11, **options)
            except np.linalg.LinAlgError:
                continue
        params = np.asarray(found.params, dtype=float)
        if found.mle_retvals["converged"] and np.isfinite(params).all() and params[-1] > 0:
            return params, True
    return start, False
