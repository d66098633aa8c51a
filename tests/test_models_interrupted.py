"""Before and after: known truths, which weeks count, what is refused, how results read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from trends.errors import EstimationError, InputError
from trends.models import Interruption, interrupted

HANDOVER = "2020-03-17"
TRANSFER = ("2020-03-17", "2020-04-07")
WEEKS = pd.date_range("2018-01-01", periods=157, freq="W-MON")
SINCE = np.arange(157) - 115.0
METHODS = ("model", "hac", "latent-ar1")


def series(mean=8.0, level=0.0, slope=0.0, seed=1, size=3.0, index=WEEKS):
    rng = np.random.default_rng(seed)
    expected = mean * np.exp(level * (SINCE >= 0) + slope * np.clip(SINCE, 0, None))[: len(index)]
    return pd.Series(rng.negative_binomial(size, size / (size + expected)), index=index, name="attacks")


COUNTS = series()
SPARSE = series(mean=0.12, size=50.0)


def dummy(first, last, name="curfew"):
    return pd.Series(((first <= WEEKS) & (last > WEEKS)).astype(int), index=WEEKS, name=name)


@pytest.mark.parametrize("intervals", METHODS)
def test_a_known_change_is_found(intervals):
    counts = series(mean=60, level=np.log(2), slope=np.log(0.99), size=60)
    result = interrupted(counts, HANDOVER, intervals=intervals)
    effects = result.effects.set_index("term")
    truth = {"level": 2.0, "slope per week": 0.99, "average": np.mean(2 * 0.99 ** np.arange(42))}
    for term, ratio in truth.items():
        assert effects.loc[term, "low"] < ratio < effects.loc[term, "high"]
        assert effects.loc[term, "rate_ratio"] == pytest.approx(ratio, rel=0.2)
    horizon = result.effect_at([0, 26])
    assert horizon["rate_ratio"].iloc[0] == pytest.approx(effects.loc["level", "rate_ratio"])
    level, slope = effects.loc["level", "rate_ratio"], effects.loc["slope per week", "rate_ratio"]
    assert horizon["rate_ratio"].iloc[1] == pytest.approx(level * slope**26)
    assert result.excess().low > 0
    assert result.diagnostics().converged


@pytest.mark.parametrize("intervals", METHODS)
def test_intervals_p_values_and_excess_agree(intervals):
    for seed in range(12):
        result = interrupted(series(seed=seed, level=0.45), HANDOVER, harmonics=1, intervals=intervals)
        effects = result.effects
        leaves_out_one = (effects["low"] > 1) | (effects["high"] < 1)
        assert ((effects["p_value"] < 0.05) == leaves_out_one).all()
        excess, average = result.excess(), result.average()
        assert (excess.low > 0) == (average.low > 1)
        assert (excess.high < 0) == (average.high < 1)


@pytest.mark.parametrize(("family", "intervals"), [("negative-binomial", "model"), ("quasi-poisson", "hac")])
def test_coverage_without_serial_correlation(family, intervals):
    """150 series of independent counts: intervals that are neither absurdly short nor long."""
    covered = []
    for seed in range(150):
        result = interrupted(
            series(seed=seed), HANDOVER, harmonics=0, family=family, intervals=intervals, draws=1000
        )
        covered.append((result.effects["low"] < 1) & (result.effects["high"] > 1))
    assert np.all(np.abs(np.mean(covered, axis=0) - 0.94) < 0.055)


def test_which_weeks_are_before_in_and_after():
    result = interrupted(COUNTS, HANDOVER, phase_in=TRANSFER, intervals="model")
    expected = ["2020-03-16", "2020-03-23", "2020-03-30", "2020-04-06"]
    assert [str(day.date()) for day in result.left_out] == expected
    curves, checks = result.counterfactual(), result.diagnostics()
    assert list(curves.index[~curves["in_fit"]]) == list(result.left_out)
    assert curves["fitted"].isna().sum() == 4
    assert (checks.weeks_before, checks.weeks_after, checks.weeks_phase_in) == (115, 38, 4)
    before = curves.index < "2020-03-16"
    np.testing.assert_allclose(curves["fitted"][before], curves["expected"][before])
    gap = (curves["fitted"] - curves["expected"])[curves.index >= "2020-04-13"]
    assert result.excess().events == pytest.approx(gap.sum())
    assert result.effect_at(4)["rate_ratio"].iloc[0] == pytest.approx(
        (curves["fitted"] / curves["expected"]).loc["2020-04-13"]
    )


def test_counts_in_weeks_left_out_do_not_matter():
    other = COUNTS.copy()
    other["2020-03-16":"2020-04-06"] = 900
    missing = COUNTS.astype(float)
    missing["2020-03-16":"2020-04-06"] = np.nan
    found = interrupted(COUNTS, HANDOVER, phase_in=TRANSFER, intervals="hac").effects
    pd.testing.assert_frame_equal(
        interrupted(other, HANDOVER, phase_in=TRANSFER, intervals="hac").effects, found
    )
    pd.testing.assert_frame_equal(interrupted(missing, HANDOVER, intervals="hac").effects, found)


def test_a_gap_at_the_interruption_is_said():
    gap = COUNTS.astype(float)
    gap["2020-03-16":"2020-04-20"] = np.nan
    checks = interrupted(gap, HANDOVER, intervals="model").diagnostics()
    assert (checks.weeks_missing, checks.weeks_after) == (6, 36)
    assert any("is without a count: its level is carried back over 6 weeks" in note for note in checks.notes)


def test_a_midweek_interruption_starts_with_its_own_week():
    notes = interrupted(COUNTS, "2020-03-20", intervals="model").diagnostics().notes
    assert any("within the week of 2020-03-16" in note and "4 of its days" in note for note in notes)
    on_monday = interrupted(COUNTS, "2020-03-16", intervals="model")
    on_sunday = interrupted(COUNTS, "2020-03-22", intervals="model")
    np.testing.assert_array_equal(on_monday.coefficients["estimate"], on_sunday.coefficients["estimate"])
    assert not on_monday.diagnostics().notes


def test_exposure_is_an_offset():
    people = pd.Series(np.linspace(1, 3, 157), index=WEEKS)
    counts = pd.Series(np.random.default_rng(2).poisson(20 * people), index=WEEKS)
    result = interrupted(counts, HANDOVER, exposure=people, harmonics=0, trend=None, intervals="model")
    rates = (counts / people).groupby(SINCE >= 0).mean()
    level = interrupted(
        counts, Interruption(HANDOVER, shape="level"), exposure=people, harmonics=0, trend=None
    )
    assert level.effects["rate_ratio"].iloc[0] == pytest.approx(rates[True] / rates[False], rel=0.02)
    assert result.counterfactual()["expected"].iloc[-1] > 1.5 * result.counterfactual()["expected"].iloc[0]


def test_monthly_series():
    months = pd.date_range("2012-01-01", periods=120, freq="MS")
    mean = 50 * np.exp(0.4 * np.sin(2 * np.pi * np.arange(120) / 12)) * np.where(np.arange(120) >= 80, 0.5, 1)
    counts = pd.Series(np.random.default_rng(3).poisson(mean), index=months)
    result = interrupted(counts, Interruption("2018-09-10", shape="level"), harmonics=1)
    level = result.effects.set_index("term").loc["level"]
    assert level["rate_ratio"] == pytest.approx(0.5, rel=0.1)
    assert result.coefficients.set_index("term").loc["sin 1", "estimate"] == pytest.approx(0.4, abs=0.06)


def test_several_interruptions():
    counts = series(mean=40, level=0.5, size=40)
    first = Interruption("2019-03-18", "announcement", "level")
    result = interrupted(counts, [Interruption(HANDOVER, "handover"), first])
    effects = result.effects.set_index(["interruption", "term"])
    assert [item.name for item in result.interruptions] == ["announcement", "handover"]
    assert ("announcement", "slope per week") not in effects.index
    assert effects.loc[("handover", "level"), "low"] > 1
    assert effects.loc[("announcement", "level"), "low"] < 1 < effects.loc[("announcement", "level"), "high"]
    assert result.average().rate_ratio == pytest.approx(effects.loc[("all", "average"), "rate_ratio"])
    assert result.excess("handover").low > 0
    early = result.average("announcement", last="2020-03-09")
    assert early.rate_ratio == pytest.approx(effects.loc[("announcement", "level"), "rate_ratio"])
    with pytest.raises(InputError, match=r"there is announcement, handover"):
        result.excess("departure")


def test_counts_without_extra_variation_become_quasi_poisson():
    steady = pd.Series(np.tile([9, 10, 11, 10], 40)[:157], index=WEEKS)
    result = interrupted(steady, HANDOVER, intervals="model")
    assert result.method == "quasi-Poisson segmented regression"
    assert "no more than Poisson" in result.reason
    assert result.diagnostics().dispersion < 0.2
    poisson_error = np.sqrt(1 / (10 * 115) + 1 / (10 * 42))
    assert result.effects["std_error"].iloc[0] > poisson_error


def test_constant_counts():
    result = interrupted(COUNTS * 0 + 5, HANDOVER)
    np.testing.assert_allclose(result.effects["rate_ratio"], 1, rtol=1e-6)
    assert (result.effects["low"] < 1).all()


@pytest.mark.parametrize("intervals", ["model", "hac"])
def test_billions_of_events(intervals):
    large = interrupted(COUNTS * 10**8 + 10**9, HANDOVER, intervals=intervals).effects
    small = interrupted(COUNTS * 100 + 1000, HANDOVER, intervals=intervals).effects
    np.testing.assert_allclose(large["rate_ratio"], small["rate_ratio"], rtol=1e-2)
    np.testing.assert_allclose(large["std_error"], small["std_error"], rtol=3e-2)


def test_sparse_series_get_an_exact_comparison():
    result = interrupted(SPARSE, HANDOVER, phase_in=TRANSFER)
    used = SPARSE.drop(result.left_out)
    after = int(used[used.index >= "2020-04-13"].sum())
    assert result.method == "exact rate comparison"
    assert "too few for 8 coefficients" in result.reason
    assert (result.rates.events_before, result.rates.events_after) == (int(used.sum()) - after, after)
    assert (result.rates.exposure_before, result.rates.exposure_after) == (115, 38)
    row = result.effects.iloc[0]
    assert row["term"] == "rate ratio after/before"
    assert (row["rate_ratio"], row["low"], row["high"]) == pytest.approx(tuple(result.average())[:3])
    assert result.excess().low < 0 < result.excess().high
    curves = result.counterfactual()
    assert curves["expected"].nunique() == 1
    assert curves["fitted"].dropna().iloc[-1] == pytest.approx(after / 38)
    assert "Too few events to tell" in result.sentence()
    with pytest.raises(EstimationError, match=r"no.* horizon"):
        result.effect_at(4)


def test_an_exact_comparison_can_be_asked_for():
    result = interrupted(COUNTS, HANDOVER, family="exact")
    assert (result.method, result.reason.split(":")[0]) == ("exact rate comparison", "asked for")
    assert result.effects["interval"].iloc[0].startswith("exact, dispersion")
    assert len(result.intervals) == 2


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"counts": COUNTS * 0}, EstimationError, "no events: nothing to compare"),
        ({"counts": COUNTS.iloc[90:130]}, EstimationError, "at least 53 weeks or use harmonics=0"),
        ({"counts": COUNTS.iloc[113:]}, EstimationError, "too few weeks before 2020-03-17: 2; at least 4"),
        ({"counts": -COUNTS - 1}, InputError, "is negative"),
        ({"counts": COUNTS + 0.5}, InputError, "not a whole number"),
        ({"counts": COUNTS * np.inf}, InputError, "infinite|no week"),
        ({"counts": COUNTS.astype(str)}, InputError, "not numbers"),
        ({"counts": pd.concat([COUNTS, COUNTS[-1:]])}, InputError, "2020-12-28 is there twice"),
        ({"counts": COUNTS.drop(WEEKS[5])}, InputError, "gap after the week of 2018-01-29"),
        ({"counts": COUNTS[::-1]}, InputError, "not in order"),
        ({"counts": COUNTS.tz_localize("UTC")}, InputError, "tz_localize"),
        ({"counts": COUNTS.reset_index(drop=True)}, InputError, "not dates"),
        ({"counts": list(COUNTS)}, InputError, "pandas Series"),
        ({"counts": COUNTS.resample("D").sum()}, InputError, "daily series; sum it to weeks"),
        ({"counts": COUNTS[::2]}, InputError, "one value every 2 weeks"),
        ({"interruptions": "2025-01-01"}, InputError, "outside the series, 2018-01-01 to 2021-01-03"),
        ({"interruptions": "2018-01-03"}, InputError, "at the edge"),
        ({"interruptions": "2020-12-29"}, EstimationError, "too few weeks after 2020-12-29: 1"),
        ({"interruptions": "2020-11-17"}, EstimationError, "7; at least 8"),
        ({"interruptions": "soon"}, InputError, "not a date"),
        ({"interruptions": []}, InputError, "no interruption"),
        ({"interruptions": [HANDOVER, "2020-03-18"]}, EstimationError, "cannot be told apart"),
        ({"interruptions": [HANDOVER, HANDOVER]}, InputError, "twice"),
        ({"phase_in": ("2020-03-17", "2021-01-03")}, EstimationError, "no week after"),
        ({"phase_in": ("2015-03-17", "2015-04-03")}, InputError, "outside the series"),
        ({"phase_in": ("2020-04-17", "2020-04-03")}, InputError, "before it starts"),
        ({"phase_in": ("2020-04-17",)}, InputError, "not a pair"),
        ({"exposure": COUNTS * 0}, InputError, "not above 0 in the week of 2018-01-01"),
        ({"exposure": COUNTS.iloc[5:] + 1}, InputError, "no value in 5 weeks"),
        ({"covariates": dummy("2020-03-16", "2022")}, EstimationError, "overlap in 42 of 42 weeks"),
        ({"covariates": dummy("2018-05-01", "2018-06-01") * 0}, EstimationError, "curfew: 0 in every week"),
        ({"covariates": dummy("2018", "2022")}, EstimationError, "intercept and curfew"),
        ({"covariates": COUNTS.astype(str)}, InputError, "not numbers"),
        ({"family": "poisson"}, InputError, "quasi-poisson"),
        ({"family": "gaussian"}, InputError, "not offered"),
        ({"intervals": "bootstrap"}, InputError, "not offered"),
        ({"trend": "wiggly"}, InputError, "not offered"),
        ({"trend": "spline", "trend_df": 1}, InputError, "give 2 to 12"),
        ({"harmonics": -1}, InputError, "harmonics"),
        ({"harmonics": 25}, EstimationError, "too few for 54 coefficients"),
        ({"period": 3}, InputError, "too short"),
        ({"control": COUNTS}, InputError, "the control is the series itself"),
        ({"counts": COUNTS * np.nan}, EstimationError, "no week"),
        ({"counts": COUNTS.where(WEEKS < "2020-03-16")}, EstimationError, "no week after"),
        (
            {"counts": COUNTS.where((WEEKS < "2020-03-16") | (WEEKS > "2020-11-10"))},
            EstimationError,
            "7; at least",
        ),
        ({"exposure": COUNTS * np.nan}, InputError, "no value in 157 weeks"),
        ({"family": "shrunken", "control": COUNTS}, InputError, "no part"),
        ({"level": 95}, InputError, "between 0 and 1"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(changes, error, words):
    arguments = {"counts": COUNTS, "interruptions": Interruption(HANDOVER), **changes}
    if "covariates" in changes:
        arguments["interruptions"] = Interruption(HANDOVER, shape="level")
    with pytest.raises(error, match=words):
        interrupted(**arguments)


def test_separated_fits_are_refused_by_name():
    counts = COUNTS.copy()
    ramadan = dummy("2019-05-06", "2019-06-03", "ramadan")
    counts[ramadan == 1] = 0
    with pytest.raises(EstimationError, match="ramadan singles out weeks without any event"):
        interrupted(counts, HANDOVER, covariates=ramadan)
    counts.iloc[70] = 1
    assert interrupted(counts, HANDOVER, covariates=ramadan, intervals="model").method.startswith("negative")


def test_overlap_that_costs_precision_is_flagged():
    result = interrupted(
        COUNTS,
        Interruption(HANDOVER, shape="level"),
        covariates=dummy("2020-03-16", "2020-12-01"),
        intervals="model",
    )
    notes = " ".join(result.diagnostics().notes)
    assert "curfew and level at 2020-03-17 overlap in 38 of 42 weeks" in notes
    assert "standard error" in notes


def test_model_interval_says_when_residuals_are_correlated():
    rng = np.random.default_rng(8)
    noise = np.zeros(157)
    for week in range(1, 157):
        noise[week] = 0.8 * noise[week - 1] + rng.normal(0, 0.3)
    counts = pd.Series(rng.poisson(30 * np.exp(noise)), index=WEEKS)
    result = interrupted(counts, HANDOVER, harmonics=0, trend=None, intervals="model")
    checks = result.diagnostics()
    assert checks.autocorrelation[0] > 0.4
    assert checks.ljung_box_p < 0.001
    assert any("too short" in note for note in checks.notes)
    widths = result.intervals.assign(width=lambda t: np.log(t["high"] / t["low"])).query("term == 'level'")
    widths = widths.set_index("interval")["width"]
    assert list(widths.index) == ["model", "latent-ar1", "hac"]
    assert widths["latent-ar1"] > 1.3 * widths["model"]


def test_results_repeat_and_leave_their_input_alone():
    before = COUNTS.copy()
    first, second = (interrupted(COUNTS, HANDOVER, seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(first.effects, second.effects)
    assert first.excess() == second.excess()
    assert interrupted(COUNTS, HANDOVER, seed=6).excess() != first.excess()
    pd.testing.assert_series_equal(COUNTS, before)


@pytest.mark.parametrize("counts", [COUNTS, SPARSE], ids=["regression", "exact"])
def test_results_read_well_and_escape_names(counts):
    result = interrupted(counts.rename("<script>x"), Interruption(HANDOVER, "<b>al-Qaim"), phase_in=TRANSFER)
    page, text = result._repr_html_() + result.diagnostics()._repr_html_(), result.summary()
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;al-Qaim" in page
    assert "4 left out as phase-in" in text
    for said in (result.sentence(), text):
        assert "significant" not in said
        assert "caus" not in said.lower()
        assert "not separated" in said
    assert max(map(len, text.split("\n\n")[1].splitlines())) < 80
    drawing = result.plot()
    assert type(drawing).__name__ == "ggplot"
    pyplot.close(drawing.draw())


def test_diagnostics_print_on_one_screen_and_keep_every_number():
    found = interrupted(COUNTS, HANDOVER, phase_in=TRANSFER).diagnostics()
    shown = repr(found)
    assert len(shown.splitlines()) <= 10 + len(found.notes)
    assert f"{found.events_before} before, {found.events_after} after" in shown
    assert all(note in shown for note in found.notes)
    assert "variance inflation cos 2" in set(found.frame["check"])
    assert found._repr_html_().count("<tr>") == 9
