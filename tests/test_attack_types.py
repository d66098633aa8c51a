from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import trends.attack_types as room
from trends.attack_types import (
    ATTACK_DEFINITIONS,
    attack_definition,
    attack_type,
    attack_types,
    attacked,
    compare_definitions,
    is_violent,
    mass_casualty,
    unmapped_codes,
)
from trends.errors import InputError, UnknownNameError
from trends.sources import read_source

FOLDER = Path(room.__file__).parent
TABLES = sorted(path.stem for path in FOLDER.glob("*.csv"))
RULES = [name for name in TABLES if name not in {"types", "targets"}]


def events(*kinds: str | None, **columns) -> pd.DataFrame:
    """Return events with these codes."""
    frame = pd.DataFrame({"kind": pd.Series(kinds, dtype=object), "row": range(2, len(kinds) + 2)})
    return frame.assign(**{name: pd.Series(values) for name, values in columns.items()})


@pytest.mark.parametrize(
    ("source", "codes", "expected"),
    [
        ("points", {"kind": "IED"}, "improvised bomb"),
        ("points", {"kind": "saf "}, "armed assault"),
        ("points", {"kind": "Airstrike"}, "air strike"),
        ("ucdp-ged", {"kind": "state-based"}, "unknown"),
        ("ucdp-ged-reduced", {"kind": "one-sided"}, "unknown"),
        ("acled", {"kind": "Armed clash"}, "clash"),
        ("acled", {"kind": "Suicide bomb"}, "suicide bombing"),
        ("acled", {"kind": "Shelling/artillery/missile attack"}, "indirect fire"),
        ("acled", {"kind": "Remote explosive/landmine/IED"}, "improvised bomb"),
        ("acled", {"kind": "Abduction/forced disappearance"}, "kidnapping"),
        ("acled", {"kind": "Looting/property destruction"}, "arson and sabotage"),
        ("acled", {"kind": "Peaceful protest"}, "other"),
        ("gtd", {"kind": "Bombing/Explosion"}, "improvised bomb"),
        ("gtd", {"kind": "Bombing/Explosion", "suicide": 1}, "suicide bombing"),
        ("gtd", {"kind": "Bombing/Explosion", "suicide": "1"}, "suicide bombing"),
        ("gtd", {"kind": "Bombing/Explosion", "suicide": "0"}, "improvised bomb"),
        (
            "gtd",
            {"kind": "Bombing/Explosion", "weapon_detail": "Projectile (rockets, mortars, RPGs, etc.)"},
            "indirect fire",
        ),
        ("gtd", {"kind": "Armed Assault", "suicide": True, "weapon": "Firearms"}, "armed assault"),
        ("gtd", {"kind": "Assassination", "weapon": "Explosives"}, "improvised bomb"),
        ("gtd", {"kind": "Assassination", "weapon": "Explosives", "suicide": 1.0}, "suicide bombing"),
        ("gtd", {"kind": "Assassination", "weapon": "Firearms"}, "armed assault"),
        ("gtd", {"kind": "Hostage Taking (Kidnapping)"}, "kidnapping"),
        ("gtd", {"kind": "Facility/Infrastructure Attack", "weapon": "Incendiary"}, "arson and sabotage"),
        ("gtd", {"kind": "Unknown"}, "unknown"),
        ("own-table", {"kind": "extortion"}, "extortion"),
        ("own-table", {"kind": "killing of a captive or informant"}, "killing of a captive or informant"),
        ("acled", {"kind": None}, "unknown"),
    ],
)
def test_a_source_s_codes_become_one_of_the_types(source, codes, expected):
    frame = events(codes["kind"], **{name: [value] for name, value in codes.items() if name != "kind"})
    assert attack_type(frame, source).tolist() == [expected]


