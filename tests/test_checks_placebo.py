"""Placebo dates: the same numbers as one fit at a time, a p-value that is uniform, honest words."""

import numpy as np
import pandas as pd
import pytest
from checks_samples import monday, weekly
from scipy import stats

from trends.checks import placebo_dates
from trends.checks.basis import moved
from trends.checks.placebo_numbers import effective_number, randomisation_p
from trends.errors import EstimationError, InputError
from trends.models import Interruption, interrupted

SAME = 1e-6  # both fit the same counts by the same columns; only the basis of the columns differs


def gappy(seed=1, **given):
    counts = weekly(seed, sigma=0.3, rho=0.5, ratio=1.5, **given).astype(float)
    counts.iloc[[30, 31]] = np.nan
    return counts


@pytest.mark.parametrize("shape", ["level", "slope", "level+slope"])
@pytest.mark.parametrize("phased", [False, True])
def test_every_date_is_the_fit_that_interrupted_makes_there(shape, phased):
    counts = gappy()

    def fit(place):
        phase = (monday(place), monday(place + 3)) if phased else None
        return interrupted(counts, Interruption(monday(place), shape=shape), phase_in=phase, harmonics=1)

    real = fit(80)
    table = placebo_dates(real).table.set_index("date")
    assert table["real"].sum() == 1
    assert table.loc[monday(80), "rate_ratio"] == pytest.approx(real.average().rate_ratio, rel=SAME)
    for place in (25, 60, 100):
        ratio = fit(place).average(last=monday(place + 39)).rate_ratio
        assert table.loc[monday(place), "rate_ratio"] == pytest.approx(ratio, rel=1e-5)


def test_several_interruptions_move_together():
    counts = gappy()
    dates = (60, 85)
    real = interrupted(counts, [monday(place) for place in dates], harmonics=0)
    table = placebo_dates(real).table.set_index("date")
    moved_fit = interrupted(counts, [monday(place - 10) for place in dates], harmonics=0)
    assert table.loc[monday(50), "rate_ratio"] == pytest.approx(
        moved_fit.average(last=monday(109)).rate_ratio, rel=1e-5
    )


def test_p_values_are_uniform_where_nothing_happened_and_any_date_could_have_been_named():
    rng = np.random.default_rng(5)
    results = {
        f"s{seed}": interrupted(
            weekly(seed, weeks=80, mean=5.0),
            Interruption(monday(int(rng.integers(5, 75))), shape="level"),
            harmonics=0,
            draws=1000,
        )
        for seed in range(40)
    }
    p = placebo_dates(results, n=19, seed=2).overview["p_value"].to_numpy()
    assert len(p) == 40
    assert ((p * 20).round(9) % 1 == 0).all()
    jittered = p - rng.random(len(p)) / 20
    assert stats.kstest(jittered, "uniform").pvalue > 0.01
    assert (p <= 0.05).mean() < 0.16


def test_a_clear_change_lies_at_the_edge_of_the_distribution():
    result = interrupted(weekly(3, ratio=3.0), Interruption(monday(80), shape="level"), harmonics=0)
    row = placebo_dates(result).overview.iloc[0]
    assert row["at_least_as_large"] <= 12  # neighbours of the real date share its change
    assert row["p_value"] == (1 + row["at_least_as_large"]) / (1 + row["placebos"])
    assert row["effective_number"] < row["placebos"] / 3


def test_dates_are_chosen_by_first_last_number_and_seed():
    result = interrupted(gappy(), monday(80), harmonics=0)
    seen = []
    chosen = placebo_dates(
        result,
        first=monday(20),
        last=monday(60),
        n=10,
        seed=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    placebos = chosen.table[~chosen.table["real"]]
    assert len(placebos) == 10
    assert placebos["date"].between(monday(20), monday(60)).all()
    assert seen == [(11, 11)]
    again = placebo_dates(result, first=monday(20), last=monday(60), n=10, seed=1)
    pd.testing.assert_frame_equal(chosen.table, again.table)
    other = placebo_dates(result, first=monday(20), last=monday(60), n=10, seed=2)
    assert list(other.table["date"]) != list(chosen.table["date"])
    everywhere = placebo_dates(result).table["date"]
    assert everywhere.min() == monday(8)
    assert everywhere.max() == monday(112)


def test_sparse_series_among_others_are_named_and_alone_refused():
    fine = interrupted(gappy(), monday(80), harmonics=0)
    sparse = interrupted(weekly(1, mean=0.1), monday(80), harmonics=0)
    check = placebo_dates({"Diyala": fine, "Muthanna": sparse}, n=5)
    assert list(check.overview["series"]) == ["Diyala"]
    assert any("Muthanna" in note for note in check.notes)
    with pytest.raises(EstimationError, match=r"compared exactly .*rates\.detectable"):
        placebo_dates(sparse)
    with pytest.raises(EstimationError, match="no series"):
        placebo_dates({"a": sparse, "b": sparse})


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"n": 0}, InputError, "n is 0"),
        ({"first": "2031-01-01"}, EstimationError, "no placebo date"),
        ({"first": "soon"}, InputError, "first 'soon'"),
    ],
)
def test_what_cannot_be_done_is_said(given, error, message):
    result = interrupted(gappy(), monday(80), harmonics=0)
    with pytest.raises(error, match=message):
        placebo_dates(result, **given)


def test_series_of_different_terms_do_not_go_into_one_batch():
    one, other = (interrupted(gappy(), monday(80), harmonics=k) for k in (0, 1))
    with pytest.raises(InputError, match="same weeks and terms"):
        placebo_dates({"a": one, "b": other})


@pytest.mark.parametrize(("rho", "low", "high"), [(0.0, 250, 400), (0.9, 8, 60)])
def test_effective_number_follows_the_correlation_of_neighbours(rho, low, high):
    z = np.log(weekly(4, weeks=400, mean=1e6, sigma=1.0, rho=rho).to_numpy())
    assert low <= effective_number(z) <= high


@pytest.mark.parametrize(("real", "p"), [(0.0, 1.0), (2.5, 0.5), (-2.5, 0.5), (9.0, 0.25)])
def test_randomisation_p_counts_the_real_date(real, p):
    assert randomisation_p(real, np.array([-3.0, 1.0, 2.0])) == p


@pytest.mark.parametrize("steps", [-3, 0, 4])
def test_a_moved_step_and_slope_are_those_of_the_moved_date(steps):
    weeks = np.arange(20)
    pattern = np.column_stack([weeks >= 8, np.clip(weeks - 8, 0, None)]).astype(float)
    expected = np.column_stack([weeks >= 8 + steps, np.clip(weeks - 8 - steps, 0, None)])
    np.testing.assert_array_equal(moved(pattern, steps), expected)
