"""The command line: exit codes, one line for what a user can mend, and nothing half-written."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from samples import REDUCED, rows_of, write
from typer.testing import CliRunner

from trends import __version__
from trends.cli import app
from trends.processed import TABLES

PROJECT = Path(__file__).parent.parent
SCRIPT = "<script>alert(1)</script>"
QMD = """---
title: Small
---

```{python}
#| label: setup
#| include: false
from trends.study import load_study

study = load_study("study.toml")
```

Counted from `{python} str(study.window.first)`.
"""


def trends(*arguments, **options) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "trends", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


def run(*arguments):
    """Run the command in this process."""
    return CliRunner().invoke(app, [str(part) for part in arguments], prog_name="trends")


def listing(folder: Path) -> dict[str, bytes]:
    """Return every file and folder below a folder, with the files' bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


def one_line(text: str) -> str:
    lines = text.splitlines()
    assert len(lines) == 1, text
    assert lines[0].startswith("trends: ")
    return lines[0]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with good and bad files."""
    rows = rows_of("ucdp-ged-reduced", 8)
    rows[1]["side_b"] = "PKK"
    rows[2]["side_a"] = SCRIPT
    rows[3]["date"] = "2020-02-30"
    for number, month in enumerate(("01", "06", "11"), start=4):
        rows[number].update(date=f"2020-{month}-15", month=month.lstrip("0"), day="15")
    write(tmp_path / "ged.csv", rows)
    for number, row in enumerate(more := rows_of("ucdp-ged-reduced"), start=100):
        row["id"] = str(number)
    write(tmp_path / "more.csv", more)
    (tmp_path / "report.csv").write_bytes(b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "wrong.csv").write_text("when,where\n2020-03-17,Diyala\n", encoding="utf-8")
    (tmp_path / "latin.csv").write_bytes((tmp_path / "ged.csv").read_bytes().replace(b"PKK", b"PK\xe9"))
    (tmp_path / "cut.csv").write_bytes((tmp_path / "ged.csv").read_bytes()[:-20])
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter.txt").write_text("mine", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one small report that reads a study."""
    home = tmp_path / "project"
    report = home / "reports" / "small"
    report.mkdir(parents=True)
    (home / "data").mkdir()
    (report / "small.qmd").write_text(QMD, encoding="utf-8")
    shutil.copy(PROJECT / "reports" / "drawdown" / "study.toml", report / "study.toml")
    monkeypatch.chdir(home)
    monkeypatch.delenv("TRENDS_PROJECT", raising=False)
    return home


def test_build_writes_its_files_and_prints_what_became_of_every_row(folder):
    done = run("build", "--raw", "ged.csv", "--actor", "IS", "--to", "2020-06-30", "--out", "panel")
    assert (done.exit_code, done.stderr) == (0, "")
    assert {path.name for path in (folder / "panel").iterdir()} == {*TABLES, "manifest.json"}
    lines = [words for words in map(str.split, done.stdout.splitlines()) if words and words[0].isdigit()]
    ledger = {" ".join(words[1:]): int(words[0]) for words in lines if not words[1].isdigit()}
    rows = json.loads((folder / "panel" / "manifest.json").read_text("utf-8"))["rows"]
    counted = {"read": 8, "used": 5, "other actor": 1, "out of window": 1, "rejected": 1}
    assert ledger == counted | {"no such day": 1}
    assert {what.replace("_", " "): count for what, count in rows.items() if count} == counted
    assert done.stdout.splitlines()[-1].endswith("written to panel")
    days = (folder / "panel" / "daily.csv").read_text("utf-8").splitlines()
    assert days == [
        "date,province,attacks,deaths_best,deaths_low,deaths_high",
        "2020-01-15,IQ-DI,1,2,1,3",
        "2020-03-17,IQ-DI,3,6,3,9",
        "2020-06-15,IQ-DI,1,2,1,3",
    ]


@pytest.mark.parametrize(
    "order", [("--raw", "ged.csv", "--raw", "more.csv"), ("--raw", "ged.csv", "more.csv")]
)
def test_several_raw_files_can_follow_or_each_have_its_option(folder, order):
    done = run("build", *order, "--out", "panel")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.split()[:2] == ["11", "read"]


def test_an_actor_that_is_markup_is_counted_as_the_text_it_is(folder):
    done = run("build", "--raw", "ged.csv", "--actor", SCRIPT, "--out", "panel")
    assert done.exit_code == 0, done.stderr
    manifest = json.loads((folder / "panel" / "manifest.json").read_text("utf-8"))
    assert manifest["filters"]["actor"] == SCRIPT
    assert manifest["rows"]["used"] == 1


