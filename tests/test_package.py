"""The package as a whole: what importing it costs, what it ships, and which room may import which."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
import zipfile
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import trends

PROJECT = Path(__file__).parent.parent
PACKAGE = PROJECT / "trends"

LINE = (
    ("errors",),
    ("gazetteer", "calendar"),
    ("sources",),
    ("events",),
    ("precision",),
    ("disagreements", "ledger", "panel", "windowing"),
    ("models",),
    ("provisional", "surveillance"),
    ("checks",),
    ("findings",),
    ("figures", "tables"),
    ("reporting",),
    ("reproduce",),
    ("archive",),
    ("cli",),
)
"""The way of the data through the house: no room reaches one to its right, not even through a third."""

SELF_CONTAINED = {"models": {"errors"}, "reporting": {"errors", "project"}}
"""Rooms that run without most of those on their left (types to annotate with aside)."""


def python(code: str, *options: str) -> str:
    """Run code in a fresh process and return what it prints."""
    done = subprocess.run(
        [sys.executable, *options, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def modules() -> dict[str, Path]:
    """Return every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PROJECT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(tree: ast.AST, name: str, path: Path) -> set[str]:
    """Return the modules of the package that a tree imports, wherever the statement stands."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "trends"}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *filter(None, [base])])
            if base.split(".")[0] == "trends":
                found |= {base, *(f"{base}.{alias.name}" for alias in node.names)} & {*MODULES, base}
    return found


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


class Pruned(ast.NodeTransformer):
    """What runs: nothing for type checkers and, where only importing counts, no bodies of functions."""

    def __init__(self, functions: bool) -> None:
        self.functions = functions

    def visit_If(self, node):
        return None if ast.unparse(node.test).endswith("TYPE_CHECKING") else self.generic_visit(node)

    def visit_FunctionDef(self, node):
        return self.generic_visit(node) if self.functions else None


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_importing_it_loads_nothing_heavy():
    heavy = ["pandas", "numpy", "scipy", "statsmodels", "geopandas", "plotnine", "typer", "pydantic"]
    code = f"import trends, sys; print([name for name in {heavy} if name in sys.modules])"
    assert python(code).strip() == "[]"


def test_the_command_line_answers_without_the_heavy_libraries():
    code = (
        "import sys; sys.argv = ['trends', '--help']\n"
        "from trends.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('loaded:', [name for name in ('pandas', 'numpy', 'statsmodels') if name in sys.modules])"
    )
    assert python(code).splitlines()[-1] == "loaded: []"


def test_no_public_name_is_that_of_a_module():
    assert not {name for name in trends.__all__ if f"trends.{name}" in MODULES}


@pytest.mark.parametrize("name", trends.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name):
    value = getattr(trends, name)
    assert name in dir(trends)
    if name != "__version__":
        assert value is getattr(importlib.import_module(trends._HOMES[name]), name)
        assert (value.__doc__ or "").strip(), name


def test_the_names_for_type_checkers_are_the_names_at_run_time():
    checked = set()
    for node in parsed(PACKAGE / "__init__.py").body:
        if isinstance(node, ast.If):
            checked = {alias.asname for part in node.body for alias in part.names}
    assert checked == set(trends.__all__) - {"__version__"}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'interupted'"):
        trends.interupted  # noqa: B018


def test_one_version_everywhere():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == trends.__version__
    cited = re.search(
        r"^version: *[\"']?([\d.]+)", (PROJECT / "CITATION.cff").read_text("utf-8"), re.MULTILINE
    )
    assert cited is None or cited[1] == trends.__version__


def test_the_wheel_holds_every_file_of_the_package(tmp_path):
    pytest.importorskip("hatchling", reason="building a wheel needs the extra 'dev'")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        check=True,
        timeout=60,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = {
        path.relative_to(PROJECT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "trends/py.typed" in wanted
    assert wanted <= held


def rooms_used(running: bool = False) -> dict[str, set[str]]:
    """Return the rooms that each room imports, types to annotate with left out where only running counts."""
    graph: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        tree = Pruned(functions=True).visit(parsed(path)) if running else parsed(path)
        graph.setdefault(room(name), set()).update(map(room, imports(tree, name, path)))
    return {one: used - {"", one} for one, used in graph.items() if one}


def reached(graph: dict[str, set[str]], start: str) -> set[str]:
    """Return every room that one leads to, directly or through others."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = graph.get(ahead.pop(), set()) - found
        found |= new
        ahead += new
    return found


@pytest.mark.parametrize("name", [name for line in LINE for name in line])
def test_data_moves_to_the_right_only(name):
    place = {one: number for number, line in enumerate(LINE) for one in line}
    leads_to = reached(rooms_used(), name)
    assert sorted(one for one in leads_to if place.get(one, -1) >= place[name]) == []


def test_no_rooms_import_each_other_and_nothing_imports_the_command_line():
    graph = rooms_used()
    assert [one for one, used in graph.items() if "cli" in used] == ["__main__"]
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these rooms import each other: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("name", SELF_CONTAINED)
def test_a_room_that_stands_by_itself(name):
    assert rooms_used(running=True)[name] <= SELF_CONTAINED[name]


def test_the_map_of_the_house_names_rooms_that_exist():
    text = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
    named = re.findall(r"`((?:trends|reports|data)/[\w/.-]*)`", text)
    assert len(named) > 10
    assert [path for path in named if not (PROJECT / path).exists()] == []


def test_no_modules_import_each_other():
    graph = {}
    for name, path in MODULES.items():
        tree = Pruned(functions=False).visit(parsed(path))
        # a package imports its own modules, and a module within it never needs the package's own names
        graph[name] = {other for other in imports(tree, name, path) if other in MODULES and other != name}
        if path.name != "__init__.py":
            graph[name] = {
                other
                for other in graph[name]
                if not (
                    name.startswith(other + ".") and any(one.startswith(other + ".") for one in graph[name])
                )
            }
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"these import each other: {' -> '.join(error.args[1])}")
    assert len(order) == len(MODULES)
