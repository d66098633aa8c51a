"""What differs between two vintages of a source, as tables and as text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from trends.files import sha256_of, whole_folder, write_csv, write_json

FORMAT = "trends-diff/1"
TABLES = ("added.csv", "deleted.csv", "changed.csv", "daily.csv", "weekly.csv")
MANIFEST = "diff.json"
_SHOWN = 8


@dataclass(frozen=True, eq=False)
class VintageDiff:
    """What differs between two vintages of one source, within the days that both cover.

    Attributes
    ----------
    added, deleted
        Events that only the new, or only the old vintage has.
    changed
        Columns ``event_id``, ``column``, ``old``, ``new`` (as text, empty where missing): one row a value.
    kept
        How many events both have.
    daily, weekly
        Columns ``date`` or ``week``, ``province``, ``old``, ``new``, ``change``: the counts that differ.
        Provinces are codes, or ``"all"`` where the events are not located. Only complete weeks.
    totals
        Events counted in the old and in the new vintage.
    weeks
        How many weeks lie in the window.
    window
        First and last day compared.
    compared, not_compared
        The columns that both vintages have, and those that one of them lacks.
    names
        What the two are called.
    caveats
        What has to be known to read the differences, such as that one of the two is a selection.
    """

    added: pd.DataFrame
    deleted: pd.DataFrame
    changed: pd.DataFrame
    kept: int
    daily: pd.DataFrame
    weekly: pd.DataFrame
    totals: tuple[int, int]
    weeks: int
    window: tuple[date, date]
    compared: tuple[str, ...]
    not_compared: tuple[str, ...]
    names: tuple[str, str]
    caveats: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many events are in both, changed, added and deleted, and how many weeks change."""
        return {
            "in_both": self.kept,
            "changed": int(self.changed["event_id"].nunique()),
            "added": len(self.added),
            "deleted": len(self.deleted),
            "counted_old": self.totals[0],
            "counted_new": self.totals[1],
            "weeks": self.weeks,
            "weeks_that_change": int(self.weekly["week"].nunique()),
        }

    def __str__(self) -> str:
        """Return the comparison in some lines, as ``trends diff`` prints it."""
        counts = self.counts
        lines = [
            f"old: {self.names[0]}",
            f"new: {self.names[1]}",
            f"compared: {self.window[0]} to {self.window[1]}, by {', '.join(self.compared)}",
        ]
        if self.not_compared:
            lines.append(f"not in both, so not compared: {', '.join(self.not_compared)}")
        lines += self.caveats
        lines.append(f"{counts['in_both']:>9,}  events in both")
        lines += [f"{counts['changed']:>9,}  of these changed", *_tally(self.changed, "column")]
        lines.append(f"{counts['added']:>9,}  events added")
        lines += [f"{counts['deleted']:>9,}  events deleted", *_tally(self.deleted, "place_precision")]
        lines.append(
            f"{counts['counted_old']:>9,}  counted in the old vintage, {counts['counted_new']:,} in the new"
        )
        lines.append(
            f"{counts['weeks_that_change']:>9,}  of {self.weeks:,} weeks change{_largest(self.weekly)}"
        )
        return "\n".join(lines)

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Write the tables and ``diff.json`` to a folder, whole or not at all; safe to open in a spreadsheet.

        Raises
        ------
        InputError
            The folder holds something else, or cannot be written.
        """
        frames = (self.added, self.deleted, self.changed, self.daily, self.weekly)
        with whole_folder(folder, is_diff) as draft:
            for name, frame in zip(TABLES, frames, strict=True):
                write_csv(frame, draft / name)
            tables = {
                name: {"rows": len(frame), "sha256": sha256_of(draft / name)}
                for name, frame in zip(TABLES, frames, strict=True)
            }
            write_json({**self._told(), "tables": tables}, draft / MANIFEST)
        return tuple(folder / name for name in (*TABLES, MANIFEST))

    def _told(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "old": self.names[0],
            "new": self.names[1],
            "coverage": {"first": self.window[0].isoformat(), "last": self.window[1].isoformat()},
            "compared": list(self.compared),
            "not_compared": list(self.not_compared),
            "caveats": list(self.caveats),
            "counts": self.counts,
        }


def is_diff(folder: Path) -> bool:
    """Tell whether a folder was written by ``VintageDiff.write`` and holds nothing else."""
    names = {path.name for path in folder.iterdir()}
    if MANIFEST not in names or names - {MANIFEST, *TABLES}:
        return False
    return f'"format": "{FORMAT}"' in (folder / MANIFEST).read_text(encoding="utf-8", errors="replace")


def _tally(table: pd.DataFrame, column: str) -> list[str]:
    if column not in table or table.empty:
        return []
    counts = (
        table[column]
        .fillna("not stated")
        .value_counts()
        .sort_index()
        .sort_values(ascending=False, kind="stable")
    )
    return [f"{'':>9}    {count:,} {value}" for value, count in counts.head(_SHOWN).items()]


def _largest(weekly: pd.DataFrame) -> str:
    if weekly.empty:
        return ""
    by_week = weekly.groupby("week")["change"].sum()
    if not by_week.any():
        return "; none in its national count"
    most = int(by_week.abs().to_numpy().argmax())
    return f"; most in that of {by_week.index[most]:%Y-%m-%d}, by {by_week.iloc[most]:+d}"
