"""The cells: a label on each, known options, captions with alternative texts, valid code without a clock."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from trends.reporting.document import Cell, Document, tags
from trends.reporting.lint import LintFinding

OPTIONS = frozenset(
    {"label", "tags", "echo", "eval", "include", "output", "warning", "fig-cap", "fig-alt", "tbl-cap"}
)
RESERVED = ("lst-", "eq-", "sec-", "tip-", "nte-", "wrn-", "imp-", "cau-", "thm-", "exm-", "def-")
LABEL = re.compile(r"[a-z][a-z0-9-]*")
_CLOCKS = {"now", "today", "utcnow"}
_HINTS = {
    "fig-width": "give figure(..., width=, height=)",
    "fig-height": "give figure(..., width=, height=)",
    "fig-subcap": "make each a figure of its own; subfigures are not in the common subset",
    "layout": "place the figures one after the other",
    "layout-ncol": "place the figures one after the other",
    "code-fold": "use echo: true or echo: false",
    "column": "leave it out: there is one column",
    "error": "leave it out: a cell that fails ends the render",
    "freeze": "leave it out: reports are always run",
}


def check(document: Document) -> Iterator[LintFinding]:
    """Look for findings in the cells."""
    for cell in document.cells:
        yield from _label(cell)
        yield from _options(cell)
        yield from _captions(cell)
        yield from _code(cell)
    tagged = [cell for cell in document.cells if "parameters" in tags(cell)]
    for cell in tagged[1:]:
        yield LintFinding(cell.line, "a second cell is tagged 'parameters'", "keep one")


def _label(cell: Cell) -> Iterator[LintFinding]:
    if not cell.label:
        yield LintFinding(cell.line, "the cell has no label", "add '#| label: ...'")
    elif not LABEL.fullmatch(cell.label):
        yield LintFinding(cell.line, f"the label {cell.label!r}", "use small letters, digits and hyphens")
    elif cell.label.startswith(RESERVED):
        yield LintFinding(
            cell.line,
            f"the label {cell.label!r} has a prefix with a meaning of its own",
            "take another, or fig- or tbl-",
        )


def _options(cell: Cell) -> Iterator[LintFinding]:
    for key, value in cell.options.items():
        if key not in OPTIONS:
            known = f"leave it out; known are {', '.join(sorted(OPTIONS))}"
            yield LintFinding(cell.line, f"the cell option {key!r}", _HINTS.get(str(key), known))
        elif key in ("echo", "eval", "include") and not isinstance(value, bool):
            yield LintFinding(cell.line, f"the cell option '{key}: {value}'", "use true or false")
        elif key == "output" and value not in (True, False, "asis"):
            yield LintFinding(cell.line, f"the cell option 'output: {value}'", "use true, false or asis")
        elif key == "warning" and value is not False:
            yield LintFinding(
                cell.line, "the cell option 'warning: true'", "leave it out: warnings go to the caller"
            )
        elif key in ("fig-cap", "fig-alt", "tbl-cap") and not isinstance(value, str):
            yield LintFinding(cell.line, f"the cell option '{key}' is not a text", "write one text in quotes")
    late = next((n for n, text in enumerate(cell.source.splitlines()) if text.startswith("#|")), None)
    if late is not None:
        yield LintFinding(
            cell.code_line + late, "an option below the code", "put '#|' lines first in the cell"
        )


def _captions(cell: Cell) -> Iterator[LintFinding]:
    wanted = {"fig-": ("fig-cap", "fig-alt"), "tbl-": ("tbl-cap",)}
    for prefix, keys in wanted.items():
        for key in keys:
            has, needs = bool(str(cell.options.get(key, "")).strip()), cell.label.startswith(prefix)
            if needs and not has:
                yield LintFinding(cell.line, f"the cell {cell.label!r} has no {key}", f"add '#| {key}: ...'")
            if has and not needs:
                yield LintFinding(
                    cell.line, f"the option {key} on a cell without a {prefix} label", f"label it {prefix}..."
                )
    if cell.label.startswith(tuple(wanted)) and cell.options.get("output") == "asis":
        yield LintFinding(
            cell.line, f"'output: asis' on {cell.label!r}", "leave it out, or take another label"
        )


def _code(cell: Cell) -> Iterator[LintFinding]:
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        line = cell.code_line + (error.lineno or 1) - 1
        yield LintFinding(
            line,
            f"the code is not valid Python ({error.msg})",
            "mend it; magics are not in the common subset",
        )
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _reads_clock(node):
            line = cell.code_line + node.lineno - 1
            yield LintFinding(
                line, f"{ast.unparse(node.func)}() reads the clock", "write the date out, in the study"
            )
    if "parameters" in tags(cell):
        yield from _assignments(cell, tree)


def _assignments(cell: Cell, tree: ast.Module) -> Iterator[LintFinding]:
    for node in tree.body:
        simple = isinstance(node, ast.Assign | ast.AnnAssign) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        )
        if not simple:
            line = cell.code_line + node.lineno - 1
            yield LintFinding(
                line, "the cell tagged 'parameters' does more than assign", "move this to the next cell"
            )


def _reads_clock(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    whole = ast.unparse(call.func)
    return (name in _CLOCKS and not call.args) or whole in ("time.time", "time.localtime", "time.strftime")
