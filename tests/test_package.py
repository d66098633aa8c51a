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

ORDER = (
    ("errors",),
    ("calendar", "files", "gazetteer", "project"),
    ("sources", "facts", "processed", "study_errors"),
    ("events", "timeline", "study", "counting"),
    ("panel",),
    ("provenance",),
    ("build",),
    ("models",),
    ("checks", "linkage", "vintages"),
    ("findings",),
    ("figures", "tables"),
    ("reporting",),
    ("cli",),
    ("__main__",),
)
"""Every room; it may import from those in an earlier line, never from its own line or a later one."""

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


def test_every_room_has_its_place():
    rooms = {room(name) for name in MODULES} - {""}
    placed = [name for line in ORDER for name in line]
    assert len(placed) == len(set(placed))
    assert rooms <= set(placed), "a new room needs a line of ORDER, and of docs/architecture.md"


@pytest.mark.parametrize("name", [name for name in MODULES if room(name)])
def test_imports_run_from_right_to_left(name):
    place = {one: number for number, line in enumerate(ORDER) for one in line}
    here = room(name)
    used = {room(other) for other in imports(parsed(MODULES[name]), name, MODULES[name])} - {"", here}
    backward = sorted(other for other in used if place[other] >= place[here])
    assert not backward, f"{name} imports {', '.join(backward)} from its right"
    if here in SELF_CONTAINED:
        running = Pruned(functions=True).visit(parsed(MODULES[name]))
        used = {room(other) for other in imports(running, name, MODULES[name])} - {"", here}
        assert used <= SELF_CONTAINED[here], f"{name} has to stand by itself"


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
