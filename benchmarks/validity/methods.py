"""Intervals for simulated series: ours, an oracle's that knows the noise, and the peers' an analyst would pick."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import ConvergenceWarning, HessianInversionWarning

from benchmarks.validity.rpeers import glm_nb
from benchmarks.validity.structural import causal_impact, unobserved_components
from benchmarks.validity.truths import Cell, Simulated
from trends.models.latent_ar1 import LatentAR1Fit, fit_latent_ar1, fit_latent_ar1_at

Limits = tuple[
    np.ndarray, float
]  # (series, effects, 2) with NaN where there is none, and processor ms a series
DRAWS = 1000


def ours(cell: Cell, data: Simulated) -> Limits:
    started = time.process_time()
    fit = fit_latent_ar1(data.counts, data.design)
    spent = time.process_time() - started
    return _limits(fit, data), spent * 1e3 / len(data.counts)


def oracle(cell: Cell, data: Simulated) -> Limits:
    """Know the standard deviation and the autocorrelation of the disturbance."""
    started = time.process_time()
    fit = fit_latent_ar1_at(data.counts, data.design, np.sqrt(np.expm1(cell.sd**2)), cell.rho)
    spent = time.process_time() - started
    return _limits(fit, data), spent * 1e3 / len(data.counts)


def _limits(fit: LatentAR1Fit, data: Simulated) -> np.ndarray:
    out = np.full((len(data.counts), 4, 2), np.nan)
    for effect, column in ((0, -2), (1, -1)):
        found = fit.interval(np.eye(data.design.shape[1])[column])
        out[:, effect] = np.column_stack([found.lower, found.upper])
    draws = fit.draws(1, DRAWS)
    after = data.design[data.at :]
    for one in np.flatnonzero(fit.converged):
        with_it = np.exp(np.clip(draws[:, one] @ after.T, -50, 50))
        without = np.exp(np.clip(draws[:, one, :-2] @ after[:, :-2].T, -50, 50))
        ratio = np.log(with_it.sum(1) / without.sum(1))
        out[one, 2] = np.quantile(ratio, [0.025, 0.975])
        out[one, 3] = np.quantile(with_it.sum(1) - without.sum(1), [0.025, 0.975])
    return out


def _fit_quasi_poisson(y: np.ndarray, x: np.ndarray) -> Any:
    return sm.GLM(y, x, family=sm.families.Poisson()).fit(scale="X2")


def _fit_newey_west(y: np.ndarray, x: np.ndarray) -> Any:
    """Four lags: floor(4 (T / 100)^(2 / 9)) for these lengths."""
    model = sm.GLM(y, x, family=sm.families.Poisson())
    return model.fit(cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True})


def _fit_negative_binomial(y: np.ndarray, x: np.ndarray) -> Any:
    return sm.NegativeBinomial(y, x).fit(disp=0, maxiter=200)


FITS = {
    "quasi-Poisson": _fit_quasi_poisson,
    "negative binomial": _fit_negative_binomial,
    "Newey-West": _fit_newey_west,
}


def _loop(cell: Cell, data: Simulated, fit: Callable[..., Any]) -> Limits:
    out = np.full((len(data.counts), 4, 2), np.nan)
    started = time.process_time()
    size = data.design.shape[1]
    for one, counts in enumerate(data.counts):
        seen = np.isfinite(counts)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", (ConvergenceWarning))
            warnings.simplefilter("ignore", (HessianInversionWarning))
            warnings.simplefilter("ignore", RuntimeWarning)
            try:
                found = fit(counts[seen], data.design[seen])
            except (np.linalg.LinAlgError, ValueError):
                continue
        se = np.asarray(found.bse)[size - 2 : size]
        estimate = np.asarray(found.params)[size - 2 : size]
        if np.isfinite(se).all():
            out[one, :2] = estimate[:, None] + np.outer(se, [-1.96, 1.96])
    return out, (time.process_time() - started) * 1e3 / len(data.counts)


PEERS: dict[str, Callable[[Cell, Simulated], Limits | None]] = {
    **{name: partial(_loop, fit=fit) for name, fit in FITS.items()},
    "glm.nb (R)": glm_nb,
    "UnobservedComponents": unobserved_components,
    "CausalImpact-style": causal_impact,
    "CausalImpact-style, with trend": partial(causal_impact, trend=True),
}
