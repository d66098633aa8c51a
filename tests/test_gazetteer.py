from __future__ import annotations

import csv
import json
import shutil

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from trends.errors import InputError, UnknownNameError
from trends.gazetteer import countries, load_country
from trends.gazetteer.matching import Folding
from trends.gazetteer.polygons import shipped_polygons


def test_the_provinces_are_the_eighteen_of_iso_3166_2(iraq):
    assert " ".join(code[3:] for code in iraq.provinces.index) == (
        "AN AR BA BB BG DA DI DQ KA KI MA MU NA NI QA SD SU WA"
    )
    assert iraq.provinces["name"].is_unique
    assert iraq.provinces["name_local"].is_unique
    assert "iraq" in countries()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("IQ-SD", "IQ-SD"),
        ("iq-an", "IQ-AN"),
        ("IQ-TS", "IQ-KI"),
        ("IQG16", "IQ-SD"),
        ("Şalāḩ ad Dīn province", "IQ-SD"),
        ("Salahaddin", "IQ-SD"),
        ("SALAH AL-DIN", "IQ-SD"),
        ("Sala ad-Din", "IQ-SD"),
        ("صلاح الدين", "IQ-SD"),
        ("محافظة صلاح الدين", "IQ-SD"),
        ("الأنبار", "IQ-AN"),
        ("نينوي", "IQ-NI"),
        ("Muḩāfaz̧at Nīnawá", "IQ-NI"),
        ("Ninewa Governorate", "IQ-NI"),
        ("At-Ta'mim province", "IQ-KI"),
        ("at-Ta’mim", "IQ-KI"),
        ("Karbalā’ province", "IQ-KA"),
        ("Al Başrah  province", "IQ-BA"),
        ("Thi Qar", "IQ-DQ"),
        ("Al-Muthannia", "IQ-MU"),
        ("Halabja", "IQ-SU"),
        ("Hewlêr", "IQ-AR"),
        ("Saladdin", "IQ-SD"),
        ("Suleymaniye", "IQ-SU"),
        ("Sulaymaniah", "IQ-SU"),
        ("Niniveh", "IQ-NI"),
        ("Dahouk", "IQ-DA"),
        ("به‌غدا", "IQ-BG"),
        ("که‌رکوک", "IQ-KI"),
        ("سه‌لاحه‌دین", "IQ-SD"),
        ("استان الأنبار", "IQ-AN"),
        ("  diyala ", "IQ-DI"),
    ],
)
def test_a_name_is_known_however_it_is_written(iraq, written, code):
    assert iraq.match(written) == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("ولایت هلمند", "AF-HEL"),
        ("د هلمند ولایت", "AF-HEL"),
        ("د کونړ ولایت", "AF-KNR"),
        ("د ننګرهار ولایت", "AF-NAN"),
        ("میدان‌وردک", "AF-WAR"),
        ("Maidan Wardak province", "AF-WAR"),
        ("Sari-Pul", "AF-SAR"),
        ("Oruzghan", "AF-URU"),
        ("Jawzijan", "AF-JOW"),
    ],
)
def test_a_name_in_dari_or_pashto_is_known(written, code):
    assert load_country("afghanistan").match(written) == code


