from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from samples import rows_of, write

from trends.building import build
from trends.errors import TrendsError
from trends.gazetteer import load_country
from trends.ledger import FRAME_COLUMNS, Ledger, ledger, ledger_of_panel, load_ledger
from trends.panel import load_panel
from trends.sources import read_source


@pytest.fixture
def ged(tmp_path):
    """A file in which every outcome occurs, in two years."""
    rows = rows_of("ucdp-ged", 12)
    for row in rows[6:]:
        row.update(date_start="2019-05-01", date_end="2019-05-01", adm_1="Kirkūk province")
    rows[1]["side_b"] = "PKK"
    rows[2].update(date_start="2020-12-31", date_end="2020-12-31")
    rows[3]["country"] = "Syria"
    rows[4]["date_start"] = "2020-02-30"
    rows[5]["date_prec"] = "4"
    rows[6]["date_prec"] = "5"
    rows[7]["adm_1"] = "Mosul"
    rows[8].update(adm_1="", where_prec="6")
    rows[9].update(adm_1="", date_prec="4", longitude="44.4", latitude="33.3")
    return write(tmp_path / "ged.csv", [*rows, dict(rows[11])])


@pytest.fixture
def account(ged, tmp_path):
    choices = {"actor": "IS", "first": date(2019, 1, 1), "last": date(2020, 6, 30)}
    return build(raw=[ged], out=tmp_path / "panel", **choices)


def test_every_row_has_one_outcome_a_year_and_a_province_where_they_are_known(account):
    book = account.account
    assert list(book.frame) == list(FRAME_COLUMNS)
    assert book.outcomes() == {
        "read": 13, "used": 3, "merged duplicates": 1, "other country": 1, "other actor": 1, "out of window": 1,
        "rejected": 6,
    }  # fmt: skip
    assert book.outcomes() == {
        what.replace("_", " "): count for what, count in account.manifest["rows"].items()
    }
    assert book.reasons() == account.manifest["rejected_by_reason"]
    years = book.by("year")
    assert years["read"].sum() == 13
    assert years.loc[2019].to_dict() == {
        "read": 7, "used": 2, "merged duplicates": 1, "other country": 0, "other actor": 0, "out of window": 0,
        "rejected": 4,
    }  # fmt: skip
    assert years[years.index.isna()]["rejected"].tolist() == [1]
    provinces = book.by("province")
    assert provinces["read"].sum() == 13
    assert provinces.loc["IQ-BG"].to_dict()["rejected"] == 1  # its date is too coarse, its point known
    assert provinces.loc["", "rejected"] == 3
    both = book.by("province", "year")
    assert both.loc[("IQ-KI", 2019), "used"] == 2


def test_precision_counts_what_is_rejected_for_it(account):
    shares = account.account.unplaceable("year")
    assert shares.loc[2019].tolist() == [6, 2, pytest.approx(1 / 3)]
    assert shares.loc[2020].tolist() == [2, 1, 0.5]


def test_the_text_names_outcomes_reasons_precision_coverage_years_and_provinces(account):
    text = str(account.account)
    for line in (
        "       13  read",
        "            1 date precision: year",
        "dated to: day ",
        "no week can be given to: 50.0 % in 2020, 33.3 % in 2019",
        "ged.csv: covers 2019-01-01 to 2020-12-31",
        "that is a city or district in 'Nineveh', not a province",
    ):
        assert line in text
    printed = str(account)
    assert "province" in printed
    assert "IQ-KI" in printed
    assert printed.splitlines()[0].split() == ["13", "read"]


def test_the_same_file_twice_adds_up(ged, tmp_path):
    result = build(raw=[ged, ged], out=tmp_path / "panel", actor="IS")
    assert result.account.read == 26
    assert result.account.frame["rows"].sum() == 26


def test_a_ledger_that_does_not_add_up_is_refused(account):
    book = account.account
    with pytest.raises(TrendsError, match="14 rows were read but 13 are accounted for"):
        Ledger(14, book.frame, book.precision, book.coverage)


def test_rows_set_aside_unread_are_counted_by_their_number(account, ged):
    book = account.account
    reading = read_source(ged)
    used = reading.events.iloc[:0].assign(province=None)
    again = ledger(
        [reading],
        used,
        reading.rejects.assign(file="ged.csv"),
        country=load_country("iraq"),
        set_aside={"other_actor": len(reading.events)},
    )
    assert again.outcomes() == {"read": 13, "other actor": 12, "rejected": 1}
    assert again.by("year")["read"].sum() == 13
    assert book.read == again.read


def test_a_folder_holds_its_whole_ledger(account):
    told, full = load_ledger(account.out), account.account
    assert str(told) == str(full)
    assert told.outcomes() == full.outcomes()
    for keys in (["province"], ["year"], ["province", "year"]):
        assert told.by(*keys).to_dict() == full.by(*keys).to_dict()
        assert told.unplaceable(*keys).round(6).to_dict() == full.unplaceable(*keys).round(6).to_dict()


@pytest.mark.parametrize("spread", [False, True])
def test_a_folder_tells_its_ledger_as_far_as_it_knows(ged, tmp_path, spread):
    result = build(raw=[ged], out=tmp_path / "panel", actor="IS", spread=spread)
    panel = load_panel(result.out)
    told, full = ledger_of_panel(panel.manifest, panel.daily), result.account
    assert told.reasons() == full.reasons()
    assert {name: rows for name, rows in told.outcomes().items() if rows} == {
        name: rows for name, rows in full.outcomes().items() if rows
    }
    used = told.frame[told.frame["outcome"] == "used"].set_index(["province", "year"])["rows"]
    expected = full.frame[full.frame["outcome"] == "used"].set_index(["province", "year"])["rows"]
    assert used.to_dict() == expected.to_dict()
    columns = ["to_month", "to_year"]
    assert told.precision[columns].sum().to_dict() == full.precision[columns].sum().to_dict()
    pd.testing.assert_frame_equal(told.coverage, full.coverage)
    assert "dated to: day" in str(told)


def test_the_committed_folder_tells_its_ledger(committed_panel):
    panel = load_panel(committed_panel)
    book = ledger_of_panel(panel.manifest, panel.daily)
    assert book.outcomes()["used"] == panel.manifest["totals"]["attacks"]
    assert book.by("year")["used"].sum() == panel.daily["attacks"].sum()
    shortened = panel.daily.iloc[1:]
    with pytest.raises(TrendsError, match="rows were read but"):
        ledger_of_panel(panel.manifest, shortened)


@pytest.mark.parametrize("actor", [None, "IS"])
def test_the_real_file_adds_up_by_year_and_province(shared_data, cod_ab, tmp_path, actor):
    path = shared_data / "ucdp-ged-19.1-iraq-hdx.csv"
    result = build(raw=[path], boundaries=cod_ab, out=tmp_path / "panel", actor=actor, spread=actor is None)
    book = result.account
    assert book.by("year")["read"].sum() == book.by("province")["read"].sum() == book.read == 7473
    assert book.outcomes() == {
        k.replace("_", " "): n for k, n in result.manifest["rows"].items() if n or k in ("read", "used")
    }
    years = pd.read_csv(path, dtype=str, skiprows=[1])["date_start"].str[:4].astype(int).value_counts()
    assert book.by("year")["read"].to_dict() == years.to_dict()
    used = pd.read_csv(result.out / "daily.csv").groupby("province")["attacks"].sum()
    assert book.by("province")["used"].replace(0, pd.NA).dropna().to_dict() == used.to_dict()
