"""Change points: R's strucchange, brute force, a date that is there, and series where there is none.

F statistics and places agree with R to rounding. P-values: R has Hansen's (1997) approximation to a simulation on 1000
steps, we the limit process with a correction for those steps; they agree to 1e-3 up to p = .2 for one and two
coefficients, to 4e-3 up to p = .8, and Hansen's is off by up to .012 beyond, where it was not meant to be used.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from checks_samples import monday, weekly

from trends.checks import change_point, sup_f, sup_f_p_value
from trends.checks.change_numbers import linear_profile
from trends.errors import EstimationError, InputError
from trends.models import Interruption, interrupted
from trends.models.latent_ar1 import fit_latent_ar1

REFERENCE = Path(__file__).parent / "reference"
CASES = pd.read_csv(REFERENCE / "strucchange.csv")
DATA = pd.read_csv(REFERENCE / "strucchange_data.csv")


@pytest.mark.parametrize("case", CASES.to_dict("records"), ids=lambda case: case["case"])
def test_sup_f_is_that_of_strucchange(case):
    data = DATA[DATA["case"] == case["case"]].dropna(axis=1)
    design = np.column_stack([np.ones(len(data)), *(data[name] for name in ("a", "b") if name in data)])
    found = sup_f(data["y"].to_numpy(), design, case["trim"])
    assert found.statistic == pytest.approx(case["statistic"], rel=1e-9)
    assert found.statistics[0] == pytest.approx(case["first"], rel=1e-8)
    assert found.place == case["place"]
    assert found.p_value == pytest.approx(case["p_value"], abs=1.5e-3)


def test_p_values_are_those_of_strucchange():
    table = pd.read_csv(REFERENCE / "strucchange_pvalues.csv")
    own = np.array([sup_f_p_value(x, int(k), trim) for x, k, trim, _ in table.to_numpy()])
    apart = np.abs(own - table["p_value"])
    assert apart[(table["p_value"] <= 0.2) & (table["columns"] <= 2)].max() < 1e-3
    assert apart[table["p_value"] <= 0.8].max() < 4e-3
    assert apart.max() < 0.013


@pytest.mark.parametrize(("statistic", "columns"), [(8.85, 1), (11.79, 2)])
def test_without_steps_the_five_per_cent_values_are_those_of_andrews_1993(statistic, columns):
    assert sup_f_p_value(statistic, columns, 0.15, steps=10**9) == pytest.approx(0.05, abs=0.002)


def test_with_its_own_steps_the_p_value_is_that_of_the_finite_series():
    rng = np.random.default_rng(0)
    weeks, k = 157, np.arange(23, 135)
    sums = rng.standard_normal((20_000, weeks)).cumsum(1)
    bridge = sums[:, k - 1] - k / weeks * sums[:, -1:]
    largest = (bridge**2 / (k * (weeks - k) / weeks)).max(1)
    for statistic in (4.0, 8.68, 12.0):
        assert sup_f_p_value(statistic, 1, 23 / weeks, weeks) == pytest.approx(
            (largest >= statistic).mean(), abs=0.012
        )


def test_p_value_falls_from_one_to_nothing():
    p = [sup_f_p_value(x, 2, 0.15) for x in (-1.0, 0.0, 1e-3, 1.0, 5.0, 20.0, 33.9, 34.1, 60.0, 500.0)]
    assert p[0] == p[1] == 1
    assert (np.diff(p) <= 0).all()
    assert 0 <= p[-1] < 1e-50


@pytest.mark.parametrize("trim", [0.0, 0.5, 0.01])
def test_sup_f_says_when_a_trim_leaves_too_little(trim):
    with pytest.raises(InputError, match="trim"):
        sup_f(np.arange(50.0), np.ones((50, 1)), trim)


def test_the_statistic_is_generalised_least_squares_by_brute_force():
    counts = weekly(2, weeks=60, sigma=0.5, rho=0.6).to_numpy(float)[None, :]
    counts[0, [10, 11]] = np.nan
    weeks = np.arange(60)
    base = np.column_stack([np.ones(60), weeks / 50])
    changes = np.stack(
        [np.column_stack([weeks >= d, np.clip(weeks - d, 0, None)]) for d in (20, 30, 41)]
    ).astype(float)
    fit = fit_latent_ar1(counts, base)
    found = linear_profile(counts, base[None], base, changes, np.zeros(60), fit, fit.rho)[0]
    seen = np.isfinite(counts[0])
    mean = np.exp(base @ fit.coef[0])[seen]
    apart = np.abs(np.subtract.outer(weeks, weeks))[np.ix_(seen, seen)]
    inverse = np.linalg.inv(np.diag(1 / mean) + np.expm1(fit.sigma[0] ** 2) * fit.rho[0] ** apart)
    residual = (base @ fit.coef[0])[seen] + counts[0, seen] / mean - 1

    def explained(columns):
        inner = columns.T @ inverse @ residual
        return inner @ np.linalg.solve(columns.T @ inverse @ columns, inner)

    expected = [
        explained(np.column_stack([base, change])[seen]) - explained(base[seen]) for change in changes
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def step(counts, at=80):
    return interrupted(counts, Interruption(monday(at), shape="level"), harmonics=0, trend=None)


def test_a_clear_change_is_found_by_itself():
    counts = weekly(6, sigma=0.2, rho=0.5, ratio=3.0, mean=6.0, at=70).astype(float)
    counts.iloc[40] = np.nan
    found = change_point(step(counts, 70), simulations=99)
    assert abs((found.date - monday(70)).days) <= 14
    assert found.p_value <= 0.02
    kept = found.table[found.table["in_set"]]
    assert monday(70) in set(kept["date"])
    assert len(kept) < 15
    assert found.log_linear.p_value < 0.001
    assert "belongs to them" in found.sentence()
    pd.testing.assert_frame_equal(found.table, change_point(step(counts, 70), simulations=99).table)


def test_without_a_change_few_p_values_are_small_and_the_set_stays_wide():
    found = [
        change_point(step(weekly(s, weeks=70, mean=4.0, sigma=0.4, rho=0.5), 50), simulations=19)
        for s in range(10)
    ]
    p = np.array([one.p_value for one in found])
    assert (p <= 0.05).sum() <= 3
    assert p.mean() > 0.3
    assert np.mean([one.table["in_set"].mean() for one in found]) > 0.5


@pytest.mark.parametrize(("given", "error"), [({"trim": 0.6}, InputError), ({"simulations": 3}, InputError)])
def test_settings_that_cannot_be_used(given, error):
    with pytest.raises(error, match="trim"):
        change_point(step(weekly(1)), **given)


def test_an_exact_comparison_has_no_change_point():
    with pytest.raises(EstimationError, match="compared exactly"):
        change_point(step(weekly(1, mean=0.1)))