def test_every_spelling_leads_to_its_own_province(iraq):
    text = (iraq.shapes_file.parent / "spellings.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        assert iraq.match(row["spelling"]) == row["code"]
    for code, row in iraq.provinces.iterrows():
        assert {iraq.match(text) for text in row if text} == {code}


@pytest.mark.parametrize(
    ("written", "suggested"),
    [
        ("Salahaden", "did you mean 'Salah al-Din'"),
        ("Salahaddin city", "did you mean 'Salah al-Din'"),
        ("Kirkuk city", "that is a city or district in 'Kirkuk', not a province"),
        ("Nineveh Plains", "that is a region in 'Nineveh', not a province"),
        ("Mosul province", "that is a city or district in 'Nineveh', not a province"),
        ("Wilayat Dijlah", "that is a division of the Islamic State across provinces, not a province"),
        ("الموصل", "that is a city or district in 'Nineveh'"),
    ],
)
def test_an_unknown_name_is_never_guessed(iraq, written, suggested):
    with pytest.raises(UnknownNameError, match="no province of Iraq is called") as caught:
        iraq.match(written)
    assert suggested in caught.value.message


@pytest.mark.parametrize("written", ["", " ", "province", "al", "Aleppo", "IQ-XX", "IQ"])
def test_what_names_no_province_is_an_error(iraq, written):
    with pytest.raises(UnknownNameError, match="no province of Iraq is called"):
        iraq.match(written)


@pytest.mark.parametrize(
    ("what", "codes"),
    [
        ("disputed", "DI KI NI SD"),
        ("Disputed territories", "DI KI NI SD"),
        ("Diyala", "DI"),
        (["kurdistan", "Erbil", "IQ-AN"], "AN AR DA SU"),
    ],
)
def test_groups_names_and_codes_resolve_to_sorted_codes(iraq, what, codes):
    assert iraq.resolve(what) == tuple(f"IQ-{code}" for code in codes.split())


def test_none_resolves_to_every_province_and_an_unknown_group_says_which_there_are(iraq):
    assert iraq.resolve() == tuple(iraq.provinces.index)
    with pytest.raises(UnknownNameError, match=r"no group is \(disputed, kurdistan\)"):
        iraq.resolve("contested")


def test_an_unknown_country_is_an_error():
    with pytest.raises(UnknownNameError, match="there is no country 'atlantis'; there are: "):
        load_country("atlantis")


def test_a_spelling_of_two_provinces_is_refused(iraq, tmp_path, monkeypatch):
    source = iraq.shapes_file.parent
    folder = tmp_path / "iraq"
    folder.mkdir()
    for name in ("country.toml", "provinces.csv", "spellings.csv"):
        (folder / name).write_bytes((source / name).read_bytes())
    with (folder / "spellings.csv").open("a", encoding="utf-8") as handle:
        handle.write("Al-Diyala,IQ-KI,nowhere\n")
    monkeypatch.setattr("trends.gazetteer.country._FOLDER", tmp_path)
    with pytest.raises(InputError, match="'diyala' stands for both IQ-DI and IQ-KI"):
        load_country("iraq")


def test_an_article_alone_is_kept_as_a_name():
    folding = Folding.of(kinds=["province"], articles=["al"])
    assert folding.fold("Al") == "al"
    assert folding.fold("Al-Province") == "al"


def test_the_shipped_shapes_neither_gap_nor_overlap(iraq):
    shapes = iraq.shapes()
    assert shapes.index.tolist() == iraq.provinces.index.tolist()
    assert shapes.crs == "EPSG:4326"
    whole = shapely.union_all(shapes.geometry.to_numpy())
    assert shapely.area(shapes.geometry.to_numpy()).sum() == pytest.approx(whole.area, rel=1e-9)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert iraq.shapes_file.stat().st_size < 60_000


def square(x: float, width: float = 1.0) -> shapely.Polygon:
    return shapely.box(x, 0, x + width, 1)


def boundaries(iraq, **names: str) -> gpd.GeoDataFrame:
    """Return a row of squares named as the provinces, some of them otherwise."""
    labels = [names.get(name.replace(" ", "_"), name) for name in iraq.provinces["name"]]
    frame = {
        "area": 1.5,
        "country": "Iraq",
        "label": labels,
        "geometry": [square(x) for x in range(len(labels))],
    }
    return gpd.GeoDataFrame(frame, crs="EPSG:4326")


def test_boundaries_are_recognised_by_their_names_and_areas_of_one_province_joined(iraq, tmp_path):
    areas = boundaries(iraq, Kirkuk="At-Ta'mim")
    halabja = gpd.GeoDataFrame(
        {"area": [0.1], "country": ["Iraq"], "label": ["Halabja"], "geometry": [square(50)]}, crs="EPSG:4326"
    )
    pd.concat([areas, halabja]).to_crs("EPSG:3857").to_file(tmp_path / "areas.gpkg")
    shapes = iraq.shapes(tmp_path / "areas.gpkg")
    assert shapes.index.tolist() == iraq.provinces.index.tolist()
    assert shapes.geometry["IQ-SU"].contains(shapely.Point(50.5, 0.5))
    assert shapes.geometry["IQ-KI"].normalize().equals_exact(square(9).normalize(), 1e-6)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"Kirkuk": "Aleppo"}, "areas.geojson.*column 'label': 1 areas are no provinces of Iraq: 'Aleppo'"),
        ({"Kirkuk": "Diyala"}, "no shape for Kirkuk"),
    ],
)
def test_boundaries_that_do_not_name_each_province_are_refused(iraq, tmp_path, names, message):
    boundaries(iraq, **names).to_file(tmp_path / "areas.geojson")
    with pytest.raises(InputError, match=message):
        iraq.shapes(tmp_path / "areas.geojson")


