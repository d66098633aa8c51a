"""Where the restricted likelihood of the noise is evaluated, and with which prior weight.

Coordinates in which the likelihood is smooth: ``x = log(1 + sigma / scale)``, with the smallest sigma that
the series could show as ``scale``, and ``z = -log(1 - rho)``, the log of a correlation length. A coarse grid
over the whole range is interpolated to find the box that holds the mass; a second grid is laid over that box.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.interpolate import make_interp_spline

from trends.models.latent_kernel import Floats

SIGMA_MAX = 6.0
RHO_MAX = 0.98
SIGMA_RATE = 1.0
RHO_POWER = 0.0
_COARSE = (8, 6)
_FINE = (33, 31)
_BOX = (5, 5)
_TAIL = 0.002


@dataclass(frozen=True)
class Nodes:
    """Noise settings of each series and the log of prior density times area.

    Attributes
    ----------
    sigma, rho
        (S, G).
    log_prior
        (S, G), up to a constant.
    """

    sigma: Floats
    rho: Floats
    log_prior: Floats


def noise_scale(weight: Floats) -> Floats:
    """Smallest standard deviation of latent noise that a series could show, (S,).

    From ``sd(sigma^2) = sqrt(2 / T) / mean`` of independent disturbances around Poisson counts.
    """
    times = np.maximum((weight > 0).sum(1), 1)
    mean = np.sqrt(np.maximum((weight**2).sum(1), 1e-12) / times)
    return np.asarray(np.clip((2.0 / times) ** 0.25 / np.sqrt(mean), 1e-3, 2.0))


def coarse_nodes(scale: Floats) -> Nodes:
    """Nodes over the whole range of sigma and rho."""
    unit = np.zeros_like(scale)
    return _tensor(scale, unit, np.log1p(SIGMA_MAX / scale), unit, unit - np.log1p(-RHO_MAX), _COARSE)


def box_nodes(scale: Floats, loglik: Floats) -> tuple[Nodes, Nodes]:
    """Nodes over the box that holds all but the tails of the posterior of the noise, and one in its middle.

    Parameters
    ----------
    scale
        (S,), from `noise_scale`.
    loglik
        (S, G) at the coarse nodes.
    """
    top = np.log1p(SIGMA_MAX / scale)
    deep = -np.log1p(-RHO_MAX)
    density = _interpolated(loglik, scale)
    over_x, over_z = density.sum(2), density.sum(1)
    (low_x, high_x), (low_z, high_z) = _span(over_x), _span(over_z)
    box = _tensor(scale, low_x * top, high_x * top, low_z * deep, high_z * deep, _BOX)
    x, z = top * _mean_place(over_x), deep * _mean_place(over_z)
    middle = Nodes((scale * np.expm1(x))[:, None], -np.expm1(-z)[:, None], np.zeros((len(scale), 1)))
    return box, middle


def _mean_place(marginal: Floats) -> Floats:
    return np.asarray(marginal @ np.linspace(0.0, 1.0, marginal.shape[1]) / marginal.sum(1))


def _interpolated(loglik: Floats, scale: Floats) -> Floats:
    """Posterior on the fine grid, (S, fine x, fine z)."""
    score = loglik - loglik.max(1, keepdims=True)
    table = np.clip(np.nan_to_num(score, neginf=-60.0), -60.0, 0.0).reshape(-1, *_COARSE)
    left, right = _spline(_COARSE[0], _FINE[0]), _spline(_COARSE[1], _FINE[1])
    surface = left @ table @ right.T
    x = np.log1p(SIGMA_MAX / scale)[:, None] * np.linspace(0.0, 1.0, _FINE[0])
    z = -np.log1p(-RHO_MAX) * np.linspace(0.0, 1.0, _FINE[1])
    surface = surface + _log_density(scale[:, None, None], x[:, :, None], z[None, None, :])
    return np.asarray(np.exp(surface - surface.max((1, 2), keepdims=True)))


@lru_cache(maxsize=8)
def _spline(coarse: int, fine: int) -> Floats:
    """Matrix (fine, coarse) that interpolates by a cubic spline on the unit interval."""
    spline = make_interp_spline(np.linspace(0.0, 1.0, coarse), np.eye(coarse), k=3)
    return np.asarray(spline(np.linspace(0.0, 1.0, fine)))


def _span(marginal: Floats) -> tuple[Floats, Floats]:
    """Lower and upper end of the mass, as fractions of the range."""
    mass = np.cumsum(marginal, axis=1)
    mass = mass / mass[:, -1:]
    last = marginal.shape[1] - 1
    low = np.maximum((mass < _TAIL).sum(1) - 1, 0)
    high = np.minimum((mass < 1.0 - _TAIL).sum(1) + 1, last)
    return low / last, high / last


def _tensor(
    scale: Floats, low_x: Floats, high_x: Floats, low_z: Floats, high_z: Floats, shape: tuple[int, int]
) -> Nodes:
    steps_x, area_x = _trapezoid(shape[0])
    steps_z, area_z = _trapezoid(shape[1])
    x = low_x[:, None, None] + (high_x - low_x)[:, None, None] * steps_x[:, None]
    z = low_z[:, None, None] + (high_z - low_z)[:, None, None] * steps_z
    x, z = np.broadcast_arrays(x, z)
    prior = _log_density(scale[:, None, None], x, z) + np.log(area_x[:, None] * area_z)
    flat = (len(scale), shape[0] * shape[1])
    sigma = scale[:, None, None] * np.expm1(x)
    return Nodes(sigma.reshape(flat), -np.expm1(-z).reshape(flat), prior.reshape(flat))


def _trapezoid(count: int) -> tuple[Floats, Floats]:
    area = np.ones(count)
    area[[0, -1]] = 0.5
    return np.linspace(0.0, 1.0, count), area


def _log_density(scale: Floats, x: Floats, z: Floats) -> Floats:
    """Log prior density in the coordinates (x, z)."""
    sigma = scale * np.expm1(x)
    return np.asarray(np.log(scale) + x - SIGMA_RATE * sigma - (1.0 + RHO_POWER) * z)
