"""What alerts are worth, and how long they take, beside R's ``surveillance::farringtonFlexible`` in the same run.

    python -m benchmarks.alerts [--series 60] [--r-series 2] [--rounds 3] [--seed 1] [--out benchmarks]

Scenarios (after Noufaily et al. 2013; parameters from a published replication): 7 means of weekly counts, each with
and without trend and season, 624 weeks, negative binomial with variance phi times the mean. Weeks 576 to 624 are tested
with 5 years of baseline, 10 seasons, 26 recent weeks left out, trend whatever its p-value, reweighting above 2.58,
alpha .005, no minimum count.
An outbreak's size is Poisson with mean k standard deviations of the count at its start, spread over the weeks after it
by a lognormal (0, .5). Written: ``alerts_scenarios.csv``, for each scenario and kind of threshold the share of weeks
without an outbreak that are above their threshold, the same with four outbreaks (k = 5) in the baseline, and the share
of outbreaks with k = 3, 5 and 10 found in at least one of their weeks; with ``plugin_r`` and ``differs``, R's share on
the first series of each scenario and the number of weeks on which R and the project disagree there (R is slow).
``alerts_sparse.csv``: false alarms of the rule for sparse series and of the improved Farrington method with and without
its minimum count, and power of the rule against a week with some events more. Time: 18 series and 52 weeks with 4 years
and 10 seasons, both programs in turn.
"""

from __future__ import annotations

import argparse
import io
import math
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from trends.surveillance import Farrington, Sparse, farrington_flexible, sparse_tail

WEEKS, CURRENT = 624, np.arange(575, 624)
BASE = (
    (0.1, 0.0025, 0.6, 0.6, 1.5),
    (-2, 0.005, 0.1, 0.3, 2),
    (1.5, 0.003, 0.2, -0.4, 1),
    (0.5, 0.002, 0.5, 0.5, 5),
)
BASE += ((2.5, 0.001, 1, 0.1, 3), (3.75, 0.001, 0.1, -0.1, 1.1), (5, 0.0001, 0.05, 0.01, 1.2))
SCENARIOS = [
    (theta, slope * trend, cos * season, sin * season, phi)
    for theta, slope, cos, sin, phi in BASE
    for trend in (0, 1)
    for season in (0, 1)
]
SHAPE = np.diff([0.0] + [0.5 * (1 + math.erf(math.log(x) / (0.5 * math.sqrt(2)))) for x in range(1, 9)])
PAPER = {"years": 5, "trend_p": 1.0, "alpha": 0.005, "least_events": 0}
THRESHOLDS = {"plugin": "nbPlugin", "muan": "muan", "delta": "delta"}
MEANS, DISPERSIONS = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0), (1.0, 1.5, 2.5)

R_CODE = """
suppressMessages(library(surveillance))
args <- commandArgs(TRUE)
y <- as.matrix(read.csv(args[1]))
control <- list(range = as.integer(args[2]):as.integer(args[3]), b = as.integer(args[4]), w = 3, noPeriods = 10,
                pastWeeksNotIncluded = 26, pThresholdTrend = 1, weightsThreshold = 2.58, alpha = 0.005,
                limit54 = c(0, 4), thresholdMethod = "nbPlugin", glmWarnings = FALSE)
took <- system.time(found <- suppressWarnings(farringtonFlexible(new("sts", observed = y, freq = 52), control)))
cat(took[["elapsed"]], "\\n")
write.csv(upperbound(found), row.names = FALSE)
"""


def negative_binomial(rng: np.random.Generator, mean: np.ndarray, phi: float) -> np.ndarray:
    return rng.poisson(mean) if phi == 1 else rng.negative_binomial(mean / (phi - 1), 1 / phi)


def baseline_mean(theta: float, slope: float, cos: float, sin: float) -> np.ndarray:
    t = np.arange(1, WEEKS + 1)
    season = cos * np.cos(2 * np.pi * t / 52) + sin * np.sin(2 * np.pi * t / 52)
    return np.exp(theta + slope * t + season)


