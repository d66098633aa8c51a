"""Noise settings over which a latent AR(1) fit averages, found and weighed for each series.

Where counts are large enough to tell, part of the disturbance may be independent from week to week: such noise
hides how long the rest lasts, and an AR(1) alone would then give intervals that are too short. The settings lie in
layers, each with its own share of independent noise; series with few events have the first only, without any.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trends.models.latent_grid import Nodes, Patch, closer, whole_range
from trends.models.latent_kernel import Floats, profile
from trends.models.latent_start import linear, linear_adjoint, weighted_gram

NOISE_SHARES = (0.3, 0.6)
NOISE_PRIOR = (0.15, 0.1)
SHARP = 8.0


@dataclass(frozen=True)
class Task:
    """Generalised least squares of some series: working response (S, T), weights (S, T), designs."""

    response: Floats
    weight: Floats
    design: Floats

    def rows(self, some: NDArray[np.intp]) -> Task:
        """Select some of the series."""
        own = self.design[some] if self.design.ndim == 3 else self.design
        return Task(self.response[some], self.weight[some], own)

    def residual(self) -> Floats:
        """Response less its weighted regression: the same likelihood, with nothing large left to cancel."""
        pull = linear_adjoint(self.design, self.weight * self.response)
        normal = weighted_gram(self.design, self.weight)
        ridge = 1e-13 * np.trace(normal, axis1=-2, axis2=-1) + 1e-300
        normal = normal + ridge[:, None, None] * np.eye(normal.shape[-1])
        coef = np.asarray(np.linalg.solve(normal, pull[..., None])[..., 0])
        return np.where(self.weight > 0, self.response - linear(self.design, coef), 0.0)

    def dulled(self, noise: Floats) -> Task:
        """Add independent noise with these variances (S,)."""
        weight = self.weight / (1.0 + noise[:, None] * self.weight)
        return Task(self.response, weight, self.design)


@dataclass(frozen=True)
class Layer:
    """Settings with one variance of independent noise a series.

    Attributes
    ----------
    series
        (R,) the series that have this layer.
    noise
        (R,) variance of the independent noise, relative to the squared mean.
    patch
        Settings of sigma and rho of these series.
    log_prior
        Log prior share of the layer.
    """

    series: NDArray[np.intp]
    noise: Floats
    patch: Patch
    log_prior: float


@dataclass(frozen=True)
class Mixture:
    """Estimates at every setting: scores (S, G), coefficients (S, G, P), covariances, sigma and rho (S, G)."""

    score: Floats
    coef: Floats
    cov: Floats
    sigma: Floats
    rho: Floats


def locate(task: Task, excess: Floats) -> tuple[list[Layer], Nodes]:
    """Lay the settings over the mass of each series, and name one in its middle.

    Parameters
    ----------
    task
        The working response at a first fit.
    excess
        (S,) relative variance beyond Poisson, as in `trends.models.latent_grid.whole_range`.
    """
    patch, middle = _narrowed(task, whole_range(task.weight, excess))
    everyone = np.arange(len(excess))
    sharp = np.flatnonzero(excess > SHARP * patch.scale**2)
    if not sharp.size:
        return [Layer(everyone, np.zeros(len(excess)), patch, 0.0)], middle
    near, centre = _narrowed(task.rows(sharp), patch.rows(sharp))
    middle.sigma[sharp], middle.rho[sharp] = centre.sigma, centre.rho
    first = Layer(everyone, np.zeros(len(excess)), patch.replaced(sharp, near), np.log1p(-sum(NOISE_PRIOR)))
    others = [_noisy(task, excess, sharp, *each) for each in zip(NOISE_SHARES, NOISE_PRIOR, strict=True)]
    return [first, *others], middle


def _noisy(task: Task, excess: Floats, sharp: NDArray[np.intp], share: float, prior: float) -> Layer:
    """Layer in which a share of the excess variance is independent noise."""
    noise = share * excess[sharp]
    part = task.rows(sharp).dulled(noise)
    patch = whole_range(part.weight, (1.0 - share) * excess[sharp])
    for _ in range(2):
        patch, _middle = _narrowed(part, patch)
    return Layer(sharp, noise, patch, float(np.log(prior)))


def _narrowed(task: Task, patch: Patch) -> tuple[Patch, Nodes]:
    nodes, residual = patch.nodes(), task.residual()
    found = profile(residual, task.weight, task.design, nodes.sigma, nodes.rho, single=True)
    return closer(patch, found.loglik)


def evaluate(task: Task, layers: list[Layer]) -> Mixture:
    """Estimates and scores at every setting; a layer that a series does not have scores ``-inf``."""
    found = [_evaluated(task.rows(layer.series), layer) for layer in layers]
    whole = [found[0]]
    for layer, part in zip(layers[1:], found[1:], strict=True):
        fields = {name: getattr(found[0], name).copy() for name in ("coef", "cov", "sigma", "rho")}
        fields["score"] = np.full_like(found[0].score, -np.inf)
        for name, values in fields.items():
            values[layer.series] = getattr(part, name)
        whole.append(Mixture(**fields))
    names = ("score", "coef", "cov", "sigma", "rho")
    return Mixture(*(np.concatenate([getattr(one, name) for one in whole], axis=1) for name in names))


def _evaluated(task: Task, layer: Layer) -> Mixture:
    nodes, z = layer.patch.quadrature(), layer.patch.z
    dulled = task.dulled(layer.noise)
    found = profile(dulled.response, dulled.weight, dulled.design, nodes.sigma, nodes.rho)
    loss = 0.5 * np.log1p(layer.noise[:, None] * task.weight).sum(1) - np.log(z[:, -1] - z[:, 0])
    score = found.loglik + nodes.log_prior + layer.log_prior - loss[:, None]
    return _mixture(score, found.coef, found.covariance(), nodes)


def at_nodes(task: Task, nodes: Nodes) -> Mixture:
    """Estimates at given settings, without independent noise and without a prior."""
    found = profile(task.response, task.weight, task.design, nodes.sigma, nodes.rho)
    return _mixture(found.loglik, found.coef, found.covariance(), nodes)


def _mixture(score: Floats, coef: Floats, cov: Floats, nodes: Nodes) -> Mixture:
    sigma = nodes.sigma.reshape(len(score), -1)
    rho = np.tile(nodes.rho, (1, nodes.sigma.shape[1]))
    return Mixture(score, coef, cov, sigma, rho)
