"""Regression of weekly counts around a serially correlated disturbance that is not observed.

Counts have mean ``exp(x_t'b + offset_t)`` and, beside Poisson noise, a multiplicative disturbance with AR(1)
autocorrelation. The coefficients are estimated from the marginal mean (Zeger 1988): generalised least squares
on the working response with ``V = diag(1 / mean) + sigma^2 R(rho)``. They stay consistent whatever the
disturbance is, and ratios and excess events are ratios and sums of expected counts. What is not known about
sigma and rho enters the intervals: the restricted likelihood (Breslow & Clayton 1993) times a weak prior, on
a grid that is laid over the mass of each series, weighs the estimates. On busy series part of the disturbance may
be independent from week to week (`trends.models.latent_mixture`).

References
----------
Zeger, S. L. (1988). A regression model for time series of counts. Biometrika 75, 621-629.
Breslow, N. E. & Clayton, D. G. (1993). Approximate inference in generalized linear mixed models. Journal of
the American Statistical Association 88, 9-25.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trends.models.latent_grid import Nodes
from trends.models.latent_input import SeriesBatch, check_batch
from trends.models.latent_kernel import Floats, profile
from trends.models.latent_mixture import Mixture, Task, at_nodes, evaluate, locate
from trends.models.latent_result import Interval, LatentAR1Fit
from trends.models.latent_start import log_mean, poisson_start

__all__ = ["Interval", "LatentAR1Fit", "fit_latent_ar1", "fit_latent_ar1_at"]

_BLOCK = 512
_ROUNDS = 60
_TOLERANCE = 1e-8


def fit_latent_ar1(
    counts: ArrayLike, design: ArrayLike, offset: ArrayLike | None = None, *, threads: int = 1
) -> LatentAR1Fit:
    """Fit every series; sigma and rho are estimated, and what is not known about them enters the covariance.

    Parameters
    ----------
    counts
        (S, T) or (T,) non-negative counts; NaN marks a missing week.
    design
        (T, P), shared, or (S, T, P), a design for each series. Finite, also in missing weeks.
    offset
        (S, T) or (T,) log exposure; none if left out.
    threads
        Threads that share the series; the result does not depend on it.

    Returns
    -------
    LatentAR1Fit

    Raises
    ------
    InputError
        Shapes do not fit, a count is negative, fractional or infinite, or the columns of a design are
        collinear over the weeks that have a count.
    """
    batch = check_batch(counts, design, offset)
    return _in_blocks(batch, lambda part, _: _fit(part), threads)


def fit_latent_ar1_at(
    counts: ArrayLike,
    design: ArrayLike,
    sigma: ArrayLike,
    rho: ArrayLike,
    offset: ArrayLike | None = None,
) -> LatentAR1Fit:
    """Fit every series with the disturbance given: its coefficient of variation and its autocorrelation.

    Parameters
    ----------
    counts, design, offset
        As in `fit_latent_ar1`.
    sigma, rho
        () or (S,). With ``sigma = 0`` the fit is Poisson regression.

    Returns
    -------
    LatentAR1Fit with one noise setting.
    """
    batch = check_batch(counts, design, offset)
    shape = (len(batch.counts),)
    settings = [np.broadcast_to(np.asarray(v, dtype=np.float64), shape)[:, None] for v in (sigma, rho)]
    nodes = Nodes(settings[0][:, :, None].copy(), settings[1].copy(), np.zeros((*shape, 1)))
    return _in_blocks(batch, lambda part, some: _fit_at(part, _rows(nodes, some)), 1)


def _in_blocks(
    batch: SeriesBatch, fit: Callable[[SeriesBatch, slice], LatentAR1Fit], threads: int
) -> LatentAR1Fit:
    count = len(batch.counts)
    blocks = [slice(first, min(first + _BLOCK, count)) for first in range(0, count, _BLOCK)]
    if threads > 1 and len(blocks) > 1:
        with ThreadPoolExecutor(threads) as pool:
            fits = list(pool.map(lambda some: fit(batch.rows(some), some), blocks))
    else:
        fits = [fit(batch.rows(some), some) for some in blocks]
    most = max(one.weights.shape[1] for one in fits)
    joined = {
        f.name: np.concatenate([_padded(one, f.name, most) for one in fits]) for f in fields(LatentAR1Fit)
    }
    return LatentAR1Fit(**joined)


def _padded(fit: LatentAR1Fit, name: str, most: int) -> NDArray[np.generic]:
    """Array of a fit, with settings of no weight added to those of its mixture."""
    values: NDArray[np.generic] = getattr(fit, name)
    short = most - fit.weights.shape[1]
    if not short or (name != "weights" and not name.startswith("node_")):
        return values
    more = np.repeat(values[:, :1], short, axis=1)
    return np.concatenate([values, more * 0.0 if name == "weights" else more], axis=1)


def _rows(nodes: Nodes, some: slice) -> Nodes:
    return Nodes(nodes.sigma[some], nodes.rho[some], nodes.log_prior[some])


def _fit(batch: SeriesBatch) -> LatentAR1Fit:
    start = poisson_start(batch.counts, batch.observed, batch.design, batch.offset)
    layers, middle = locate(working_task(batch, start.eta), _excess(batch, start.eta))
    eta, settled = _settle(batch, start.eta, middle)
    return summarise(batch, eta, evaluate(working_task(batch, eta), layers), start.converged & settled)


def _fit_at(batch: SeriesBatch, nodes: Nodes) -> LatentAR1Fit:
    start = poisson_start(batch.counts, batch.observed, batch.design, batch.offset)
    eta, settled = _settle(batch, start.eta, nodes)
    return summarise(batch, eta, at_nodes(working_task(batch, eta), nodes), start.converged & settled)


def working_task(batch: SeriesBatch, eta: Floats) -> Task:
    """Linearise around the log means (S, T): what generalised least squares is given."""
    mean = np.exp(eta)
    response = eta - batch.offset + batch.observed * (batch.counts - mean) / mean
    return Task(response, batch.observed * mean, batch.design)


def _settle(batch: SeriesBatch, eta: Floats, nodes: Nodes) -> tuple[Floats, NDArray[np.bool_]]:
    """Find the log means that reproduce themselves at one noise setting a series.

    A fixed point of the generalised least squares step, reached by Anderson's mixing of the last two steps.
    """
    eta = eta.copy()
    settled = np.zeros(len(eta), dtype=bool)
    active = np.flatnonzero(batch.counts.sum(1) > 0)
    image, step = np.zeros_like(eta), np.zeros_like(eta)
    for turn in range(_ROUNDS):
        if not active.size:
            break
        part = batch.rows(active)
        task = working_task(part, eta[active])
        found = profile(task.response, task.weight, task.design, nodes.sigma[active], nodes.rho[active])
        moved = log_mean(part.design, found.coef[:, 0], part.offset)
        change = (moved - eta[active]) * part.observed
        share = _mixing(change, step[active]) if turn else np.zeros((len(active), 1))
        eta[active] = moved - share * (moved - image[active])
        image[active], step[active] = moved, change
        size = np.abs(change).max(1)
        settled[active[size < _TOLERANCE]] = True
        active = active[size >= _TOLERANCE]
    return eta, settled


def _mixing(now: Floats, before: Floats) -> Floats:
    """Share of the step before in Anderson's mixing, (S, 1); none where it would go far astray."""
    apart = now - before
    share = (now * apart).sum(1) / np.maximum((apart**2).sum(1), 1e-300)
    return np.asarray(np.where(np.abs(share) < 2.0, share, 0.0)[:, None])


