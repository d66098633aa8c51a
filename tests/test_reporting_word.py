"""The Word document: the same text, numbers, tables and pictures as the page."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from trends.errors import InputError, RenderError
from trends.reporting import render_report
from trends.reporting.embedding import embedded_manifest
from trends.reporting.word import charts_as_files, draw_pictures, reference_document

REPORTS = Path(__file__).parent / "reports"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    project = tmp_path_factory.mktemp("word")
    return render_report(
        REPORTS / "elements.qmd", project=project, out=project / "out", format="docx", engine="embedded"
    ).path


@pytest.fixture(scope="module")
def body(rendered):
    with zipfile.ZipFile(rendered) as parts:
        return Xml.fromstring(parts.read("word/document.xml"))


def text_of(element):
    return "".join(node.text or "" for node in element.iter(f"{W}t"))


def styled(body, style):
    return [
        text_of(p)
        for p in body.iter(f"{W}p")
        if p.find(f"{W}pPr/{W}pStyle") is not None and p.find(f"{W}pPr/{W}pStyle").get(f"{W}val") == style
    ]


def test_captions_are_numbered_and_referred_to(body):
    assert styled(body, "ImageCaption")[0].startswith("Figure\u00a01: Weekly counts of <script>")
    assert [caption.split(":")[0] for caption in styled(body, "TableCaption")] == [
        f"Table\u00a0{number}" for number in range(1, len(styled(body, "TableCaption")) + 1)
    ]
    links = {text_of(link): link.get(f"{W}anchor") for link in body.iter(f"{W}hyperlink")}
    marks = {mark.get(f"{W}name") for mark in body.iter(f"{W}bookmarkStart")}
    assert {"Figure\u00a01", "Table\u00a01"} <= set(links)
    assert set(filter(None, links.values())) <= marks
    assert "see Figure\u00a01, Table\u00a01, Equation\u00a01" in re.sub(" +", " ", text_of(body))


def test_tables_are_tables_with_a_heading_that_repeats(body):
    tables = list(body.iter(f"{W}tbl"))
    assert len(tables) >= len(styled(body, "TableCaption"))
    assert all(table.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None for table in tables)


def test_text_in_tables_has_the_tables_style(body):
    cells = [p for table in body.iter(f"{W}tbl") for p in table.iter(f"{W}p")]
    assert cells
    assert {p.find(f"{W}pPr/{W}pStyle").get(f"{W}val") for p in cells} == {"TableText"}


def test_no_column_is_narrower_than_its_longest_word(body):
    """Carlito's and Calibri's widest common letters are about 0.6 of the size; at 8 points that is 4.8 points."""
    for table in body.iter(f"{W}tbl"):
        widths = [int(column.get(f"{W}w")) / 20 for column in table.iter(f"{W}gridCol")]
        page, given = 482.0, sum(widths)
        for row in table.iter(f"{W}tr"):
            cells = list(row.iter(f"{W}tc"))
            if len(cells) != len(widths):
                continue
            for cell, width in zip(cells, widths, strict=True):
                words = text_of(cell).replace("\u200e", "").split(" ")
                assert max(map(len, words)) * 4.8 <= width * page / given, text_of(cell)


def test_small_charts_become_pictures_once_each(tmp_path):
    chart = '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="2 &amp; 3" width="96" height="20"><path/></svg>'
    text = charts_as_files(f"<td>{chart}</td><td>{chart}</td><td>{chart.replace('2', '1')}</td>", tmp_path)
    assert "<svg" not in text
    assert text.count('<img src="_figures/chart-1.svg" alt="2 &amp; 3" width="96">') == 2
    assert sorted(file.name for file in (tmp_path / "_figures").iterdir()) == ["chart-1.svg", "chart-2.svg"]
    assert (tmp_path / "_figures" / "chart-1.svg").read_text("utf-8") == chart


def test_every_picture_says_what_it_shows(rendered, body):
    shown = [picture.get("descr") for picture in body.iter(PICTURE)]
    assert shown
    assert all(shown)
    with zipfile.ZipFile(rendered) as parts:
        media = [name for name in parts.namelist() if name.startswith("word/media/")]
        assert media
        assert all(parts.read(name).startswith(b"\x89PNG") for name in media)


def test_text_in_other_scripts_and_markup_is_text(body):
    assert "كركوك" in text_of(body)
    assert "Ṣalāḥ al-Dīn *bold*?" in text_of(body)
    assert "صلاح الدين\u200e 12 attacks (کەرکووک\u200e)," in text_of(body)


def test_the_manifest_travels_with_it(rendered):
    assert embedded_manifest(rendered) == json.loads((rendered.parent / "manifest.json").read_text("utf-8"))


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><Properties>&b;</Properties>'


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("word/document.xml", "<x/>", "this archive carries no manifest"),
        ("docProps/custom.xml", "<Properties/>", "this document carries no manifest"),
        ("docProps/custom.xml", "<Properties", "this archive carries no manifest"),
        ("docProps/custom.xml", LAUGHS, "its manifest is damaged"),
        ("docProps/custom.xml", " " * 5_000_000, "its manifest is damaged"),
    ],
    ids=["another archive", "another document", "cut short", "entities", "a bomb"],
)
def test_a_document_of_others_carries_none(tmp_path, name, content, message):
    file = tmp_path / "other.docx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr(name, content)
    with pytest.raises(InputError, match=message):
        embedded_manifest(file)


def test_a_document_cut_short_is_refused(rendered, tmp_path):
    file = tmp_path / "short.docx"
    file.write_bytes(rendered.read_bytes()[:5000])
    with pytest.raises(InputError, match="carries no manifest"):
        embedded_manifest(file)


def test_the_styles_are_the_familys():
    import io

    with zipfile.ZipFile(io.BytesIO(reference_document())) as parts:
        styles = parts.read("word/styles.xml").decode("utf-8")
        assert 'w:w="11906"' in parts.read("word/document.xml").decode("utf-8")
    names = re.findall(r'styleId="([^"]+)"', styles)
    assert len(names) == len(set(names))
    assert {"Title", "Heading1", "TableText", "CalloutBody"} <= set(names)


def test_a_broken_picture_is_named(tmp_path):
    (tmp_path / "fig-bad.svg").write_text("<svg", encoding="utf-8")
    with pytest.raises(RenderError, match=r"fig-bad\.svg cannot be drawn"):
        draw_pictures(tmp_path, "case.qmd")
