"""Each kind of source in the layouts it was published in; rows of restricted sources are invented."""

from __future__ import annotations

import zipfile
from datetime import date

import openpyxl
import pandas as pd
import pytest
from samples import FULL, changed, rows_of, write

from trends.building import build
from trends.errors import InputError, UnknownNameError
from trends.sources import read_source
from trends.sources.mapped.drafting import draft_mapping, write_draft
from trends.sources.mapped.mapping import read_mapping

OLD = ("conflict_new_id", "dyad_new_id", "side_a_new_id", "side_b_new_id", "gwnoa", "gwnob")
NEW = ("relid", "code_status", "conflict_dset_id", "conflict_new_id", "dyad_dset_id", "where_description")
DEATHS = {"deaths_a": "0", "deaths_b": "1", "deaths_civilians": "1", "deaths_unknown": "0"}
GED_LAYOUTS = {
    "17.1": (dict.fromkeys(OLD, "7") | DEATHS, "", "ged171.csv"),
    "19.1": (dict.fromkeys((*OLD, "iso3", "start_year", "end_year"), "7") | DEATHS, "", "ged191.csv"),
    "20.1": (dict.fromkeys(NEW, "7") | DEATHS, " 00:00:00.000", "ged201.csv"),
    "22.1": (dict.fromkeys(NEW, "7") | DEATHS, " 00:00:00.000", "GEDEvent_v22_1.csv"),
}


@pytest.mark.parametrize("version", GED_LAYOUTS)
def test_every_yearly_layout_of_ged_gives_the_same_events(tmp_path, version):
    more, time, file = GED_LAYOUTS[version]
    rows = [
        more | row | {name: row[name] + time for name in ("date_start", "date_end")}
        for row in rows_of("ucdp-ged")
    ]
    if version >= "22":
        rows = [dict(reversed(row.items())) for row in rows]
    reading = read_source(write(tmp_path / file, rows))
    assert (reading.source.key, reading.source.version, len(reading.events)) == ("ucdp-ged", version, 3)
    assert reading.events["deaths_civilians"].tolist() == [1, 1, 1]
    plain = read_source(write(tmp_path / "plain.csv", rows_of("ucdp-ged"))).events
    pd.testing.assert_frame_equal(reading.events[plain.columns], plain)
    assert reading.coverage[0] == date(2020, 1, 1)


@pytest.mark.parametrize("source", [None, "ucdp-ged-est"])
def test_estimates_named_est_are_read_as_any_others(tmp_path, source):
    plain = read_source(write(tmp_path / "plain.csv", rows_of("ucdp-ged")))
    rows = [dict.fromkeys(OLD, "7") | row for row in rows_of("ucdp-ged")]
    for row in rows:
        row.update(best_est=row.pop("best"), high_est=row.pop("high"), low_est=row.pop("low"))
    reading = read_source(write(tmp_path / "est.csv", rows), source)
    pd.testing.assert_frame_equal(reading.events, plain.events)
    assert reading.events[["deaths_low", "deaths_best", "deaths_high"]].to_numpy().tolist() == [[1, 2, 3]] * 3
    assert (reading.source, reading.family) == (plain.source, plain.family)


def test_a_file_of_ged_that_pandas_saved_again_gives_the_same_events(tmp_path):
    columns = ["date_prec", "where_prec", "type_of_violence"]
    rows = changed("ucdp-ged", date_prec="3", where_prec="4", type_of_violence="3")
    frame = pd.DataFrame(rows).astype(dict.fromkeys(columns, float))
    frame.loc[2, columns] = 1.5, 0.0, float("nan")
    frame.to_csv(tmp_path / "again.csv", index=False)
    plain = read_source(write(tmp_path / "plain.csv", rows)).events
    again = read_source(tmp_path / "again.csv")
    pd.testing.assert_frame_equal(again.events, plain.iloc[:2])
    assert again.events["date_precision"].tolist() == ["day", "week"]
    assert again.rejects[["column", "value"]].to_numpy().tolist() == [["date_prec", "1.5"]]


