"""A rendered page read back: its sections, figures and tables, every sentence, every cell, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_SKIPPED = frozenset({"script", "style", "nav", "head", "annotation"})
_VOID = frozenset({"img", "br", "meta", "link", "hr", "col", "input"})
_BLOCKS = frozenset(
    [
        "p",
        "li",
        "figcaption",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "dt",
        "dd",
        "summary",
        "td",
        "th",
    ]
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
MANIFEST = "manifest"
TOP = "top"
SMALLEST_IMAGE = 1000  # characters of a data: address
_NOTHING = re.compile(
    r"(?<![\w.])(?:NaN|nan|NaT|<NA>|[-−+]?inf|undefined)(?![\w.]\w)(?!\w)"
    r"|\bNone\b(?! (?:of|is|was|were|are|has|had|have|can|stands?|at|in)\b)"
)
_FAULTS = (
    (_NOTHING, "shows a missing number"),
    (re.compile(r"\?@\w+|(?<![\w.])@(?:fig|tbl|sec|eq)-[a-z]|\?\?"), "has an unresolved reference"),
    (re.compile(r"Traceback \(most recent call last\)|\b[A-Z]\w*(?:Error|Exception): "), "shows an error"),
    (re.compile(r"`?\{python\}|\{\{<|^:::"), "shows source instead of its result"),
)


@dataclass
class Page:
    """What a reader of a page sees, the manifest at its foot left out.

    Attributes
    ----------
    words
        ``(where, text)`` for each paragraph, list item, heading, caption and alternative text, in order; ``where``
        is the section, figure or table.
    tables
        Label to rows of cells, headings included.
    sections, figures
        Identifiers in order; a section as ``id: title``.
    faults
        What no page may show, one line each.
    """

    words: list[tuple[str, str]] = field(default_factory=list)
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    sections: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def structure(self) -> dict[str, list[str]]:
        """Return sections, figures and tables in order."""
        return {"sections": self.sections, "figures": self.figures, "tables": list(self.tables)}


def read_page(html: str) -> Page:
    """Read a rendered page back."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    page = reader.page
    page.faults += [*_faulty_texts(page), *_empty_sections(reader)]
    return page


class _Reader(HTMLParser):
    """Walks through a page of the embedded engine."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.filled: dict[str, int] = {}
        self._open: list[tuple[str, str]] = []
        self._skipped = 0
        self._text: list[str] = []
        self._row: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter an element."""
        given = {name: value or "" for name, value in attrs}
        if tag == "img":
            self._image(given)
        if tag in _VOID:
            return
        own = given.get("id", "") if tag in ("section", "figure") else ""
        self._open.append((tag, own))
        self._skipped += tag in _SKIPPED or own == MANIFEST
        if tag in _BLOCKS:
            self._flush("")
        if tag == "table" and not self._skipped:
            self.page.tables.setdefault(self._where(), [])
        if tag == "tr":
            self._row = []

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and whatever inside it was not closed."""
        if tag in _VOID or tag not in [name for name, _ in self._open]:
            return
        while self._open:
            if tag in _BLOCKS:
                self._flush(tag)
            name, own = self._open.pop()
            self._skipped -= name in _SKIPPED or own == MANIFEST
            if name == tag:
                break
        if tag == "tr" and self._row is not None:
            if not self._skipped:
                self.page.tables.setdefault(self._where(), []).append(self._row)
            self._row = None

    def handle_data(self, data: str) -> None:
        """Collect text."""
        if not self._skipped:
            self._text.append(data)

    def _where(self, kind: tuple[str, ...] = ("figure", "section")) -> str:
        return next((own for tag, own in reversed(self._open) if own and tag in kind), TOP)

    def _flush(self, tag: str) -> None:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if self._skipped:
            return
        if tag in ("td", "th") and self._row is not None:
            self._row.append(text)
            self._count()
        elif text:
            self.page.words.append((self._where(), text))
            if tag in _HEADINGS:
                self.page.sections.append(f"{self._where()}: {text}")
                self.filled.setdefault(self._where(), 0)
            else:
                self._count()

    def _count(self) -> None:
        for tag, own in self._open:
            if tag == "section" and own:
                self.filled[own] = self.filled.get(own, 0) + 1

    def _image(self, given: dict[str, str]) -> None:
        where, alt = self._where(), given.get("alt", "").strip()
        self.page.figures.append(where)
        self.page.words.append((where, f"alternative text: {alt}"))
        self._count()
        source = given.get("src", "")
        if not source.startswith("data:") or len(source) < SMALLEST_IMAGE:
            self.page.faults.append(f"{where}: the picture is empty or not in the page")
        if not alt:
            self.page.faults.append(f"{where}: the picture has no alternative text")


def _faulty_texts(page: Page) -> Iterator[str]:
    texts = [*page.words]
    texts += [(label, cell) for label, rows in page.tables.items() for row in rows for cell in row]
    for where, text in texts:
        for pattern, what in _FAULTS:
            found = pattern.search(text)
            if found:
                yield f"{where}: {what}: {_around(text, found)}"


def _around(text: str, found: re.Match[str]) -> str:
    start, end = max(0, found.start() - 40), found.end() + 30
    return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"


def _empty_sections(reader: _Reader) -> list[str]:
    return [
        f"{section}: the section is empty"
        for section, items in reader.filled.items()
        if not items and section != TOP
    ]


def as_record(page: Page) -> dict[str, Any]:
    """Return what is kept of a page: words by place, cells, structure."""
    words: dict[str, list[str]] = {}
    for where, text in page.words:
        words.setdefault(where, []).append(text)
    return {"words": words, "tables": page.tables, "structure": page.structure()}
