"""The HTML page: one file that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from trends.errors import RenderError
from trends.reporting.display import data_uri
from trends.reporting.escaping import script_json
from trends.reporting.job import Job
from trends.reporting.page_watch import refuse_outside, refuse_programs
from trends.reporting.pandoc import ASSETS, convert

_IMAGE = re.compile(r'(<img\b[^>]*?\bsrc=")([^"]+)(")')


def write_page(job: Job, text: str) -> None:
    """Write the page for a document's Markdown.

    Raises
    ------
    RenderError
        A reference is unresolved, an image is missing, or the page would ask another host for something.
    """
    meta = page_meta(job.document.meta)
    options = ["--mathml", "--section-divs", "--syntax-highlighting=none", "--wrap=preserve"]
    if meta["toc"]:
        options += ["--toc", f"--toc-depth={meta['toc-depth']}"]
    html = convert(text, meta, "html5", "page.html", options, folder=job.work, name=job.document.name)
    html = html.replace("<!-- head -->", head(job, meta), 1).replace("/* theme */", theme(), 1)
    refuse_outside(html, job.document.name)
    refuse_programs(html, job.document.name)
    html = inline_images(html, job.work, job.document.name)
    html = html.replace("</body>", f"{manifest_script(job)}\n</body>", 1)
    job.page.write_text(html, encoding="utf-8", newline="\n")


def head(job: Job, meta: Mapping[str, Any]) -> str:
    """Write the elements of the page's head that take no markup."""
    said = {
        "generator": f"attack-trends {job.manifest.package_version}",
        "author": ", ".join(meta["author"]),
        "description": str(meta.get("description", "")),
        "dcterms.date": meta["date"],
    }
    elements = [f'<meta name="{name}" content="{escape(text)}">' for name, text in said.items() if text]
    return "\n".join([*elements, f"<title>{escape(str(meta.get('title', job.name)))}</title>"])


def theme() -> str:
    """Return the style sheet of every report."""
    return (ASSETS / "theme.css").read_text(encoding="utf-8")


def manifest_script(job: Job) -> str:
    """Write the manifest as data inside the page."""
    data = script_json(job.manifest.as_dict())
    return f'<script type="application/json" id="trends-manifest">\n{data}\n</script>'


def page_meta(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Gather what the templates need of the front matter, format options on top."""
    given = meta.get("format")
    html = given.get("html") if isinstance(given, dict) else None
    merged = {**meta, **(html if isinstance(html, dict) else {})}
    authors = merged.get("author") or []
    names = [str(name) for name in (authors if isinstance(authors, list) else [authors])]
    date = str(merged["date"]) if merged.get("date") else ""
    kept = {key: merged[key] for key in ("title", "subtitle", "description", "lang") if merged.get(key)}
    return {
        **kept,
        "author": names,
        "date": date,
        "byline": " · ".join(filter(None, [", ".join(names), date])),
        "toc": bool(merged.get("toc", True)),
        "toc-depth": int(merged.get("toc-depth", 2)),
        "number-sections": bool(merged.get("number-sections", False)),
    }


def inline_images(html: str, folder: Path, name: str) -> str:
    """Put each local image into the page itself."""

    def replace(found: re.Match[str]) -> str:
        if found[2].startswith("data:"):
            return found[0]
        file = folder / unquote(found[2])
        if not file.is_file():
            raise RenderError(f"the image {found[2]} is missing", file=name, remedy="check its path")
        return found[1] + data_uri(file.read_bytes(), file.suffix.lower().lstrip(".")) + found[3]

    return _IMAGE.sub(replace, html)