BAD_BUILDS = [
    (("--raw", "nothing.csv"), "nothing.csv: there is no such file"),
    (("--raw", "taken"), "taken: is a folder"),
    (("--raw", "report.csv"), "report.csv: is a PDF, not CSV"),
    (("--raw", "empty.csv"), "empty.csv: the file is empty"),
    (("--raw", "wrong.csv"), "wrong.csv, row 1: the columns fit no known source: when, where"),
    (("--raw", "latin.csv"), "latin.csv, row 3: is not UTF-8"),
    (("--raw", "cut.csv"), "cut.csv, row 9: has"),
    (("--raw", "wrong.csv", "--source", "ucdp-ged"), "wrong.csv, row 1: "),
    (("--raw", "ged.csv", "--source", "gdelt"), "there is no source 'gdelt'"),
    (
        ("--raw", "ged.csv", "--from", "2020-06-01", "--to", "2020-01-01"),
        "ends (2020-01-01) before it starts",
    ),
    (("--raw", "ged.csv", "--from", "2020-02-30"), "--from '2020-02-30' is not a date"),
    (("--raw", "ged.csv", "--to", "17.3.2020"), "--to '17.3.2020' is not a date"),
    (("--raw", "ged.csv", "--to", "2031-01-01"), "reaches beyond what is covered"),
    (("--raw", "ged.csv", "--from", "2020-03-17", "--to", "2020-03-19"), "no complete week"),
    (("--raw", "ged.csv", "--actor", "ISS"), "did you mean 'IS'"),
    (("--raw", "ged.csv", "--country", "atlantis"), "there is no country 'atlantis'"),
    (("--raw", "ged.csv", "--boundaries", "nothing.geojson"), "nothing.geojson: there is no such file"),
    (("--raw", "ged.csv", "--boundaries", "ged.csv"), "ged.csv"),
    (("--raw", "ged.csv", "--out", "no/such/folder"), "no/such: there is no such folder"),
    (("--raw", "ged.csv", "--out", "taken"), "taken: holds files that this command did not write"),
    (("--raw", "ged.csv", "--out", "more.csv"), "more.csv: is a file, not a folder"),
    (("--raw", "ged.csv", "--out", "/proc/trends"), "/proc"),
    ((), "missing option '--raw'"),
    (("--raw", "ged.csv", "--colour", "red"), "no such option: --colour"),
]


@pytest.mark.parametrize(("choices", "message"), BAD_BUILDS, ids=[" ".join(one) for one, _ in BAD_BUILDS])
def test_a_bad_build_is_one_line_and_writes_nothing(folder, choices, message):
    before = listing(folder)
    done = run("build", "--out", "panel", *choices)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in one_line(done.stderr)
    assert listing(folder) == before


def test_a_build_that_fails_leaves_the_folder_of_an_earlier_one(folder):
    assert run("build", "--raw", "ged.csv", "--out", "panel").exit_code == 0
    before = listing(folder)
    assert run("build", "--raw", "cut.csv", "--out", "panel").exit_code == 2
    assert listing(folder) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_line(folder):
    (folder / "taken").chmod(0o500)
    done = run("build", "--raw", "ged.csv", "--out", "taken/panel")
    assert done.exit_code == 2
    assert "cannot be written" in one_line(done.stderr)


BAD_REPORTS = [
    (("nothing",), "there is no report 'nothing'; the project has: small"),
    (("../small",), "there is no report '../small'"),
    (("nothing.qmd",), "nothing.qmd: there is no such report"),
    (("small", "--engine", "latex"), "'latex' is not one of 'auto', 'quarto', 'embedded'"),
    (("small", "--format", "odt"), "'odt' is not one of 'html', 'pdf', 'docx'"),
    (("small", "--out", "reports/small/small.qmd"), "the output folder is a file"),
    (("small", "--out", "/proc/trends"), "/proc/trends: the output folder cannot be written"),
    ((), "missing argument"),
]


@pytest.mark.parametrize(("choices", "message"), BAD_REPORTS, ids=[" ".join(one) for one, _ in BAD_REPORTS])
def test_a_bad_report_is_one_line_and_writes_nothing(project, choices, message):
    before = listing(project)
    done = run("report", *choices)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in one_line(done.stderr)
    assert listing(project) == before