@pytest.mark.parametrize(
    ("file", "version", "coverage", "events"),
    [
        ("GEDEvent_v20_0_3.csv", "20.0.3", ("2020-03-01", "2020-03-31"), 4),
        ("GEDEvent_v20_01_20_03.csv", "20.01.20.3", ("2020-01-01", "2020-03-31"), 4),
        ("GEDEvent_v20_0_4.csv", "20.0.4", ("2020-04-01", "2020-04-30"), 4),
        ("GEDEvent_v20_0_2.csv", "20.0.2", ("2020-02-01", "2020-02-29"), 1),
    ],
)
def test_a_candidate_file_covers_its_months_and_brings_late_records(
    tmp_path, file, version, coverage, events
):
    rows = [row | {"code_status": "Check dyad"} for row in rows_of("ucdp-ged", 4)]
    rows[3].update(date_start="2020-02-10", date_end="2020-02-10")
    reading = read_source(write(tmp_path / file, rows))
    assert (reading.source.key, reading.source.version) == ("ucdp-ged-candidate", version)
    assert tuple(day.isoformat() for day in reading.coverage) == coverage
    assert (len(reading.events), reading.rows) == (events, 4)
    assert reading.events["status"].eq("Check dyad").all()
    assert any("Africa only" in caveat for caveat in reading.source.caveats)


def test_a_file_without_a_header_says_so(tmp_path):
    path = write(tmp_path / "GEDEvent_v21_0_1.csv", rows_of("ucdp-ged"))
    path.write_text(path.read_text("utf-8").split("\n", 1)[1], encoding="utf-8")
    with pytest.raises(InputError, match="the first line holds values, not the names of 17 columns"):
        read_source(path)


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def csv_bytes(tmp_path):
    return write(tmp_path / "plain.csv", rows_of("ucdp-ged")).read_bytes()


def test_the_csv_inside_a_zip_is_read_as_it_stands(tmp_path, csv_bytes):
    inside = {"GEDEvent_v21_1.csv": csv_bytes, "readme.txt": b"x", "__MACOSX/._GEDEvent_v21_1.csv": b"x"}
    reading = read_source(zipped(tmp_path / "download.zip", inside))
    assert (reading.file, reading.source.version, reading.rows) == ("download.zip", "21.1", 3)
    plain = read_source(tmp_path / "plain.csv")
    pd.testing.assert_frame_equal(reading.events, plain.events)
    assert reading.sha256 != plain.sha256
    assert build(raw=[tmp_path / "download.zip"], out=tmp_path / "panel").manifest["rows"]["used"] == 3


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"a.csv": b"x", "b.csv": b"x"}, r"is a zip with 2 CSV files \(a.csv, b.csv\); unpack it"),
        ({"a.txt": b"x"}, "is a zip without a CSV file"),
        ({"../a.csv": b"x"}, "a name that leads out of it"),
        ({"/etc/a.csv": b"x"}, "a name that leads out of it"),
        ({"..\\a.csv": b"x"}, "a name that leads out of it"),
        ({"C:\\a.csv": b"x"}, "a name that leads out of it"),
        ({"a.csv": bytes(20_000_000)}, "bytes that would become 20,000,000"),
        ({"a.csv": b""}, "the file is empty"),
        ({"a.csv": b"%PDF-1.7"}, "is a PDF, not CSV"),
        ({}, "is a zip without a CSV file"),
    ],
)
def test_a_zip_that_is_not_one_csv_is_refused(tmp_path, members, message):
    with pytest.raises(InputError, match=message):
        read_source(zipped(tmp_path / "file.zip", members))
    assert [path.name for path in tmp_path.iterdir()] == ["file.zip"]


@pytest.mark.parametrize("name", ["file.zip", "FILE.ZIP", "file.xlsx"])
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"date,longitude,latitude,type\n2007-02-23,44.65,33.75,IED\n", "does not begin as one"),
        (b"<html>404</html>", "is HTML or XML"),
        (b"PK", "does not begin as one"),
        (bytes(99), "does not begin as one"),
    ],
)
def test_what_is_called_a_zip_and_is_none_is_not_read_as_csv(tmp_path, name, content, what):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(
        InputError, match=rf"(?i)^{name}: is called .{name[-4:].strip('.')}, but {what}; .*get it again"
    ):
        read_source(tmp_path / name)


