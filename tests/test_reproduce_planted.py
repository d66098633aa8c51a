"""The gate catches and names every planted change, and lets every innocent one pass."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from contextlib import ExitStack

import pytest
from gate_tree import PROJECT, InProcessKernel, plant_project
from planted import INNOCENT, PLANTED, documented

from trends.findings import drawdown
from trends.reporting import display
from trends.reproduce import check, update

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg"><!--' + b" " * 1000 + b"--></svg>"
FOUND: dict[str, object] = {}
REAL = drawdown._found


def remembered(study, panel, timeline):
    """Findings for the same inputs, made once: for changes of the page alone."""
    files = [study.path, *sorted(study.panel_folder.iterdir())]
    files += sorted((study.panel_folder.parents[2] / "data" / "raw").glob("*.csv"))
    key = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    if key not in FOUND:
        FOUND[key] = REAL(study, panel, timeline)
    return FOUND[key]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    _quick(monkeypatch)


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """The project as it was when its results were expected."""
    with pytest.MonkeyPatch.context() as patch:
        _quick(patch)
        folder = plant_project(tmp_path_factory.mktemp("origin") / "project")
        update(["gate"], reason="first", project=folder, kernel=InProcessKernel())
    return folder


def _quick(patch):
    """Leave out what takes long and is not looked at: drawing, and checks of the fit."""
    patch.setenv("TRENDS_SHARED_DATA", "/nonexistent")
    patch.setattr(display, "_drawn", lambda *given: (PICTURE, "svg"))
    patch.setattr(drawdown, "run_checks_of", lambda *given: {})


@pytest.fixture
def patch(monkeypatch):
    """A monkeypatch that also takes back what it cannot know of."""
    with ExitStack() as stack:
        monkeypatch.callback = stack.callback
        yield monkeypatch
    monkeypatch.undo()
    time.tzset()


def account(one, origin, folder, patch):
    tree = folder / "project"
    shutil.copytree(origin, tree)
    if not one.code:
        patch.setattr(drawdown, "_found", remembered)
    tree = one.plant(tree, patch)
    tree = tree if hasattr(tree, "rename") else folder / "project"
    (outcome,) = check(["gate"], project=tree, kernel=InProcessKernel())
    return outcome


@pytest.mark.parametrize("one", PLANTED, ids=lambda one: f"{one.kind}: {one.what}")
def test_a_planted_change_is_caught_and_named(one, origin, tmp_path, patch):
    outcome = account(one, origin, tmp_path, patch)
    said = str(outcome)
    assert outcome.code == 1, said
    for pattern in one.named:
        assert re.search(pattern, said), f"{pattern} is not in\n{said}"


@pytest.mark.parametrize("one", INNOCENT, ids=lambda one: f"{one.kind}: {one.what}")
def test_an_innocent_change_passes(one, origin, tmp_path, patch):
    outcome = account(one, origin, tmp_path, patch)
    said = str(outcome)
    assert outcome.code == 0, said
    assert said.startswith("gate: as expected ("), said
    for pattern in one.named:
        assert re.search(pattern, said), f"{pattern} is not in\n{said}"


def test_there_are_as_many_as_promised():
    assert len(PLANTED) >= 40
    assert len(INNOCENT) >= 20


def test_the_documentation_lists_them_all():
    text = (PROJECT / "docs" / "reproduce.md").read_text("utf-8")
    assert documented(text) == text, "run python tests/planted.py"
