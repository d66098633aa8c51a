"""How long placebo dates of 18 provinces take, batched, beside loops of the fits that an analyst would make one by one.

    python -m benchmarks.placebo [--series 18] [--dates 200] [--loop 60] [--rounds 5] [--out benchmarks/placebo.csv]

Weekly counts of more than four years with a latent AR(1) disturbance; level and slope at every date, two harmonics,
trend. The batch is one call of ``trends.checks.placebo_dates``, designs, intervals and overview included. The loops fit
``--loop`` of the same regressions (same counts, same columns); R's glmmTMB fits some of one date. All take turns in
one run (A B C A B C ...); the table has medians. What all of the fits would take one by one is the time of a fit times
their number. Where both compute the same thing (Poisson regression: no disturbance) the largest difference of the
coefficients stands beside; the script ends with an error above 1e-6.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.signal import lfilter

from benchmarks.validity.methods import FITS
from benchmarks.validity.rpeers import glmmtmb
from benchmarks.validity.truths import Cell, Simulated
from trends.checks import placebo_dates
from trends.checks.basis import basis_of
from trends.checks.effects import Batch
from trends.checks.placebo_designs import admissible_shifts, placebo_batch
from trends.models import interrupted
from trends.models.latent_ar1 import fit_latent_ar1_at

SAME = 1e-6
R_FITS = 4
BATCHED, SAME_BATCHED, R = "placebo_dates", "the same Poisson regressions, batched", "glmmTMB ar1 (R)"


def provinces(count: int, weeks: int) -> dict[str, pd.Series]:
    rng = np.random.default_rng(18)
    index = pd.date_range("2016-08-01", periods=weeks, freq="W-MON", name="week")
    found = {}
    for number in range(count):
        latent = lfilter([1.0], [1.0, -0.5], rng.standard_normal(weeks) * 0.75**0.5)
        course = rng.uniform(1.5, 12) * np.exp(0.4 * latent - 0.08)
        found[f"P{number:02}"] = pd.Series(rng.poisson(course), index=index, name=f"P{number:02}")
    return found


def timed(work: Callable) -> tuple[object, float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - wall, time.process_time() - processor


def one_by_one(batch: Batch, rows: np.ndarray, fit: Callable) -> np.ndarray:
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row in rows:
            used = np.isfinite(batch.counts[row])
            found.append(fit(batch.counts[row][used], batch.matrix[row][used]).params)
    return np.array(found)


def poisson_with_hac(y: np.ndarray, x: np.ndarray):
    """Fit as tightly as the batch does, so that the coefficients can be compared."""
    return sm.GLM(y, x, family=sm.families.Poisson()).fit(tol=1e-12, cov_type="HAC", cov_kwds={"maxlags": 4})


def work_of(results: dict, dates: int, loop: int) -> tuple[dict[str, tuple[Callable, int]], Callable]:
    """List what is timed (by name, the work and the fits in it) and what makes the largest difference of coefficients."""
    basis = basis_of(next(iter(results.values())), "placebo dates")
    batch = placebo_batch(basis, admissible_shifts(basis))
    rows = np.linspace(0, len(batch.counts) - 1, loop).astype(int)
    fits = sum(min(dates, len(admissible_shifts(basis_of(r, "")))) + 1 for r in results.values())
    at_start = Simulated(
        np.stack([r.analysis.setting.counts for r in list(results.values())[:R_FITS]]),
        basis.matrix,
        np.zeros(4),
        basis.start,
    )
    works = {
        BATCHED: (lambda: placebo_dates(results, n=dates), fits),
        SAME_BATCHED: (lambda: fit_latent_ar1_at(batch.counts, batch.matrix, 0.0, 0.0), len(batch.counts)),
        "Poisson GLM, HAC errors (statsmodels)": (lambda: one_by_one(batch, rows, poisson_with_hac), loop),
        "negative binomial (statsmodels)": (
            lambda: one_by_one(batch, rows, FITS["negative binomial"]),
            loop,
        ),
        R: (lambda: glmmtmb(Cell(1.0, 0.0, len(basis.matrix)), at_start), len(at_start.counts)),
    }

    def apart() -> float:
        batched = fit_latent_ar1_at(batch.counts, batch.matrix, 0.0, 0.0).coef[rows]
        return float(np.abs(batched - one_by_one(batch, rows, poisson_with_hac)).max())

    return works, apart


def table(works: dict[str, tuple[Callable, int]], rounds: int) -> pd.DataFrame:
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, (work, fits) in works.items():
            if name == R and turn > 1:
                continue
            found, clock, processor = timed(work)
            if name == R and found is None:
                continue
            if name == R:  # its processor time is its own; R's start and the files are left out
                clock = processor = found[1] * fits / 1e3
            if turn or name == R:
                taken[name].append((clock, processor))
    rows = [
        {
            "what": name,
            "fits": works[name][1],
            "clock_s": round(median(clock for clock, _ in times), 3),
            "processor_s": round(median(processor for _, processor in times), 3),
            "ms_a_fit": round(1e3 * median(processor for _, processor in times) / works[name][1], 3),
        }
        for name, times in taken.items()
        if times
    ]
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=18)
    parser.add_argument("--dates", type=int, default=200)
    parser.add_argument("--loop", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".csv"))
    given = parser.parse_args()
    counts = provinces(given.series, given.dates + 20)
    date = next(iter(counts.values())).index[-40]
    results = {name: interrupted(series, date, draws=1000) for name, series in counts.items()}
    works, apart = work_of(results, given.dates, given.loop)
    found, difference = table(works, given.rounds), apart()
    found["coefficients_apart"] = np.where(found["what"] == SAME_BATCHED, f"{difference:.1e}", "")
    found.to_csv(given.out, index=False, lineterminator="\n")
    print(found.to_string(index=False))
    if difference > SAME:
        raise SystemExit(f"the coefficients differ by more than {SAME:g}")


if __name__ == "__main__":
    main()
