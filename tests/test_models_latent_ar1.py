"""The latent AR(1) kernel against dense matrices, Poisson regression, R and simulation.

Tolerances: 1e-8 against the dense reference (the same algebra in another order); 1e-6 against statsmodels (two
iterations that stop by their own rules).
"""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from trends.models.latent_ar1 import fit_latent_ar1, fit_latent_ar1_at
from trends.models.latent_kernel import profile


def drawdown_design(weeks: int, at: int) -> np.ndarray:
    t = np.arange(weeks)
    w = 2 * np.pi * t / (365.25 / 7)
    trend, ramp = (t - at) / 52, np.clip(t - at, 0, None) / 52
    waves = [np.sin(w), np.cos(w), np.sin(2 * w), np.cos(2 * w)]
    return np.column_stack([np.ones(weeks), trend, *waves, t >= at, ramp])


def simulate(rng, series, design, mean, rho, sd=0.35, level=0.25):
    weeks = len(design)
    shocks = rng.standard_normal((series, weeks)) * sd
    noise = shocks.copy()
    for t in range(1, weeks):
        noise[:, t] = rho * noise[:, t - 1] + np.sqrt(1 - rho**2) * shocks[:, t]
    eta = np.log(mean) + 0.1 * design[:, 1] + 0.2 * design[:, 2] + level * design[:, -2]
    return rng.poisson(np.exp(eta + noise - sd**2 / 2)).astype(float)


@pytest.fixture
def some():
    rng = np.random.default_rng(5)
    design = drawdown_design(120, 70)
    counts = simulate(rng, 5, design, 4.0, 0.6)
    counts[:, 70:74] = np.nan
    counts[2, 5] = np.nan
    return counts, design


@pytest.mark.parametrize(("sigma", "rho"), [(1e-4, 0.0), (0.35, 0.0), (0.35, 0.6), (2.0, 0.97)])
@pytest.mark.parametrize("own", [False, True])
def test_profile_equals_dense_algebra(some, sigma, rho, own):
    counts, design = some
    rng = np.random.default_rng(1)
    weight = np.where(np.isnan(counts), 0.0, rng.gamma(2.0, 2.0, counts.shape))
    response = rng.normal(size=counts.shape)
    setting = np.full((len(counts), 1), 1.0)
    columns = np.broadcast_to(design, (len(counts), *design.shape)) if own else design
    found = profile(response, weight, columns, sigma * setting[:, :, None], rho * setting)
    lags = np.abs(np.subtract.outer(np.arange(120), np.arange(120)))
    for s in range(len(counts)):
        seen = weight[s] > 0
        v = (np.diag(1 / np.where(seen, weight[s], 1.0)) + sigma**2 * rho**lags)[np.ix_(seen, seen)]
        inverse = np.linalg.inv(v)
        normal = design[seen].T @ inverse @ design[seen]
        coef = np.linalg.solve(normal, design[seen].T @ inverse @ response[s, seen])
        rest = response[s, seen] - design[seen] @ coef
        dets = np.linalg.slogdet(v)[1] + np.log(weight[s, seen]).sum() + np.linalg.slogdet(normal)[1]
        np.testing.assert_allclose(found.coef[s, 0], coef, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(found.covariance()[s, 0], np.linalg.inv(normal), rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(found.loglik[s, 0], -0.5 * (dets + rest @ inverse @ rest), rtol=1e-8)


@pytest.mark.parametrize("sigma", [0.0, 1e-6])
def test_without_disturbance_it_is_poisson_regression(some, sigma):
    counts, design = some
    offset = np.log(np.linspace(1.0, 2.0, 120))
    fit = fit_latent_ar1_at(counts, design, sigma, 0.5, offset)
    for s in range(len(counts)):
        seen = np.isfinite(counts[s])
        model = sm.GLM(counts[s, seen], design[seen], family=sm.families.Poisson(), offset=offset[seen])
        glm = model.fit(tol=1e-13, maxiter=200)
        np.testing.assert_allclose(fit.coef[s], glm.params, atol=1e-6)
        np.testing.assert_allclose(fit.cov[s], glm.cov_params(), atol=1e-6)


def test_a_series_alone_equals_the_series_in_a_batch(some):
    counts, design = some
    together = fit_latent_ar1(np.tile(counts, (30, 1)), design, threads=2)
    for s in range(len(counts)):
        alone = fit_latent_ar1(counts[s], np.broadcast_to(design, (1, *design.shape)))
        for name in ("coef", "cov", "sigma", "rho", "df", "weights"):
            both = [getattr(together, name)[s], getattr(together, name)[-5 + s]]
            for batched in both:
                np.testing.assert_allclose(batched, getattr(alone, name)[0], rtol=1e-8, atol=1e-8)
