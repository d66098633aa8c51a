"""Exact rate comparisons: what R does not print, power, and the rule for sparse series."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from trends.errors import EstimationError, InputError
from trends.models import compare_rates
from trends.models.detectable import detectable_ratio, power_of_test
from trends.models.sparse import EVENTS_EACH_SIDE, exact_excess, fit_exact, pearson_dispersion, too_sparse


def binomial_mid_p(before, after, share):
    total = before + after
    half = stats.binom.pmf(after, total, share) / 2
    upper = stats.binom.sf(after, total, share) + half
    lower = stats.binom.cdf(after - 1, total, share) + half
    return lower, upper


@pytest.mark.parametrize("counts", [(11, 25), (3, 9), (0, 6), (6, 0), (120, 90)])
def test_mid_p_limits_are_where_its_tails_reach_the_level(counts):
    found = compare_rates(*counts, 104, 53, mid_p=True)
    exact = compare_rates(*counts, 104, 53)
    for ratio, tail in ((found.low, 1), (found.high, 0)):
        if 0 < ratio < math.inf:
            share = ratio * 53 / (104 + ratio * 53)
            assert binomial_mid_p(*counts, share)[tail] == pytest.approx(0.025, rel=1e-6)
    assert found.p_value == pytest.approx(min(1, 2 * min(binomial_mid_p(*counts, 53 / 157))))
    assert exact.low <= found.low
    assert found.high <= exact.high


@pytest.mark.parametrize("mid_p", [False, True])
@pytest.mark.parametrize("dispersion", [1.0, 1.6])
def test_p_value_and_interval_agree(mid_p, dispersion):
    for before in range(0, 40, 3):
        for after in range(1, 40, 3):
            found = compare_rates(before, after, 104, 53, mid_p=mid_p, dispersion=dispersion)
            assert (found.p_value < 0.05) == (found.low > 1 or found.high < 1)


@pytest.mark.parametrize(
    ("counts", "ratio", "finite"),
    [((0, 5), math.inf, "low"), ((5, 0), 0.0, "high")],
)
def test_nothing_in_one_period_has_one_finite_limit(counts, ratio, finite):
    found = compare_rates(*counts, 10, 10)
    assert found.rate_ratio == ratio
    limits = {"low": found.low, "high": found.high}
    assert 0 < limits.pop(finite) < math.inf
    assert limits.popitem()[1] == ratio
    assert "inf " not in found.sentence()


def test_huge_counts():
    found = compare_rates(10**9, 10**9 + 50_000, 104, 53)
    error = math.sqrt(1 / 10**9 + 1 / (10**9 + 50_000))
    assert found.low == pytest.approx(found.rate_ratio * math.exp(-1.959964 * error), rel=1e-8)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((0, 0, 1, 1), EstimationError, "nothing to compare"),
        ((1.5, 2, 1, 1), InputError, "whole number"),
        ((-1, 2, 1, 1), InputError, "events_before"),
        ((1, float("nan"), 1, 1), InputError, "events_after"),
        ((1, 2, 0, 1), InputError, "exposure_before"),
    ],
)
def test_bad_input(arguments, error, words):
    with pytest.raises(error, match=words):
        compare_rates(*arguments)
    with pytest.raises(InputError, match="dispersion"):
        compare_rates(1, 2, 1, 1, dispersion=0.5)


def test_power_is_that_of_simulated_comparisons():
    rng = np.random.default_rng(7)
    before, after = rng.poisson(12, 2000), rng.poisson(12 * 0.5 * 3.0, 2000)
    shown = [compare_rates(b, a, 104, 52).p_value < 0.05 for b, a in zip(before, after, strict=True) if b + a]
    assert power_of_test(12, 0.5, 3.0) == pytest.approx(np.mean(shown), abs=0.03)


@pytest.mark.parametrize("mid_p", [False, True])
@pytest.mark.parametrize("before", [4, 11, 60, 4000])
def test_detectable_ratios_have_the_power_they_claim(before, mid_p):
    found = detectable_ratio(before, 0.5, power=0.8, mid_p=mid_p)
    assert power_of_test(before, 0.5, found.increase, mid_p=mid_p) == pytest.approx(0.8, abs=1e-3)
    if found.decrease is not None:
        assert power_of_test(before, 0.5, found.decrease, mid_p=mid_p) == pytest.approx(0.8, abs=1e-3)
    assert (found.decrease is None) == (before < 11 or (before == 11 and not mid_p))


def test_a_comparison_that_cannot_tell_says_what_it_would_have_shown():
    few = compare_rates(11, 8, 104, 52)
    assert f"a rise to {few.detectable().increase:.2f} times or more" in few.sentence()
    assert "Too few" not in compare_rates(10, 80, 104, 52).sentence()


@pytest.mark.parametrize(
    ("sides", "columns", "words"),
    [
        ((30, 30), 8, ""),
        ((20, 10), 8, "30 events are too few"),
        ((60, EVENTS_EACH_SIDE - 1), 8, "after"),
        ((3, 60), 4, "before"),
    ],
)
def test_rule_for_sparse_series(sides, columns, words):
    counts, segment = np.repeat([1.0, 1.0], sides), np.repeat([0, 1], sides)
    said = too_sparse(counts, segment, columns)
    assert words in said
    assert bool(said) == bool(words)


def test_dispersion_sees_bursts_and_their_persistence():
    after = np.arange(160) >= 100
    exposure = np.ones(160)
    bursts = np.tile(np.repeat([3.0, 0.0], [4, 16]), 8)
    weekly, blocks = (pearson_dispersion(bursts, exposure, after, size) for size in (1, 4))
    assert weekly == pytest.approx(2.4, rel=0.1)
    assert blocks > 3 * weekly
    fit = fit_exact(bursts, exposure, after, level=0.95)
    assert fit.rates.dispersion == blocks
    assert fit.rates.high / fit.rates.low > 2 * fit.poisson.high / fit.poisson.low
    even = fit_exact(np.tile([1.0, 0.0], 80), exposure, after, level=0.95)
    assert even.rates is even.poisson


def test_excess_of_two_rates():
    rates = compare_rates(20, 30, 100, 50)
    events, low, high = exact_excess(rates)
    assert events == pytest.approx(20)
    assert 0 < low < events < high


@pytest.mark.parametrize(("name", "bound"), [("poisson", 0.05), ("bursts", 0.085)])
def test_false_alarms_of_the_sparse_rule(name, bound):
    """With no change, 400 sparse series: no more alarms than the level, or little more when counts come in bursts."""
    rng = np.random.default_rng(11)
    after = np.arange(157) >= 115
    weights = (
        np.ones((400, 157))
        if name == "poisson"
        else np.repeat(rng.gamma(1.5, 1 / 1.5, (400, 40)), 4, axis=1)[:, :157]
    )
    counts = rng.poisson(0.2 * weights).astype(float)
    alarms = [
        fit_exact(row, np.ones(157), after, level=0.95).rates.p_value < 0.05 for row in counts if row.any()
    ]
    assert np.mean(alarms) <= bound