def test_quarto_is_asked_for_and_is_not_there(project, monkeypatch):
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    monkeypatch.setenv("PATH", str(project))
    done = run("report", "small", "--engine", "quarto")
    assert done.exit_code == 2
    assert "Quarto is not installed" in one_line(done.stderr)


def test_outside_a_project_a_report_says_where_to_go(tmp_path, monkeypatch):
    monkeypatch.delenv("TRENDS_PROJECT", raising=False)
    monkeypatch.chdir(tmp_path)
    done = run("report", "drawdown")
    assert done.exit_code == 2
    assert "no project here" in one_line(done.stderr)


@pytest.mark.parametrize(
    ("find", "replace", "message"),
    [
        (
            'shape = "level+slope"',
            'shape = "level+slope"\ncolour = "red"',
            "'interruptions[1].colour' is not known",
        ),
        ("date = 2020-03-17 #", "date = 2021-03-17 #", "2021-03-17"),
        ("date = 2020-03-17 #", "date = 2020-02-30 #", "not valid TOML"),
    ],
    ids=["unknown key", "interruption outside the data", "impossible date"],
)
def test_a_bad_study_is_one_line_with_its_place_and_writes_nothing(project, find, replace, message):
    study = project / "reports" / "small" / "study.toml"
    text = study.read_text("utf-8")
    assert text.count(find) == 1
    study.write_text(text.replace(find, replace), encoding="utf-8")
    before = listing(project)
    done = run("report", "small", "--engine", "embedded")
    assert (done.exit_code, done.stdout) == (2, "")
    line = one_line(done.stderr)
    assert message in line
    assert "study.toml, row" in line
    assert listing(project) == {**before, "reports/_output": b""}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("nonsense",), "trends: no such command 'nonsense'; see trends --help"),
        (("--nonsense",), "trends: no such option: --nonsense; see trends --help"),
        (("biuld",), "trends: no such command 'biuld'. Did you mean 'build'?; see trends --help"),
    ],
)
def test_what_is_no_command_is_one_line(arguments, line):
    done = run(*arguments)
    assert (done.exit_code, one_line(done.stderr)) == (2, line)


def test_a_process_of_its_own_says_the_same(folder):
    """The same command as a module and as a script, the script's exit code, and silence in a pipe."""
    script = shutil.which("trends", path=str(Path(sys.executable).parent))
    assert script, "the project is not installed"
    by_script = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert by_script.stdout == trends("--version").stdout == f"trends {__version__}\n"
    bad = trends("build", "--raw", "nothing.csv", "--out", "panel", cwd=folder)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert one_line(bad.stderr) == "trends: nothing.csv: there is no such file; check its name"
    nothing = trends()
    assert nothing.returncode == 2
    assert "build" in nothing.stdout + nothing.stderr
    for shown in (trends("--help"), trends("report", "--help")):
        assert shown.returncode == 0
        assert "\x1b" not in shown.stdout


def test_debug_shows_the_traceback_above_the_line(folder):
    done = run("--debug", "build", "--raw", "nothing.csv", "--out", "panel")
    assert done.exit_code == 2
    assert done.stderr.startswith("Traceback (most recent call last)")
    assert "trends.errors.InputError: " in done.stderr
    assert done.stderr.splitlines()[-1] == "trends: nothing.csv: there is no such file; check its name"


def test_a_reader_that_leaves_early_is_no_fault_of_the_input(folder):
    command = [sys.executable, "-m", "trends", "build", "--raw", "ged.csv", "--out", "panel"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
    ) as process:
        process.stdout.close()
        said = process.stderr.read()
    assert process.returncode == 1
    assert said == ""
    assert (folder / "panel" / "manifest.json").is_file()