def collection(*features) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


POINT = {
    "type": "Feature",
    "properties": {"name": "Diyala"},
    "geometry": {"type": "Point", "coordinates": [44, 33]},
}
AREA = {"type": "Feature", "properties": {"name": "Aleppo"}, "geometry": shapely.geometry.mapping(square(1))}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file"),
        ("", "cannot be read as a file of shapes"),
        ("not json", "cannot be read as a file of shapes"),
        ("%PDF-1.4", "cannot be read as a file of shapes"),
        (collection(), "holds no shapes"),
        (collection(POINT), "something other than polygons"),
        (collection(AREA), "no column names provinces of Iraq"),
    ],
)
def test_a_file_without_province_polygons_is_refused(iraq, tmp_path, content, message):
    path = tmp_path / "areas.geojson"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        iraq.shapes(path)


@pytest.mark.parametrize("file", ["iraq-adm1-cod-ab-2019.geojson", "iraq-adm1-natural-earth.geojson"])
def test_the_shared_boundaries_are_read_as_they_are(iraq, shared_data, file):
    shapes = iraq.shapes(shared_data / file)
    assert shapes.index.tolist() == iraq.provinces.index.tolist()
    assert shapes.geometry["IQ-BG"].contains(shapely.Point(44.4, 33.3))


def test_every_province_of_the_shared_facts_is_known(iraq, shared_data):
    facts = shared_data.parent / "facts"
    if not facts.is_dir():
        pytest.skip("the facts are not beside the raw files")
    population = pd.read_csv(facts / "population.csv")["governorate"].unique()
    timeline = pd.read_csv(facts / "timeline.csv")["province"].str.split(";").explode().unique()
    assert {iraq.match(name) for name in population} == set(iraq.provinces.index)
    assert all(iraq.match(name) for name in timeline if not iraq.is_called(name))


@pytest.mark.parametrize("key", ["iraq", "afghanistan"])
def test_polygons_for_places_are_those_of_the_maps(key):
    country = load_country(key)
    plain, drawn = country.polygons(), country.shapes()["geometry"]
    assert plain.index.equals(drawn.index)
    assert [shape.wkb for shape in plain] == [shape.wkb for shape in drawn]


def test_a_gazetteer_whose_shapes_lack_a_province_says_so(tmp_path):
    country = load_country("iraq")
    shapes = json.loads(country.shapes_file.read_text(encoding="utf-8"))
    path = tmp_path / "shapes.geojson"
    path.write_text(json.dumps({**shapes, "features": shapes["features"][1:]}), encoding="utf-8")
    with pytest.raises(InputError, match="no shape for Anbar"):
        shipped_polygons(path, country)


def test_a_folder_that_changed_is_read_again(tmp_path, monkeypatch):
    folder = tmp_path / "iraq"
    shutil.copytree(load_country("iraq").shapes_file.parent, folder)
    monkeypatch.setattr("trends.gazetteer.country._FOLDER", tmp_path)
    first = load_country("iraq")
    assert load_country("iraq") is first
    with (folder / "spellings.csv").open("a", encoding="utf-8") as file:
        file.write("Elbonia,IQ-AN,a test\n")
    assert load_country("iraq").match("Elbonia") == "IQ-AN"
