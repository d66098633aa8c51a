"""A GED-shaped CSV of a million rows to the weekly panel, against DuckDB, pandas and pyarrow in the same run.

Run ``python benchmarks/build_large.py``; ``--rows 10000000`` for the file ten times as large, ``--folder`` for
where the file is written and deleted again. Each contender is a process of its own; best of several. ``work`` and
processor time are without imports, peak memory is of the whole process.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILLED = {
    "source_article": 90,
    "source_headline": 50,
    "source_original": 20,
    "where_coordinates": 12,
    "adm_2": 12,
    "geom_wkt": 30,
    "conflict_name": 18,
    "dyad_name": 24,
}
COLUMNS = """
id year active_year start_year end_year type_of_violence conflict_new_id conflict_name dyad_new_id dyad_name
side_a_new_id gwnoa side_a side_b_new_id gwnob side_b number_of_sources source_article source_office
source_date source_headline source_original where_prec where_coordinates adm_1 adm_2 latitude longitude
geom_wkt priogrid_gid country country_id iso3 region event_clarity date_prec date_start date_end deaths_a
deaths_b deaths_civilians deaths_unknown low best high
""".split()  # noqa: SIM905
COUNTRIES = ("Afghanistan", "Syria", "Nigeria", "Ukraine", "Mexico", "Somalia", "India", "Colombia", "Yemen")
PROVINCES = {  # as GED spells them, and a point inside: in GED 99.7 % of names and points agree
    "Diyālá province": (33.9, 45.0),
    "Kirkūk province": (35.4, 44.3),
    "Nīnawá province": (36.1, 42.6),
    "Al Anbār province": (33.3, 41.5),
    "Şalāḩ ad Dīn province": (34.6, 43.7),
}
FIRST, LAST = "2016-01-04", "2020-12-27"
SQL = f"""
    select date_trunc('week', date_start) as week, adm_1, count(*), sum(best), sum(low), sum(high)
    from read_csv('{{file}}')
    where country = 'Iraq' and (side_a = 'IS' or side_b = 'IS')
      and date_start between '{FIRST}' and '{LAST}' and date_prec <= 3
    group by all order by all
