from __future__ import annotations

import time
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import rows_of, write

from trends.building import build
from trends.calendar import WEEKDAYS, complete_weeks, days_left_over, week_of
from trends.counting import MEASURES, weekly_counts
from trends.errors import InputError
from trends.events import locate
from trends.files import sha256_of
from trends.panel import load_panel
from trends.precision import (
    counted_on,
    impute_dates,
    possible_days,
    precision_shares,
    spread_counts,
    spread_weeks,
    straddling,
)
from trends.sources import read_source
from trends.windowing import window_events

DAYS = st.dates(date(1989, 1, 1), date(2100, 12, 31))
QUICK = settings(deadline=None, max_examples=20)


def events(*rows: tuple[str, str, str, str], deaths: int | None = 2) -> pd.DataFrame:
    """Return located events from (first day, last day, precision, province)."""
    first, last, precision, province = zip(*rows, strict=True)
    frame = pd.DataFrame(
        {
            "event_id": [str(number) for number in range(len(rows))],
            "row": range(2, len(rows) + 2),
            "date_start": pd.to_datetime(list(first)).astype("datetime64[ns]"),
            "date_end": pd.to_datetime(list(last)).astype("datetime64[ns]"),
            "date_precision": list(precision),
            "province": list(province),
        }
    )
    return frame.assign(**{name: pd.array([deaths] * len(rows), dtype="Int64") for name in MEASURES[1:]})


@QUICK
@given(DAYS, st.sampled_from(WEEKDAYS))
def test_each_day_of_a_century_lies_in_one_week_named_by_its_first_day(day, start):
    week = week_of(pd.DatetimeIndex([day]), start)[0]
    assert WEEKDAYS[week.weekday()] == start
    assert 0 <= (pd.Timestamp(day) - week).days <= 6
    if start == "mon":
        assert week.isocalendar()[:2] == day.isocalendar()[:2]


@pytest.mark.parametrize("year", [1992, 1998, 2004, 2009, 2015, 2020, 2026, 2032, 2099])
def test_years_with_an_iso_week_53_and_their_edges_lose_no_day(year):
    first, last = date(year, 12, 1), date(year + 1, 1, 31)
    for start in WEEKDAYS:
        weeks = complete_weeks(first, last, start)
        before, after = days_left_over(first, last, start)
        assert before + 7 * len(weeks) + after == 62
        days = pd.date_range(first, last)
        counted = week_of(days, start).value_counts()
        assert (counted[weeks] == 7).all()


@QUICK
@given(
    DAYS,
    st.sampled_from(["UTC", "Asia/Baghdad", "America/Los_Angeles", "Pacific/Kiritimati"]),
    st.integers(0, 23),
)
def test_a_time_zone_never_shifts_a_date(day, zone, hour):
    written = pd.DatetimeIndex([pd.Timestamp(day) + pd.Timedelta(hours=12)]).tz_localize(zone)
    written = written.normalize() + pd.Timedelta(hours=0 if hour < 12 else 13)
    plain = week_of(pd.DatetimeIndex([day]))
    assert week_of(pd.DatetimeIndex(written))[0] == plain[0]
    assert week_of(pd.Series(written))[0] == plain[0]


def test_the_machine_s_time_zone_changes_nothing(tmp_path, monkeypatch):
    rows = [row | {"date_start": "2020-12-31", "date_end": "2020-12-31"} for row in rows_of("ucdp-ged")]
    path = write(tmp_path / "events.csv", rows)
    sums = set()
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        out = build(raw=[path], out=tmp_path / "panel").out
        sums.add(tuple(sha256_of(out / name) for name in ("daily.csv", "weekly.csv")))
    monkeypatch.delenv("TZ")
    time.tzset()
    assert len(sums) == 1


@pytest.mark.parametrize(
    ("row", "first", "last"),
    [
        (("2020-02-11", "2020-02-11", "day"), "2020-02-11", "2020-02-11"),
        (("2020-02-11", "2020-02-11", "week"), "2020-02-10", "2020-02-16"),
        (("2020-02-11", "2020-02-11", "month"), "2020-02-01", "2020-02-29"),
        (("2020-02-11", "2020-02-11", "year"), "2020-01-01", "2020-12-31"),
        (("2020-02-11", "2020-02-19", "month"), "2020-02-11", "2020-02-19"),
        (("2019-12-30", "2020-01-02", "day"), "2019-12-30", "2020-01-02"),
    ],
)
def test_an_event_may_have_happened_on_the_days_that_the_source_states_or_its_precision_allows(
    row, first, last
):
    days = possible_days(events((*row, "IQ-DI")))
    assert days.iloc[0].tolist() == [pd.Timestamp(first), pd.Timestamp(last)]


