from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trends.calendar import WEEKDAYS, complete_weeks, days_left_over, week_of
from trends.errors import InputError

DAYS = st.dates(date(1989, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("day", "start", "first"),
    [
        ("2020-12-31", "mon", "2020-12-28"),  # ISO week 53
        ("2021-01-03", "mon", "2020-12-28"),
        ("2021-01-04", "mon", "2021-01-04"),
        ("2019-12-30", "mon", "2019-12-30"),  # a week of 2020 by ISO
        ("2020-07-22", "thu", "2020-07-16"),
        ("2020-07-16", "thu", "2020-07-16"),
        ("2020-07-15 23:59", "thu", "2020-07-09"),
        ("2020-02-29", "sun", "2020-02-23"),
    ],
)
def test_a_week_is_named_by_its_first_day(day, start, first):
    assert week_of(pd.DatetimeIndex([day]), start)[0] == pd.Timestamp(first)
    assert week_of(pd.Series(pd.to_datetime([day])), start)[0] == pd.Timestamp(first)


@given(DAYS, st.sampled_from(WEEKDAYS))
def test_a_week_starts_on_its_weekday_and_holds_its_day(day, start):
    first = week_of(pd.DatetimeIndex([day]), start)[0]
    assert WEEKDAYS[first.weekday()] == start
    assert first <= pd.Timestamp(day) < first + pd.Timedelta(days=7)


@given(DAYS, st.integers(0, 60), st.sampled_from(WEEKDAYS))
def test_complete_weeks_and_left_over_days_fill_the_window(first, length, start):
    last = first + timedelta(days=length)
    weeks = complete_weeks(first, last, start)
    before, after = days_left_over(first, last, start)
    assert before + 7 * len(weeks) + after == length + 1
    assert before < 7 or weeks.empty
    assert after < 7
    assert weeks.freqstr == f"W-{start.upper()}"


def test_missing_dates_stay_missing():
    weeks = week_of(pd.Series(pd.to_datetime(["2020-03-17", None])))
    assert weeks.isna().tolist() == [False, True]


def test_an_unknown_weekday_is_refused():
    with pytest.raises(InputError, match="'monday' is not a weekday; use one of mon, tue"):
        complete_weeks(date(2020, 1, 1), date(2020, 2, 1), "monday")
