"""Measure coverage and width of the default interval beside its peers' on the same series.

    python -m benchmarks.validity.run [--replicates 1000] [--peer-replicates 100] [--glmmtmb-replicates 12]

Writes results.csv and run.json beside this file (elsewhere with --out); `python -m benchmarks.validity.write` makes the
documentation's page from them.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import csv
import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from benchmarks.validity.measured import ORACLE, OURS
from benchmarks.validity.methods import PEERS, oracle, ours
from benchmarks.validity.rpeers import glmmtmb
from benchmarks.validity.truths import EFFECTS, Cell, Simulated, grid, other_truths, simulate

HERE = Path(__file__).parent
GLMMTMB = "glmmTMB ar1 (R)"
WEEKS_OF_GLMMTMB = 157
"""It is too slow for every cell."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """How many series of a cell each method gets; a peer gets the first of the same."""

    replicates: int
    peer_replicates: int
    glmmtmb_replicates: int
    seed: int


def measure(cell: Cell, plan: Plan) -> list[dict[str, object]]:
    """Rows of one cell: one for each method and effect."""
    data = simulate(cell, plan.replicates, plan.seed)
    rows: list[dict[str, object]] = []
    for name, method, size in _methods(cell, plan):
        some = dataclasses.replace(data, counts=data.counts[:size])
        found = method(cell, some)
        if found is not None:
            rows += _rows(cell, name, some, *found)
    return rows


def _methods(cell: Cell, plan: Plan) -> Iterator[tuple[str, Callable, int]]:
    yield OURS, ours, plan.replicates
    if cell.kind == "ar1":
        yield ORACLE, oracle, plan.replicates
    if plan.peer_replicates:
        for name, method in PEERS.items():
            yield name, method, plan.peer_replicates
    if plan.glmmtmb_replicates and cell.weeks == WEEKS_OF_GLMMTMB:
        yield GLMMTMB, glmmtmb, plan.glmmtmb_replicates


def _rows(
    cell: Cell, name: str, data: Simulated, limits: np.ndarray, ms: float
) -> Iterator[dict[str, object]]:
    for number, effect in enumerate(EFFECTS):
        low, high = limits[:, number, 0], limits[:, number, 1]
        fine = np.isfinite(low) & np.isfinite(high)
        if not fine.any():
            continue
        truth = data.truth[number]
        yield {
            **dataclasses.asdict(cell),
            "method": name,
            "effect": effect,
            "series": len(low),
            "fitted": int(fine.sum()),
            "coverage": round(float(((low < truth) & (truth < high))[fine].mean()), 4),
            "width": round(float(np.median((high - low)[fine])), 4),
            "ms": round(ms, 2),
        }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Coverage and width of intervals on simulated series.")
    parser.add_argument("--replicates", type=int, default=1000, help="series a cell")
    parser.add_argument("--peer-replicates", type=int, default=100, help="of these, series for the peers")
    parser.add_argument(
        "--glmmtmb-replicates", type=int, default=12, help="of these, series for glmmTMB, 157 weeks only"
    )
    parser.add_argument("--cells", type=int, default=1, help="only every n-th cell")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20200716)
    parser.add_argument("--out", type=Path, default=HERE)
    return parser.parse_args()


def main() -> None:
    chosen = arguments()
    plan = Plan(chosen.replicates, chosen.peer_replicates, chosen.glmmtmb_replicates, chosen.seed)
    cells = (grid() + other_truths())[:: chosen.cells]
    started = time.perf_counter()
    rows = [row for found in _measured(cells, plan, chosen.workers) for row in found]
    seconds = round(time.perf_counter() - started)
    with (chosen.out / "results.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    record = {**dataclasses.asdict(plan), "cells": len(cells), "workers": chosen.workers, "seconds": seconds}
    (chosen.out / "run.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8", newline="\n")
    print(f"{len(cells)} cells in {seconds} s")


def _measured(cells: list[Cell], plan: Plan, workers: int) -> list[list[dict[str, object]]]:
    console = Console(stderr=True)
    found: dict[int, list[dict[str, object]]] = {}
    with (
        ProcessPoolExecutor(workers) as pool,
        Progress(console=console, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task("cells", total=len(cells))
        jobs = {pool.submit(measure, cell, plan): number for number, cell in enumerate(cells)}
        for job in as_completed(jobs):
            found[jobs[job]] = job.result()
            bar.advance(task)
    return [found[number] for number in sorted(found)]


if __name__ == "__main__":
    main()
