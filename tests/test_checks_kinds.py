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
    "difference": (EstimationError, "not made here, where here was compared with there: .{40}"),
    "offset": (EstimationError, "not made here, where here was compared with there: .{40}"),
    "second group": (EstimationError, "here was compared with there: .{40}"),
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


WITH_CONTROL = ("placebo dates", "leave one out", "leave weeks out")
"""Checks that are made of a ratio to a control too."""
REFUSED = [
    (kind, check)
    for kind in KINDS
    for check in CHECKS
    if kind not in ("difference", "offset") or check not in WITH_CONTROL
]


@pytest.fixture(scope="module")
def results():
    return {kind: make() for kind, make in KINDS.items()}


@pytest.mark.parametrize(("kind", "check"), REFUSED)
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


def test_all_checks_of_a_controlled_result_are_made_or_say_why_not():
    short = interrupted(HERE[50:], DATE, control=Control(THERE[50:], how="offset"), draws=1000)
    made = checks.run_checks(short)
    kinds = {name: type(one).__name__ for name, one in made.items()}
    assert kinds.pop("placebo_dates") == "PlaceboDates"
    assert kinds.pop("leave_weeks_out") == "LeftOut"
    assert set(kinds.values()) == {"NotMade"}
    refused = [one.sentence() for name, one in made.items() if name in kinds]
    assert all("was compared with there: " in sentence for sentence in refused)
    assert len(set(refused)) == len(refused)  # each has a reason of its own
    assert (
        "compared with there: every rate ratio is that of the ratio to it" in made["placebo_dates"].summary()
    )


@pytest.mark.parametrize("kind", ["difference", "offset"])
def test_placebo_dates_with_a_control_are_the_comparisons_made_at_those_dates(results, kind):
    found = checks.placebo_dates(results[kind], first=WEEKS[90], last=WEEKS[91])
    rows = found.table.set_index("date")
    own = results[kind].average()
    assert tuple(rows.loc[DATE, ["rate_ratio", "low", "high"]]) == pytest.approx(
        (own.rate_ratio, own.low, own.high)
    )
    control = Control(THERE, how=kind)
    for date in (WEEKS[90], WEEKS[91]):
        alone = interrupted(HERE, date, control=control, harmonics=1).average()
        assert rows.loc[date, "rate_ratio"] == pytest.approx(alone.rate_ratio, rel=1e-5)
        assert rows.loc[date, "low"] == pytest.approx(alone.low, rel=0.02)  # its own draws


def test_shocks_that_both_series_share_move_no_placebo_date_of_their_ratio():
    rng = np.random.default_rng(8)
    shock = np.exp(0.5 * np.sin(np.arange(130) / 9.0) + 0.2 * rng.standard_normal(130))
    one, other = (pd.Series(rng.poisson(40 * shock), WEEKS, name=name) for name in ("one", "other"))
    apart = [
        checks.placebo_dates(interrupted(one, DATE, harmonics=0, control=control), n=12, seed=1)
        .table["estimate"]
        .std()
        for control in (None, Control(other, how="offset"))
    ]
    assert apart[1] < 0.3 * apart[0]


def test_a_part_left_out_of_a_comparison_is_the_comparison_of_the_rest(results):
    parts = pd.DataFrame({"x": HERE // 2, "y": HERE - HERE // 2})
    table = checks.leave_one_out(results["offset"], parts).table.set_index("left_out")
    rest = interrupted(parts["y"].rename("here"), DATE, control=Control(THERE, how="offset")).average()
    assert table.loc["x", "rate_ratio"] == pytest.approx(rest.rate_ratio)
    assert table.loc["x", "low"] == pytest.approx(rest.low)


def test_results_with_and_without_a_control_are_not_mixed(results):
    with pytest.raises(InputError, match="some of the results have a control"):
        checks.placebo_dates({"a": results["offset"], "b": interrupted(HERE, DATE, harmonics=1)}, n=2)


def test_specifications_of_a_comparison_stand_side_by_side():
    grid = {
        "fixed": {"control": THERE},
        "constant ratio": {"control": Control(THERE, how="offset")},
        "lone": {},
    }
    found = checks.specification_grid(lambda one: interrupted(HERE, DATE, harmonics=1, **one), grid)
    assert found.table["rate_ratio"].notna().all()
    assert found.table["method"].nunique() == 3
    assert found.table["control"].tolist() == ["there", "there, offset", "default"]
