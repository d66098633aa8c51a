from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import LAYOUTS, changed, rows_of, write

from trends.errors import InputError, TrendsError, UnknownNameError
from trends.sources import read_source
from trends.sources.reading import EVENT_COLUMNS, REJECT_COLUMNS

EVERY = pytest.mark.parametrize("layout", LAYOUTS)


def adds_up(reading) -> bool:
    lines = [*reading.events["row"], *reading.rejects["row"]]
    return reading.rows == len(lines) == len(set(lines))


@EVERY
def test_a_good_file_is_recognised_and_every_row_is_an_event(tmp_path, layout):
    reading = read_source(write(tmp_path / "file.csv", rows_of(layout)))
    assert reading.source.key == layout
    assert (reading.rows, len(reading.events), len(reading.rejects)) == (3, 3, 0)
    assert {name: str(dtype) for name, dtype in reading.events.dtypes.items()} == EVENT_COLUMNS
    assert tuple(reading.rejects.columns) == REJECT_COLUMNS
    assert reading.events["event_id"].is_unique


def test_the_columns_of_ged_become_those_of_an_event(tmp_path):
    event = read_source(write(tmp_path / "file.csv", rows_of("ucdp-ged", 1))).events.iloc[0].to_dict()
    day = pd.Timestamp("2020-03-17")
    assert event == {
        "event_id": "1",
        "row": 2,
        "date_start": day,
        "date_end": day,
        "date_precision": "day",
        "country": "Iraq",
        "province_name": "Diyálá province",
        "longitude": 44.65,
        "latitude": 33.75,
        "place_precision": "exact",
        "actor_a": "Government of Iraq",
        "actor_b": "IS",
        "kind": "state-based",
        "deaths_best": 2,
        "deaths_low": 1,
        "deaths_high": 3,
    }


def test_points_have_no_deaths_rather_than_none(tmp_path):
    events = read_source(write(tmp_path / "file.csv", rows_of("points"))).events
    assert (
        events[["deaths_best", "deaths_low", "deaths_high", "actor_a", "province_name"]].isna().all(axis=None)
    )


@EVERY
@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text + "\n\n",
        lambda text: text.replace("2020-03-17", "2020-03-17 00:00:00.000").replace(
            "2007-02-23", "2007-02-23 00:00:00"
        ),
        lambda text: "\n".join(
            f"{line},{mark}" for line, mark in zip(text.splitlines(), "abcdefg", strict=False)
        ),
    ],
    ids=["crlf", "bom", "blank lines", "midnight", "one more column"],
)
def test_what_changes_nothing_changes_nothing(tmp_path, layout, spoil):
    rows = [{name: cell.replace("\n", " ") for name, cell in row.items()} for row in rows_of(layout)]
    plain = write(tmp_path / "file.csv", rows)
    spoiled = tmp_path / "spoiled.csv"
    spoiled.write_text(spoil(plain.read_text("utf-8")), encoding="utf-8", newline="")
    shuffled = write(tmp_path / "shuffled.csv", [dict(reversed(row.items())) for row in rows])
    expected = read_source(plain).events
    for path in (spoiled, shuffled):
        found = read_source(path).events
        identifiers = {} if layout != "points" else {"event_id": expected["event_id"]}
        pd.testing.assert_frame_equal(found.assign(**identifiers), expected)


def test_a_row_of_tags_is_no_event_and_lines_are_those_of_the_file(tmp_path):
    rows = rows_of("ucdp-ged", 2)
    tags = dict.fromkeys(rows[0], "") | {"adm_1": "#adm1+name", "low": "#affected"}
    reading = read_source(write(tmp_path / "hdx.csv", [tags, *rows]))
    assert (reading.rows, reading.events["row"].tolist()) == (2, [3, 5])  # each headline takes two lines
    assert reading.notes["rows of #tags below the header: passed over"] == 1


