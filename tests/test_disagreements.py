from __future__ import annotations

import pytest
from samples import changed, write

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


def test_the_disagreements_of_the_real_file_are_all_listed(shared_data, cod_ab, iraq):
    events = read_source(shared_data / "ucdp-ged-19.1-iraq-hdx.csv").events.assign(file="ged.csv")
    listed = disagreements(events, iraq, cod_ab)
    assert len(listed) == len(locate(events, iraq, cod_ab).disagreements)
    assert sorted(listed["row"]) == sorted(locate(events, iraq, cod_ab).disagreements["row"])
    assert listed["kilometres"].is_monotonic_decreasing
    assert (listed["kilometres"] > 0).all()
    assert next(iter(listed)) == "file"
