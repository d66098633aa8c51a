"""The notebook: executed from top to bottom, and its committed outputs compared with fresh ones.

``trends check first-look --update --reason "…"`` writes fresh outputs into it, after a change that is meant.
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
from trends.reproduce.notebooks import METADATA, check_notebook, code_cells, execute, read_notebook, texts

PROJECT = Path(__file__).parent.parent
NOTEBOOK = PROJECT / "notebooks" / "first-look.ipynb"


@pytest.fixture(scope="module")
def kernel():
    with Kernel(timeout=120) as kernel:
        yield kernel


@pytest.fixture(scope="module")
def notebook():
    return read_notebook(NOTEBOOK)


@pytest.fixture(scope="module")
def fresh(notebook, kernel):
    return execute(kernel, code_cells(notebook), NOTEBOOK.parent)


def test_committed_outputs_are_what_the_cells_give(kernel):
    found = check_notebook(NOTEBOOK, PROJECT, kernel)
    assert found.code == 0, str(found)
    assert found.compared >= 10


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
