"""A level that wanders: the kernel at rho = 1 against statsmodels, and what interrupted makes of it.

``UnobservedComponents`` (statsmodels) with its variances fixed and the regression in the state is generalised least
squares under the same covariance: estimates, covariance and differences of the diffuse likelihood agree to 1e-5 (its
diffuse start is a variance of 1e6). On counts of 10^7 the smoothed course agrees too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.statespace.structural import UnobservedComponents

import trends
from trends import checks
from trends.errors import EstimationError, InputError
from trends.models.latent_kernel import profile
from trends.models.latent_walk import fit_latent_walk

WEEKS = pd.date_range("2018-01-01", periods=130, freq="W-MON")
AT = 80
STEP = (np.arange(130) >= AT).astype(float)
DESIGN = np.column_stack([np.ones(130), STEP, np.sin(np.arange(130) / 8.3)])


def course(seed, tau, nu=0.0, level=0.25):
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(0, tau, 130))
    return walk - walk.mean() + level * STEP + 0.1 * DESIGN[:, 2] + rng.normal(0, nu, 130), rng


def structural(log_counts, tau, nu):
    model = UnobservedComponents(log_counts, "llevel", exog=DESIGN[:, 1:], mle_regression=False)
    model.ssm.initialize_approximate_diffuse(1e6)
    model.ssm.loglikelihood_burn = 3
    return model.smooth([nu**2, tau**2])


@pytest.mark.parametrize(("tau", "nu"), [(0.05, 0.2), (0.3, 0.1), (0.01, 0.3)])
def test_kernel_at_rho_one_is_the_structural_model(tau, nu):
    log_counts, _ = course(1, 0.1, 0.2)
    log_counts[[5, 81, 82]] = np.nan
    seen = np.isfinite(log_counts)
    weight = np.where(seen, nu**-2, 0.0)[None, :]
    found = profile(
        np.nan_to_num(log_counts)[None, :], weight, DESIGN, np.full((1, 1, 1), tau), np.ones((1, 1))
    )
    theirs = structural(log_counts, tau, nu)
    state, spread = theirs.smoothed_state[1:, -1], theirs.smoothed_state_cov[1:, 1:, -1]
    np.testing.assert_allclose(found.coef[0, 0, 1:], state, atol=1e-5)
    np.testing.assert_allclose(found.covariance()[0, 0, 1:, 1:], spread, rtol=1e-4, atol=1e-8)


def test_likelihood_of_the_walk_is_the_diffuse_likelihood():
    log_counts, _ = course(2, 0.1, 0.2)
    settings = [(0.05, 0.2), (0.3, 0.1), (0.1, 0.2)]
    ours, theirs = [], []
    for tau, nu in settings:
        weight = np.full((1, 130), nu**-2)
        found = profile(log_counts[None, :], weight, DESIGN, np.full((1, 1, 1), tau), np.ones((1, 1)))
        ours.append(found.loglik[0, 0] - 130 * np.log(nu))
        model = UnobservedComponents(log_counts, "llevel", exog=DESIGN[:, 1:], mle_regression=False)
        model.ssm.initialize_approximate_diffuse(1e9)
        theirs.append(model.smooth([nu**2, tau**2]).llf_obs.sum())
    np.testing.assert_allclose(np.diff(ours), np.diff(theirs), atol=2e-4)


def test_course_on_large_counts_is_the_structural_models():
    log_mean, rng = course(3, 0.08, 0.02)
    counts = rng.poisson(1e7 * np.exp(log_mean)).astype(float)
    counts[[20, 21]] = np.nan
    found = fit_latent_walk(counts, DESIGN, np.zeros(130))
    theirs = structural(np.log(counts), found.tau, found.nu)
    own = found.level + (DESIGN - found.taken) @ found.fit.coef[0]
    np.testing.assert_allclose(own, found.eta, atol=0.02)
    level = theirs.smoothed_state[0] + DESIGN[:, 1:] @ theirs.smoothed_state[1:, -1]
    np.testing.assert_allclose(found.eta - found.eta.mean(), level - level.mean(), atol=0.01)
    estimate, error = found.fit.coef[0, 1], np.sqrt(found.fit.cov[0, 1, 1])
    assert abs(estimate - theirs.smoothed_state[1, -1]) < 0.05 * error


def test_intervals_cover_when_the_level_wanders():
    covered, widths = [], []
    for seed in range(24):
        log_mean, rng = course(seed, 0.1)
        counts = rng.poisson(10 * np.exp(log_mean)).astype(float)
        counts[AT : AT + 2] = np.nan
        found = fit_latent_walk(counts, DESIGN, np.zeros(130)).fit.interval([0, 1, 0])
        covered.append(bool(found.lower[0] < 0.25 < found.upper[0]))
        widths.append(found.upper[0] - found.lower[0])
    assert np.mean(covered) >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 24)
    assert 0.7 < np.median(widths) < 2.0


@pytest.fixture(scope="module")
def result():
    log_mean, rng = course(4, 0.05)
    counts = pd.Series(rng.poisson(20 * np.exp(log_mean)).astype(float), WEEKS, name="attacks")
    counts.iloc[10] = np.nan
    return trends.interrupted(
        counts, WEEKS[AT], trend="local-level", harmonics=1, phase_in=(WEEKS[AT], WEEKS[AT + 1])
    )


def test_a_bare_date_means_a_step(result):
    assert result.effects["term"].tolist() == ["level", "average"]
    assert result.effects["interval"].unique().tolist() == ["local-level"]
    level, average = result.effects["rate_ratio"]
    assert average == pytest.approx(level)
    assert result.effect_at(20)["rate_ratio"].iloc[0] == pytest.approx(level)


def test_excess_follows_what_was_observed(result):
    """Without the step the level stays what the data say, so excess is what happened less that share of it."""
    curves = result.counterfactual()
    after = curves[curves["in_fit"] & (curves.index >= WEEKS[AT])]
    ratio = result.effects["rate_ratio"].iloc[0]
    excess = result.excess()
    assert excess.events == pytest.approx(after["fitted"].sum() * (1 - 1 / ratio))
    assert after["fitted"].sum() == pytest.approx(after["observed"].sum(), rel=0.05)
    assert excess.low < excess.events < excess.high
    assert (excess.low < 0 < excess.high) == (result.average().low < 1 < result.average().high)


def test_bands_and_diagnostics(result):
    curves = result.counterfactual()
    shown = curves[curves["in_fit"]]
    assert ((shown["fitted_low"] < shown["fitted"]) & (shown["fitted"] < shown["fitted_high"])).all()
    found = result.diagnostics()
    assert set(found.noise) == {"df", "tau", "nu"}
    assert 0.02 < found.noise["tau"] < 0.15
    assert any("level may wander" in note for note in found.notes)
    assert found.weeks == 127
    assert "local-level" in result.summary()


def test_it_costs_width(result):
    straight = trends.interrupted(
        _counts(result),
        trends.Interruption(WEEKS[AT], shape="level"),
        harmonics=1,
        intervals="model",
    )
    wide, narrow = (np.log(r.effects["high"] / r.effects["low"]).iloc[0] for r in (result, straight))
    assert wide > 1.5 * narrow


def _counts(result):
    return pd.Series(result.analysis.setting.series.counts, WEEKS, name="attacks")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"intervals": "hac"}, "interval is its own"),
        ({"control": pd.Series(5.0, WEEKS)}, "a control has no part"),
        ({"interruptions": trends.Interruption(WEEKS[AT], shape="level+slope")}, "wandering"),
        ({"interruptions": [WEEKS[40], trends.Interruption(WEEKS[AT], shape="slope")]}, "wandering"),
    ],
)
def test_what_makes_no_sense_beside_a_wandering_level_is_refused(result, given, words):
    arguments = {"counts": _counts(result), "interruptions": WEEKS[AT], "trend": "local-level", **given}
    with pytest.raises(InputError, match=words):
        trends.interrupted(**arguments)


def test_checks_say_that_they_have_no_part_in_it(result):
    with pytest.raises(EstimationError, match="local level"):
        checks.placebo_dates(result)


def test_a_straight_fit_says_that_its_residuals_alternate():
    counts = pd.Series(np.round(20 * np.exp(0.4 * (-1.0) ** np.arange(130))), WEEKS, name="attacks")
    found = trends.interrupted(counts, trends.Interruption(WEEKS[AT], shape="level"), harmonics=0)
    notes = [note for note in found.diagnostics().notes if "negatively correlated" in note]
    assert len(notes) == 1
    assert "is not shorter for it" in notes[0]
