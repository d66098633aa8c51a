"""Power: monotone in the ratio, near its analytic approximation, the same for the same seed."""

import math

import numpy as np
import pandas as pd
import pytest
from checks_samples import monday, weekly

from trends.checks import power
from trends.checks.power import detectable
from trends.checks.simulate import randomness
from trends.errors import EstimationError, InputError
from trends.models import Interruption, interrupted

RATIOS = (0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0)


@pytest.fixture(scope="module")
def result():
    counts = weekly(1, sigma=0.3, rho=0.4, mean=6.0)
    return interrupted(counts, Interruption(monday(80), shape="level"), harmonics=0)


@pytest.fixture(scope="module")
def found(result):
    return power(result, RATIOS, n=60, seed=7)


def test_power_rises_with_the_size_of_the_change(found):
    detected = found.table["detected"].to_numpy()
    assert (np.diff(detected[3:]) >= 0).all()
    assert (np.diff(detected[:4]) <= 0).all()
    assert detected[3] <= 0.15
    assert detected[[0, -1]].min() > 0.9


def test_detectable_changes_are_near_their_analytic_approximation(found):
    assert 1 < found.rise.ratio < 3
    assert 0.3 < found.fall.ratio < 1
    assert abs(math.log(found.rise.ratio / found.rise.analytic)) < 0.35 * math.log(found.rise.analytic)
    assert found.rise.low < found.rise.ratio < found.rise.high
    assert found.fall.low < found.fall.ratio < found.fall.high


def test_the_same_seed_gives_the_same_numbers(result, found):
    pd.testing.assert_frame_equal(found.table, power(result, RATIOS[::-1], n=60, seed=7).table)


def test_series_that_fall_to_few_events_are_compared_exactly():
    counts = weekly(3, mean=1.5)
    one = interrupted(counts, Interruption(monday(80), shape="level"), harmonics=0)
    table = power(one, (0.02, 1.0), n=20).table.set_index("ratio")
    assert table.loc[0.02, "fitted"] < 0.2
    assert table.loc[0.02, "detected"] > 0.9


@pytest.mark.parametrize(
    ("power_at", "expected"),
    [([0.05, 0.2, 0.8, 0.99], 2.0), ([0.05, 0.1, 0.2, 0.5], math.nan), ([0.9, 0.9, 0.9, 0.9], math.nan)],
)
def test_the_detectable_change_is_where_power_reaches_four_fifths(power_at, expected):
    rows = pd.DataFrame({"ratio": [1.0, 1.5, 2.0, 3.0], "detected": power_at, "simulations": 100})
    assert detectable(rows, 2.0).ratio == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("given", [{"ratios": (0.0, 1.0)}, {"ratios": ()}, {"n": 3}])
def test_settings_that_cannot_be_used(result, given):
    with pytest.raises(InputError):
        power(result, **given)


def test_an_exact_comparison_knows_its_detectable_change_without_simulation():
    sparse = interrupted(weekly(1, mean=0.1), monday(80), harmonics=0)
    with pytest.raises(EstimationError, match="detectable"):
        power(sparse)


def test_simulated_counts_have_the_mean_and_the_correlation_asked_for():
    noise = randomness(1, 300, 200, 0.6)
    lag = (noise.latent[:, 1:] * noise.latent[:, :-1]).mean()
    assert lag == pytest.approx(0.6, abs=0.03)
    assert noise.latent.var() == pytest.approx(1, abs=0.05)
    mean = np.full(200, 5.0)
    assert noise.counts(mean, 0.5).mean() == pytest.approx(5, rel=0.03)
    assert (noise.counts(2 * mean, 0.5) >= noise.counts(mean, 0.5)).all()
