"""Alerts for a panel: which rule each area gets, what is flagged, what is refused, what the sentences may say.

Probabilities of the rule for sparse series are checked against sums written out here and against simulation.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plotnine import ggplot

import trends
from trends.errors import EstimationError, InputError, UnknownNameError
from trends.gazetteer import load_country
from trends.panel import MEASURES, WeeklyPanel, weekly_counts
from trends.surveillance import Farrington, Sparse, farrington_flexible, sparse_tail
from trends.surveillance.baseline import baselines, same_week_of_earlier_years
from trends.surveillance.words import chance

ROOT = Path(__file__).parent.parent
FIRST, WEEKS = pd.Timestamp("2016-01-04"), 260
TESTED = "2020-05-04"
PLACE = load_country("iraq")
CODES = list(PLACE.provinces.index)


def panel_of(series: dict[str, np.ndarray]) -> WeeklyPanel:
    """Make a panel whose events all happen on the first day of their week."""
    days = pd.date_range(FIRST, periods=WEEKS, freq="7D")
    rows = [
        {"date": day, "province": code, **dict.fromkeys(MEASURES, int(count))}
        for code, counts in series.items()
        for day, count in zip(days, counts, strict=True)
        if count
    ]
    daily = pd.DataFrame(rows).sort_values(["date", "province"], ignore_index=True)
    daily = daily.astype(dict.fromkeys(MEASURES, "Int64") | {"province": "str"})
    first, last = FIRST.date(), (FIRST + pd.Timedelta(days=7 * WEEKS - 1)).date()
    return WeeklyPanel(weekly_counts(daily, PLACE, first, last, "mon"), daily, PLACE, "mon", first, last)


@pytest.fixture(scope="module")
def panel() -> WeeklyPanel:
    rng = np.random.default_rng(3)
    many, few, outbreak = rng.poisson(6, WEEKS), rng.poisson(0.2, WEEKS), rng.poisson(0.2, WEEKS)
    at = (pd.Timestamp(TESTED) - FIRST).days // 7
    many[at], few[at], outbreak[at] = 25, 1, 7
    return panel_of({CODES[0]: many, CODES[1]: few, CODES[2]: outbreak})


@pytest.fixture(scope="module")
def found(panel):
    return trends.alerts(panel, TESTED)


def test_every_province_is_there_and_the_two_that_stand_out_are_alerts(found, panel):
    assert list(found.table["area"]) == CODES
    assert set(found.alerts["area"]) == {CODES[0], CODES[2]}
    rows = found.table.set_index("area")
    assert rows.loc[CODES[0], "method"] == "farrington"
    assert rows.loc[CODES[2], "method"] == "sparse"
    assert rows.loc[CODES[0], "baseline_weeks"] > 104
    assert (rows["observed"] == panel.wide().loc[TESTED]).all()


def test_the_regression_in_the_table_is_the_one_on_arrays(found, panel):
    counts, at = panel.wide()[[CODES[0]]].to_numpy(), np.array([panel.weeks.get_loc(pd.Timestamp(TESTED))])
    alone = farrington_flexible(counts, at, same_week_of_earlier_years(panel.weeks, at, 3))
    row = found.row(CODES[0])
    assert (row["expected"], row["threshold"]) == (alone.expected[0, 0], alone.threshold[0, 0])
    assert row["score"] == pytest.approx(alone.score[0, 0])


def test_q_values_allow_for_all_provinces_tested(found):
    p, q = (found.table[name].to_numpy() for name in ("probability", "q_value"))
    order = np.argsort(p)
    expected = np.minimum.accumulate((p[order] * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    np.testing.assert_allclose(q[order], np.minimum(expected, 1))


def test_above_its_own_threshold_is_not_yet_an_alert_among_many(panel):
    strict = trends.alerts(panel, TESTED, false_discovery=1e-12)
    assert strict.table["above"].sum() == 2
    assert strict.alerts.empty
    assert "not an alert among so many areas" in strict.sentence(CODES[2])


def test_nothing_recorded_later_changes_an_alert(panel, found):
    short = panel.between(panel.first, (pd.Timestamp(TESTED) + pd.Timedelta(days=6)).date())
    pd.testing.assert_frame_equal(trends.alerts(short).table, found.table)


def test_recent_weeks_and_provisional_weeks_stay_out(panel, found):
    at = panel.weeks.get_loc(pd.Timestamp(TESTED))
    counts = panel.wide().to_numpy().copy()
    counts[at - 26 : at] += 50
    changed = panel_of({code: counts[:, number] for number, code in enumerate(CODES)})
    again = trends.alerts(changed, TESTED)
    for name in ("expected", "threshold", "probability"):
        np.testing.assert_array_equal(again.table[name], found.table[name])
    held = trends.alerts(panel, ("2020-11-30", "2020-12-21"), provisional=2)
    assert list(held.table.groupby("week")["method"].first() == "provisional") == [False, False, True, True]
    assert held.table.loc[held.table["method"] == "provisional", "threshold"].isna().all()
    assert not held.table.loc[held.table["method"] == "provisional", "alert"].any()
    assert held.history.index[-1] == pd.Timestamp("2020-12-07")
    assert "36 provisional counts were not tested" in held.summary()


def test_a_series_that_no_regression_fits_is_tested_by_the_other_rule(panel):
    how, rule = Farrington(threshold="muan"), Sparse(fewer_than=0)
    empty = trends.alerts(panel, TESTED, [CODES[5]], farrington=how, sparse=rule)
    assert empty.row(CODES[5])["method"] == "sparse"
    assert np.isfinite(empty.row(CODES[5])["threshold"])


def test_a_group_is_one_series(panel):
    group = next(iter(PLACE.groups))
    found = trends.alerts(panel, TESTED, [group, "all"])
    assert found.table.loc[0, "observed"] == panel.counts(group)[TESTED]
    assert list(found.table["name"]) == [PLACE.group_titles[group], PLACE.name]
    assert found.table.loc[1, "observed"] == panel.counts()[TESTED]


def test_several_weeks_are_the_single_weeks_together(panel, found):
    many = trends.alerts(panel, ("2020-04-27", "2020-05-11"))
    one = many.table[many.table["week"] == TESTED].reset_index(drop=True)
    pd.testing.assert_frame_equal(one, found.table)


@pytest.mark.parametrize(
    ("week", "says"),
    [
        ("2020-05-05", "use 2020-05-04"),
        ("2015-12-28", "not wholly covered"),
        ("2021-01-04", "2020-12-21"),
        ("soon", "not a date"),
        (("2020-05-04", "2020-04-27"), "before"),
    ],
)
def test_a_week_that_cannot_be_tested(panel, week, says):
    with pytest.raises(InputError, match=says):
        trends.alerts(panel, week)


def test_a_history_too_short_says_what_is_needed(panel):
    with pytest.raises(EstimationError, match=r"needs 104 weeks .* there are 52.*2018-01-01"):
        trends.alerts(panel, "2017-01-02")


def test_a_busy_series_with_too_few_years_is_tested_by_the_rule_for_sparse_ones(panel):
    early = trends.alerts(panel, "2018-06-04").table.set_index("area")
    assert set(early["method"]) == {"sparse"}
    assert early["threshold"].notna().all()
    late = trends.alerts(panel, ("2018-06-04", "2020-06-01")).table
    busy = late[late["area"] == CODES[0]].set_index("week")["method"]
    assert busy.iloc[0] == "sparse"
    assert busy.loc["2019-06-03"] == "farrington"


@pytest.mark.parametrize(
    "bad",
    [
        {"areas": ["Atlantis"]},
        {"measure": "smiles"},
        {"areas": []},
        {"provisional": 400},
        {"false_discovery": 2},
    ],
)
def test_other_bad_requests(panel, bad):
    with pytest.raises(InputError):
        trends.alerts(panel, TESTED, **bad)


@pytest.mark.parametrize(
    "bad", [{"alpha": 0.6}, {"years": 0}, {"threshold": "plug"}, {"power": "3/4"}, {"reweight_above": 0}]
)
def test_settings_are_checked(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        Farrington(**bad)


def test_too_many_seasons_for_the_weeks_between_windows():
    with pytest.raises(InputError, match="60 seasons"):
        baselines(200, np.array([199]), np.array([[147, 95]]), 3, 60, 26)


def test_an_unbroken_series_is_asked_for():
    counts, at = np.ones((200, 1)), np.array([190])
    references = at[:, None] - 52 * np.arange(1, 4)
    for broken in (np.nan, -1, 0.5):
        with pytest.raises(InputError, match="broken"):
            farrington_flexible(np.where(np.arange(200)[:, None] == 7, broken, counts), at, references)


def test_an_empty_series_is_no_alert_and_no_error():
    at = np.arange(180, 200)
    found = farrington_flexible(np.zeros((200, 2)), at, at[:, None] - 52 * np.arange(1, 4))
    assert not found.alarm.any()


def test_a_week_on_a_leap_day_and_a_53rd_week():
    weeks = pd.date_range("2014-01-06", periods=400, freq="W-MON")
    at = np.array([weeks.get_loc(pd.Timestamp(day)) for day in ("2020-12-28", "2021-01-04")])
    days = weeks[same_week_of_earlier_years(weeks, at, 2).ravel()]
    assert [f"{day:%Y-%m-%d}" for day in days] == ["2019-12-30", "2018-12-31", "2020-01-06", "2019-01-07"]


def test_the_rule_for_sparse_series_is_the_predictive_distribution_of_a_constant_rate():
    rng = np.random.default_rng(0)
    counts = np.zeros((200, 1))
    counts[rng.choice(170, 30, replace=False)] = 1
    counts[199] = 3
    found = sparse_tail(counts, np.array([199]), 0.005)
    past = counts[199 - 26 - 78 : 199 - 26].sum()
    size, p = past + 0.5, 78 / 79
    below = sum(
        math.exp(math.lgamma(size + k) - math.lgamma(size) - math.lgamma(k + 1)) * p**size * (1 - p) ** k
        for k in range(3)
    )
    assert found.probability[0, 0] == pytest.approx(1 - below)
    assert found.events[0, 0] == past


@pytest.mark.parametrize("mean", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("dispersion", [1.0, 1.8])
def test_false_alarms_of_the_rule_for_sparse_series_stay_near_their_level(mean, dispersion):
    rng = np.random.default_rng(11)
    shape = (160, 4000)
    rate = mean if dispersion == 1 else rng.gamma(mean / (dispersion - 1), dispersion - 1, shape)
    counts = rng.poisson(rate, shape)
    found = sparse_tail(counts, np.array([159]), 0.005)
    assert (counts[159] > found.threshold[0]).mean() < 0.01


def test_sentences_name_their_numbers_and_no_cause(found):
    assert len(found.sentences()) == 2
    text = found.sentence(CODES[2])
    row = found.row(CODES[2])
    for part in (
        "7 events",
        f"threshold of {row['threshold']:.0f}",
        chance(row["probability"]),
        "78 earlier weeks",
    ):
        assert part in text
    assert "does not show that nothing has changed" in found.sentence(CODES[3])
    assert "18 areas tested: 2 counts above their threshold" in found.summary()
    assert "fewer than 156 events in the 78 weeks" in found.note()
    assert found.expected_false == pytest.approx(0.005 * found.table["enough"].sum())
    with pytest.raises(UnknownNameError, match="was not tested"):
        found.sentence("Atlantis")


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.004, "1 in 250"),
        (1 / 5234, "1 in 5,200"),
        (1e-9, "less than 1 in 10,000"),
        (0.23, "23 %"),
        (1.0, "100 %"),
    ],
)
def test_small_probabilities_in_words(probability, text):
    assert chance(probability) == text


def test_it_prints_and_draws(found, panel):
    assert f"week of {TESTED}" in str(found)
    assert "<table" in found._repr_html_()
    for picture in (found.plot(CODES[0]), trends.alerts(panel, ("2020-03-02", TESTED)).plot(CODES[2])):
        assert isinstance(picture, ggplot)
        picture.draw()


def test_settings_of_the_sparse_rule_are_used(panel):
    lenient = trends.alerts(panel, TESTED, sparse=replace(Sparse(), least_count=9))
    assert not lenient.row(CODES[2])["above"]
    dense = trends.alerts(panel, TESTED, sparse=Sparse(fewer_than=0))
    assert (dense.table["method"] == "farrington").all()


def test_the_page_on_alerts_prints_what_it_says(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    space: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    for code, expected in blocks:
        exec(compile(code, "alerts.md", "exec"), space)
        assert capsys.readouterr().out == expected


def test_a_table_in_place_of_a_panel_is_refused():
    with pytest.raises(InputError, match="watch a panel, not a DataFrame"):
        trends.alerts(pd.DataFrame({"a": [1, 2]}), "2020-05-04")
