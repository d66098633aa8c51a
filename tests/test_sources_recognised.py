"""A file is known by the names of its columns, whatever separates them, and where sure enough without any."""

from __future__ import annotations

import csv

import pandas as pd
import pytest
from samples import LAYOUTS, RESTRICTED, rows_of, write

from trends.building import build
from trends.errors import InputError
from trends.sources import read_source, reading
from trends.sources.ucdp_columns import NAMES

ALL = sorted({*LAYOUTS, *RESTRICTED})


@pytest.mark.parametrize("layout", ALL)
@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
@pytest.mark.parametrize("large", [0, 1 << 60])
def test_any_separator_gives_the_same_events(tmp_path, monkeypatch, layout, mark, name, large):
    monkeypatch.setattr(reading, "LARGE", large)
    plain = read_source(write(tmp_path / "ged201.csv", rows_of(layout, 4)))
    other = read_source(write(tmp_path / "ged201.txt", rows_of(layout, 4), delimiter=mark))
    named = read_source(tmp_path / "ged201.txt", plain.source.key)
    for found in (other, named):
        columns = [name for name in plain.events if layout != "points" or name != "event_id"]
        pd.testing.assert_frame_equal(found.events[columns], plain.events[columns])
        assert found.notes == {f"columns separated by {name}, not by commas": 1}
    assert plain.notes == {}


def test_the_names_decide_and_not_how_often_a_character_occurs(tmp_path):
    rows = rows_of("acled")
    more = {f"note, {number}, of, several, words": "x, y" for number in range(20)}
    reading = read_source(write(tmp_path / "acled.csv", [row | more for row in rows], delimiter=";"))
    assert (reading.source.key, len(reading.events)) == ("acled", 3)


@pytest.mark.parametrize("layout", ALL)
def test_a_spreadsheet_s_decimal_commas_and_dates_give_the_same_places_and_days(tmp_path, layout):
    rows = rows_of(layout, 4)
    plain = read_source(write(tmp_path / "plain.csv", rows)).events
    for row in rows:
        for name in ("latitude", "longitude"):
            row[name] = row[name].replace(".", ",")
        for name in {"date_start", "date_end", "date", "event_date"} & {*row}:
            year, month, day = row[name].split("-")
            row[name] = f"{day}.{month}.{year}"
    path = write(tmp_path / "again.csv", rows, delimiter=";")
    path.write_bytes("\ufeff".encode() + path.read_bytes().replace(b"\n", b"\r\n"))
    events = read_source(path).events
    columns = ["date_start", "date_end", "longitude", "latitude", "deaths_best"]
    pd.testing.assert_frame_equal(events[columns], plain[columns])


@pytest.mark.parametrize(
    "cell", ["33.340.582", "33,340,582", "33340582", "33,", ",5", "91,0", "33.340,5", "33,7 5"]
)
def test_what_a_spreadsheet_made_of_a_coordinate_is_never_another_place(tmp_path, cell):
    rows = rows_of("ucdp-ged")
    rows[1]["latitude"] = cell
    found = read_source(write(tmp_path / "ged.csv", rows, delimiter=";"))
    assert found.rejects[["row", "column", "value"]].values.tolist() == [[4, "latitude", cell]]


@pytest.mark.parametrize(
    "date", ["17/03/2020", "3.17.2020", "17.3.20", "30.02.2020", "17.03.2020 10:00", "2020.03.17"]
)
def test_a_date_that_could_be_another_day_is_a_reject(tmp_path, date):
    rows = rows_of("ucdp-ged")
    rows[1]["date_start"] = date
    found = read_source(write(tmp_path / "ged.csv", rows, delimiter=";"))
    assert found.rejects[["column", "value"]].values.tolist() == [["date_start", date]]


