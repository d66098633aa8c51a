"""Notebooks executed from top to bottom, and what they show compared with what is committed in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import Any

import nbformat as _nbformat

from trends.errors import InputError
from trends.reporting import Kernel
from trends.reporting.kernel import CellError
from trends.reproduce.comparing import Change
from trends.reproduce.differing import NOT_THERE
from trends.reproduce.outcome import Outcome
from trends.reproduce.reports import PLAIN
from trends.reproduce.tolerances import same_text

nbformat: Any = _nbformat
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_TAG = re.compile(r"<[^>]*>")


def find_notebooks(project: Path) -> list[Path]:
    """List the project's notebooks, sorted."""
    return sorted((project / "notebooks").glob("*.ipynb"))


def read_notebook(file: Path) -> Any:
    """Read a notebook.

    Raises
    ------
    InputError
        It cannot be read or is none.
    """
    try:
        return nbformat.read(file, as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        raise InputError("is not a notebook that can be read", file=file, remedy="restore it") from error


def code_cells(notebook: Any) -> list[Any]:
    """Return the cells that hold code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def execute(kernel: Kernel, cells: Sequence[Any], folder: Path, project: str = "") -> list[list[Any]]:
    """Run cells in the project's own kernel and return the outputs of each, cleaned.

    Raises
    ------
    CellError
        A cell raised an exception.
    """
    sources = [cell.source for cell in cells]
    sealed = {"TRENDS_PROJECT": project, "TRENDS_RECORD": "", "TRENDS_FIGURES": ""}
    outputs = kernel.run(sources, folder=folder, environment=sealed)
    return [_joined([_cleaned(output) for output in cell]) for cell in outputs]


def texts(outputs: Sequence[Any]) -> list[str]:
    """Return what a reader of these outputs reads, figures left out."""
    found = []
    for output in outputs:
        data = output.get("data", {})
        if "image/png" not in data:
            found.append(data.get("text/html") or data.get("text/plain") or output.get("text", ""))
    return found


def check_notebook(file: Path, project: Path, kernel: Kernel) -> Outcome:
    """Compare what a notebook's cells show with what is committed in it.

    Raises
    ------
    InputError
        The notebook cannot be read.
    """
    cells = code_cells(read_notebook(file))
    try:
        fresh = execute(kernel, cells, file.parent, str(project))
    except CellError as error:
        return Outcome(file.stem, faults=(f"cell {error.index + 1} raised {error}",))
    faults, changes, compared = [], [], 0
    for number, (cell, outputs) in enumerate(zip(cells, fresh, strict=True), 1):
        said = [output["text"].strip() for output in outputs if output.get("name") == "stderr"]
        faults += [f"cell {number} warns: {text}" for text in said]
        kept = [output for output in cell.outputs if output.get("name") != "stderr"]
        shown = [output for output in outputs if output.get("name") != "stderr"]
        changes += _compared(f"cell {number}", kept, shown)
        compared += len(kept)
    return Outcome(file.stem, changes={PLAIN: changes}, faults=tuple(faults), compared=compared)


def fresh_notebook(file: Path, project: Path, kernel: Kernel) -> str:
    """Return the notebook as JSON with fresh outputs, without anything that differs from run to run.

    Raises
    ------
    InputError
        The notebook cannot be read, or a cell raised an exception.
    """
    notebook = read_notebook(file)
    cells = code_cells(notebook)
    try:
        outputs = execute(kernel, cells, file.parent, str(project))
    except CellError as error:
        raise InputError(
            f"cell {error.index + 1} raised {error}", file=file, remedy="correct the cell"
        ) from error
    for cell, shown in zip(cells, outputs, strict=True):
        cell.outputs, cell.execution_count, cell.metadata = shown, None, {}
    notebook.metadata = nbformat.from_dict(METADATA)
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"


def _compared(where: str, kept: Sequence[Any], shown: Sequence[Any]) -> list[Change]:
    pictures = [sum("image/png" in output.get("data", {}) for output in side) for side in (kept, shown)]
    if pictures[0] != pictures[1]:
        return [Change("structure", f"{where}, figures", pictures[0], pictures[1])]
    before, after = texts(kept), texts(shown)
    longer = max(len(before), len(after))
    pairs = zip(*([*side, *[NOT_THERE] * (longer - len(side))] for side in (before, after)), strict=True)
    changed = [(one, other) for one, other in pairs if not same_text(one, other, elsewhere=True)]
    return [
        Change("tables", where, *_bare(one, other), "one unit of a decimal's last place")
        for one, other in changed
    ]


def _bare(one: str, other: str) -> tuple[str, str]:
    bare = tuple(" ".join(unescape(_TAG.sub(" ", text)).split()) for text in (one, other))
    return (one, other) if bare[0] == bare[1] else (bare[0], bare[1])


def _joined(outputs: list[Any]) -> list[Any]:
    """Join stretches of printed text: where they are cut depends on the machine's haste."""
    joined: list[Any] = []
    for output in outputs:
        name = output.get("name")
        if joined and name and joined[-1].get("name") == name:
            joined[-1]["text"] += output["text"]
        else:
            joined.append(output)
    return joined


def _cleaned(output: Any) -> Any:
    """Return an output without what differs from run to run: an object's address, an execution's number."""
    if "data" in output:
        output["data"] = {
            kind: _ADDRESS.sub("", value) if isinstance(value, str) else value
            for kind, value in output["data"].items()
        }
    if "execution_count" in output:
        output["execution_count"] = None
    return output
