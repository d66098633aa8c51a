"""Small invented files in the layouts that the readers know."""

from __future__ import annotations

import csv
from pathlib import Path

FULL = {
    "id": "1",
    "year": "2020",
    "type_of_violence": "1",
    "side_a": "Government of Iraq",
    "side_b": "IS",
    "source_headline": "one\nheadline, two lines",
    "where_prec": "1",
    "adm_1": "Diyálá province",
    "latitude": "33.75",
    "longitude": "44.65",
    "country": "Iraq",
    "date_prec": "1",
    "date_start": "2020-03-17",
    "date_end": "2020-03-17",
    "low": "1",
    "best": "2",
    "high": "3",
}
REDUCED = {
    "id": "1",
    "year": "2020",
    "month": "3",
    "day": "17",
    "country": "Iraq",
    "type_of_violence": "State-based violence",
    "conflict_name": "Iraq: Government",
    "side_a": "Government of Iraq",
    "side_b": "IS",
    "latitude": "33.75",
    "longitude": "44.65",
    "low_death": "1",
    "best_death": "2",
    "high_death": "3",
    "date": "2020-03-17",
}
POINT = {"date": "2007-02-23", "longitude": "44.65", "latitude": "33.75", "type": "IED"}
LAYOUTS = {"ucdp-ged": FULL, "ucdp-ged-reduced": REDUCED, "points": POINT}


def rows_of(layout: str, count: int = 3) -> list[dict[str, str]]:
    """Return good rows of a layout, each with its own identifier."""
    rows = [dict(LAYOUTS[layout]) for _ in range(count)]
    for number, row in enumerate(rows, start=1):
        if "id" in row:
            row["id"] = str(number)
    return rows


def write(path: Path, rows: list[dict[str, str]], **options) -> Path:
    """Write rows as CSV and return the path."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n", **options)
        writer.writeheader()
        writer.writerows(rows)
    return path


def changed(layout: str, **cells: str) -> list[dict[str, str]]:
    """Return good rows of a layout, the second with other cells."""
    rows = rows_of(layout)
    rows[1].update(cells)
    return rows
