"""Whether pooled and single-province answers hold what they promise when nothing happened, or something did.

    python -m benchmarks.validity_pooling [--reports 100] [--seed 1] [--out benchmarks/validity_pooling.csv]

Each report has 18 provinces over 156 weeks, an interruption after 115 and four weeks left out as phase-in. Mean
events a week are those of the committed panel: .39 down to .01 in nine provinces and none in nine; "ten times" is
the same tenfold. Counts are Poisson about a log-normal AR(1) disturbance with coefficient of variation .7; a share
of its variance is common to all provinces. The ratio is 1, or differs between provinces (mean log ratio .4,
standard deviation .3). Columns: share of reports in which some province is flagged after false-discovery control,
by the p-values of `trends.interrupted` and, for comparison, by quasi-Poisson regression; the joint tests; coverage
and median width (ratio of the limits) of the pooled intervals, with and without what the provinces share.
"""

from __future__ import annotations

import argparse
import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd

from trends.errors import EstimationError
from trends.models import Interruption, interrupted
from trends.models.pooling import combine_p, fdr, max_t
from trends.models.pooling.joined import by_counts, by_ratios, shared_by_sum
from trends.models.pooling.units import fit_provinces

MEANS = np.array([0.385, 0.365, 0.308, 0.224, 0.192, 0.154, 0.083, 0.013, 0.013, *(0.0,) * 9])
WEEKS, START = 156, 115
INDEX = pd.date_range("2018-01-01", periods=WEEKS, freq="W-MON")
STEP = Interruption(INDEX[START], shape="level")
PHASE = (INDEX[START], INDEX[START + 3] + pd.Timedelta(days=6))
SIGMA = 0.7


def disturbance(rng: np.random.Generator, rho: float, size: int) -> np.ndarray:
    noise = rng.standard_normal((WEEKS, size))
    found = np.empty_like(noise)
    found[0] = noise[0]
    for t in range(1, WEEKS):
        found[t] = rho * found[t - 1] + math.sqrt(1 - rho**2) * noise[t]
    return found


def report(rng: np.random.Generator, rho: float, common: float, effect: bool, scale: float) -> pd.DataFrame:
    variance = math.log1p(SIGMA**2)
    own = disturbance(rng, rho, len(MEANS)) * math.sqrt(variance * (1 - common))
    shared = disturbance(rng, rho, 1) * math.sqrt(variance * common)
    logs = rng.normal(0.4, 0.3, len(MEANS)) if effect else np.zeros(len(MEANS))
    after = (np.arange(WEEKS) >= START)[:, None]
    mean = scale * MEANS * np.exp(own + shared - variance / 2 + after * logs)
    names = [f"P{place:02d}" for place in range(1, len(MEANS) + 1)]
    return pd.DataFrame(rng.poisson(mean), index=INDEX, columns=names)


def quasi_poisson_flags(counts: pd.DataFrame) -> bool:
    p_values = []
    for name in counts:
        try:
            fit = interrupted(counts[name], STEP, phase_in=PHASE, trend=None, harmonics=0, intervals="model",
                              family="quasi-poisson", draws=1000)  # fmt: skip
            p_values.append(fit.effects["p_value"].iloc[0] if fit.rates is None else fit.rates.p_value)
        except EstimationError:
            p_values.append(math.nan)
    return bool(fdr(p_values).flagged)


def judge(counts: pd.DataFrame, truth: float, peer: bool) -> dict[str, float]:
    question = {"phase_in": PHASE, "trend": None, "harmonics": 0, "draws": 1000}
    fits = fit_provinces(counts, STEP, **question)
    p_values = fits.table["p_value"]
    found = {"flagged": float(bool(fdr(p_values).flagged)), "cauchy": float(combine_p(p_values) < 0.05)}
    found["max_t"] = float(max_t(fits.scores()[1], flips=999).p_value < 0.05)
    if peer:
        found["flagged_quasi_poisson"] = float(quasi_poisson_flags(counts))
    shared = shared_by_sum(fits, counts, STEP, question)
    for name, pooled in (
        ("ratios", by_ratios(fits.table, 0.95, shared)),
        ("ratios_alone", by_ratios(fits.table, 0.95, 0.0)),
        ("counts", by_counts(fits, fits.table, 0.95, shared)),
        ("counts_alone", by_counts(fits, fits.table, 0.95, 0.0)),
    ):
        if pooled is None or not 0 < pooled.low < pooled.high < math.inf:
            continue
        found[f"cover_{name}"] = float(pooled.low <= math.exp(truth) <= pooled.high)
        found[f"width_{name}"] = pooled.high / pooled.low
    return found


def cell(seed: int, reports: int, rho: float, common: float, effect: bool, scale: float) -> dict[str, float]:
    rows = []
    for one in range(reports):
        rng = np.random.default_rng([seed, one, int(100 * rho), int(100 * common), effect, int(scale)])
        rows.append(judge(report(rng, rho, common, effect, scale), 0.4 if effect else 0.0, not effect))
    table = pd.DataFrame(rows)
    summary = {
        name: table[name].median() if name.startswith("width") else table[name].mean() for name in table
    }
    setting = {"rho": rho, "common": common, "effect": effect, "scale": scale, "reports": reports}
    return setting | {name: round(float(value), 3) for name, value in summary.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reports", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/validity_pooling.csv"))
    chosen = parser.parse_args()
    cells = [(rho, common, False, 1.0) for rho, common in itertools.product((0.0, 0.3, 0.6), (0.0, 0.5))]
    cells += [(0.6, 0.0, True, 1.0), (0.6, 0.5, True, 1.0), (0.6, 0.0, False, 10.0), (0.6, 0.5, False, 10.0)]
    rows = []
    for setting in cells:
        rows.append(cell(chosen.seed, chosen.reports, *setting))
        print(rows[-1], flush=True)
        pd.DataFrame(rows).to_csv(chosen.out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
