"""Poisson regression of many series at once: the point from which the latent AR(1) fit starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trends.models.latent_kernel import Floats

_LIMIT = 30.0


@dataclass(frozen=True)
class PoissonStart:
    """A Poisson maximum-likelihood fit of each series.

    Attributes
    ----------
    coef
        (S, P) estimates.
    eta
        (S, T) log means, offset included; clipped to 30 below and above the log of the largest count.
    converged
        (S,) whether the estimates settled; never so for a separated series.
    """

    coef: Floats
    eta: Floats
    converged: NDArray[np.bool_]


def linear(design: Floats, coef: Floats) -> Floats:
    """Linear predictor (S, T) of a shared (T, P) or own (S, T, P) design."""
    return coef @ design.T if design.ndim == 2 else (design @ coef[..., None])[..., 0]


def weighted_gram(design: Floats, weight: Floats) -> Floats:
    """``X' W X`` of each series, (S, P, P)."""
    if design.ndim == 3:
        return np.asarray((design * weight[..., None]).swapaxes(-1, -2) @ design)
    times, size = design.shape
    products = (design[:, :, None] * design[:, None, :]).reshape(times, size * size)
    return (weight @ products).reshape(-1, size, size)


def log_mean(design: Floats, coef: Floats, offset: Floats) -> Floats:
    """Log mean (S, T), kept inside what ``exp`` can carry."""
    return np.clip(linear(design, coef) + offset, -_LIMIT, _LIMIT)


def poisson_start(
    counts: Floats,
    observed: Floats,
    design: Floats,
    offset: Floats,
    *,
    rounds: int = 40,
    tolerance: float = 1e-10,
) -> PoissonStart:
    """Fit by iteratively reweighted least squares, each series stopping by itself.

    Parameters
    ----------
    counts
        (S, T), 0 where missing.
    observed
        (S, T), 1 where there is a count, else 0.
    design, offset
        (T, P) or (S, T, P); (S, T).
    """
    mean = counts.sum(1) / np.maximum((observed * np.exp(np.clip(offset, -_LIMIT, _LIMIT))).sum(1), 1e-300)
    level = np.maximum(mean, 1e-12)[:, None] * np.exp(np.clip(offset, -_LIMIT, _LIMIT))
    eta = np.clip(np.log((counts + level) / 2 + 1e-12), -_LIMIT, _LIMIT)
    coef = np.full((len(counts), design.shape[-1]), np.nan)
    converged = np.zeros(len(counts), dtype=bool)
    active = np.flatnonzero(counts.sum(1) > 0)
    for _ in range(rounds):
        if not active.size:
            break
        part = design if design.ndim == 2 else design[active]
        new = _step(counts[active], observed[active], part, offset[active], eta[active])
        moved = log_mean(part, new, offset[active])
        change = (np.abs(moved - eta[active]) * observed[active]).max(1)
        coef[active], eta[active] = new, moved
        settled = (change < tolerance) & (np.abs(moved) < _LIMIT).all(1)
        converged[active[settled]] = True
        active = active[~settled & np.isfinite(new).all(1)]
    return PoissonStart(coef, eta, converged)


def _step(counts: Floats, observed: Floats, design: Floats, offset: Floats, eta: Floats) -> Floats:
    mean = np.exp(eta)
    weight = observed * mean
    pull = weight * (eta - offset) + observed * (counts - mean)
    right = linear_adjoint(design, pull)
    normal = weighted_gram(design, weight)
    ridge = 1e-13 * np.trace(normal, axis1=-2, axis2=-1) + 1e-300
    normal = normal + ridge[:, None, None] * np.eye(normal.shape[-1])
    return np.linalg.solve(normal, right[..., None])[..., 0]


def linear_adjoint(design: Floats, values: Floats) -> Floats:
    """``X' v`` of each series, (S, P)."""
    return values @ design if design.ndim == 2 else (design.swapaxes(-1, -2) @ values[..., None])[..., 0]
