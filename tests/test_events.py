from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
import shapely
from samples import changed, write

from trends.errors import InputError, UnknownNameError
from trends.events import actor_aliases, locate, merge_duplicates, select_actor, undated
from trends.sources import read_source

BAGHDAD, KUWAIT, BLACK_SEA = ("44.4", "33.3"), ("47.98", "29.37"), ("33.3", "44.4")


@pytest.fixture
def read(tmp_path):
    """Read the rows of a layout, the second with other cells."""
    return lambda layout, **cells: read_source(write(tmp_path / "file.csv", changed(layout, **cells))).events


@pytest.mark.parametrize(
    ("cells", "province", "how"),
    [
        ({}, "IQ-DI", "name"),
        ({"adm_1": ""}, "IQ-DI", "polygon"),
        ({"adm_1": "Baghdād province"}, "IQ-BG", "name"),  # the name counts, whatever the point says
        ({"adm_1": "", "longitude": BAGHDAD[0], "latitude": BAGHDAD[1]}, "IQ-BG", "polygon"),
        ({"adm_1": "Kirkūk province", "where_prec": "6"}, "IQ-KI", "name"),
        ({"adm_1": "Kirkūk province", "latitude": "", "longitude": ""}, "IQ-KI", "name"),
    ],
)
def test_an_event_lies_where_its_name_or_else_its_point_says(read, iraq, cells, province, how):
    located = locate(read("ucdp-ged", **cells), iraq)
    assert located.rejects.empty
    assert located.events[["province", "located_by"]].iloc[1].tolist() == [province, how]


@pytest.mark.parametrize(
    ("cells", "column", "value", "reason"),
    [
        (
            {"adm_1": "Diyalla province"},
            "province",
            "Diyalla province",
            "unknown province; did you mean 'Diyala'",
        ),
        ({"adm_1": "Xqzw"}, "province", "Xqzw", "unknown province"),
        ({"adm_1": "", "where_prec": "5"}, "point", "44.65 33.75", "place precision: region"),
        ({"adm_1": "", "where_prec": "6"}, "point", "44.65 33.75", "place precision: country"),
        ({"adm_1": "", "where_prec": "7"}, "point", "44.65 33.75", "place precision: international"),
        ({"adm_1": "", "latitude": ""}, "point", "44.65 ?", "neither a province nor a point"),
        ({"adm_1": "", "longitude": "0", "latitude": "0"}, "point", "0 0", "more than 10 km from every"),
        (
            {"adm_1": "", "longitude": KUWAIT[0], "latitude": KUWAIT[1]},
            "point",
            "47.98 29.37",
            "more than 10 km",
        ),
        (
            {"adm_1": "", "longitude": BLACK_SEA[0], "latitude": BLACK_SEA[1]},
            "point",
            "33.3 44.4",
            "more than",
        ),
    ],
)
def test_what_cannot_be_located_is_a_reject_with_its_reason(read, iraq, cells, column, value, reason):
    located = locate(read("ucdp-ged", **cells), iraq)
    assert located.events["event_id"].tolist() == ["1", "3"]
    reject = located.rejects.iloc[0]
    assert (reject["row"], reject["event_id"], reject["column"], reject["value"]) == (4, "2", column, value)
    assert reject["reason"].startswith(reason)


def test_names_against_polygons_are_reported(read, iraq):
    located = locate(read("ucdp-ged", adm_1="Baghdād province"), iraq)
    assert located.compared == 3
    assert located.disagreements.to_dict("records") == [
        {"event_id": "2", "row": 4, "by_name": "IQ-BG", "by_polygon": "IQ-DI"}
    ]


@pytest.mark.parametrize(("kilometres", "found"), [(0.5, True), (9.9, True), (10.1, False), (60.0, False)])
@pytest.mark.parametrize("direction", ["south", "west"])
def test_a_point_just_outside_goes_to_the_nearest_province(read, iraq, kilometres, found, direction):
    country = shapely.union_all(iraq.shapes().geometry.to_numpy())
    if direction == "south":
        x, y = min(country.exterior.coords, key=lambda corner: corner[1])
        y -= kilometres / 111.195
    else:
        x, y = min(country.exterior.coords)
        x -= kilometres / 111.195 / np.cos(np.radians(y))
    located = locate(read("points", longitude=str(x), latitude=str(y)), iraq)
    province = {"south": "IQ-MU", "west": "IQ-AN"}[direction]
    assert (len(located.events) == 3) == found
    assert len(located.events) + len(located.rejects) == 3
    if found:
        assert located.events[["province", "located_by"]].iloc[1].tolist() == [province, "nearest"]


