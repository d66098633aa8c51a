from __future__ import annotations

import csv
import hashlib
import json
import os
from dataclasses import FrozenInstanceError
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import changed, rows_of, write

from trends import building, sorting
from trends.building import build
from trends.errors import InputError, TrendsError, UnknownNameError
from trends.files import plain_cell, safe_cell, whole_folder
from trends.panel import load_panel

TABLES = [
    "daily.csv",
    "disagreements.csv",
    "ledger.csv",
    "manifest.json",
    "precision.csv",
    "rejects.csv",
    "weekly.csv",
]


@pytest.fixture
def ged(tmp_path):
    """A file of the full layout in which each kind of row occurs."""
    rows = rows_of("ucdp-ged", 9)
    rows[1]["side_b"] = "PKK"
    rows[2].update(date_start="2020-12-31", date_end="2020-12-31")
    rows[3]["country"] = "Syria"
    rows[4]["date_start"] = "2020-02-30"
    rows[5]["date_prec"] = "4"
    rows[6]["adm_1"] = "=HYPERLINK(1)"
    rows[7].update(adm_1="", where_prec="6")
    return write(tmp_path / "ged.csv", [*rows, dict(rows[8])])


def made(ged, tmp_path, **choices):
    choices = {"actor": "IS", "first": date(2020, 1, 1), "last": date(2020, 6, 30)} | choices
    return build(raw=[ged], out=tmp_path / "panel", **choices)


def read_rows(path):
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_every_row_that_was_read_is_accounted_for(ged, tmp_path):
    result = made(ged, tmp_path)
    assert result.manifest["rows"] == {
        "read": 10,
        "used": 2,
        "merged_duplicates": 1,
        "other_country": 1,
        "other_actor": 1,
        "out_of_window": 1,
        "rejected": 4,
    }
    assert sum(result.manifest["rejected_by_reason"].values()) == 4
    assert sorted(path.name for path in result.paths) == TABLES
    assert ("merged duplicates", 1) in result.ledger
    assert str(result).splitlines()[0].split() == ["10", "read"]
    with pytest.raises(FrozenInstanceError):
        result.out = tmp_path


def test_rejects_say_where_and_why_and_are_safe_to_open_in_a_spreadsheet(ged, tmp_path):
    rejects = read_rows(made(ged, tmp_path).out / "rejects.csv")
    assert [(row["file"], row["row"], row["column"]) for row in rejects] == [
        ("ged.csv", "10", "date_start"),
        ("ged.csv", "12", "date_start"),
        ("ged.csv", "14", "province"),
        ("ged.csv", "16", "point"),
    ]
    assert rejects[2]["value"] == "'=HYPERLINK(1)"
    assert plain_cell(rejects[2]["value"]) == "=HYPERLINK(1)"
    assert rejects[1]["reason"] == "date precision: month"


def test_the_manifest_says_what_the_tables_are_made_from(ged, tmp_path):
    result = made(ged, tmp_path)
    manifest = json.loads((result.out / "manifest.json").read_text("utf-8"))
    assert manifest == result.manifest
    assert manifest["raw"][0]["sha256"] == hashlib.sha256(ged.read_bytes()).hexdigest()
    assert manifest["licence"] == "CC BY 4.0"
    assert "Sundberg" in manifest["citation"]
    assert manifest["filters"]["actor"] == "IS"
    assert manifest["coverage"] == {"first": "2020-01-01", "last": "2020-06-30"}
    assert manifest["weeks"]["days_left_over_before"] == 5
    assert manifest["weeks"]["days_left_over_after"] == 2
    assert "no whole week: 5 days at the beginning and 2 at the end, with " in str(result)
    weekly = pd.read_csv(result.out / "weekly.csv")["attacks"].sum()
    assert manifest["weeks"]["events_left_over"] == manifest["rows"]["used"] - weekly
    assert manifest["located_by"] == {"name": 2}
    assert manifest["totals"] == {"attacks": 2, "deaths_best": 4, "deaths_low": 2, "deaths_high": 6}
    for name, table in manifest["tables"].items():
        assert table["sha256"] == hashlib.sha256((result.out / name).read_bytes()).hexdigest()
    text = (result.out / "manifest.json").read_text("utf-8")
    assert str(tmp_path) not in text


def test_the_same_files_make_the_same_bytes(ged, tmp_path):
    first = {path.name: path.read_bytes() for path in made(ged, tmp_path).paths}
    again = made(ged, tmp_path)
    assert {path.name: path.read_bytes() for path in again.paths} == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ged.csv", "panel"]
    assert load_panel(again.out).counts().sum() == 2


def test_without_choices_every_event_of_the_whole_coverage_counts(ged, tmp_path):
    result = build(raw=[ged], out=tmp_path / "panel")
    assert result.manifest["rows"]["used"] == 4
    assert result.manifest["coverage"] == {"first": "2020-01-01", "last": "2020-12-31"}
    assert result.manifest["filters"]["actor"] is None


