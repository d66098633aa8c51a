"""Whether the interval of the average effect on the treated covers, with few and sparse provinces.

    python -m benchmarks.validity_staggered [--reports 200] [--seed 1] [--out benchmarks/validity_staggered.csv]

36 months of nine provinces; "panel": monthly means like the committed panel's and four treated in months 27, 27, 27
and 28, as the bases were handed over; "ten times": tenfold means; "balanced": eight of sixteen treated over a year,
three events a month. Counts are Poisson about a log-normal AR(1) disturbance (coefficient of variation .5). The ratio
is 1 or 1.6. Columns: coverage, share of intervals above and below the truth, median width (ratio of the limits),
share of pre-trend tests below .05 (no trend differs), share of reports that carry a doubt, share without an estimate.
"""

from __future__ import annotations

import argparse
import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd

from trends.errors import EstimationError
from trends.models.staggered import staggered

MONTHS = pd.date_range("2018-01-01", periods=36, freq="MS")
REAL = np.array([0.67, 0.97, 1.59, 0.83, 1.67, 1.34, 0.36, 0.06, 0.06])
SETTINGS = {
    "panel": (REAL, [27, 27, 27, 28] + [36] * 5),
    "ten times": (10 * REAL, [27, 27, 27, 28] + [36] * 5),
    "balanced": (np.full(16, 3.0), [20, 20, 22, 24, 26, 28, 30, 32] + [36] * 8),
}


def one(
    rng: np.random.Generator, means: np.ndarray, starts: np.ndarray, rho: float, ratio: float
) -> dict[str, float]:
    variance = math.log1p(0.25)
    noise = rng.standard_normal((36, len(starts)))
    for t in range(1, 36):
        noise[t] = rho * noise[t - 1] + math.sqrt(1 - rho**2) * noise[t]
    on = np.arange(36)[:, None] >= starts
    mean = means * np.exp(math.sqrt(variance) * noise - variance / 2 + math.log(ratio) * on)
    counts = pd.DataFrame(rng.poisson(mean), index=MONTHS).rename(columns=str)
    dates = {str(p): MONTHS[s] for p, s in enumerate(starts) if s < 36}
    try:
        found = staggered(counts, dates, leads=0)
    except EstimationError:
        return {"refused": 1.0}
    if not math.isfinite(found.low):
        return {"refused": 1.0}
    row = {"refused": 0.0, "covered": found.low <= ratio <= found.high, "above": found.low > ratio}
    row |= {"below": found.high < ratio, "width": found.high / found.low, "doubted": bool(found.doubts)}
    return row | ({} if found.pre_trend is None else {"trend": found.pre_trend.p_value < 0.05})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reports", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/validity_staggered.csv"))
    chosen = parser.parse_args()
    rows = []
    for name, rho, ratio in itertools.product(SETTINGS, (0.0, 0.6), (1.0, 1.6)):
        means, starts = SETTINGS[name]
        rng = np.random.default_rng([chosen.seed, list(SETTINGS).index(name), int(10 * rho), int(10 * ratio)])
        table = pd.DataFrame(
            [one(rng, means, np.array(starts), rho, ratio) for _ in range(chosen.reports)]
        ).astype(float)
        summary = {c: round(float(table[c].median() if c == "width" else table[c].mean()), 3) for c in table}
        rows.append({"setting": name, "rho": rho, "ratio": ratio, "reports": chosen.reports} | summary)
        print(rows[-1], flush=True)
    pd.DataFrame(rows).to_csv(chosen.out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
