"""Where the restricted likelihood of the noise is evaluated, and with which prior weight.

Coordinates in which the likelihood is smooth: ``x = log(1 + sigma / scale)``, with the smallest sigma that the
series could show as ``scale``, and ``z = -log(1 - rho)``, the log of a correlation length. Where counts are
large the two are bound to each other (what is known is the size of the innovations), so a patch of settings has
for each z its own span of x. A coarse grid over the whole range is interpolated to find the patch that holds
the mass, a grid over that patch to find a closer one, and the fit averages over a grid on the last.

The fit averages at the points of Gauss-Legendre quadrature: with five nodes a way the trapezoid rule left out a part
of broad tails (slopes of series with few events came out 7 % too narrow).

Priors are few and weak. For rho the arcsine density on (0, 0.985), ``(rho (1 - rho))^(-1/2)``: its one half at
``rho = 1`` is that of the reference prior ``(1 - rho^2)^(-1/2)`` of Berger & Yang (1994). A uniform density would
leave too little near 1, where weeks tell least and intervals must be widest. For sigma a half-Cauchy density with
median 0.5 (Gelman 2006), flat below and with a tail that gives way to any data. Both were chosen by the coverage and
width of intervals over simulated series with means of 0.5 to 30 a week, autocorrelations of 0 to 0.9 and sigma of 0.15
to 1, and compared again with some hundred others on seeds 777 and 778, not that of ``benchmarks/validity``. No prior
covers the same everywhere: each that lifts the lowest coverage (autocorrelation 0.8 with 1 to 10 events a week) lifts
the highest (slopes without autocorrelation over two years) beyond 0.98. Densities of sigma that leave 0 out (Chung et
al. 2013) cover no more evenly and widen the intervals of ratios of two series that share all disturbances; one that
knew the sigma of the simulated series covered better there and worse elsewhere. Neither was taken.

References
----------
Berger, J. O. & Yang, R.-Y. (1994). Noninformative priors and Bayesian testing for the AR(1) model. Econometric
Theory 10, 461-482.
Chung, Y. et al. (2013). A nondegenerate penalized likelihood estimator for variance parameters in multilevel models.
Psychometrika 78, 685-709.
Gelman, A. (2006). Prior distributions for variance parameters in hierarchical models. Bayesian Analysis 1, 515-534.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline

from trends.models.latent_kernel import Floats

SIGMA_MAX = 6.0
RHO_MAX = 0.985
SIGMA_SCALE = 0.5
_COARSE = (6, 5)
_CLOSE = (5, 5)
_FINE = (25, 25)
_TAIL = 0.002
_MARGIN = 0.15
_DEEP = 60.0
_ROUNDED = 0.05


@dataclass(frozen=True)
class Nodes:
    """Noise settings of each series and the log of prior density times area.

    Attributes
    ----------
    sigma, rho
        (S, A, B) and (S, B): A values of sigma at each of B values of rho.
    log_prior
        (S, A * B), up to a constant; rho runs fastest.
    """

    sigma: Floats
    rho: Floats
    log_prior: Floats


@dataclass(frozen=True)
class Patch:
    """Noise settings of each series: a range of z, and for each of B values of z a range of x.

    Attributes
    ----------
    scale
        (S,), from `noise_scale`.
    z
        (S, B) equally spaced.
    low, high
        (S, B) ends of x at each z; linear between them.
    count
        A, the nodes between the ends of x, these included.
    """

    scale: Floats
    z: Floats
    low: Floats
    high: Floats
    count: int

    def rows(self, some: NDArray[np.intp]) -> Patch:
        """Select some of the series."""
        return Patch(self.scale[some], self.z[some], self.low[some], self.high[some], self.count)

    def replaced(self, some: NDArray[np.intp], by: Patch) -> Patch:
        """Put other settings in the place of some series' own; the numbers of nodes stay."""
        z, low, high = self.z.copy(), self.low.copy(), self.high.copy()
        z[some], low[some], high[some] = by.z, by.low, by.high
        return Patch(self.scale, z, low, high, self.count)

    def nodes(self) -> Nodes:
        """Nodes at equal distances, between which a likelihood can be interpolated, with trapezoid areas."""
        return self._nodes_at(
            np.linspace(0.0, 1.0, self.count), _trapezoid(self.count), _trapezoid(self.z.shape[1])
        )

    def quadrature(self) -> Nodes:
        """As many nodes where Gauss-Legendre quadrature wants them, to average over."""
        (share, across), (way, along) = _gauss(self.count), _gauss(self.z.shape[1])
        return self.along(way)._nodes_at(share, across, along)

    def _nodes_at(self, share: Floats, across: Floats, along: Floats) -> Nodes:
        x = self.places(share)
        prior = self.log_density(x) + np.log(across[:, None] * along)
        sigma = self.scale[:, None, None] * np.expm1(x)
        return Nodes(sigma, -np.expm1(-self.z), prior.reshape(len(x), -1))

    def places(self, share: Floats) -> Floats:
        """Values of x at these shares of the way from the low to the high end, (S, shares, B)."""
        return np.asarray(self.low[:, None, :] + share[:, None] * (self.high - self.low)[:, None, :])

    def log_density(self, x: Floats) -> Floats:
        """Log prior density over (share of the way, z) at (S, shares, B) values of x."""
        scale, z, width = self.scale[:, None, None], self.z[:, None, :], (self.high - self.low)[:, None, :]
        return _log_prior(scale * np.expm1(x), -np.expm1(-z)) + np.log(scale) + x - z + np.log(width)

    def finer(self, count: int, columns: int) -> Patch:
        """Lay more nodes over the same settings."""
        return replace(self.along(np.linspace(0.0, 1.0, columns)), count=count)

    def along(self, way: Floats) -> Patch:
        """Spans of x at these shares of the way from the first to the last z."""
        places = np.linspace(0.0, 1.0, self.z.shape[1])
        spread = np.array([np.interp(way, places, one) for one in np.eye(len(places))])
        return Patch(self.scale, self.z @ spread, self.low @ spread, self.high @ spread, self.count)


