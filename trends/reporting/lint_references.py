"""References: every one resolved, every label once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from trends.reporting.document import Cell, Document
from trends.reporting.lint import LintFinding
from trends.reporting.lint_prose import attributes, lines

PREFIXES = ("fig-", "tbl-", "sec-", "eq-")
_REFERENCE = re.compile(r"(?<![\w\\@.])@([A-Za-z][\w-]*(?:[.:][\w-]+)*)")
_IDENTIFIER = re.compile(r"\{[^{}]*#([\w:.-]+)[^{}]*\}")


def check(document: Document) -> Iterator[LintFinding]:
    """Look for findings about labels and references."""
    places = list(_labels(document))
    seen: set[str] = set()
    for label, line in places:
        if label in seen:
            yield LintFinding(line, f"the label {label!r} stands twice", "rename one")
        seen.add(label)
    yield from _references(document, seen)


def _references(document: Document, known: set[str]) -> Iterator[LintFinding]:
    for line in lines(document):
        for found in _REFERENCE.finditer(line.text):
            label = found[1]
            if not label.startswith(PREFIXES):
                yield LintFinding(
                    line.number, f"the citation @{label}", "write it out, or escape the sign as \\@"
                )
            elif label not in known:
                yield LintFinding(line.number, f"unresolved reference @{label}", "give something that label")
            elif label.startswith("sec-") and not _numbered(document):
                yield LintFinding(
                    line.number,
                    f"the reference @{label} to a section without a number",
                    "add 'number-sections: true'",
                )


def _numbered(document: Document) -> bool:
    return document.meta.get("number-sections") is True


def _labels(document: Document) -> Iterator[tuple[str, int]]:
    for cell in document.cells:
        if cell.label:
            yield cell.label, cell.line
        yield from _called(cell)
    for line in lines(document):
        for found in _IDENTIFIER.finditer(line.text):
            identifier = attributes("{" + found[0].strip("{}") + "}").identifier
            if identifier:
                yield identifier, line.number


def _called(cell: Cell) -> Iterator[tuple[str, int]]:
    """Return the labels that ``figure(..., label="fig-x")`` and ``table(..., label="tbl-x")`` give."""
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        for keyword in node.keywords:
            value = keyword.value
            if keyword.arg != "label" or not isinstance(value, ast.Constant):
                continue
            if isinstance(value.value, str) and value.value.startswith(("fig-", "tbl-")):
                yield value.value, cell.code_line + node.lineno - 1