def test_a_report_on_a_pipe_says_where_it_is_and_nothing_else(project):
    done = trends("report", "small", "--engine", "embedded", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    where = project / "reports" / "_output" / "small" / "small.html"
    assert done.stdout.startswith(f"{where} (embedded engine, ")
    assert len(done.stdout.splitlines()) == 1
    assert "Counted from 2018-01-01" in where.read_text("utf-8")
    assert sorted(path.name for path in where.parent.iterdir()) == ["manifest.json", "small.html"]


def made_events(path: Path, actor: str) -> Path:
    """Write five years of invented events, one every third day."""
    places = [
        ("33.75", "44.65"),
        ("35.47", "44.39"),
        ("36.34", "43.13"),
        ("34.61", "43.68"),
        ("33.42", "43.3"),
    ]
    drawn, rows = random.Random(20200317), []
    for number in range(0, 5 * 365, 3):
        day = date(2016, 1, 1) + timedelta(days=number)
        latitude, longitude = drawn.choice(places)
        when = {"year": day.year, "month": day.month, "day": day.day, "date": day.isoformat()}
        where = {"latitude": latitude, "longitude": longitude}
        rows.append(REDUCED | {name: str(cell) for name, cell in when.items()} | where)
        rows[-1].update(id=str(number + 1), side_b=actor)
    return write(path, rows)


def test_an_actor_that_is_markup_is_text_on_the_page(tmp_path, monkeypatch):
    """From a raw file through the build and the real report to the page."""
    panel = tmp_path / "data" / "processed" / "ucdp-ged-21.1-iraq-is"
    panel.parent.mkdir(parents=True)
    shutil.copytree(PROJECT / "data" / "raw", tmp_path / "data" / "raw")
    shutil.copytree(PROJECT / "reports" / "drawdown", tmp_path / "reports" / "drawdown")
    study = tmp_path / "reports" / "drawdown" / "study.toml"
    text = study.read_text("utf-8").partition("[[sensitivity]]")[0]
    text = re.sub(r"(?ms)^\[\[(negative_outcomes|definitions)\]\].*?(?=^\[)", "", text)  # of panels not built
    text = text.replace('actor = "Islamic State"', f'actor = "{SCRIPT}"')
    study.write_text(text.replace("base handovers begin (al-Qaim)", SCRIPT), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRENDS_PROJECT", raising=False)
    raw = made_events(tmp_path / "ged.csv", SCRIPT)
    window = ("--from", "2016-01-04", "--to", "2020-12-27")
    built = run("build", "--raw", raw, "--actor", SCRIPT, *window, "--out", panel)
    assert built.exit_code == 0, built.stderr
    done = run("report", "drawdown", "--engine", "embedded")
    assert done.exit_code == 0, done.stderr
    page = (tmp_path / "reports" / "_output" / "drawdown" / "drawdown.html").read_text("utf-8")
    assert SCRIPT not in page
    assert "&lt;script&gt;alert(1)" in page
    assert re.findall(r"<script[^>]*>", page) == ['<script type="application/json" id="trends-manifest">']


SLOW_BUILD = """
import sys, threading, time
from trends import {module} as module
before = module.{function}
def slow(*given, **named):
    print("ready", flush=True)
    time.sleep(30)
    return before(*given, **named)
module.{function} = slow
from trends.cli import main
sys.argv = ["trends", "build", "--raw", "ged.csv", "--out", "panel"]
main()
"""


def interrupt(command, cwd, wait_for=None):
    """Start a command, send SIGINT once it has said so (or after a moment), return code and outputs."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd, start_new_session=True
    )
    if wait_for is None:
        assert process.stdout.readline() == "ready\n"
    else:
        limit = time.monotonic() + 60
        while not wait_for() and process.poll() is None and time.monotonic() < limit:
            time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=60)
    return process.returncode, said, complained


@pytest.mark.parametrize(
    ("module", "function"), [("building", "read_sources"), ("sorting", "locate"), ("building", "write_json")]
)
def test_ctrl_c_leaves_no_part_of_a_build(folder, module, function):
    before = listing(folder)
    code, _, complained = interrupt(
        [sys.executable, "-c", SLOW_BUILD.format(module=module, function=function)], folder
    )
    assert code == 130
    assert one_line(complained) == "trends: interrupted; nothing was written"
    assert listing(folder) == before


@pytest.mark.parametrize("middle", [False, True], ids=["while the kernel starts", "in a cell"])
def test_ctrl_c_leaves_no_part_of_a_report(project, tmp_path, middle):
    ready = tmp_path / "ready"
    qmd = project / "reports" / "small" / "small.qmd"
    waiting = f"import pathlib, time; pathlib.Path({str(ready)!r}).touch(); time.sleep(30)"
    qmd.write_text(QMD.replace("from trends.study", f"{waiting}\nfrom trends.study"), encoding="utf-8")
    before = listing(project)
    output = project / "reports" / "_output"
    command = [sys.executable, "-m", "trends", "report", "small", "--engine", "embedded"]
    code, _, complained = interrupt(command, project, ready.exists if middle else output.exists)
    assert code == 130
    assert complained.splitlines()[0] == "trends: interrupted; nothing was written"
    assert listing(project) == {**before, "reports/_output": b""}
