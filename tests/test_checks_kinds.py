"""Every check of every kind of result: it is made, or it is refused by the name of what it was given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trends import checks
from trends.errors import EstimationError, InputError
from trends.models import Control, interrupted
from trends.models.pooling import pool_provinces
from trends.models.staggered import staggered

WEEKS = pd.date_range("2018-01-01", periods=130, freq="W-MON")
DATE = WEEKS[85]
RNG = np.random.default_rng(3)
HERE, THERE, FEW = (
    pd.Series(RNG.poisson(mean, 130), WEEKS, name=name)
    for mean, name in ((8, "here"), (9, "there"), (0.1, "few"))
)
PROVINCES = pd.DataFrame({code: RNG.poisson(5, 130) for code in "ABCDE"}, WEEKS)
KINDS = {
    "exact": lambda: interrupted(FEW, DATE),
    "weak prior": lambda: interrupted(FEW, DATE, family="shrunken"),
    "exact with a control": lambda: interrupted(FEW, DATE, control=THERE),
    "difference": lambda: interrupted(HERE, DATE, control=THERE, harmonics=1),
    "offset": lambda: interrupted(HERE, DATE, control=Control(THERE, how="offset")),
    "second group": lambda: interrupted(HERE, DATE, control=Control(THERE, how="second-group"), harmonics=1),
    "pooled": lambda: pool_provinces(PROVINCES, DATE),
    "staggered": lambda: staggered(PROVINCES, {"A": WEEKS[80], "B": WEEKS[95]}),
}
SAYS = {
    "exact": (EstimationError, r"few was compared exactly \(14 events are too few.*rates.detectable"),
    "weak prior": (EstimationError, r"few was compared exactly \(asked for\).*rates.detectable"),
    "exact with a control": (EstimationError, r"few was compared exactly \(few: 14 events.*longer period$"),
    "difference": (EstimationError, "a lone series, but here was compared with there; check the two"),
    "offset": (EstimationError, "here was compared with there; check the two"),
    "second group": (EstimationError, "here was compared with there; check the two"),
    "pooled": (InputError, "not of a ProvinceFindings; give the result of trends.interrupted"),
    "staggered": (InputError, "not of a StaggeredResult; give the result of trends.interrupted"),
}
CHECKS = {
    "placebo dates": checks.placebo_dates,
    "placebo outcomes": lambda result: checks.placebo_outcomes(result, {"there": THERE}),
    "leave one out": lambda result: checks.leave_one_out(
        result, pd.DataFrame({"x": HERE // 2, "y": HERE - HERE // 2})
    ),
    "leave weeks out": checks.leave_weeks_out,
    "change point": lambda result: checks.change_point(result, simulations=19),
    "power": lambda result: checks.power(result, n=20),
    "cross checks": checks.cross_checks,
    "residuals": checks.residuals,
}


@pytest.fixture(scope="module")
def results():
    return {kind: make() for kind, make in KINDS.items()}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_result_that_a_check_cannot_take_is_refused_by_name(results, kind, check):
    error, says = SAYS[kind]
    with pytest.raises(error, match=says) as caught:
        CHECKS[check](results[kind])
    assert "compared exactly" not in caught.value.what or "exact" in kind or kind == "weak prior"


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_of_a_regression_prints_and_draws_alike(check):
    found = CHECKS[check](interrupted(HERE, DATE, harmonics=1))
    assert found.sentence() in found.summary()
    assert found._repr_html_().startswith("<div><p><strong>")
    assert "\\begin{tabular}" in found._repr_latex_()
    assert "significant" not in found.summary()
    assert found.plot() is not None


def test_all_checks_of_a_controlled_result_say_why_they_are_not_made(results):
    made = checks.run_checks(results["difference"])
    assert {type(one).__name__ for one in made.values()} == {"NotMade"}
    assert all("was compared with there" in one.sentence() for one in made.values())
