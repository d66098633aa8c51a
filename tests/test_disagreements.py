from __future__ import annotations

import pandas as pd
import pytest
from samples import changed, write

from trends.building import build
from trends.disagreements import COLUMNS, disagreements
from trends.events import locate
from trends.sources import read_source


def test_a_point_far_from_its_named_province_is_listed_with_its_distance(tmp_path, iraq):
    path = write(tmp_path / "ged.csv", changed("ucdp-ged", adm_1="Kirkūk province"))
    listed = disagreements(read_source(path).events, iraq)
    assert list(listed) == list(COLUMNS)
    row = listed.iloc[0]
    assert (len(listed), row["row"], row["by_name"], row["by_polygon"]) == (1, 4, "IQ-KI", "IQ-DI")
    assert row["kilometres"] == pytest.approx(110, abs=10)  # one degree of latitude
    assert disagreements(read_source(path).events.iloc[:1], iraq).empty


@pytest.mark.parametrize(
    ("longitude", "latitude", "kilometres", "within"),
    [("0", "0", 5941, 600), ("33.75", "44.65", 1432, 150)],  # great circles to Diyala
)
def test_a_named_event_with_a_point_outside_every_province_is_listed(
    tmp_path, iraq, longitude, latitude, kilometres, within
):
    path = write(tmp_path / "ged.csv", changed("ucdp-ged", longitude=longitude, latitude=latitude))
    listed = disagreements(read_source(path).events, iraq)
    row = listed.iloc[0]
    assert (len(listed), row["row"], row["by_name"]) == (1, 4, "IQ-DI")
    assert pd.isna(row["by_polygon"])
    assert row["kilometres"] == pytest.approx(kilometres, abs=within)
    manifest = build(raw=[path], out=tmp_path / "panel").manifest
    assert manifest["names_against_polygons"] == {
        "compared": 3,
        "disagree": 1,
        "pairs": {"IQ-DI by name, outside every province by point": 1},
    }
    written = pd.read_csv(tmp_path / "panel" / "disagreements.csv")
    assert (written["row"].tolist(), written["by_polygon"].isna().tolist()) == ([4], [True])


def test_a_named_event_that_is_known_to_its_region_only_is_not_compared(tmp_path, iraq):
    path = write(tmp_path / "ged.csv", changed("ucdp-ged", longitude="0", latitude="0", where_prec="5"))
    assert disagreements(read_source(path).events, iraq).empty


def test_the_disagreements_of_the_real_file_are_all_listed(shared_data, cod_ab, iraq):
    events = read_source(shared_data / "ucdp-ged-19.1-iraq-hdx.csv").events.assign(file="ged.csv")
    listed = disagreements(events, iraq, cod_ab)
    assert len(listed) == len(locate(events, iraq, cod_ab).disagreements)
    assert sorted(listed["row"]) == sorted(locate(events, iraq, cod_ab).disagreements["row"])
    assert listed["kilometres"].is_monotonic_decreasing
    assert (listed["kilometres"] > 0).all()
    assert next(iter(listed)) == "file"
