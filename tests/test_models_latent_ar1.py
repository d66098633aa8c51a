"""The latent AR(1) kernel against dense matrices, Poisson regression, R and simulation.

Tolerances: 1e-8 against the dense reference (the same algebra in another order); 1e-6 against statsmodels (two
iterations, each with a rule of its own to stop). glmmTMB 1.1.5 maximises a Laplace approximation and plugs its
estimates of sigma and rho in; we estimate from the marginal mean and average over them: estimates within 0.35
standard errors, standard errors from 0.95 to 1.4 times as large. Simulations: 200 series a cell, bounds at three
standard errors of a coverage of .955.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from trends.errors import InputError
from trends.models import latent_mixture
from trends.models.latent_ar1 import fit_latent_ar1, fit_latent_ar1_at
from trends.models.latent_grid import Patch
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
        for name in ("coef", "cov", "sigma", "rho", "df"):
            both = [getattr(together, name)[s], getattr(together, name)[-5 + s]]
            for batched in both:
                np.testing.assert_allclose(batched, getattr(alone, name)[0], rtol=1e-8, atol=1e-8)


def test_agrees_with_glmmtmb():
    folder = Path(__file__).parent / "reference"
    data = pd.read_csv(folder / "glmmtmb_ar1_data.csv")
    theirs = pd.read_csv(folder / "glmmtmb_ar1.csv")
    counts = data.pivot(index="series", columns="week", values="count").to_numpy(float)
    fit = fit_latent_ar1(counts, drawdown_design(157, 80))
    for s, (_, rows) in enumerate(theirs.groupby("series")):
        se = np.sqrt(np.diag(fit.cov[s]))
        apart = (fit.coef[s] - rows["estimate"].to_numpy()) / rows["se"].to_numpy()
        assert (
            np.abs(apart[1:]).max() < 0.35
        )  # the intercepts differ by sigma^2 / 2: marginal and conditional mean
        ratio = (se / rows["se"].to_numpy())[1:]
        assert ratio.min() > 0.95
        assert ratio.max() < 1.4
        assert fit.sigma[s] == pytest.approx(rows["sigma"].iloc[0], abs=0.05)
        theirs = rows["rho"].iloc[0]
        if theirs >= 0:
            assert fit.rho[s] == pytest.approx(theirs, abs=0.15)
        else:  # ours is a mean over values from 0 on: small is all it can be
            assert fit.rho[s] < 0.2


@pytest.mark.parametrize(("mean", "rho"), [(1.0, 0.0), (3.0, 0.6), (30.0, 0.8)])
def test_intervals_cover(mean, rho):
    rng = np.random.default_rng(20200717)
    design = drawdown_design(157, 90)
    counts = simulate(rng, 200, design, mean, rho)
    counts[:, 90:94] = np.nan
    fit = fit_latent_ar1(counts, design)
    known = fit_latent_ar1_at(counts, design, np.sqrt(np.expm1(0.35**2)), rho)
    for column, truth in ((-2, 0.25), (-1, 0.0)):
        contrast = np.eye(design.shape[1])[column]
        ours, oracle = fit.interval(contrast), known.interval(contrast)
        covered = ((ours.lower < truth) & (truth < ours.upper))[fit.converged].mean()
        assert 0.911 <= covered <= 0.999
        # a slope among weeks that last: the oracle alone knows that they do not last longer still
        widest = 1.65 if column == -1 and rho > 0.6 else 1.25
        assert np.median(ours.upper - ours.lower) < widest * np.median(oracle.upper - oracle.lower)
    assert fit.converged.mean() > 0.99


def test_the_few_nodes_average_as_a_dense_grid_does(monkeypatch):
    """Where posteriors are broadest: a trapezoid rule with as few nodes gives slopes that are 7 % too narrow."""
    design = drawdown_design(104, 52)
    counts = simulate(np.random.default_rng(6), 40, design, 3.0, 0.8)
    few = fit_latent_ar1(counts, design)
    monkeypatch.setattr(Patch, "quadrature", lambda patch: patch.finer(31, 31).nodes())
    dense = fit_latent_ar1(counts, design)
    assert dense.weights.shape[1] == 31 * 31
    for column in (-2, -1):
        widths = [
            found.upper - found.lower for found in (fit.interval(np.eye(8)[column]) for fit in (few, dense))
        ]
        ratio = widths[0] / widths[1]
        assert np.median(ratio) == pytest.approx(1.0, abs=0.02)
        assert np.abs(ratio - 1.0).max() < 0.07


def test_poisson_intervals_of_the_same_series_would_not_cover():
    rng = np.random.default_rng(3)
    design = drawdown_design(157, 90)
    counts = simulate(rng, 200, design, 30.0, 0.8)
    known = fit_latent_ar1_at(counts, design, 0.0, 0.0).interval(np.eye(8)[-2])
    assert ((known.lower < 0.25) & (known.upper > 0.25)).mean() < 0.6


@pytest.mark.parametrize("kind", ["alternating", "underdispersed"])
def test_negative_autocorrelation_and_underdispersion_do_not_shorten(kind):
    rng = np.random.default_rng(11)
    design = drawdown_design(157, 90)
    if kind == "alternating":
        push = 0.5 * (-1.0) ** np.arange(157)
        counts = rng.poisson(20.0 * np.exp(push), (10, 157)).astype(float)
    else:
        counts = rng.binomial(25, 0.8, (10, 157)).astype(float)
    fit = fit_latent_ar1(counts, design)
    poisson = fit_latent_ar1_at(counts, design, 0.0, 0.0)
    assert (fit.interval(np.eye(8)[-2]).se >= poisson.interval(np.eye(8)[-2]).se * 0.999).all()
    assert (fit.lag1 < -0.3).all() if kind == "alternating" else (fit.dispersion < 0.6).all()


def test_negative_autocorrelation_of_the_disturbance_is_covered():
    """Latent rho of -0.4: no interval shorter than Poisson's, none that covers too little."""
    rng = np.random.default_rng(20200718)
    design = drawdown_design(157, 90)
    counts = simulate(rng, 200, design, 10.0, -0.4)
    fit = fit_latent_ar1(counts, design)
    poisson = fit_latent_ar1_at(counts, design, 0.0, 0.0)
    for column, truth in ((-2, 0.25), (-1, 0.0)):
        found = fit.interval(np.eye(8)[column])
        assert ((found.lower < truth) & (truth < found.upper)).mean() >= 0.93
        assert (found.se >= poisson.interval(np.eye(8)[column]).se * 0.999).all()
    assert (fit.lag1 < -1.96 / np.sqrt(157)).mean() > 0.7


