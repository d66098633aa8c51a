"""A small project to plant changes in, and a kernel that runs its cells in this process, so that code can be planted."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from nbformat.v4 import new_output

from trends.files import write_csv
from trends.gazetteer import load_country
from trends.panel import MEASURES, weekly_counts
from trends.reporting.kernel import CellError
from trends.reporting.kernel_side import INLINE_MIME, _markdown

HERE = Path(__file__).parent
PROJECT = HERE.parent
PANEL = Path("data", "processed", "ucdp-ged-21.1-iraq-is")


class InProcessKernel:
    """Runs the cells of a document here; what a test has replaced is replaced for them too."""

    def run(self, sources, *, folder, environment, on_cell=None):
        names: dict = {}
        with _elsewhere(folder, environment):
            return [self._cell(number, source, names) for number, source in enumerate(sources)]

    def _cell(self, number, source, names):
        tree = ast.parse(source)
        last = tree.body[-1] if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        try:
            if source.startswith("__import__('trends.reporting.kernel_side'"):
                expressions = ast.literal_eval(last.value.args[0])
                values = [_markdown(eval(expression, names)) for expression in expressions]
                return [new_output("display_data", data={INLINE_MIME: {"values": values}})]
            body = tree.body[:-1] if last else tree.body
            exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None
        except Exception as error:
            raise CellError(number, _Raised(error), []) from error
        if value is None:
            return []
        text = value._repr_markdown_() if hasattr(value, "_repr_markdown_") else str(value)
        return [new_output("execute_result", data={"text/markdown": text})]


class _Raised(Exception):  # noqa: N818
    """An exception in the shape in which a kernel reports it."""

    def __init__(self, error):
        super().__init__(str(error))
        self.ename, self.evalue, self.traceback = type(error).__name__, str(error), ""


@contextmanager
def _elsewhere(folder, environment):
    before, at = dict(os.environ), Path.cwd()
    os.environ.update(environment)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(at)
        os.environ.clear()
        os.environ.update(before)


def plant_project(folder: Path) -> Path:
    """Copy the small project of the gate's tests into a folder."""
    (folder / "data" / "raw").mkdir(parents=True)
    for file in (PROJECT / "data" / "raw").glob("*.csv"):
        shutil.copyfile(file, folder / "data" / "raw" / file.name)
    shutil.copytree(PROJECT / PANEL, folder / PANEL)
    (folder / "reports").mkdir()
    shutil.copytree(HERE / "gate", folder / "reports" / "gate")
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copyfile(PROJECT / name, folder / name)
    return folder


def replace(folder: Path, file: str, old: str, new: str) -> None:
    """Replace a text that a file holds exactly once."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} holds {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")


def edit_panel(folder: Path, edit: Callable[[pd.DataFrame], pd.DataFrame | None], **manifest: object) -> None:
    """Change a panel's days as a new build would: weeks, totals and hashes follow."""
    panel = folder / PANEL
    said = json.loads((panel / "manifest.json").read_text("utf-8"))
    daily = pd.read_csv(panel / "daily.csv", parse_dates=["date"])
    changed = edit(daily)
    daily = daily if changed is None else changed
    daily = daily.groupby(["date", "province"], as_index=False)[list(MEASURES)].sum()
    first, last = (pd.Timestamp(said["coverage"][end]).date() for end in ("first", "last"))
    write_csv(daily, panel / "daily.csv")
    write_csv(weekly_counts(daily, load_country(said["country"]), first, last, "mon"), panel / "weekly.csv")
    _account(panel, daily)
    said["totals"] |= {measure: int(daily[measure].sum()) for measure in MEASURES}
    events = said["totals"]["attacks"]
    said["rows"] |= {"used": events, "read": said["rows"]["read"] + events - said["rows"]["used"]}
    said["raw"][0]["rows"] = said["rows"]["read"]
    said["dates"]["precision"] = {"day": events}
    said |= manifest
    write_manifest(panel, said)


def _account(panel: Path, daily: pd.DataFrame) -> None:
    """Let the ledger and the precision of dates say what the days hold."""
    keys = [daily["province"], daily["date"].dt.year.rename("year")]
    used = daily.groupby(keys)["attacks"].sum().rename("rows").reset_index()
    ledger = pd.read_csv(panel / "ledger.csv", keep_default_na=False, dtype={"year": str})
    used = used.assign(outcome="used", reason="")[list(ledger.columns)]
    write_csv(
        pd.concat([used.astype({"year": str}), ledger[ledger["outcome"] != "used"]]), panel / "ledger.csv"
    )
    precision = pd.read_csv(panel / "precision.csv", keep_default_na=False)
    dated = used[["province", "year"]].assign(events=used["rows"], to_day=used["rows"])
    dated = dated.reindex(columns=precision.columns).fillna(dict.fromkeys(precision.columns[4:], 0))
    counts = dict.fromkeys(precision.columns[4:-1], "int64")
    write_csv(dated.astype(counts), panel / "precision.csv")


def write_manifest(panel: Path, said: dict) -> None:
    """Write a panel's manifest with the hashes of its tables as they are."""
    for name in said["tables"]:
        said["tables"][name]["sha256"] = hashlib.sha256((panel / name).read_bytes()).hexdigest()
    text = json.dumps(said, sort_keys=True, indent=2, ensure_ascii=False)
    (panel / "manifest.json").write_text(text + "\n", encoding="utf-8")
