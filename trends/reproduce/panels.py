"""A panel against itself, and against the raw file it was built from where that can be had."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from trends.errors import TrendsError
from trends.files import sha256_of
from trends.ledger import USED, ledger_of_panel, load_ledger
from trends.panel import load_panel
from trends.processed import MANIFEST, read_manifest

SHARED = "TRENDS_SHARED_DATA"
_ASIDE = {"read"}


@dataclass(frozen=True)
class Looked:
    """What a look at a panel found.

    Attributes
    ----------
    faults
        Everything in which it contradicts itself or its raw file, one line each.
    rebuilt
        Whether the files that it was built from could be had, so that it was built again.
    """

    faults: tuple[str, ...]
    rebuilt: bool = False


def look_at_panel(project: Path, name: str) -> Looked:
    """Compare a processed folder with itself, and with the raw file it was built from where that can be had.

    Parameters
    ----------
    project
        The project's folder.
    name
        The panel's folder below it, as ``data/processed/…``.
    """
    folder = project / name
    try:
        manifest = read_manifest(folder)
    except TrendsError as error:
        return Looked((error.message,))
    changed = tuple(_hashes(folder, manifest))
    if changed:
        return Looked(changed)
    sources = _sources(project, manifest)
    again = _rebuilt(folder, manifest, *sources) if sources else ()
    return Looked((*_sums(folder, manifest), *_rejects(folder, manifest), *again), sources is not None)


def _hashes(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    for table, said in manifest["tables"].items():
        file = folder / table
        if not file.is_file():
            yield f"{folder.name}/{table} is missing"
        elif sha256_of(file) != said["sha256"]:
            yield f"{folder.name}/{table} is not the file that its manifest describes (its sha256 differs)"


def _sums(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Add up what has to add up: rows read, totals, weeks from days."""
    rows = manifest["rows"]
    gone = sum(count for outcome, count in rows.items() if outcome not in _ASIDE)
    if gone != rows["read"]:
        yield f"{folder.name}: {rows['read']} rows were read, {gone} are accounted for: some were left out in silence"
    try:
        panel = load_panel(folder, manifest["weeks"]["start_on"])
        told, kept = ledger_of_panel(manifest, panel.daily), load_ledger(folder)
    except TrendsError as error:
        yield f"{folder.name}: {error.message}"
        return
    for measure, total in manifest["totals"].items():
        found = int(panel.daily[measure].sum()) if total is not None else None
        if found != total:
            yield f"{folder.name}: the days hold {found} {measure}, the manifest says {total}"
    used = [_used(account.frame) for account in (told, kept)]
    for province, year in sorted(key for key in {*used[0], *used[1]} if used[0].get(key) != used[1].get(key)):
        days, said = (side.get((province, year), 0) for side in used)
        yield f"{folder.name}: {province} in {year} has {days} events in daily.csv, {said} in ledger.csv"
    yield from _weeks(folder, panel.frame)


def _used(frame: pd.DataFrame) -> dict[tuple[str, int], int]:
    rows = frame[frame["outcome"] == USED]
    return {
        (str(p), int(y)): int(n) for p, y, n in zip(rows["province"], rows["year"], rows["rows"], strict=True)
    }


def _weeks(folder: Path, fresh: pd.DataFrame) -> Iterator[str]:
    """Name the weeks of weekly.csv that are not the sums of their days."""
    keys = ["week", "province"]
    weekly = pd.read_csv(folder / "weekly.csv", parse_dates=["week"]).set_index(keys)
    shared = [name for name in weekly.columns if name in fresh]
    again = fresh.set_index(keys)[shared].reindex(weekly.index)
    off = (again.astype(float).fillna(-1) != weekly[shared].astype(float).fillna(-1)).any(axis=1)
    if len(weekly) != len(fresh):
        yield f"{folder.name}/weekly.csv holds {len(weekly)} rows, the weeks and provinces are {len(fresh)}"
    for week, province in list(weekly.index[off])[:5]:
        yield f"{folder.name}/weekly.csv: week of {week:%Y-%m-%d}, {province} is not the sum of its days"