def test_an_event_of_several_days_is_counted_on_the_day_that_is_asked_for():
    frame = events(("2020-03-30", "2020-04-02", "day", "IQ-DI"), ("2020-03-30", "2020-03-30", "day", "IQ-DI"))
    days = {
        day: counted_on(frame, day)["date_start"].dt.strftime("%m-%d").tolist()
        for day in ("first", "middle", "last")
    }
    assert days == {"first": ["03-30"] * 2, "middle": ["03-31", "03-30"], "last": ["04-02", "03-30"]}
    assert straddling(frame, "wed").tolist() == [True, False]
    assert straddling(frame, "mon").tolist() == [False, False]
    with pytest.raises(InputError, match="no 'every' day to count on; use one of first, middle, last"):
        counted_on(frame, "every")


@st.composite
def coarse(draw):
    """Events of two years known to a month or year, some with dates of their own."""
    rows, year = [], draw(st.integers(1989, 2098))
    for _ in range(draw(st.integers(1, 6))):
        first = draw(st.dates(date(year, 1, 1), date(year + 1, 12, 31)))
        last = first + timedelta(days=draw(st.sampled_from([0, 0, 3, 30, 200, 700])))
        precision = draw(st.sampled_from(["month", "year"]))
        rows.append((str(first), str(last), precision, draw(st.sampled_from(["IQ-DI", "IQ-KI"]))))
    return events(*rows)


@QUICK
@given(coarse(), st.sampled_from(WEEKDAYS))
def test_spread_events_add_up_to_whole_events_and_lie_on_their_possible_days(iraq, frame, start):
    spread = spread_counts(frame)
    assert spread["attacks"].sum() == len(frame)
    first, last = spread["first"].min() - pd.Timedelta(days=7), spread["last"].max() + pd.Timedelta(days=7)
    weeks = spread_weeks(spread, iraq, first.date(), last.date(), start)
    sums = weeks.groupby("province")[list(MEASURES)].sum()
    for code, part in frame.groupby("province"):
        assert sums.at[code, "attacks"] == pytest.approx(len(part))
        assert sums.at[code, "deaths_best"] == pytest.approx(2 * len(part))
    holding = weeks[weeks["attacks"] > 0]["week"]
    assert holding.min() == week_of(pd.DatetimeIndex([spread["first"].min()]), start)[0]
    assert holding.max() == week_of(pd.DatetimeIndex([spread["last"].max()]), start)[0]


@QUICK
@given(coarse(), st.integers(0, 2**32 - 1))
def test_a_drawn_day_is_a_possible_one_and_the_seed_s_own(frame, seed):
    drawn = impute_dates(frame, seed)
    days = possible_days(frame)
    assert drawn["date_start"].between(days["first"], days["last"]).all()
    assert (drawn["date_precision"] == "day").all()
    assert drawn["date_imputed"].all()
    pd.testing.assert_frame_equal(drawn, impute_dates(frame, seed))


def test_drawn_days_are_spread_evenly_and_exact_ones_stay():
    frame = events(
        *[("2020-04-15", "2020-04-15", "month", "IQ-DI")] * 3000, ("2020-04-03", "2020-04-03", "day", "IQ-DI")
    )
    drawn = impute_dates(frame, 1)
    assert drawn["date_start"].iloc[-1] == pd.Timestamp("2020-04-03")
    days = drawn["date_start"].iloc[:-1].dt.day.value_counts()
    assert days.index.min() == 1
    assert days.index.max() == 30
    assert ((days - 100) ** 2 / 100).sum() < 58  # chi-squared with 29 degrees of freedom, p = 0.001


def test_a_measure_that_the_source_lacks_stays_missing_when_spread(iraq):
    spread = spread_counts(events(("2020-02-11", "2020-02-11", "month", "IQ-DI"), deaths=None))
    weeks = spread_weeks(spread, iraq, date(2020, 1, 1), date(2020, 3, 31))
    assert weeks["deaths_best"].isna().all()
    assert weeks["attacks"].sum() == pytest.approx(1)


def test_the_share_without_a_week_is_told_by_province_and_year():
    shares = precision_shares(
        events(
            ("2019-03-01", "2019-03-01", "day", "IQ-DI"),
            ("2019-03-01", "2019-03-09", "month", "IQ-DI"),
            ("2020-03-01", "2020-03-04", "week", "IQ-DI"),
            ("2020-01-01", "2020-12-31", "year", None),
        )
    )
    assert shares[["province", "year", "events", "several_days", "unplaceable"]].to_numpy().tolist() == [
        ["", 2020, 1, 0, 1.0],
        ["IQ-DI", 2019, 2, 0, 0.5],
        ["IQ-DI", 2020, 1, 1, 0.0],
    ]


