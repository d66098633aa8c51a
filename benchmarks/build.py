"""How long a build takes, beside the least that pandas needs to read and count the same file.

Run with ``python benchmarks/build.py [RUNS] [EVENTS]``. The file is invented, in the reduced layout of UCDP GED.
The peer reads it, keeps an actor and counts by day and place: no check of a cell, no province, no complete
weeks, no rejects, no manifest.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from timing import Case, compare

TRENDS = Path(sys.executable).with_name("trends")
COLUMNS = (
    "id",
    *("year", "month", "day"),
    *("country", "type_of_violence", "conflict_name", "side_a", "side_b"),
    *("latitude", "longitude", "low_death", "best_death", "high_death", "date"),
)
PLAIN = """
import sys
import pandas as pd
events = pd.read_csv(sys.argv[1], parse_dates=["date"])
events = events[(events["side_a"] == "IS") | (events["side_b"] == "IS")]
events = events.assign(week=events["date"].dt.to_period("W-SUN"), place=events["latitude"].round(1))
counts = events.groupby(["week", "place"])[["low_death", "best_death", "high_death"]].agg(["size", "sum"])
counts.to_csv(sys.argv[2])
"""


def write_events(path: Path, events: int) -> None:
    """Write invented events in central Iraq, 1989 to 2020, half of them with IS as a side."""
    drawn = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number in range(1, events + 1):
            day = date(1989, 1, 1) + timedelta(days=drawn.randrange(11_688))
            deaths = drawn.randrange(1, 9)
            place = (round(drawn.uniform(32.5, 35.5), 6), round(drawn.uniform(43.0, 45.0), 6))
            sides = ("Government of Iraq", drawn.choice(("IS", "PKK")))
            when = (number, day.year, day.month, day.day)
            what = ("Iraq", "State-based violence", "Iraq: Government", *sides)
            writer.writerow((*when, *what, *place, deaths - 1, deaths, deaths + 2, day.isoformat()))


def main(runs: int = 5, events: int = 50_000) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        raw, script = folder / "events.csv", folder / "plain.py"
        write_events(raw, events)
        script.write_text(PLAIN, encoding="utf-8")
        build = [TRENDS, "build", "--raw", raw, "--actor", "IS", "--out", folder / "panel"]
        plain = [sys.executable, script, raw, folder / "plain.csv"]
        cases = [
            Case(f"`trends build`, {events:,} events", build),
            Case("`pandas.read_csv` and `groupby`, the same file", plain),
        ]
        print(compare(cases, runs))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
