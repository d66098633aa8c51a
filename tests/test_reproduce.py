# ruff: noqa: E501 (tables of cases)
"""The gate's command line, its files, and what it says to bad input; where a page comes from."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from gate_tree import InProcessKernel, replace
from typer.testing import CliRunner

from trends.cli import app
from trends.errors import InputError
from trends.reporting import Kernel, render_report
from trends.reporting.code import code_hashes
from trends.reporting.embedding import embedded_manifest, stamp_paper
from trends.reproduce import check, update, verify
from trends.reproduce.causes import causes
from trends.reproduce.differing import differences
from trends.reproduce.inputs import needed, rows_of
from trends.reproduce.locking import locked
from trends.reproduce.outcome import as_json, as_junit
from trends.reproduce.page import read_page
from trends.reproduce.reports import Report, find_reports
from trends.reproduce.tolerances import Tolerances, rule_of, same_text
from trends.reproduce.updating import write_all

PAGE = """---
title: A page
lang: en
number-sections: true
execute:
  echo: false
---

```{python}
#| label: parameters
#| tags: [parameters]
out = ""
week = "2020-07-13"
```

```{python}
#| label: results
#| include: false
import json
from pathlib import Path

import pandas as pd
from plotnine import aes, geom_col, ggplot
from trends.reporting import figure

counts = pd.read_csv("counts.csv")
if out:
    Path(out, "results.json").write_text(json.dumps({"total": int(counts["attacks"].sum()), "week": week}), "utf-8")
plot = ggplot(counts) + geom_col(aes("week", "attacks"))
```

## Attacks {#sec-attacks}

In the week of `{python} week` there were `{python} str(counts["attacks"].sum())` attacks, see @fig-weeks.

