"""The embedded engine on a document that uses every element, and on documents that fail."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from trends.errors import RenderError
from trends.reporting import Kernel, render_report

REPORTS = Path(__file__).parent / "reports"
HEADER = "---\ntitle: T\nexecute:\n  echo: false\n---\n\n"


@pytest.fixture(scope="session")
def kernel():
    with Kernel(timeout=120) as kernel:
        yield kernel


@pytest.fixture
def project(tmp_path):
    for name in ("reports", "data/raw"):
        (tmp_path / "project" / name).mkdir(parents=True)
    return tmp_path / "project"


def write(project, text, name="case"):
    folder = project / "reports" / name
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.qmd").write_text(text, encoding="utf-8")
    return name


def cell(code, label="only", *options):
    head = "".join(f"#| {line}\n" for line in (f"label: {label}", *options))
    return f"```{{python}}\n{head}{code}\n```\n"


def render(project, name, kernel, **given):
    return render_report(name, project=project, engine="embedded", kernel=kernel, **given)


@pytest.fixture(scope="session")
def page(kernel, tmp_path_factory):
    project = tmp_path_factory.mktemp("elements")
    out = project / "out"
    done = render_report(REPORTS / "elements.qmd", project=project, out=out, engine="embedded", kernel=kernel)
    return done.path.read_text(encoding="utf-8")


class Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.words, self.hidden = [], [], 0

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.hidden += tag in ("style", "script")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "script")

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)


@pytest.fixture(scope="session")
def parsed(page):
    parser = Text()
    parser.feed(page)
    return parser.tags, re.sub(r"\s+", " ", " ".join(parser.words))


@pytest.mark.parametrize(
    "words",
    [
        "Figure 1: Weekly counts of <script>alert(‘x’)</script> stay between 10 and 20 [not a link](x) @fig-none.",
        "Table 1: Attacks by province; <script>alert(‘x’)</script> is one of the names.",
        "Table 2: Two provinces",
        "Figure 2: A caption that stands in the file",
        "Table 3: A table with fourteen columns has to fit the page.",
        "made 782 attacks, in words many ; see Figure 1 , Table 1 , Equation 1 and Section 2",
        "See also Figure 2 , Table 2 and 1 .",
        "Ṣalāḥ al-Dīn *bold*?",
        "كركوك (کەرکووک)",
        "What it cannot show",
        "What this page was made from",
    ],
)
def test_the_page_says(parsed, words):
    plain = words.replace(" ", " ").replace("\u00a0", " ")
    said = re.sub(r"\s+([,.;])", r" \1", parsed[1].replace("\u00a0", " "))
    assert re.sub(r"\s+", "", plain) in re.sub(r"\s+", "", said)


def test_nothing_from_data_becomes_markup(parsed):
    scripts = [given for tag, given in parsed[0] if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "trends-manifest"}]


def test_the_page_needs_nothing_else(page, parsed):
    loaded = [given[key] for _, given in parsed[0] for key in ("src",) if key in given]
    assert loaded
    assert all(address.startswith("data:image/") for address in loaded)
    assert "url(" not in page
    assert [tag for tag, _ in parsed[0] if tag in ("link", "iframe", "object")] == []
    assert len(page) < 2_000_000


def test_the_page_can_be_read_without_seeing_it(parsed):
    tags = parsed[0]
    html = next(given for tag, given in tags if tag == "html")
    assert html["lang"] == "en"
    alts = [given["alt"] for tag, given in tags if tag == "img"]
    assert alts == [
        "A line that goes up and down between 10 and 20, for \"<script>alert('x')</script>\".",
        "Four bars, the first the highest.",
    ]
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(
        given.get("scope") for tag, given in tags if tag == "th" and given.get("class", "").startswith("gt")
    )
    assert [given["href"] for tag, given in tags if given.get("class") == "skip"] == ["#trends-content"]
    ids = [given["id"] for _, given in tags if "id" in given]
    assert len(ids) == len(set(ids))
    linked = {
        given["href"][1:] for tag, given in tags if tag == "a" and given.get("href", "").startswith("#")
    }
    assert linked <= set(ids)


def test_the_head_describes_the_page(parsed, page):
    metas = {given["name"]: given["content"] for tag, given in parsed[0] if tag == "meta" and "name" in given}
    assert metas["description"].startswith("Figures, tables, callouts")
    assert metas["dcterms.date"] == "2020-12-27"
    assert "<title>Every *element* that both engines &lt;know&gt;</title>" in page


def test_a_report_writes_page_results_and_manifest(project, kernel):
    shutil.copytree(REPORTS, project / "reports" / "small")
    done = render(project, "small", kernel, parameters={"province": "<b>Anbar</b>"})
    out = project / "reports" / "_output" / "small"
    assert done.path == out / "small.html"
    assert [str(file.relative_to(out)) for file in done.files] == [
        "manifest.json",
        "results.json",
        "small.html",
        "tables/counts.csv",
    ]
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results == {"province": "<b>Anbar</b>", "manifest": manifest}
    assert manifest["parameters"] == {"province": "<b>Anbar</b>"}
    assert manifest["engine"] == "embedded"
    assert "The province is &lt;b&gt;Anbar&lt;/b&gt;." in done.path.read_text("utf-8")
    assert [(one.label, one.text) for one in done.warnings] == [
        ("results", "UserWarning: three weeks are provisional")
    ]
    assert "provisional" not in done.path.read_text("utf-8")
    assert "three weeks are provisional" in str(done)
    assert sorted(path.name for path in out.parent.iterdir()) == ["small"]


def test_right_to_left_names_are_isolated(page):
    assert '<span dir="rtl">صلاح الدين</span> 12 attacks (<span dir="rtl">کەرکووک</span>),' in page


@pytest.mark.parametrize("format", ["html", "pdf", "docx"])
def test_two_renders_give_the_same_bytes(project, kernel, format, monkeypatch):
    outs = [project / "one", project / "two" / "deep"]
    for out, zone in zip(outs, ("UTC", "Asia/Baghdad"), strict=True):
        monkeypatch.setenv("TZ", zone)
        render(project, REPORTS / "elements.qmd", kernel, out=out, format=format)
    names = sorted(path.name for path in outs[0].iterdir())
    assert names == [f"elements.{format}", "manifest.json", "results.json"]
    for name in names:
        assert (outs[0] / name).read_bytes() == (outs[1] / name).read_bytes(), name


def test_a_fresh_kernel_elsewhere_gives_the_same_bytes(project, page, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    profile = tmp_path / "ipython" / "profile_default" / "startup"
    profile.mkdir(parents=True)
    (profile / "00.py").write_text("raise SystemExit('a start-up file was read')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    done = render_report(REPORTS / "elements.qmd", project=project, out=tmp_path / "out", engine="embedded")
    assert done.path.read_text("utf-8") == page


def test_a_second_document_does_not_see_the_first(project, kernel):
    first = write(
        project,
        HEADER + cell("import pandas as pd\nseen = 1\npd.options.display.max_rows = 1"),
        "a",
    )
    second = write(
        project,
        HEADER + cell("import pandas as pd\nprint('seen' in globals(), pd.options.display.max_rows)"),
        "b",
    )
    render(project, first, kernel)
    assert "False 60" in render(project, second, kernel).path.read_text("utf-8")


OWN_ERROR = """from trends.errors import InputError
raise InputError('no such week', file='weekly.csv', row=3)"""
IMAGE = "from IPython.display import HTML\nHTML('<img src=\"https://example.org/x.png\">')"
HANDLER = "from IPython.display import HTML\nHTML('<b onclick=\"x()\">b</b>')"
SCRIPT = "from IPython.display import HTML\nHTML('<script>x()</script>')"
GONE = "from IPython.display import Markdown\nMarkdown('See @fig-gone.')"
NO_CAPTION = "from trends.reporting import figure\nfigure(1, caption=' ', alt='a', label='fig-a')"
NO_LABEL = "from trends.reporting import table\ntable(1, caption='c', label='x')"
FAILURES = {
    cell("x = 1\nraise ValueError('first\\nlast line')", "bad"): (
        "case.qmd, row 10: cell 'bad' raised ValueError: last line"
    ),
    cell(OWN_ERROR, "bad"): "weekly.csv, row 3: no such week",
    "One\n\ntwo `{python} 1` three\n`{python} nothing`\n": (
        "case.qmd, row 10: an inline expression raised NameError: name 'nothing' is not defined"
    ),
    "`{python} __import__('numpy').float64(1.5)`\n": "a bare numpy number",
    cell("import os; os._exit(1)"): "the Python kernel died",
    '![x](none.png){fig-alt="x"}\n': "case.qmd: the image none.png is missing",
    cell(GONE): "case.qmd: unresolved reference @fig-gone",
    cell(IMAGE): "something from outside",
    cell(HANDLER): "would run a program: <b onclick",
    cell(SCRIPT): "would run a program: <script",
    cell(NO_CAPTION): "fig-a has an empty caption",
    cell(NO_LABEL): "the label 'x' is not one",
}


@pytest.mark.parametrize(("text", "message"), FAILURES.items(), ids=FAILURES.values())
def test_a_failure_is_one_line_and_leaves_what_was_there(project, kernel, text, message):
    name = write(project, HEADER + text)
    out = project / "out"
    out.mkdir()
    (out / "case.html").write_text("earlier", encoding="utf-8")
    fresh = Kernel() if "_exit" in text else kernel
    try:
        with pytest.raises(RenderError) as caught:
            render(project, name, fresh, out=out)
    finally:
        if fresh is not kernel:
            fresh.close()
    assert message in caught.value.message
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.message
    assert [path.name for path in out.iterdir()] == ["case.html"]
    assert (out / "case.html").read_text("utf-8") == "earlier"
    assert sorted(path.name for path in project.iterdir()) == ["data", "out", "reports"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "none"}, "there is no report 'none'; the project has: small"),
        ({"name": "../small"}, "there is no report '../small'"),
        ({"name": "none.qmd"}, "there is no such report"),
        ({"parameters": {"provinc": "x"}}, "the report has no parameter 'provinc'; it has: province"),
    ],
)
def test_a_wrong_request_is_refused(project, kernel, given, message):
    shutil.copytree(REPORTS, project / "reports" / "small")
    name = given.pop("name", "small")
    with pytest.raises(RenderError, match=re.escape(message)):
        render(project, name, kernel, **given)


def test_ctrl_c_leaves_nothing(project):
    name = write(project, HEADER + cell("import time\ntime.sleep(60)", "slow"))
    code = (
        "from pathlib import Path\nfrom trends.reporting import render_report\n"
        f"render_report({name!r}, project=Path({str(project)!r}), engine='embedded',"
        " on_step=lambda s: print(s, flush=True))"
    )
    environment = {**os.environ, "TMPDIR": str(project / "data")}
    running = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert running.stdout
    while "slow" not in running.stdout.readline():
        assert running.poll() is None
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert "KeyboardInterrupt" in said
    assert [path.name for path in (project / "reports" / "_output").iterdir()] == []
    assert [path.name for path in (project / "data").iterdir()] == ["raw"]


def test_a_plot_of_matplotlib_is_shown_after_a_document_with_one_of_plotnine(kernel, tmp_path):
    first = """import pandas as pd
from plotnine import aes, geom_point, ggplot
from trends.reporting import figure
data = pd.DataFrame({"x": [1, 2], "y": [1, 2]})
shown = figure(ggplot(data) + geom_point(aes("x", "y")), caption="a", alt="b", label="fig-a")"""
    second = 'import pandas as pd\naxes = pd.DataFrame({"x": [1, 2]}).plot()'
    kernel.run([first], folder=tmp_path, environment={"TRENDS_FIGURES": str(tmp_path)})
    (outputs,) = kernel.run([second], folder=tmp_path, environment={})
    assert ["image/png" in output.get("data", {}) for output in outputs] == [True]
