"""The PDF: the same document set by typst, with fonts that come with the packages."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from datetime import date as day_of
from pathlib import Path
from typing import Any

from trends.errors import RenderError
from trends.reporting.job import Job
from trends.reporting.page import page_meta
from trends.reporting.pandoc import convert
from trends.reporting.sealed import epoch


def write_paper(job: Job, text: str) -> None:
    """Write the PDF for a document's Markdown.

    Raises
    ------
    RenderError
        A reference is unresolved, or typst could not set the document.
    """
    import typst

    meta = page_meta(job.document.meta)
    source = convert(
        text,
        meta,
        "typst",
        "paper.typ",
        ["--shift-heading-level-by=-1", "--wrap=preserve"],
        folder=job.work,
        name=job.document.name,
    )
    source = source.replace("// document", _document(meta, job.name), 1)
    file = job.work / f"{job.name}.typ"
    file.write_text(source, encoding="utf-8", newline="\n")
    try:
        data = typst.compile(
            str(file), root=str(job.work), font_paths=fonts(), ignore_system_fonts=True, timestamp=epoch()
        )
    except typst.TypstError as error:
        raise RenderError(f"typst could not set the PDF: {error}", file=job.document.name) from error
    job.page.write_bytes(data)


def fonts() -> list[str]:
    """Folders with the fonts beside typst's own: matplotlib's DejaVu Sans has Arabic and Kurdish letters."""
    spec = importlib.util.find_spec("matplotlib")
    places = spec.submodule_search_locations if spec else None
    return [str(Path(place) / "mpl-data" / "fonts" / "ttf") for place in places or []]


def _document(meta: Mapping[str, Any], name: str) -> str:
    title = _string(str(meta.get("title", name)))
    authors = "".join(f"{_string(author)}, " for author in meta["author"])
    return f"#set document(title: {title}, author: ({authors}), date: {document_date(meta['date'])})"


def _string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def document_date(date: str) -> str:
    """Write a typst value for a date as 2020-12-31, or ``none``."""
    try:
        day = day_of.fromisoformat(date)
    except ValueError:
        return "none"
    return f"datetime(year: {day.year}, month: {day.month}, day: {day.day})"
