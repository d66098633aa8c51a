"""The list of bad input, over every way of comparing: a clear error, or the right answer; never a silent wrong number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trends import checks
from trends.errors import EstimationError, InputError, TrendsError
from trends.models import Control, interrupted
from trends.models.pooling import conditional, pool_counts, pool_provinces
from trends.models.staggered import staggered

WEEKS = pd.date_range("2018-01-01", periods=130, freq="W-MON")
DATE = WEEKS[85]
RNG = np.random.default_rng(11)
WIDE = pd.DataFrame({code: RNG.poisson(6, 130) for code in "ABCDE"}, WEEKS)
DATES = {"A": WEEKS[80], "B": WEEKS[95]}
PLAIN = {"harmonics": 1, "draws": 1000}


def of_columns(series):
    """Provinces of which the first has the counts in question; the others on the same weeks."""
    rest = {code: np.resize(WIDE[code].to_numpy(), len(series)) for code in "BCDE"}
    return pd.DataFrame({"A": series, **{code: pd.Series(part, series.index) for code, part in rest.items()}})


WAYS = {
    "interrupted": lambda counts, date: interrupted(counts, date, **PLAIN).average(),
    "exact": lambda counts, date: interrupted(counts, date, family="exact").average(),
    "controlled": lambda counts, date: interrupted(
        counts, date, control=pd.Series(np.resize(WIDE["B"], len(counts)), counts.index), **PLAIN
    ).average(),
    "pooled": lambda counts, date: pool_provinces(of_columns(counts), date),
    "staggered": lambda counts, date: staggered(of_columns(counts), {"A": date, "B": WEEKS[95]}),
}
COUNTS = WIDE["A"].rename("attacks")
AT = slice(WEEKS[83], WEEKS[87])


def with_value(value, where=5):
    counts = COUNTS.astype(float)
    counts.iloc[where] = value
    return counts


REFUSED = {
    "duplicate weeks": (pd.concat([COUNTS, COUNTS[-1:]]), DATE),
    "daily": (
        pd.Series(np.resize(COUNTS, 400), pd.date_range("2018-01-01", periods=400)),
        pd.Timestamp("2018-09-03"),
    ),
    "negative": (with_value(-1), DATE),
    "fractional": (with_value(1.5), DATE),
    "infinite": (with_value(np.inf), DATE),
    "text": (COUNTS.astype(str), DATE),
    "a week absent": (COUNTS.drop(WEEKS[40]), DATE),
    "too short": (COUNTS[:5], WEEKS[3]),
    "at the edge": (COUNTS, WEEKS[0]),
    "outside": (COUNTS, pd.Timestamp("2030-01-07")),
}


@pytest.mark.parametrize(
    ("way", "case"),
    [(way, case) for way in WAYS for case in REFUSED if (way, case) != ("staggered", "outside")],
)
def test_what_cannot_be_compared_is_refused_clearly(way, case):
    counts, date = REFUSED[case]
    with pytest.raises(TrendsError) as caught:
        WAYS[way](counts, date)
    assert isinstance(caught.value, (InputError, EstimationError))
    assert len(caught.value.what) > 15


@pytest.mark.parametrize("way", ["interrupted", "exact", "controlled"])
def test_all_zeros_say_so(way):
    with pytest.raises(EstimationError, match="no events"):
        WAYS[way](COUNTS * 0, DATE)


@pytest.mark.parametrize("way", ["pooled", "staggered"])
def test_a_province_of_zeros_is_named_or_changes_nothing(way):
    found = WAYS[way](COUNTS * 0, DATE)
    assert "A" in str(found.notes) + found.summary()


@pytest.mark.parametrize("way", ["interrupted", "exact", "controlled"])
def test_too_few_weeks_say_how_many_are_needed(way):
    with pytest.raises(EstimationError, match=r"(at least|are needed|give) .*\d"):
        WAYS[way](COUNTS[:40], WEEKS[38])


@pytest.mark.parametrize("way", ["interrupted", "exact"])
def test_a_constant_series_did_not_change(way):
    found = WAYS[way](COUNTS * 0 + 7, DATE)
    assert found.rate_ratio == pytest.approx(1, abs=1e-6)
    assert found.low < 1 < found.high


def with_gap(place):
    known = COUNTS.astype(float)
    known[AT if place == "at the interruption" else slice(WEEKS[30], WEEKS[33])] = np.nan
    return known


GAPS = pytest.mark.parametrize("place", ["at the interruption", "elsewhere"])


@GAPS
@pytest.mark.parametrize("way", ["interrupted", "exact", "controlled"])
def test_weeks_without_a_count_are_left_out_not_taken_for_zero(way, place):
    known = with_gap(place)
    found, zeros = WAYS[way](known, DATE), WAYS[way](known.fillna(0), DATE)
    assert found.rate_ratio != pytest.approx(zeros.rate_ratio, rel=1e-6)
    assert 0.5 < found.rate_ratio < 2


@GAPS
def test_a_week_that_one_province_lacks_has_no_sum(place):
    known = with_gap(place)
    total = pool_provinces(of_columns(known), DATE).total
    assert total.diagnostics().weeks_missing == known.isna().sum()
    whole = interrupted(of_columns(known).sum(axis=1, skipna=False), DATE).average()
    assert total.average().rate_ratio == pytest.approx(whole.rate_ratio)


@GAPS
def test_staggered_dates_take_missing_weeks_or_refuse_them(place):
    known = with_gap(place)
    try:
        found = WAYS["staggered"](known, DATE)
    except TrendsError as error:
        refused = str(error)
    else:
        refused = ""
        zeros = WAYS["staggered"](known.fillna(0), DATE)
        assert found.rate_ratio != pytest.approx(zeros.rate_ratio, rel=1e-6)
    assert not refused or "A" in refused


def test_a_date_beyond_the_series_counts_as_never_treated_where_dates_differ():
    beyond = staggered(WIDE, {"A": pd.Timestamp("2030-01-07"), "B": WEEKS[95]})
    never = staggered(WIDE, {"B": WEEKS[95]})
    assert beyond.rate_ratio == pytest.approx(never.rate_ratio)


@pytest.mark.parametrize("way", ["interrupted", "exact", "controlled"])
def test_an_interruption_in_the_phase_in_is_carried_back_and_said(way):
    phase = (DATE - pd.Timedelta(weeks=2), DATE + pd.Timedelta(weeks=2))
    more = {"control": WIDE["B"]} if way == "controlled" else {}
    family = {"family": "exact"} if way == "exact" else {}
    found = interrupted(COUNTS, DATE, phase_in=phase, **PLAIN, **more, **family)
    assert found.diagnostics().weeks_phase_in == 5
    if way != "exact":
        assert "lies in the phase-in" in " ".join(found.diagnostics().notes)


@pytest.mark.parametrize("intervals", ["latent-ar1", "hac", "model"])
def test_counts_of_a_thousand_million_are_compared_by_their_ratio(intervals):
    rng = np.random.default_rng(2)
    level = np.where(WEEKS >= DATE, 1.5e9, 1e9) * np.exp(0.05 * rng.standard_normal(130))
    huge = pd.Series(np.floor(level), WEEKS, name="huge")
    found = interrupted(
        huge, DATE, harmonics=0, trend=None, intervals=intervals, family="quasi-poisson"
    ).average()
    after = np.asarray(WEEKS >= DATE)
    assert found.rate_ratio == pytest.approx(huge[after].mean() / huge[~after].mean(), rel=0.01)
    assert found.low < 1.5 < found.high
    exact = interrupted(huge, DATE, family="exact").average()
    assert exact.rate_ratio == pytest.approx(huge[after].mean() / huge[~after].mean())


@pytest.mark.parametrize("how", ["difference", "offset", "second-group"])
def test_a_control_of_other_weeks_or_without_exposure_or_with_the_series_in_it_is_refused(how):
    for control, says in (
        (COUNTS, "the series itself"),
        (COUNTS + WIDE["B"], "seems to contain"),
        (WIDE["B"][3:], "the control covers"),
        (WIDE["B"] * -1, "the control: .*negative"),
    ):
        with pytest.raises(InputError, match=says):
            interrupted(COUNTS, DATE, control=Control(control, how=how), **PLAIN)
    for exposure in (COUNTS * 0, COUNTS * np.nan):
        with pytest.raises(InputError, match="exposure"):
            interrupted(COUNTS, DATE, exposure=exposure, **PLAIN)
        with pytest.raises(InputError, match="exposure"):
            interrupted(COUNTS, DATE, control=Control(WIDE["B"], how=how, exposure=exposure), **PLAIN)


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_province_that_falls_silent_or_wakes_up_is_pooled_or_named(side):
    quiet = (DATE <= WEEKS) if side == "after" else (DATE > WEEKS)
    found = pool_provinces(of_columns(COUNTS.where(~quiet, 0)), DATE)
    named = "A" in " ".join(found.pooled.notes)
    assert named or found.pooled.k == 5
    assert found.by_counts.mixed is not None
    assert found.by_counts.k == 5


def test_pooled_counts_of_a_thousand_million_are_those_of_an_exact_binomial():
    from scipy.stats import binomtest

    before, after = np.array([10**9, 3 * 10**9]), np.array([11 * 10**8, 33 * 10**8])
    found = pool_counts(before, after, 52, 52).common
    sure = binomtest(int(after.sum()), int((before + after).sum())).proportion_ci(0.95, method="exact")
    expected = [p / (1 - p) for p in (sure.low, sure.high)]
    assert [found.low, found.high] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("mid_p", [False, True])
def test_many_events_over_several_exposures_are_approximated_closely(monkeypatch, mid_p):
    before, after = np.array([400, 900, 30]), np.array([350, 1000, 21])
    exact = pool_counts(before, after, [52, 60, 80], [30, 60, 90], mid_p=mid_p).common
    monkeypatch.setattr(conditional, "MANY", 0)
    close = pool_counts(before, after, [52, 60, 80], [30, 60, 90], mid_p=mid_p).common
    assert close[:3] == pytest.approx(exact[:3], rel=2e-5)
    assert close.p_value == pytest.approx(exact.p_value, rel=0.02)  # 4e-6, far out in the tail
    assert close != exact


def test_a_count_that_cannot_be_true_is_an_error_and_no_warning():
    with pytest.raises(EstimationError, match="look for a count that cannot be true"):
        interrupted(with_value(10**9), DATE)


CHECKS = {
    "placebo dates": lambda result: checks.placebo_dates(result, n=6),
    "leave weeks out": checks.leave_weeks_out,
    "change point": lambda result: checks.change_point(result, simulations=19),
    "power": lambda result: checks.power(result, n=20),
    "cross checks": checks.cross_checks,
    "residuals": checks.residuals,
}
ODD = {
    "constant": COUNTS * 0 + 7,
    "a gap at the interruption": with_gap("at the interruption"),
    "half without a count": COUNTS.where(np.arange(130) % 2 == 0).astype(float),
    "counts of a thousand million": (1e9 * np.exp(0.1 * RNG.standard_normal(130))).round() + COUNTS * 0,
    "just enough events": COUNTS * 0 + (np.arange(130) % 3 == 0),
}


@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("check", CHECKS)
def test_checks_of_odd_series_are_made_of_finite_numbers_or_say_why_not(check, case):
    result = interrupted(ODD[case], DATE, **PLAIN)
    try:
        found = CHECKS[check](result)
    except EstimationError as error:
        refused = error.what
    else:
        refused = ""
    if refused:
        assert len(refused) > 15
        return
    ratios = found.table["rate_ratio"].dropna() if "rate_ratio" in found.table else pd.Series([1.0])
    assert len(ratios)
    assert np.isfinite(ratios).all()
    assert "nan" not in found.sentence()
    assert " inf" not in found.sentence()
