"""From a document and the outputs of its cells to the Markdown that pandoc reads."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trends.errors import RenderError
from trends.reporting.display import FOLDER, plain_table, share
from trends.reporting.document import INLINE, Cell, Document, Prose, tags
from trends.reporting.escaping import attribute
from trends.reporting.kernel_side import INLINE_MIME

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MIMES = ("text/html", "text/markdown", "image/svg+xml", "image/png", "text/latex", "text/plain")


@dataclass(frozen=True)
class Step:
    """One piece of code to run: a cell, or the inline expressions of a stretch of prose."""

    part: Prose | Cell
    source: str


@dataclass(frozen=True)
class CellWarning:
    """A warning that a cell gave; the page does not show it, the caller is told."""

    label: str
    line: int
    text: str


@dataclass
class Body:
    """The Markdown of the whole page and what the cells said on the side."""

    text: str = ""
    warnings: list[CellWarning] = field(default_factory=list)


def steps(document: Document, parameters: Mapping[str, Any]) -> list[Step]:
    """List what has to run, in order; parameters are set right after the cell that declares them."""
    found: list[Step] = []
    for part in document.parts:
        if isinstance(part, Prose):
            expressions = [text for text, _ in part.expressions()]
            if expressions:
                call = (
                    f"__import__('trends.reporting.kernel_side', fromlist=['inline']).inline({expressions!r})"
                )
                found.append(Step(part, call))
        elif part.options.get("eval", True):
            given = parameters if "parameters" in tags(part) else {}
            found.append(Step(part, part.source + assignments(given)))
    return found


def assignments(parameters: Mapping[str, Any]) -> str:
    """Python code that sets the parameters."""
    return "".join(f"\n{name} = {value!r}" for name, value in parameters.items())


def assemble(document: Document, ran: Sequence[Step], outputs: Sequence[Any], folder: Path) -> Body:
    """Put the outputs where their cells stand.

    Parameters
    ----------
    document, ran, outputs
        The parsed file, the steps that ran and each step's nbformat outputs.
    folder
        The working folder; images are written into its ``_figures``.
    """
    by_part = {id(step.part): list(output) for step, output in zip(ran, outputs, strict=True)}
    execute = document.meta.get("execute") or {}
    body = Body()
    pieces = []
    for part in document.parts:
        if isinstance(part, Prose):
            pieces.append(_prose(part, by_part.get(id(part), [])))
            continue
        options = {**execute, **part.options}
        shown, warned = _cell(part, options, by_part.get(id(part), []), folder)
        body.warnings.extend(warned)
        pieces.append(shown)
    body.text = "\n\n".join(pieces)
    return body


def _prose(part: Prose, outputs: list[Any]) -> str:
    values = iter(outputs[-1].data[INLINE_MIME]["values"]) if outputs else iter(())
    pieces = INLINE.split(part.text)
    written = [_COMMENT.sub("", piece) if n % 2 == 0 else next(values) for n, piece in enumerate(pieces)]
    return "".join(written)


def _cell(
    cell: Cell, options: Mapping[str, Any], outputs: list[Any], folder: Path
) -> tuple[str, list[CellWarning]]:
    errors = [o for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    warned = [
        CellWarning(cell.label, cell.line, line)
        for o in errors
        for line in o.text.splitlines()
        if line.strip()
    ]
    if options.get("include", True) is False:
        return "", warned
    pieces = [f"```python\n{cell.source.rstrip()}\n```"] if options.get("echo", True) else []
    if options.get("output", True) is not False:
        shown = [o for o in outputs if o not in errors]
        pieces.append(_labelled(cell, _outputs(cell, shown, options.get("output") == "asis", folder)))
    return "\n\n".join(pieces), warned


def _outputs(cell: Cell, outputs: list[Any], asis: bool, folder: Path) -> str:
    pictured = any("image/png" in o.get("data", {}) for o in outputs)
    pieces = []
    for number, output in enumerate(outputs, 1):
        if output.output_type == "stream":
            pieces.append(output.text if asis else _verbatim(output.text))
            continue
        mime = next((mime for mime in _MIMES if mime in output.data), None)
        if mime is None or (mime == "text/plain" and pictured):
            continue
        pieces.append(_shown(cell, mime, output, number, folder))
    return "\n\n".join(pieces)


def _shown(cell: Cell, mime: str, output: Any, number: int, folder: Path) -> str:
    data = output.data[mime]
    if mime == "text/html":
        return f"```{{=html}}\n{plain_table(data)}\n```"
    if mime in ("text/markdown", "text/latex"):
        return str(data)
    if mime == "text/plain":
        return _verbatim(data)
    suffix = "svg" if mime == "image/svg+xml" else "png"
    content = data.encode("utf-8") if suffix == "svg" else base64.b64decode(data)
    (folder / FOLDER).mkdir(exist_ok=True)
    (folder / FOLDER / f"{cell.label}-{number}.{suffix}").write_bytes(content)
    return _image(cell, f"{FOLDER}/{cell.label}-{number}.{suffix}", output.metadata.get(mime, {}))


def _image(cell: Cell, file: str, size: Mapping[str, Any]) -> str:
    attributes = [f"#{cell.label}"] if cell.label.startswith("fig-") else []
    if cell.options.get("fig-alt"):
        attributes.append(f"fig-alt={attribute(str(cell.options['fig-alt']))}")
    if "width" in size:
        attributes.append(f"width={share(size['width'] / 96)}%")
    return f"![{cell.options.get('fig-cap', '')}]({file}){{{' '.join(attributes)}}}"


def _labelled(cell: Cell, body: str) -> str:
    if not cell.label.startswith("tbl-"):
        return body
    return f":::: {{#{cell.label}}}\n\n{body}\n\n{cell.options.get('tbl-cap', '')}\n\n::::"


def _verbatim(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{{.cell-output}}\n{text.rstrip()}\n{fence}"


def failed_line(part: Prose | Cell, line: int | None, outputs: Sequence[Any]) -> int:
    """Return the line of the file at which a step failed."""
    if isinstance(part, Cell):
        return part.code_line + line - 1 if line else part.line
    failed = [
        o.data[INLINE_MIME]["failed"] for o in outputs if "failed" in o.get("data", {}).get(INLINE_MIME, {})
    ]
    return part.expressions()[failed[-1]][1] if failed else part.line


def check_parameters(document: Document, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse a parameter that the document does not declare; leave out ``out`` where it is not declared."""
    import ast

    cell = document.parameters
    tree = ast.parse(cell.source) if cell else ast.Module([], [])
    targets = [t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
    targets += [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    known = [target.id for target in targets if isinstance(target, ast.Name)]
    for name in parameters:
        if name not in known and name != "out":
            have = ", ".join(sorted(set(known) - {"out"})) or "none"
            raise RenderError(
                f"the report has no parameter {name!r}", file=document.name, remedy=f"it has: {have}"
            )
    return {name: value for name, value in parameters.items() if name in known}
