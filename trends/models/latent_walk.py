"""Regression of weekly counts around a level that wanders: a random walk on the log scale, not observed.

Counts have log mean ``x_t'b + offset_t + a_t`` with ``a_t = a_{t-1} + N(0, tau^2)`` and, beside Poisson noise,
independent relative noise of variance ``nu^2``: the local level model of Harvey & Durbin (1986) for counts. The
start of the walk is diffuse: the intercept of the design takes it up. Penalised quasi-likelihood (Breslow & Clayton
1993) linearises around the smoothed level; the kernel of :mod:`trends.models.latent_kernel`, whose latent noise is a
random walk at ``rho = 1``, gives the restricted likelihood of (tau, nu) on a grid over which the estimates are
averaged. Priors: exponential in tau, the penalised complexity prior of Simpson et al. (2017) with
``P(tau > 0.43) = 0.05``, and exponential in nu with ``P(nu > 4.3) = 0.05``.

References
----------
Harvey, A. C. & Durbin, J. (1986). The effects of seat belt legislation on British road casualties: a case study in
structural time series modelling. Journal of the Royal Statistical Society A 149, 187-227.
Breslow, N. E. & Clayton, D. G. (1993). Approximate inference in generalized linear mixed models. Journal of the
American Statistical Association 88, 9-25.
Simpson, D. et al. (2017). Penalising model component complexity. Statistical Science 32, 1-28.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky_banded, solve_banded, solveh_banded

from trends.models.latent_ar1 import LatentAR1Fit, summarise, working_task
from trends.models.latent_input import SeriesBatch, check_batch
from trends.models.latent_kernel import Floats, Profile, profile
from trends.models.latent_mixture import Mixture, Task
from trends.models.latent_start import linear, poisson_start

WALK_RATE = 7.0
WALK_MAX = 2.0
NOISE_MAX = 3.0
NOISE_RATE = 0.7
_WALKS, _NOISES = 25, 13
_DEEP = 12.0
_ROUNDS = 60
_TURNS = 20
_LOCATED = (0, 2)
_TOLERANCE = 1e-8
_LIMIT = 30.0
_SMALLEST = 1e-9


@dataclass(frozen=True)
class WalkFit:
    """A fit with a wandering level.

    Attributes
    ----------
    fit
        Coefficients of one series, a mixture over (tau, nu): ``node_sigma`` is tau, ``node_rho`` 1.
    tau, nu
        Standard deviations, on the log scale, of the level's step from one week to the next and of the
        independent noise, averaged over the mixture.
    eta
        (T,) log mean with the level smoothed, offset included.
    level
        (T,) smoothed level at coefficients of 0.
    taken
        (T, P) what the smoothed level takes up of each column: at coefficients b the log mean is
        ``offset + level + (design - taken) @ b``.
    precision
        (2, T) upper band of the precision matrix of the level given the coefficients.
    """

    fit: LatentAR1Fit
    tau: float
    nu: float
    eta: Floats
    level: Floats
    taken: Floats
    precision: Floats

    def wander(self, seed: int, size: int) -> Floats:
        """(size, T) draws of the level around its smoothed value, given the coefficients."""
        root = cholesky_banded(self.precision)
        noise = np.random.default_rng([seed, 1]).standard_normal((self.precision.shape[1], size))
        return np.asarray(solve_banded((0, 1), root, noise).T)


@dataclass(frozen=True)
class _Noise:
    """Grid of tau (A,) and nu (B,), and where its mass is."""

    tau: Floats
    nu: Floats


def fit_latent_walk(counts: Floats, design: Floats, offset: Floats) -> WalkFit:
    """Fit one series around a wandering level; what is not known about its noise enters the covariance.

    Parameters
    ----------
    counts
        (T,) NaN in weeks that are left out.
    design
        (T, P) finite in every week, an intercept among its columns and no trend.
    offset
        (T,) log exposure.

    Raises
    ------
    InputError
        As :func:`trends.models.latent_ar1.fit_latent_ar1`.
    """
    batch = check_batch(counts[None, :], design, offset)
    start = poisson_start(batch.counts, batch.observed, batch.design, batch.offset)
    eta, settled = start.eta, bool(start.converged[0])
    middle = (0.1, 0.1)
    grid = _located(working_task(batch, eta))
    for turn in range(_TURNS):
        eta, steady = _settle(batch, eta, *middle)
        task = working_task(batch, eta)
        grid = _located(task) if turn in _LOCATED else grid
        found = _evaluated(task, grid)
        before, middle = middle, _centre(found, grid)
        if turn > max(_LOCATED) and np.allclose(before, middle, rtol=1e-2, atol=1e-6):
            break
    fit = summarise(batch, eta, found, np.array([settled and steady]))
    return _with_level(batch, eta, fit, *middle)


def _settle(batch: SeriesBatch, eta: Floats, tau: float, nu: float) -> tuple[Floats, bool]:
    """Log means that reproduce themselves; steps are halved where they go astray."""
    part, before = 1.0, np.inf
    for _ in range(_ROUNDS):
        task = working_task(batch, eta).dulled(np.array([nu**2]))
        found = profile(task.response, task.weight, task.design, np.full((1, 1, 1), tau), np.ones((1, 1)))
        straight = linear(batch.design, found.coef[:, 0])
        level = _smoothed(task.weight[0], (task.response - straight)[0][:, None], tau)[:, 0]
        moved = np.clip(straight + level + batch.offset, -_LIMIT, _LIMIT)
        change = float(np.abs(moved - eta)[batch.observed > 0].max())
        if not np.isfinite(change):
            break
        part = max(part / 2, 1 / 16) if change > 0.9 * before else part
        eta, before = eta + part * (moved - eta), change
        if change < _TOLERANCE:
            return eta, True
    return eta, False


def _precision(weight: Floats, tau: float) -> Floats:
    """Upper band of ``diag(weight) + D'D / tau^2``: a walk that starts a step away from 0."""
    steps = max(tau, _SMALLEST) ** -2
    band = np.full((2, len(weight)), -steps)
    band[1] = weight + 2 * steps
    band[1, -1] -= steps
    return band


