"""Alerts on arrays against R's ``surveillance::farringtonFlexible``.

Both stop iterating at the same step, so that they differ by rounding alone; 1e-6 of the value leaves room for other
processors. The values are made by ``tests/reference/farrington.R``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trends.surveillance.baseline import same_week_of_earlier_years
from trends.surveillance.farrington import farrington_flexible
from trends.surveillance.settings import Farrington

REFERENCE = Path(__file__).parent / "reference"
DATA = pd.read_csv(REFERENCE / "farrington_data.csv")
R = pd.read_csv(REFERENCE / "farrington.csv")
SETTINGS = {
    "help1": {"periods": 1, "reweight_above": 1.0, "recent_weeks": 3, "trend_p": 0.05, "alpha": 0.1},
    "help2": {"alpha": 0.1},
    "delta": {},
    "half": {"power": "1/2"},
    "untransformed": {"power": "none"},
    "plugin": {"threshold": "nbPlugin"},
    "muan": {"threshold": "muan"},
    "strict": {"threshold": "nbPlugin", "alpha": 0.005, "least_events": 0, "least_events_weeks": 1},
    "notrend": {"trend": False},
    "nosignificance": {"trend_p": 0.05},
    "noreweight": {"reweight": False},
    "three": {"periods": 7, "years": 3, "half_window": 2, "recent_weeks": 10},
    "two": {"periods": 5, "years": 2, "half_window": 4, "recent_weeks": 0},
    "windows": {"periods": 1, "recent_weeks": 0, "threshold": "muan"},
    "offset": {},
    "dates": {},
}
BEYOND = 1e12
"""Where R puts a mean so high (a season without any event but a trend), no threshold is given here."""


def settings(case: str) -> Farrington:
    return Farrington(**{"years": 4, "alpha": 0.01, "threshold": "delta"} | SETTINGS[case])


def run(case: str, name: str):
    counts = DATA[name].dropna().to_numpy()
    how = settings(case)
    at = np.arange(len(counts) - 53, len(counts), 4)
    references = at[:, None] - 52 * np.arange(1, how.years + 1)
    if case == "dates":
        weeks = pd.date_range("2015-01-05", periods=len(counts), freq="W-MON")
        references = same_week_of_earlier_years(weeks, at, how.years)
    population = (1 + np.arange(1, len(counts) + 1) / 100)[:, None] if case == "offset" else None
    return farrington_flexible(counts[:, None], at, references, how, population)


@pytest.mark.parametrize("name", DATA.columns)
@pytest.mark.parametrize("case", SETTINGS)
def test_every_number_is_that_of_r(case, name):
    expected = R[(R["case"] == case) & (R["series"] == name)]
    found = run(case, name)
    assert len(expected) == 14
    known = expected["expected"].notna().to_numpy() & ~(expected["threshold"] > BEYOND).to_numpy()
    expected = expected[known]
    found = replace(found, **{name: getattr(found, name)[known] for name in found.__dataclass_fields__})
    for field in ("expected", "threshold", "probability", "dispersion", "slope"):
        np.testing.assert_allclose(
            getattr(found, field)[:, 0], expected[field], rtol=1e-6, atol=1e-9, err_msg=field
        )
    if settings(case).threshold == "delta":
        np.testing.assert_allclose(found.score[:, 0], expected["score"], rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(found.alarm[:, 0], expected["alarm"] == 1)
    np.testing.assert_array_equal(
        found.enough[:, 0] & np.isfinite(found.threshold[:, 0]), expected["shown"] == 1
    )