def test_a_point_on_a_border_belongs_to_the_first_of_its_provinces(read, iraq):
    shapes = iraq.shapes().geometry
    border = shapely.get_point(shapely.line_merge(shapes["IQ-DI"].intersection(shapes["IQ-SD"])), 3)
    located = locate(read("points", longitude=repr(border.x), latitude=repr(border.y)), iraq)
    assert located.events["province"].iloc[1] == "IQ-DI"


def test_no_events_are_located_nowhere(read, iraq):
    located = locate(read("points").iloc[:0], iraq)
    assert (len(located.events), len(located.rejects), located.compared) == (0, 0, 0)


@pytest.mark.parametrize(
    ("actor", "selected"),
    [("IS", ["1", "3"]), ("is ", ["1", "3"]), ("PKK", ["2"]), ("government of iraq", ["1", "2", "3"])],
)
def test_an_actor_counts_on_either_side(read, actor, selected):
    events = read("ucdp-ged", side_b="PKK")
    chosen, others = select_actor(events, actor)
    assert chosen["event_id"].tolist() == selected
    assert sorted([*chosen["event_id"], *others["event_id"]]) == ["1", "2", "3"]


def test_an_actor_is_known_by_its_aliases(read, iraq):
    events = read("ucdp-ged", side_a="IS", side_b="Civilians")
    assert len(select_actor(events, "Daesh", actor_aliases("Daesh", iraq))[0]) == 3
    assert actor_aliases("PKK", iraq) == ("PKK",)


def test_an_unknown_actor_is_an_error_with_names_from_the_file(read):
    with pytest.raises(
        UnknownNameError, match="no event has the actor 'Govt of Iraq'; did you mean 'Government of"
    ):
        select_actor(read("ucdp-ged"), "Govt of Iraq")


def test_the_text_of_an_actor_is_only_data(read):
    events = read("ucdp-ged", side_b="<script>alert(1)</script>, IS")
    assert len(select_actor(events, "IS")[0]) == 2
    with pytest.raises(UnknownNameError, match=r"no event has the actor '\(\?P<'"):
        select_actor(events, "(?P<")


def test_a_source_without_actors_says_so(read):
    with pytest.raises(InputError, match="the source names no actors; leave the actor out"):
        select_actor(read("points"), "IS")


def test_exact_repeats_are_merged_and_contradictions_refused(read):
    events = read("ucdp-ged").assign(family="ged", file="one.csv")
    again = events.assign(row=events["row"] + 10, file="two.csv")
    distinct, repeats = merge_duplicates(pd.concat([events, again], ignore_index=True))
    pd.testing.assert_frame_equal(distinct, events)
    assert repeats["file"].tolist() == ["two.csv"] * 3
    again.loc[1, "deaths_best"] = 9
    with pytest.raises(
        InputError,
        match=r"^two\.csv, row 14: the identifier 2 stands for two events "
        r".here, and another one of 2 in one\.csv, row 4.; give one version of the source; .* correct",
    ):
        merge_duplicates(pd.concat([events, again], ignore_index=True))


@pytest.mark.parametrize(("code", "kept"), [("1", 3), ("2", 3), ("3", 3), ("4", 2), ("5", 2)])
def test_what_is_dated_to_a_month_or_year_is_not_counted_in_a_week(read, code, kept):
    dated, rejects = undated(read("ucdp-ged", date_prec=code))
    assert (len(dated), len(rejects)) == (kept, 3 - kept)
    assert set(rejects["reason"]) <= {"date precision: month", "date precision: year"}


def test_names_agree_with_the_common_boundaries(shared_data, cod_ab, iraq):
    events = read_source(shared_data / "ucdp-ged-19.1-iraq-hdx.csv").events
    names = events["province_name"]
    assert iraq.match_all(names).notna().sum() == names.notna().sum() == 7473 - 413
    located = locate(events, iraq, cod_ab)
    assert 1 - len(located.disagreements) / located.compared == pytest.approx(0.997, abs=0.0005)
    shipped = locate(events, iraq)
    assert 1 - len(shipped.disagreements) / shipped.compared == pytest.approx(0.961, abs=0.002)


def test_sixty_eight_thousand_points_are_located_in_half_a_second(shared_data, cod_ab, iraq):
    events = read_source(shared_data / "iraq-insurgent-attacks-2007-2008.csv").events
    seconds = []
    for _ in range(3):
        start = time.process_time()
        located = locate(events, iraq, cod_ab)
        seconds.append(time.process_time() - start)
    assert located.events["located_by"].value_counts().to_dict() == {"polygon": 68564, "nearest": 9}
    assert min(seconds) < 0.5