def summarise(batch: SeriesBatch, eta: Floats, found: Mixture, converged: NDArray[np.bool_]) -> LatentAR1Fit:
    """Average over the settings by their scores, in the caller's columns; eta (S, T) are the log means."""
    fine = converged & np.isfinite(found.score).any(1)
    weights = np.exp(found.score - np.where(fine, found.score.max(1), 0.0)[:, None])
    weights = np.where(fine[:, None], weights, np.nan)
    weights = weights / weights.sum(1, keepdims=True)
    node_coef, node_cov = _callers_terms(batch.back, found)
    coef = np.einsum("sg,sgp->sp", weights, node_coef)
    apart = node_coef - coef[:, None, :]
    cov = np.einsum("sg,sgpq->spq", weights, node_cov)
    cov += np.einsum("sg,sgp,sgq->spq", weights, apart, apart, optimize=True)
    dispersion, lag1 = _residual_checks(batch, eta)
    return LatentAR1Fit(
        coef=coef,
        cov=cov,
        df=_degrees_of_freedom(weights, node_cov, batch),
        sigma=np.sqrt(np.log1p((weights * found.sigma**2).sum(1))),
        rho=(weights * found.rho).sum(1),
        converged=fine,
        weights=weights,
        node_sigma=found.sigma,
        node_rho=found.rho,
        node_coef=node_coef,
        node_cov=node_cov,
        dispersion=dispersion,
        lag1=lag1,
        weeks=batch.observed.sum(1),
        events=batch.counts.sum(1),
    )


def _callers_terms(back: Floats, found: Mixture) -> tuple[Floats, Floats]:
    """Coefficients and covariances of the caller's columns; 0 where a setting gave none."""
    coef = np.einsum("...pq,...gq->...gp", back, np.nan_to_num(found.coef))
    turn = back[..., None, :, :]
    cov = turn @ np.nan_to_num(found.cov) @ turn.swapaxes(-1, -2)
    return coef, cov


def _excess(batch: SeriesBatch, eta: Floats) -> Floats:
    mean = batch.observed * np.exp(eta)
    beyond = (batch.observed * (batch.counts - mean)) ** 2 - mean
    return np.asarray(beyond.sum(1) / np.maximum((mean**2).sum(1), 1e-300))


def _residual_checks(batch: SeriesBatch, eta: Floats) -> tuple[Floats, Floats]:
    mean = np.exp(eta)
    residual = batch.observed * (batch.counts - mean) / np.sqrt(mean)
    square = (residual**2).sum(1)
    freedom = np.maximum(batch.observed.sum(1) - batch.design.shape[-1], 1.0)
    pairs = (residual[:, 1:] * residual[:, :-1]).sum(1)
    return square / freedom, pairs / np.where(square > 0, square, np.nan)


def _degrees_of_freedom(weights: Floats, node_cov: Floats, batch: SeriesBatch) -> Floats:
    """Degrees of freedom of the t with the kurtosis of the mixture, averaged over the coefficients."""
    variances = np.diagonal(node_cov, axis1=-2, axis2=-1)
    mean = np.einsum("sg,sgp->sp", weights, variances)
    square = np.einsum("sg,sgp->sp", weights, (variances - mean[:, None, :]) ** 2)
    excess = 3.0 * (square / np.where(mean > 0, mean, np.nan) ** 2).mean(1)
    most = np.maximum(batch.observed.sum(1) - batch.design.shape[-1], 1.0)
    return np.asarray(np.minimum(4.0 + 6.0 / np.maximum(excess, 1e-6), most))
