"""Duplicates within a source, tables made from two sources, samples to check, and what is written."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkage_events import events, random_events

from trends.errors import InputError
from trends.linkage import combine, exact_duplicates, link, overlap, sensitivity, union
from trends.panel import daily_counts

FIRST, LAST = pd.Timestamp("2020-01-06").date(), pd.Timestamp("2020-01-26").date()


def test_repeats_are_found_whatever_their_identifier_and_order():
    same = {"deaths_best": None, "province_name": None, "longitude": np.nan}
    table = events([same, {}, same, {"deaths_best": 2}, {}, same])
    expected = [("0", 2, "2", 4), ("0", 2, "5", 7), ("1", 3, "4", 6)]
    for order in (table, table.iloc[::-1]):
        found = exact_duplicates(order)
        assert list(found.columns) == ["kept_id", "kept_row", "merged_id", "merged_row"]
        assert list(found.itertuples(index=False, name=None)) == expected
    assert exact_duplicates(events([{}, {"kind": "bomb"}])).empty
    assert exact_duplicates(events([])).empty


def test_repeats_in_several_files_name_the_file():
    table = events([{"file": "b.csv"}, {"file": "a.csv"}])
    assert exact_duplicates(table).iloc[0].to_dict() == {
        "kept_file": "a.csv",
        "kept_row": 3,
        "kept_id": "1",
        "merged_file": "b.csv",
        "merged_row": 2,
        "merged_id": "0",
    }


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), lefts=st.integers(0, 40), rights=st.integers(0, 40))
def test_nothing_is_lost_or_doubled(seed, lefts, rights):
    left, right = random_events(lefts, seed), random_events(rights, seed + 1)  # the identifiers are the same
    links = link(left, right)
    both, common = union(left, right, links), overlap(left, right, links)
    matched = len(links.matches)
    assert len(both) == lefts + rights - matched
    assert len(common) == matched
    assert both["event_id"].is_unique
    members = sorted(member for row in both["members"] for member in row.split(";"))
    assert members == sorted(
        [f"left:{n}" for n in left["event_id"]] + [f"right:{n}" for n in right["event_id"]]
    )
    assert set(common["sources"]) <= {"left+right"}
    assert sorted(common["link_score"]) == sorted(links.matches["score"])
    assert (both["link_score"].notna() == (both["sources"] == "left+right")).all()


def test_an_event_of_both_stands_as_the_first_has_it():
    ged = events([{"deaths_best": 3}, {"date": "2020-02-01"}], "g")
    acled = events([{"deaths_best": 4, "date": "2020-01-02"}, {"latitude": 30.0}], "a")
    combined = combine({"ged": ged, "acled": acled})
    expected = [("ged+acled", "ged:g0;acled:a0", 3), ("ged", "ged:g1", 1), ("acled", "acled:a1", 1)]
    columns = ["sources", "members", "deaths_best"]
    assert list(combined.events[columns].itertuples(index=False, name=None)) == expected
    assert combined.ledger == {"read": 4, "used": 3, "merged": 1, "left_out": 0}
    assert ged.equals(events([{"deaths_best": 3}, {"date": "2020-02-01"}], "g"))


@pytest.mark.parametrize(
    ("how", "members"),
    [
        ("union", ["x:0;y:0;z:0", "x:1", "y:1;z:1", "z:2"]),
        ("overlap", ["x:0;y:0;z:0"]),
        ("left", ["x:0;y:0;z:0", "x:1"]),
    ],
)
def test_three_sources_are_combined_one_after_the_other(how, members):
    here, there, nowhere, elsewhere = ({"latitude": latitude} for latitude in (34, 35, 36, 37))
    tables = {"x": [here, there], "y": [here, nowhere], "z": [here, nowhere, elsewhere]}
    combined = combine({name: events(rows) for name, rows in tables.items()}, how=how)
    assert list(combined.events["members"]) == members
    ledger = combined.ledger
    assert ledger["read"] == 7 == ledger["used"] + ledger["merged"] + ledger["left_out"]
    assert len(combined.links) == 2


def test_a_panel_is_one_call_away(iraq):
    left, right = random_events(30, 1), random_events(30, 2)
    for how in ("union", "overlap", "left"):
        combined = combine({"a": left, "b": right}, how=how)
        panel = combined.panel(iraq, FIRST, LAST)
        inside = combined.events["date_start"].between(pd.Timestamp(FIRST), pd.Timestamp(LAST))
        assert (
            panel.counts("IQ-DI").sum()
            == inside.sum()
            == daily_counts(combined.events[inside])["attacks"].sum()
        )
    assert len(combine({"a": left}).events) == 30


def test_wider_windows_merge_more_and_the_weeks_say_so():
    left, right = random_events(60, 5), random_events(60, 6)
    found = sensitivity(left, right, first=FIRST, last=LAST, days=(0, 3), kilometres=(1, 25), threshold=0.0)
    table = found.settings.set_index(["days", "kilometres"])
    assert list(table.index) == [(0, 1.0), (0, 25.0), (3, 1.0), (3, 25.0)]
    assert table.at[(0, 1.0), "matched"] < table.at[(3, 25.0), "matched"]
    assert (table["matched"] + table["left_only"] == 60).all()
    weekly = found.weekly.groupby(["days", "kilometres"])["attacks"].agg(["sum", "size"])
    assert (weekly["sum"] == table["attacks"]).all()
    assert (weekly["size"] == 3).all()
    alone = sensitivity(left, right, first=FIRST, last=LAST, days=[3], kilometres=[10], how="left").settings
    inside = left["date_start"].between(pd.Timestamp(FIRST), pd.Timestamp(LAST)).sum()
    assert alone["attacks"].tolist() == [inside]


def test_a_sample_to_check_is_drawn_by_seed_from_every_band():
    links = link(random_events(150, 1, towns=1), random_events(150, 2, towns=1))
    sample = links.audit_sample(40, seed=5)
    pd.testing.assert_frame_equal(sample, links.audit_sample(40, seed=5))
    assert not sample.equals(links.audit_sample(40, seed=6))
    assert len(sample) == 40
    assert not sample.duplicated(["left_id", "right_id"]).any()
    strata = sample.groupby("stratum")
    assert {name.startswith("matched") for name in strata.groups} == {True, False}
    assert strata.size().max() - strata.size()[strata["stands_for"].first() > 1].min() <= 1
    assert sample["stands_for"].sum() == pytest.approx(len(links.candidates))
    assert len(links.audit_sample(10**6, seed=1)) == len(links.candidates)


def test_pairs_can_be_read_beside_what_the_sources_say():
    left, right = events([{"kind": "bomb"}], "x"), events([{"kind": "clash"}], "y")
    links = link(left, right)
    row = links.side_by_side(links.matches, left, right).iloc[0]
    assert (row["left_kind"], row["right_kind"], row["score"]) == (
        "bomb",
        "clash",
        links.matches["score"].iloc[0],
    )


def test_links_are_written_whole_safe_and_alike(tmp_path):
    left = events([{"event_id": '=HYPERLINK("x")'}, {"latitude": 36.0}])
    links = link(left, events([{}], "y"))
    for _ in range(2):
        paths = links.write(tmp_path / "links")
    assert sorted(path.name for path in paths) == ["candidates.csv", "links.json", "matches.csv"]
    with (tmp_path / "links" / "matches.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["left_id"] == '\'=HYPERLINK("x")'
    content = json.loads((tmp_path / "links" / "links.json").read_text(encoding="utf-8"))
    assert content["counts"]["matched"] == content["tables"]["matches.csv"]["rows"] == 1
    assert content["settings"]["days"] == 3
    (tmp_path / "links" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="did not write"):
        links.write(tmp_path / "links")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda one: combine({}), "no events were given"),
        (lambda one: combine({"a": one}, how="right"), "'right'"),
        (lambda one: combine({"a:b": one, "c": one}), "cannot be called 'a:b'"),
        (lambda one: union(one.iloc[:0], one, link(one, one)), "not among the left events"),
        (lambda one: link(one, one).audit_sample(0, 1), "sample of 0"),
        (lambda one: sensitivity(one, one, first=FIRST, last=LAST, days=[]), "no window"),
        (lambda one: sensitivity(one.drop(columns="province"), one, first=FIRST, last=LAST), "not located"),
    ],
)
def test_what_cannot_be_combined_is_refused(call, message):
    with pytest.raises(InputError, match=re.escape(message)):
        call(events([{}]))