@pytest.mark.parametrize("source", RULES)
def test_each_rule_leads_to_a_type_and_none_stands_in_the_shade_of_another(source):
    rules = pd.read_csv(FOLDER / f"{source}.csv", dtype=str, keep_default_na=False)
    assert set(rules["attack_type"]) <= set(attack_types().index)
    assert set(rules["violent"]) <= {"yes", "no"}
    conditions = [name for name in rules.columns if name not in {"attack_type", "violent", "note"}]
    assert not rules.duplicated(conditions).any()
    frame = rules[conditions].assign(row=range(len(rules)))
    assert attack_type(frame, source).tolist() == rules["attack_type"].tolist()
    assert is_violent(frame, source).tolist() == (rules["violent"] == "yes").tolist()


def test_the_taxonomy_is_the_one_that_reports_use():
    assert attack_types().index.tolist() == [
        "armed assault", "improvised bomb", "suicide bombing", "indirect fire", "kidnapping",
        "killing of a captive or informant", "arson and sabotage", "extortion", "clash", "air strike", "other", "unknown",
    ]  # fmt: skip
    assert not (attack_types() == "").any(axis=None)


def test_a_code_without_a_rule_is_named_or_counted_never_lost():
    frame = events("IED", "VBIED", "VBIED", None, "mortar")
    with pytest.raises(
        UnknownNameError,
        match=r"row 3: points has a kind 'VBIED' and 1 further codes .*\(3 events\); add it to .*points.csv",
    ):
        attack_type(frame, "points")
    assert attack_type(frame, "points", unmapped="unknown").tolist() == ["improvised bomb", *["unknown"] * 4]
    assert unmapped_codes(frame, "points") == {"VBIED": 2, "mortar": 1}
    assert is_violent(frame, "points").all()
    with pytest.raises(UnknownNameError, match="no rules for the attack types of 'diary', and 'ied' is none"):
        attack_type(frame, "diary")
    with pytest.raises(InputError, match="unmapped codes cannot be 'drop'"):
        attack_type(frame, "points", unmapped="drop")


def test_the_index_and_the_events_stay_as_they_were():
    frame = events("IED", "SAF").set_axis([7, 3])
    before = frame.copy()
    assert attack_type(frame, "points").to_dict() == {7: "improvised bomb", 3: "armed assault"}
    pd.testing.assert_frame_equal(frame, before)
    assert attack_type(frame.iloc[:0], "points").empty


@pytest.mark.parametrize(
    ("source", "frame", "expected"),
    [
        ("ucdp-ged", events("one-sided", "state-based", "non-state"), ["civilians", "unknown", "armed group"]),
        ("acled", events("Attack", "Armed clash", target=["Civilian targeting", None]), ["civilians", "unknown"]),
        ("gtd", events("x", "x", "x", target=["Police", "Utilities", "Private Citizens & Property"]),
         ["security forces", "infrastructure", "civilians"]),
        ("points", events("IED"), ["unknown"]),
    ],
)  # fmt: skip
def test_who_was_attacked_is_told_as_far_as_the_source_does(source, frame, expected):
    assert attacked(frame, source).tolist() == expected


def test_an_unknown_target_is_an_error():
    with pytest.raises(UnknownNameError, match="row 2: gtd has a target 'Martians' that is not known"):
        attacked(events("x", target=["Martians"]), "gtd")


def test_mass_casualty_events_reach_the_threshold_and_unknown_deaths_stay_unknown():
    frame = pd.DataFrame(
        {"deaths_best": pd.array([9, 10, 11, None], dtype="Int64"), "deaths_low": [0, 10, 3, 20]}
    )
    assert mass_casualty(frame, 10).tolist() == [False, True, True, pd.NA]
    assert mass_casualty(frame, 10, "deaths_low").tolist() == [False, True, False, True]
    for threshold in (0, -1, 2.5, True):
        with pytest.raises(InputError, match="threshold cannot be"):
            mass_casualty(frame, threshold)
    with pytest.raises(InputError, match="no estimate 'nkill'"):
        mass_casualty(frame, 10, "nkill")