"""


def rests(count: int, iraq: float, broken: float) -> list[str]:
    """Return rows without their identifier; a share of them has a line break in its headline."""
    draw = random.Random(1)
    words = [
        "attack",
        "police",
        "village",
        "killed",
        "near",
        "Reuters",
        "officials,",
        "said",
        "“troops”",
        "east",
    ]
    made = []
    for _ in range(count):
        here = draw.random() < iraq
        day = f"{draw.randint(1989, 2024)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
        province = draw.choice([*PROVINCES]) if here else "Some province"
        latitude, longitude = PROVINCES.get(province, (draw.uniform(-20, 50), draw.uniform(-90, 90)))
        row = dict.fromkeys(COLUMNS, str(draw.randint(1, 999)))
        for name, length in FILLED.items():
            row[name] = " ".join(draw.choices(words, k=length // 6))
        row["source_headline"] += "\n(updated)" if draw.random() < broken else ""
        row |= {
            "type_of_violence": "1",
            "side_a": "Government of Iraq" if here else "Government",
            "side_b": "IS" if draw.random() < 0.7 else "Civilians",
            "country": "Iraq" if here else draw.choice(COUNTRIES),
            "adm_1": province,
            "latitude": f"{latitude + draw.uniform(-0.1, 0.1):.6f}",
            "longitude": f"{longitude + draw.uniform(-0.1, 0.1):.6f}",
            "where_prec": str(draw.randint(1, 4)),
            "date_prec": draw.choice("11123"),
            "date_start": day,
            "date_end": day,
            **dict(zip(("low", "best", "high"), map(str, sorted(draw.choices(range(9), k=3))), strict=True)),
        }
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(row[name] for name in COLUMNS[1:])
        made.append(text.getvalue())
    return made


def generate(path: Path, rows: int, iraq: float, broken: float) -> None:
    body = rests(min(rows, 50_000), iraq, broken)
    with path.open("w", encoding="utf-8", newline="") as handle:
        handle.write(",".join(COLUMNS) + "\n")
        for start in range(0, rows, len(body)):
            part = body[: rows - start]
            handle.writelines(f"{start + place},{rest}" for place, rest in enumerate(part, start=1))


def run_trends(file: Path) -> int:
    from datetime import date

    from trends.building import build

    begun = now()
    with tempfile.TemporaryDirectory() as folder:
        result = build(
            raw=[file],
            out=Path(folder) / "panel",
            country="iraq",
            actor="IS",
            first=date.fromisoformat(FIRST),
            last=date.fromisoformat(LAST),
        )
    return finish(begun, int(result.manifest["totals"]["attacks"]))


def run_duckdb(file: Path) -> int:
    import duckdb

    begun = now()
    rows = duckdb.connect().execute(SQL.format(file=file)).fetchall()
    return finish(begun, sum(row[2] for row in rows))


def run_pandas(file: Path) -> int:
    import pandas as pd

    begun = now()
    events = pd.read_csv(file, parse_dates=["date_start"])
    return finish(begun, grouped(events))


def run_pandas_objects(file: Path) -> int:
    """Text as Python objects, as pandas kept it before version 3."""
    import pandas as pd

    pd.options.future.infer_string = False
    return run_pandas(file)


def run_pyarrow(file: Path) -> int:
    import pyarrow.csv

    begun = now()
    options = pyarrow.csv.ParseOptions(newlines_in_values=True)
    events = pyarrow.csv.read_csv(file, parse_options=options).to_pandas()
    events["date_start"] = events["date_start"].astype("datetime64[ns]")
    return finish(begun, grouped(events))


def grouped(events) -> int:
    wanted = events[
        events["country"].eq("Iraq")
        & (events["side_a"].eq("IS") | events["side_b"].eq("IS"))
        & events["date_start"].between(FIRST, LAST)
        & (events["date_prec"] <= 3)
    ]
    week = wanted["date_start"].dt.to_period("W").dt.start_time
    sums = wanted.groupby([week, "adm_1"])[["best", "low", "high"]].agg(["sum", "size"])
    return int(sums[("best", "size")].sum())


def now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def finish(begun: tuple[float, float], counted: int) -> int:
    wall, processor = (end - start for start, end in zip(begun, now(), strict=True))
    print(json.dumps({"work": wall, "cpu": processor, "counted": counted}))
    return 0


CONTENDERS = {
    "trends": run_trends,
    "duckdb": run_duckdb,
    "pandas": run_pandas,
    "pandas objects": run_pandas_objects,
    "pyarrow": run_pyarrow,
}


def measured(name: str, file: Path) -> dict[str, float]:
    """Run a contender once in a process of its own."""
    helper = (
        "import json, resource, subprocess, sys, time; begun = time.perf_counter();"
        "out = subprocess.run(sys.argv[1:], check=True, capture_output=True, text=True).stdout;"
        "use = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(json.dumps(json.loads(out) | {'wall': time.perf_counter() - begun,"
        "'peak': use.ru_maxrss * 1024}))"
    )
    command = [sys.executable, __file__, "--one", name, "--file", str(file)]
    done = subprocess.run(
        [sys.executable, "-c", helper, *command], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def table(results: dict[str, list[dict[str, float]]], size: int) -> str:
    best = {name: {key: min(run[key] for run in runs) for key in runs[0]} for name, runs in results.items()}
    lines = [
        f"{size / 1e6:.0f} MB",
        "",
        "| | work s | × DuckDB | processor s | × DuckDB | peak MB | events counted |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in best.items():
        to = best.get("duckdb", one)
        lines.append(
            f"| {name} | {one['work']:.2f} | {one['work'] / to['work']:.2f} | {one['cpu']:.2f} "
            f"| {one['cpu'] / to['cpu']:.2f} | {one['peak'] / 1e6:.0f} | {one['counted']:.0f} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--iraq", type=float, default=0.08, help="share of rows in Iraq")
    parser.add_argument(
        "--broken", type=float, default=0.01, help="share of rows with a line break in a cell"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--one", choices=CONTENDERS)
    parser.add_argument("--file", type=Path)
    choices = parser.parse_args()
    if choices.one:
        return CONTENDERS[choices.one](choices.file)
    with tempfile.TemporaryDirectory(dir=choices.folder) as folder:
        file = Path(folder) / "ged.csv"
        generate(file, choices.rows, choices.iraq, choices.broken)
        results: dict[str, list[dict[str, float]]] = {name: [] for name in choices.only}
        for _ in range(choices.repeats):
            for name, runs in results.items():
                runs.append(measured(name, file))
        print(table(results, file.stat().st_size))
    return 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
