"""Intervals for simulated series: ours, an oracle's that knows the noise, and the peers' an analyst would pick."""

from __future__ import annotations

import csv
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from scipy import stats
from statsmodels.tools.sm_exceptions import ConvergenceWarning, HessianInversionWarning
from truths import Cell, Simulated

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


def quasi_poisson(cell: Cell, data: Simulated) -> Limits:
    return _loop(data, lambda y, x: sm.GLM(y, x, family=sm.families.Poisson()).fit(scale="X2"))


def newey_west(cell: Cell, data: Simulated) -> Limits:
    """Four lags: floor(4 (T / 100)^(2 / 9)) for these lengths."""

    def fit(y: np.ndarray, x: np.ndarray):
        model = sm.GLM(y, x, family=sm.families.Poisson())
        return model.fit(cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True})

    return _loop(data, fit)


def negative_binomial(cell: Cell, data: Simulated) -> Limits:
    return _loop(data, lambda y, x: sm.NegativeBinomial(y, x).fit(disp=0, maxiter=200))


def _loop(data: Simulated, fit: Callable) -> Limits:
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


def glmmtmb(cell: Cell, data: Simulated) -> Limits | None:
    """R's glmmTMB with its ar1 term and REML; none where R or the package is missing."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        for name, table in (("counts.csv", data.counts), ("design.csv", data.design)):
            with (Path(folder) / name).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(
                    [["NA" if np.isnan(v) else repr(float(v)) for v in row] for row in table]
                )
        script = Path(__file__).with_name("glmmtmb.R")
        done = subprocess.run(["Rscript", str(script), folder], capture_output=True, text=True, check=False)
        if done.returncode:
            return None
        found = np.genfromtxt(Path(folder) / "found.csv", delimiter=",", skip_header=1)
    out = np.full((len(data.counts), 4, 2), np.nan)
    for effect in (0, 1):
        out[:, effect] = found[:, [effect]] + found[:, [effect + 2]] * stats.norm.ppf([0.025, 0.975])
    return out, float(np.nanmean(found[:, 4])) * 1e3


PEERS = {
    "quasi-Poisson": quasi_poisson,
    "negative binomial": negative_binomial,
    "Newey-West": newey_west,
}
