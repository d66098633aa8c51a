"""Coverage of the interval of a step in the ratio of two series (latent AR(1), given the total of both).

    python -m benchmarks.validity_controls [--pairs 400] [--seed 100] [--out benchmarks/validity_controls.csv]

157 weeks, a step after 115. Both series share an AR(1) disturbance of the log mean (standard deviation .4,
coefficient .7); each has one of its own, so that their ratio is disturbed with standard deviation ``apart`` and
coefficient ``rho``. Counts are Poisson. Columns: share of pairs whose interval covers the step, and the change of
slope in a fit with both; median width of the interval of the step (log scale); mean estimate of the step; pairs
whose fit did not converge, which the package refuses.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import pandas as pd

from trends.models.quasibinomial import fit_quasibinomial
from trends.models.share_ar1 import fit_share_ar1

WEEKS = 157
TIME = np.arange(WEEKS)
SINCE = TIME - 115.0
SHARED = 0.4
MEANS = ((1, 3), (3, 3), (10, 30), (30, 10), (300, 150))
APART = ((0.0, 0.0), (0.3, 0.0), (0.3, 0.6), (0.5, 0.8))
CELLS = [(*means, *apart, 0.0) for means in MEANS for apart in APART]
CELLS += [(3, 30, 0.5, 0.6, 0.7), (30, 30, 0.5, 0.6, -0.7), (30, 300, 1.0, 0.6, -0.7)]


def columns() -> np.ndarray:
    season = [f(2 * np.pi * k * TIME / 52.18) for k in (1, 2) for f in (np.sin, np.cos)]
    return np.column_stack([np.ones(WEEKS), SINCE / 52.18, *season, (SINCE >= 0) * 1.0])


def disturbance(rng: np.random.Generator, rho: float, sigma: float) -> np.ndarray:
    found = np.empty(WEEKS)
    found[0] = rng.normal(0, sigma)
    for week in range(1, WEEKS):
        found[week] = rho * found[week - 1] + rng.normal(0, sigma * math.sqrt(1 - rho**2))
    return found


def interval(treated: np.ndarray, total: np.ndarray, matrix: np.ndarray) -> tuple[float, float, float]:
    seen = total > 0
    start = fit_quasibinomial(treated[seen], (total - treated)[seen], matrix[seen], np.zeros(seen.sum()))
    fit = fit_share_ar1(treated, total, matrix, np.zeros(WEEKS), start.coef)
    found = fit.interval(np.eye(matrix.shape[1])[-1])
    return float(found.lower[0]), float(found.estimate[0]), float(found.upper[0])


def cell(
    treated: float, control: float, apart: float, rho: float, step: float, pairs: int, seed: int
) -> dict:
    rng, level = np.random.default_rng(seed), columns()
    both = np.column_stack([level, np.clip(SINCE, 0, None)])
    rows = []
    for _ in range(pairs):
        shared, own, other = (
            disturbance(rng, r, s)
            for r, s in ((0.7, SHARED), (rho, apart / math.sqrt(2)), (rho, apart / math.sqrt(2)))
        )
        mean = treated * np.exp(shared + own + step * (SINCE >= 0) - apart**2 / 4)
        y = rng.poisson(mean).astype(float)
        total = y + rng.poisson(control * np.exp(shared + other - apart**2 / 4))
        low, estimate, high = interval(y, total, level)
        bottom, _, top = interval(y, total, both)
        rows.append((low < step < high, bottom < 0 < top, high - low, estimate + 0 * top))
    fitted = [row for row in rows if all(map(math.isfinite, row))]
    covered, slope, width, estimates = np.array(fitted, dtype=float).T
    return {
        "treated": treated,
        "control": control,
        "apart": apart,
        "rho": rho,
        "step": step,
        "coverage_level": covered.mean().round(3),
        "coverage_slope": slope.mean().round(3),
        "median_width": np.median(width).round(3),
        "mean_estimate": estimates.mean().round(3),
        "pairs": pairs,
        "refused": pairs - len(fitted),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/validity_controls.csv"))
    chosen = parser.parse_args()
    table = pd.DataFrame([cell(*one, chosen.pairs, chosen.seed) for one in CELLS])
    table.to_csv(chosen.out, index=False, lineterminator="\n")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
