"""Two vintages of a source: planted changes are all found, and nothing else is."""

from __future__ import annotations

import json
import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkage_events import events, random_events

from trends.errors import InputError
from trends.sources import read_source
from trends.vintages import diff_files, diff_vintages, recorded_by, vintage_of

YEAR = (date(2020, 1, 1), date(2020, 12, 31))
FILES = ("ucdp-ged-19.1-iraq-hdx.csv", "ucdp-ged-21.1-iraq-geoprec12.csv")


def compare(old, new, **options):
    return diff_vintages(events(old), events(new), **{"window": YEAR, **options})


def test_added_changed_and_deleted_events_and_what_they_do_to_the_weeks():
    old = [{}, {"date": "2020-01-07"}, {"date": "2020-03-02", "province": "IQ-AN"}, {"event_id": "gone"}]
    new = [{}, {"date": "2020-01-14", "deaths_best": 9}, {"date": "2020-03-02"}, {"event_id": "late"}]
    diff = compare(old, new)
    assert list(diff.added["event_id"]) == ["late"]
    assert list(diff.deleted["event_id"]) == ["gone"]
    assert list(diff.changed.itertuples(index=False, name=None)) == [
        ("1", "date_end", "2020-01-07", "2020-01-14"),
        ("1", "date_start", "2020-01-07", "2020-01-14"),
        ("1", "deaths_best", "1", "9"),
        ("2", "province", "IQ-AN", "IQ-DI"),
    ]
    weekly = [(f"{row.week:%m-%d}", row.province, row.change) for row in diff.weekly.itertuples()]
    assert weekly == [
        ("01-06", "IQ-DI", -1),
        ("01-13", "IQ-DI", 1),
        ("03-02", "IQ-AN", -1),
        ("03-02", "IQ-DI", 1),
    ]
    assert diff.counts["weeks_that_change"] == 3
    assert (diff.kept, diff.totals) == (3, (4, 4))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(3, 60))
def test_the_differences_turn_the_old_counts_into_the_new_ones(seed, n):
    random = np.random.default_rng(seed)
    old = random_events(n, seed)
    new = old.copy()
    shift = pd.to_timedelta(random.integers(-9, 10, n) * (random.random(n) < 0.3), unit="D")
    new["date_start"], new["date_end"] = new["date_start"] + shift, new["date_end"] + shift
    new["province"] = random.choice(["IQ-DI", "IQ-AN"], n)
    new = pd.concat([new.iloc[1:], random_events(3, seed + 1, "late")]).sample(frac=1, random_state=1)
    window = (date(2019, 12, 16), date(2020, 2, 16))
    diff = diff_vintages(old, new, window=window)

    def weekly(table):
        dated = table[~table["date_precision"].isin(["month", "year"])]
        weeks = dated["date_start"].dt.to_period("W-SUN").dt.start_time
        return dated.groupby([weeks.rename("week"), "province"]).size()

    expected = pd.DataFrame({"old": weekly(old), "new": weekly(new)}).fillna(0).astype("int64")
    expected = expected[expected["old"] != expected["new"]]
    found = diff.weekly.set_index(["week", "province"])
    assert {k: tuple(v) for k, v in found[["old", "new"]].T.to_dict("list").items()} == {
        k: tuple(v) for k, v in expected.T.to_dict("list").items()
    }
    assert (found["change"] == found["new"] - found["old"]).all()
    assert diff.daily["change"].sum() == found["change"].sum() == diff.totals[1] - diff.totals[0]
    assert len(diff.deleted) == 1
    assert len(diff.added) == 3
    moved = set(old.index[shift != pd.Timedelta(0)]) - {0}
    assert set(diff.changed.loc[diff.changed["column"] == "date_start", "event_id"]) == set(map(str, moved))


@pytest.mark.parametrize(
    ("old", "new", "columns"),
    [
        ({}, {}, []),
        ({"longitude": 44.0}, {"longitude": 44.000004}, []),
        ({"longitude": 44.0}, {"longitude": 44.00002}, ["longitude"]),
        ({"longitude": np.nan}, {"longitude": np.nan}, []),
        ({"longitude": np.nan}, {}, ["longitude"]),
        ({"deaths_best": None}, {"deaths_best": 0}, ["deaths_best"]),
        ({"actor_b": "IS"}, {"actor_b": None}, ["actor_b"]),
        ({"date_precision": "day"}, {"date_precision": "week"}, ["date_precision"]),
    ],
)
def test_what_counts_as_a_change(old, new, columns):
    other = {"date": "2020-05-05"}
    assert list(compare([old, other], [new, other]).changed["column"]) == columns


def test_events_outside_the_window_are_not_new():
    old = [{}, {"date": "2019-05-05"}]
    new = [{}, {"date": "2021-05-05", "event_id": "x"}]
    diff = compare(old, new)
    assert diff.added.empty
    assert diff.deleted.empty
    assert diff.kept == 1


