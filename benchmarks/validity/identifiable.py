"""Where mean and autocorrelation make the noise identifiable enough for narrow intervals: a rule from the truth alone.

Whoever has to estimate the noise pays for it. At the truth, the expected information of the restricted likelihood
about (log sigma, rho) gives the variance of the log standard error of an effect, hence the degrees of freedom that
Satterthwaite (1946) would give it, ``1 / (2 variance)``; the price is the width of an interval with that t quantile
relative to the normal one of an oracle. An effect is called identifiable in a cell where the price is within the bound
on the width. No simulated series and no interval of ours enters.

References
----------
Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics Bulletin 2,
110-114.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import stats

from benchmarks.validity.truths import LEVEL, PHASE_IN, SLOPE, Cell, design_of

SEASON = (0.1, 0.2, 0.1, 0.1, 0.0)
"""Trend and harmonics of the simulated series."""
_DRAWS = 2000
_STRETCH = 5.0
"""Beyond this, draws would overflow; no bound on a width is near it."""


@cache
def price(cell: Cell) -> tuple[float, ...]:
    """Width, relative to an oracle's, that estimating the noise costs: level, slope, average ratio, excess events."""
    design = design_of(cell.weeks, cell.at)
    shape = np.array([0.0, *SEASON, LEVEL, SLOPE])
    course = np.exp(design @ shape)
    coef = shape + np.eye(len(shape))[0] * np.log(cell.mean / course.mean())
    covariance, changes, information = _known(cell, design, np.exp(design @ coef))
    after = design[cell.at :]
    effects = np.array([*np.eye(len(coef))[-2:], *_gradients(coef, after)])
    variance = np.einsum("kp,pq,kq->k", effects, covariance, effects)
    slopes = np.einsum("kp,apq,kq->ka", effects, changes, effects) / (2.0 * variance[:, None])
    freedom = 0.5 / np.einsum("ka,ab,kb->k", slopes, np.linalg.inv(information), slopes)
    ratio = stats.t.ppf(0.975, freedom) / stats.norm.ppf(0.975)
    excess = _excess_width(coef, covariance, after, ratio[3]) / _excess_width(coef, covariance, after, 1.0)
    return (*(float(value) for value in ratio[:3]), float(excess))


def _known(cell: Cell, design: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covariance of the coefficients, its derivatives by (log sigma, rho), and the information about these."""
    seen = np.ones(cell.weeks, dtype=bool)
    seen[cell.at : cell.at + PHASE_IN * cell.phase_in] = False
    lag = np.abs(np.subtract.outer(np.arange(cell.weeks), np.arange(cell.weeks)))[np.ix_(seen, seen)]
    variance = np.expm1(cell.sd**2)
    correlation = variance * cell.rho**lag
    by_setting = 2.0 * correlation, variance * lag * cell.rho ** np.maximum(lag - 1, 0)
    inverse = np.linalg.inv(np.diag(1.0 / mean[seen]) + correlation)
    columns = design[seen]
    covariance = np.linalg.inv(columns.T @ inverse @ columns)
    left = covariance @ columns.T @ inverse
    changes = np.array([left @ part @ left.T for part in by_setting])
    projected = [(inverse - inverse @ columns @ left) @ part for part in by_setting]
    information = np.array([[0.5 * (one * two.T).sum() for one in projected] for two in projected])
    return covariance, changes, information


def _sums(coef: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give expected counts with and without the interruption, (..., weeks after)."""
    return np.exp(coef @ after.T), np.exp(coef[..., :-2] @ after[:, :-2].T)


def _gradients(coef: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Differentiate the log average ratio and the excess events by the coefficients."""
    with_it, without = _sums(coef, after)
    plain = after * (np.arange(len(coef)) < len(coef) - 2)
    one, other = with_it @ after, without @ plain
    return one / with_it.sum() - other / without.sum(), one - other


def _excess_width(coef: np.ndarray, covariance: np.ndarray, after: np.ndarray, stretch: float) -> float:
    """Width of the interval of the excess events, drawn as reports draw it, errors stretched."""
    noise = np.random.default_rng(1).standard_normal((_DRAWS, len(coef)))
    drawn = coef + np.minimum(stretch, _STRETCH) * noise @ np.linalg.cholesky(covariance).T
    with_it, without = _sums(drawn, after)
    low, high = np.quantile(with_it.sum(1) - without.sum(1), [0.025, 0.975])
    return float(high - low)
