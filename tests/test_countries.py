"""Country is data: a second one goes through the whole house, and no country's names stand in the code."""

from __future__ import annotations

import ast
import csv
import io
import re
import tokenize
import tomllib
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein
from samples import rows_of, write

import trends
from trends.building import build
from trends.errors import InputError, UnknownNameError
from trends.gazetteer import countries, default_country, load_country
from trends.gazetteer.detection import country_of
from trends.gazetteer.matching import Folding
from trends.panel import load_panel
from trends.sources import read_source

PACKAGE = Path(trends.__file__).parent
GAZETTEERS = {key: load_country(key) for key in countries()}
SPELLINGS = [
    (key, row["spelling"], row["code"])
    for key, country in GAZETTEERS.items()
    for row in csv.DictReader(
        (country.shapes_file.parent / "spellings.csv").read_text(encoding="utf-8").splitlines()
    )
]
ARTICLES = {"iraq": ("", "al-", "Al ", "as-", "EL "), "afghanistan": ("", "the ")}
SUFFIXES = {
    "iraq": ("", " province", " Governorate", " governorate ", "  Province"),
    "afghanistan": ("", " province", " Wilāyat", "  Province"),
}


def folding_of(key: str) -> Folding:
    """Return what a country's names are folded by."""
    facts = tomllib.loads((GAZETTEERS[key].shapes_file.parent / "country.toml").read_text(encoding="utf-8"))
    return Folding.of(**facts["matching"])


@st.composite
def rewritten(draw):
    """A spelling as somebody else may write it: other case, accents, spaces, article, word for the area."""
    key, spelling, code = draw(st.sampled_from(SPELLINGS))
    text = draw(st.sampled_from([str.upper, str.lower, str.title, str]))(spelling)
    text = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"])), text)
    text = text.replace(" ", draw(st.sampled_from([" ", "  ", "\u00a0", "-", "\u200f "])))
    text = draw(st.sampled_from(ARTICLES[key])) + text + draw(st.sampled_from(SUFFIXES[key]))
    return key, draw(st.sampled_from(["", " ", "\t"])) + text, code


@settings(deadline=None)
@given(rewritten())
def test_a_spelling_is_known_in_any_case_accent_space_article_and_suffix(case):
    key, written, code = case
    assert GAZETTEERS[key].match(written) == code


@pytest.mark.parametrize(
    ("key", "near"),
    [("iraq", set()), ("afghanistan", {("AF-KAB", "AF-ZAB"), ("AF-PIA", "AF-PKA")})],
)
def test_one_slip_of_the_pen_leads_to_another_province_only_where_true_names_are_that_near(key, near):
    folding = folding_of(key)
    folded = sorted({(code, folding.fold(name)) for of, name, code in SPELLINGS if of == key})
    names = [name for _, name in folded]
    distances = process.cdist(names, names, scorer=DamerauLevenshtein.distance, score_cutoff=1)
    pairs = {(folded[i][0], folded[j][0]) for i, j in zip(*(distances <= 1).nonzero(), strict=True)}
    assert {pair for pair in pairs if pair[0] < pair[1]} == near


@pytest.mark.parametrize(
    ("key", "written"),
    [
        *(
            ("iraq", name)
            for name in ("Babil city", "Maysan Plain", "Dar", "Din", "Salah", "Qar", "Ana", "Tam")
        ),
        *(
            ("iraq", name)
            for name in ("Kabul", "Farah", "Aleppo", "Ilam", "Basra Kurdistan", "Anbar/Nineveh")
        ),
        *(
            ("afghanistan", name)
            for name in ("Paktiaka", "Pakt", "Kun", "Pol", "Sar", "Wardakhshan", "Kabulistan")
        ),
        *(("afghanistan", name) for name in ("Baghdad", "Anbar", "AF1", "AFG-1741", "e", "province")),
    ],
)
def test_a_near_miss_is_never_assigned(key, written):
    with pytest.raises(UnknownNameError):
        GAZETTEERS[key].match(written)


@pytest.mark.parametrize("key", countries())
def test_a_city_district_or_region_is_never_taken_for_a_province(key):
    country = GAZETTEERS[key]
    names = country.places.index.to_series()
    for written in (names, names + " province", names + " district", names.str.upper()):
        assert country.match_all(written).dropna().empty
    assert all("not a province" in country.suggest(name) for name in names)


def test_the_districts_of_a_real_file_are_never_taken_for_another_province(shared_data, iraq):
    with (shared_data / "ucdp-ged-19.1-iraq-hdx.csv").open(encoding="utf-8") as handle:
        pairs = {(row["adm_2"], row["adm_1"]) for row in csv.DictReader(handle)}
    pairs = {pair for pair in pairs if all(pair) and not pair[0].startswith("#")}
    assert len(pairs) > 90
    districts, provinces = (pd.Series(names) for names in zip(*sorted(pairs), strict=True))
    bare = districts.str.removeprefix("Qaḑā’ ").str.removesuffix(" district")
    for written in (districts, bare):
        matched = iraq.match_all(written)
        assert (matched.isna() | (matched == iraq.match_all(provinces))).all()


@pytest.mark.parametrize(("key", "number"), [("iraq", 18), ("afghanistan", 34)])
def test_a_gazetteer_is_whole(key, number):
    country = GAZETTEERS[key]
    provinces = country.provinces
    assert len(provinces) == number
    assert provinces.index.str.startswith(f"{country.iso2}-").all()
    assert provinces[["name", "name_local", "pcode"]].apply(lambda column: column.is_unique).all()
    assert {code for of, _, code in SPELLINGS if of == key} == set(provinces.index)
    shapes = country.shapes()["geometry"]
    assert shapes.index.tolist() == provinces.index.tolist()
    assert shapely.coverage_is_valid(shapes.to_numpy())
    assert country.policy


