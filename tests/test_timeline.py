from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from trends.covariates import COVARIATES
from trends.errors import InputError, UnknownNameError
from trends.timeline import load_timeline, possible_days

FILE = Path(__file__).parents[1] / "data" / "raw" / "timeline.csv"
DAY = pd.Timestamp


@pytest.fixture(scope="module")
def timeline():
    return load_timeline(FILE)


def test_handovers_are_the_drawdown(timeline):
    handovers = timeline.handovers()
    assert [
        (base, provinces, f"{date:%m-%d}")
        for base, provinces, date in handovers[["base", "provinces", "date"]].itertuples(index=False)
    ] == [
        ("al-Qaim", ("IQ-AN",), "03-17"),
        ("Qayyarah West", ("IQ-NI",), "03-26"),
        ("K-1", ("IQ-KI",), "03-29"),
        ("al-Sqoor", ("IQ-NI",), "03-30"),
        ("al-Taqaddum", ("IQ-AN",), "04-04"),
        ("Abu Ghraib", ("IQ-BG",), "04-07"),
        ("Besmaya", ("IQ-BG",), "07-25"),
        ("Taji", ("IQ-BG",), "08-23"),
    ]
    assert set(handovers["date"].dt.year) == {2020}


def test_dates_that_disagree_stay_in_the_timeline(timeline):
    dates = timeline.frame.set_index("id")["date"]
    assert dates["bh_alqaim_ceremony"] == DAY("2020-03-17")
    assert dates["bh_alqaim_final"] == DAY("2020-03-19")
    assert dates["bh_taji_uk"] < dates["bh_taji"]
    rooms = timeline.select(topic="joint_coordination")
    assert {"sec_jcc_rudaw", "sec_jcc_aug", "sec_jcc_oct"} <= set(rooms["id"])


def test_transfer_phase_is_the_first_six_handovers(timeline):
    assert timeline.transfer_phase() == (DAY("2020-03-17"), DAY("2020-04-07"))
    assert timeline.transfer_phase(8)[1] == DAY("2020-08-23")
    with pytest.raises(InputError, match="1 to 8"):
        timeline.transfer_phase(9)


@pytest.mark.parametrize(
    ("calendar", "starts", "eids"),
    [
        ("sunni", ["05-17", "05-06", "04-24", "04-13"], ["06-15", "06-04", "05-24", "05-13"]),
        ("shia", ["05-17", "05-07", "04-25", "04-14"], ["06-16", "06-05", "05-25", "05-14"]),
    ],
)
def test_ramadan_and_eid_in_both_calendars(timeline, calendar, starts, eids):
    ramadan, eid = timeline.ramadan(calendar), timeline.eid(calendar)
    assert ramadan["start"].dt.strftime("%m-%d").tolist() == starts
    assert eid["start"].dt.strftime("%m-%d").tolist() == eids
    assert ramadan["year"].tolist() == eid["year"].tolist() == [2018, 2019, 2020, 2021]
    assert ((ramadan["end"] - ramadan["start"]).dt.days + 1).between(29, 30).all()


def test_curfews_have_a_stated_end(timeline):
    curfews = timeline.curfews()
    assert (curfews["end"] > curfews["start"]).all()
    assert curfews["start"].is_monotonic_increasing
    assert {"ph_curfew_ease", "ph_curfew_end", "ph_train_susp"}.isdisjoint(curfews["id"])


@pytest.mark.parametrize(
    ("conditions", "ids"),
    [
        ({"kind": "base_handover", "province": "IQ-KI"}, ["bh_k1"]),
        ({"kind": ["base_handover"], "between": ("2020-07-15", "2020-07-31")}, ["bh_taji_uk", "bh_besmaya"]),
        (
            {"topic": "clearance", "province": ["IQ-DI", "IQ-KI"], "between": ("2020-06-01", "2020-06-30")},
            ["op_heroes2", "op_heroes3"],
        ),
        (
            {"topic": "ramadan", "province": "IQ-DI", "between": ("2020-05-24", "2020-05-24")},
            ["rel_ram2020_shia"],
        ),
        ({"kind": "public_health", "topic": "audio"}, []),
    ],
)
def test_conditions_add_up(timeline, conditions, ids):
    assert timeline.select(**conditions)["id"].tolist() == ids


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        ({"kind": "base_handovers"}, "kind 'base_handovers' is not known.*base_handover"),
        ({"topic": "ramadhan"}, "ramadan"),
        ({"province": "Diyala"}, "give a code of ISO 3166-2"),
        ({"between": ("2020-02-30", "2020-03-01")}, "not a pair of dates"),
        ({"between": ("2020-03-02", "2020-03-01")}, "before it begins"),
    ],
)
def test_a_selection_that_cannot_be_is_refused(timeline, conditions, says):
    with pytest.raises(InputError, match=says):
        timeline.select(**conditions)


@pytest.mark.parametrize("start", ["W-MON", "W-THU", "W-SUN"])
def test_shares_add_up_to_the_days_of_ramadan_on_any_week(timeline, start):
    weeks = pd.date_range("2018-01-01", "2021-12-01", freq=start)
    share = timeline.covariate("ramadan-sunni", weeks)
    assert share.between(0, 1).all()
    assert share.index.equals(weeks)
    assert share.sum() * 7 == pytest.approx(29 + 29 + 30 + 30)


def test_week_in_which_ramadan_begins(timeline):
    share = timeline.covariate("ramadan-sunni", pd.DatetimeIndex(["2020-04-20", "2020-04-27", "2020-06-01"]))
    assert share.tolist() == pytest.approx([3 / 7, 1, 0])  # it begins on Friday 24 April


