"""A .qmd file taken apart: front matter, prose and cells, each with the line where it begins."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from trends.errors import RenderError

INLINE = re.compile(r"(?<!`)`\{python\}[ \t]+([^`]+)`(?!`)")
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*(.*)$")


@dataclass(frozen=True)
class Prose:
    """A stretch of Markdown between two cells.

    Attributes
    ----------
    text
        The Markdown as written, inline expressions included.
    line
        The line of the file where it begins, counted from 1.
    """

    text: str
    line: int

    def expressions(self) -> tuple[tuple[str, int], ...]:
        """Return the inline expressions, each with its line in the file."""
        return tuple(
            (found[1].strip(), self.line + self.text.count("\n", 0, found.start()))
            for found in INLINE.finditer(self.text)
        )


@dataclass(frozen=True)
class Cell:
    """A Python cell.

    Attributes
    ----------
    source
        The code, without the option lines.
    options
        What the ``#|`` lines say.
    line
        The line of the opening fence, counted from 1.
    code_line
        The line of the first line of ``source``.
    """

    source: str
    options: Mapping[str, Any]
    line: int
    code_line: int

    @property
    def label(self) -> str:
        """The cell's label, or an empty string."""
        return str(self.options.get("label", ""))


@dataclass(frozen=True)
class Document:
    """A parsed .qmd file.

    Attributes
    ----------
    name
        The file's name without its folder, for messages.
    text
        The file as it is.
    meta
        The front matter.
    parts
        Prose and cells in their order.
    """

    name: str
    text: str
    meta: Mapping[str, Any]
    parts: tuple[Prose | Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The Python cells in their order."""
        return tuple(part for part in self.parts if isinstance(part, Cell))

    @property
    def prose(self) -> tuple[Prose, ...]:
        """The stretches of Markdown in their order."""
        return tuple(part for part in self.parts if isinstance(part, Prose))

    @property
    def parameters(self) -> Cell | None:
        """The cell tagged ``parameters``, if there is one."""
        return next((cell for cell in self.cells if "parameters" in tags(cell)), None)


def tags(cell: Cell) -> tuple[str, ...]:
    """Return the cell's tags; a single one may stand without brackets."""
    given = cell.options.get("tags", [])
    return (given,) if isinstance(given, str) else tuple(str(tag) for tag in given or [])


def read_document(path: Path) -> Document:
    """Read and take apart a .qmd file.

    Raises
    ------
    RenderError
        The file is missing, not UTF-8, or its front matter or a cell's options are not valid YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RenderError(
            "there is no such report", file=path, remedy="check the name or the path"
        ) from error
    except UnicodeDecodeError as error:
        raise RenderError(
            "the report is not UTF-8 text", file=path.name, remedy="save it as UTF-8"
        ) from error
    except OSError as error:
        raise RenderError(f"the report cannot be read ({error.strerror})", file=path) from error
    return parse_document(text.replace("\r\n", "\n"), path.name)


def parse_document(text: str, name: str) -> Document:
    """Take apart the text of a .qmd file; see `read_document` for the errors."""
    lines = text.splitlines(keepends=True)
    meta, start = _front_matter(lines, name)
    return Document(name, text, meta, tuple(_parts(lines, start, name)))


def with_meta(document: Document, given: Mapping[str, str]) -> Document:
    """Replace texts of the front matter, line for line, so that everything below keeps its line.

    Parameters
    ----------
    document
        Whose front matter holds each of the keys on a line of its own.
    given
        Key to new text; ``{}`` in it stands for the old one.

    Raises
    ------
    RenderError
        The front matter has no such line.
    """
    lines = document.text.split("\n")
    meta = dict(document.meta)
    for key, text in given.items():
        end = lines.index("---", 1)
        place = next((n for n in range(1, end) if lines[n].startswith(f"{key}:")), None)
        if place is None:
            raise RenderError(f"the front matter has no {key}", file=document.name, remedy="add it")
        meta[key] = text.replace("{}", str(meta[key]))
        lines[place] = f"{key}: {json.dumps(meta[key], ensure_ascii=False)}"
    return replace(document, text="\n".join(lines), meta=meta)


def _front_matter(lines: list[str], name: str) -> tuple[dict[str, Any], int]:
    if not lines or lines[0].rstrip() != "---":
        raise RenderError(
            "the front matter is missing", file=name, row=1, remedy="begin with --- and a title"
        )
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        raise RenderError(
            "the front matter does not end", file=name, row=1, remedy="close it with a line ---"
        )
    meta = _yaml("".join(lines[1:end]), name, 2, "the front matter")
    return meta, end + 1


def _yaml(text: str, name: str, line: int, what: str) -> dict[str, Any]:
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        row = line + (mark.line if mark else 0)
        raise RenderError(f"{what} is not valid YAML ({problem})", file=name, row=row) from error
    if value is not None and not isinstance(value, dict):
        raise RenderError(f"{what} is not a list of 'key: value' lines", file=name, row=line)
    return value or {}


def _parts(lines: list[str], start: int, name: str) -> Iterator[Prose | Cell]:
    at, begun = start, start
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if not fence:
            at += 1
            continue
        end = _closing(lines, at, fence[1])
        if fence[2].startswith("{python}"):
            if end == len(lines):
                raise RenderError(
                    "the cell does not end", file=name, row=at + 1, remedy=f"close it with {fence[1]}"
                )
            yield Prose("".join(lines[begun:at]), begun + 1)
            yield _cell(lines[at + 1 : end], at + 1, name)
            begun = end + 1
        at = end + 1
    yield Prose("".join(lines[begun:]), begun + 1)


def _closing(lines: list[str], at: int, mark: str) -> int:
    pattern = re.compile(rf"^ {{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
    return next((n for n in range(at + 1, len(lines)) if pattern.match(lines[n])), len(lines))


def _cell(body: list[str], line: int, name: str) -> Cell:
    heading = next((n for n, text in enumerate(body) if not text.startswith("#|")), len(body))
    options = _yaml(
        "".join(text[2:].removeprefix(" ") for text in body[:heading]), name, line + 1, "the cell's options"
    )
    return Cell("".join(body[heading:]), options, line, line + heading + 1)