def test_names_in_capitals_are_the_same_names(tmp_path):
    plain = read_source(write(tmp_path / "plain.csv", rows_of("gtd")))
    rows = [{name.upper(): cell for name, cell in row.items()} for row in rows_of("gtd")]
    found = read_source(write(tmp_path / "capitals.csv", rows))
    pd.testing.assert_frame_equal(found.events, plain.events)
    assert found.notes == {"names of columns in another case than published": 1}


def test_a_name_that_stands_twice_but_for_its_case_is_refused(tmp_path):
    rows = [{**{name.upper(): cell for name, cell in row.items()}, "Id": "9"} for row in rows_of("ucdp-ged")]
    with pytest.raises(InputError, match="column 'id': stands twice in the header"):
        read_source(write(tmp_path / "twice.csv", rows))


def test_columns_that_fit_nothing_are_named_with_a_way_out(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("Datum;Ort;Tote\n17.03.2020;Bagdad;2\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"fit no known source: Datum, Ort, Tote; .*--mapping .'trends source init"
    ):
        read_source(path)


DATED = "2024-01-02 00:00:00.000"
CELLS = {
    "id": "500001", "relid": "IRQ-2024-1-1-1", "year": "2024", "active_year": "1", "code_status": "Clear",
    "type_of_violence": "1", "side_a": "Government of Iraq", "side_b": "IS", "number_of_sources": "1",
    "source_article": 'a "quoted" title, with a comma', "where_prec": "1", "adm_1": "Diyala province",
    "latitude": "33.75", "longitude": "44.65", "geom_wkt": "POINT (44.65 33.75)", "country": "Iraq",
    "country_id": "645", "event_clarity": "1", "date_prec": "1", "date_start": DATED, "date_end": DATED,
    "deaths_a": "1", "deaths_b": "2", "deaths_civilians": "3", "deaths_unknown": "0", "best": "6", "high": "7",
    "low": "5",
}  # fmt: skip


def headless(path, count=4, spoil=None):
    rows = [dict.fromkeys(NAMES, "") | CELLS | {"id": str(500001 + number)} for number in range(count)]
    if spoil:
        rows[-1].update(spoil)
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(row.values() for row in rows)
    return path


@pytest.mark.parametrize("source", [None, "ucdp-ged"])
@pytest.mark.parametrize("large", [0, 1 << 60])
def test_a_candidate_file_without_a_header_is_read_where_its_content_leaves_no_doubt(
    tmp_path, monkeypatch, source, large
):
    monkeypatch.setattr(reading, "LARGE", large)
    path = headless(tmp_path / "GEDEvent_v24_0_1.csv")
    found = read_source(path, source)
    assert (found.source.key, found.source.version, found.rows) == ("ucdp-ged-candidate", "24.0.1", 4)
    assert found.events["row"].tolist() == [1, 2, 3, 4]
    assert found.events[["deaths_low", "deaths_best", "deaths_high"]].values.tolist() == [[5, 6, 7]] * 4
    assert found.notes == {"no header: columns told by their number and content": 1}
    path.write_text(",".join(NAMES) + "\n" + path.read_text("utf-8"), encoding="utf-8")
    headed = read_source(path).events
    columns = headed.columns.drop("row")
    pd.testing.assert_frame_equal(headed[columns], found.events[columns])
    assert build(raw=[headless(path)], out=tmp_path / "panel").manifest["rows"]["used"] == 4


@pytest.mark.parametrize(
    "spoil",
    [
        {"latitude": "44.65", "longitude": "33.75"},
        {"best": "5", "low": "6"},
        {"geom_wkt": ""},
        {"year": "2023"},
        {"date_prec": "6"},
        {"side_b": "234"},
        {"deaths_a": ""},
    ],
)
def test_a_file_without_a_header_that_leaves_a_doubt_is_refused(tmp_path, spoil):
    path = headless(tmp_path / "GEDEvent_v24_0_1.csv", spoil=spoil)
    with pytest.raises(
        InputError, match=r"row 1: the first line holds values, not the names of 49 .* not certain"
    ):
        read_source(path)
