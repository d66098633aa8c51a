"""Files that many weeks share, read once for a row of reports and again when they change."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from trends.facts import load_claims_periods, load_claims_weekly, load_population, load_published
from trends.panel import WeeklyPanel, load_panel
from trends.project import find_project
from trends.timeline import load_timeline

Loaded = TypeVar("Loaded")
Stamp = tuple[tuple[str, int, int], ...]


def panel(folder: Path) -> WeeklyPanel:
    """Read a panel, or return it as it was read before from the same files."""
    return _panel(str(folder), _stamp(folder))


def facts() -> dict[str, Any]:
    """Read timeline, claims, published counts and population; nobody may change what is returned."""
    return _facts(_stamp(find_project() / "data" / "raw"))


@lru_cache(maxsize=32)
def _panel(folder: str, stamp: Stamp) -> WeeklyPanel:
    return load_panel(folder)


@lru_cache(maxsize=2)
def _facts(stamp: Stamp) -> dict[str, Any]:
    loaders: dict[str, Callable[[], Any]] = {
        "timeline": load_timeline,
        "claims_weekly": load_claims_weekly,
        "claims_periods": load_claims_periods,
        "published": load_published,
        "population": load_population,
    }
    return {name: load() for name, load in loaders.items()}


def _stamp(folder: Path) -> Stamp:
    """Return names, sizes and times of the files of a folder; empty where there is none."""
    if not folder.is_dir():
        return ((str(folder), 0, 0),)
    files = sorted(one for one in folder.iterdir() if one.is_file())
    return tuple((str(one), one.stat().st_size, one.stat().st_mtime_ns) for one in files)
