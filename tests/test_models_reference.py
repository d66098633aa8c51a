"""Estimates, standard errors and fitted counts against R, on the 2007-2008 attacks by province.

Both sides iterate to 1e-11 or better and the attacks are the same integers, so that 1e-5 relative is loose; theta is
the least well determined number where it is large.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trends.models import Interruption, compare_rates, interrupted
from trends.models.hac import newey_west, newey_west_lags

HERE = Path(__file__).parent / "reference"
TOLERANCE = 1e-5
FAMILIES = ("negative-binomial", "quasi-poisson")
SETTINGS = {
    "plain": {"harmonics": 0},
    "season": {"harmonics": 1},
    "level": {"harmonics": 0, "trend": None},
}
TERMS = {
    "(Intercept)": "intercept",
    "trend": "trend per year",
    "s1": "sin 1",
    "c1": "cos 1",
    "level": "level at 2007-10-01",
    "slope": "slope after 2007-10-01",
}
COEFFICIENTS = pd.read_csv(HERE / "glm_nb.csv")
FITTED = pd.read_csv(HERE / "glm_nb_fitted.csv")
RATES = pd.read_csv(HERE / "exact_rates.csv")
WEEKLY = pd.read_csv(HERE / "attacks-2007-2008-weekly.csv", parse_dates=["week"])


def attacks(province):
    return WEEKLY[WEEKLY["province"] == province].set_index("week")["attacks"].rename(province)


def fitted_result(province, setting, family, intervals):
    shape = "level" if setting == "level" else "level+slope"
    return interrupted(
        attacks(province),
        Interruption("2007-10-01", shape=shape),
        family=family,
        intervals=intervals,
        **SETTINGS[setting],
    )


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_equal_to_r(setting, family):
    reference = COEFFICIENTS[(COEFFICIENTS["setting"] == setting) & (COEFFICIENTS["family"] == family)]
    assert reference["province"].nunique() >= 9
    for province, expected in reference.groupby("province"):
        expected = expected.assign(term=expected["term"].map(TERMS)).set_index("term")
        for intervals, column in (("model", "std_error"), ("hac", "hac_std_error")):
            result = fitted_result(province, setting, family, intervals)
            found = result.coefficients.set_index("term").loc[expected.index]
            np.testing.assert_allclose(
                found["estimate"], expected["estimate"], rtol=TOLERANCE, err_msg=province
            )
            np.testing.assert_allclose(found["std_error"], expected[column], rtol=TOLERANCE, err_msg=province)
            dispersion = result.diagnostics().dispersion
            np.testing.assert_allclose(dispersion, expected["dispersion"].iloc[0], rtol=TOLERANCE)


@pytest.mark.parametrize(
    ("family", "column"), [("negative-binomial", "negbin"), ("quasi-poisson", "quasipoisson")]
)
def test_fitted_counts_equal_to_r(family, column):
    for province, expected in FITTED.groupby("province"):
        curves = fitted_result(province, "season", family, "model").counterfactual()
        np.testing.assert_allclose(curves["fitted"], expected[column], rtol=TOLERANCE, err_msg=province)


def test_effects_are_the_coefficients_with_their_quantiles():
    result = fitted_result("IQ-DI", "season", "quasi-poisson", "model")
    reference = COEFFICIENTS.query(
        "province == 'IQ-DI' and setting == 'season' and family == 'quasi-poisson'"
    )
    level = reference.set_index("term").loc["level"]
    row = result.effects.set_index("term").loc["level"]
    quantile = 1.9977297  # qt(.975, 64)
    assert row["rate_ratio"] == pytest.approx(np.exp(level["estimate"]), rel=1e-5)
    assert row["high"] == pytest.approx(np.exp(level["estimate"] + quantile * level["std_error"]), rel=1e-5)


@pytest.mark.parametrize("case", list(RATES.itertuples(index=False)))
def test_exact_rates_equal_to_r(case):
    found = compare_rates(case.before, case.after, case.time_before, case.time_after, level=case.level)
    assert (found.rate_ratio, found.low, found.high) == pytest.approx(
        (case.rate_ratio, case.low, case.high), rel=1e-9
    )
    assert found.p_value == pytest.approx(min(1, 2 * min(case.p_less, case.p_greater)), rel=1e-9)


def test_a_gap_keeps_weeks_on_its_two_sides_apart():
    rng = np.random.default_rng(4)
    scores = rng.normal(size=(40, 2))
    kept = np.r_[0:18, 30:40]
    zeroed = scores.copy()
    zeroed[18:30] = 0
    factor = (28 / 26) / (40 / 38)
    whole = newey_west(zeroed, np.eye(2), np.arange(40), 4) * factor
    np.testing.assert_allclose(newey_west(scores[kept], np.eye(2), kept, 4), whole)
    assert newey_west_lags(157) == 4
