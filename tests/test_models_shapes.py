"""Interruptions as they happen, trends that bend, terms that overlap, and periods without events."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from trends.errors import EstimationError, InputError
from trends.models import Interruption, compare_rates, interrupted
from trends.models.course import natural_spline
from trends.models.shrunken import shrunken_ratio

WEEKS = pd.date_range("2018-01-01", periods=157, freq="W-MON")
START = WEEKS[100]
SINCE = np.arange(157) - 100.0
PLAIN = {"harmonics": 0, "trend": None, "draws": 1000}
SHAPES = {
    "ramp": ({"weeks": 10}, np.clip((SINCE + 1) / 10, 0, 1)),
    "decay": ({"weeks": 6}, np.where(SINCE >= 0, 0.5 ** (np.clip(SINCE, 0, None) / 6), 0)),
    "delayed": ({"delay": 12}, (SINCE >= 12).astype(float)),
    "temporary": ({"until": WEEKS[119]}, ((SINCE >= 0) & (SINCE < 20)).astype(float)),
    "level": ({}, (SINCE >= 0).astype(float)),
}


def counts(effect, mean=200.0, seed=1):
    rng = np.random.default_rng(seed)
    return pd.Series(rng.poisson(mean * np.exp(effect)), WEEKS, name="attacks")


def dummy(first, last, name="curfew"):
    return pd.Series(((first <= WEEKS) & (last > WEEKS)).astype(int), WEEKS, name=name)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_finds_its_effect(shape):
    arguments, pattern = SHAPES[shape]
    result = interrupted(counts(0.7 * pattern), Interruption(START, "transfer", shape, **arguments), **PLAIN)
    row = result.effects.iloc[0]
    assert row["low"] < np.exp(0.7) < row["high"]
    assert row["rate_ratio"] == pytest.approx(np.exp(0.7), rel=0.05)
    curves = result.counterfactual()
    log_ratio = np.log(curves["fitted"] / curves["expected"])
    np.testing.assert_allclose(log_ratio, row["estimate"] * pattern, atol=1e-9)
    acting = pattern > 0
    expected = curves["fitted"][acting].sum() / curves["expected"][acting].sum()
    assert result.average("transfer").rate_ratio == pytest.approx(expected)
    assert (result.average().low > 1) == (result.excess().low > 0)
    horizon = result.effect_at(14)
    assert np.log(horizon["rate_ratio"][0]) == pytest.approx(row["estimate"] * pattern[114])


def test_a_delay_is_counted_from_the_date():
    result = interrupted(counts(0 * SINCE), Interruption(START, "x", "delayed", delay=12), **PLAIN)
    assert result.starts == (112,)
    assert result.diagnostics().weeks_after == 45
    with pytest.raises(InputError, match="from 12 weeks to 44 weeks after that"):
        result.effect_at(4)


def test_waves_that_end_and_a_departure_that_lasts():
    first = Interruption(WEEKS[60], "first wave", "temporary", until=WEEKS[79])
    second = Interruption(WEEKS[100], "second wave", "temporary", until=WEEKS[115])
    last = Interruption(WEEKS[130], "departure", "level")
    places = np.arange(157)
    effect = (
        0.6 * ((places >= 60) & (places < 80))
        - 0.5 * ((places >= 100) & (places < 116))
        + 0.3 * (places >= 130)
    )
    result = interrupted(counts(effect), [last, first, second], **PLAIN)
    found = result.effects.query("term == 'level'").set_index("interruption")
    for name, truth in (("first wave", 0.6), ("second wave", -0.5), ("departure", 0.3)):
        assert found.loc[name, "low"] < np.exp(truth) < found.loc[name, "high"]
    assert result.diagnostics().weeks_after == 20 + 16 + 27
    curves = result.counterfactual()
    total = curves["fitted"].sum() - curves["expected"].sum()
    assert result.excess().events == pytest.approx(total)
    assert "first wave" in result.sentence()
    assert "departure" in result.sentence()
    parts = sum(result.excess(name).events for name in found.index)
    assert parts == pytest.approx(total, rel=1e-6)


def test_an_effect_that_ended_is_compared_exactly_with_the_time_without_it():
    rng = np.random.default_rng(2)
    few = pd.Series(rng.poisson(0.1, 157), WEEKS)
    few.iloc[100:120] = 1
    result = interrupted(few, Interruption(START, "x", "temporary", until=WEEKS[119]), family="exact")
    assert result.rates.events_after == 20
    assert result.rates.exposure_before == 137
    assert "count as before" in result.reason


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"shape": "ramp"}, "needs the length of the ramp; give weeks="),
        ({"shape": "decay", "weeks": 0}, "above 0"),
        ({"shape": "level", "weeks": 4}, "neither a ramp nor a decay"),
        ({"shape": "delayed"}, "give delay="),
        ({"delay": 1.5}, "whole weeks"),
        ({"shape": "temporary"}, "give until="),
        ({"until": "2019-01-01"}, "before its effect begins"),
        ({"shape": "pulse"}, "unknown shape"),
    ],
)
def test_shapes_that_lack_something_are_refused(arguments, words):
    with pytest.raises(InputError, match=words):
        Interruption(START, **arguments)


@pytest.mark.parametrize(
    ("interruption", "error", "words"),
    [
        (
            Interruption(START, "x", "temporary", until=WEEKS[102]),
            EstimationError,
            "too few weeks after x: 3",
        ),
        (Interruption(WEEKS[150], "x", "delayed", delay=9), InputError, "outside the series"),
        (Interruption(WEEKS[145], "x", "delayed", delay=9), EstimationError, "too few weeks after x: 3"),
    ],
)
def test_effects_too_short_to_judge_are_refused(interruption, error, words):
    with pytest.raises(error, match=words):
        interrupted(counts(0 * SINCE), interruption, **PLAIN)


def test_interruptions_take_any_date():
    for date in ("2019-12-02", pd.Timestamp("2019-12-02"), pd.Timestamp("2019-12-02").date()):
        assert Interruption(date, until=date) == Interruption("2019-12-02", until="2019-12-02")


def test_a_spline_trend_follows_a_bend_that_a_line_takes_for_a_step():
    bend = 0.8 * np.cos(2 * np.pi * np.arange(157) / 157)
    series, change = counts(bend), Interruption(START, shape="level")
    line, spline = (
        interrupted(series, change, harmonics=0, trend=trend, draws=1000) for trend in ("linear", "spline")
    )
    assert line.effects["rate_ratio"][0] < 0.9 or line.effects["rate_ratio"][0] > 1.1
    assert spline.effects["low"][0] < 1 < spline.effects["high"][0]
    assert abs(spline.effects["estimate"][0]) < 0.06
    with pytest.raises(EstimationError, match=r"slope after .* and the spline trend cannot be told apart"):
        interrupted(series, START, trend="spline", trend_df=8)


@pytest.mark.parametrize("df", [2, 4, 7])
def test_a_natural_spline_is_cubic_between_knots_and_linear_at_its_ends(df):
    steps = np.arange(1201.0)
    columns = natural_spline(steps, df)
    assert columns.shape == (1201, df)
    np.testing.assert_allclose(columns.T @ columns / 1201, np.eye(df), atol=1e-9)
    second = np.diff(columns, 2, axis=0)
    assert np.abs(second[[0, -1]]).max() < 0.01 * np.abs(second).max()
    np.testing.assert_allclose(np.linalg.lstsq(columns, steps - 600, rcond=None)[1], 0, atol=1e-6)


def test_terms_that_overlap_are_given_a_joint_effect():
    series, change = counts(0.5 * (SINCE >= 0)), Interruption(START, shape="level")
    with pytest.raises(
        EstimationError, match=r"overlap in 57 of 57 weeks; joint effect of both: 1\.6\d* \(95"
    ):
        interrupted(series, change, covariates=dummy(START, pd.Timestamp("2022-01-01")), **PLAIN)
    nearly = interrupted(series, change, covariates=dummy(START, WEEKS[150]), **PLAIN)
    (note,) = (note for note in nearly.diagnostics().notes if "overlap" in note)
    assert "overlap in 50 of 57 weeks: their effects cannot be separated; joint effect of both: 1." in note
    joint = nearly.joint("curfew", f"level at {START.date()}")
    single = nearly.effects.iloc[0]
    assert joint.low < np.exp(0.5) < joint.high
    assert joint.high / joint.low < single["high"] / single["low"]
    with pytest.raises(InputError, match="no term is called 'covid'"):
        nearly.joint("covid")


def test_bands_come_from_the_draws_of_the_effects():
    result = interrupted(counts(0.4 * (SINCE >= 0), mean=3), Interruption(START, shape="level"), **PLAIN)
    curves = result.counterfactual()
    draws = result.analysis.draws @ result.analysis.design.without().T
    np.testing.assert_allclose(np.quantile(draws, 0.025, axis=0), np.log(curves["expected_low"]))


@pytest.mark.parametrize("factor", [10**7, 10**13])
def test_counts_of_any_size_are_right_or_refused(factor):
    series = counts(0.5 * (SINCE >= 0)) * factor
    if factor > 10**12:
        with pytest.raises(EstimationError, match="beyond what the latent"):
            interrupted(series, Interruption(START, shape="level"))
        return
    large = interrupted(series, Interruption(START, shape="level"), **PLAIN).effects
    small = interrupted(
        counts(0.5 * (SINCE >= 0)) * 1000, Interruption(START, shape="level"), **PLAIN
    ).effects
    np.testing.assert_allclose(large["estimate"], small["estimate"], rtol=1e-3)
    np.testing.assert_allclose(large["std_error"], small["std_error"], rtol=0.02)


@pytest.mark.parametrize("case", [(0, 6, 104, 52), (5, 0, 52, 52), (11, 25, 800, 1011), (400, 900, 104, 52)])
def test_the_weak_prior_is_integrated_right(case):
    before, after, first, second = case
    found, odds = shrunken_ratio(*case), second / first

    def density(log_ratio):
        ratio = math.exp(log_ratio)
        prior = stats.f.pdf(ratio, 2, 2) * ratio
        return prior * stats.binom.pmf(after, before + after, odds * ratio / (1 + odds * ratio))

    centre = math.log(found.rate_ratio)
    whole, below = (
        integrate.quad(density, centre - 30, end, points=[centre], limit=400)[0]
        for end in (centre + 30, math.log(found.low))
    )
    assert below / whole == pytest.approx(0.025, rel=1e-3)
    assert (found.prior_low, found.prior_high) == pytest.approx((1 / 39, 39))
    assert 0 < found.low < found.rate_ratio < found.high < math.inf


def test_the_weak_prior_hardly_matters_with_many_events_and_tames_few():
    many, exact = shrunken_ratio(400, 300, 104, 52), compare_rates(400, 300, 104, 52)
    assert (many.low, many.high) == pytest.approx((exact.low, exact.high), rel=0.02)
    assert shrunken_ratio(0, 6, 104, 52, prior_events=4).rate_ratio < shrunken_ratio(0, 6, 104, 52).rate_ratio


def test_the_weak_prior_covers_ratios_that_it_thinks_likely():
    """Exact coverage over both counts, 6 expected events before: near the level for ratios from 1/5 to 5."""
    events = np.arange(36)
    table = {
        (x0, x1): shrunken_ratio(x0, x1, 2, 1) for x0, x1 in itertools.product(range(20), events) if x0 + x1
    }
    for ratio in (0.2, 0.5, 1.0, 2.0, 5.0):
        chance = {
            pair: stats.poisson.pmf(pair[0], 6) * stats.poisson.pmf(pair[1], 3 * ratio) for pair in table
        }
        covered = sum(chance[pair] for pair, found in table.items() if found.low < ratio < found.high)
        assert 0.93 < covered / sum(chance.values()) < 0.985


def test_a_period_without_events_gets_a_finite_ratio_and_says_what_would_have_shown():
    rng = np.random.default_rng(6)
    few = pd.Series(np.where(SINCE >= 0, rng.poisson(0.1, 157), 0), WEEKS, name="Babil")
    exact, shrunk = (interrupted(few, START, family=family) for family in ("exact", "shrunken"))
    assert math.isinf(exact.average().rate_ratio)
    average = shrunk.average()
    assert 1 < average.rate_ratio < average.high < math.inf
    assert shrunk.rates == exact.rates
    assert list(shrunk.intervals["interval"]) == ["weak prior (0.026 to 39)", "exact"]
    said = shrunk.sentence()
    assert "were thought likely beforehand" in said
    assert "80 % power, and no fall at all, had events before come at the rate of both" in said
    one = compare_rates(0, 1, 104, 52)
    assert "Too few events to tell: only a rise" in one.sentence()
    middle = interrupted(few, START, family="exact", mid_p=True)
    assert middle.effects["interval"][0] == "mid-p"
    assert middle.effects["low"][0] > exact.effects["low"][0]