BAD_CELLS = [
    ("ucdp-ged", "id", "", "no identifier"),
    ("ucdp-ged", "id", "  ", "no identifier"),
    ("ucdp-ged", "date_start", "", "no date"),
    ("ucdp-ged", "date_start", "2020-02-30", "no such day"),
    ("ucdp-ged", "date_start", "2020-00-17", "no such day"),
    ("ucdp-ged", "date_start", "2020-03-00", "no such day"),
    ("ucdp-ged", "date_start", "17/03/2020", "not a date as in 2020-03-17"),
    ("ucdp-ged", "date_start", "2020-3-17", "not a date as in 2020-03-17"),
    ("ucdp-ged", "date_start", "2020-03-17 23:30:00", "not a date as in 2020-03-17"),
    ("ucdp-ged", "date_start", "2020-03-17T00:00:00+03:00", "not a date as in 2020-03-17"),
    ("ucdp-ged", "date_start", "0000-03-17", "not between 1900 and 2100"),
    ("ucdp-ged", "date_start", "0020-03-17", "not between 1900 and 2100"),
    ("ucdp-ged", "date_start", "9999-03-17", "not between 1900 and 2100"),
    ("ucdp-ged", "date_start", "NaN", "not a date as in 2020-03-17"),
    ("ucdp-ged", "date_end", "2020-03-16", "ends before it starts"),
    ("ucdp-ged", "date_end", "tomorrow", "not a date as in 2020-03-17"),
    ("ucdp-ged", "date_prec", "0", "not one of 1, 2, 3, 4, 5"),
    ("ucdp-ged", "date_prec", "", "not one of 1, 2, 3, 4, 5"),
    ("ucdp-ged", "where_prec", "8", "not one of 1, 2, 3, 4, 5, 6, 7"),
    ("ucdp-ged", "type_of_violence", "state-based", "not one of 1, 2, 3"),
    ("ucdp-ged", "latitude", "91", "not between -90 and 90"),
    ("ucdp-ged", "latitude", "33,75", "not a number"),
    ("ucdp-ged", "longitude", "180.1", "not between -180 and 180"),
    ("ucdp-ged", "longitude", "nan", "not a number"),
    ("ucdp-ged", "longitude", "1e999", "not a"),
    ("ucdp-ged", "longitude", "=HYPERLINK(1)", "not a number"),
    ("ucdp-ged", "best", "-1", "negative number of deaths"),
    ("ucdp-ged", "best", "", "no number of deaths"),
    ("ucdp-ged", "best", "many", "not a number"),
    ("ucdp-ged", "high", "2.5", "not a whole number of deaths"),
    ("ucdp-ged", "low", "123456789012345678901234", "more deaths than can be"),
    ("ucdp-ged-reduced", "id", "", "no identifier"),
    ("ucdp-ged-reduced", "date", "2021-02-29", "no such day"),
    ("ucdp-ged-reduced", "date", "2020-03-18", "differs from the columns year, month, day"),
    ("ucdp-ged-reduced", "month", "0", "differs from the columns year, month, day"),
    ("ucdp-ged-reduced", "day", "", "differs from the columns year, month, day"),
    ("ucdp-ged-reduced", "type_of_violence", "1", "not one of State-based violence"),
    ("ucdp-ged-reduced", "best_death", "1e3x", "not a number"),
    ("ucdp-ged-reduced", "low_death", "-3", "negative number of deaths"),
    ("ucdp-ged-reduced", "longitude", "44°39'", "not a number"),
    ("points", "date", "2007-02-30", "no such day"),
    ("points", "date", "23.02.2007", "not a date as in 2020-03-17"),
    ("points", "latitude", "-90.5", "not between -90 and 90"),
    ("points", "longitude", "east", "not a number"),
]


@pytest.mark.parametrize(("layout", "column", "cell", "reason"), BAD_CELLS)
def test_a_bad_cell_makes_its_row_a_reject_that_says_why(tmp_path, layout, column, cell, reason):
    reading = read_source(write(tmp_path / "file.csv", changed(layout, **{column: cell})))
    assert adds_up(reading)
    assert len(reading.events) == 2
    reject = reading.rejects.iloc[0]
    at_fault = "date" if reason.startswith("differs") else column
    assert (reject["row"], reject["column"]) == (4 if layout == "ucdp-ged" else 3, at_fault)
    assert reject["reason"].startswith(reason)
    assert reject["value"] == (cell if at_fault == column else "2020-03-17")


