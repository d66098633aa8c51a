from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from trends.errors import InputError
from trends.facts import load_claims_periods, load_claims_weekly, load_population, load_published
from trends.facts.columns import CLAIMS_PERIODS, CLAIMS_WEEKLY, GAPS, POPULATION, PUBLISHED, TIMELINE
from trends.facts.reading import read_table
from trends.gazetteer import load_country

RAW = Path(__file__).parents[1] / "data" / "raw"
SOURCED = [TIMELINE, CLAIMS_WEEKLY, CLAIMS_PERIODS, POPULATION, PUBLISHED]
TABLES = [*SOURCED, GAPS]
EVERY_TABLE = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.file)


def rows_of(table):
    with (RAW / table.file).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


@pytest.mark.parametrize(
    ("table", "rows"),
    list(zip(TABLES, [81, 12, 26, 24, 294, 5], strict=True)),
    ids=lambda value: str(value)[:20],
)
def test_every_row_is_read(table, rows):
    assert len(read_table(table, RAW / table.file)) == rows == len(rows_of(table)) - 1


@pytest.mark.parametrize("table", SOURCED, ids=lambda table: table.file)
def test_every_row_names_its_source_or_says_that_it_has_none(table):
    frame = read_table(table, RAW / table.file)
    without = frame[frame["source_url"] == ""]
    assert set(without["confidence"]) <= {"named", "unverified"}
    assert set(without.loc[without["source_name"] == "none", "confidence"]) <= {"unverified"}
    assert (frame["source_name"] != "").all()


@EVERY_TABLE
def test_every_code_is_a_province_of_the_gazetteer(table):
    country = load_country("iraq")
    frame = read_table(table, RAW / table.file)
    column = "area" if "area" in frame else "province"
    codes = {code for area in frame[column] for code in area.split(";") if code}
    assert codes <= {*country.provinces.index, country.iso2, "SY"}


@EVERY_TABLE
def test_the_data_dictionary_describes_every_column(table):
    text = (RAW / "README.md").read_text(encoding="utf-8")
    described = set(re.findall(r"`([a-z_]+)`", text))
    assert set(table.columns) <= described
    assert f"## {table.file}" in text


def test_the_data_dictionary_describes_every_metric_and_topic():
    described = set(re.findall(r"`([a-z_]+)`", (RAW / "README.md").read_text(encoding="utf-8")))
    assert set(load_published()["metric"]) <= described
    assert set(read_table(TIMELINE)["topic"]) <= described


def test_population_of_2018_covers_all_provinces():
    people = load_population()
    year = people[people["year"] == 2018]
    assert set(year["province"]) == set(load_country("iraq").provinces.index)
    assert year["population"].sum() == 38_124_182


def test_the_claim_of_28_attacks():
    claims = load_claims_weekly()
    row = claims[(claims["week"] == "2020-07-16") & (claims["area"] == "IQ")]
    assert row["claimed_attacks"].tolist() == [28]
    assert row["week_end"].dt.strftime("%Y-%m-%d").tolist() == ["2020-07-22"]
    assert row["confidence"].tolist() == ["named"]
    assert row["claimed_casualties"].isna().all()


def test_wording_of_the_sources_is_a_column():
    periods = load_claims_periods().set_index(["period_start", "scope", "claimed_attacks"])["qualifier"]
    assert periods[("2020-04-24", "country", 260)] == "at_least"
    assert periods[("2020-05-14", "country", 40)] == "about"
    assert periods[("2019-01-01", "worldwide", 3190)] == "derived"
    weeks = load_claims_weekly()
    assert (weeks["casualties_qualifier"] == "at_least").sum() == 3


def test_sources_that_disagree_are_all_there():
    published = load_published()
    country = published[published["area"] == "IQ"]
    attacks = country[(country["metric"] == "is_attacks") & (country["per"] == "period")]
    second_quarter = attacks[
        (attacks["period_start"] == "2020-04-01") & (attacks["period_end"] == "2020-06-30")
    ]
    assert sorted(second_quarter["value"]) == [405, 808]
    sentinel = attacks[attacks["source_name"].str.contains("CTC") & attacks["period_start"].ge("2020-01-01")]
    assert sentinel["value"].sum() == 1884

    periods = load_claims_periods()
    year = periods[(periods["period_start"] == "2020-01-01") & (periods["period_end"] == "2020-12-31")]
    assert set(year.loc[year["area"] == "IQ", "claimed_attacks"]) == {1422}
    assert sorted(year.loc[year["scope"] == "worldwide", "claimed_attacks"]) == [2718, 2767, 2781]

    july = country[(country["metric"] == "security_incidents") & (country["period_end"] == "2018-07-31")]
    assert sorted(july["value"]) == [194, 214]


