"""Ratios that differ between provinces, from counts alone: binomial given the total, normal between."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.special import expit, gammaln

Floats = NDArray[np.float64]
_NODES = 31
_TAU_GRID = np.r_[1e-3, np.geomspace(0.03, 6.0, 17)]
_FAR = 25.0


class MixedRatio(NamedTuple):
    """Mean ratio over provinces whose true ratios differ.

    ``estimate`` and ``tau2`` maximise the likelihood; ``low`` and ``high`` (ratios) hold the values that a
    likelihood ratio, put into a t statistic with ``df``, does not exclude; ``tau2_low`` and
    ``tau2_high`` likewise against chi-square with 1 df.
    """

    estimate: float
    rate_ratio: float
    low: float
    high: float
    p_value: float
    tau2: float
    tau2_low: float
    tau2_high: float
    df: int


@dataclass(frozen=True, eq=False)
class BinomialNormal:
    """Events after ``x`` of ``n`` in all, at log odds ``a`` where the ratio is 1; (k,) each."""

    x: Floats
    n: Floats
    a: Floats

    def loglik(self, mu: float, tau: Floats) -> tuple[Floats, Floats, Floats]:
        """Log likelihood and its slopes in ``mu`` and ``tau`` at each of (m,) values of ``tau``.

        Adaptive Gauss-Hermite quadrature: nodes around the mode of each province's integrand.
        """
        t = tau[:, None]
        z, width = self._modes(mu, t)
        nodes, weights = _hermite()
        place = z[..., None] + math.sqrt(2) * width[..., None] * nodes
        eta = self.a[:, None] + mu + t[..., None] * place
        x, n = self.x[:, None], self.n[:, None]
        inside = x * eta - n * np.logaddexp(0.0, eta) - place**2 / 2
        terms = inside + nodes**2 + np.log(weights) + np.log(width)[..., None]
        top = terms.max(-1, keepdims=True)
        share = np.exp(terms - top)
        sums = share.sum(-1, keepdims=True)
        share, total = share / sums, (top + np.log(sums))[..., 0]
        pull = x - n * expit(eta)
        constant = (
            gammaln(self.n + 1) - gammaln(self.x + 1) - gammaln(self.n - self.x + 1) - 0.5 * math.log(math.pi)
        )
        slope_mu, slope_tau = (share * pull).sum(-1), (share * pull * place).sum(-1)
        return (total + constant).sum(-1), slope_mu.sum(-1), slope_tau.sum(-1)

    def _modes(self, mu: float, t: Floats) -> tuple[Floats, Floats]:
        z = np.zeros((len(t), len(self.x)))
        for _ in range(60):
            p = expit(self.a + mu + t * z)
            bend = t**2 * self.n * p * (1 - p) + 1
            step = np.clip((t * (self.x - self.n * p) - z) / bend, -1.0, 1.0)
            z = z + step
            if np.abs(step).max() < 1e-10:
                break
        p = expit(self.a + mu + t * z)
        return z, 1 / np.sqrt(t**2 * self.n * p * (1 - p) + 1)

    def best_tau(self, mu: float) -> tuple[float, float, float]:
        """Spread that fits best at a mean: itself, the log likelihood, and its slope in the mean there."""
        value, _, slope = self.loglik(mu, _TAU_GRID)
        best = int(np.argmax(value))
        if best == 0 and slope[0] <= 0:
            return self._at(mu, 0.0)
        left, right = _TAU_GRID[max(best - 1, 0)], _TAU_GRID[min(best + 1, len(_TAU_GRID) - 1)]
        ends = self.loglik(mu, np.array([left, right]))[2]
        if ends[0] <= 0 or ends[1] >= 0:
            return self._at(mu, float(_TAU_GRID[best]))
        root = optimize.brentq(lambda t: float(self.loglik(mu, np.array([t]))[2][0]), left, right, xtol=1e-11)
        return self._at(mu, float(root))

    def _at(self, mu: float, tau: float) -> tuple[float, float, float]:
        value, slope, _ = self.loglik(mu, np.array([tau]))
        return tau, float(value[0]), float(slope[0])


def mixed_ratio(data: BinomialNormal, start: float, *, level: float) -> MixedRatio:
    """Fit by maximum likelihood, with limits from the profile of the likelihood.

    With few provinces chi-square is too small a yardstick for the likelihood ratio D. For k equally precise
    normal estimates ``D = k log(1 + t^2 / (k - 1))`` exactly, with t the one-sample t statistic; limits and
    p-value come from that t with k - 1 degrees of freedom, as Hartung and Knapp's do.

    Parameters
    ----------
    data
        Two provinces or more, with events before and after among them.
    start
        A log ratio near the estimate.

    References
    ----------
    Stijnen, T., Hamza, T. H. & Özdemir, P. (2010). Random effects meta-analysis of event outcome in the
    framework of the generalized linear mixed model. Statistics in Medicine 29, 3046-3067.
    """
    df = len(data.x) - 1
    mu = float(
        optimize.brentq(
            lambda m: data.best_tau(m)[2], *_bracket(lambda m: data.best_tau(m)[2], start, 0.5), xtol=1e-10
        )
    )
    tau, top, _ = data.best_tau(mu)

    def drop(m: float) -> float:
        return max(0.0, 2 * (top - data.best_tau(m)[1]))

    cut = (df + 1) * math.log1p(float(stats.t.ppf((1 + level) / 2, df)) ** 2 / df)
    low, high = (_where(lambda m: drop(m) - cut, mu, side) for side in (-1.0, 1.0))
    between = _tau_limits(data, mu, tau, top, level)
    return MixedRatio(
        estimate=mu,
        rate_ratio=math.exp(mu),
        low=math.exp(low),
        high=math.exp(high),
        p_value=float(2 * stats.t.sf(math.sqrt(df * math.expm1(drop(0.0) / (df + 1))), df)),
        tau2=tau**2,
        tau2_low=between[0] ** 2,
        tau2_high=between[1] ** 2,
        df=df,
    )


def widened(found: MixedRatio, variance: float, level: float) -> MixedRatio:
    """Add a variance that all provinces share to an interval and its p-value."""
    reach = float(stats.t.ppf((1 + level) / 2, found.df)) * math.sqrt(variance)
    low, high = (
        found.estimate + side * math.hypot(limit - found.estimate, reach)
        for side, limit in ((-1, _log(found.low)), (1, _log(found.high)))
    )
    t = float(stats.t.isf(found.p_value / 2, found.df))
    error = math.hypot(abs(found.estimate) / t, math.sqrt(variance)) if t > 0 else math.inf
    p_value = float(2 * stats.t.sf(abs(found.estimate) / error, found.df))
    return found._replace(low=math.exp(low), high=math.exp(high), p_value=p_value)


def _log(value: float) -> float:
    return -math.inf if value == 0 else math.log(value)


def _bracket(slope: Callable[[float], float], start: float, step: float) -> tuple[float, float]:
    """Two means between which a falling slope is 0, in steps from ``start``."""
    low = high = start
    while slope(low) <= 0:
        low -= step
    while slope(high) >= 0:
        high += step
    return low, high


def _where(beyond: Callable[[float], float], inside: float, side: float) -> float:
    """Where a likelihood interval ends on one side; infinite if that is nowhere near."""
    step = 0.25
    while beyond(inside + side * step) < 0:
        step *= 1.6
        if step > _FAR:
            return side * math.inf
    return float(optimize.brentq(beyond, inside, inside + side * step, xtol=1e-9))


def _tau_limits(data: BinomialNormal, mu: float, tau: float, top: float, level: float) -> tuple[float, float]:
    cut = float(stats.chi2.ppf(level, 1))

    def drop(t: float) -> float:
        ends = _bracket(lambda m: data._at(m, t)[2], mu, 8.0)
        root = optimize.brentq(lambda m: data._at(m, t)[2], *ends, xtol=1e-8)
        return 2 * (top - data._at(float(root), t)[1]) - cut

    low = 0.0 if drop(0.0) < 0 else float(optimize.brentq(drop, 0.0, tau, xtol=1e-7))
    beyond = next((float(t) for t in _TAU_GRID if t > tau and drop(float(t)) > 0), None)
    high = math.inf if beyond is None else float(optimize.brentq(drop, max(tau, low), beyond, xtol=1e-7))
    return low, high


@lru_cache(maxsize=1)
def _hermite() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.hermite.hermgauss(_NODES)
    return nodes, weights