def test_the_first_bad_cell_of_a_row_gives_its_reason_and_a_row_is_rejected_once(tmp_path):
    reading = read_source(write(tmp_path / "file.csv", changed("ucdp-ged", date_start="?", best="-1", id="")))
    assert adds_up(reading)
    assert reading.rejects["reason"].tolist() == ["no identifier"]


def test_deaths_out_of_order_are_kept_as_published_and_noted(tmp_path):
    reading = read_source(write(tmp_path / "file.csv", changed("ucdp-ged", low="4", best="3", high="5")))
    assert reading.events["deaths_low"].tolist() == [1, 4, 1]
    assert reading.notes == {"deaths not in the order low, best, high: kept as published": 1}


GOOD = "date,longitude,latitude,type\n2007-02-23,44.65,33.75,IED\n2007-02-24,44.65,33.75,SAF\n"
BROKEN_FILES = {
    "empty": (b"", "file.csv: the file is empty; get it again"),
    "only line breaks": (b"\n\n", "the file is empty"),
    "header only": (GOOD.splitlines()[0].encode(), "there is a header but no row"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "file.csv: is a PDF, not CSV; export it as CSV"),
    "xlsx or zip": (b"PK\x03\x04" + bytes(40), "is a zip or Excel file, not CSV"),
    "gzip": (b"\x1f\x8b\x08" + bytes(40), "is a gzip file, not CSV"),
    "utf-16": (GOOD.encode("utf-16"), "is text in UTF-16, not CSV"),
    "latin-1": (GOOD.replace("SAF", "Fallūjah é").encode("latin-1", "replace"), "row 3: is not UTF-8"),
    "nul": (GOOD.replace("SAF", "S\0F").encode(), "row 3: holds a NUL byte"),
    "binary": (bytes(range(256)) * 4, "file.csv, row 2: is not UTF-8"),
    "cut mid-row": (GOOD[:-8].encode(), "row 3: has 3 fields where the header has 4; the file is cut short"),
    "cut in quotes": (GOOD.replace("SAF", '"SAF').encode(), "row 3: is not well-formed CSV"),
    "one field too many": (
        GOOD.replace("44.65,33", "44,65,33").encode(),
        "row 2: has 5 fields where the header",
    ),
    "semicolons": (
        GOOD.replace(",", ";").replace("latitude", "lat").encode(),
        "row 1: .* nearest is points, for which 1 are missing: latitude; .*--mapping",
    ),
    "tabs": (
        GOOD.replace(",", "\t").replace("latitude", "lat").encode(),
        "row 1: .* nearest is points, for which 1 are missing: latitude; .*--mapping",
    ),
    "one quoted line": (
        b'"date,longitude"\n"2007-02-23,44.65"\n',
        "columns are not separated by commas; export",
    ),
    "excel's first line": (
        b"sep=,\r\n" + GOOD.encode(),
        "row 1: the first line is Excel's .* delete that line",
    ),
    "excel's semicolons": (
        b"\xef\xbb\xbfsep=;\n" + GOOD.replace(",", ";").encode(),
        "the first line is Excel's mark of the separator",
    ),
    "column missing": (
        GOOD.replace("latitude", "lat").encode(),
        "nearest is points, for which 1 are missing: latitude",
    ),
    "column twice": (
        b"date,longitude,latitude,type,date\n2007-02-23,44,33,IED,2007-02-24\n",
        "row 1, column 'date': stands twice",
    ),
    "something else": (
        b"name,age\nAnn,3\n",
        "the columns fit no known source: name, age; give a file of one of",
    ),
    "html": (b"<!DOCTYPE html>\n<html><body>404</body></html>\n", "is HTML or XML, not CSV"),
    "json": (b'{"events": []}\n', "is JSON, not CSV"),
    "nothing usable": (
        GOOD.replace("2007", "x").encode(),
        "row 2, column 'date': none of the 2 rows can be used",
    ),
    "huge cell": (
        GOOD.replace("SAF", "S" * 200_000).encode(),
        "row 3: has a cell of more than 131,072 characters; look",
    ),
}


