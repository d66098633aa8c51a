"""Weeks that are still filling up, against R's ``surveillance::nowcast`` and against simulated truth.

The shares are plain fractions, equal to R's but for rounding (1e-9). R's ``bayes.trunc`` draws 2000 samples under
another prior, so its medians and intervals are near, not equal: within two events.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plotnine import ggplot

import trends
from trends.errors import InputError
from trends.provisional import provisional_weeks, reporting_delays

REFERENCE = Path(__file__).parent / "reference"
R = pd.read_csv(REFERENCE / "nowcast.csv").set_index("case")
EVENTS = pd.read_csv(REFERENCE / "nowcast_data.csv", parse_dates=["event", "recorded"]).rename(
    columns={"event": "date_start"}
)
AS_OF = "2020-06-28"
WEEKS = pd.date_range("2019-09-02", "2020-06-22", freq="W-MON")


def vintage(day: pd.Timestamp) -> tuple[pd.Timestamp, pd.Series]:
    known = EVENTS[EVENTS["recorded"] <= day]
    return day, known.groupby("date_start").size().reindex(WEEKS, fill_value=0)


@pytest.fixture(scope="module")
def done():
    return trends.complete_counts(EVENTS, AS_OF)


@pytest.mark.parametrize(("case", "recent"), [("lawless", None), ("lawless12", 12)])
def test_the_share_recorded_by_delay_is_that_of_r(case, recent):
    found = trends.complete_counts(EVENTS, AS_OF, recent=recent)
    np.testing.assert_allclose(found.delays.cdf, R.loc[case, "cdf"], rtol=1e-9)
    last = found.table.iloc[::-1].iloc[:9]
    np.testing.assert_array_equal(last["reported"], R.loc[case, "reported"])
    np.testing.assert_allclose(last["completed"], R.loc[case, "reported"] / R.loc[case, "cdf"], rtol=1e-9)


def test_completed_counts_are_near_those_of_the_bayesian_nowcast(done):
    last, bayes = done.table.iloc[::-1].iloc[:9], R.loc["bayes.trunc"]
    for ours, theirs in (("low", "low"), ("high", "high"), ("completed", "median")):
        np.testing.assert_allclose(last[ours], bayes[theirs], atol=2)


def test_vintages_say_the_same_as_days_of_recording(done):
    days = pd.date_range("2019-09-08", AS_OF, freq="W-SUN")
    found = trends.complete_counts([vintage(day) for day in days])
    np.testing.assert_allclose(found.table.to_numpy(dtype=float), done.table.to_numpy(dtype=float))
    assert found.withdrawn == 0


def test_what_a_later_vintage_takes_away_is_not_counted():
    days = pd.date_range("2019-09-08", AS_OF, freq="W-SUN")
    vintages = [vintage(day) for day in days]
    vintages[10][1].iloc[8] += 50
    found = trends.complete_counts(vintages)
    assert found.withdrawn > 0
    np.testing.assert_array_equal(found.table["reported"], vintages[-1][1])


def test_nothing_recorded_after_the_day_gets_in():
    early = trends.complete_counts(EVENTS, "2020-05-10")
    cut = EVENTS[EVENTS["recorded"] <= "2020-05-10"]
    pd.testing.assert_frame_equal(early.table, trends.complete_counts(cut, "2020-05-10").table)
    assert early.table.index[-1] == pd.Timestamp("2020-05-04")


@pytest.mark.parametrize("mean", [2, 20])
def test_intervals_hold_the_truth_as_often_as_they_say(mean):
    rng, held = np.random.default_rng(8), []
    share = 1 - 0.6 ** np.arange(1, 10)
    for _ in range(80):
        truth = rng.poisson(mean, 40)
        late = np.minimum(rng.geometric(0.4, truth.sum()) - 1, 8)
        week = np.repeat(np.arange(40), truth)
        days = WEEKS[:40]
        events = pd.DataFrame(
            {"date_start": days[week], "recorded": days[week] + pd.to_timedelta(7 * late, "D")}
        )
        last = trends.complete_counts(events, days[-1] + pd.Timedelta(days=6)).table
        row = last.reindex(days[-3:])
        if row["reported"].notna().all():
            held.append((row["low"] <= truth[-3:]) & (truth[-3:] <= row["high"]))
    assert len(held) > 75
    assert share[0] == pytest.approx(0.4)
    assert 0.93 < np.mean(held) <= 1


def test_delays_recover_the_truth_where_many_events_are_cut_off():
    rng = np.random.default_rng(2)
    late = rng.geometric(0.4, (60, 20000)) - 1
    counts = np.stack([(np.minimum(late, 8) == delay).sum(axis=1) for delay in range(9)], axis=1).astype(
        float
    )
    counts[np.arange(9) > np.arange(60)[::-1, None]] = np.nan
    found = reporting_delays(counts)
    np.testing.assert_allclose(found.cdf[:-1], 1 - 0.6 ** np.arange(1, 9), atol=0.003)
    assert (found.low <= found.cdf).all()
    assert (found.cdf <= found.high).all()


def test_a_week_without_early_records_is_not_completed():
    late = EVENTS.assign(recorded=EVENTS["date_start"] + pd.Timedelta(weeks=2))
    found = trends.complete_counts(late, AS_OF)
    assert found.table.index[-1] == WEEKS[-1]
    assert np.isnan(found.table["completed"].iloc[-1])
    assert np.isinf(found.table["high"].iloc[-1])
    assert "nothing can be said" in found.sentence()


def test_the_last_weeks_by_rule():
    weeks = pd.date_range("2020-06-01", "2020-06-29", freq="W-MON")
    assert list(provisional_weeks(weeks, "2020-06-28", last=2)) == [False, False, True, True, True]
    assert list(provisional_weeks(weeks, "2020-06-28", last=0)) == [False, False, False, False, True]
    with pytest.raises(InputError, match="last is -1"):
        provisional_weeks(weeks, "2020-06-28", last=-1)


@pytest.mark.parametrize(
    ("source", "options", "says"),
    [
        (EVENTS.drop(columns="recorded"), {}, "provisional_weeks"),
        (EVENTS.iloc[:0], {}, "no event"),
        (EVENTS.assign(recorded=pd.NaT), {}, "does not say"),
        (EVENTS.assign(recorded=EVENTS["date_start"] - pd.Timedelta(days=1)), {}, "before it happened"),
        (EVENTS, {"max_delay": 60}, "cannot show delays"),
        (EVENTS, {"max_delay": 0}, "max_delay"),
        (EVENTS, {"level": 2}, "level"),
        (EVENTS, {"recent": 0}, "recent"),
        (EVENTS.astype({"recorded": str}), {}, "no dates"),
        ([vintage(pd.Timestamp(AS_OF))], {}, "1 vintages"),
        ([vintage(day) for day in pd.date_range("2020-03-01", AS_OF, freq="2W-SUN")], {}, "a week after"),
        ([(day, vintage(day)[1].astype(float) * np.nan) for day in WEEKS[1:]], {}, "no count"),
    ],
)
def test_bad_input(source, options, says):
    with pytest.raises(InputError, match=says):
        trends.complete_counts(source, AS_OF, **options)


def test_it_says_and_draws_what_it_found(done):
    text = done.sentence()
    for part in ("2020-06-22", "11 events recorded so far", "about 40 %", "17 to 44", "as late as before"):
        assert part in text
    assert text in str(done)
    picture = done.plot()
    assert isinstance(picture, ggplot)
    picture.draw()