def _rejects(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    rejects = pd.read_csv(folder / "rejects.csv", dtype=str, keep_default_na=False)
    rows = len(rejects[["file", "row"]].drop_duplicates())
    if rows != manifest["rows"]["rejected"]:
        yield f"{folder.name}: rejects.csv holds {rows} rows, the manifest says {manifest['rows']['rejected']}"
    if dict(Counter(rejects["reason"])) != manifest["rejected_by_reason"]:
        yield f"{folder.name}: the reasons in rejects.csv are not those that the manifest counts"


def _sources(project: Path, manifest: Mapping[str, Any]) -> tuple[list[Path], Path | None] | None:
    """Find what a panel was built from, raw files and boundaries; None where one is not here, or sources were joined."""
    raw = [_find(project, one["file"], one["sha256"]) for one in manifest["raw"]]
    said = manifest["boundaries"]
    shipped = said["file"].startswith("shapes.geojson of")
    boundaries = None if shipped else _find(project, said["file"], said["sha256"])
    found = [file for file in raw if file is not None]
    joined = len({one["source"]["key"] for one in manifest["raw"]}) > 1
    if joined or len(found) < len(raw) or (boundaries is None and not shipped):
        return None
    return found, boundaries


def _rebuilt(
    folder: Path, manifest: Mapping[str, Any], raw: list[Path], boundaries: Path | None
) -> Iterator[str]:
    """Build the panel again and compare its tables."""
    from trends.building import build

    filters = manifest["filters"]
    with tempfile.TemporaryDirectory(prefix="trends-check-") as temporary:
        out = Path(temporary, folder.name)
        try:
            build(
                raw=raw,
                out=out,
                boundaries=boundaries,
                actor=filters["actor"],
                attacks=(manifest.get("attacks") or {}).get("definition", "all"),
                as_of=date.fromisoformat(manifest["as_of"]["day"]) if manifest.get("as_of") else None,
                released=_released(manifest),
                first=date.fromisoformat(filters["first"]),
                last=date.fromisoformat(filters["last"]),
                country=manifest["country"],
                spread="spread.csv" in manifest["tables"],
            )
        except TrendsError as error:
            yield f"{folder.name}: it cannot be built again from {manifest['raw'][0]['file']}: {error.message}"
            return
        yield from _unlike(folder, out, manifest)


def _released(manifest: Mapping[str, Any]) -> dict[str, date]:
    """Return the days on which files came out, where the manifest knows the very day."""
    whole = [one for one in manifest["raw"] if not one["vintage"]["recorded_until"]]
    spans = {one["file"]: one["vintage"].get("published") for one in whole}
    return {
        file: date.fromisoformat(span["first"])
        for file, span in spans.items()
        if span and span["first"] == span["last"]
    }


def _unlike(folder: Path, out: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    fresh = read_manifest(out)
    for outcome in sorted({*manifest["rows"], *fresh["rows"]}):
        old, new = manifest["rows"].get(outcome, 0), fresh["rows"].get(outcome, 0)
        if old != new:
            yield f"{folder.name}: built again from the raw file, {new} rows are {outcome.replace('_', ' ')}, not {old}"
    for table in sorted({*manifest["tables"]} & {*fresh["tables"]} - {MANIFEST}):
        yield from _rows(f"{folder.name}/{table}", _lines(folder / table), _lines(out / table))


def _rows(name: str, kept: list[str], fresh: list[str]) -> Iterator[str]:
    if kept == fresh:
        return
    old, new = Counter(kept), Counter(fresh)
    pairs = [f"{line} (only in the panel)" for line in (old - new)][:3]
    pairs += [f"{line} (only when built again)" for line in (new - old)][:3]
    yield f"{name} is not what the raw file gives: {'; '.join(pairs) or 'another order of rows'}"


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def _find(project: Path, name: str, sha256: str) -> Path | None:
    """Find a raw file by its name and hash: in ``data/raw``, or in the folder of files the project may not carry."""
    shared = Path(os.environ.get(SHARED) or project.parent / "shared" / "data")
    places = (project / "data" / "raw" / name, shared / name)
    return next((file for file in places if file.is_file() and sha256_of(file) == sha256), None)