def test_a_source_without_deaths_leaves_their_cells_empty(tmp_path):
    rows = changed("points", date="2007-03-20")
    result = build(raw=[write(tmp_path / "points.csv", rows)], out=tmp_path / "panel")
    week = read_rows(result.out / "weekly.csv")[0]
    assert (week["attacks"], week["deaths_best"], week["deaths_high"]) == ("0", "", "")
    assert result.manifest["totals"] == dict.fromkeys(["deaths_best", "deaths_low", "deaths_high"]) | {
        "attacks": 3
    }
    assert load_panel(result.out).daily["deaths_low"].isna().all()


def yearly(tmp_path, year: int, layout: str = "ucdp-ged", first_id: int = 0):
    rows = rows_of(layout)
    for row in rows:
        row.update(id=str(first_id + int(row["id"])), date_start=f"{year}-06-01", date_end=f"{year}-06-01")
    return write(tmp_path / f"events-{year}.csv", rows)


def test_files_of_one_source_add_up(tmp_path):
    files = [yearly(tmp_path, 2020, first_id=10), yearly(tmp_path, 2019)]
    result = build(raw=files, out=tmp_path / "panel")
    assert result.manifest["coverage"] == {"first": "2019-01-01", "last": "2020-12-31"}
    assert result.manifest["rows"]["used"] == 6
    twice = build(raw=[*files, files[0]], out=tmp_path / "panel")
    assert twice.manifest["rows"]["merged_duplicates"] == 3
    assert twice.manifest["totals"] == result.manifest["totals"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            lambda at: [yearly(at, 2018), yearly(at, 2020, first_id=10)],
            "nothing covers the days between 2018-12-31 and",
        ),
        (
            lambda at: [yearly(at, 2019), yearly(at, 2020)],
            "3 identifiers stand for two events, first 1, 2, 3",
        ),
        (
            lambda at: [yearly(at, 2019), write(at / "points.csv", rows_of("points"))],
            r"the files are of 2 sources .*, which may have the same events; say --combine union",
        ),
        (lambda at: [], "no raw file was given"),
    ],
)
def test_files_that_do_not_fit_together_are_refused(tmp_path, files, message):
    with pytest.raises(InputError, match=message):
        build(raw=files(tmp_path), out=tmp_path / "panel")
    assert not (tmp_path / "panel").exists()


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (
            {"first": date(2019, 12, 31)},
            "2019-12-31 to 2020-06-30 reaches beyond what is covered, 2020-01-01 to",
        ),
        ({"last": date(2021, 1, 1)}, "reaches beyond what is covered"),
        ({"first": date(2020, 7, 1)}, "the window ends .2020-06-30. before it starts .2020-07-01."),
        ({"first": date(2020, 3, 17), "last": date(2020, 3, 18)}, "no complete week lies between"),
        ({"first": date(2020, 4, 1)}, "no event is left to count .*2 rejected|no event is left to count"),
        ({"actor": "Islamic Stat"}, "no event has the actor 'Islamic Stat'"),
        ({"country": "atlantis"}, "there is no country 'atlantis'"),
        ({"source": "acled-v0"}, "there is no source 'acled-v0'"),
    ],
)
def test_an_impossible_choice_is_refused_and_nothing_is_written(ged, tmp_path, choices, message):
    with pytest.raises(InputError, match=message):
        made(ged, tmp_path, **choices)
    assert [path.name for path in tmp_path.iterdir()] == ["ged.csv"]


def test_a_file_of_another_country_is_refused(tmp_path):
    rows = [row | {"country": "Syria"} for row in rows_of("ucdp-ged")]
    path = write(tmp_path / "syria.csv", rows)
    with pytest.raises(InputError, match=r"no country that is known \(Syria\); name one of .*iraq"):
        build(raw=[path], out=tmp_path / "panel")
    with pytest.raises(InputError, match="no event lies in Iraq; the files have Syria"):
        build(raw=[path], out=tmp_path / "panel", country="iraq")


def test_boundaries_that_are_none_are_refused(ged, tmp_path):
    with pytest.raises(InputError, match=r"none.geojson: there is no such file"):
        made(ged, tmp_path, boundaries=tmp_path / "none.geojson")
    with pytest.raises(InputError, match=r"ged.csv: (cannot be read as a file of shapes|holds no shapes)"):
        made(ged, tmp_path, boundaries=ged)