@pytest.mark.parametrize(
    ("window", "spread", "parts"),
    [
        ((date(2020, 1, 1), date(2020, 12, 31)), False, (1, 0, 1, 2)),
        ((date(2020, 1, 1), date(2020, 12, 31)), True, (1, 2, 0, 1)),
        ((date(2018, 1, 1), date(2018, 12, 31)), True, (0, 0, 0, 4)),
    ],
)
def test_a_window_takes_in_what_may_have_happened_inside_it(window, spread, parts):
    frame = events(
        ("2020-03-01", "2020-03-01", "day", "IQ-DI"),
        ("2019-11-20", "2020-01-20", "month", "IQ-DI"),
        ("2020-02-11", "2020-02-11", "month", "IQ-DI"),
        ("2019-12-31", "2020-01-01", "day", "IQ-DI"),
    )
    taken = window_events(frame, window, spread)
    assert tuple(map(len, (taken.dated, taken.spread, taken.rejects, taken.outside))) == parts


@pytest.fixture
def monthly(tmp_path):
    """A file with an event of each precision."""
    rows = rows_of("ucdp-ged", 5)
    rows[1].update(date_prec="2", date_end="2020-03-19")
    rows[2].update(date_prec="4", date_start="2020-02-01", date_end="2020-02-29")
    rows[3].update(date_prec="5", date_start="2020-01-01", date_end="2020-12-31")
    rows[4].update(date_prec="4", adm_1="", where_prec="6")
    return write(tmp_path / "ged.csv", rows)


def test_a_panel_gives_fractions_only_when_it_is_asked(monthly, tmp_path):
    plain = build(raw=[monthly], out=tmp_path / "plain")
    result = build(raw=[monthly], out=tmp_path / "spread", spread=True)
    assert (result.out / "daily.csv").read_bytes() == (plain.out / "daily.csv").read_bytes()
    assert plain.manifest["rows"] == {
        "read": 5, "used": 2, "merged_duplicates": 0, "other_country": 0, "other_actor": 0, "out_of_window": 0,
        "rejected": 3,
    }  # fmt: skip
    assert (result.manifest["rows"]["spread"], result.manifest["rows"]["rejected"]) == (2, 1)
    panel = load_panel(result.out, week_start="thu")
    whole, fractions = panel.counts("Diyala"), panel.counts("Diyala", spread=True)
    assert (whole.dtype, fractions.dtype) == ("int64", "float64")
    assert whole.sum() == 2
    weeks = panel.weeks
    inside = 7 * len(weeks) / 366  # the year's event, in complete weeks of Thursdays
    assert fractions.sum() == pytest.approx(2 + 1 + inside)
    february = fractions[pd.Timestamp("2020-02-06")]
    assert february == pytest.approx(7 / 29 + 7 / 366)
    narrow = panel.between(date(2020, 2, 6), date(2020, 2, 12))
    assert narrow.counts("Diyala", spread=True).tolist() == [pytest.approx(february)]
    with pytest.raises(InputError, match="holds no events to spread; build it again with --spread"):
        load_panel(plain.out).counts(spread=True)


def test_a_spread_table_that_was_changed_is_refused_and_its_folder_replaced(monthly, tmp_path):
    out = build(raw=[monthly], out=tmp_path / "panel", spread=True).out
    build(raw=[monthly], out=out)
    assert not (out / "spread.csv").exists()
    build(raw=[monthly], out=out, spread=True)
    table = out / "spread.csv"
    table.write_text(table.read_text("utf-8").replace(",1,", ",9,", 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"spread\.csv: was changed after it was built"):
        load_panel(out)


def test_dates_of_the_real_file_lose_precision_unevenly(shared_data, cod_ab, iraq):
    reading = read_source(shared_data / "ucdp-ged-19.1-iraq-hdx.csv")
    located = locate(reading.events, iraq, cod_ab).events
    shares = precision_shares(located)
    assert shares["events"].sum() == len(located)
    years = shares.groupby("year")[["events", "to_month", "to_year"]].sum()
    coarse_share = (years["to_month"] + years["to_year"]) / years["events"]
    assert coarse_share[1993] == pytest.approx(12 / 31)
    assert coarse_share[2018] == pytest.approx(8 / 206)
    assert coarse_share.loc[2009:2013].max() == 0
    unplaced = located[located["date_precision"].isin(["month", "year"])]
    weeks = spread_weeks(spread_counts(unplaced), iraq, *reading.coverage)
    assert weeks["attacks"].sum() == pytest.approx(len(unplaced))
    drawn = impute_dates(unplaced, 3)
    daily = drawn.groupby([drawn["date_start"].rename("date"), "province"])[list(MEASURES[1:])].sum()
    daily = daily.assign(attacks=1).reset_index()[["date", "province", *MEASURES]]
    assert np.isfinite(weekly_counts(daily, iraq, *reading.coverage)["attacks"]).all()