def test_a_quote_that_never_closes_is_looked_for_where_its_record_begins(tmp_path):
    rows = rows_of("acled", 3)
    rows[1]["notes"] = "\n".join(["a line"] * 30_000)
    with pytest.raises(
        InputError, match=r"row 3: has a cell of more than 131,072 characters; look for a quote"
    ):
        read_source(write(tmp_path / "acled.csv", rows))
    rows[1]["notes"] = "two\nlines"
    path = write(tmp_path / "acled.csv", rows)
    path.write_text(path.read_text("utf-8").replace('lines"', 'lines" x'), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"row 4: is not well-formed CSV .*in the record that begins on row 3"
    ):
        read_source(path)


def test_a_damaged_zip_is_refused(tmp_path, csv_bytes):
    path = zipped(tmp_path / "file.zip", {"a.csv": csv_bytes})
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(InputError, match="is a zip or Excel file, not CSV, and it is damaged"):
        read_source(path)


def test_the_columns_of_acled_become_those_of_an_event(tmp_path):
    rows = changed("acled", event_date="17 March 2020", time_precision="3", inter1="Rebel group")
    reading = read_source(write(tmp_path / "acled.csv", rows))
    first, second = (reading.events.iloc[place] for place in (0, 1))
    assert reading.source.key == "acled"
    assert first["deaths_low"] == first["deaths_best"] == first["deaths_high"] == 2
    assert (first["kind"], first["event_type"]) == (
        "Remote explosive/landmine/IED",
        "Explosions/Remote violence",
    )
    assert (first["recorded"], first["actor_a_kind"]) == (pd.Timestamp("2020-03-24"), "rebel group")
    assert (second["date_start"], second["date_precision"]) == (first["date_start"], "month")
    assert second["actor_a_kind"] == "Rebel group"
    assert reading.coverage == (date(2020, 3, 17), date(2020, 3, 17))


@pytest.mark.parametrize(("layout", "licence"), [("acled", "ACLED terms"), ("gtd", "GTD terms of use")])
def test_a_panel_of_a_restricted_source_says_that_its_rows_must_not_be_passed_on(tmp_path, layout, licence):
    rows = rows_of(layout, 2)
    rows[1].update({"event_date": "2020-03-31"} if layout == "acled" else {"iday": "31"})
    result = build(raw=[write(tmp_path / "rows.csv", rows)], out=tmp_path / "panel")
    assert result.manifest["licence"].startswith(licence)
    assert "must not be passed on" in result.manifest["licence"]


GTD_DATES = [
    ({}, "2020-03-17", "2020-03-17", "day"),
    ({"iday": "0"}, "2020-03-01", "2020-03-31", "month"),
    ({"imonth": "0", "iday": "0"}, "2020-01-01", "2020-12-31", "year"),
    ({"imonth": "0", "iday": "9"}, "2020-01-01", "2020-12-31", "year"),
    ({"extended": "1", "resolution": "2020-03-20"}, "2020-03-17", "2020-03-20", "day"),
    ({"resolution": "3/20/2020"}, "2020-03-17", "2020-03-17", "day"),
]


@pytest.mark.parametrize(("cells", "first", "last", "precision"), GTD_DATES)
def test_the_dates_of_gtd_may_be_unknown_in_part(tmp_path, cells, first, last, precision):
    event = read_source(write(tmp_path / "gtd.csv", changed("gtd", **cells))).events.iloc[1]
    assert (event["date_start"], event["date_end"]) == (pd.Timestamp(first), pd.Timestamp(last))
    assert event["date_precision"] == precision


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"iday": "31", "imonth": "2"}, "no such day"),
        ({"imonth": "13"}, "no such day"),
        ({"iyear": "0"}, "not a year, a month and a day"),
        ({"iyear": "0000"}, "not between 1900 and 2100"),
        ({"iday": "-9"}, "not a year, a month and a day"),
        ({"nkill": "-9"}, "not between 0 and"),
        ({"specificity": "9"}, "not one of"),
        ({"doubtterr": "maybe"}, "not one of"),
    ],
)
def test_a_bad_cell_of_gtd_makes_a_reject(tmp_path, cells, reason):
    reading = read_source(write(tmp_path / "gtd.csv", changed("gtd", **cells)))
    assert (len(reading.events), reading.rejects["row"].tolist()) == (2, [3])
    assert reading.rejects["reason"].iloc[0].startswith(reason)


