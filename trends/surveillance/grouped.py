"""Quasi-Poisson regressions on seasons and a trend, many at once.

Because the columns are one constant a season and one trend, each step of the iteratively reweighted least squares
has a closed form in weighted means by season. Start, steps and stopping rule are those of R's ``glm``, so that
series with empty seasons (whose coefficients have no finite estimate) end where R ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EPSILON = 1e-8
STEPS = 25
TINY = np.finfo(float).eps
LARGEST = 700.0  # its exponential is still a number


@dataclass(frozen=True, eq=False)
class GroupedFit:
    """M fits of counts in P seasons of L weeks.

    Attributes
    ----------
    constant
        (M, P) log scale, at time 0.
    slope
        (M,) a week; 0 where no trend was fitted.
    centre
        (M, P) weighted mean time of a season.
    information, slope_information
        (M, P) sum of weights of a season; (M,) weighted sum of squared deviations of time (infinite without a
        trend).
    fitted
        (M, P, L) expected counts.
    weights
        (M, P, L) weights of the last step, prior weights included.
    converged
        (M,) bool.
    """

    constant: Floats
    slope: Floats
    centre: Floats
    information: Floats
    slope_information: Floats
    fitted: Floats
    weights: Floats
    converged: NDArray[np.bool_]

    def leverage(self, time: Floats) -> Floats:
        """(M, P, L) diagonal of the hat matrix."""
        away = (time - self.centre[..., None]) ** 2 / self.slope_information[:, None, None]
        return np.asarray(self.weights * (_reciprocal(self.information)[..., None] + away))

    def predict(self, season: int, time: Floats) -> tuple[Floats, Floats]:
        """(M,) linear predictor of a season at a time, and its variance with dispersion 1."""
        away = (time - self.centre[:, season]) ** 2 / self.slope_information
        variance = _reciprocal(self.information[:, season]) + away
        return self.constant[:, season] + self.slope * time, variance


class Step(NamedTuple):
    """One weighted least squares fit: fields as in ``GroupedFit``."""

    constant: Floats
    slope: Floats
    centre: Floats
    information: Floats
    slope_information: Floats

    def line(self, time: Floats) -> Floats:
        """(M, P, L) linear predictor without the offset."""
        return np.asarray(self.constant[..., None] + self.slope[:, None, None] * time)


def fit_grouped(counts: Floats, time: Floats, offset: Floats, prior: Floats, trend: bool) -> GroupedFit:
    """Fit M quasi-Poisson regressions.

    Parameters
    ----------
    counts, time, offset
        (M, P, L) counts, time in weeks, log exposure.
    prior
        (M, P, L) prior weights; 0 where there is no observation.
    trend
        Whether a common slope is fitted.
    """
    fitted = np.where(prior > 0, counts + 0.1, 1.0)
    state = _empty(counts.shape)
    active = np.arange(len(counts))
    y, t, o, p, mu = counts, time, offset, prior, fitted
    eta = np.log(mu)
    saturated = np.sum(p * y * np.log(np.where(y > 0, y, 1.0)), axis=(1, 2))
    deviance = _deviance(y, mu, eta, p, saturated)
    for number in range(STEPS):
        weights = p * mu
        step = _least_squares(eta - o + (y - mu) / mu, weights, t, trend)
        step = _within_reach(step, state, active, t, o) if number else step
        eta = np.minimum(step.line(t) + o, LARGEST)
        mu = np.maximum(np.exp(eta), TINY)
        new = _deviance(y, mu, eta, p, saturated)
        done = np.abs(new - deviance) / (np.abs(new) + 0.1) < EPSILON
        _store(state, active, step, mu, weights, done)
        if done.all():
            break
        if done.any():
            go = ~done
            y, t, o, p, mu, eta = (part[go] for part in (y, t, o, p, mu, eta))
            active, saturated, new = active[go], saturated[go], new[go]
        deviance = new
    return state


def _within_reach(
    step: Step, state: GroupedFit, active: NDArray[np.int64], time: Floats, offset: Floats
) -> Step:
    """Halve steps whose means overflow until they do not, as ``glm`` does."""
    before = Step(*(getattr(state, name)[active] for name in Step._fields))
    for _ in range(STEPS):
        far = (step.line(time) + offset).max(axis=(1, 2)) > LARGEST
        if not far.any():
            break
        level = np.where(far[:, None], (step.constant + before.constant) / 2, step.constant)
        slope = np.where(far, (step.slope + before.slope) / 2, step.slope)
        step = step._replace(constant=level, slope=slope)
    return step


def _empty(shape: tuple[int, ...]) -> GroupedFit:
    many, seasons, _ = shape
    return GroupedFit(
        constant=np.full((many, seasons), np.nan),
        slope=np.full(many, np.nan),
        centre=np.zeros((many, seasons)),
        information=np.zeros((many, seasons)),
        slope_information=np.zeros(many),
        fitted=np.full(shape, np.nan),
        weights=np.zeros(shape),
        converged=np.zeros(many, dtype=bool),
    )


def _store(
    state: GroupedFit,
    active: NDArray[np.int64],
    step: Step,
    mu: Floats,
    weights: Floats,
    done: NDArray[np.bool_],
) -> None:
    """Keep what has been reached, in place."""
    for name, value in step._asdict().items():
        getattr(state, name)[active] = value
    state.fitted[active], state.weights[active], state.converged[active] = mu, weights, done


def _least_squares(working: Floats, weights: Floats, time: Floats, trend: bool) -> Step:
    information = weights.sum(axis=2)
    scale = _reciprocal(information)
    level = (weights * working).sum(axis=2) * scale
    if not trend:
        none = np.zeros(len(working))
        return Step(level, none, np.zeros_like(level), information, none + np.inf)
    centre = (weights * time).sum(axis=2) * scale
    weighted = weights * (time - centre[..., None])
    slope_information = (weighted * time).sum(axis=(1, 2))
    slope = (weighted * working).sum(axis=(1, 2)) * _reciprocal(slope_information)
    return Step(level - slope[:, None] * centre, slope, centre, information, slope_information)


def _deviance(y: Floats, mu: Floats, eta: Floats, prior: Floats, saturated: Floats) -> Floats:
    return np.asarray(2 * (saturated - (prior * (y * (eta + 1) - mu)).sum(axis=(1, 2))))


def _reciprocal(values: Floats) -> Floats:
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)
