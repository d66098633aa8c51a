"""The archive of weekly reports: what is rendered, what is kept, what a broken run leaves, what the index says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trends.archive import archive
from trends.archive.index import Entry, index_page, linked, overview
from trends.archive.run import summary_of
from trends.archive.store import Record, Store, page_sha256
from trends.cli import app
from trends.errors import InputError, RenderError, TrendsError
from trends.project import find_project
from trends.reporting import render
from trends.reproduce.locking import locked

FIRST, LAST = date(2020, 1, 6), date(2020, 2, 2)
WEEKS = [FIRST + timedelta(days=7 * place) for place in range(4)]


@pytest.fixture
def project(tmp_path):
    """A project with a report, a study, a panel's manifest and one file of facts."""
    home = tmp_path / "project"
    (home / "reports" / "weekly").mkdir(parents=True)
    (home / "data" / "raw").mkdir(parents=True)
    panel = home / "data" / "processed" / "panel"
    panel.mkdir(parents=True)
    (home / "reports" / "weekly" / "weekly.qmd").write_text("---\ntitle: T\n---\n", encoding="utf-8")
    study = 'title = "Weekly <reports>"\npanel = "data/processed/panel"\n'
    (home / "reports" / "weekly" / "study.toml").write_text(study, encoding="utf-8")
    coverage = {"coverage": {"first": "2019-12-30", "last": "2020-02-09"}}
    (panel / "manifest.json").write_text(json.dumps(coverage), encoding="utf-8")
    (home / "data" / "raw" / "facts.csv").write_text("a\n1\n", encoding="utf-8")
    return home


class Renderer:
    """Stands for the engine: writes a page and its results, or fails where told to."""

    def __init__(self):
        self.weeks, self.fails, self.lock, self.slow = [], {}, threading.Lock(), False

    def __call__(self, name, *, out, parameters, metadata, **more):
        week = parameters["week"]
        with self.lock:
            self.weeks.append(week)
        if self.slow and len(self.weeks) > 2:
            time.sleep(0.5)
        if week in self.fails:
            (out / "weekly.html").write_text("half a pa", encoding="utf-8")
            raise self.fails[week]
        page = f'<html><body>\n<header id="title-block-header"><h1>{metadata["title"]}</h1></header></body></html>'
        (out / "weekly.html").write_text(page, encoding="utf-8")
        alert = week == "2020-01-13"
        results = {
            "numbers": {"attacks": int(week[-2:]) % 5, "deaths": {"deaths_best": 2}},
            "provinces": [{"name": "Diyala", "attacks": 1}, {"name": "Basra", "attacks": 0}],
            "unusual": {"table": [{"name": "Diyala", "alert": alert}]},
        }
        (out / "results.json").write_text(json.dumps(results), encoding="utf-8")


@pytest.fixture
def renderer(monkeypatch):
    made = Renderer()
    monkeypatch.setattr(render, "render_report", made)
    return made


def run(project, out, **more):
    return archive(FIRST, LAST, project=project, out=out, engine="embedded", **more)


def index(out):
    return (out / "index.html").read_text("utf-8")


def test_an_archive_has_a_page_a_week_with_links_to_its_neighbours(project, renderer, tmp_path):
    done = run(project, tmp_path / "a")
    assert done.rendered == tuple(WEEKS)
    assert sorted(renderer.weeks) == [str(week) for week in WEEKS]
    pages = {week: (tmp_path / "a" / str(week) / "weekly.html").read_text("utf-8") for week in WEEKS}
    for place, week in enumerate(WEEKS):
        found = dict(re.findall(r'rel="(\w+)" href="([^"]+)"', pages[week]))
        wanted = {"up": "../index.html"}
        if place:
            wanted["prev"] = f"../{WEEKS[place - 1]}/weekly.html"
        if place < 3:
            wanted["next"] = f"../{WEEKS[place + 1]}/weekly.html"
        assert found == wanted


def test_the_index_lists_the_latest_first_and_asks_nobody(project, renderer, tmp_path):
    run(project, tmp_path / "a")
    page = index(tmp_path / "a")
    links = re.findall(r'<th scope="row"><a href="([\d-]+)/weekly.html">', page)
    assert links == [str(week) for week in reversed(WEEKS)]
    assert page.count('data-alert="1"') == 1
    assert 'data-provinces="Diyala"' in page
    assert "<option>Diyala</option>" in page
    assert "Basra" not in page
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []
    assert "fetch(" not in page
    assert "<h1>Archive: Weekly &lt;reports&gt;</h1>" in page
    assert "4 weeks with 6 attacks in all; alerts in 1 of them." in page


