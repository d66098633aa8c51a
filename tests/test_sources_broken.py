"""Four hundred broken files over all readers: each ends in an account that adds up, or in one clear error."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pytest
from samples import LAYOUTS, RESTRICTED, rows_of

from trends.errors import TrendsError
from trends.sources import read_source

KEY = {
    "ucdp-ged": ("date_start", "latitude", "longitude", "best", "country"),
    "ucdp-ged-reduced": ("date", "latitude", "longitude", "best_death", "country"),
    "points": ("date", "latitude", "longitude", "type", "type"),
    "acled": ("event_date", "latitude", "longitude", "fatalities", "country"),
    "gtd": ("iday", "latitude", "longitude", "nkill", "country_txt"),
    "mapped": ("When", "Lat", "Lon", "Dead", "Land"),
}
MAPPED = {"When": "17/03/2020", "Lat": "33.75", "Lon": "44.65", "Dead": "2", "Land": "Iraq", "Who": "IS"}
MAPPING = """
date_format = "%d/%m/%Y"
[columns]
date_start = "When"
latitude = "Lat"
longitude = "Lon"
deaths_best = "Dead"
country = "Land"
actor_a = "Who"
"""
CELLS = {
    "date": [
        "", "NaN", "None", "2020-02-30", "30/02/2020", "0000-01-01", "0001-01-01", "12020-01-01", "17.3.20", "43907",
        "2020-03-17T10:00:00Z", "17/03/2020", "=TODAY()", "0", "1e400", "２０２０-03-17", "\u202e2020-03-17",
    ],
    "latitude": ["44.65", "0", "", "NaN", "inf", "91", "33°45'", "33,75", "=33+1", "-0", "0x21", "33.75\u00a0"],
    "deaths": ["", "-1", "1.5", "2,0", "NaN", "1e3", "1e30", "two", '=HYPERLINK("http://x","2")', "+2"],
    "country": ["", "=cmd|' /C calc'!A0", "@SUM(1)", "Irak\x0b", "Iraq\n", 'I"raq', "عراق"],
}  # fmt: skip


def text_of(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def with_cell(column, cell):
    def spoil(rows, key):
        rows[1][
            dict(zip(("date", "latitude", "longitude", "deaths", "country"), key, strict=True))[column]
        ] = cell
        return text_of(rows).encode()

    return spoil


def swapped(rows, key):
    for row in rows:
        row[key[1]], row[key[2]] = row[key[2]], row[key[1]]
    return text_of(rows).encode()


def at_zero(rows, key):
    rows[0].update({key[1]: "0", key[2]: "0"})
    return text_of(rows).encode()


def without(rows, key):
    return text_of([{name: cell for name, cell in row.items() if name != key[0]} for row in rows]).encode()


def renamed(rows, key):
    return text_of([{name.upper(): cell for name, cell in row.items()} for row in rows]).encode()


def mixed_dates(rows, key):
    for row, date in zip(rows, ("2020-03-17", "18/03/2020", "Mar 19, 2020"), strict=True):
        row[key[0]] = date
    return text_of(rows).encode()


def bomb(rows, key):
    """Return a zip of some kilobytes that would become 30 megabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("events.csv", text_of(rows).encode() + b"0" * 30_000_000)
    return out.getvalue()


def two_sheets(rows, key):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for sheet in (book.active, book.create_sheet()):
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append(list(row.values()))
    book.save(out)
    return out.getvalue()


def as_text(change):
    return lambda rows, key: change(text_of(rows)).encode()