@pytest.mark.parametrize(
    ("code", "longitude", "latitude"),
    [
        ("AF-KAB", 69.18, 34.53),
        ("AF-PAN", 69.52, 35.31),
        ("AF-PAR", 69.17, 35.01),
        ("AF-DAY", 66.13, 33.72),
        ("AF-URU", 65.87, 32.63),
        ("AF-KHO", 69.92, 33.34),
        ("AF-NUR", 70.92, 35.42),
    ],
)
def test_the_shapes_of_the_youngest_provinces_are_their_own(code, longitude, latitude):
    shapes = GAZETTEERS["afghanistan"].shapes()["geometry"]
    assert shapes.index[shapes.contains(shapely.Point(longitude, latitude))].tolist() == [code]


AFGHAN = [
    {"adm_1": "Paktīkā province"},
    {"adm_1": "Wilayat-e Sar-e Pul"},
    {"adm_1": "Hilmand"},
    {"adm_1": "کندهار"},
    {"adm_1": "Panjsher", "date_prec": "2"},
    {"adm_1": "", "longitude": "66.13", "latitude": "33.72"},
    {"adm_1": "Lashkar Gah"},
    {"adm_1": "Mosul"},
]


@pytest.fixture
def afghan(tmp_path):
    rows = rows_of("ucdp-ged", len(AFGHAN))
    for row, cells in zip(rows, AFGHAN, strict=True):
        row.update(country="Afghanistan", side_a="Government of Afghanistan", side_b="Taleban", **cells)
    return write(tmp_path / "afghan.csv", rows)


def test_a_second_country_is_found_and_counted_from_end_to_end(afghan, tmp_path):
    result = build(raw=[afghan], out=tmp_path / "panel", actor="Taliban")
    assert result.manifest["country"] == "afghanistan"
    assert result.manifest["located_by"] == {"name": 5, "polygon": 1}
    assert result.manifest["rejected_by_reason"] == {
        "unknown province": 1,
        "unknown province; that is a city or district in 'Helmand', not a province": 1,
    }
    panel = load_panel(result.out, week_start="sat")
    totals = panel.wide().sum()
    assert totals[totals > 0].index.tolist() == ["AF-DAY", "AF-HEL", "AF-KAN", "AF-PAN", "AF-PKA", "AF-SAR"]
    assert len(totals) == 34
    assert panel.counts("southeast").sum() == 1


def test_points_alone_tell_the_country(tmp_path):
    rows = [row | {"longitude": "69.18", "latitude": "34.53"} for row in rows_of("points")]
    reading = read_source(write(tmp_path / "points.csv", rows))
    assert country_of([reading.events]).key == "afghanistan"
    both = read_source(write(tmp_path / "both.csv", [*rows, *rows_of("points")]))
    with pytest.raises(
        InputError, match="hold events of Afghanistan and of Iraq; name one of afghanistan, iraq"
    ):
        country_of([both.events])
    assert country_of([both.events], "iraq").key == "iraq"
    sea = read_source(write(tmp_path / "sea.csv", [row | {"longitude": "0"} for row in rows]))
    with pytest.raises(InputError, match="nothing in them lies in one that is known"):
        country_of([sea.events])


def test_two_countries_in_one_file_have_to_be_told_apart(afghan, tmp_path):
    text = afghan.read_text("utf-8")
    afghan.write_text(text.replace("Afghanistan,1", "Iraq,1", 1), encoding="utf-8")
    with pytest.raises(InputError, match="hold events of Afghanistan and of Iraq"):
        build(raw=[afghan], out=tmp_path / "panel")
    result = build(raw=[afghan], out=tmp_path / "panel", country="afghanistan")
    assert result.manifest["rows"]["other_country"] == 1


def test_the_default_country_is_said_by_data(monkeypatch, tmp_path):
    assert load_country().key == default_country()
    folder = tmp_path / "somewhere"
    folder.mkdir()
    (folder / "country.toml").write_text('name = "Somewhere"\n', encoding="utf-8")
    monkeypatch.setattr("trends.gazetteer.country._FOLDER", tmp_path)
    with pytest.raises(UnknownNameError, match="no country is the default; name one of somewhere"):
        load_country()


def code_words(path: Path) -> str:
    """Return what a module says outside its docstrings: names, strings and comments."""
    source = path.read_text(encoding="utf-8")
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    told = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None
        for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return "\n".join(token.string for token in tokens if token.start[0] not in told)


def test_no_country_and_no_province_stands_in_the_code():
    names = {name for _, name, _ in SPELLINGS} | {
        name for country in GAZETTEERS.values() for name in (country.name, *country.provinces["name"])
    }
    names |= {"Mosul", "Kurdistan", "Kurdish", "Iraqi", "Afghan"}
    names |= {f"{country.iso2}-" for country in GAZETTEERS.values()}
    ends = {name.casefold(): "" if name.endswith("-") else r"(?!\w)" for name in sorted(names)}
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        text = code_words(path).casefold()
        near = [name for name in ends if name in text]
        found |= {
            (path.name, name) for name in near if re.search(rf"(?<!\w){re.escape(name)}{ends[name]}", text)
        }
    assert found == set()