def test_a_folder_with_other_files_is_never_replaced(ged, tmp_path):
    out = tmp_path / "panel"
    out.mkdir()
    made(ged, tmp_path)
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="holds files that this command did not write; empty it"):
        made(ged, tmp_path)
    assert (out / "notes.txt").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("none/panel", "none: there is no such folder"),
        ("ged.csv", "is a file, not a folder"),
        ("ged.csv/x", "no such"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_at_once(ged, tmp_path, where, message):
    with pytest.raises(InputError, match=message):
        build(raw=[tmp_path / "not read.csv"], out=tmp_path / where)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder that nobody can write to")  # noqa: PTH112
def test_a_folder_that_cannot_be_written_to_is_refused(ged):
    with pytest.raises(InputError, match="/proc/self: cannot be written to; choose another folder"):
        build(raw=[ged], out=ged.__class__("/proc/self/panel"))


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device"), RuntimeError])
def test_a_build_that_stops_leaves_the_old_folder_as_it_was(ged, tmp_path, monkeypatch, failure):
    before = {path.name: path.read_bytes() for path in made(ged, tmp_path).paths}

    def stop(*_):
        raise failure

    monkeypatch.setattr(building, "write_json", stop)
    expected = InputError if isinstance(failure, OSError) else failure
    with pytest.raises(expected):
        made(ged, tmp_path, actor=None)
    assert {path.name: path.read_bytes() for path in (tmp_path / "panel").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ged.csv", "panel"]


def test_the_old_folder_comes_back_when_the_swap_fails(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").touch()
    rename = type(out).rename

    def refuse(self, target):
        if self.name.endswith(".partial"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(type(out), "rename", refuse)
    with (
        pytest.raises(InputError, match="cannot be written: Permission denied"),
        whole_folder(out, lambda _: True),
    ):
        pass
    assert [path.name for path in out.iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_rows_that_vanish_stop_the_build(ged, tmp_path, monkeypatch):
    monkeypatch.setattr(sorting, "merge_duplicates", lambda events: (events.iloc[1:], events.iloc[:0]))
    with pytest.raises(TrendsError, match="10 rows were read but 9 are accounted for"):
        made(ged, tmp_path)


@given(st.text(st.characters(codec="utf-8")))
def test_a_safe_cell_begins_with_no_formula_and_gives_its_text_back(text):
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert plain_cell(safe_cell(text)) == text


@pytest.mark.parametrize(
    ("suffix", "choices"),
    [
        ("is", {"actor": "IS"}),
        ("is-one-sided", {"actor": "IS", "attacks": "one-sided"}),
        ("pkk", {"actor": "PKK"}),
    ],
)
def test_the_committed_panels_are_rebuilt_byte_for_byte(
    shared_data, cod_ab, committed_panel, tmp_path, suffix, choices
):
    committed = committed_panel.with_name(f"ucdp-ged-21.1-iraq-{suffix}")
    result = build(
        raw=[shared_data / "ucdp-ged-21.1-iraq-geoprec12.csv"],
        boundaries=cod_ab,
        **choices,
        first=date(2016, 1, 4),
        last=date(2020, 12, 27),
        out=tmp_path / "panel",
    )
    for path in result.paths:
        assert path.read_bytes() == (committed / path.name).read_bytes(), path.name
    assert sorted(path.name for path in committed.iterdir()) == TABLES


def test_the_weekly_attacks_of_2007_and_2008_are_rebuilt(shared_data, cod_ab, tmp_path):
    raw = shared_data / "iraq-insurgent-attacks-2007-2008.csv"
    result = build(raw=[raw], boundaries=cod_ab, out=tmp_path / "panel")
    reference = building.Path(__file__).parent / "reference" / "attacks-2007-2008-weekly.csv"
    expected = pd.read_csv(reference, parse_dates=["week"])
    found = load_panel(result.out).frame[["week", "province", "attacks"]]
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert result.manifest["rows"]["used"] == 68573


def test_the_full_layout_of_ged_adds_up(shared_data, cod_ab, tmp_path):
    result = build(
        raw=[shared_data / "ucdp-ged-19.1-iraq-hdx.csv"], boundaries=cod_ab, out=tmp_path / "panel"
    )
    assert result.manifest["rows"]["read"] == 7473
    assert result.manifest["rejected_by_reason"] == {
        "date precision: month": 115,
        "date precision: year": 33,
        "place precision: country": 120,
        "place precision: region": 236,
    }
    assert result.manifest["names_against_polygons"]["disagree"] == 23


def test_two_versions_of_one_source_are_not_counted_twice(shared_data, tmp_path):
    files = ["ucdp-ged-19.1-iraq-hdx.csv", "ucdp-ged-21.1-iraq-geoprec12.csv"]
    with pytest.raises(
        InputError, match=r"identifiers stand for two events, first .*; give one version of the source"
    ):
        build(raw=[shared_data / file for file in files], out=tmp_path / "panel")


def test_an_unknown_actor_in_a_real_file_is_named_with_near_ones(shared_data, tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'PKK'"):
        build(raw=[shared_data / "ucdp-ged-19.1-iraq-hdx.csv"], actor="PKKK", out=tmp_path / "panel")