def noise_scale(weight: Floats) -> Floats:
    """Smallest standard deviation of latent noise that a series could show, (S,).

    From ``sd(sigma^2) = sqrt(2 / T) / mean`` of independent disturbances around Poisson counts.
    """
    times = np.maximum((weight > 0).sum(1), 1)
    mean = np.sqrt(np.maximum((weight**2).sum(1), 1e-12) / times)
    return np.asarray(np.clip((2.0 / times) ** 0.25 / np.sqrt(mean), 1e-3, 2.0))


def whole_range(weight: Floats, excess: Floats) -> Patch:
    """Patch of everything that the prior and a first look at the residuals allow.

    Parameters
    ----------
    weight
        (S, T) expected counts; 0 where missing.
    excess
        (S,) variance of the residuals beyond Poisson, relative to the squared mean: a first estimate of
        ``sigma^2``, too small where the regression takes up slow disturbances.
    """
    scale = noise_scale(weight)
    z = np.broadcast_to(np.linspace(0.0, -np.log1p(-RHO_MAX), _COARSE[1]), (len(scale), _COARSE[1]))
    sure = np.maximum(excess, 0.0) / scale**2
    most = np.minimum(4.0 * np.sqrt(1.0 + sure), SIGMA_MAX / scale)
    clear = np.clip(sure / 6.0 - 1.0, 0.0, 1.0)[:, None]
    low = clear * (np.log1p(0.2 * np.sqrt(sure))[:, None] + 0.5 * z)
    high = np.broadcast_to(np.log1p(most)[:, None], z.shape) + clear * 0.25 * z
    return Patch(scale, z, np.minimum(low, high / 2), high, _COARSE[0])


def closer(patch: Patch, loglik: Floats) -> tuple[Patch, Nodes]:
    """Patch that holds all but the tails of the posterior of the noise, and the mean of that posterior.

    Parameters
    ----------
    patch
        The present patch.
    loglik
        (S, G) restricted log likelihood at its nodes.
    """
    fine = patch.finer(*_FINE)
    x = fine.places(np.linspace(0.0, 1.0, _FINE[0]))
    surface = _interpolated(patch, loglik) + fine.log_density(x)
    density = np.exp(surface - surface.max((1, 2), keepdims=True))
    low, high = _span(density.sum(1), patch.z.shape[1])
    z = fine.z[:, :1] + (low + (high - low) * np.linspace(0.0, 1.0, _CLOSE[1])) * (
        fine.z[:, -1:] - fine.z[:, :1]
    )
    near = _columns(fine, surface, z, patch.count)
    return near, _middle(fine, x, density)


