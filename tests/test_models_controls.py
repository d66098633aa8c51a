"""Controls: equal to R on the seat belt law, honest under shared shocks, refused where they contain the series.

The reference values are those of tests/reference/controls.R; both sides iterate to 1e-11 or better.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trends.errors import EstimationError, InputError
from trends.models import Control, Interruption, interrupted

HERE = Path(__file__).parent
REFERENCE = pd.read_csv(HERE / "reference" / "controls.csv").set_index("model")
BELTS = pd.read_csv(HERE / "reference" / "seatbelts.csv", parse_dates=["month"]).set_index("month")
LAW = Interruption("1983-02-01", "seat belt law", "level")
WEEKS = pd.date_range("2018-01-01", periods=157, freq="W-MON")
AFTER = np.arange(157) >= 115
CHANGE = Interruption(WEEKS[115], shape="level")
PLAIN = {"harmonics": 0, "trend": None}


def level_of(result, interval):
    rows = result.intervals.query("term == 'level'").set_index("interval")
    return rows.loc[interval]


def shocked(seed, mean=10.0, other=20.0, shock=0.4, change=0.0):
    """Two series that share every shock; the first one changes."""
    rng = np.random.default_rng(seed)
    factor = np.exp(np.repeat(rng.normal(0, shock, 53), 3)[:157])
    treated = pd.Series(rng.poisson(mean * factor * np.exp(change * AFTER)), WEEKS, name="treated")
    return treated, pd.Series(rng.poisson(other * factor), WEEKS, name="elsewhere")


@pytest.mark.parametrize(
    ("model", "control", "family"),
    [
        ("rear alone, quasi-Poisson", None, "quasi-poisson"),
        ("second group, quasi-Poisson", Control(BELTS["rear"], "second-group"), "quasi-poisson"),
        (
            "second group, season shared, quasi-Poisson",
            Control(BELTS["rear"], "second-group", shared=("season",)),
            "quasi-poisson",
        ),
        ("second group, negative binomial", Control(BELTS["rear"], "second-group"), "negative-binomial"),
        ("difference", BELTS["rear"], "negative-binomial"),
        ("offset", Control(BELTS["rear"], "offset"), "negative-binomial"),
    ],
)
def test_equal_to_r(model, control, family):
    counts = BELTS["rear"] if control is None else BELTS["front"]
    result = interrupted(counts, LAW, control=control, family=family, intervals="model")
    expected = REFERENCE.loc[model]
    found = level_of(result, "model")
    assert found["estimate"] == pytest.approx(expected["estimate"], rel=1e-6)
    assert found["std_error"] == pytest.approx(expected["std_error"], rel=1e-5)
    if np.isfinite(expected["hac"]):
        assert level_of(result, "hac")["std_error"] == pytest.approx(expected["hac"], rel=1e-6)


def test_a_spline_trend_is_that_of_r():
    result = interrupted(
        BELTS["rear"], LAW, trend="spline", trend_df=4, family="quasi-poisson", intervals="model"
    )
    expected = REFERENCE.loc["rear alone, spline trend with 4 df"]
    fitted = pd.read_csv(HERE / "reference" / "controls_spline.csv")["fitted"]
    assert level_of(result, "model")["estimate"] == pytest.approx(expected["estimate"], rel=1e-6)
    assert level_of(result, "model")["std_error"] == pytest.approx(expected["std_error"], rel=1e-6)
    np.testing.assert_allclose(result.counterfactual()["fitted"], fitted, rtol=1e-8)


def test_given_the_total_is_a_free_level_for_each_month():
    free, share = (
        REFERENCE.loc[name, "estimate"]
        for name in ("stacked Poisson with a level for each month", "difference")
    )
    assert free == pytest.approx(share, rel=1e-8)


def test_the_seat_belt_law_as_published():
    alone = interrupted(BELTS["rear"], LAW, family="quasi-poisson", intervals="model")
    both = interrupted(
        BELTS["front"],
        LAW,
        control=Control(BELTS["rear"], "second-group"),
        family="quasi-poisson",
        intervals="model",
    )
    said = [level_of(result, "model")[["rate_ratio", "low", "high"]] for result in (alone, both)]
    assert [f"{value:.2f}" for value in said[0]] == ["1.12", "1.05", "1.20"]
    assert [f"{value:.3f}" for value in said[1]] == ["0.704", "0.637", "0.778"]
    honest = level_of(interrupted(BELTS["front"], LAW, control=BELTS["rear"]), "latent-ar1")
    assert [round(honest[name], 2) for name in ("rate_ratio", "low", "high")] == [0.70, 0.66, 0.75]


def test_shared_shocks_drop_out():
    """25 pairs that share shocks: the ratio is covered, by intervals less than half as wide as those alone."""
    covered, width = [], []
    for seed in range(25):
        treated, control = shocked(seed, change=0.4)
        fits = [interrupted(treated, CHANGE, control=c, draws=1000, **PLAIN) for c in (control, None)]
        rows = [fit.effects.iloc[0] for fit in fits]
        covered.append(rows[0]["low"] < np.exp(0.4) < rows[0]["high"])
        width.append([np.log(row["high"] / row["low"]) for row in rows])
    assert np.mean(covered) >= 0.84
    assert np.median([first / second for first, second in width]) < 0.5


def test_an_offset_carries_the_error_of_the_control():
    """Of two equal rates the log ratio has variance 1/y + 1/c; log c as a known offset would say 1/y."""
    rng = np.random.default_rng(3)
    treated = pd.Series(rng.poisson(5, 157), WEEKS, name="here")
    errors = {}
    for mean in (5, 5000):
        control = pd.Series(rng.poisson(mean, 157), WEEKS, name="there")
        result = interrupted(treated, CHANGE, control=Control(control, "offset"), intervals="model")
        counts = [series.groupby(AFTER).sum() for series in (treated, control)]
        by_hand = np.sqrt(sum((1 / part).sum() for part in counts))
        errors[mean] = level_of(result, "model")["std_error"]
        assert errors[mean] == pytest.approx(by_hand, rel=0.12)
        assert level_of(result, "latent-ar1")["std_error"] > 0.95 * by_hand
    assert errors[5] > 1.25 * errors[5000]


def test_weeks_without_events_in_the_control_are_no_trouble():
    rng = np.random.default_rng(5)
    treated = pd.Series(rng.poisson(4, 157), WEEKS, name="here")
    control = pd.Series(rng.poisson(0.7, 157), WEEKS, name="there")
    assert (control == 0).mean() > 0.4
    for how in ("difference", "offset", "second-group"):
        row = level_of(interrupted(treated, CHANGE, control=Control(control, how), **PLAIN), "latent-ar1")
        assert row["low"] < 1 < row["high"]


def test_curves_excess_and_average_agree():
    treated, control = shocked(1, change=0.5)
    for how in ("difference", "second-group"):
        result = interrupted(treated, CHANGE, control=Control(control, how))
        curves = result.counterfactual()
        gap = (curves["fitted"] - curves["expected"])[AFTER].sum()
        assert result.excess().events == pytest.approx(gap)
        assert result.average().rate_ratio == pytest.approx(
            curves["fitted"][AFTER].sum() / curves["expected"][AFTER].sum()
        )
        assert (curves["expected_low"] < curves["expected"])[AFTER].all()
        pd.testing.assert_series_equal(
            curves["control"], control.astype(float), check_names=False, check_freq=False
        )
    assert np.corrcoef(curves["control"], curves["expected"])[0, 1] < 1
    assert (result.excess().low > 0) == (result.average().low > 1)


def test_exposure_and_missing_weeks_of_the_control():
    treated, control = shocked(2)
    people = pd.Series(np.where(AFTER, 2.0, 1.0), WEEKS)
    grown = control * np.where(AFTER, 2, 1)
    plain = interrupted(treated, CHANGE, control=control, **PLAIN).effects["rate_ratio"][0]
    scaled = interrupted(treated, CHANGE, control=Control(grown, exposure=people), **PLAIN)
    assert scaled.effects["rate_ratio"][0] == pytest.approx(plain, rel=0.05)
    gap = control.astype(float)
    gap.iloc[30:40] = np.nan
    checks = interrupted(treated, CHANGE, control=gap, **PLAIN).diagnostics()
    assert (checks.weeks, checks.weeks_missing) == (147, 10)


def test_what_a_controlled_result_says():
    treated, control = shocked(4, change=0.6)
    drifting = (treated * np.exp(np.linspace(0, 1.5, 157))).round()
    for how, word in (("difference", "elsewhere and the course before"), ("offset", "constant ratio")):
        result = interrupted(treated, CHANGE, control=Control(control, how))
        assert word in result.sentence()
        assert "only one of the two" in result.sentence()
        assert not re.search(r"significant|caus|due to", result.sentence() + result.summary())
        assert any("not being touched" in note for note in result.diagnostics().notes)
    offset = interrupted(drifting, CHANGE, control=Control(control, "offset"))
    assert any("not constant" in note and "up" in note for note in offset.diagnostics().notes)
    second = interrupted(treated, CHANGE, control=Control(control, "second-group"))
    assert any("move together" in note for note in second.diagnostics().notes)
    assert second.control == "elsewhere"


@pytest.mark.parametrize("mean", [2, 10, 60])
@pytest.mark.parametrize("shock", [0.0, 0.3])
def test_a_control_that_contains_the_series_is_refused_and_no_other(mean, shock):
    for seed in range(8):
        treated, other = shocked(seed, mean, mean, shock)
        larger = shocked(seed, mean, 8 * mean, shock)
        interrupted(larger[0], CHANGE, control=larger[1], draws=1000, **PLAIN)
        with pytest.raises(InputError, match="seems to contain the series"):
            interrupted(treated, CHANGE, control=treated + other, **PLAIN)
    with pytest.raises(InputError, match="contain"):
        interrupted(BELTS["front"], LAW, control=BELTS["front"] + BELTS["rear"])
    interrupted(BELTS["rear"], LAW, control=BELTS["front"], draws=1000)


def test_a_control_that_could_contain_the_series_is_asked_about():
    treated, other = shocked(3, 3, 60)
    for how in ("difference", "second-group"):
        notes = (
            interrupted(treated, CHANGE, control=Control(treated + other, how), **PLAIN).diagnostics().notes
        )
        assert any("make sure that it does not contain it" in note for note in notes)
    assert not any(
        "contain" in note for note in interrupted(BELTS["front"], LAW, control=BELTS["rear"]).notes
    )


COUNTS, OTHER = shocked(9)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"control": COUNTS}, InputError, "the control is the series itself"),
        ({"control": OTHER * 0}, EstimationError, "the control has no events"),
        ({"control": OTHER[20:]}, InputError, "the control covers 137 weeks from 2018-05-21"),
        ({"control": OTHER[::7]}, InputError, "the control: counts has one value every 7 weeks"),
        ({"control": -OTHER}, InputError, "the control: the count of .* is negative"),
        ({"control": list(OTHER)}, InputError, "control is a list; give a pandas Series"),
        ({"control": OTHER, "family": "shrunken"}, InputError, 'use family="exact"'),
        (
            {"control": OTHER, "covariates": pd.Series(AFTER * 1, WEEKS, name="x")},
            EstimationError,
            "42 of 42",
        ),
    ],
)
def test_bad_controls_are_refused(changes, error, words):
    with pytest.raises(error, match=words):
        interrupted(COUNTS, CHANGE, **changes)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"how": "ratio"}, "not offered; use difference, offset"),
        ({"how": "second-group", "shared": ("noise",)}, "use trend, season, covariates"),
        ({"shared": ("season",)}, "belongs to"),
    ],
)
def test_bad_choices_are_refused(arguments, words):
    with pytest.raises(InputError, match=words):
        Control(OTHER, **arguments)