def test_unknown_deaths_of_gtd_are_unknown_and_shares_are_rounded(tmp_path):
    rows = rows_of("gtd", 3)
    rows[1]["nkill"], rows[2]["nkill"] = "", "1.5"
    events = read_source(write(tmp_path / "gtd.csv", rows)).events
    assert events["deaths_low"].tolist() == [2, 0, 1]
    assert events["deaths_high"].tolist() == [2, pd.NA, 2]
    assert events["doubtful"].tolist() == ["no"] * 3


def test_an_unknown_province_of_gtd_is_found_by_its_point_or_rejected(tmp_path):
    rows = rows_of("gtd", 3)
    rows[1]["provstate"] = "Unknown"
    rows[2].update(provstate="unknown", specificity="5")
    path = write(tmp_path / "gtd.csv", rows)
    assert read_source(path).events["province_name"].tolist() == ["Diyala", None, None]
    manifest = build(raw=[path], out=tmp_path / "panel").manifest
    assert manifest["located_by"] == {"name": 1, "polygon": 1}
    assert manifest["rejected_by_reason"] == {"place precision: country": 1}


def test_gtd_in_latin_1_is_read_and_said_so(tmp_path):
    rows = changed("gtd", city="Ménaka", gname="Frente Revolución")
    path = write(tmp_path / "gtd.csv", rows)
    path.write_bytes(path.read_text("utf-8").encode("iso-8859-1"))
    reading = read_source(path)
    assert reading.events["actor_a"].iloc[1] == "Frente Revolución"
    assert reading.notes == {"read as ISO-8859-1, not UTF-8": 1}


@pytest.mark.parametrize("filler", [0, 600])
def test_a_file_whose_mark_says_utf_8_is_read_as_nothing_else(tmp_path, filler):
    path = write(tmp_path / "gtd.csv", [*rows_of("gtd", filler), *changed("gtd", city="Ménaka")])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_text("utf-8").encode("iso-8859-1"))
    with pytest.raises(InputError, match=rf"row {filler + 3}: .*is not UTF-8; export it as CSV in UTF-8"):
        read_source(path)


def test_a_mapping_that_contradicts_the_mark_of_its_table_says_so(log):
    (log / "log.csv").write_text("\ufeff" + TABLE, encoding="utf-8")
    with pytest.raises(InputError, match=r"is UTF-8, as its first bytes say, and not CP1252; write encoding"):
        read_source(log / "log.csv", mapping=log / "log.toml")


def test_the_year_that_gtd_lost_is_covered_by_no_file(tmp_path):
    rows = rows_of("gtd", 4)
    for row, (year, month) in zip(rows, [(1992, 5), (1993, 6), (1994, 1), (1995, 6)], strict=True):
        row.update(iyear=str(year), imonth=str(month))
    reading = read_source(write(tmp_path / "gtd.csv", rows))
    assert reading.coverage == (date(1994, 1, 1), date(1995, 6, 30))
    assert (len(reading.events), len(reading.rejects)) == (2, 2)


