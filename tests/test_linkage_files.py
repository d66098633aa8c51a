"""Two files linked: what the tables hold, what is refused, the same from the command line."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from samples import rows_of, write
from typer.testing import CliRunner

from trends.building import build
from trends.cli import app
from trends.errors import InputError
from trends.linkage import link_files


@pytest.fixture
def files(tmp_path):
    """Thirty days in March and April: the sources share days 11 to 20, but for one place and one actor."""
    ged, other = rows_of("ucdp-ged", 20), rows_of("acled", 20)
    for number, (one, two) in enumerate(zip(ged, other, strict=True), start=1):
        one.update(date_start=f"2020-03-{number:02}", date_end=f"2020-03-{number:02}")
        two.update(event_date=f"2020-03-{number + 10:02}")
    other[3].update(admin1="Basrah", latitude="30.5", longitude="47.8")
    other[4].update(actor1="Protesters (Iraq)", actor2="=cmd()", latitude="30.5", longitude="47.8")
    ged[0].update(date_prec="5")
    return write(tmp_path / "ged.csv", ged), write(tmp_path / "acled.csv", other)


def test_matches_overlap_and_what_was_left_out_add_up(files):
    found = link_files(*files, days=0, kilometres=10)
    assert found.window[0].isoformat() == "2020-03-11"
    assert (len(found.left), len(found.right), found.left_out) == (10, 20, (10, 0))
    truth = [(str(day), str(day - 10)) for day in range(11, 21) if day - 10 not in {4, 5}]
    assert list(zip(found.links.matches["left_id"], found.links.matches["right_id"], strict=True)) == truth
    assert found.overlap[["left", "right", "both"]].sum().tolist() == [10, 20, 8]
    assert found.overlap["province"].tolist() == ["IQ-BA", "IQ-DI"]
    assert "licence: ACLED terms" in str(found)
    swapped = link_files(*files[::-1], days=0, kilometres=10)
    assert (
        list(zip(swapped.links.matches["right_id"], swapped.links.matches["left_id"], strict=True)) == truth
    )


def test_the_folder_holds_all_tables_the_same_for_the_same_seed(files, tmp_path):
    run = CliRunner().invoke
    arguments = ["link", *map(str, files), "--audit", "6", "--seed", "3", "--windows", "--actor", "IS"]
    for folder in ("one", "two"):
        done = run(app, [*arguments, "--out", str(tmp_path / folder)])
        assert done.exit_code == 0, done.output
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == [
        "audit.csv", "candidates.csv", "links.json", "matches.csv", "overlap.csv", "sensitivity.csv",
    ]  # fmt: skip
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    audit = pd.read_csv(tmp_path / "one" / "audit.csv")
    assert len(audit) == 6
    assert {"left_actor_b", "right_actor_a", "stands_for", "verdict"} <= set(audit)
    told = json.loads((tmp_path / "one" / "links.json").read_text("utf-8"))
    assert told["counts"]["matched"] > 0
    assert told["coverage"]["first"] == "2020-03-11"
    done = run(app, [*arguments, "--seed", "4", "--out", str(tmp_path / "one")])
    assert done.exit_code == 0, "an earlier folder of this command is replaced"


def test_cells_are_safe_in_a_spreadsheet(files, tmp_path):
    link_files(*files, days=3, kilometres=2000, threshold=0, audit=200, seed=1).write(tmp_path / "out")
    text = (tmp_path / "out" / "audit.csv").read_text("utf-8")
    assert "'=cmd()" in text
    assert ",=cmd()" not in text


@pytest.mark.parametrize(
    ("choose", "options", "message"),
    [
        (lambda files: (files[0], files[0]), {}, "both files are of UCDP .*`trends diff`"),
        (lambda files: files, {"audit": 5}, "an audit sample needs a seed"),
        (lambda files: files, {"days": -1}, "the window is -1 days"),
        (lambda files: files, {"actor": "PKK"}, "no event has the actor 'PKK'"),
    ],
)
def test_what_cannot_be_linked_is_refused(files, choose, options, message):
    with pytest.raises(InputError, match=message):
        link_files(*choose(files), **options)


def test_an_audit_on_the_command_line_needs_a_folder(files):
    done = CliRunner().invoke(app, ["link", *map(str, files), "--audit", "6", "--seed", "3"])
    assert (done.exit_code, "give --out" in done.output) == (2, True)


def test_a_table_of_ones_own_is_linked_and_combined_with_a_known_source(tmp_path):
    ged = rows_of("ucdp-ged", 12)
    log = [
        {
            "No": str(day),
            "Day": f"{day:02}/03/2020",
            "Gov": "Diyala",
            "Lat": "33.75",
            "Lon": "44.65",
            "Who": "IS",
        }
        for day in range(1, 31)
    ]
    for day, row in enumerate(ged, start=1):
        row.update(date_start=f"2020-03-{day:02}", date_end=f"2020-03-{day:02}")
    files = [write(tmp_path / "ged.csv", ged), write(tmp_path / "log.csv", log)]
    mapping = tmp_path / "log.toml"
    mapping.write_text(
        'date_format = "%d/%m/%Y"\ncoverage = [2020-01-01, 2020-12-31]\n[source]\nkey = "log"\n[columns]\n'
        'event_id = "No"\ndate_start = "Day"\nprovince_name = "Gov"\nlatitude = "Lat"\nlongitude = "Lon"\n'
        'actor_a = "Who"\n[constants]\ncountry = "Iraq"\n',
        encoding="utf-8",
    )
    found = link_files(*files, mapping=mapping, days=0)
    assert found.overlap["both"].tolist() == [12]
    built = build(raw=files, mapping=mapping, combine="union", days=0, out=tmp_path / "panel")
    assert built.manifest["rows"]["used"] == 30
    assert built.manifest["combined"]["sources"] == {"log": 18, "ucdp-ged+log": 12}
    with pytest.raises(InputError, match=r"ged.csv, row 1: 6 columns are missing"):
        build(raw=files[:1], mapping=mapping, out=tmp_path / "other")
