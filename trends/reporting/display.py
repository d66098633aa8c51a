"""Figures and tables with captions and alternative texts computed from data, alike in both engines.

A cell option is static text, so a caption that states a finding cannot stand there. These helpers return
objects that write themselves as Markdown: one line in a cell whose label has no ``fig-`` or ``tbl-`` prefix.
"""

from __future__ import annotations

import base64
import io
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trends.errors import InputError
from trends.reporting.escaping import attribute, escape_markdown
from trends.reporting.recording import record_figure

FOLDER = "_figures"
ENVIRONMENT = "TRENDS_FIGURES"
TEXT_WIDTH = 7.0
SVG_LIMIT = 300_000
_POINTS = 72  # dots an inch of every SVG file
_LABEL = re.compile(r"[a-z][a-z0-9-]*")
_NUMBER = re.compile(r"(-?\d+\.\d{2})\d+")
_PATH = re.compile(r'(?<=\sd=")[^"]*')
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_CELL = re.compile(r'(<(t[dh])\b[^>]*\bclass="gt_row[^"]*)"([^>]*)>(.*?)</\2>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_SHORT = 20  # characters on a line
_SCROLLER = re.compile(r'(<div id="[^"]*")[^>]*>')


@dataclass(frozen=True)
class MarkdownObject:
    """Something that a notebook, Quarto and the embedded engine show as Markdown."""

    markdown: str

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.markdown


def figure(
    plot: Any, *, caption: str, alt: str, label: str, width: float = 7.0, height: float = 4.0
) -> MarkdownObject:
    """Place a plot with a caption and an alternative text that may come from data.

    The plot is written as an SVG file (text as paths, so that it looks the same everywhere), or as a PNG
    file at twice the resolution of a screen where the SVG would be large, into the folder that
    ``TRENDS_FIGURES`` names (the engines set it), or else ``_figures`` of the working folder.

    Parameters
    ----------
    plot
        A plotnine plot, or a matplotlib figure.
    caption, alt
        Plain texts; what Markdown or HTML would read as markup is escaped. The caption states the finding,
        the alternative text what a reader who does not see the figure has to know.
    label
        The name for references, as ``fig-national`` for ``@fig-national``.
    width, height
        Inches.

    Returns
    -------
    MarkdownObject
        Displayed as the last expression of a cell.

    Raises
    ------
    InputError
        The label does not begin with ``fig-``, or a text is empty.
    """
    _check(label, "fig-", caption=caption, alt=alt)
    record_figure(plot, label)
    folder = Path(os.environ.get(ENVIRONMENT) or FOLDER)
    folder.mkdir(exist_ok=True)
    data, suffix = _drawn(plot, width, height)
    (folder / f"{label}.{suffix}").write_bytes(data)
    attributes = f"#{label} fig-alt={attribute(alt)} width={share(width)}%"
    return MarkdownObject(f"![{escape_markdown(caption)}]({FOLDER}/{label}.{suffix}){{{attributes}}}\n")


def share(width: float) -> int:
    """Return a width in inches as a percentage of the text's width, at most 100."""
    return min(100, round(100 * width / TEXT_WIDTH))


def table(content: Any, *, caption: str, label: str) -> MarkdownObject:
    """Place a table with a caption that may come from data.

    Parameters
    ----------
    content
        A great_tables object. Its own style sheet is left out: the page's theme styles every table alike.
        Styles set on cells (``tab_style``) stay.
    caption
        A plain text that states the finding; it is escaped.
    label
        The name for references, as ``tbl-provinces`` for ``@tbl-provinces``.

    Raises
    ------
    InputError
        The label does not begin with ``tbl-``, the caption is empty, or ``content`` is no great_tables
        object.
    """
    _check(label, "tbl-", caption=caption)
    if not hasattr(content, "as_raw_html"):
        raise InputError(f"table() got a {type(content).__name__}", remedy="give it a great_tables GT object")
    html = plain_table(content.with_id(f"{label}-body").as_raw_html())
    return MarkdownObject(
        f"::: {{#{label}}}\n\n```{{=html}}\n{html}\n```\n\n{escape_markdown(caption)}\n\n:::\n"
    )


def plain_table(html: str) -> str:
    """Take great_tables' style sheet, wrapper style and blank lines off its HTML; mark cells that should not wrap."""
    html = _CELL.sub(_without_wrapping, html)
    bare = _SCROLLER.sub(r"\1>", _STYLE.sub("", html, count=1), count=1)
    return "\n".join(line.strip() for line in bare.splitlines() if line.strip())


def _without_wrapping(cell: re.Match[str]) -> str:
    lines = [_TAG.sub("", line) for line in cell[4].split("<br>")]
    short = cell[4] and all(len(line) <= _SHORT for line in lines)
    return f'{cell[1]} short"{cell[3]}>{cell[4]}</{cell[2]}>' if short else cell[0]


def _check(label: str, prefix: str, **texts: str) -> None:
    if not label.startswith(prefix) or not _LABEL.fullmatch(label):
        raise InputError(
            f"the label {label!r} is not one",
            remedy=f"begin it with {prefix}, then small letters, digits and hyphens",
        )
    empty = [name for name, text in texts.items() if not text.strip()]
    if empty:
        raise InputError(f"{label} has an empty {empty[0]}", remedy=f"give {empty[0]}= a sentence")


def _drawn(plot: Any, width: float, height: float) -> tuple[bytes, str]:
    import matplotlib.pyplot as plt

    drawn = _figure(plot, width, height)
    try:
        svg = _tidy(_saved(drawn, "svg", 96))
        return (svg, "svg") if len(svg) <= SVG_LIMIT else (_saved(drawn, "png", 192), "png")
    finally:
        plt.close(drawn)


def _figure(plot: Any, width: float, height: float) -> Any:
    if hasattr(plot, "savefig"):
        plot.set_size_inches(width, height)
        return plot
    from plotnine import ggplot, theme

    size = theme(figure_size=(width, height), dpi=96)
    if not isinstance(plot, ggplot):
        return (plot & size).draw(show=False)
    sized = plot + size
    _forget_unseen(sized)
    drawn = sized.draw(show=False)
    _settle(drawn)
    return drawn


def _forget_unseen(plot: Any) -> None:
    """Take minor breaks off a plot whose theme draws none of them: matplotlib would make and place every tick."""
    shown = ("panel_grid_minor_x", "panel_grid_minor_y", "axis_ticks_minor_x", "axis_ticks_minor_y")
    if plot.theme is not None and all(plot.theme.T.is_blank(name) for name in shown):
        for scale in plot.scales:
            if hasattr(scale, "minor_breaks"):
                scale.minor_breaks = None


def _settle(drawn: Any) -> None:
    """Lay a figure out now; one that still has its engine is drawn twice when it is saved."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    engine, dpi = drawn.get_layout_engine(), drawn.dpi
    FigureCanvasSVG(drawn)
    drawn.set_dpi(_POINTS)
    engine.execute(drawn)
    drawn.set_layout_engine(None)
    drawn.set_dpi(dpi)


def _saved(drawn: Any, suffix: str, dpi: int) -> bytes:
    import matplotlib as mpl

    target = io.BytesIO()
    metadata = {"Date": None, "Creator": None} if suffix == "svg" else {"Software": None}
    with mpl.rc_context({"svg.hashsalt": "trends", "svg.fonttype": "path"}):
        drawn.savefig(target, format=suffix, dpi=dpi, metadata=metadata)
    return target.getvalue()


def _tidy(svg: bytes) -> bytes:
    """Keep two decimals of each coordinate: a hundredth of a point is not seen, and the file halves."""
    text = svg.decode("utf-8")
    return _PATH.sub(lambda found: _NUMBER.sub(r"\1", found[0]), text).encode("utf-8")


def data_uri(data: bytes, suffix: str) -> str:
    """Write a file's content as a ``data:`` address."""
    kind = {"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}[suffix]
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