def with_outbreaks(
    rng: np.random.Generator,
    counts: np.ndarray,
    spread: np.ndarray,
    k: float,
    first: int,
    last: int,
    many: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Add outbreaks that start between two weeks; return the counts and where events were added."""
    added = np.zeros_like(counts)
    for column in range(counts.shape[1]):
        for start in rng.choice(np.arange(first, last + 1), many, replace=False):
            size = rng.poisson(k * spread[start])
            weeks = start + rng.choice(len(SHAPE), size, p=SHAPE / SHAPE.sum())
            np.add.at(added[:, column], weeks[weeks < len(counts)], 1)
    return counts + added, added > 0


def above(counts: np.ndarray, threshold: str) -> np.ndarray:
    how = Farrington(**PAPER, threshold=threshold)
    references = CURRENT[:, None] - 52 * np.arange(1, 6)
    found = farrington_flexible(counts, CURRENT, references, how)
    return counts[CURRENT] > found.threshold


def scenario(number: int, series: int, r_series: int, seed: int) -> list[dict]:
    *shape, phi = SCENARIOS[number]
    rng = np.random.default_rng([seed, number])
    mean = baseline_mean(*shape)
    spread = np.sqrt(phi * mean)
    counts = negative_binomial(rng, np.repeat(mean[:, None], series, axis=1), phi)
    past, _ = with_outbreaks(rng, counts, spread, 5, 312, 570, 4)
    current = {k: with_outbreaks(rng, counts, spread, k, 575, 618, 1) for k in (3, 5, 10)}
    rows = []
    for name, threshold in THRESHOLDS.items():
        flags = above(counts, threshold)
        row = {"scenario": number + 1, "mean_last_year": mean[CURRENT].mean(), "phi": phi, "threshold": name}
        row |= {"false": flags.mean(), "false_past_outbreaks": above(past, threshold).mean()}
        for k, (made, hit) in current.items():
            there = hit[CURRENT].any(axis=0)
            row[f"found_k{k}"] = (above(made, threshold) & hit[CURRENT]).any(axis=0)[there].mean()
        if name == "plugin" and r_series:  # R works for minutes where this takes seconds
            some = counts[:, :r_series]
            bound, _ = ask_r(some, 576, 624, 5)
            theirs = some[CURRENT] > bound
            row |= {"plugin_r": theirs.mean(), "plugin_same_series": flags[:, :r_series].mean()}
            row["differs"] = int((theirs != flags[:, :r_series]).sum())
        rows.append(row)
    return rows


def ask_r(counts: np.ndarray, first: int, last: int, years: int) -> tuple[np.ndarray, float]:
    """Return R's thresholds and the seconds that ``farringtonFlexible`` itself took."""
    with tempfile.TemporaryDirectory() as folder:
        data, code = Path(folder, "y.csv"), Path(folder, "run.R")
        pd.DataFrame(counts).to_csv(data, index=False)
        code.write_text(R_CODE, encoding="utf-8")
        done = subprocess.run(
            ["Rscript", str(code), str(data), str(first), str(last), str(years)],
            capture_output=True,
            text=True,
            check=True,
        )
    took, _, table = done.stdout.partition("\n")
    return pd.read_csv(io.StringIO(table)).to_numpy(dtype=float), float(took)


def sparse_row(mean: float, phi: float, series: int, seed: int) -> dict:
    rng = np.random.default_rng([seed, int(1000 * mean), int(10 * phi)])
    counts = negative_binomial(rng, np.full((260, series), mean), phi)
    at = np.arange(208, 260, 4)
    references = at[:, None] - 52 * np.arange(1, 4)
    fitted = farrington_flexible(counts, at, references, Farrington())
    rule = sparse_tail(counts, at, Farrington().alpha, Sparse())
    row = {"mean": mean, "phi": phi, "rule": (counts[at] > rule.threshold).mean()}
    row |= {
        "farrington": fitted.alarm.mean(),
        "farrington_no_minimum": (counts[at] > fitted.threshold).mean(),
    }
    return row | {f"power_plus_{more}": (counts[at] + more > rule.threshold).mean() for more in (2, 3, 5)}


def speed(rounds: int, seed: int) -> str:
    rng = np.random.default_rng(seed)
    means = np.geomspace(0.2, 20, 18)
    counts = negative_binomial(rng, np.repeat(means[None, :], 270, axis=0), 1.5)
    at = np.arange(218, 270)
    references = at[:, None] - 52 * np.arange(1, 5)
    how = Farrington(years=4, least_events=0)
    farrington_flexible(counts, at, references, how)
    ours, theirs = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        found = farrington_flexible(counts, at, references, how)
        ours.append(time.perf_counter() - start)
        bound, took = ask_r(counts, 219, 270, 4)
        theirs.append(took)
    worst = np.nanmax(np.abs(found.threshold - bound))
    fast, slow = statistics.median(ours), statistics.median(theirs)
    return (
        f"18 series, 52 weeks, median of {rounds}: {fast:.3f} s; R {slow:.2f} s; {slow / fast:.0f} times as fast; "
        f"largest difference of a threshold {worst:.2g}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--series", type=int, default=60)
    parser.add_argument("--r-series", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("benchmarks"))
    chosen = parser.parse_args()
    r_series = chosen.r_series if shutil.which("Rscript") else 0
    if r_series:
        print(speed(chosen.rounds, chosen.seed), flush=True)
    else:
        print("R is not installed: no comparison with it")
    sparse = pd.DataFrame(
        [sparse_row(mean, phi, 4 * chosen.series, chosen.seed) for mean in MEANS for phi in DISPERSIONS]
    )
    sparse.round(4).to_csv(chosen.out / "alerts_sparse.csv", index=False, lineterminator="\n")
    print(sparse.round(4).to_string(index=False), flush=True)
    rows = []
    for number in range(len(SCENARIOS)):
        rows += scenario(number, chosen.series, r_series, chosen.seed)
        print(pd.DataFrame(rows[-3:]).round(4).to_string(index=False), flush=True)
    table = pd.DataFrame(rows)
    table.round(4).to_csv(chosen.out / "alerts_scenarios.csv", index=False, lineterminator="\n")
    print(table.groupby("threshold").mean().round(4).T.to_string())


if __name__ == "__main__":
    main()
