"""How long placebo dates of 18 provinces take, batched, beside a loop of statsmodels fits.

    python -m benchmarks.placebo [--series 18] [--dates 200] [--loop 60]

Weekly counts of four and a half years with a latent AR(1) disturbance; level and slope at every date, two
harmonics, trend. The whole batch is one call of ``placebo_dates``. The loop fits ``--loop`` of the same regressions
one by one with statsmodels (Poisson GLM with HAC errors: what an analyst would loop over); its time is given per fit,
and the ratio is of processor time in the same run. Where both compute the same thing (no disturbance: Poisson
regression) the largest difference of the coefficients is printed; the script ends with an error above 1e-6.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.signal import lfilter

from trends.checks import placebo_dates
from trends.checks.basis import basis_of
from trends.checks.placebo_designs import admissible_shifts, placebo_batch
from trends.models import interrupted
from trends.models.latent_ar1 import fit_latent_ar1_at

SAME = 1e-6


def provinces(count: int, weeks: int) -> dict[str, pd.Series]:
    rng = np.random.default_rng(18)
    index = pd.date_range("2016-08-01", periods=weeks, freq="W-MON", name="week")
    found = {}
    for number in range(count):
        latent = lfilter([1.0], [1.0, -0.5], rng.standard_normal(weeks) * 0.75**0.5)
        course = rng.uniform(1.5, 12) * np.exp(0.4 * latent - 0.08)
        found[f"P{number:02}"] = pd.Series(rng.poisson(course), index=index, name=f"P{number:02}")
    return found


def timed(work):
    wall, processor = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - wall, time.process_time() - processor


def one_by_one(batch, rows):
    found = []
    for row in rows:
        used = np.isfinite(batch.counts[row])
        model = sm.GLM(batch.counts[row][used], batch.matrix[row][used], sm.families.Poisson())
        found.append(model.fit(tol=1e-12, cov_type="HAC", cov_kwds={"maxlags": 4}).params)
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=18)
    parser.add_argument("--dates", type=int, default=200)
    parser.add_argument("--loop", type=int, default=60)
    given = parser.parse_args()
    counts = provinces(given.series, given.dates + 20)
    date = next(iter(counts.values())).index[-40]
    results = {name: interrupted(series, date, draws=1000) for name, series in counts.items()}
    check, wall, processor = timed(lambda: placebo_dates(results, n=given.dates))
    fits = len(check.table)
    print(f"batched: {fits} latent AR(1) fits in {wall:.2f} s ({processor:.2f} s of processor time)")
    basis = basis_of(next(iter(results.values())), "placebo dates")
    batch = placebo_batch(basis, admissible_shifts(basis))
    rows = np.linspace(0, len(batch.counts) - 1, given.loop).astype(int)
    looped, _, loop_time = timed(lambda: one_by_one(batch, rows))
    print(
        f"loop:    {given.loop} statsmodels fits in {loop_time:.2f} s, {1e3 * loop_time / given.loop:.2f} ms each"
    )
    whole, per_fit = loop_time / given.loop * fits, processor / fits
    print(
        f"all {fits} one by one would take {whole:.1f} s: {whole / processor:.1f} times as long as the batch"
    )
    same, _, same_time = timed(lambda: fit_latent_ar1_at(batch.counts, batch.matrix, 0.0, 0.0))
    apart = float(np.abs(same.coef[rows] - looped).max())
    ratio = loop_time / given.loop / (same_time / len(batch.counts))
    print(
        f"the same Poisson regressions batched: {ratio:.0f} times faster a fit, largest difference {apart:.1e}"
    )
    print(f"({1e3 * per_fit:.2f} ms of processor time a latent AR(1) fit)")
    if apart > SAME:
        raise SystemExit(f"the coefficients differ by more than {SAME:g}")


if __name__ == "__main__":
    main()
