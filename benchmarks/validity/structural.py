"""Two structural time series models, fitted by statsmodels, that an analyst could pick instead of a regression."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.validity.truths import Cell, Simulated

DRAWS = 1000
QUANTILES = (0.025, 0.975)
SHIFT = 0.5
SMALLEST_TOTAL = 0.5


def unobserved_components(cell: Cell, data: Simulated) -> tuple[np.ndarray, float]:
    """Local level with trend, season, step and ramp as regressors, on ``log(count + 1/2)``.

    Variances by maximum likelihood and plugged in; regressors are diffuse states, so that their intervals are those
    of generalised least squares. Average and excess: step and ramp drawn from their normal distribution, over the
    smoothed course without them.
    """
    return _each(data, _step_and_ramp)


def causal_impact(cell: Cell, data: Simulated, *, trend: bool = False) -> tuple[np.ndarray, float] | None:
    """Forecast from the weeks before by a local level and harmonics, on the counts themselves (Brodersen et al. 2015).

    Observed less forecast after the interruption, by simulation; with ``trend`` a straight trend is among the
    regressors. None where weeks after are missing, since their
    events cannot be counted.
    """
    if cell.phase_in:
        return None
    return _each(data, partial(_forecast, first=1 if trend else 2))


def _each(data: Simulated, fit: Callable[..., np.ndarray]) -> tuple[np.ndarray, float]:
    out = np.full((len(data.counts), 4, 2), np.nan)
    rng = np.random.default_rng(len(data.counts))
    started = time.process_time()
    for one, counts in enumerate(data.counts):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                out[one] = fit(counts, data.design, data.at, rng)
            except (np.linalg.LinAlgError, ValueError):
                continue
    return out, (time.process_time() - started) * 1e3 / len(data.counts)


def _fitted(response: np.ndarray, columns: np.ndarray) -> Any:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    model = UnobservedComponents(response, level="local level", exog=columns, mle_regression=False)
    found = model.fit(disp=0, maxiter=500)
    if not found.mle_retvals["converged"]:
        raise ValueError("not converged")
    return found


def _step_and_ramp(counts: np.ndarray, design: np.ndarray, at: int, rng: np.random.Generator) -> np.ndarray:
    found = _fitted(np.log(counts + SHIFT), design[:, 1:])
    coef, cov = found.smoothed_state[-2:, -1], found.smoothed_state_cov[-2:, -2:, -1]
    level, others = found.smoothed_state[0], found.smoothed_state[1:-2, -1]
    without = np.exp(level[at:] + design[at:, 1:-2] @ others)
    drawn = rng.multivariate_normal(coef, cov, DRAWS)
    with_it = np.exp(drawn @ design[at:, -2:].T) @ without
    out = np.empty((4, 2))
    out[:2] = coef[:, None] + np.outer(np.sqrt(np.diag(cov)), [-1.96, 1.96])
    out[2] = np.quantile(np.log(with_it / without.sum()), QUANTILES)
    out[3] = np.quantile(with_it - without.sum(), QUANTILES)
    return out


def _forecast(
    counts: np.ndarray, design: np.ndarray, at: int, rng: np.random.Generator, *, first: int
) -> np.ndarray:
    scale = counts[:at].std() or 1.0
    found = _fitted((counts[:at] - counts[:at].mean()) / scale, design[:at, first:-2])
    expected = (counts[:at].mean() + scale * courses(found, design[at:, first:-2], rng)).sum(1)
    happened = counts[at:].sum()
    out = np.full((4, 2), np.nan)
    ratio = np.log(max(happened, SMALLEST_TOTAL) / np.maximum(expected, SMALLEST_TOTAL))
    out[2] = np.quantile(ratio, QUANTILES)
    out[3] = np.quantile(happened - expected, QUANTILES)
    return out


def courses(found: Any, ahead: np.ndarray, rng: np.random.Generator, size: int = DRAWS) -> np.ndarray:
    """Simulate the response of the weeks after a fit, (size, weeks): states, steps of the level, and noise drawn."""
    noise, drift = found.params  # variances of the weeks and of the level's steps
    states = rng.multivariate_normal(found.predicted_state[:, -1], found.predicted_state_cov[..., -1], size)
    steps = np.sqrt(drift) * rng.standard_normal((size, len(ahead)))
    steps[:, 0] = 0.0  # the predicted state is that of the first week ahead
    course = states[:, :1] + steps.cumsum(1) + states[:, 1:] @ ahead.T
    return course + np.sqrt(noise) * rng.standard_normal(course.shape)