CELLS = [
    (TIMELINE, 5, "kind", "holiday", "base_handover"),
    (TIMELINE, 2, "date", "2020-02-30", "a date"),
    (TIMELINE, 9, "date", "17/03/2020", "a date"),
    (TIMELINE, 3, "date_end", "2018-05-16", "not before date"),
    (TIMELINE, 7, "area", "Diyala", "ISO 3166"),
    (TIMELINE, 7, "area", "", "ISO 3166"),
    (TIMELINE, 4, "id", "ann_victory", "no second row"),
    (TIMELINE, 2, "confidence", "named", "where source_url is empty"),
    (TIMELINE, 2, "source_url", "seen on a page", "http"),
    (TIMELINE, 2, "base", "Taji", "base_handover"),
    (TIMELINE, 3, "calendar", "", "religious"),
    (TIMELINE, 3, "name", " Ramadan", "a text"),
    (CLAIMS_WEEKLY, 4, "claimed_attacks", "-3", "whole number"),
    (CLAIMS_WEEKLY, 4, "claimed_attacks", "23.5", "whole number"),
    (CLAIMS_WEEKLY, 5, "week_end", "2020-07-23", "sixth day"),
    (CLAIMS_WEEKLY, 2, "casualties_qualifier", "", "claimed_casualties"),
    (CLAIMS_WEEKLY, 2, "area", "IQ-DI", "scope"),
    (CLAIMS_PERIODS, 2, "qualifier", "MORE THAN", "at_least"),
    (CLAIMS_PERIODS, 2, "area", "IQ", "scope"),
    (POPULATION, 2, "province", "IQ", "ISO 3166-2"),
    (POPULATION, 2, "population", "1,771,656", "whole number"),
    (POPULATION, 2, "year", "18", "2018"),
    (PUBLISHED, 290, "per", "week", "month"),
    (PUBLISHED, 3, "value", "", "whole number"),
]


@pytest.mark.parametrize(("table", "row", "column", "value", "allowed"), CELLS)
def test_a_wrong_cell_is_one_line_with_its_place(tmp_path, table, row, column, value, allowed):
    rows = rows_of(table)
    rows[row - 1][list(table.columns).index(column)] = value
    file = write(tmp_path / table.file, rows)
    with pytest.raises(InputError) as caught:
        read_table(table, file)
    error = caught.value
    assert error.file == str(file)
    assert (error.row, error.column) == (row, column)
    assert repr(value) in error.message
    assert allowed in error.message
    assert "\n" not in error.message


def test_a_verified_row_without_an_address_is_refused(tmp_path):
    rows = rows_of(TIMELINE)
    rows[1][list(TIMELINE.columns).index("source_url")] = ""
    with pytest.raises(InputError, match=r"row 2, column 'confidence': 'verified' .*named or unverified"):
        read_table(TIMELINE, write(tmp_path / "timeline.csv", rows))


def test_the_first_of_several_wrong_rows_is_named(tmp_path):
    rows = rows_of(POPULATION)
    rows[8][2] = rows[4][2] = "many"
    with pytest.raises(InputError, match=r"row 5, column 'population': 'many' .*1 more row"):
        load_population(write(tmp_path / "population.csv", rows))


HEADER = ",".join(POPULATION.columns)
GOOD = "IQ-AN,2018,5,exact,Somebody,https://example.org,verified,"
FILES = {
    "empty": (b"", "missing columns: province"),
    "no rows": (HEADER.encode(), "no rows"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "row 2: the file is not UTF-8"),
    "latin-1": (f"{HEADER}\n{GOOD}é\n".encode("latin-1"), "row 2: the file is not UTF-8"),
    "missing column": (f"{HEADER.replace('year,', '')}\n".encode(), "row 1: missing columns: year"),
    "unknown column": (f"{HEADER},colour\n".encode(), "unknown columns: colour"),
    "columns swapped": (HEADER.replace("province,year", "year,province").encode(), "another order"),
    "a cell too many": (f"{HEADER}\n{GOOD},\n".encode(), "row 2: 9 cells instead of 8"),
    "cut in mid-row": (f"{HEADER}\n{GOOD}\nIQ-BA,20".encode(), "row 3: 2 cells instead of 8"),
    "open quote": (f'{HEADER}\n{GOOD}\n"IQ-BA'.encode(), "row 3: not comma-separated values"),
    "html": (b"<!DOCTYPE html>\n<title>404</title>", "missing columns"),
}


@pytest.mark.parametrize(("content", "says"), FILES.values(), ids=FILES.keys())
def test_a_file_that_is_not_the_table_is_one_line(tmp_path, content, says):
    file = tmp_path / "population.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        load_population(file)
    assert "\n" not in caught.value.message


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.csv: the file cannot be read .*README"):
        load_population(tmp_path / "nothing.csv")


def test_byte_order_mark_windows_lines_and_quoted_lines_are_read(tmp_path):
    file = tmp_path / "population.csv"
    file.write_bytes(f'\ufeff{HEADER}\r\n{GOOD}"two\r\nlines"\r\n'.encode())
    assert load_population(file)["notes"].tolist() == ["two\r\nlines"]
