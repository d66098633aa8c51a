"""Measure coverage and width of the default interval, and write the table that the documentation shows.

    python benchmarks/validity/run.py --replicates 2000 --workers 2

Writes results.csv and README.md beside this file (elsewhere with --out).
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import csv
import dataclasses
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

sys.path.insert(0, str(Path(__file__).parent))

from methods import PEERS, glmmtmb, oracle, ours
from table import write_readme
from truths import EFFECTS, Cell, Simulated, grid, other_truths, simulate

HERE = Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Plan:
    """How many series each method gets."""

    replicates: int
    peer_replicates: int
    glmmtmb_replicates: int
    seed: int


def measure(cell: Cell, plan: Plan) -> list[dict[str, object]]:
    """Rows of one cell: one for each method and effect."""
    data = simulate(cell, plan.replicates, plan.seed)
    few = dataclasses.replace(data, counts=data.counts[: plan.peer_replicates])
    methods = [("latent AR(1)", ours, data)]
    if cell.kind == "ar1":
        methods.append(("oracle", oracle, data))
    methods += [(name, method, few) for name, method in PEERS.items()]
    if plan.glmmtmb_replicates and cell.weeks == 157:
        methods.append(
            ("glmmTMB ar1", glmmtmb, dataclasses.replace(data, counts=data.counts[: plan.glmmtmb_replicates]))
        )
    rows: list[dict[str, object]] = []
    for name, method, counts in methods:
        found = method(cell, counts)
        if found is not None:
            rows += list(_rows(cell, name, counts, *found))
    return rows


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=400, help="series a cell")
    parser.add_argument(
        "--peer-replicates", type=int, default=100, help="of these, series for statsmodels' peers"
    )
    parser.add_argument(
        "--glmmtmb-replicates", type=int, default=0, help="of these, series for R, 157 weeks only"
    )
    parser.add_argument("--cells", type=int, default=None, help="only every n-th cell")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20200716)
    parser.add_argument("--out", type=Path, default=HERE)
    return parser.parse_args()


def main() -> None:
    chosen = arguments()
    plan = Plan(chosen.replicates, chosen.peer_replicates, chosen.glmmtmb_replicates, chosen.seed)
    cells = (grid() + other_truths())[:: chosen.cells or 1]
    started = time.perf_counter()
    found: dict[int, list[dict[str, object]]] = {}
    console = Console(stderr=True)
    with (
        ProcessPoolExecutor(chosen.workers) as pool,
        Progress(console=console, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task("cells", total=len(cells))
        jobs = {pool.submit(measure, cell, plan): number for number, cell in enumerate(cells)}
        for job in as_completed(jobs):
            found[jobs[job]] = job.result()
            bar.advance(task)
    rows = [row for number in sorted(found) for row in found[number]]
    with (chosen.out / "results.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    write_readme(rows, chosen.out / "README.md", plan.replicates, plan.seed)
    console.print(f"{len(cells)} cells in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
