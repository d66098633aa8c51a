"""What a build can be asked for: a day in the past, a definition of attack, several sources, later editions."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from samples import rows_of, write
from typer.testing import CliRunner

from trends import building
from trends.building import build
from trends.cli import app
from trends.errors import InputError, UnknownNameError
from trends.ledger import load_ledger
from trends.linkage import link_files
from trends.panel import load_panel
from trends.reproduce.panels import look_at_panel
from trends.sources import read_source
from trends.vintages import came_out_by, diff_files

MARCH_24 = 1585008000  # 2020-03-24 in UTC
DAY = 86400


def acled(tmp_path, recorded, name="acled.csv", **cells):
    """An export in which row i was last revised on recorded[i]."""
    rows = rows_of("acled", len(recorded))
    for number, (row, moment) in enumerate(zip(rows, recorded, strict=True), start=1):
        row.update(timestamp=str(moment), event_date=f"2020-03-{number:02}", **cells)
    rows[-1]["event_date"] = "2020-05-30"
    return write(tmp_path / name, rows)


def candidate(tmp_path, version, rows):
    """A Candidate file: rows are (identifier, day, best estimate of deaths)."""
    full = rows_of("ucdp-ged", len(rows))
    for row, (identifier, day, best) in zip(full, rows, strict=True):
        row.update(id=str(identifier), date_start=day, date_end=day, best=str(best), low="0", high="99")
    return write(tmp_path / f"GEDEvent_v{version}.csv", full)


def sides(tmp_path, name="ged211.csv"):
    """A full layout with deaths by side: raids on the group, clashes with dead soldiers, killed civilians."""
    rows = rows_of("ucdp-ged", 120)
    for number, row in enumerate(rows):
        when = (pd.Timestamp("2019-01-08") + pd.Timedelta(days=6 * number)).strftime("%Y-%m-%d")
        kind = number % 3
        row.update(
            date_start=when,
            date_end=when,
            type_of_violence="3" if kind == 2 else "1",
            side_a="IS" if kind == 2 else "Government of Iraq",
            side_b="Civilians" if kind == 2 else "IS",
            deaths_a=str(int(kind == 1)),
            deaths_b="2",
            deaths_civilians=str(int(kind == 2)),
            deaths_unknown="0",
        )
    return write(tmp_path / name, rows)


def test_rows_recorded_after_the_day_are_left_out_into_the_ledger(tmp_path):
    path = acled(tmp_path, [MARCH_24, MARCH_24 + 10 * DAY, MARCH_24, MARCH_24 + 90 * DAY])
    result = build(raw=[path], out=tmp_path / "panel", as_of=date(2020, 3, 31))
    assert result.manifest["rows"]["recorded_after_as_of"] == 2
    assert result.manifest["rows"]["used"] == 2
    assert result.manifest["coverage"]["last"] == "2020-03-31"
    assert result.manifest["as_of"]["day"] == "2020-03-31"
    assert "one revised later is left out whole" in result.manifest["as_of"]["files"]["acled.csv"]
    assert result.manifest["raw"][0]["vintage"] == {"recorded_until": "2020-06-22", "published": None}
    assert "        2  recorded after as of" in str(result)
    assert "as of 2020-03-31" in str(result)
    assert load_ledger(result.out).outcomes()["recorded after as of"] == 2


def test_a_day_after_the_last_revision_changes_nothing_but_what_is_covered(tmp_path):
    path = acled(tmp_path, [MARCH_24] * 4)
    late = build(raw=[path], out=tmp_path / "late", as_of=date(2021, 1, 1))
    plain = build(raw=[path], out=tmp_path / "plain")
    for name in ("daily.csv", "weekly.csv"):
        assert (late.out / name).read_bytes() == (plain.out / name).read_bytes()
    with pytest.raises(InputError, match=r"2020-03-01 to 2020-05-30 reaches beyond what is covered"):
        build(raw=[path], out=tmp_path / "b", as_of=date(2020, 4, 30), last=date(2020, 5, 30))


@pytest.mark.parametrize(
    ("name", "as_of", "message"),
    [
        (
            "GEDEvent_v20_0_3.csv",
            date(2020, 4, 12),
            "came out between 2020-04-01 and 2020-04-30; whether .* --released",
        ),
        ("GEDEvent_v20_0_3.csv", date(2020, 3, 31), "no file had come out by 2020-03-31"),
        (
            "ged211.csv",
            date(2021, 6, 1),
            "version 21.1 came out between 2021-01-01 and 2021-06-30; .* counts as out from 2021-06-30 on",
        ),
        (
            "export.csv",
            date(2021, 6, 1),
            "does not say when its events were recorded, .*keep the publisher's .* --released",
        ),
    ],
)
def test_a_source_that_does_not_date_its_rows_says_what_as_of_cannot_do(tmp_path, name, as_of, message):
    path = write(tmp_path / name, rows_of("ucdp-ged"))
    with pytest.raises(InputError, match=message):
        build(raw=[path], out=tmp_path / "panel", as_of=as_of)
    assert not (tmp_path / "panel").exists()


@pytest.mark.parametrize(
    ("name", "day", "out_by"),
    [
        ("ged191.csv", "2018-03-17", date(2019, 6, 30)),
        ("GEDEvent_v22_1.csv", "2021-03-17", date(2022, 6, 30)),
        ("ged301.csv", "2029-03-17", date(2030, 12, 31)),
        ("GEDEvent_v19_0_3.csv", "2019-03-17", date(2020, 5, 31)),
        ("GEDEvent_v20_0_12.csv", "2020-12-17", date(2021, 1, 31)),
        ("GEDEvent_v22_01_22_06.csv", "2022-03-17", date(2022, 7, 31)),
    ],
)
def test_a_version_counts_as_out_from_the_last_day_on_which_it_may_have_come_out(tmp_path, name, day, out_by):
    rows = [row | {"date_start": day, "date_end": day} for row in rows_of("ucdp-ged")]
    reading = read_source(write(tmp_path / name, rows))
    assert [came_out_by(reading, out_by + timedelta(days=more)) for more in (-1, 0, 1)] == [False, True, True]


def test_the_day_on_which_a_file_came_out_can_be_stated(tmp_path):
    path = write(tmp_path / "ged211.csv", rows_of("ucdp-ged"))
    day = date(2021, 6, 9)
    result = build(raw=[path], out=tmp_path / "panel", as_of=day, released={"ged211.csv": day})
    assert result.manifest["raw"][0]["vintage"]["published"] == {"first": "2021-06-09", "last": "2021-06-09"}
    assert "counts as out from 2021-06-09 on" in result.manifest["as_of"]["files"]["ged211.csv"]
    with pytest.raises(InputError, match="no file had come out by 2021-06-08"):
        build(raw=[path], out=tmp_path / "b", as_of=date(2021, 6, 8), released={"ged211.csv": day})
    command = [
        "build",
        "--raw",
        str(path),
        "--out",
        str(tmp_path / "c"),
        "--as-of",
        "2021-06-09",
        "--released",
    ]
    done = CliRunner().invoke(app, [*command, "2021-06-09"])
    assert (done.exit_code, (tmp_path / "c" / "daily.csv").read_bytes()) == (
        0,
        (result.out / "daily.csv").read_bytes(),
    )


@pytest.mark.parametrize(
    ("layout", "stated", "message"),
    [
        (
            "ucdp-ged",
            "ged20.csv=2021-06-09",
            "there is no file 'ged20.csv' to have been released; did you mean",
        ),
        ("ucdp-ged", "2020-06-09", "covers days up to 2020-12-31 and cannot have come out on 2020-06-09"),
        ("ucdp-ged", "9.6.2021", "--released '9.6.2021' is not a date"),
        ("acled", "2021-06-09", "dates its rows, so that no day of release is needed"),
    ],
)
def test_a_stated_day_that_cannot_be_is_refused_in_one_line(tmp_path, layout, stated, message):
    path = write(tmp_path / "ged211.csv", rows_of(layout))
    command = ["build", "--raw", str(path), "--out", str(tmp_path / "panel"), "--released", stated]
    done = CliRunner().invoke(app, command)
    assert (done.exit_code, message in done.output, "\n" in done.output.strip()) == (2, True, False)


def test_of_several_files_the_one_that_came_out_is_named(tmp_path):
    paths = [write(tmp_path / name, rows_of("ucdp-ged")) for name in ("ged201.csv", "ged211.csv")]
    raw = [word for path in paths for word in ("--raw", str(path))]
    done = CliRunner().invoke(
        app, ["build", *raw, "--out", str(tmp_path / "panel"), "--released", "2021-06-09"]
    )
    assert done.exit_code == 2
    assert "does not say which file; write ged201.csv=2020-03-17" in done.output


def test_a_file_that_came_out_after_the_day_is_left_out_whole(tmp_path):
    files = [
        candidate(tmp_path, "20_0_3", [(1, "2020-03-17", 2), (2, "2020-03-18", 2)]),
        candidate(tmp_path, "20_0_4", [(3, "2020-04-02", 2), (1, "2020-03-17", 5)]),
    ]
    result = build(raw=files, out=tmp_path / "panel", as_of=date(2020, 4, 30))
    assert result.manifest["rows"] == {
        "read": 4, "used": 2, "recorded_after_as_of": 2, "merged_duplicates": 0, "other_country": 0, "other_actor": 0,
        "out_of_window": 0, "rejected": 0,
    }  # fmt: skip
    assert result.manifest["coverage"] == {"first": "2020-03-01", "last": "2020-03-31"}
    assert result.manifest["totals"]["deaths_best"] == 4  # the revision to 5 was not known yet


def test_of_several_candidate_files_the_latest_has_the_last_word(tmp_path):
    files = [
        candidate(tmp_path, "20_0_3", [(1, "2020-03-17", 2), (2, "2020-03-18", 2), (9, "2020-03-20", 1)]),
        candidate(tmp_path, "20_0_4", [(3, "2020-04-02", 2), (1, "2020-03-17", 5), (9, "2020-03-20", 1)]),
        candidate(tmp_path, "20_0_5", [(4, "2020-05-02", 2), (1, "2020-03-17", 7)]),
    ]
    results = [
        build(raw=order, out=tmp_path / f"panel{number}")
        for number, order in enumerate((files, files[::-1], [files[1], files[2], files[0]]))
    ]
    for result in results:
        rows = result.manifest["rows"]
        assert (rows["read"], rows["used"], rows["replaced_by_a_later_file"], rows["merged_duplicates"]) == (
            8,
            5,
            2,
            1,
        )
        assert result.manifest["totals"]["deaths_best"] == 7 + 2 + 1 + 2 + 2
        assert (result.out / "daily.csv").read_bytes() == (results[0].out / "daily.csv").read_bytes()
        assert "replaced by a later file" in str(result)


def test_a_yearly_release_replaces_the_candidate_events_of_its_years(tmp_path):
    months = [
        candidate(tmp_path, f"20_0_{month}", [(month, f"2020-{month:02}-05", 1)]) for month in range(1, 13)
    ]
    next_year = candidate(tmp_path, "21_0_1", [(101, "2021-01-05", 1), (102, "2020-12-30", 1)])
    final = rows_of("ucdp-ged", 2)
    for row, (identifier, day) in zip(final, [(3, "2020-03-05"), (4, "2020-04-07")], strict=True):
        row.update(id=str(identifier), date_start=day, date_end=day)
    yearly = write(tmp_path / "GEDEvent_v21_1.csv", final)
    result = build(raw=[*months, next_year, yearly], out=tmp_path / "panel")
    rows = result.manifest["rows"]
    assert (rows["used"], rows["replaced_by_a_later_file"]) == (3, 13)  # two final events, and one of January
    assert load_panel(result.out).daily["date"].dt.strftime("%Y-%m-%d").tolist() == [
        "2020-03-05",
        "2020-04-07",
        "2021-01-05",
    ]


def test_of_two_exports_the_row_revised_last_counts(tmp_path):
    first = acled(tmp_path, [MARCH_24] * 3, "first.csv", fatalities="1")
    second = acled(tmp_path, [MARCH_24, MARCH_24 + DAY, MARCH_24 + DAY], "second.csv", fatalities="1")
    result = build(raw=[first, second], out=tmp_path / "panel")
    rows = result.manifest["rows"]
    assert (rows["used"], rows["merged_duplicates"], rows["replaced_by_a_later_file"]) == (3, 1, 2)
    clash = acled(tmp_path, [MARCH_24] * 3, "clash.csv", fatalities="4")
    with pytest.raises(InputError, match="3 identifiers stand for two events"):
        build(raw=[first, clash], out=tmp_path / "other")


NO_VIOLENCE = [
    "Peaceful protest",
    "Protest with intervention",
    "Arrests",
    "Agreement",
    "Looting/property destruction",
]


def test_what_is_no_violence_is_set_aside_and_counted_by_province_and_year(tmp_path):
    rows = rows_of("acled", 8)
    for row, kind in zip(rows, [*NO_VIOLENCE, "Attack", "Mob violence", "A new code"], strict=True):
        row["sub_event_type"] = kind
    rows[0]["event_date"], rows[-1]["event_date"] = "2020-03-02", "2020-03-29"
    path = write(tmp_path / "acled.csv", rows)
    result = build(raw=[path], out=tmp_path / "panel")
    assert (result.manifest["rows"]["used"], result.manifest["rows"]["not_violence"]) == (4, 4)
    assert sum(count for what, count in result.manifest["rows"].items() if what != "read") == 8
    assert "agreements and the like are set aside" in result.manifest["attacks"]["meaning"]
    assert "        4  not violence" in str(result)
    aside = load_ledger(result.out).frame.query("outcome == 'not violence'")
    assert aside[["province", "year", "rows"]].values.tolist() == [["IQ-DI", 2020, 4]]
    assert load_panel(result.out).counts().sum() == 4


def test_what_is_no_violence_is_neither_linked_nor_counted_by_a_comparison(tmp_path):
    rows = rows_of("acled", 3)
    rows[1]["sub_event_type"] = "Peaceful protest"
    old = write(tmp_path / "old.csv", rows[:1])
    new = write(tmp_path / "new.csv", rows)
    found = diff_files(old, new)
    assert (found.counts["added"], found.totals) == (2, (1, 2))
    linked = link_files(write(tmp_path / "ged201.csv", rows_of("ucdp-ged", 3)), new)
    assert (len(linked.right), linked.left_out) == (2, (0, 1))


@pytest.mark.parametrize(("name", "used"), [("all", 120), ("with-victims", 80), ("one-sided", 40)])
def test_a_panel_counts_by_the_definition_it_was_asked_for(tmp_path, name, used):
    result = build(raw=[sides(tmp_path)], out=tmp_path / "panel", actor="IS", attacks=name)
    assert result.manifest["rows"]["used"] == used == load_panel(result.out).daily["attacks"].sum()
    assert result.manifest["rows"].get("no_attack_by_definition", 0) == 120 - used
    assert result.manifest["attacks"]["definition"] == name
    assert result.manifest["attacks"]["possible"] == ["all", "with-victims", "one-sided"]


def test_a_definition_that_the_source_cannot_tell_is_refused(tmp_path):
    path = write(tmp_path / "reduced.csv", rows_of("ucdp-ged-reduced"))
    with pytest.raises(InputError, match=r"reduced.csv: the source has no deaths by side"):
        build(raw=[path], out=tmp_path / "panel", attacks="with-victims")
    with pytest.raises(UnknownNameError, match="there is no attack definition 'some'"):
        build(raw=[path], out=tmp_path / "panel", attacks="some")
    points = write(tmp_path / "points.csv", rows_of("points"))
    with pytest.raises(InputError, match=r"points.csv: the definition needs UCDP's kinds of violence"):
        build(raw=[points], out=tmp_path / "panel", attacks="one-sided")
    assert build(raw=[path], out=tmp_path / "panel").manifest["attacks"]["possible"] == ["all", "one-sided"]


def test_the_manifest_says_what_happened_and_to_whom(tmp_path):
    rows = rows_of("gtd", 4)
    rows[1].update(weapsubtype1_txt="Projectile (rockets, mortars, RPGs, etc.)")
    rows[2].update(attacktype1_txt="Assassination", weaptype1_txt="Firearms", targtype1_txt="Business")
    rows[3].update(attacktype1_txt="Never heard of", targtype1_txt="Nor of this", iday="31")
    for row in rows:
        row.setdefault("weapsubtype1_txt", "")
    result = build(raw=[write(tmp_path / "gtd.csv", rows)], out=tmp_path / "panel")
    assert result.manifest["what_happened"] == {
        "attack_types": {"armed assault": 1, "improvised bomb": 1, "indirect fire": 1, "unknown": 1},
        "attacked": {"civilians": 1, "security forces": 2, "unknown": 1},
    }
    rows = rows_of("acled", 2)
    rows[0]["civilian_targeting"] = "Civilian targeting"
    rows[1]["event_date"] = "2020-05-30"
    result = build(raw=[write(tmp_path / "acled.csv", rows)], out=tmp_path / "panel")
    assert result.manifest["what_happened"]["attacked"] == {"civilians": 1, "unknown": 1}


@pytest.fixture
def two_sources(tmp_path):
    """A file of either source: days 1 to 20 of March in one, 11 to 30 in the other, one of them far away."""
    ged, other = rows_of("ucdp-ged", 20), rows_of("acled", 20)
    for number, (one, two) in enumerate(zip(ged, other, strict=True), start=1):
        one.update(date_start=f"2020-03-{number:02}", date_end=f"2020-03-{number:02}")
        two.update(event_date=f"2020-03-{number + 10:02}", fatalities="2")
    other[0].update(admin1="Basrah", latitude="30.5", longitude="47.8")
    other[-1]["event_date"] = "2020-04-19"
    return [write(tmp_path / "ged.csv", ged), write(tmp_path / "acled.csv", other)]


def test_two_sources_are_counted_once_where_they_have_the_same_event(two_sources, tmp_path):
    union, overlap, left = (
        build(raw=two_sources, out=tmp_path / how, actor="IS", combine=how, days=0)
        for how in ("union", "overlap", "left")
    )
    assert [result.manifest["rows"]["used"] for result in (union, overlap, left)] == [10 + 20 - 9, 9, 10]
    assert union.manifest["rows"]["in_an_earlier_source"] == 9
    assert overlap.manifest["rows"]["not_asked_for"] == 30 - 18
    assert left.manifest["rows"]["not_asked_for"] == 11
    assert union.manifest["combined"]["sources"] == {"acled": 11, "ucdp-ged": 1, "ucdp-ged+acled": 9}
    assert "union within 0 days and 10 km: 11 acled, 1 ucdp-ged, 9 ucdp-ged+acled" in str(union)
    assert "rows must not be passed on" in union.manifest["licence"]
    assert load_panel(overlap.out).daily["attacks"].sum() == 9
    for result in (union, overlap, left):
        assert load_ledger(result.out).outcomes()["read"] == 40


def test_several_sources_have_to_be_combined_and_one_cannot_be(two_sources, tmp_path):
    with pytest.raises(InputError, match=r"of 2 sources \(UCDP .*, ACLED.*say --combine union or"):
        build(raw=two_sources, out=tmp_path / "panel")
    with pytest.raises(InputError, match="there is only one source"):
        build(raw=two_sources[:1], out=tmp_path / "panel", combine="union")
    with pytest.raises(InputError, match="events cannot be combined by 'sum'"):
        build(raw=two_sources, out=tmp_path / "panel", combine="sum")


def test_the_command_line_asks_for_all_of_it(two_sources, tmp_path):
    run = CliRunner().invoke
    files = [part for path in two_sources for part in ("--raw", str(path))]
    done = run(app, ["build", *files, "--combine", "overlap", "--days", "0", "--out", str(tmp_path / "a")])
    assert done.exit_code == 0, done.output
    assert "not asked for" in done.output
    path = str(sides(tmp_path))
    done = run(app, ["build", "--raw", path, "--attacks", "with-victims", "--out", str(tmp_path / "b")])
    assert "no attack by definition" in done.output
    done = run(app, ["build", "--raw", path, "--as-of", "2020-02-30", "--out", str(tmp_path / "c")])
    assert done.exit_code == 2
    assert "--as-of '2020-02-30' is not a date" in done.output


@pytest.mark.parametrize(
    "choose",
    [
        lambda at: ([acled(at, [MARCH_24, MARCH_24 + 10 * DAY, MARCH_24])], {"as_of": date(2020, 3, 31)}),
        lambda at: ([sides(at)], {"attacks": "with-victims", "actor": "IS"}),
        lambda at: (
            [
                candidate(at, "20_0_3", [(1, "2020-03-17", 2)]),
                candidate(at, "20_0_4", [(1, "2020-03-17", 5)]),
            ],
            {},
        ),
    ],
    ids=["as of", "attacks", "editions"],
)
def test_large_files_give_the_same_counts(tmp_path, monkeypatch, choose):
    raw, choices = choose(tmp_path)
    small = build(raw=raw, out=tmp_path / "small", **choices)
    monkeypatch.setattr(building, "LARGE_FILE", 0)
    large = build(raw=raw, out=tmp_path / "large", **choices)
    assert large.manifest["rows"] == small.manifest["rows"]
    assert (large.out / "daily.csv").read_bytes() == (small.out / "daily.csv").read_bytes()


def test_a_day_before_one_source_began_leaves_the_other_to_be_built_alone(two_sources, tmp_path):
    ged = two_sources[0].rename(tmp_path / "GEDEvent_v21_1.csv")
    files = [ged, two_sources[1]]
    with pytest.raises(InputError, match=r"of 2 sources only .* had come out by 2020-12-31"):
        build(raw=files, out=tmp_path / "panel", combine="union", as_of=date(2020, 12, 31))
    with pytest.raises(InputError, match=r"nothing was recorded by 2020-03-12"):
        build(raw=files[1:], out=tmp_path / "panel", as_of=date(2020, 3, 12))
    rows = [row | {"actor1": "Somebody else"} for row in rows_of("acled", 3)]
    rows[-1]["event_date"] = "2020-05-30"
    files[1] = write(tmp_path / "others.csv", rows)
    with pytest.raises(UnknownNameError, match=r"others.csv: no event has the actor 'IS'"):
        build(raw=files, out=tmp_path / "panel", combine="overlap", actor="IS")


@pytest.mark.parametrize("kind", ["dates its rows", "came out on a stated day"])
def test_a_panel_as_of_a_day_is_built_again_and_compared(tmp_path, kind):
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    if kind == "dates its rows":
        path = acled(raw, [MARCH_24, MARCH_24 + 10 * DAY, MARCH_24, MARCH_24 + 90 * DAY])
        build(raw=[path], out=tmp_path / "panel", as_of=date(2020, 3, 31))
    else:
        path = write(raw / "ged211.csv", rows_of("ucdp-ged"))
        day = date(2021, 6, 9)
        build(raw=[path], out=tmp_path / "panel", as_of=day, released={"ged211.csv": day})
    looked = look_at_panel(tmp_path, "panel")
    assert looked.rebuilt
    assert looked.faults == ()