def test_a_column_that_one_lacks_is_said_not_to_be_compared():
    diff = compare([{"kind": None}, {"kind": None}], [{}, {}])
    assert "kind" in diff.not_compared
    assert diff.changed.empty
    assert "not in both, so not compared: kind" in str(diff)


def test_events_that_are_not_located_are_counted_together():
    old, new = (events([{"date": "2020-01-07"}] * n).drop(columns="province") for n in (1, 2))
    diff = diff_vintages(old, new, window=YEAR)
    assert diff.weekly[["province", "old", "new"]].iloc[0].tolist() == ["all", 1, 2]


@pytest.mark.parametrize(
    ("old", "new", "options", "message"),
    [
        ([{"event_id": "a"}], [{"event_id": "b"}], {}, "share no identifier"),
        ([{}, {"event_id": "0"}], [{}], {}, "'0' stands twice in the old vintage"),
        ([{}], [{"date": "2021-01-01"}], {"window": None}, "share no day"),
        ([], [{}], {"window": None}, "without events"),
    ],
)
def test_what_cannot_be_compared_is_refused(old, new, options, message):
    with pytest.raises(InputError, match=re.escape(message)):
        compare(old, new, **options)


def test_a_comparison_is_written_whole(tmp_path):
    diff = compare([{}, {"actor_b": "IS"}], [{}, {"actor_b": "=1+1"}])
    for _ in range(2):
        diff.write(tmp_path / "diff")
    names = {path.name for path in (tmp_path / "diff").iterdir()}
    assert names == {"added.csv", "deleted.csv", "changed.csv", "daily.csv", "weekly.csv", "diff.json"}
    assert (tmp_path / "diff" / "changed.csv").read_text(encoding="utf-8").splitlines()[
        1
    ] == "1,actor_b,IS,'=1+1"
    content = json.loads((tmp_path / "diff" / "diff.json").read_text(encoding="utf-8"))
    assert content["counts"] == diff.counts
    (tmp_path / "diff" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="did not write"):
        diff.write(tmp_path / "diff")


def test_what_was_recorded_later_is_left_out():
    recorded = pd.to_datetime(["2020-02-01 23:59", "2020-02-02 00:00", "2020-01-01 12:00"])
    table = events([{}, {}, {}]).assign(recorded=recorded)
    known, later = recorded_by(table, date(2020, 2, 1))
    assert list(known["event_id"]) == ["0", "2"]
    assert list(later["event_id"]) == ["1"]


@pytest.mark.parametrize("recorded", [None, [pd.NaT, pd.NaT], [pd.NaT, pd.Timestamp("2020-01-01")]])
def test_a_source_that_does_not_date_its_rows_has_no_past(recorded):
    table = events([{}, {}])
    table = table if recorded is None else table.assign(recorded=pd.to_datetime(recorded))
    with pytest.raises(InputError, match="recorded"):
        recorded_by(table, date(2020, 1, 1))


def test_two_versions_of_ged_differ_by_a_selection_and_few_corrections(shared_data, cod_ab):
    """19.1 in full against 21.1 reduced to events located to a place: what is gone is what was coarse."""
    old, new = (shared_data / name for name in FILES)
    diff = diff_files(old, new, boundaries=cod_ab)
    assert diff.window == (date(1990, 1, 1), date(2018, 12, 31))
    assert (diff.kept, len(diff.added), len(diff.deleted)) == (6301, 18, 1170)
    assert diff.changed["column"].value_counts().to_dict() == {
        "latitude": 7,
        "longitude": 7,
        "deaths_best": 3,
        "deaths_low": 3,
        "deaths_high": 2,
        "date_start": 2,
    }
    assert diff.deleted["place_precision"].isin(["exact", "near"]).sum() == 1
    assert {"date_end", "date_precision", "place_precision", "province_name"} <= set(diff.not_compared)
    assert "only the new one: Only events located to a place" in str(diff)
    recent = diff_files(old, new, boundaries=cod_ab, actor="IS", first=date(2016, 1, 1))
    assert recent.counts["counted_old"] - recent.counts["counted_new"] == -int(recent.daily["change"].sum())
    assert (len(recent.added), len(recent.deleted)) == (1, 201)


def test_a_file_does_not_differ_from_itself(shared_data):
    path = shared_data / FILES[0]
    diff = diff_files(path, path)
    assert diff.changed.empty
    assert diff.weekly.empty
    assert diff.not_compared == ()
    assert vintage_of(read_source(path)).as_of is None


def test_files_of_two_sources_are_linked_not_compared(shared_data):
    with pytest.raises(InputError, match="link two sources instead"):
        diff_files(shared_data / FILES[0], shared_data / "iraq-airstrikes-2007-2008.csv")