def test_draws_agree_with_the_mixture_and_with_themselves(some):
    counts, design = some
    fit = fit_latent_ar1(counts, design)
    draws = fit.draws(7, 20_000)
    assert draws.shape == (20_000, 5, 8)
    np.testing.assert_array_equal(draws, fit.draws(7, 20_000))
    se = np.sqrt(np.diagonal(fit.cov, axis1=1, axis2=2))
    np.testing.assert_allclose((draws.mean(0) - fit.coef) / se, 0.0, atol=0.03)
    np.testing.assert_allclose(draws.std(0) / se, 1.0, atol=0.03)
    level = fit.interval(np.eye(8)[-2], 0.9)
    limits = np.quantile(draws[:, :, -2], [0.05, 0.95], axis=0)
    np.testing.assert_allclose((limits - [level.lower, level.upper]) / level.se, 0.0, atol=0.06)
    assert ((level.p_value < 0.1) == ((level.lower > 0) | (level.upper < 0))).all()


def test_series_that_cannot_be_fitted_do_not_disturb_the_others(some):
    counts, design = some
    with_bad = np.vstack([np.zeros(120), counts[0], np.where(np.arange(120) < 70, 3.0, 0.0)])
    fit = fit_latent_ar1(with_bad, design)
    assert fit.converged.tolist() == [False, True, False]
    assert np.isnan(fit.coef[[0, 2]]).all()
    assert np.isnan(fit.draws(1, 10)[:, 0]).all()
    np.testing.assert_allclose(fit.coef[1], fit_latent_ar1(counts[0], design).coef[0], atol=1e-8)


@pytest.mark.parametrize("size", [1e4, 1e9])
def test_large_counts(size):
    rng = np.random.default_rng(2)
    design = drawdown_design(157, 90)
    counts = np.round(size * np.exp(0.3 * design[:, -2] + rng.normal(0, 0.1, (3, 157))))
    fit = fit_latent_ar1(counts, design)
    assert fit.converged.all()
    np.testing.assert_allclose(fit.coef[:, -2], 0.3, atol=0.15)
    np.testing.assert_allclose(fit.sigma, 0.1, atol=0.03)


def spoiled(counts, design, what):
    counts, design, offset = counts.copy(), design.copy(), np.zeros(counts.shape[1])
    if what == "negative":
        counts[0, 0] = -1
    elif what == "fractional":
        counts[0, 0] = 0.5
    elif what == "infinite":
        counts[0, 0] = np.inf
    elif what == "collinear":
        design[:, -1] = design[:, 1] - 2 * design[:, 0]
    elif what == "gap":
        counts[:, 70:] = np.nan
    elif what == "exposure":
        offset[3] = -np.inf
    elif what == "shape":
        design = design[:-1]
    return counts, design, offset


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("negative", "negative"),
        ("fractional", "fractional"),
        ("infinite", "infinite"),
        ("collinear", "collinear"),
        ("gap", "collinear"),
        ("exposure", "offset is not finite"),
        ("shape", "do not fit"),
    ],
)
def test_bad_input_is_named(some, what, words):
    with pytest.raises(InputError, match=words):
        fit_latent_ar1(*spoiled(*some, what))


def test_the_search_in_single_precision_moves_no_answer_that_could_be_read(monkeypatch):
    """Rounding may lay a node elsewhere; that is worth at most a thousandth of a standard error and of a width."""
    design = drawdown_design(157, 100)
    counts = np.vstack(
        [simulate(np.random.default_rng(9), 20, design, mean, 0.6) for mean in (1.0, 6.0, 30.0)]
    )
    quick = fit_latent_ar1(counts, design)
    monkeypatch.setattr(latent_mixture, "profile", lambda *given, single=False: profile(*given))
    exact = fit_latent_ar1(counts, design)
    for column in (-2, -1):
        one, other = (fit.interval(np.eye(8)[column]) for fit in (quick, exact))
        assert np.abs((one.estimate - other.estimate) / other.se).max() < 1e-3
        assert np.abs((one.upper - one.lower) / (other.upper - other.lower) - 1.0).max() < 1e-3
