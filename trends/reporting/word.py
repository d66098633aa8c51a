"""The Word document: the same text, tables and figures, with the styles of the family."""

from __future__ import annotations

import io
import json
import re
import subprocess
import zipfile
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as Xml

from trends.errors import RenderError
from trends.reporting.display import FOLDER
from trends.reporting.embedding import SCRIPT_ID
from trends.reporting.job import Job
from trends.reporting.page import page_meta
from trends.reporting.pandoc import ASSETS, pandoc_path, run_pandoc

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_CHART = re.compile(r'<svg\b[^>]*?\baria-label="([^"]*)" width="(\d+)"[^>]*>.*?</svg>', re.DOTALL)
_DRAWN_AT = 192.0
_MOMENT = (1980, 1, 1, 0, 0, 0)


def write_word(job: Job, text: str) -> None:
    """Write the DOCX for a document's Markdown.

    Pictures go in as PNG at twice a screen's resolution, since Word before 2016 shows no SVG. The manifest is a
    custom property of the document, ``trends-manifest``.

    Raises
    ------
    RenderError
        A reference is unresolved, a picture cannot be drawn, or pandoc failed.
    """
    text = charts_as_files(text, job.work)
    draw_pictures(job.work / FOLDER, job.document.name)
    reference = job.work / "_reference.docx"
    reference.write_bytes(reference_document())
    meta = page_meta(job.document.meta)
    kept = {
        key: meta[key]
        for key in ("title", "subtitle", "description", "lang", "author", "date")
        if meta.get(key)
    }
    manifest = json.dumps(job.manifest.as_dict(), sort_keys=True, ensure_ascii=False)
    kept["number-sections"] = meta["number-sections"]
    options = [f"--reference-doc={reference}", "--shift-heading-level-by=-1", "--syntax-highlighting=none"]
    options.append(f"--metadata={SCRIPT_ID}:{manifest}")
    data = run_pandoc(text, kept, "docx", options, folder=job.work, name=job.document.name)
    job.page.write_bytes(data)


def charts_as_files(text: str, folder: Path) -> str:
    """Put each small chart of a table into a file, equal ones into one: Word shows pictures from files only.

    Parameters
    ----------
    text
        A document's Markdown.
    folder
        The working folder; the files go into its ``_figures``.

    Returns
    -------
    str
        The Markdown with images in the charts' places.
    """
    names: dict[str, str] = {}

    def replace(found: re.Match[str]) -> str:
        name = names.setdefault(found[0], f"{FOLDER}/chart-{len(names) + 1}.svg")
        return f'<img src="{name}" alt="{found[1]}" width="{found[2]}">'

    changed = _CHART.sub(replace, text)
    (folder / FOLDER).mkdir(exist_ok=True)
    for chart, name in names.items():
        (folder / name).write_text(chart, encoding="utf-8", newline="\n")
    return changed


def draw_pictures(folder: Path, name: str) -> None:
    """Draw each SVG file of a folder as a PNG file beside it.

    Raises
    ------
    RenderError
        A file is no picture.
    """
    import typst

    for file in sorted(folder.glob("*.svg")):
        sheet = folder / "_sheet.typ"
        sheet.write_text(
            f'#set page(width: auto, height: auto, margin: 0pt, fill: white)\n#image("{file.name}")\n',
            "utf-8",
        )
        try:
            drawn = typst.compile(
                str(sheet), root=str(folder), format="png", ppi=_DRAWN_AT, ignore_system_fonts=True
            )
        except typst.TypstError as error:
            raise RenderError(f"the picture {file.name} cannot be drawn: {error}", file=name) from error
        file.with_suffix(".png").write_bytes(drawn)


@cache
def reference_document() -> bytes:
    """Return pandoc's reference document with this package's styles and an A4 page."""
    command = [pandoc_path(), "--print-default-data-file", "reference.docx"]
    given = subprocess.run(command, capture_output=True, check=True).stdout
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(given)) as old,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _MOMENT), _CHANGED.get(name, bytes)(old.read(name)))
    return written.getvalue()


def _styled(styles: bytes) -> bytes:
    """Put the styles of ``word_styles.xml`` in the place of pandoc's, the defaults included."""
    ours = Xml.parse(ASSETS / "word_styles.xml").getroot()
    tree = Xml.fromstring(styles)
    identity = f"{{{_WORD}}}styleId"
    replaced = {(style.tag, style.get(identity)) for style in ours}
    for style in [child for child in tree if (child.tag, child.get(identity)) in replaced]:
        tree.remove(style)
    defaults, *styles_of_ours = list(ours)
    tree.insert(0, defaults)
    tree.extend(styles_of_ours)
    return _written(tree)


def _on_a4(document: bytes) -> bytes:
    tree = Xml.fromstring(document)
    section = tree.find(f".//{{{_WORD}}}sectPr")
    assert section is not None
    size = {"w": "11906", "h": "16838"}
    margins = dict.fromkeys(("left", "right"), "1134") | {"top": "1247", "bottom": "1361"}
    margins |= {"header": "708", "footer": "708", "gutter": "0"}
    for tag, values in (("pgSz", size), ("pgMar", margins)):
        Xml.SubElement(
            section, f"{{{_WORD}}}{tag}", {f"{{{_WORD}}}{key}": value for key, value in values.items()}
        )
    return _written(tree)


def _written(tree: Xml.Element) -> bytes:
    Xml.register_namespace("w", _WORD)
    data: bytes = Xml.tostring(tree, encoding="utf-8", xml_declaration=True)
    return data


_CHANGED = {"word/styles.xml": _styled, "word/document.xml": _on_a4}
