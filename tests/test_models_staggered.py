"""Different dates in different places: against one big regression, R, and simulated truths."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from trends.errors import EstimationError, InputError
from trends.models.staggered import staggered
from trends.panel import load_panel
from trends.timeline import load_timeline

REFERENCE = Path(__file__).parent / "reference"
COMMITTED = Path(__file__).parent.parent / "data" / "processed" / "ucdp-ged-21.1-iraq-is"
MONTHS = pd.date_range("2018-01-01", periods=24, freq="MS")
WEEKS = pd.date_range("2018-01-01", periods=104, freq="W-MON")
NAMES = [f"P{place:02d}" for place in range(1, 15)]


def reference_table(column):
    data = pd.read_csv(REFERENCE / "staggered_data.csv")
    wide = data.pivot(index="month", columns="province", values=column)
    return pd.DataFrame(wide.to_numpy(), index=MONTHS, columns=NAMES)


@pytest.fixture(scope="module")
def reference_dates():
    starts = pd.read_csv(REFERENCE / "staggered_data.csv").groupby("province")["start"].first()
    return {f"P{p:02d}": MONTHS[s - 1] if s < 25 else None for p, s in starts.items()}


def simulate(rng, starts, *, periods=24, means=4.0, effect=None):
    """Counts of provinces treated from ``starts`` on (``periods`` for never); effect(province, periods since)."""
    months = pd.date_range("2018-01-01", periods=periods, freq="MS")
    level = np.broadcast_to(means, len(starts)) * np.exp(rng.normal(0, 0.3, len(starts)))
    season = np.exp(0.3 * np.sin(np.arange(periods) / 3))[:, None]
    since = np.arange(periods)[:, None] - np.asarray(starts)[None, :]
    logs = np.zeros(since.shape)
    for place in range(len(starts)):
        on = since[:, place] >= 0
        logs[on, place] = [effect(place, s) for s in since[on, place]] if effect else 0.0
    without = level * season
    counts = pd.DataFrame(rng.poisson(without * np.exp(logs)), index=months).rename(
        columns=lambda p: f"P{p + 1:02d}"
    )
    dates = {f"P{p + 1:02d}": months[s] if s < periods else None for p, s in enumerate(starts)}
    treated = since >= 0
    truth = (without * np.exp(logs))[treated].sum() / without[treated].sum() if treated.any() else 1.0
    return counts, dates, truth


@pytest.mark.parametrize("model", ["plain", "covariate"])
def test_agrees_with_one_regression_in_r(model, reference_dates):
    covariates = {"weather": reference_table("weather")} if model == "covariate" else None
    found = staggered(reference_table("events"), reference_dates, covariates=covariates)
    table = pd.read_csv(REFERENCE / "staggered.csv").set_index(["model", "what"])["value"]
    got = [found.rate_ratio, found.excess, *found.cohorts["rate_ratio"], found.std_error]
    np.testing.assert_allclose(
        got, table[model][["ratio", "excess", "9", "13", "17", "jackknife"]], rtol=1e-9
    )
    if model == "plain":
        assert math.log(found.pre_trend.ratio_per_year) == pytest.approx(table["plain"]["trend"], rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_imputation_equals_the_pooled_interaction_estimator(seed):
    counts, dates, _ = simulate(
        np.random.default_rng(seed),
        [8, 8, 12, 15, 24, 24, 24],
        effect=lambda p, s: 0.3 * p - 0.05 * s,
        means=6.0,
    )
    found = staggered(counts, dates)
    starts = np.array([24 if dates[name] is None else counts.index.get_loc(dates[name]) for name in counts])
    month, place = np.meshgrid(np.arange(24), np.arange(7), indexing="ij")
    start, y = starts[place].ravel(), counts.to_numpy().ravel().astype(float)
    month, on = month.ravel(), (month >= starts[place]).ravel()
    base = [start == s for s in (8, 12, 15)] + [month == m for m in range(24)]
    cells = [on & (start == s) & (month == m) for s in (8, 12, 15) for m in range(s, 24)]
    design = np.column_stack([*base, *cells]).astype(float)
    fit = sm.GLM(y, design, family=sm.families.Poisson()).fit(tol=1e-14, maxiter=100)
    plain = design.copy()
    plain[:, len(base) :] = 0
    without = np.exp(plain @ fit.params)
    assert found.expected == pytest.approx(without[on].sum(), rel=1e-8)
    assert found.rate_ratio == pytest.approx(fit.fittedvalues[on].sum() / without[on].sum(), rel=1e-8)


def test_heterogeneous_effects_are_recovered_where_two_way_effects_are_not():
    starts = [6] * 4 + [12] * 4 + [18] * 4 + [24] * 2
    rng, errors, naive = np.random.default_rng(1), [], []
    for _ in range(4):
        counts, dates, truth = simulate(rng, starts, means=40.0, effect=lambda p, s: 0.08 * s + 0.5 * (p < 4))
        errors.append(math.log(staggered(counts, dates).rate_ratio / truth))
        month, place = np.meshgrid(np.arange(24), np.arange(14), indexing="ij")
        on = (month >= np.array(starts)[place]).ravel()
        columns = [place.ravel() == p for p in range(14)] + [month.ravel() == m for m in range(1, 24)] + [on]
        fit = sm.GLM(
            counts.to_numpy().ravel(), np.column_stack(columns).astype(float), family=sm.families.Poisson()
        ).fit()
        naive.append(fit.params[-1] - math.log(truth))
    assert abs(np.mean(errors)) < 0.05
    assert abs(np.mean(naive)) > 0.25


def test_interval_and_pre_trend_hold_with_lasting_noise():
    rng, covered, trends = np.random.default_rng(2), 0, 0
    starts = np.array([12, 12, 14, 16, 18, 20] + [24] * 8)
    for _ in range(24):
        noise = 0.5 * rng.standard_normal((24, 14))
        for t in range(1, 24):
            noise[t] = 0.6 * noise[t - 1] + 0.8 * noise[t]
        mean = 3 * np.exp(noise + 0.4 * (np.arange(24)[:, None] >= starts))
        counts = pd.DataFrame(rng.poisson(mean), index=MONTHS, columns=NAMES)
        found = staggered(
            counts, dict(zip(NAMES, [MONTHS[s] if s < 24 else None for s in starts], strict=True)), leads=0
        )
        covered += found.low <= math.exp(0.4) <= found.high
        trends += found.pre_trend.p_value < 0.05
    assert covered >= 21
    assert trends <= 4


def test_a_different_trend_before_is_seen_and_said():
    rng = np.random.default_rng(3)
    tilt = np.exp(np.outer(np.arange(24) / 12, [1.2] * 7 + [0.0] * 7))
    counts = pd.DataFrame(rng.poisson(8 * tilt), index=MONTHS, columns=NAMES)
    found = staggered(counts, dict.fromkeys(NAMES[:7], MONTHS[16]))
    assert found.pre_trend.low < math.exp(1.2) < found.pre_trend.high
    assert found.pre_trend.p_value < 0.01
    assert "did not move alike before" in found.sentence()
    leads = found.event_study[found.event_study["kind"] == "lead"]
    assert (leads["all_low"] > 1).any()


def test_event_study_counts_every_treated_event_once(reference_dates):
    found = staggered(reference_table("events"), reference_dates)
    lags = found.event_study[found.event_study["kind"] == "lag"]
    assert lags["events"].sum() == found.events == found.cohorts["events"].sum()
    assert lags["expected"].sum() == pytest.approx(found.expected)
    assert ((lags["all_low"] <= lags["low"]) & (lags["high"] <= lags["all_high"])).all()
    assert (found.excess > 0) == (found.rate_ratio > 1)
    assert (found.excess_low > 0) == (found.low > 1)
    assert found.plot().draw() is not None


def test_order_of_provinces_changes_nothing(reference_dates):
    counts = reference_table("events")
    found, turned = (staggered(table, reference_dates) for table in (counts, counts[counts.columns[::-1]]))
    assert turned.rate_ratio == pytest.approx(found.rate_ratio, rel=1e-10)
    assert turned.std_error == pytest.approx(found.std_error, rel=1e-8)
    np.testing.assert_allclose(turned.event_study["low"], found.event_study["low"], rtol=1e-6)


def test_weeks_become_the_months_of_their_first_days():
    rng = np.random.default_rng(4)
    weekly = pd.DataFrame(rng.poisson(1.0, (104, 6)), index=WEEKS, columns=list("abcdef"))
    dates = {"a": "2019-03-01", "b": "2019-05-20", "c": None}
    monthly = weekly.groupby(weekly.index.to_period("M")).sum()
    monthly.index = monthly.index.to_timestamp()
    found = staggered(weekly, dates)
    # 1 March lies in the week of 25 February, so February is the first treated month
    same = staggered(monthly, {**dates, "a": "2019-02-25"})
    assert found.rate_ratio == pytest.approx(same.rate_ratio, rel=1e-10)
    assert found.cohorts["date"].tolist() == [pd.Timestamp("2019-02-01"), pd.Timestamp("2019-05-01")]
    weeks = staggered(weekly, dates, aggregation="week", phase_in=2)
    assert weeks.events == weekly.loc["2019-03-11":, "a"].sum() + weekly.loc["2019-06-03":, "b"].sum()


def test_exposure_common_to_all_provinces_changes_nothing(reference_dates):
    counts = reference_table("events")
    shared = pd.Series(np.linspace(1, 3, 24), index=MONTHS)
    plain = staggered(counts, reference_dates)
    assert staggered(counts, reference_dates, exposure=shared).rate_ratio == pytest.approx(plain.rate_ratio)
    grown = pd.DataFrame(1.0, MONTHS, counts.columns)
    grown.loc[MONTHS[8] :, "P01"] = 2.0
    grown.loc[MONTHS[8] :, "P02"] = 2.0
    grown.loc[MONTHS[8] :, "P03"] = 2.0
    found = staggered(counts, reference_dates, exposure=grown)
    first = plain.cohorts["expected"].iloc[0]
    assert found.expected == pytest.approx(plain.expected + first)


def test_uncovered_months_are_left_out_and_said(reference_dates):
    counts = reference_table("events").astype(float)
    counts.iloc[3, 2] = math.nan
    counts.iloc[20, 0] = math.nan
    found = staggered(counts, reference_dates)
    assert any("2 province-months without a count" in note for note in found.notes)
    assert math.isfinite(found.low)


def test_silent_provinces_are_left_out_and_named(reference_dates):
    counts = reference_table("events")
    more = counts.assign(Q1=0, Q2=0, Q3=[0] * 20 + [1, 2, 0, 1])
    found = staggered(more, {**reference_dates, "Q2": MONTHS[9], "Q3": MONTHS[19]})
    assert found.rate_ratio == pytest.approx(staggered(counts, reference_dates).rate_ratio)
    assert "without any event and left out: Q1, Q2" in found.notes
    assert any("Q3" in note and "not in the average" in note for note in found.notes)


def test_one_treated_province_has_no_interval():
    counts, _, _ = simulate(np.random.default_rng(5), [24] * 8)
    found = staggered(counts, {"P03": MONTHS[12]})
    assert math.isnan(found.low)
    assert math.isnan(found.p_value)
    assert "no interval can be given" in found.sentence()
    assert "nan" not in found.sentence()


FLAT = pd.DataFrame(2, index=MONTHS, columns=list("abcd"))


@pytest.mark.parametrize(
    ("counts", "dates", "options", "error", "what"),
    [
        (FLAT, {}, {}, EstimationError, "no province is treated"),
        (FLAT, {"a": "2025-01-01"}, {}, EstimationError, "no province is treated"),
        (
            FLAT,
            dict.fromkeys("abcd", MONTHS[9]),
            {},
            EstimationError,
            "no untreated province-months are left",
        ),
        (
            FLAT,
            dict(zip("abcd", MONTHS[[6, 9, 12, 18]], strict=True)),
            {},
            EstimationError,
            "from 2019-07-01 on",
        ),
        (FLAT, {"a": "2017-05-01"}, {}, EstimationError, "no month of the series lies before"),
        (FLAT, {"a": "2018-01-20"}, {}, EstimationError, "no month of the series lies before"),
        (FLAT * [1, 0, 0, 0], {"a": MONTHS[9]}, {}, EstimationError, "no untreated province has an event"),
        (FLAT * [0, 1, 1, 1], {"a": MONTHS[9]}, {}, EstimationError, "no treated province has events"),
        (FLAT, {"z": MONTHS[9]}, {}, InputError, "'z' has a date but no counts"),
        (FLAT, {"a": "soon"}, {}, InputError, "not a date"),
        (FLAT - 3, {"a": MONTHS[9]}, {}, InputError, "negative"),
        (FLAT["a"], {"a": MONTHS[9]}, {}, InputError, "counts is a Series"),
        (FLAT, {"a": MONTHS[9]}, {"aggregation": "day"}, InputError, "aggregation"),
        (FLAT, {"a": MONTHS[9]}, {"phase_in": -1}, InputError, "phase_in"),
        (FLAT, {"a": MONTHS[9]}, {"bin_width": 0}, InputError, "bin_width"),
        (FLAT, {"a": MONTHS[9]}, {"level": 95}, InputError, "level"),
        (FLAT, {"a": MONTHS[9]}, {"exposure": FLAT * 0}, InputError, "exposure"),
        (FLAT, {"a": MONTHS[9]}, {"covariates": {"w": FLAT.drop(columns="d")}}, InputError, "no column 'd'"),
        (FLAT, {"a": MONTHS[9]}, {"covariates": {"w": FLAT}}, EstimationError, "cannot be told apart"),
    ],
)
def test_refuses(counts, dates, options, error, what):
    with pytest.raises(error, match=what):
        staggered(counts, dates, **options)


def test_a_covariate_that_separates_is_refused():
    counts = pd.DataFrame(np.random.default_rng(6).poisson(3, (24, 4)), index=MONTHS, columns=list("abcd"))
    flag = pd.DataFrame(0.0, index=MONTHS, columns=list("abcd"))
    flag.iloc[2:5, 1] = 1.0
    counts.iloc[2:5, 1] = 0
    with pytest.raises(EstimationError, match="cannot be"):
        staggered(counts, {"a": MONTHS[12]}, covariates={"flag": flag})


def test_nothing_after_in_treated_provinces_is_refused():
    counts = FLAT.copy()
    counts.loc[MONTHS[9] :, "a"] = 0
    with pytest.raises(EstimationError, match="no event in treated provinces"):
        staggered(counts, {"a": MONTHS[9]})


@pytest.mark.parametrize("aggregation", ["month", "week"])
def test_the_committed_panel_is_doubted(aggregation):
    counts = load_panel(COMMITTED).between("2018-01-01", "2020-12-27").wide()
    handovers = load_timeline().handovers().explode("provinces")
    dates = handovers.groupby("provinces")["date"].min().to_dict()
    found = staggered(counts, dates, aggregation=aggregation)
    assert found.treated == ("IQ-AN", "IQ-BG", "IQ-KI", "IQ-NI")
    assert found.low < 1 < found.high
    assert "Not to be relied on: only 4 provinces" in found.sentence()
    assert "by itself give such a ratio" in found.sentence()
    assert "significant" not in found.summary()
    assert found.summary() == staggered(counts, dates, aggregation=aggregation).summary()