def _smoothed(weight: Floats, columns: Floats, tau: float) -> Floats:
    """Mean of the level given what columns (T, K) show of it."""
    return np.asarray(solveh_banded(_precision(weight, tau), weight[:, None] * columns))


def _located(task: Task) -> _Noise:
    """Grid over the mass: three times the span of the settings that are not out of the question."""
    weeks = max(int((task.weight > 0).sum()), 1)
    mean = float(task.weight.sum()) / weeks
    tau = _spaced(0.0, WALK_MAX, 1.0 / (weeks * np.sqrt(mean)), _WALKS)
    nu = _spaced(0.0, NOISE_MAX, (weeks * mean**2) ** -0.25, _NOISES)
    for _ in range(3):
        score = _evaluated(task, _Noise(tau, nu)).score.reshape(len(nu), len(tau))
        near = score > score.max() - _DEEP
        tau, nu = _near(tau, near.any(0)), _near(nu, near.any(1))
    return _Noise(tau, nu)


def _spaced(low: float, high: float, scale: float, count: int) -> Floats:
    """Nodes from low to high, near each other below ``scale`` and then in proportion."""
    return scale * np.expm1(np.linspace(np.log1p(low / scale), np.log1p(high / scale), count))


def _near(nodes: Floats, inside: NDArray[np.bool_]) -> Floats:
    """As many nodes from the last one before those inside to the first one after."""
    places = np.flatnonzero(inside)
    low, high = nodes[max(places[0] - 1, 0)], nodes[min(places[-1] + 1, len(nodes) - 1)]
    return _spaced(low, high, max(high / 20, _SMALLEST), len(nodes))


def _evaluated(task: Task, grid: _Noise) -> Mixture:
    """Estimates at every setting; tau runs fastest."""
    count = len(grid.nu)
    noise = grid.nu**2
    wide = Task(np.repeat(task.response, count, 0), np.repeat(task.weight, count, 0), task.design)
    found = _profiled(wide.dulled(noise), grid)
    loss = 0.5 * np.log1p(noise[:, None] * task.weight).sum(1)
    area = np.log(_areas(grid.tau)) + np.log(_areas(grid.nu))[:, None]
    prior = -WALK_RATE * grid.tau - NOISE_RATE * grid.nu[:, None] + area
    score = (found.loglik - loss[:, None] + prior).reshape(1, -1)
    size = task.design.shape[-1]
    sigma = np.tile(grid.tau, count)[None, :]
    return Mixture(
        score,
        found.coef.reshape(1, -1, size),
        found.covariance().reshape(1, -1, size, size),
        sigma,
        np.ones_like(sigma),
    )


def _areas(nodes: Floats) -> Floats:
    """Trapezoid weights."""
    gaps = np.diff(nodes) / 2
    return np.asarray(np.concatenate([gaps, [0.0]]) + np.concatenate([[0.0], gaps]))


def _profiled(task: Task, grid: _Noise) -> Profile:
    count = len(task.response)
    sigma = np.broadcast_to(grid.tau[None, :, None], (count, len(grid.tau), 1))
    return profile(task.response, task.weight, task.design, sigma, np.ones((count, 1)))


def _centre(found: Mixture, grid: _Noise) -> tuple[float, float]:
    weights = np.exp(found.score - found.score.max()).reshape(len(grid.nu), len(grid.tau))
    weights /= weights.sum()
    return float(weights.sum(0) @ grid.tau), float(weights.sum(1) @ grid.nu)


def _with_level(batch: SeriesBatch, eta: Floats, fit: LatentAR1Fit, tau: float, nu: float) -> WalkFit:
    task = working_task(batch, eta).dulled(np.array([nu**2]))
    columns = batch.design @ np.linalg.inv(batch.back)
    smoothed = _smoothed(task.weight[0], np.column_stack([task.response[0], columns]), tau)
    return WalkFit(
        replace(fit, sigma=np.array([tau]), rho=np.ones(1)),
        tau,
        nu,
        eta[0],
        smoothed[:, 0],
        smoothed[:, 1:],
        _precision(task.weight[0], tau),
    )
