"""Published interrupted series: the smoking ban in Sicily, the seat belt law around a level that wanders.

Sicily is the worked example of Lopez Bernal, Cummins & Gasparrini (2017): R fits the same regressions to 1e-14, so that
1e-6 is loose; what their code prints is checked to its digits. Harvey & Durbin (1986) fitted a structural time series
(local level, season, distance driven, petrol price) by Gaussian maximum likelihood to logs of the counts, and give whole
per cents. A Poisson local level is another model: its answers come within four points of theirs, and its intervals hold
them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from trends.models import Interruption, interrupted

HERE = Path(__file__).parent / "reference"
SICILY = pd.read_csv(HERE / "sicily.csv", parse_dates=["month"]).set_index("month")
MODELS = pd.read_csv(HERE / "sicily_models.csv").set_index(["model", "term"])
BELTS = pd.read_csv(HERE / "seatbelts.csv", parse_dates=["month"]).set_index("month")
CHOICES = {"step": ("level", 0), "season": ("level", 2), "slope": ("level+slope", 2)}
NAMES = {
    "(Intercept)": "intercept",
    "years": "trend per year",
    "ban": "level at ban",
    "slope": "slope after ban",
}
NAMES |= {
    f"{wave}({times}angle)": f"{wave} {n}" for wave in ("sin", "cos") for times, n in (("", 1), ("2 * ", 2))
}


def sicily(model, intervals="model"):
    shape, harmonics = CHOICES[model]
    return interrupted(
        SICILY["aces"],
        Interruption("2005-01-01", "ban", shape),
        exposure=SICILY["stdpop"],
        harmonics=harmonics,
        family="quasi-poisson",
        intervals=intervals,
    )


def step_of(found):
    """Ratio of the step with its normal interval, as Epi::ci.exp prints it."""
    row = found.coefficients.set_index("term").loc["level at ban"]
    return np.exp(row["estimate"] + np.array([0.0, *norm.ppf([0.025, 0.975])]) * row["std_error"])


@pytest.mark.parametrize("model", CHOICES)
def test_sicily_is_equal_to_r(model):
    expected = MODELS.loc[model].rename(index=NAMES)
    found = sicily(model)
    coefficients = found.coefficients.set_index("term").loc[expected.index]
    assert coefficients["estimate"].to_numpy() == pytest.approx(expected["estimate"].to_numpy(), rel=1e-6)
    assert coefficients["std_error"].to_numpy() == pytest.approx(expected["std_error"].to_numpy(), rel=1e-6)
    assert found.diagnostics().dispersion == pytest.approx(expected["dispersion"].iloc[0], rel=1e-6)
    wanted = expected.loc["level at ban", ["ratio", "low", "high"]].to_numpy(float)
    assert step_of(found) == pytest.approx(wanted, rel=1e-6)


def test_sicily_as_printed():
    assert step_of(sicily("step")).round(3).tolist() == [0.894, 0.839, 0.953]
    assert step_of(sicily("season")).round(3).tolist() == [0.885, 0.839, 0.933]
    trend = sicily("season").coefficients.set_index("term").loc["trend per year", "estimate"]
    assert round(float(np.exp(trend)), 3) == 1.067  # a rise of 6.7 % a year before the ban


def test_sicily_with_serial_correlation_is_less_certain_and_the_same_in_size():
    plain, honest = sicily("season").effects.iloc[0], sicily("season", "latent-ar1").effects.iloc[0]
    assert honest["rate_ratio"] == pytest.approx(plain["rate_ratio"], abs=0.02)
    assert honest["high"] - honest["low"] > plain["high"] - plain["low"]


@pytest.mark.parametrize(
    ("who", "published", "apart"), [("drivers", 0.77, 0.03), ("front", 0.70, 0.02), ("rear", 1.03, 0.04)]
)
def test_the_seat_belt_law_around_a_level_that_wanders(who, published, apart):
    found = interrupted(
        BELTS[who],
        Interruption("1983-02-01", "law", "level"),
        trend="local-level",
        harmonics=5,
        covariates=np.log(BELTS[["kms", "PetrolPrice"]]),
    ).effects.iloc[0]
    assert found["rate_ratio"] == pytest.approx(published, abs=apart)
    assert found["low"] < published < found["high"]
    assert (found["high"] < 1) == (who != "rear")
