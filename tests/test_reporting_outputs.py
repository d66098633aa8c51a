"""Outputs that appear whole or not at all, the manifest, the helpers for figures and tables, and the PDF."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from trends.errors import InputError, RenderError
from trends.reporting import collect_manifest, escape_markdown, figure, render_report
from trends.reporting.display import SVG_LIMIT, plain_table, share
from trends.reporting.escaping import attribute, script_json
from trends.reporting.page_watch import refuse_outside, refuse_programs
from trends.reporting.pandoc import convert
from trends.reporting.staging import publish, staging_folder

REPORTS = Path(__file__).parent / "reports"


def test_the_output_folder_is_a_file(tmp_path):
    (tmp_path / "out").write_text("x", encoding="utf-8")
    with pytest.raises(RenderError, match="the output folder is a file"), staging_folder(tmp_path / "out"):
        pass
    with pytest.raises(RenderError, match="cannot be written"), staging_folder(tmp_path / "out" / "deeper"):
        pass


def test_an_output_folder_without_permission(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr("trends.reporting.staging.os.access", lambda path, mode: False)
    with pytest.raises(RenderError, match=r"cannot be written \(Permission denied\); name another"):
        staging_folder(out).__enter__()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_while_files_are_moved_restores_all(tmp_path, monkeypatch, error):
    out, staged = tmp_path / "out", tmp_path / "staged"
    for folder, text in ((out, "old"), (staged, "new")):
        folder.mkdir()
        for name in ("a.json", "b.html"):
            (folder / name).write_text(text, encoding="utf-8")
    (staged / "a-new.csv").write_text("new", encoding="utf-8")
    real = Path.replace

    def replace(self, target):
        if self.name == "b.html" and self.parent == staged:
            raise error
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(RenderError if isinstance(error, OSError) else KeyboardInterrupt):
        publish(staged, out)
    assert {path.name: path.read_text("utf-8") for path in out.iterdir()} == {
        "a.json": "old",
        "b.html": "old",
    }


def test_a_bad_output_folder_is_one_line_while_the_kernel_still_starts(tmp_path):
    with pytest.raises(
        RenderError, match=r"the output folder cannot be written \(No such file or directory\)"
    ):
        render_report(REPORTS / "small.qmd", project=tmp_path, out=Path("/proc/none/out"), engine="embedded")


def test_outputs_of_other_formats_stay(tmp_path):
    out, staged = tmp_path / "out", tmp_path / "staged"
    out.mkdir()
    staged.mkdir()
    (out / "x.pdf").write_text("old", encoding="utf-8")
    (staged / "x.html").write_text("new", encoding="utf-8")
    assert publish(staged, out) == (out / "x.html",)
    assert sorted(path.name for path in out.iterdir()) == ["x.html", "x.pdf"]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "*bold* _soft_ **both** ~~gone~~", "[a](b) ![c](d){#e}", "@fig-x \\@",
        "`code` $x$ $$y$$",
        "# heading", "- item", "1. item", "+ item", "> quote", "a | b", "^[note]", "x^2^ H~2~O", "&lt; &amp; &",
        "{python} 1",
        ": definition", "--- ::: ===", "كركوك", "Ṣalāḥ", "https://example.org/ <a@b.org>", "line\nbreak\n\n# top", "a...b",
        "12) x", "(@) y", "\\", "{{< x >}}", "10:30-11:00", "*", "***", "+1", "=x",
    ],
)  # fmt: skip
def test_escaped_text_appears_as_it_is(tmp_path, text):
    written = convert(
        f"a {escape_markdown(text)} b\n\n{escape_markdown(text)}\n",
        {},
        "html5",
        "page.html",
        [],
        folder=tmp_path,
        name="x",
    )
    body = written.split('<main id="trends-content">')[1].split("</main>")[0]
    paragraphs = re.findall(r"<p>(.*?)</p>", body, re.DOTALL)
    wanted = " ".join(text.split())
    for shown, whole in zip(paragraphs, (f"a {wanted} b", wanted), strict=True):
        plain = html.unescape(re.sub(r'<span dir="rtl">(.*?)</span>', r"\1", shown)).replace("\n", " ")
        assert plain.translate({0x2026: "...", 0x2013: "--", 0x2014: "---"}).replace(" ", " ") == whole


def test_attributes_and_script_data_cannot_be_left():
    assert attribute('a "b" \\ c\nd') == '"a \\"b\\" \\\\ c d"'
    assert "<" not in script_json({"x": "</script><!--"})
    assert json.loads(script_json({"x": "</script>"})) == {"x": "</script>"}


@pytest.fixture
def plot():
    from matplotlib.figure import Figure

    def plot(points):
        figure = Figure()
        axes = figure.subplots()
        axes.plot([n * 0.123456789 for n in range(points)], [(n * 7919) % 1000 for n in range(points)])
        return figure

    return plot


def test_figures_are_the_same_bytes_and_small(tmp_path, monkeypatch, plot):
    monkeypatch.chdir(tmp_path)
    first = figure(plot(200), caption="C [x]", alt='A "b"', label="fig-a", width=3.5, height=2)
    before = (tmp_path / "_figures" / "fig-a.svg").read_bytes()
    figure(plot(200), caption="C", alt="A", label="fig-a", width=3.5, height=2)
    assert (tmp_path / "_figures" / "fig-a.svg").read_bytes() == before
    assert not re.search(rb' d="[^"]*\.\d{3}', before)
    wanted = '![C \\[x\\]](_figures/fig-a.svg){#fig-a fig-alt="A \\"b\\"" width=50%}\n'
    assert first._repr_markdown_() == str(first) == wanted


def test_a_heavy_figure_becomes_a_png(tmp_path, monkeypatch, plot):
    monkeypatch.setenv("TRENDS_FIGURES", str(tmp_path / "elsewhere"))
    monkeypatch.setattr("trends.reporting.display.SVG_LIMIT", 1000)
    shown = figure(plot(200), caption="C", alt="A", label="fig-a", width=4, height=2)
    assert "(_figures/fig-a.png)" in str(shown)
    data = (tmp_path / "elsewhere" / "fig-a.png").read_bytes()
    assert int.from_bytes(data[16:20], "big") == 4 * 192
    assert SVG_LIMIT > 1000


@pytest.mark.parametrize("given", [{"label": "a"}, {"label": "fig-A"}, {"caption": ""}, {"alt": "  "}])
def test_a_figure_needs_label_caption_and_alt(given, plot):
    with pytest.raises(InputError):
        figure(plot(2), **{"caption": "C", "alt": "A", "label": "fig-a", **given})


@pytest.mark.parametrize(("inches", "percent"), [(7, 100), (9, 100), (3.5, 50), (6.65, 95)])
def test_widths_are_shares_of_the_text(inches, percent):
    assert share(inches) == percent


@pytest.mark.parametrize(
    ("cell", "short"),
    [
        ("0.53", True),
        ("4.33<br>(0.02 to 46)", True),
        ('Baghdad<br><span dir="rtl">بغداد</span>', True),
        ('<svg aria-label="no attack in 52 weeks, at most 0"><path d="M0 0"/></svg>', True),
        ("the same weeks of two earlier years", False),
        ("short<br>the same weeks of two earlier years", False),
        ("", False),
    ],
)
def test_a_cell_whose_lines_are_all_short_does_not_wrap(cell, short):
    html = plain_table(f'<td class="gt_row gt_left">{cell}</td>')
    assert ('class="gt_row gt_left short"' in html) is short
    assert f">{cell}</td>" in html


@pytest.fixture
def project(tmp_path):
    panel = tmp_path / "data" / "processed" / "panel"
    panel.mkdir(parents=True)
    (tmp_path / "data" / "raw").mkdir()
    report = tmp_path / "reports" / "small"
    shutil.copytree(REPORTS, report)
    (panel / "weekly.csv").write_text("week\n", encoding="utf-8")
    said = {"source": {"key": "ucdp-ged", "version": "21.1"}}
    (panel / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    (tmp_path / "data" / "raw" / "timeline.csv").write_text("id\n", encoding="utf-8")
    (report / "study.toml").write_text('panel = "data/processed/panel"\nseed = 11\n', encoding="utf-8")
    (tmp_path / "requirements.lock").write_text("x==1\n", encoding="utf-8")
    return tmp_path


def collect(project, **given):
    report = project / "reports" / "small" / "small.qmd"
    return collect_manifest(project, report, engine="embedded", engine_version="pandoc 1", **given)


def test_the_manifest_names_every_input(project):
    manifest = collect(project, parameters={"out": "/somewhere", "province": "Diyala"})
    assert [(one.name, one.vintage) for one in manifest.inputs] == [
        ("data/processed/panel/manifest.json", "ucdp-ged 21.1"),
        ("data/processed/panel/weekly.csv", "ucdp-ged 21.1"),
        ("data/raw/timeline.csv", ""),
    ]
    assert manifest.inputs[1].sha256 == hashlib.sha256(b"week\n").hexdigest()
    assert manifest.parameters == {"province": "Diyala"}
    assert (manifest.seed, manifest.commit) == (11, "")
    assert all(manifest.packages.values())
    said = json.loads(manifest.json())
    assert str(project) not in manifest.json()
    assert said["schema"] == 2
    assert len(said["code_sha256"]) == 64
    assert "`" + said["study_sha256"][:12] + "`" in manifest.markdown()


def test_the_manifest_tells_commits_and_changes_apart(project):
    def git(*arguments):
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", project, *identity, *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "x")
    assert re.fullmatch(r"[0-9a-f]{40}", collect(project).commit)
    (project / "new.txt").write_text("untracked", encoding="utf-8")
    assert "+" not in collect(project).commit
    (project / "requirements.lock").write_text("x==2\n", encoding="utf-8")
    changed = collect(project)
    assert re.fullmatch(r"[0-9a-f]{40}\+changes", changed.commit)
    assert f"{changed.commit[:12]}+changes" in changed.markdown().replace("\\", "")


def test_a_missing_input_is_named(project):
    with pytest.raises(RenderError, match=r"gone\.csv: an input cannot be read"):
        collect(project, inputs=[project / "gone.csv"])


@pytest.fixture(scope="session")
def paper(tmp_path_factory):
    project = tmp_path_factory.mktemp("paper")
    out = project / "out"
    return render_report(
        REPORTS / "elements.qmd", project=project, out=out, format="pdf", engine="embedded"
    ).path


def tool(name, *arguments):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed (poppler-utils)")
    return subprocess.run([name, *arguments], check=True, capture_output=True)


def test_the_pdf_says_the_same(paper):
    text = tool("pdftotext", "-layout", str(paper), "-").stdout.decode("utf-8")
    for words in (
        "Figure 1: Weekly counts of <script>",
        "Table 3: A table with fourteen",
        "Ṣalāḥ al-Dīn *bold*?",
        "كركوك",
    ):
        assert words in text
    assert "see Figure 1, Table 1, Equation 1" in re.sub(r"\s+", " ", text)
    assert "\ufffd" not in text


def test_a_number_after_a_right_to_left_name_stands_after_it(paper):
    words = tool("pdftotext", "-bbox", str(paper), "-").stdout.decode("utf-8")
    places = [(float(x), text) for x, text in re.findall(r'<word xMin="([\d.]+)"[^>]*>([^<]*)</word>', words)]
    at = next(n for n, (_, text) in enumerate(places) if text == "12" and places[n + 1][1] == "attacks")
    arabic = [
        x for x, text in places[at - 4 : at + 6] if re.search("[\u0600-\u06ff]", text) and "ک" not in text
    ]
    assert arabic
    assert max(arabic) < places[at][0]


def test_the_pdf_has_every_glyph(paper):
    fonts = tool("pdffonts", str(paper)).stdout.decode("utf-8")
    assert "DejaVuSans" in fonts
    assert "LibertinusSerif" in fonts
    assert all(line.split()[-5] == "yes" for line in fonts.splitlines()[2:]), fonts


def test_the_pdf_keeps_its_margins(paper, tmp_path):
    from PIL import Image, ImageChops

    tool("pdftoppm", "-r", "50", "-gray", str(paper), str(tmp_path / "page"))
    pages = sorted(tmp_path.glob("page*.pgm"))
    assert len(pages) >= 2
    for page in pages:
        with Image.open(page) as image:
            blank = Image.new("L", image.size, 255)
            left, _, right, _ = ImageChops.difference(image.convert("L"), blank).getbbox()
        margin = round(2.1 / 2.54 * 50)
        assert left >= margin
        assert right <= image.size[0] - margin


@pytest.mark.parametrize(
    "text",
    [
        '<img src="//example.org/x.png">',
        '<img srcset="https://example.org/x.png 2x">',
        "<link rel=stylesheet href=https://example.org/x.css>",
        "<style>@import 'x.css';</style>",
        "<p style=\"background: url('https://example.org/x.png')\">x</p>",
        '<svg><image href="http://example.org/x.png"/></svg>',
    ],
)
def test_a_page_that_loads_from_outside_is_refused(text):
    with pytest.raises(RenderError, match="something from outside"):
        refuse_outside(f"<html>{text}</html>", "case.qmd")


@pytest.mark.parametrize(
    "text", ["<a href='javascript:x()'>x</a>", "<p onclick=x()>", "<SCRIPT>x</SCRIPT>", "<iframe>"]
)
def test_a_page_that_runs_a_program_is_refused(text):
    with pytest.raises(RenderError, match="would run a program"):
        refuse_programs(f"<html>{text}</html>", "case.qmd")


def test_links_and_words_are_no_programs():
    page = '<a href="https://example.org/">x</a> <img alt="attacks on one = two; url(//x)" src="data:image/png;base64,AA">'
    assert refuse_outside(page, "case.qmd") is None
    assert refuse_programs(page, "case.qmd") is None