FILES = {
    f"{column}: {cell!r}": with_cell(column, cell)
    for column, cells in CELLS.items()
    for cell in cells
    if column != "latitude" or cell
} | {
    "mixed date formats": mixed_dates,
    "zip bomb": bomb,
    "workbook of two sheets": two_sheets,
    "swapped": swapped,
    "at 0,0": at_zero,
    "missing column": without,
    "renamed columns": renamed,
    "reordered": lambda rows, key: text_of([dict(sorted(row.items())) for row in rows]).encode(),
    "extra column": lambda rows, key: text_of([row | {"extra": "1"} for row in rows]).encode(),
    "unnamed column": lambda rows, key: text_of([{"": "0"} | row for row in rows]).encode(),
    "bom": lambda rows, key: b"\xef\xbb\xbf" + text_of(rows).encode(),
    "two boms": lambda rows, key: b"\xef\xbb\xbf" * 2 + text_of(rows).encode(),
    "latin-1": lambda rows, key: text_of([row | {key[4]: "Irák"} for row in rows]).encode("latin-1"),
    "utf-16": lambda rows, key: text_of(rows).encode("utf-16"),
    "crlf": as_text(lambda text: text.replace("\n", "\r\n")),
    "mixed line ends": as_text(lambda text: text.replace("\n", "\r\n", 2)),
    "nul": as_text(lambda text: text[:-9] + "\0" + text[-9:]),
    "nuls at the end": as_text(lambda text: text + "\0" * 512),
    "cut mid-row": as_text(lambda text: text[:-7]),
    "cut in the header": as_text(lambda text: text[:9]),
    "one row short of cells": as_text(lambda text: text + "1,2\n"),
    "quote left open": as_text(lambda text: text[:-5] + '"' + text[-5:]),
    "header twice": as_text(lambda text: text + text),
    "spaces in the header": as_text(lambda text: text.replace(",", " ,", 3)),
    "semicolons": as_text(lambda text: text.replace(",", ";")),
    "rows of nothing": as_text(
        lambda text: text + ",".join([""] * (text.split("\n")[0].count(",") + 1)) + "\n"
    ),
}


def broken(layout, spoil):
    rows = rows_of(layout) if layout != "mapped" else [dict(MAPPED) for _ in range(3)]
    return spoil(rows, KEY[layout])


def records(data):
    """Count the records below the header with Python's own reader."""
    text = data.decode("utf-8-sig", "replace")
    mark = ";" if ";" in text.split("\n", 1)[0] else ","
    filled = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark) if row]
    tags = sum(all(not cell or cell.startswith("#") for cell in row) and any(row) for row in filled[1:2])
    return len(filled) - 1 - tags


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("broken")
    (place / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    return place


def outcome(path, layout):
    """Read a file; return the reading, or None after one clear error."""
    choice = {"mapping": path.parent / "mapping.toml"} if layout == "mapped" else {"source": layout}
    message = ""
    try:
        return read_source(path, **choice)
    except TrendsError as error:
        message = error.message
    assert message.startswith(path.name)
    assert "\n" not in message
    assert len(message) < 600
    return None


def assert_adds_up(reading, count):
    lines = [*reading.events["row"], *reading.rejects["row"]]
    assert reading.rows == len(lines) == len(set(lines)) == count
    assert reading.rejects["reason"].ne("").all()
    assert reading.events["date_start"].notna().all()
    assert reading.events["event_id"].notna().all()


@pytest.mark.parametrize("layout", KEY)
@pytest.mark.parametrize("files", [slice(start, None, 6) for start in range(6)], ids=str)
def test_a_broken_file_adds_up_or_is_refused(folder, layout, files):
    for name in list(FILES)[files]:
        data = broken(layout, FILES[name])
        path = folder / f"{layout}-{files.start}.csv"
        path.write_bytes(data)
        reading = outcome(path, layout)
        if reading is not None:
            assert_adds_up(reading, records(data))


def test_there_are_four_hundred_of_them_no_two_the_same():
    assert set(KEY) == {*LAYOUTS, *RESTRICTED, "mapped"}
    files = {(layout, broken(layout, spoil)) for layout in KEY for spoil in FILES.values()}
    assert len(files) >= 400


def test_a_line_of_a_hundred_megabytes_is_refused(folder):
    head, rest = text_of(rows_of("points", 2)).split("IED", 1)
    path = folder / "long.csv"
    path.write_text(head + "x" * 100_000_000 + rest, encoding="utf-8")
    assert outcome(path, "points") is None


def test_a_long_line_without_end_is_refused(folder):
    path = folder / "endless.csv"
    path.write_bytes(text_of(rows_of("points")).encode() + b'"' + b"x" * 30_000_000)
    assert outcome(path, "points") is None


@pytest.mark.parametrize("layout", ["points", "gtd", "acled"])
def test_cells_of_a_workbook_are_judged_as_those_of_a_csv(folder, layout):
    rows = rows_of(layout, 8)
    odd = ["=1+1", True, 1e300, "#REF!", -1, "x", None]
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row, cell in zip(rows, [33.75, *odd], strict=True):
        book.active.append(list((row | {KEY[layout][1]: cell}).values()))
    book.save(folder / "odd.xlsx")
    reading = outcome(folder / "odd.xlsx", layout)
    assert_adds_up(reading, 8)
    assert reading.rejects["row"].tolist() == [3, 5, 6, 8]
