"""A further source is one module; a further country is one folder. Neither touches what is there."""

from __future__ import annotations

import json

import pytest
from conftest import PROJECT
from samples import write

import trends.sources
from trends.building import build
from trends.gazetteer import countries, load_country
from trends.panel import load_panel
from trends.sources import read_source

MODULE = """
from datetime import date

from trends.sources import parsing
from trends.sources.layout import Layout, SourceInfo


def parse(raw):
    return {
        "event_id": parsing.identifiers(raw["ref"]),
        "date_start": parsing.dates(raw["on"]),
        "date_precision": parsing.constant(raw["on"], "day"),
        "place_precision": parsing.constant(raw["on"], "province"),
        "province_name": parsing.texts(raw["where"]),
        "deaths_best": parsing.deaths(raw["killed"]),
    }


def describe(file, events):
    return SourceInfo("diary", "A diary", "1", "CC0", "Anon.", "", "entry")


def coverage(file, events):
    return date(2020, 1, 1), date(2020, 12, 31)


LAYOUTS = (Layout("diary", "diary", ("ref", "on", "where", "killed"), parse, describe, coverage),)
"""
ENTRIES = [
    {"ref": "a", "on": "2020-03-17", "where": "North Atlantis", "killed": "2"},
    {"ref": "b", "on": "2020-03-18", "where": "Southern Atlantis Shire", "killed": "0"},
    {"ref": "c", "on": "2020-03-18", "where": "Lemuria", "killed": "0"},
]


@pytest.fixture
def diary(tmp_path, monkeypatch):
    """A file of a source that is one new module."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "diary.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(trends.sources, "__path__", [*trends.sources.__path__, str(tmp_path / "modules")])
    return write(tmp_path / "diary.csv", ENTRIES)


@pytest.fixture
def atlantis(tmp_path, monkeypatch):
    """A country of two provinces in a folder of its own."""
    folder = tmp_path / "countries" / "atlantis"
    folder.mkdir(parents=True)
    (folder / "country.toml").write_text(
        'name = "Atlantis"\niso2 = "XA"\nspellings = ["Atlantis"]\n'
        '[matching]\nkinds = ["shire"]\n[groups.all]\ntitle = "All"\nprovinces = ["XA-N", "XA-S"]\n'
        '[boundaries]\npolicy = "As they sank."\n[shapes]\nsource = "drawn"\nlicence = "CC0"\n',
        encoding="utf-8",
    )
    (folder / "provinces.csv").write_text(
        "code,name,name_local,former_code,pcode\nXA-N,North Atlantis,,,\nXA-S,South Atlantis,,,\n",
        encoding="utf-8",
    )
    (folder / "spellings.csv").write_text(
        "spelling,code,used_by\nSouthern Atlantis,XA-S,diary\n", encoding="utf-8"
    )
    squares = {"North Atlantis": 1, "South Atlantis": 0}
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[0, y], [1, y], [1, y + 1], [0, y + 1], [0, y]]],
            },
        }
        for name, y in squares.items()
    ]
    (folder / "shapes.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    monkeypatch.setattr("trends.gazetteer.country._FOLDER", folder.parent)
    return load_country("atlantis")


def test_a_further_source_is_recognised_and_read(diary):
    reading = read_source(diary)
    assert (reading.source.key, reading.rows, len(reading.events)) == ("diary", 3, 3)
    assert reading.events["deaths_low"].isna().all()
    assert reading.events["deaths_best"].tolist() == [2, 0, 0]


def test_a_further_country_counts_its_own_provinces(diary, atlantis, tmp_path):
    assert countries() == ("atlantis",)
    result = build(raw=[diary], out=tmp_path / "panel")
    assert result.manifest["rows"]["used"] == 2
    assert result.manifest["rejected_by_reason"] == {"unknown province": 1}
    panel = load_panel(result.out)
    assert panel.country.name == "Atlantis"
    assert panel.counts("South Atlantis").sum() == 1
    assert panel.wide().shape == (len(panel.weeks), 2)


def documented_module() -> str:
    """Return the module that docs/sources.md shows."""
    text = (PROJECT / "docs" / "sources.md").read_text("utf-8")
    return text.split("```python\n", 1)[1].split("```", 1)[0]


def test_the_documented_source_has_under_sixty_lines_and_works(tmp_path, monkeypatch):
    module = documented_module()
    assert len(module.splitlines()) < 60
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "documented.py").write_text(module, encoding="utf-8")
    monkeypatch.setattr(trends.sources, "__path__", [*trends.sources.__path__, str(tmp_path / "modules")])
    entry = {
        "ref": "a",
        "on": "17.03.2020",
        "how sure": "sure",
        "country": "Iraq",
        "where": "Diyala",
        "by": "IS",
    }
    entries = [
        entry | {"ref": str(number), "on": f"{number}.03.2020", "killed": "1"} for number in range(1, 31)
    ]
    path = write(tmp_path / "diary.csv", [*entries, entry | {"on": "2020-03-17", "killed": "1"}])
    reading = read_source(path)
    assert (reading.source.key, len(reading.events)) == ("diary", 30)
    assert reading.rejects["reason"].tolist() == ["not a date as in 17.03.2020"]
    assert build(raw=[path], actor="IS", out=tmp_path / "panel").manifest["rows"]["used"] == 30