def _columns(fine: Patch, surface: Floats, z: Floats, count: int) -> Patch:
    """Span of x at each of the new values of z, from the nearest column of the fine grid."""
    step = (fine.z[:, -1:] - fine.z[:, :1]) / (fine.z.shape[1] - 1)
    column = np.clip(np.rint((z - fine.z[:, :1]) / step), 0, fine.z.shape[1] - 1).astype(np.intp)
    chosen = np.take_along_axis(surface, column[:, None, :], axis=2).swapaxes(1, 2)
    density = np.exp(chosen - chosen.max(2, keepdims=True))
    low, high = _span(density.reshape(-1, density.shape[2]), count)
    start = np.take_along_axis(fine.low, column, axis=1)
    width = np.take_along_axis(fine.high, column, axis=1) - start
    return Patch(
        fine.scale, z, start + low.reshape(z.shape) * width, start + high.reshape(z.shape) * width, _CLOSE[0]
    )


def _middle(fine: Patch, x: Floats, density: Floats) -> Nodes:
    weights = density / density.sum((1, 2), keepdims=True)
    mean_x, mean_z = (weights * x).sum((1, 2)), (weights.sum(1) * fine.z).sum(1)
    sigma = fine.scale * np.expm1(mean_x)
    return Nodes(sigma[:, None, None], -np.expm1(-mean_z)[:, None], np.zeros((len(sigma), 1)))


def _interpolated(patch: Patch, loglik: Floats) -> Floats:
    """Log likelihood below its maximum, on the fine grid over a patch: (S, fine x, fine z)."""
    shape = (patch.count, patch.z.shape[1])
    score = loglik - loglik.max(1, keepdims=True)
    table = np.clip(np.nan_to_num(score, nan=-_DEEP, neginf=-_DEEP), -_DEEP, 0.0).reshape(-1, *shape)
    return np.asarray(_spline(shape[0], _FINE[0]) @ table @ _spline(shape[1], _FINE[1]).T)


@lru_cache(maxsize=8)
def _spline(coarse: int, fine: int) -> Floats:
    """Matrix (fine, coarse) that interpolates by a cubic spline on the unit interval."""
    spline = make_interp_spline(np.linspace(0.0, 1.0, coarse), np.eye(coarse), k=3)
    return np.asarray(spline(np.linspace(0.0, 1.0, fine)))


def _span(marginal: Floats, nodes: int) -> tuple[Floats, Floats]:
    """Find the ends (S, 1) of the mass of (S, fine) densities, as shares of the way, with a margin beyond.

    The margin is a share of the distance of the ``nodes`` from which the density was interpolated.
    """
    mass = np.cumsum(marginal, axis=1)
    mass /= mass[:, -1:]
    last = marginal.shape[1] - 1
    beyond = 0.5 + _MARGIN * last / (nodes - 1)
    low = np.maximum((mass < _TAIL).sum(1) - beyond, 0.0) / last
    high = np.minimum((mass < 1.0 - _TAIL).sum(1) + beyond, last) / last
    return low[:, None], high[:, None]


def _trapezoid(count: int) -> Floats:
    area = np.ones(count)
    area[[0, -1]] = 0.5
    return area


@lru_cache(maxsize=8)
def _gauss(count: int) -> tuple[Floats, Floats]:
    """Places and areas of Gauss-Legendre quadrature on the unit interval."""
    places, areas = leggauss(count)
    return (places + 1.0) / 2.0, areas / 2.0


def _log_prior(sigma: Floats, rho: Floats) -> Floats:
    """Half-Cauchy in sigma; arcsine in rho, whose pole at 0 is rounded off."""
    strength = -np.log1p((sigma / SIGMA_SCALE) ** 2)
    return np.asarray(strength - 0.5 * np.log(rho + _ROUNDED) - 0.5 * np.log1p(-rho))