```{python}
#| label: weeks
figure(plot, caption="Attacks.", alt="Two bars.", label="fig-weeks")
```
"""


@pytest.fixture(scope="module")
def kernel():
    with Kernel() as kernel:
        yield kernel


def small_project(folder: Path) -> Path:
    """A project whose one report takes next to nothing."""
    report = folder / "reports" / "small"
    report.mkdir(parents=True)
    (folder / "data" / "raw").mkdir(parents=True)
    (folder / "requirements.lock").write_text("numpy==2.4.6\n", "utf-8")
    (report / "small.qmd").write_text(PAGE, "utf-8")
    (report / "counts.csv").write_text("week,attacks\nfirst,3\nsecond,4\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def origin(tmp_path_factory, kernel):
    folder = small_project(tmp_path_factory.mktemp("small") / "project")
    update(["small"], reason="first", project=folder, kernel=kernel)
    return folder


@pytest.fixture
def project(origin, tmp_path, monkeypatch):
    shutil.copytree(origin, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_what_is_expected_says_everything_that_the_page_shows(origin):
    said = json.loads((origin / "reports/small/expected.json").read_text("utf-8"))
    shown = said["renderings"]["as it stands"]
    assert shown["results"] == {"total": 7, "week": "2020-07-13"}
    assert shown["words"]["sec-attacks"][1] == "In the week of 2020-07-13 there were 7 attacks, see Figure 1."
    assert shown["words"]["fig-weeks"] == ["alternative text: Two bars.", "Figure 1: Attacks."]
    assert shown["structure"] == {
        "sections": ["top: A page", "sec-attacks: 1 Attacks"],
        "figures": ["fig-weeks"],
        "tables": [],
    }
    (bars,) = [layer for layer in shown["figures"]["fig-weeks"] if layer["what"] == "geom_col"]
    assert bars["columns"] == {"attacks": [3, 4], "week": ["first", "second"]}
    assert (origin / "reports/small/revisions.md").read_text("utf-8").count("first") == 2


def test_a_change_is_told_on_the_command_line_and_to_machines(project):
    replace(project, "reports/small/counts.csv", "first,3", "first,5")
    before = contents(project)
    done = run("check", "small", "--json", "../account.json", "--junit", "../account.xml")
    assert done.exit_code == 1
    assert "small: NOT as expected: 1 finding, 1 sentence, 1 mark of a figure changed" in done.output
    assert "total   7 -> 9" in done.output
    assert "reports/small/counts.csv: first: attacks 3 -> 5" in done.output
    assert "fig-weeks, geom_col.marks.first.attacks   3 -> 5" in done.output
    assert contents(project) == before
    said = json.loads((project.parent / "account.json").read_text("utf-8"))
    assert (said["code"], said["reports"][0]["name"]) == (1, "small")
    assert {one["where"] for one in said["reports"][0]["changes"]["as it stands"]} >= {"total", "sec-attacks"}
    suites = ET.parse(project.parent / "account.xml").getroot()
    failed = [case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None]
    assert failed == ["findings", "words", "figures"]


def test_an_update_records_its_reason_and_the_next_check_passes(project, kernel, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1609459200")
    replace(project, "reports/small/counts.csv", "first,3", "first,5")
    assert run("check", "small", "--update").exit_code == 2
    assert run("check", "small", "--update", "--reason", "  ").exit_code == 2
    assert run("check", "small", "--reason", "x").exit_code == 2
    update(["small"], reason="two more\nreports", project=project, kernel=kernel)
    log = (project / "reports/small/revisions.md").read_text("utf-8")
    assert "## 2021-01-01: two more reports" in log
    assert "| total | 7 | 9 |" in log
    assert check(["small"], project=project, kernel=kernel)[0].code == 0
    assert update(["small"], reason="again", project=project, kernel=kernel) == []


def edited(file, old, new):
    return lambda project: replace(project, f"reports/small/{file}", old, new)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda p: (p / "reports/small/expected.json").unlink(), "there are no expected results yet; run trends check small"),
        (edited("expected.json", '"total": 7', '"total": 8'), r"was edited by hand: renderings.as it stands.results.total; restore"),
        (edited("expected.json", '"schema": 1', '"schema": 9'), "has schema 9, this version of trends knows 1"),
        (lambda p: (p / "reports/small/expected.json").write_text("{", "utf-8"), "is not JSON any more"),
        (lambda p: (p / "reports/small/expected.json").write_text("[]", "utf-8"), "is no file of expected results"),
        (lambda p: (p / "reports/small/check.toml").write_text("weeks = 3\n", "utf-8"), r"holds something else than \[\[rendering\]\]"),
        (lambda p: (p / "reports/small/study.toml").write_text('panel = "data/none"\n', "utf-8"), "the panel that the study names is not there"),
        (lambda p: (p / "reports/small/study.toml").write_text("panel\n", "utf-8"), "is not TOML"),
    ],
)  # fmt: skip
def test_bad_input_is_a_line_and_changes_nothing(project, spoil, said):
    spoil(project)
    before = contents(project)
    done = run("check", "small")
    assert done.exit_code == 2, done.output
    assert re.search(said, done.output), done.output
    assert len([line for line in done.output.splitlines() if line.strip()]) == 1
    assert contents(project) == before


def test_an_input_that_is_gone(origin, tmp_path, kernel):
    project = tmp_path / "project"
    shutil.copytree(origin, project)
    (project / "data/raw/facts.csv").write_text("id,n\na,1\n", "utf-8")
    update(["small"], reason="facts", project=project, kernel=kernel)
    (project / "data/raw/facts.csv").unlink()
    (outcome,) = check(["small"], project=project, kernel=kernel)
    assert (outcome.code, "an input of the report is gone; put it back" in outcome.broken) == (2, True)


def test_a_report_that_is_none(project):
    done = run("check", "smal")
    assert (done.exit_code, "there is no report 'smal'; the project has: small" in done.output) == (2, True)


def test_two_at_once(project, kernel):
    folder = project / "reports/small"
    before = contents(project)
    with locked(folder, alone=True):
        (outcome,) = check(["small"], project=project, kernel=kernel)
        assert "is being updated by another" in outcome.broken
        with pytest.raises(InputError, match="is being checked or updated by another trends check; wait"):
            update(["small"], reason="x", project=project, kernel=kernel)
    with locked(folder, alone=False):  # two that only read do not disturb each other
        assert check(["small"], project=project, kernel=kernel)[0].code == 0
    assert contents(project) == before


def test_a_process_that_died_leaves_no_lock(project):
    code = "import fcntl, os, sys, time; h = os.open(sys.argv[1], os.O_RDONLY); fcntl.flock(h, fcntl.LOCK_EX); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(project / "reports/small")], stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        with (
            pytest.raises(InputError, match="is being updated"),
            locked(project / "reports/small", alone=False),
        ):
            pass
        other.kill()
    with locked(project / "reports/small", alone=True):
        pass


def test_a_checkout_that_cannot_be_written_is_checked_and_not_updated(project, kernel, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode, **named: not mode & os.W_OK)
    assert check(["small"], project=project, kernel=kernel)[0].code == 0
    with pytest.raises(InputError, match="cannot be written; nothing was changed"):
        update(["small"], reason="x", project=project, kernel=kernel)


def test_files_are_written_all_or_none(tmp_path, monkeypatch):
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("old", "utf-8")
    real = Path.replace

    def full(self, target):
        if target == other:
            raise OSError(28, "No space left on device", str(target))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(
        InputError, match=r"cannot be written \(No space left on device\); nothing was changed"
    ):
        write_all({one: "new", other: "new"})
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == {"one": "old"}


def test_a_page_that_is_wrong_by_itself_does_not_become_what_is_expected(project, kernel):
    replace(project, "reports/small/small.qmd", "there were", "there were NaN and")
    before = contents(project)
    with pytest.raises(
        InputError, match="it is wrong by itself, so that it cannot be what is expected: sec-attacks"
    ):
        update(["small"], reason="x", project=project, kernel=kernel)
    assert contents(project) == before


def test_several_renderings_of_a_report(project, kernel):
    (project / "reports/small/check.toml").write_text(
        '[[rendering]]\nparameters = { week = 2020-07-13 }\n[[rendering]]\nname = "later"\nparameters = { week = "2020-08-10" }\n',
        "utf-8",
    )
    assert (
        "nothing is expected of the rendering" in check(["small"], project=project, kernel=kernel)[0].broken
    )
    update(["small"], reason="two weeks", project=project, kernel=kernel)
    said = json.loads((project / "reports/small/expected.json").read_text("utf-8"))["renderings"]
    assert {name: one["results"]["week"] for name, one in said.items()} == {
        "week=2020-07-13": "2020-07-13",
        "later": "2020-08-10",
    }
    replace(project, "reports/small/small.qmd", "there were `", "there were, `")
    told = str(check(["small"], project=project, kernel=kernel)[0])
    assert "Words on the page (later)" in told
    assert [report.name for report in find_reports(project)] == ["small"]


def test_a_notebook_is_checked_and_updated(project, kernel):
    import nbformat

    v4 = nbformat.v4
    cells = [v4.new_code_cell("print('2 attacks')\nprint('in a week')"), v4.new_code_cell("round(1 / 3, 2)")]
    cells[0].outputs = [v4.new_output("stream", name="stdout", text="3 attacks\nin a week\n")]
    cells[1].outputs = [v4.new_output("execute_result", data={"text/plain": "0.33"})]
    (project / "notebooks").mkdir()
    nbformat.write(v4.new_notebook(cells=cells), project / "notebooks/look.ipynb")
    (outcome,) = check(["look"], project=project, kernel=kernel)
    assert "3 attacks in a week -> 2 attacks in a week" in " ".join(str(outcome).split())
    assert [file.name for file in update(["look"], reason="counted", project=project, kernel=kernel)] == [
        "look.ipynb",
        "revisions.md",
    ]
    assert check(["look"], project=project, kernel=kernel)[0].code == 0


@pytest.fixture(scope="module")
def rendered(origin, kernel):
    """The page, the paper and the results of the small report, rendered once."""
    done = {format: render_report("small", project=origin, format=format, engine="embedded", kernel=kernel) for format in ("html", "pdf")}  # fmt: skip
    return done["html"].path.parent


@pytest.mark.parametrize("name", ["small.html", "small.pdf", "results.json", "manifest.json"])
def test_where_a_number_comes_from_can_be_read_back(origin, rendered, name):
    found = verify(rendered / name, project=origin)
    assert found.code == 0, str(found)
    said = str(found)
    assert "this checkout can make it again" in said
    assert re.search(r"report small\.qmd [0-9a-f]{12}", said)
    assert embedded_manifest(rendered / name)["engine"] == "embedded"


def test_what_differs_is_told(project, rendered):
    page = shutil.copyfile(rendered / "small.html", project.parent / "page.html")
    replace(project, "reports/small/small.qmd", "Two bars", "Three bars")
    (project / "requirements.lock").write_text("numpy==2.5.0\n", "utf-8")
    said = str(verify(page, project=project))
    assert "CANNOT make it again" in said
    assert re.search(r"the page's source small\.qmd: [0-9a-f]{12} then, [0-9a-f]{12} here", said)
    assert "requirements.lock: " in said
    done = run("verify", str(page))
    assert (done.exit_code, "CANNOT" in done.output) == (1, True)


def test_a_page_edited_after_it_was_rendered(project, rendered):
    page = project.parent / "page.html"
    page.write_text(
        (rendered / "small.html").read_text("utf-8").replace("there were 7 attacks", "there were 70 attacks"),
        "utf-8",
    )
    assert "there were 7 attacks, see Figure 1. expected" in str(verify(page, project=project))
    results = project.parent / "results.json"
    results.write_text(
        (rendered / "results.json").read_text("utf-8").replace('"total": 7', '"total": 8'), "utf-8"
    )
    assert "total: 7 expected, 8 there" in str(verify(results, project=project))


def changed(**given):
    return lambda manifest: {**manifest, **given}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (changed(schema=99), "has schema 99, this version of trends knows up to"),
        (changed(mood="good"), "has an unknown field 'mood'"),
        (changed(inputs="none"), "field 'inputs' is damaged"),
        (lambda manifest: {k: v for k, v in manifest.items() if k != "commit"}, "lacks the field 'commit'"),
        (lambda manifest: [], "manifest is damaged"),
    ],
)
def test_a_manifest_that_is_not_as_it_has_to_be(project, rendered, change, said):
    manifest = embedded_manifest(rendered / "results.json")
    file = project.parent / "results.json"
    file.write_text(json.dumps({"total": 7, "week": "", "manifest": change(manifest)}), "utf-8")
    done = run("verify", str(file))
    assert (done.exit_code, said in done.output) == (2, True), done.output


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.html", b"<html></html>", "this page carries no manifest"),
        ("a.pdf", b"%PDF-1.7\nstartxref\n0\n%%EOF\n", "this PDF carries no manifest"),
        ("a.pdf", b"%PDF-1.7\n%trends-manifest abc\nstartxref\n0\n%%EOF\n", "its manifest is damaged"),
        ("a.json", b'{"total": 7}', "this results file carries no manifest"),
        ("a.json", b'{"total": 7', "is not JSON"),
        ("a.bin", b"\xff\xfe\x00", "is neither a page, a PDF, a Word document nor a results file"),
        ("a.html", b'<script id="trends-manifest">{"schema": </script>', "its manifest is damaged"),
    ],
)
def test_a_file_without_a_manifest(project, name, data, said):
    (project.parent / name).write_bytes(data)
    done = run("verify", str(project.parent / name))
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert run("verify", "none.html").exit_code == 2


def test_findings_that_are_none(project, rendered):
    found = json.loads((rendered / "results.json").read_text("utf-8"))
    file = project.parent / "results.json"
    file.write_text(json.dumps({**found, "moods": 3}), "utf-8")
    done = run("verify", str(file))
    assert (done.exit_code, "holds findings that small does not have: moods" in done.output) == (2, True)


def test_a_page_of_an_older_version_is_read(project, rendered):
    manifest = embedded_manifest(rendered / "results.json")
    older = {k: v for k, v in manifest.items() if k != "code_sha256"} | {"schema": 1, "commit": "0" * 40}
    file = project.parent / "results.json"
    file.write_text(json.dumps({"total": 7, "week": "2020-07-13", "manifest": older}), "utf-8")
    said = str(verify(file, project=project))
    assert "code of the package: commit 0000" in said


def test_the_stamp_leaves_a_paper_as_it_was(rendered):
    data = (rendered / "small.pdf").read_bytes()
    assert data.count(b"startxref") == 1
    at = int(re.search(rb"startxref\s+(\d+)", data)[1])
    assert re.match(rb"xref|\d+ \d+ obj", data[at : at + 20])
    assert max(map(len, data[data.index(b"%trends-manifest") :].split(b"\n"))) < 255
    assert stamp_paper(b"no pdf", {}) == b"no pdf"


SEALED = {
    "TZ": "Asia/Baghdad",
    "LC_ALL": "tr_TR.UTF-8",
    "LANG": "de_DE",
    "PYTHONHASHSEED": "99",
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
    "PYTHONOPTIMIZE": "1",
    "MPLBACKEND": "svg",
    "COLUMNS": "40",
}


def test_same_bytes_whatever_the_machine_around(project, rendered, tmp_path):
    """Another folder, working directory, time zone, language, hash seed, threads and umask, in a process of its own."""
    elsewhere = tmp_path / "another folder, с именем"
    project.rename(elsewhere)
    code = "import os, sys; os.umask(0o077); from trends.reporting import render_report; [render_report('small', project=sys.argv[1], out=sys.argv[2], format=f, engine='embedded') for f in ('html', 'pdf')]"
    environment = {**os.environ, **SEALED, "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", code, str(elsewhere), str(tmp_path / "out")]
    subprocess.run(command, cwd="/", env=environment, check=True, capture_output=True, timeout=120)
    if code_hashes.__wrapped__() != code_hashes():
        pytest.skip("the package was edited while its tests ran: its hash in the manifest differs")
    for name in ("small.html", "small.pdf", "results.json", "manifest.json"):
        assert (tmp_path / "out" / name).read_bytes() == (rendered / name).read_bytes(), name


def test_a_checkout_with_other_code_is_told_so(tmp_path, monkeypatch):
    """The package copied, a spelling mapped wrongly and a word changed in it: both are named."""
    monkeypatch.setenv("TRENDS_SHARED_DATA", "/nonexistent")
    package = Path(__file__).parent.parent / "trends"
    shutil.copytree(package, tmp_path / "trends", ignore=shutil.ignore_patterns("__pycache__"))
    project = small_project(tmp_path / "project")
    (project / "reports/small/study.toml").write_text('country = "iraq"\n', "utf-8")
    update(["small"], reason="first", project=project, kernel=InProcessKernel())
    replace(tmp_path, "trends/gazetteer/iraq/spellings.csv", "\nSalahaddin,IQ-SD,", "\nSalahaddin,IQ-DI,")
    code = "import sys; from pathlib import Path; from trends.reproduce.reports import Report; from trends.reproduce.inputs import gather_inputs; import json; print(json.dumps(gather_inputs(Report(Path(sys.argv[1]), 'small'))))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(project)], env={**os.environ, "PYTHONPATH": str(tmp_path)}, cwd=tmp_path,
        check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    before = json.loads((project / "reports/small/expected.json").read_text("utf-8"))["inputs"]
    named = causes(before, json.loads(done.stdout))
    (code,) = [line for line in named if line.startswith("code: ")]
    assert "trends/gazetteer" in code
    assert "trends/gazetteer/iraq/spellings.csv: Salahaddin: code IQ-SD -> IQ-DI" in named


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<section id='a'><h2>A</h2><p>It is nan.</p></section>", "a: shows a missing number: It is nan."),
        ("<section id='a'><h2>A</h2><p>None of the provinces; an interval of infinite length; Nana.</p></section>", None),
        ("<section id='a'><h2>A</h2><p>From −inf to 3.</p></section>", "a: shows a missing number: From −inf to 3."),
        ("<section id='a'><h2>A</h2><p>See ?@fig-x.</p></section>", "a: has an unresolved reference: See ?@fig-x."),
        ("<section id='a'><h2>A</h2><p>write to a@fig-tree.org</p></section>", None),
        ("<section id='a'><h2>A</h2><table><tr><td>undefined</td></tr></table></section>", "a: shows a missing number: undefined"),
        ("<section id='a'><h2>A</h2></section>", "a: the section is empty"),
        ("<section id='a'><h2>A</h2><section id='b'><h3>B</h3><p>Text.</p></section></section>", None),
        ("<section id='manifest'><h2>A</h2><p>nan</p></section>", None),
        ("<section id='a'><h2>A</h2><img src='x.png' alt='A bar'></section>", "a: the picture is empty or not in the page"),
    ],
)  # fmt: skip
def test_what_no_page_may_show(html, fault):
    assert read_page(html).faults == ([fault] if fault else [])


@pytest.mark.parametrize(
    ("old", "new", "elsewhere", "alike"),
    [
        ("1.24 (0.50 to 2.93)", "1.24 (0.51 to 2.93)", True, True),
        ("1.24 (0.50 to 2.93)", "1.24 (0.51 to 2.93)", False, False),
        ("1.24 (0.50 to 2.93)", "1.24 (0.52 to 2.93)", True, False),
        ("149 events", "150 events", True, False),
        ("1,422.5", "1,422.6", True, True),
        ("1.24", "1.2", True, False),
        ("p 0.041", "q 0.041", True, False),
    ],
)
def test_texts_with_numbers(old, new, elsewhere, alike):
    assert same_text(old, new, elsewhere) is alike


@pytest.mark.parametrize(
    ("path", "old", "new", "elsewhere", "allowed"),
    [
        ("national.average.rate_ratio", 1.27957, 1.27958, False, None),
        ("national.average.rate_ratio", 1.27957, 1.27967, False, "± 0.002 %"),
        ("national.average.rate_ratio", 1.27957, 1.27967, True, None),
        ("severity.attacks_after", 64, 65, True, "exact"),
        ("handovers[x].date", "2020-03-17", "2020-03-19", True, "exact"),
        ("study.sha256", "a", "b", False, None),
        ("checks.power.table[0.5].detected", 0.5, 0.7, True, None),
        ("checks.power.table[0.5].detected", 0.5, 0.7, False, "± 0.002 %"),
        ("checks.power.table[0.5].detected", 0.1, 0.7, True, "± 0.27, Monte Carlo error"),
        ("national.average.low", 0.52, 0.48, True, None),
        ("national.average.low", 0.0, 1e-7, False, None),
        ("controls[x].rate_ratio", 1.5, None, True, "exact"),
    ],
)  # fmt: skip
def test_tolerances_are_those_declared(path, old, new, elsewhere, allowed):
    (leaf,) = differences(old, new, path)
    assert Tolerances(elsewhere, simulations=30, draws=4000).allowed(leaf) == allowed


def test_records_are_paired_by_what_names_them():
    old = [{"label": "Diyala", "n": 3}, {"label": "Kirkuk", "n": 4}]
    new = [{"label": "Kirkuk", "n": 5}, {"label": "Anbar", "n": 1}]
    assert [(leaf.path, leaf.new) for leaf in differences(old, new, "c")] == [
        ("c[Diyala]", "(not there)"),
        ("c[Kirkuk].n", 5),
        ("c[Anbar]", {"label": "Anbar", "n": 1}),
    ]
    assert list(differences({"a": 1}, {"a": 1.0})) == []
    assert [leaf.path for leaf in differences([1, 2], [1], "x")] == ["x[1]"]
    assert rule_of("x[a.b].low").kind == "drawn"


def test_rows_are_named_by_the_columns_that_tell_them_apart():
    assert list(rows_of("id,n\na,1\nb,1\n")["rows"]) == ["a", "b"]
    assert list(rows_of("a,b,n\nx,1,1\nx,2,1\n")["rows"]) == ["x, 1", "x, 2"]
    assert list(rows_of("a,b\nx,1\nx,1\n")["rows"]) == ["x, 1", "x, 1 #2"]


def test_packages_of_development_alone_do_not_count(tmp_path):
    lock = "numpy==2\n    # via pandas\npandas==3\n    # via\n    #   attack-trends (pyproject.toml)\nmypy==2\n    # via attack-trends (pyproject.toml)\n"
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\ndependencies = ["pandas>=2"]\n', "utf-8")
    assert needed(lock, file) == {"numpy", "pandas"}


def test_accounts_of_nothing():
    assert as_json([])["code"] == 0
    assert as_junit([]).startswith("<?xml")
    assert Report(Path("/p"), "r").qmd == Path("/p/reports/r/r.qmd")


def test_the_data_behind_a_figure():
    import matplotlib.pyplot as plt
    import pandas as pd
    from plotnine import aes, geom_col, geom_polygon, ggplot, labs

    from trends.reporting.recording import figure_data

    data = pd.DataFrame({"week": pd.to_datetime(["2020-07-13", None]), "n": [1 / 3, float("nan")]})
    labels, bars = figure_data(ggplot(data, aes("week", "n")) + geom_col(fill="red") + labs(y="attacks"))
    assert labels["columns"] == {"y": ["attacks"]}
    assert bars["mapping"] == {"x": "week", "y": "n"}
    assert bars["constants"] == {"fill": "red"}
    assert bars["columns"] == {"week": ["2020-07-13", None], "n": [0.333333, None]}
    outline = pd.DataFrame({"x": [1.5] * 1500, "y": range(1500), "name": ["A"] * 1000 + ["B"] * 500}).astype(
        {"y": float}
    )
    _, shapes = figure_data(ggplot(outline, aes("x", "y", group="name")) + geom_polygon())
    assert shapes["columns"] == {
        "x": [1.5, 1.5],
        "y": ["1000 points, sum 499500.00", "500 points, sum 624750.00"],
        "name": ["A", "B"],
    }
    drawn, axes = plt.subplots()
    axes.plot([1, 2], [3.0, 4.0])
    assert figure_data(drawn)[0] == {"what": "line", "columns": {"x": [1.0, 2.0], "y": [3.0, 4.0]}}
    plt.close(drawn)
