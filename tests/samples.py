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
ACLED = {
    "event_id_cnty": "IRQ1",
    "event_date": "2020-03-17",
    "year": "2020",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Explosions/Remote violence",
    "sub_event_type": "Remote explosive/landmine/IED",
    "actor1": "Islamic State (Iraq)",
    "assoc_actor_1": "",
    "inter1": "2",
    "actor2": "Police Forces of Iraq",
    "assoc_actor_2": "",
    "inter2": "1",
    "interaction": "12",
    "civilian_targeting": "",
    "iso": "368",
    "region": "Middle East",
    "country": "Iraq",
    "admin1": "Diyala",
    "admin2": "Al Khalis",
    "admin3": "",
    "location": "Invented",
    "latitude": "33.75",
    "longitude": "44.65",
    "geo_precision": "1",
    "source": "Invented for a test",
    "source_scale": "National",
    "notes": "Invented, with a comma",
    "fatalities": "2",
    "tags": "",
    "timestamp": "1585008000",
}
GTD = {
    "eventid": "202003170001",
    "iyear": "2020",
    "imonth": "3",
    "iday": "17",
    "approxdate": "",
    "extended": "0",
    "resolution": "",
    "country_txt": "Iraq",
    "provstate": "Diyala",
    "city": "Invented",
    "latitude": "33.75",
    "longitude": "44.65",
    "specificity": "1",
    "doubtterr": "0",
    "attacktype1_txt": "Bombing/Explosion",
    "success": "1",
    "suicide": "0",
    "weaptype1_txt": "Explosives",
    "targtype1_txt": "Police",
    "gname": "Islamic State of Iraq and the Levant (ISIL)",
    "nkill": "2",
    "nwound": "1",
}
RESTRICTED = {"acled": ACLED, "gtd": GTD}
IDENTIFIERS = ("id", "event_id_cnty", "eventid")
LAYOUTS = {"ucdp-ged": FULL, "ucdp-ged-reduced": REDUCED, "points": POINT}


def rows_of(layout: str, count: int = 3) -> list[dict[str, str]]:
    """Return good rows of a layout, each with its own identifier."""
    rows = [dict((LAYOUTS | RESTRICTED)[layout]) for _ in range(count)]
    for number, row in enumerate(rows, start=1):
        for name in IDENTIFIERS:
            if name in row:
                row[name] = str(number)
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
