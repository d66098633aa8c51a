"""A classic interrupted series, digit for digit as R's glm prints it: monthly counts, exposure, trend, step, harmonics.

The model of Lopez Bernal, Cummins & Gasparrini (2017), on drivers killed or seriously injured per distance driven. Both
sides iterate to 1e-12 or better; 1e-6 is loose.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trends.models import Interruption, interrupted

HERE = Path(__file__).parent / "reference"
REFERENCE = pd.read_csv(HERE / "classic_monthly.csv").set_index(["model", "term"])
BELTS = pd.read_csv(HERE / "seatbelts.csv", parse_dates=["month"]).set_index("month")
CHOICES = {
    "step": ("level", {"harmonics": 0}),
    "season": ("level", {"harmonics": 2}),
    "slope": ("level+slope", {"harmonics": 2}),
}
NAMES = {
    "(Intercept)": "intercept",
    "years": "trend per year",
    "sin(angle)": "sin 1",
    "cos(angle)": "cos 1",
    "sin(2 * angle)": "sin 2",
    "cos(2 * angle)": "cos 2",
    "law": "level at law",
    "slope": "slope after law",
}


def fitted(model, intervals):
    shape, choices = CHOICES[model]
    return interrupted(
        BELTS["drivers"],
        Interruption("1983-02-01", "law", shape),
        exposure=BELTS["kms"],
        family="quasi-poisson",
        intervals=intervals,
        **choices,
    )


@pytest.mark.parametrize("model", CHOICES)
@pytest.mark.parametrize(("intervals", "column"), [("model", "std_error"), ("hac", "hac")])
def test_equal_to_r(model, intervals, column):
    expected = REFERENCE.loc[model].rename(index=NAMES)
    found = fitted(model, intervals)
    coefficients = found.coefficients.set_index("term").loc[expected.index]
    assert coefficients["estimate"].to_numpy() == pytest.approx(expected["estimate"].to_numpy(), rel=1e-6)
    assert coefficients["std_error"].to_numpy() == pytest.approx(expected[column].to_numpy(), rel=1e-6)
    assert found.diagnostics().dispersion == pytest.approx(expected["dispersion"].iloc[0], rel=1e-6)


def test_the_step_as_a_rate_ratio_with_the_interval_of_its_t_distribution():
    from scipy.stats import t

    row = REFERENCE.loc[("season", "law")]
    reach = t.ppf(0.975, row["df"]) * row["std_error"]
    effect = fitted("season", "model").effects.set_index("term").loc["level"]
    assert effect["rate_ratio"] == pytest.approx(np.exp(row["estimate"]))
    assert (effect["low"], effect["high"]) == pytest.approx(
        (np.exp(row["estimate"] - reach), np.exp(row["estimate"] + reach))
    )


def test_a_horizon_in_months_and_the_step_of_a_monthly_series():
    found = fitted("slope", "model")
    assert found.step == "month"
    slope = REFERENCE.loc["slope", "estimate"]
    assert found.diagnostics().weeks_after == 23
    year = found.effect_at(365.25 / 7)["estimate"].iloc[0]
    assert year == pytest.approx(slope["law"] + 12 * slope["slope"], rel=1e-6)
