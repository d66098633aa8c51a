"""How often checks find something where nothing happened: sizes at 5 %, with serial correlation.

    python -m benchmarks.checks_size [--series 100] [--simulations 39]

Weekly counts of two years around a mean of 6 with a latent AR(1) disturbance (sigma 0.4), no change. Printed: the
share of series with p at most 0.05, by the change point search (simulated null), by the textbook sup-F test of log
counts, and by placebo dates with the real date drawn at random and with the real date always in the middle.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from trends.checks import change_point, placebo_dates
from trends.models import Interruption, interrupted

WEEKS = 104


def calm(seed: int, rho: float) -> pd.Series:
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(WEEKS)
    noise[1:] *= np.sqrt(1 - rho**2)
    course = 6 * np.exp(0.4 * lfilter([1.0], [1.0, -rho], noise) - 0.08)
    index = pd.date_range("2018-01-01", periods=WEEKS, freq="W-MON", name="week")
    return pd.Series(rng.poisson(course), index=index, name=f"s{seed}")


def step(counts: pd.Series, place: int):
    item = Interruption(counts.index[place], shape="level")
    return interrupted(counts, item, harmonics=0, draws=1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--simulations", type=int, default=39)
    given = parser.parse_args()
    for rho in (0.0, 0.6):
        series = [calm(seed, rho) for seed in range(given.series)]
        middle = {counts.name: step(counts, 52) for counts in series}
        places = np.random.default_rng(1).integers(8, WEEKS - 8, given.series)
        anywhere = {counts.name: step(counts, int(at)) for counts, at in zip(series, places, strict=True)}
        searched = [change_point(one, simulations=given.simulations) for one in middle.values()]
        shares = {
            "change point": np.mean([one.p_value <= 0.05 for one in searched]),
            "textbook sup-F": np.mean([one.log_linear.p_value <= 0.05 for one in searched]),
            "placebo, any date": (placebo_dates(anywhere, n=39).overview["p_value"] <= 0.05).mean(),
            "placebo, middle": (placebo_dates(middle, n=39).overview["p_value"] <= 0.05).mean(),
            "weeks kept in the set": np.mean([one.table["in_set"].mean() for one in searched]),
        }
        print(f"rho {rho}: " + "; ".join(f"{name} {share:.3f}" for name, share in shares.items()), flush=True)


if __name__ == "__main__":
    main()