@pytest.fixture
def clashes():
    """Events in UCDP's coding: (kind, sides, deaths of side a, of side b, of civilians)."""
    rows = [
        ("state-based", "Government of X", "Rebels", 0, 3, 0),
        ("state-based", "Government of X", "Rebels", 2, 0, 0),
        ("state-based", "Government of X", "Rebels", 0, 1, 1),
        ("state-based", "Government of X", "Government of Y", 0, 4, 0),
        ("one-sided", "Rebels", "Civilians", 0, 0, 5),
        ("non-state", "Rebels", "Others", 2, 2, 0),
        ("non-state", "Rebels", "Others", 0, 2, 1),
    ]
    names = ["kind", "actor_a", "actor_b", "deaths_side_a", "deaths_side_b", "deaths_civilians"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(date_start=pd.to_datetime(["2019-05-01"] * 3 + ["2021-05-01"] * 4))


@pytest.mark.parametrize(
    ("name", "kept"), [("all", [0, 1, 2, 3, 4, 5, 6]), ("with-victims", [1, 2, 3, 4, 6]), ("one-sided", [4])]
)
def test_an_attack_is_what_the_definition_says(clashes, name, kept):
    assert attack_definition(clashes, name).index.tolist() == kept


def test_definitions_are_compared_year_by_year(clashes):
    table = compare_definitions(clashes)
    assert table.to_dict("index") == {
        2019: {"all": 3, "with-victims": 2, "one-sided": 0},
        2021: {"all": 4, "with-victims": 3, "one-sided": 1},
    }
    assert list(table) == list(ATTACK_DEFINITIONS)


def test_a_definition_that_the_source_cannot_serve_is_refused(clashes):
    with pytest.raises(
        UnknownNameError, match="no attack definition 'raids'; use one of all, with-victims, one-sided"
    ):
        attack_definition(clashes, "raids")
    with pytest.raises(InputError, match=r"no deaths by side \(deaths_side_b\); use the definition 'all'"):
        attack_definition(clashes.drop(columns="deaths_side_b"), "with-victims")
    with pytest.raises(InputError, match="the source has kinds such as 'IED'"):
        attack_definition(clashes.assign(kind="IED"), "one-sided")
    with pytest.raises(InputError, match="the source has none"):
        attack_definition(clashes.assign(kind=None), "one-sided")


@pytest.mark.parametrize(
    ("file", "source", "expected"),
    [
        ("iraq-insurgent-attacks-2007-2008.csv", "points",
         {"other": 37292, "armed assault": 15680, "improvised bomb": 15601}),
        ("iraq-airstrikes-2007-2008.csv", "points", {"air strike": 2446, "other": 1492}),
        ("ucdp-ged-21.1-iraq-geoprec12.csv", "ucdp-ged-reduced", {"unknown": 6600}),
    ],
)  # fmt: skip
def test_every_code_of_the_real_files_has_a_rule(shared_data, file, source, expected):
    found = attack_type(read_source(shared_data / file).events, source)
    assert found.value_counts().to_dict() == expected


def test_the_real_file_by_definition(shared_data, iraq):
    path = shared_data / "ucdp-ged-19.1-iraq-hdx.csv"
    frame = read_source(path).events.set_index("event_id", drop=False)
    raw = pd.read_csv(path, dtype=str, skiprows=[1]).set_index("id")
    names = {"deaths_side_a": "deaths_a", "deaths_side_b": "deaths_b", "deaths_civilians": "deaths_civilians"}
    frame = frame.assign(**{ours: raw[theirs].astype("int64") for ours, theirs in names.items()})
    ours = frame[frame[["actor_a", "actor_b"]].isin(iraq.actors["IS"]).any(axis=1)]
    table = compare_definitions(ours)
    assert table.sum().to_dict() == {"all": 6191, "with-victims": 4245, "one-sided": 1364}
    assert table.loc[2018].tolist() == [176, 102, 42]
