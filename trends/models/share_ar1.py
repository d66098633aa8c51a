"""The ratio of two series of counts around a serially correlated disturbance of its own.

Given the total of both in each week the treated count is binomial, and whatever moves both series alike drops
out. What moves them apart is a disturbance of the log ratio with AR(1) autocorrelation. Coefficients come from
penalised quasi-likelihood (Breslow & Clayton 1993): generalised least squares on the working response of the
logit with ``V = diag(1 / (n p q)) + sigma^2 R(rho)``; sigma and rho are averaged over as in
:mod:`trends.models.latent_ar1`, on the same grid and with the same prior.

References
----------
Breslow, N. E. & Clayton, D. G. (1993). Approximate inference in generalized linear mixed models. Journal of
the American Statistical Association 88, 9-25.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from trends.models.latent_ar1 import LatentAR1Fit
from trends.models.latent_grid import Nodes, closer, whole_range
from trends.models.latent_kernel import Floats, Profile, profile

_ROUNDS = 100
_CLOSER = 3
_TOLERANCE = 1e-8
_LIMIT = 30.0


def fit_share_ar1(
    treated: Floats, total: Floats, matrix: Floats, offset: Floats, start: Floats
) -> LatentAR1Fit:
    """Fit the log ratio of treated to control.

    Parameters
    ----------
    treated, total
        (T,) counts; NaN in weeks that are left out, and a total of 0 says nothing.
    matrix
        (T, P) finite in every week.
    offset
        (T,) log of the ratio of the exposures.
    start
        (P,) coefficients of the binomial regression.

    Returns
    -------
    LatentAR1Fit
        Of one series; ``sigma`` and ``rho`` are those of the disturbance of the log ratio.
    """
    share = _Share(treated, total, matrix, offset)
    eta = np.clip(matrix @ start + offset, -_LIMIT, _LIMIT)
    response, weight = share.working(eta)
    patch = whole_range(weight, share.excess(eta))
    middle = patch.nodes()
    for _ in range(_CLOSER):
        nodes = patch.nodes()
        patch, middle = closer(patch, share.profile(response, weight, nodes).loglik)
    eta, settled = _settle(share, eta, middle)
    return _summary(share, eta, patch.quadrature(), settled)


class _Share:
    """Counts and columns of one comparison, the columns orthogonal over the weeks in the fit."""

    def __init__(self, treated: Floats, total: Floats, matrix: Floats, offset: Floats) -> None:
        self.seen = np.isfinite(treated) & np.isfinite(total) & (np.nan_to_num(total) > 0)
        self.treated = np.where(self.seen, treated, 0.0)
        self.total = np.where(self.seen, total, 0.0)
        size = np.abs(matrix[self.seen]).max(axis=0)
        _, triangle = np.linalg.qr(matrix[self.seen] / size)
        self.back = np.linalg.inv(triangle) * np.sqrt(self.seen.sum()) / size[:, None]
        self.basis = matrix @ self.back
        self.offset = offset

    def working(self, eta: Floats) -> tuple[Floats, Floats]:
        """(1, T) working response and weight."""
        share = expit(eta)
        weight = self.total * share * (1 - share)
        apart = np.divide(self.treated - self.total * share, weight, out=np.zeros_like(eta), where=weight > 0)
        return (eta - self.offset + apart)[None, :], weight[None, :]

    def excess(self, eta: Floats) -> Floats:
        """(1,) variance of the residuals beyond the binomial, on the logit scale."""
        share = expit(eta)
        weight = self.total * share * (1 - share)
        beyond = ((self.treated - self.total * share) ** 2 - weight).sum()
        return np.array([beyond / max((weight**2).sum(), 1e-300)])

    def profile(self, response: Floats, weight: Floats, nodes: Nodes) -> Profile:
        """Generalised least squares at every noise setting."""
        return profile(response, weight, self.basis, nodes.sigma, nodes.rho)

    def dispersion(self, eta: Floats) -> tuple[Floats, Floats]:
        """(1,) Pearson chi-square over degrees of freedom and lag-1 autocorrelation of the residuals."""
        share = expit(eta)
        weight = self.total * share * (1 - share)
        root = np.sqrt(np.where(weight > 0, weight, 1.0))
        residual = np.where(weight > 0, (self.treated - self.total * share) / root, 0.0)
        square = float(residual @ residual)
        freedom = max(int(self.seen.sum()) - self.basis.shape[1], 1)
        lag1 = float(residual[1:] @ residual[:-1]) / square if square > 0 else np.nan
        return np.array([square / freedom]), np.array([lag1])


def _settle(share: _Share, eta: Floats, middle: Nodes) -> tuple[Floats, bool]:
    """Log ratios that reproduce themselves at one noise setting; steps are halved where they go astray."""
    part, before = 1.0, np.inf
    for _ in range(_ROUNDS):
        response, weight = share.working(eta)
        coef = share.profile(response, weight, middle).coef[0, 0]
        moved = np.clip(share.basis @ coef + share.offset, -_LIMIT, _LIMIT)
        change = float(np.abs(moved - eta)[share.seen].max())
        if not np.isfinite(change):
            break
        part = max(part / 2, 1 / 16) if change > 0.9 * before else part
        eta, before = eta + part * (moved - eta), change
        if change < _TOLERANCE:
            return eta, True
    return eta, False


def _summary(share: _Share, eta: Floats, nodes: Nodes, settled: bool) -> LatentAR1Fit:
    response, weight = share.working(eta)
    found = share.profile(response, weight, nodes)
    score = found.loglik + nodes.log_prior
    fine = bool(settled and np.isfinite(score).any())
    weights = np.exp(score - score.max()) if fine else np.full_like(score, np.nan)
    weights = weights / weights.sum()
    node_coef = np.nan_to_num(found.coef) @ share.back.T
    node_cov = share.back @ np.nan_to_num(found.covariance()) @ share.back.T
    coef = np.einsum("sg,sgp->sp", weights, node_coef)
    apart = node_coef - coef[:, None, :]
    within = np.einsum("sg,sgpq->spq", weights, node_cov)
    cov = within + np.einsum("sg,sgp,sgq->spq", weights, apart, apart)
    node_sigma = nodes.sigma.reshape(1, -1)
    node_rho = np.tile(nodes.rho, (1, nodes.sigma.shape[1]))
    dispersion, lag1 = share.dispersion(eta)
    weeks = np.array([float(share.seen.sum())])
    return LatentAR1Fit(
        coef=coef,
        cov=cov,
        df=np.maximum(weeks - share.basis.shape[1], 1.0),
        sigma=np.sqrt((weights * node_sigma**2).sum(1)),
        rho=(weights * node_rho).sum(1),
        converged=np.array([fine]),
        weights=weights,
        node_sigma=node_sigma,
        node_rho=node_rho,
        node_coef=node_coef,
        node_cov=node_cov,
        dispersion=dispersion,
        lag1=lag1,
        weeks=weeks,
        events=np.array([float(share.total.sum())]),
    )