def test_only_what_changed_is_rendered_again(project, renderer, tmp_path):
    out = tmp_path / "a"
    run(project, out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    renderer.weeks.clear()
    done = run(project, out)
    assert (done.rendered, done.kept, renderer.weeks) == ((), tuple(WEEKS), [])
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before
    (out / "2020-01-13" / "weekly.html").write_text("changed by hand", encoding="utf-8")
    (out / "2020-01-20" / "page.json").unlink()
    run(project, out)
    assert sorted(renderer.weeks) == ["2020-01-13", "2020-01-20"]
    renderer.weeks.clear()
    (project / "data" / "raw" / "facts.csv").write_text("a\n2\n", encoding="utf-8")
    assert len(run(project, out).rendered) == 4


def test_a_later_week_is_added_and_the_last_page_gets_a_link_to_it(project, renderer, tmp_path):
    out = tmp_path / "a"
    run(project, out)
    renderer.weeks.clear()
    done = archive(FIRST, date(2020, 2, 9), project=project, out=out, engine="embedded")
    assert renderer.weeks == ["2020-02-03"]
    assert len(done.kept) == 4
    assert 'rel="next" href="../2020-02-03/weekly.html"' in (out / "2020-01-27" / "weekly.html").read_text(
        "utf-8"
    )
    assert run(project, out).kept == tuple(WEEKS)
    assert "2020-02-03" in index(out)


def test_a_page_says_why_nothing_was_revised_since_last_weeks(project, renderer, tmp_path):
    def said(week):
        return "no count was revised" in (out / str(week) / "weekly.html").read_text("utf-8")

    out = tmp_path / "a"
    run(project, out)
    assert [said(week) for week in WEEKS] == [False, True, True, True]
    renderer.fails["2020-01-13"] = RenderError("no")
    (project / "data" / "raw" / "facts.csv").write_text("a\n2\n", encoding="utf-8")
    archive(date(2020, 1, 13), LAST, project=project, out=out, engine="embedded")
    assert [said(week) for week in (WEEKS[0], *WEEKS[2:])] == [False, False, True]


def test_a_report_that_fails_is_broken_and_not_missing(project, renderer, tmp_path):
    out = tmp_path / "a"
    renderer.fails["2020-01-20"] = RenderError("cell 'maps' raised <b>")
    done = run(project, out)
    assert done.failed == ((date(2020, 1, 20), "cell 'maps' raised <b>"),)
    assert len(done.rendered) == 3
    assert "broken: cell &#x27;maps&#x27; raised &lt;b&gt;" in index(out)
    assert not (out / "2020-01-20" / "weekly.html").exists()
    assert 'rel="next" href="../2020-01-27/weekly.html"' in (out / "2020-01-13" / "weekly.html").read_text(
        "utf-8"
    )
    renderer.fails.clear()
    renderer.weeks.clear()
    assert run(project, out).rendered == (date(2020, 1, 20),)
    assert renderer.weeks == ["2020-01-20"]


def test_an_interrupted_run_leaves_whole_pages_and_the_next_goes_on(project, renderer, tmp_path):
    out = tmp_path / "a"
    renderer.slow = True

    def stop(done, of):
        if done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(project, out, on_page=stop, workers=1)
    made = [week for week in WEEKS if (out / str(week)).is_dir()]
    assert 2 <= len(made) < 4
    assert "missing: not rendered yet" in index(out)
    renderer.weeks.clear()
    renderer.slow = False
    run(project, out)
    assert sorted(renderer.weeks) == [str(week) for week in WEEKS if week not in made]
    assert "missing" not in re.sub(r"<style>.*?</style>", "", index(out), flags=re.DOTALL)


def test_a_full_disk_ends_the_run_and_leaves_no_half_page(project, renderer, tmp_path):
    out = tmp_path / "a"
    full = RenderError("the output cannot be written (No space left on device)")
    full.__cause__ = OSError(28, "No space left on device")
    renderer.fails = {str(week): full for week in WEEKS[:3]}
    with pytest.raises(
        TrendsError, match=r"a: the archive cannot be written \(No space left on device\); make room"
    ) as said:
        run(project, out)
    assert said.value.file == str(out)
    assert [one for one in out.iterdir() if one.name.startswith(".partial")] == []
    assert not any((out / str(week)).exists() for week in WEEKS[:3])


def test_an_index_that_finds_no_room_names_the_folder(project, renderer, tmp_path, monkeypatch):
    def full(file, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("trends.archive.run.write_whole", full)
    with pytest.raises(TrendsError, match="No space left") as said:
        run(project, tmp_path / "a")
    assert said.value.file == str(tmp_path / "a")


def test_what_a_killed_run_left_is_swept_and_never_shown(project, renderer, tmp_path):
    out = tmp_path / "a"
    run(project, out)
    left = out / ".partial-2020-01-06-abcd1234"
    left.mkdir()
    (left / "weekly.html").write_text("half", encoding="utf-8")
    run(project, out)
    assert not left.exists()


def test_two_archives_at_once_into_one_folder_are_refused(project, renderer, tmp_path):
    out = tmp_path / "a"
    out.mkdir()
    with locked(out, alone=True), pytest.raises(InputError, match="another archive is being written"):
        run(project, out)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("first", "last", "more", "said"),
    [
        (date(2020, 1, 6), date(2020, 1, 11), {}, "no whole week"),
        (date(2020, 2, 3), date(2020, 1, 6), {}, "no whole week"),
        (date(2020, 1, 7), date(2020, 2, 2), {"week_start": "mon"}, "not the first day"),
        (date(2020, 1, 6), date(2020, 3, 1), {}, "beyond what is covered"),
        (date(2019, 12, 23), date(2020, 1, 12), {}, "beyond what is covered"),
        (date(2020, 1, 6), date(2020, 2, 2), {"week_start": "monday"}, "not a weekday"),
    ],
)
def test_weeks_that_cannot_be_asked_for_are_refused(project, renderer, tmp_path, first, last, more, said):
    with pytest.raises(InputError, match=said):
        archive(first, last, project=project, out=tmp_path / "a", engine="embedded", **more)
    assert not (tmp_path / "a").exists()
    assert renderer.weeks == []


def test_a_folder_of_something_else_is_left_alone(project, renderer, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="no archive"):
        run(project, other)
    assert [one.name for one in other.iterdir()] == ["notes.txt"]
    run(project, tmp_path / "a")
    with pytest.raises(InputError, match="another first day"):
        run(project, tmp_path / "a", group="disputed")
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="is a file"):
        run(project, file)