def test_a_day_under_two_curfews_counts_once(timeline):
    week = pd.DatetimeIndex(["2020-03-23"])
    assert timeline.weekly_indicator(week, ids=["ph_curfew_bgd", "ph_curfew_nat"]).tolist() == pytest.approx(
        [6 / 7]
    )


@pytest.mark.parametrize("name", COVARIATES)
def test_covariates_of_the_studied_years(timeline, name):
    weeks = pd.date_range("2018-01-01", "2020-12-21", freq="W-MON")
    share = timeline.covariate(name, weeks)
    assert share.name == name
    assert 0 < share.sum() < len(weeks) / 2


def missing(share):
    return [f"{week:%m-%d}" for week in share.index[share.isna()]]


def test_a_week_of_which_the_curfew_is_not_known_is_missing_not_zero(timeline):
    weeks = pd.date_range("2020-01-06", "2020-12-21", freq="W-MON")
    share = timeline.covariate("curfew", weeks)
    assert missing(share) == [
        *("04-13", "04-20", "04-27", "05-04", "05-11", "05-18", "05-25", "06-01"),
        *("08-10", "08-17", "08-24", "08-31"),
    ]
    assert share["2020-03-16"] == pytest.approx(6 / 7)
    assert (share["2020-06-08":"2020-08-03"] == 1).all()
    assert (share["2020-09-07":] == 0).all()


def test_a_curfew_in_one_province_is_none_in_another(timeline):
    week = pd.DatetimeIndex(["2020-03-16"])
    assert timeline.covariate("curfew", week, ["IQ-BG"]).iloc[0] == pytest.approx(6 / 7)
    assert timeline.covariate("curfew", week, ["IQ-KI", "IQ-DI"]).iloc[0] == pytest.approx(1 / 7)


def test_a_covariate_by_month_is_a_share_of_the_months_days(timeline):
    months = pd.date_range("2020-01-01", "2020-12-01", freq="MS")
    assert timeline.covariate("ramadan-sunni", months)["2020-05-01"] == pytest.approx(23 / 31)
    assert missing(timeline.covariate("curfew", months)) == ["04-01", "05-01", "06-01", "08-01"]


def test_the_pause_is_open_while_reports_of_its_end_disagree(timeline):
    weeks = pd.date_range("2019-12-30", "2020-02-10", freq="W-MON")
    share = timeline.covariate("coalition-pause", weeks)
    assert share["2019-12-30":"2020-01-06"].tolist() == pytest.approx([1 / 7, 1])
    assert missing(share) == ["01-13", "01-20", "01-27"]
    assert (share["2020-02-03":] == 0).all()


def test_operations_by_name(timeline):
    weeks = pd.date_range("2020-01-06", "2020-12-21", freq="W-MON")
    begins = timeline.covariate("operation-begins:heroes-of-iraq", weeks)
    assert [f"{week:%m-%d}" for week in begins.index[begins == 1]] == ["02-10", "06-01", "06-22", "07-06"]
    last = timeline.covariate("operation:heroes-of-iraq-phase-4", weeks)
    assert (last * 7).sum() == pytest.approx(18)
    assert timeline.covariate("operation:heroes-of-iraq-phase-4", weeks, ["IQ-AN"]).sum() == 0


def test_an_operation_without_an_end_is_refused_with_what_can_be_used(timeline):
    says = "does not say when Heroes of Iraq phase 1.* use operation-begins:heroes-of-iraq or operation:.*phase-4"
    with pytest.raises(InputError, match=says):
        timeline.covariate("operation:heroes-of-iraq", pd.DatetimeIndex(["2020-03-16"]))
    with pytest.raises(UnknownNameError, match="operation-begins:will-of-victory"):
        timeline.covariate("operation-begins:will-of-victor", pd.DatetimeIndex(["2020-03-16"]))


def test_a_year_without_ramadan_in_the_timeline_is_not_a_zero(timeline):
    with pytest.raises(InputError, match=r"ramadan-sunni for 2016, 2017; add the dates .* keep to 2018-2021"):
        timeline.covariate("ramadan-sunni", pd.date_range("2016-01-04", "2018-12-24", freq="W-MON"))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda t, w: t.covariate("ramadan", w), "ramadan-s"),
        (lambda t, w: t.weekly_indicator(w, ids=["bh_qaim"]), "id 'bh_qaim' is not known"),
        (lambda t, w: t.ramadan("gregorian"), "sunni, shia"),
    ],
)
def test_unknown_names_suggest_known_ones(timeline, call, says):
    with pytest.raises(UnknownNameError, match=says):
        call(timeline, pd.DatetimeIndex(["2020-03-16"]))


@pytest.mark.parametrize(
    ("date", "end", "precision", "first", "last"),
    [
        ("2020-03-17", None, "day", "2020-03-17", "2020-03-17"),
        ("2020-03-17", "2020-03-19", "day", "2020-03-17", "2020-03-19"),
        ("2020-03-29", None, "week", "2020-03-29", "2020-04-04"),
        ("2020-02-10", None, "month", "2020-02-01", "2020-02-29"),
        ("2020-07-14", "2020-07-17", "week", "2020-07-14", "2020-07-17"),
    ],
)
def test_precision_widens_a_date(date, end, precision, first, last):
    happening = pd.DataFrame(
        {"date": pd.to_datetime([date]), "date_end": pd.to_datetime([end]), "date_precision": [precision]}
    )
    assert possible_days(happening).iloc[0].tolist() == [DAY(first), DAY(last)]


def test_selections_leave_the_timeline_as_it_was(timeline):
    before = timeline.frame.copy(deep=True)
    timeline.handovers(), timeline.ramadan(), timeline.curfews(), timeline.select(kind="religious")
    pd.testing.assert_frame_equal(timeline.frame, before)
