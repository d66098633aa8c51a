"""The folder that ``trends build`` writes: which files it holds, and that none was changed since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from trends.errors import InputError
from trends.files import sha256_of

FORMAT = "trends-panel/1"
MANIFEST = "manifest.json"
TABLES = ("daily.csv", "disagreements.csv", "ledger.csv", "precision.csv", "rejects.csv", "weekly.csv")
SPREAD = "spread.csv"  # only where it was asked for
_REBUILD = "build it again with `trends build`"


def is_processed(folder: Path) -> bool:
    """Tell whether a folder was written by ``trends build`` and holds nothing else."""
    if {path.name for path in folder.iterdir()} - {MANIFEST, SPREAD, *TABLES}:
        return False
    try:
        _manifest_in(folder)
    except InputError:
        return False
    return True


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a processed folder.

    Raises
    ------
    InputError
        There is none, or it is not one of ours.
    """
    manifest, path = _manifest_in(folder), folder / MANIFEST
    try:
        for name in TABLES:
            str(manifest["tables"][name]["sha256"])
        str(manifest["country"])
        window_of(manifest)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"the manifest is incomplete ({error})", file=path, remedy=_REBUILD) from error
    return manifest


def _manifest_in(folder: Path) -> dict[str, Any]:
    """Read a manifest of our format, complete or not: an earlier version may have written it."""
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(f"there is no {MANIFEST}", file=folder, remedy=_REBUILD)
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError("is not JSON", file=path, remedy=_REBUILD) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InputError(f"is not a manifest of format {FORMAT}", file=path, remedy=_REBUILD)
    return manifest


def window_of(manifest: Mapping[str, Any]) -> tuple[date, date]:
    """Return the first and last day that a panel covers."""
    coverage = manifest["coverage"]
    return date.fromisoformat(coverage["first"]), date.fromisoformat(coverage["last"])


def check_unchanged(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raise an ``InputError`` where a table is missing or differs from what the manifest says of it."""
    asked_for = [SPREAD] if SPREAD in manifest["tables"] else []
    for name in (*TABLES, *asked_for):
        path = folder / name
        if not path.is_file():
            raise InputError("the file is missing", file=path, remedy=_REBUILD)
        if sha256_of(path) != manifest["tables"][name]["sha256"]:
            raise InputError(
                "was changed after it was built (its sha256 differs)", file=path, remedy=_REBUILD
            )
