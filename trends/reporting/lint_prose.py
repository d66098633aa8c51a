"""The Markdown between the cells: only what both engines read alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trends.reporting.document import FENCE, INLINE, Document, Prose
from trends.reporting.lint import LintFinding

CALLOUTS = frozenset(f"callout-{kind}" for kind in ("note", "tip", "warning", "caution", "important"))
DIV_CLASSES = CALLOUTS | {"panel-tabset"}
DIV_KEYS = frozenset({"title", "collapse"})
IMAGE_KEYS = frozenset({"fig-alt", "width", "height"})
_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_DIV = re.compile(r"^ {0,3}(:{3,})[ \t]*(.*?)[ \t]*$")
_IMAGE = re.compile(
    r"!\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]*(?:\([^()]*\)[^()\s]*)*)(?:\s+\"[^\"]*\")?\)(\{[^}]*\})?"
)
_ATTRIBUTE = re.compile(r"""([#.]?)([\w:-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s}"']+))?""")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """A line of prose outside fenced blocks; code spans and comments are blanked out in ``text``."""

    number: int
    text: str
    raw: str


@dataclass(frozen=True)
class Attributes:
    """What stands in braces: an identifier, classes and keys."""

    identifier: str
    classes: tuple[str, ...]
    keys: tuple[str, ...]


def attributes(text: str) -> Attributes:
    """Read ``{#id .class key="value"}``."""
    found = _ATTRIBUTE.findall(text.strip().strip("{}"))
    ids = [name for mark, name, value in found if mark == "#"]
    classes = tuple(name for mark, name, value in found if mark == "." or (not mark and not value))
    return Attributes(
        ids[0] if ids else "", classes, tuple(n for mark, n, value in found if not mark and value)
    )


def lines(document: Document) -> Iterator[Line]:
    """Return the lines of all prose, without fenced blocks."""
    for prose in document.prose:
        text = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), prose.text)
        mark = ""
        for number, raw in enumerate(text.split("\n"), prose.line):
            fence = FENCE.match(raw)
            if fence and (not mark or (fence[1].startswith(mark) and not fence[2].strip())):
                mark = "" if mark else fence[1]
                continue
            if not mark:
                yield Line(number, _SPAN.sub(lambda found: " " * len(found[0]), raw), raw)


def check(document: Document) -> Iterator[LintFinding]:
    """Look for findings in the prose."""
    for prose in document.prose:
        yield from _fences(prose)
    for line in lines(document):
        yield from _markup(line)
        yield from _images(line)
        yield from _raw_spans(line)
    yield from _divs(document)


def _fences(prose: Prose) -> Iterator[LintFinding]:
    mark = ""
    for number, text in enumerate(prose.text.split("\n"), prose.line):
        fence = FENCE.match(text)
        if not fence or (mark and not (fence[1].startswith(mark) and not fence[2].strip())):
            if mark and INLINE.search(text):
                yield LintFinding(number, "an inline expression inside a code block", "put it into the text")
            continue
        if not mark and fence[2].startswith("{"):
            yield from _special_fence(number, fence[2])
        mark = "" if mark else fence[1]


def _special_fence(number: int, info: str) -> Iterator[LintFinding]:
    if info.startswith("{="):
        yield LintFinding(number, f"a raw block {info}", "use Markdown, or table() for a table")
    elif re.match(r"\{\w+", info):
        yield LintFinding(number, f"an executable block {info}", "use a {python} cell")
    elif not re.fullmatch(r"\{\.\w+\}", info):
        yield LintFinding(number, f"a code block with attributes {info}", "write ```python")


def _markup(line: Line) -> Iterator[LintFinding]:
    if "{{<" in line.raw:
        yield LintFinding(
            line.number, "a shortcode", "compute it in a cell and show it with an inline expression"
        )
    tag = re.search(r"</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?>", line.text)
    if tag:
        yield LintFinding(line.number, f"raw HTML {tag[0]}", "use Markdown")
    if re.match(r"#\s", line.text):
        yield LintFinding(line.number, "a heading of level 1", "begin with ##: the title is the only level 1")
    heading = re.match(r"#{2,6}\s.*?(\{[^{}]*\})\s*$", line.text)
    if heading:
        found = attributes(heading[1])
        extra = [*found.keys, *(name for name in found.classes if name not in ("unnumbered", "-"))]
        if extra:
            yield LintFinding(
                line.number, f"a heading with {extra[0]!r}", "keep {#sec-...} and .unnumbered only"
            )
    if re.search(r"\]\{[^}]*\.[\w-]", line.text) and not _IMAGE.search(line.text):
        yield LintFinding(line.number, "a span with a class", "use plain Markdown")


def _raw_spans(line: Line) -> Iterator[LintFinding]:
    if re.search(r"`\{=\w+\}", line.raw):
        yield LintFinding(line.number, "raw markup in a line", "use Markdown")
    other = re.search(r"(?<!`)`\{(?!python\}|=)(\w+)\}\s", line.raw)
    if other:
        yield LintFinding(line.number, f"an inline expression in {other[1]}", "use `{python} ...`")


def _images(line: Line) -> Iterator[LintFinding]:
    for found in _IMAGE.finditer(line.text):
        given = attributes(found[2] or "")
        if re.match(r"(?:[a-z]+:)?//", found[1]):
            yield LintFinding(
                line.number, f"an image from outside ({found[1]})", "put the file beside the report"
            )
        if "fig-alt" not in given.keys:
            yield LintFinding(line.number, "an image without alternative text", 'add {fig-alt="..."}')
        for name in (*given.classes, *(key for key in given.keys if key not in IMAGE_KEYS)):
            yield LintFinding(
                line.number, f"an image with {name!r}", f"keep to {', '.join(sorted(IMAGE_KEYS))}"
            )


def _divs(document: Document) -> Iterator[LintFinding]:
    opened: list[tuple[int, Attributes]] = []
    for line in lines(document):
        fence = _DIV.match(line.text)
        if not fence:
            continue
        if not fence[2]:
            if not opened:
                yield LintFinding(line.number, "a closing ::: without an opening one", "remove it")
            else:
                opened.pop()
            continue
        found = attributes(fence[2])
        yield from _div(line.number, found, [outer for _, outer in opened])
        opened.append((line.number, found))
    for number, _ in opened:
        yield LintFinding(number, "a ::: that is not closed", "close it with a line :::")


def _div(number: int, found: Attributes, outer: list[Attributes]) -> Iterator[LintFinding]:
    float_id = found.identifier.startswith(("fig-", "tbl-"))
    if found.identifier and not float_id:
        yield LintFinding(
            number, f"a ::: with the identifier {found.identifier!r}", "only fig- and tbl- have a meaning"
        )
    for name in (*found.classes, *found.keys):
        if name not in DIV_CLASSES and name not in DIV_KEYS:
            known = "callout-..., panel-tabset, #fig-... or #tbl-..."
            yield LintFinding(number, f"a ::: with {name!r}", f"the common subset has {known}")
    if float_id and any(one.identifier.startswith(("fig-", "tbl-")) for one in outer):
        yield LintFinding(number, "a figure within a figure", "make each a figure of its own")
    if "panel-tabset" in found.classes and any("panel-tabset" in one.classes for one in outer):
        yield LintFinding(number, "tabs within tabs", "keep to one level")
