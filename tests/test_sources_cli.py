"""The commands that reach the readers: build with a mapping, source init, fetch."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from trends.cli import app

TABLE = "Ref,Date,Country,Province,Killed\n" + "".join(
    f"{n},{n}/03/2020,Iraq,Diyala,1\n" for n in range(1, 31)
)


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_table_of_ones_own_in_three_commands(tmp_path):
    table = tmp_path / "log.csv"
    table.write_text(TABLE, encoding="utf-8")
    drafted = run("source", "init", table)
    assert drafted.exit_code == 0
    assert "look at each guess" in drafted.output
    built = run("build", "--raw", table, "--mapping", tmp_path / "log.csv.toml", "--out", tmp_path / "panel")
    assert (built.exit_code, built.output.split()[:2]) == (0, ["30", "read"])
    assert run("source", "init", table).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fetch", "acled", "--version", "1"), "'acled' cannot be fetched; fetch one of ucdp-ged"),
        (("fetch", "ucdp-ged", "--version", "x", "--out", "."), "'x' is no version"),
        (("source", "init", "none.csv"), "none.csv: there is no such file"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments, message):
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.output.replace("\n", " ")