@pytest.mark.parametrize(("content", "message"), BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_a_file_that_is_none_is_refused_in_one_clear_line(tmp_path, content, message):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_source(path)
    assert "file.csv" in caught.value.message
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 500


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_source(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder; name a file in it"):
        read_source(tmp_path)


@pytest.mark.parametrize(("layout", "other"), [("ucdp-ged", "points"), ("points", "ucdp-ged-reduced")])
def test_a_named_source_is_taken_at_its_word(tmp_path, layout, other):
    path = write(tmp_path / "file.csv", rows_of(layout))
    assert read_source(path, layout).source.key == layout
    with pytest.raises(InputError, match="columns are missing: "):
        read_source(path, other)


def test_an_unknown_source_is_an_error_with_suggestions(tmp_path):
    path = write(tmp_path / "file.csv", rows_of("points"))
    with pytest.raises(UnknownNameError, match="there is no source 'ucdpged'; did you mean 'ucdp-ged'"):
        read_source(path, "ucdpged")


@pytest.mark.parametrize(
    ("file", "years", "coverage", "version"),
    [
        ("events.csv", ("2016", "2020"), ("2016-01-01", "2020-12-31"), "21.1"),
        ("ged-21.1.csv", ("2016", "2019"), ("2016-01-01", "2019-12-31"), "21.1"),
        ("GEDEvent_v20_1.csv", ("2016", "2019"), ("2016-01-01", "2019-12-31"), "20.1"),
        ("ged201-csv.csv", ("2016", "2019"), ("2016-01-01", "2019-12-31"), "20.1"),
    ],
)
def test_ged_covers_the_calendar_years_it_has_events_in(tmp_path, file, years, coverage, version):
    rows = rows_of("ucdp-ged", 2)
    for row, year in zip(rows, years, strict=True):
        row.update(date_start=f"{year}-06-01", date_end=f"{year}-06-01")
    reading = read_source(write(tmp_path / file, rows))
    assert tuple(day.isoformat() for day in reading.coverage) == coverage
    assert reading.source.version == version


def test_a_date_after_the_version_in_the_name_is_a_reject(tmp_path):
    rows = changed("ucdp-ged", date_start="2050-03-17", date_end="2050-03-17")
    reading = read_source(write(tmp_path / "ged-21.1.csv", rows))
    assert reading.coverage == (date(2020, 1, 1), date(2020, 12, 31))
    assert reading.rejects["reason"].tolist() == ["outside the file's coverage, 2020-01-01 to 2020-12-31"]
    assert adds_up(reading)


def test_points_cover_their_first_to_their_last_day(tmp_path):
    reading = read_source(write(tmp_path / "file.csv", changed("points", date="2007-03-01")))
    assert reading.coverage == (date(2007, 2, 23), date(2007, 3, 1))


@EVERY
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_cell_ends_in_an_account_that_adds_up_or_in_one_error(tmp_path, layout, data):
    rows = rows_of(layout)
    for _ in range(3):
        row, column = data.draw(st.integers(0, 2)), data.draw(st.sampled_from(sorted(rows[0])))
        rows[row][column] = data.draw(
            st.text(st.characters(codec="utf-8"), max_size=12) | st.from_regex(r"-?\d{1,9}")
        )
    try:
        reading = read_source(write(tmp_path / "file.csv", rows))
    except TrendsError:
        return
    assert adds_up(reading)
    assert reading.rows == 3


@pytest.mark.parametrize(
    ("file", "rows", "coverage", "key", "version"),
    [
        ("ucdp-ged-19.1-iraq-hdx.csv", 7473, ("1989-01-01", "2018-12-31"), "ucdp-ged", "19.1"),
        ("ucdp-ged-21.1-iraq-geoprec12.csv", 6600, ("1990-01-01", "2020-12-31"), "ucdp-ged-reduced", "21.1"),
        ("iraq-insurgent-attacks-2007-2008.csv", 68573, ("2007-02-23", "2008-07-05"), "points", "2007-2008"),
        ("iraq-airstrikes-2007-2008.csv", 3938, ("2007-02-23", "2008-07-05"), "points", "2007-2008"),
    ],
)
def test_the_shared_files_are_read_whole(shared_data, file, rows, coverage, key, version):
    reading = read_source(shared_data / file)
    assert (reading.rows, len(reading.events), len(reading.rejects)) == (rows, rows, 0)
    assert tuple(day.isoformat() for day in reading.coverage) == coverage
    assert (reading.source.key, reading.source.version) == (key, version)
    assert reading.source.licence in {"CC BY 4.0", "MIT"}