def test_names_from_the_data_are_escaped_in_the_index():
    summary = {"attacks": 1, "deaths": 2, "provinces": ['<i>"A|B"'], "alerts": ["<script>"]}
    entry = Entry(FIRST, "whole", Record(str(FIRST), "k", "s", summary))
    page = index_page("<t>", [entry], "")
    assert "<i>" not in page
    assert page.count("<script>") == 1  # the page's own
    assert "<t>" not in page


def test_the_overview_is_to_scale():
    def entry(place, attacks):
        summary = {"attacks": attacks, "deaths": 0, "provinces": [], "alerts": []}
        return Entry(WEEKS[place], "whole", Record(str(WEEKS[place]), "k", "s", summary))

    heights = [
        float(h) for h in re.findall(r'<rect[^>]*height="([\d.]+)"', overview([entry(0, 8), entry(1, 4)]))
    ]
    assert heights[0] == pytest.approx(2 * heights[1])


def test_links_are_replaced_and_are_no_part_of_a_page_s_hash():
    page = '<body class="x">\n<p>Text</p></body>'
    once = linked(page, None, WEEKS[1])
    twice = linked(once, WEEKS[0], None)
    assert once.count("<nav") == twice.count("<nav") == 1
    assert page_sha256(page) == page_sha256(once) == page_sha256(twice)
    assert linked(twice, None, WEEKS[1]) == once


def test_keeping_an_archive_needs_no_heavy_library():
    code = "import trends.archive, sys; print([n for n in ('pandas', 'numpy', 'scipy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_real_page_goes_through_the_archive(tmp_path):
    home = find_project(Path(__file__))
    week = date(2020, 5, 4)
    done = archive(
        week, week + timedelta(days=6), project=home, out=tmp_path / "a", engine="embedded", workers=1
    )
    assert done.failed == ()
    record = Store(tmp_path / "a").record(week)
    results = json.loads((tmp_path / "a" / str(week) / "results.json").read_text("utf-8"))
    assert record.summary == summary_of(results)
    assert record.summary["attacks"] == 1
    page = (tmp_path / "a" / str(week) / "weekly.html").read_text("utf-8")
    assert page.index('aria-label="Other weeks"') < page.index('id="title-block-header"')
    assert archive(
        week, week + timedelta(days=6), project=home, out=tmp_path / "a", engine="embedded"
    ).kept == (week,)


def test_the_command_refuses_what_it_cannot_keep_in_one_line(tmp_path):
    out = ["--out", str(tmp_path / "a")]
    for given in (
        ["--from", "2020-01-07", "--to", "2020-02-02", "--week-start", "mon"],
        ["--from", "x", "--to", "y"],
    ):
        done = CliRunner().invoke(app, ["archive", *given, *out])
        assert done.exit_code == 2
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "a").exists()


def test_rooms_that_are_no_part_of_a_page_s_key_are_not_loaded_by_a_page():
    code = (
        "import sys; from trends.archive.plan import NOT_IN_A_PAGE\n"
        "before = set(sys.modules)\n"
        "from trends.figures import weekly; from trends.tables import weekly\n"
        "from trends.findings.weekly import words_more\n"
        "rooms = {name.split('.')[1] for name in set(sys.modules) - before if name.startswith('trends.')}\n"
        "print(sorted(rooms & NOT_IN_A_PAGE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
