"""The notebook: executed from top to bottom, and its committed outputs compared with fresh ones.

``python tests/test_notebook.py`` writes fresh outputs into the notebook, after a change that is meant.
"""

from __future__ import annotations

import ast
import base64
import re
import struct
from itertools import chain
from pathlib import Path

import nbformat
import pytest

from trends.reporting import Kernel

PROJECT = Path(__file__).parent.parent
NOTEBOOK = PROJECT / "notebooks" / "first-look.ipynb"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def stored() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def execute(kernel: Kernel, cells, folder: Path, project: str = ""):
    """Run cells in the project's own kernel and return the outputs of each, cleaned."""
    sources = [cell.source for cell in cells]
    outputs = kernel.run(sources, folder=folder, environment={"TRENDS_PROJECT": project})
    return [[cleaned(output) for output in cell] for cell in outputs]


def cleaned(output):
    """Return an output without what differs from run to run: an object's address, execution's number."""
    if "data" in output:
        output["data"] = {
            kind: ADDRESS.sub("", value) if isinstance(value, str) else value
            for kind, value in output["data"].items()
        }
    if "execution_count" in output:
        output["execution_count"] = None
    return output


def rewrite() -> None:
    """Write fresh outputs into the notebook."""
    notebook = stored()
    cells = code_cells(notebook)
    with Kernel(timeout=120) as kernel:
        fresh = execute(kernel, cells, NOTEBOOK.parent)
    for cell, outputs in zip(cells, fresh, strict=True):
        cell.outputs, cell.execution_count, cell.metadata = outputs, None, {}
    notebook.metadata = nbformat.from_dict(METADATA)
    nbformat.validate(notebook)
    nbformat.write(notebook, NOTEBOOK)


@pytest.fixture(scope="module")
def kernel():
    with Kernel(timeout=120) as kernel:
        yield kernel


@pytest.fixture(scope="module")
def notebook():
    return stored()


@pytest.fixture(scope="module")
def fresh(notebook, kernel):
    return execute(kernel, code_cells(notebook), NOTEBOOK.parent)


def texts(outputs) -> list[str]:
    """Return what a reader of these outputs reads, figures and empty lines left out."""
    found = []
    for output in outputs:
        data = output.get("data", {})
        if "image/png" not in data:
            found.append(data.get("text/html") or data.get("text/plain") or output.get("text", ""))
    return found


def same(one: str, other: str) -> bool:
    """Say whether two texts have the same words, and numbers at most one unit of their last digit apart."""
    if NUMBER.split(one) != NUMBER.split(other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(abs(value(a) - value(b)) <= 1.001 * max(unit(a), unit(b)) for a, b in pairs if a != b)


def value(number: str) -> float:
    return float(number.replace(",", ""))


def unit(number: str) -> float:
    mantissa, _, power = number.partition("e")
    return 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("1.24 (0.50 to 2.93)", "1.24 (0.51 to 2.93)", True),
        ("1.24 (0.50 to 2.93)", "1.24 (0.52 to 2.93)", False),
        ("149 events", "151 events", False),
        ("p 0.041", "q 0.041", False),
        ("1,422", "1,423", True),
        ("2 rows", "2 rows, 3 columns", False),
    ],
)
def test_the_comparison_of_outputs_notices_what_it_has_to(one, other, alike):
    assert same(one, other) is alike


def test_committed_outputs_are_what_the_cells_give(notebook, fresh):
    for cell, outputs in zip(code_cells(notebook), fresh, strict=True):
        kept, new = texts(cell.outputs), texts(outputs)
        assert len(kept) == len(new), cell.source
        for one, other in zip(kept, new, strict=True):
            assert same(one, other), f"{cell.source}\n--- committed\n{one}\n--- fresh\n{other}"


def sizes(outputs) -> list[tuple[int, int]]:
    """Return width and height of each PNG figure, from its own header."""
    images = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    return [struct.unpack(">II", base64.b64decode(image)[16:24]) for image in images]


def test_figures_are_committed_and_of_the_size_that_they_are_drawn_in(notebook, fresh):
    kept = [sizes(cell.outputs) for cell in code_cells(notebook)]
    new = [sizes(outputs) for outputs in fresh]
    assert sum(map(len, kept)) >= 2
    assert [len(figures) for figures in kept] == [len(figures) for figures in new]
    for (width, height), (fresh_width, fresh_height) in zip(chain(*kept), chain(*new), strict=True):
        assert abs(width - fresh_width) <= 20
        assert abs(height - fresh_height) <= 20
        assert width >= 600


def test_no_cell_fails_or_warns(fresh):
    kinds = {output["output_type"] for outputs in fresh for output in outputs}
    assert kinds <= {"execute_result", "display_data", "stream"}
    assert [o["text"] for outputs in fresh for o in outputs if o.get("name") == "stderr"] == []


def test_the_estimates_of_the_page_are_those_of_the_library(fresh, committed_panel):
    import trends

    panel = trends.load_panel(committed_panel).between("2018-01-01", "2020-12-27")
    fit = trends.interrupted(
        panel.counts("disputed"), "2020-03-17", phase_in=("2020-03-17", "2020-04-07"), intervals="model"
    )
    row = fit.intervals.set_index(["interval", "term"]).loc[("model", "average")]
    shown = " ".join(text for outputs in fresh for text in texts(outputs))
    for number in (row["rate_ratio"], row["low"], row["high"]):
        assert re.search(rf"<td>{number:.2f}", shown), number


def test_it_runs_from_the_project_folder_and_from_elsewhere(notebook, kernel, tmp_path):
    first = code_cells(notebook)[:1]
    here = execute(kernel, first, PROJECT)
    there = execute(kernel, first, tmp_path, str(PROJECT))
    assert texts(here[0]) == texts(there[0]) == texts(first[0].outputs)


def test_it_is_short_stable_and_of_no_machine(notebook):
    raw = NOTEBOOK.read_text(encoding="utf-8")
    assert len(raw.encode()) < 600_000
    assert notebook.metadata == METADATA
    nbformat.validate(notebook)
    cells = code_cells(notebook)
    assert len(cells) <= 14
    for cell in cells:
        assert cell.metadata == {}
        assert cell.execution_count is None
        assert all(output.get("execution_count") is None for output in cell.outputs)
        assert len(ast.parse(cell.source).body) <= 7
    texts_only = re.sub(r'"image/png": "[^"]*"', "", raw)
    assert not re.search(
        r"/(?:work|tmp|home|root|Users)/|[A-Z]:\\\\|0x[0-9a-f]{6,}|site-packages", texts_only
    )
    assert [cell.id for cell in notebook.cells] == [
        f"cell-{n:02d}" for n in range(1, len(notebook.cells) + 1)
    ]


if __name__ == "__main__":
    rewrite()