def book(path, *sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = workbook.create_sheet(f"sheet {number}")
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def test_gtd_in_a_workbook_equals_its_csv(tmp_path):
    rows = rows_of("gtd")
    expected = read_source(write(tmp_path / "gtd.csv", rows)).events
    cells = [
        [float(cell) if cell.replace(".", "").isdigit() else cell for cell in row.values()] for row in rows
    ]
    path = book(tmp_path / "gtd.xlsx", [list(rows[0]), *cells], [])
    reading = read_source(path)
    pd.testing.assert_frame_equal(reading.events, expected)
    assert (reading.source.key, reading.rows) == ("gtd", 3)


def test_a_workbook_with_two_sheets_is_refused(tmp_path):
    rows = [["date", "longitude", "latitude", "type"], ["2020-03-17", 44.65, 33.75, "IED"]]
    with pytest.raises(InputError, match=r"has 2 filled sheets .'sheet 1', 'sheet 2'.; keep the one"):
        read_source(book(tmp_path / "two.xlsx", rows, rows))
    with pytest.raises(InputError, match="has no filled sheet"):
        read_source(book(tmp_path / "none.xlsx", []))
    formula = [*rows, ["2020-03-18", "=1+1", 33.75, "IED"]]
    reading = read_source(book(tmp_path / "one.xlsx", formula))
    assert reading.rejects[["row", "value"]].values.tolist() == [[3, "=1+1"]]


TABLE = "No;Datum;Gov;Type;Killed\n1;17/03/2020;Diyala;A;2\n2;18/03/2020;Bagdad;B;\n3;30/02/2020;Anbar;A;1\n"
MAPPING = """
delimiter = ";"
date_format = "%d/%m/%Y"
encoding = "cp1252"
coverage = [2020-01-01, 2020-12-31]
[source]
key = "log"
licence = "not to be passed on"
[columns]
event_id = "No"
date_start = "Datum"
province_name = "Gov"
kind = "Type"
deaths_best = "Killed"
[constants]
country = "Iraq"
place_precision = "province"
[types.kind]
A = "armed assault"
B = "improvised bomb"
"""


@pytest.fixture
def log(tmp_path):
    (tmp_path / "log.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "log.toml").write_text(MAPPING, encoding="utf-8")
    return tmp_path


def test_any_table_is_read_through_a_mapping_file(log):
    reading = read_source(log / "log.csv", mapping=log / "log.toml")
    assert reading.rejects[["row", "column", "reason"]].values.tolist() == [
        [4, "Datum", "not a date as in 17/03/2020"]
    ]
    events = reading.events
    assert events["date_start"].dt.strftime("%Y-%m-%d").tolist() == ["2020-03-17", "2020-03-18"]
    assert events["kind"].tolist() == ["armed assault", "improvised bomb"]
    assert events["deaths_best"].tolist() == [2, pd.NA]
    assert (events["country"].eq("Iraq").all(), events["date_precision"].eq("day").all()) == (True, True)
    assert (reading.source.key, reading.source.licence) == ("log", "not to be passed on")
    result = build(raw=[log / "log.csv"], mapping=log / "log.toml", out=log / "panel")
    assert result.manifest["rows"]["read"] == 3
    assert result.manifest["coverage"] == {"first": "2020-01-01", "last": "2020-12-31"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("%d/%m/%Y", "?", "column 'date_format': not decided yet; write the format of the dates"),
        ("%d/%m/%Y", "%d/%m", "has no year"),
        ("cp1252", "utf-17", "there is no encoding 'utf-17'"),
        ("cp1252", "utf-16", "cannot be read; save the file in UTF-8"),
        ("cp1252", "rot13", "cannot be read"),
        ("date_format", "date_fromat", "there is no key 'date_fromat'; did you mean 'date_format'"),
        ("province_name", "provinze", "an event has no column 'provinze'; did you mean 'province_name'"),
        ('"Datum"', '"Date"', "1 columns are missing: Date"),
        ("date_start =", "date_end =", "columns has no date_start"),
        ('"province"', '"town"', "place_precision is one of exact, near"),
        ('country = "Iraq"', 'kind = "x"', "kind is both a column and a constant"),
        ("types.kind", "types.actor_a", "types.actor_a has no column of codes"),
        ("[2020-01-01, 2020-12-31]", "[2021-01-01, 2020-12-31]", "coverage ends before it starts"),
        ('delimiter = ";"', 'delimiter = ","', "columns are not separated by commas"),
        ('delimiter = ";"', "delimiter = '\"'", "cannot separate cells"),
        ("[columns]", "[columns", "is not TOML"),
    ],
)
def test_a_mapping_that_is_none_is_refused_in_one_line(log, old, new, message):
    (log / "log.toml").write_text(MAPPING.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_source(log / "log.csv", mapping=log / "log.toml")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("pattern", "cells", "days"),
    [
        ("%Y-%m-%d %H:%M", ["2020-03-17 23:59", "2020-03-18 00:00"], ["2020-03-17", "2020-03-18"]),
        (
            "%Y-%m-%dT%H:%M%z",
            ["2020-03-17T23:30-0700", "2020-03-18T00:30+0300"],
            ["2020-03-17", "2020-03-18"],
        ),
        ("%Y%m%d", ["20200317", "2020031", "202003170"], ["2020-03-17"]),
        ("%d%m%y", ["170320", "17320"], ["2020-03-17"]),
        ("%d/%m/%Y", ["17/3/2020", "17/03/2020 10:00"], ["2020-03-17"]),
    ],
)
def test_a_mapped_day_is_the_day_that_is_written(tmp_path, pattern, cells, days):
    (tmp_path / "log.csv").write_text("d\n" + "".join(f"{cell}\n" for cell in cells), encoding="utf-8")
    (tmp_path / "log.toml").write_text(
        f'date_format = "{pattern}"\n[columns]\ndate_start = "d"\n[constants]\ncountry = "Iraq"\n',
        encoding="utf-8",
    )
    found = read_source(tmp_path / "log.csv", mapping=tmp_path / "log.toml")
    assert found.events["date_start"].dt.strftime("%Y-%m-%d %H:%M").tolist() == [
        f"{day} 00:00" for day in days
    ]
    assert found.rejects["value"].tolist() == cells[len(days) :]


@pytest.mark.parametrize(
    ("pattern", "constant", "message"),
    [
        ("%Y", "", "'%Y' has no month; say under constants that date_precision is 'year'"),
        ("%Y", "month", "'%Y' has no month"),
        ("%m/%Y", "", "'%m/%Y' has no day; say under constants that date_precision is 'month' or 'year'"),
        ("%d %Y", "", "'%d %Y' has no month"),
        ("%m/%Y", "month", None),
        ("%Y", "year", None),
        ("%Y-%j", "", None),
    ],
)
def test_a_format_without_a_day_is_no_day(tmp_path, pattern, constant, message):
    told = f'date_precision = "{constant}"' if constant else ""
    path = tmp_path / "log.toml"
    path.write_text(
        f'date_format = "{pattern}"\n[columns]\ndate_start = "d"\n[constants]\n{told}\n', encoding="utf-8"
    )
    if message is None:
        assert read_mapping(path).columns == ("d",)
        return
    with pytest.raises(InputError, match=message):
        read_mapping(path)


def test_decimal_commas_are_read_where_the_mapping_says_so(tmp_path):
    (tmp_path / "log.csv").write_text(
        "d;x;y\n2020-03-17;44,65;33,75\n2020-03-18;44.65;33,75\n", encoding="utf-8"
    )
    text = '[columns]\ndate_start = "d"\nlongitude = "x"\nlatitude = "y"\n'
    (tmp_path / "log.toml").write_text(f'delimiter = ";"\ndecimal = ","\n{text}', encoding="utf-8")
    found = read_source(tmp_path / "log.csv", mapping=tmp_path / "log.toml")
    assert found.events[["longitude", "latitude"]].values.tolist() == [[44.65, 33.75]]
    assert found.rejects[["column", "value"]].values.tolist() == [["x", "44.65"]]


def test_a_mapping_and_a_source_exclude_each_other(log):
    with pytest.raises(InputError, match="a source and a mapping were both given"):
        read_source(log / "log.csv", "points", mapping=log / "log.toml")
    with pytest.raises(InputError, match=r"none.toml: there is no such file"):
        read_source(log / "log.csv", mapping=log / "none.toml")


def test_a_draft_marks_each_guess_and_leaves_open_what_is_open(log):
    (log / "log.csv").write_text(TABLE.replace("/03/", "/13/"), encoding="utf-8")
    out = write_draft(log / "log.csv", log / "draft.toml")
    text = out.read_text("utf-8")
    assert 'date_format = "?"   # to fill in' in text
    assert 'province_name = "Gov"   # guess' in text
    assert '# not used: "Datum"' in text
    with pytest.raises(InputError, match="exists already"):
        write_draft(log / "log.csv", out)
    with pytest.raises(InputError, match="not decided yet"):
        read_mapping(out)
    text = text.replace('# date_start = ""', 'date_start = "Datum"').replace('"?"', '"%d/%m/%Y"')
    out.write_text(text, encoding="utf-8")
    (log / "log.csv").write_text(TABLE, encoding="utf-8")
    assert len(read_source(log / "log.csv", mapping=out).events) == 2


def test_a_draft_knows_a_column_of_dates_by_its_cells_and_reads_them(log):
    text = draft_mapping(log / "log.csv")
    assert 'date_start = "Datum"   # guess' in text
    assert "fits 2 of 3 dates looked at, first '17/03/2020'; '30/02/2020' fits none" in text
    (log / "draft.toml").write_text(text, encoding="utf-8")
    reading = read_source(log / "log.csv", mapping=log / "draft.toml")
    assert (len(reading.events), reading.rejects["value"].tolist()) == (2, ["30/02/2020"])


@pytest.mark.parametrize(
    ("dates", "drafted"),
    [
        (["01/02/2020", "13/02/2020", ""], '"%d/%m/%Y"   # guess'),
        (["01/02/2020", "02/13/2020", "unknown"], '"%m/%d/%Y"   # guess'),
        (["01/02/2020", "13/02/2020", "02/13/2020"], '"?"   # to decide; both fit'),
        (["01/02/2020", "14/02/2020", "13/02/2020", "02/13/2020"], '"?"   # to decide; most are %d/%m/%Y'),
        (["01/02/2020"] * 700, '"?"   # to decide; both fit: %d/%m/%Y and %m/%d/%Y'),
        (["01/02/2020"] * 700 + ["13/02/2020"], '"%d/%m/%Y"   # guess'),
        (["17.03.2020"], '"%d.%m.%Y"   # guess'),
        (["17-Mar-20"], '"%d-%b-%y"   # guess'),
        (["3/17/20"], '"%m/%d/%y"   # guess'),
        (["soon", "later", "2020-03-17"], "\"?\"   # to decide; no usual format fits 'soon'"),
    ],
)
def test_the_order_of_day_and_month_is_drafted_where_a_date_proves_it_and_none_contradicts(
    tmp_path, dates, drafted
):
    path = tmp_path / "dates.csv"
    path.write_text("date,lat,lon\n" + "".join(f"{one},33,44\n" for one in dates), encoding="utf-8")
    assert f"date_format = {drafted}" in draft_mapping(path)


@pytest.mark.parametrize("layout", ["ucdp-ged", "acled"])
def test_a_draft_of_a_known_layout_reads_what_its_reader_reads(tmp_path, layout):
    rows = rows_of(layout, 5)
    code = {"ucdp-ged": ("date_prec", "where_prec"), "acled": ("time_precision", "geo_precision")}[layout]
    rows[1].update(dict.fromkeys(code, "3"))
    plain = read_source(write(tmp_path / "plain.csv", rows)).events
    for row in rows:
        row.update({name: row[name].replace(".", ",") for name in ("latitude", "longitude")})
    path = write(tmp_path / "again.csv", rows, delimiter=";")
    draft = write_draft(path)
    assert f"the columns of {layout}, so that `trends build --raw` reads it" in draft.read_text("utf-8")
    events = read_source(path, mapping=draft).events
    columns = ["event_id", "date_start", "date_precision", "place_precision", "longitude", "latitude"]
    columns += ["country", "province_name", "actor_a", "actor_b", "deaths_best"]
    pd.testing.assert_frame_equal(events[columns], plain[columns])


def test_precisions_of_an_unknown_code_are_left_open(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("date,date_precision,lat\n2020-03-17,D,33\n2020-03-18,M,33\n", encoding="utf-8")
    out = write_draft(path)
    assert "[types.date_precision]   # to decide: day, week, month, year" in out.read_text("utf-8")
    with pytest.raises(InputError, match=r"date_precision is one of day, .* not '\?'"):
        read_mapping(out)


def test_a_first_line_of_excel_s_is_no_header_to_draft_from(tmp_path):
    path = tmp_path / "sep.csv"
    path.write_text("sep=;\ndate;lat;lon\n2020-03-17;33;44\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"row 1: the first line is Excel's .* delete that line"):
        draft_mapping(path)


def test_days_and_months_that_could_be_swapped_are_left_to_the_analyst(tmp_path):
    path = tmp_path / "dates.csv"
    path.write_text("date,lat,lon\n01/02/2020,33,44\n03/04/2020,33,44\n", encoding="utf-8")
    out = write_draft(path)
    assert 'date_format = "?"   # to decide; both fit: %d/%m/%Y and %m/%d/%Y' in out.read_text("utf-8")
    with pytest.raises(InputError, match="not decided yet"):
        read_source(path, mapping=out)


def test_a_draft_reads_a_header_in_any_encoding(tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes("Date,Province\n2020-03-17,Al Anbār\n".encode().replace(b"\xc4\x81", b"\xe4"))
    assert 'encoding = "cp1252"   # guess' in draft_mapping(path)


def test_unknown_sources_are_suggested(tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'acled'"):
        read_source(write(tmp_path / "file.csv", [dict(FULL)]), "acle")
