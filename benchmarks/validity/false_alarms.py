"""How often a report over 18 provinces flags one when nothing happened, and how often when something did.

    python -m benchmarks.validity.false_alarms [--reports 1000] [--peer-reports 100] [--power-reports 200] [--workers 2]

Weeks, interruption, phase-in and comparison windows are those of the drawdown report. Every report is compared in
three ways, each with what false-discovery control leaves (Benjamini & Hochberg, 5 %) and without it:

- "as the report": what `trends.findings.units.compare_units` does, for all reports at once (a test holds the two
  together): a change of level between the report's windows by the default interval of `trends.interrupted`, and
  exactly where its rule finds too few events (`trends.models.sparse.too_sparse`: 10 in each window);
- "latent AR(1), the default": the average ratio over the weeks after of a segmented regression with trend and two
  harmonics, as `trends.interrupted` makes it; exactly where there are too few events. All
  provinces and reports go through the batched kernel together; the interval's p-value is that of the checks;
- "exact throughout": each province's rates in the report's windows exactly, with the dispersion of its counts, however
  many events there are; what ``family="exact"`` gives, and why the report does not.

The peers fit the same regression to the first reports and test the same average ratio, in provinces that have enough
events for it by the rule of `trends.interrupted`; the others are compared exactly here too, so that the interval makes
the difference. A province that a peer cannot fit counts as not flagged.

Writes false_alarms.csv and power.csv beside this file (elsewhere with --out).
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from benchmarks.validity.methods import FITS
from benchmarks.validity.truths import autoregression, design_of
from trends.checks import effects
from trends.checks.effects import NOT_CONVERGED, Batch, fit_effects
from trends.models.sparse import fit_exact, too_sparse

HERE = Path(__file__).parent
WEEKS, START, PHASE_IN, FIRST = 156, 115, 4, 53
RECORDED = np.array([0.385, 0.365, 0.308, 0.224, 0.192, 0.154, 0.083, 0.013, 0.013, *(0.0,) * 9])
PROFILES = {
    "as recorded": (RECORDED, 0.63),
    "mixed": (np.geomspace(0.1, 30.0, 18), 0.35),
    "0.3 in each": (np.full(18, 0.3), 0.63),
    "30 in each": (np.full(18, 30.0), 0.35),
}
RHOS = (0.0, 0.3, 0.6)
RATIOS = (1.0, 1.5, 2.0, 3.0, 4.0)
POWER_RHOS = (0.3, 0.6)
REPORT, LATENT, EXACT = "as the report", "latent AR(1), the default", "exact throughout"
LEVEL = 0.05


@dataclass(frozen=True)
class Setting:
    """Mean events a week by province (``profile``), autocorrelation, the true ratio, and which provinces it is in."""

    profile: str
    rho: float
    ratio: float = 1.0
    where: str = "none"

    @property
    def key(self) -> list[int]:
        """Numbers that seed this setting and no other."""
        where = ("none", "one", "all").index(self.where)
        return [list(PROFILES).index(self.profile), round(100 * self.rho), round(100 * self.ratio), where]


def simulate_reports(setting: Setting, reports: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw counts (reports, 18, weeks) and which provinces changed (reports, 18).

    With ``where="one"`` the provinces that have events take turns.
    """
    means, sd = PROFILES[setting.profile]
    rng = np.random.default_rng([seed, *setting.key])
    shape = (reports, len(means))
    changed = np.full(shape, setting.where == "all")
    if setting.where == "one":
        changed[np.arange(reports), np.arange(reports) % (means > 0).sum()] = True
    noise = autoregression((setting.rho, 0.0), (reports * len(means), WEEKS), rng) * sd
    after = np.arange(WEEKS) >= START
    ratio = np.where(changed[..., None] & after, setting.ratio, 1.0)
    expected = means[:, None] * np.exp(noise.reshape(*shape, WEEKS) - sd**2 / 2) * ratio
    return rng.poisson(expected).astype(float), changed


def exact_p(counts: np.ndarray) -> np.ndarray:
    """P-values (R, 18) of exact comparisons in the report's windows; NaN without events."""
    used = np.r_[FIRST:START, START + PHASE_IN : WEEKS]
    return _exact(counts[..., used], used >= START)


def latent_p(counts: np.ndarray) -> np.ndarray:
    """P-values (R, 18) of the default interval, exact where it refuses a regression."""
    return _regressed(counts, design_of(WEEKS, START), effects=2)


def report_p(counts: np.ndarray) -> np.ndarray:
    """P-values (R, 18) of the report's comparisons: a change of level by the default interval, exact where refused."""
    after = np.arange(FIRST, WEEKS) >= START
    return _regressed(counts[..., FIRST:], np.column_stack([np.ones(len(after)), after]), effects=1)


def _regressed(counts: np.ndarray, design: np.ndarray, effects: int) -> np.ndarray:
    """P-values of the average ratio; the last weeks of the study, the last ``effects`` columns the interruption's."""
    start = START - (WEEKS - len(design))
    flat = counts.reshape(-1, len(design)).copy()
    flat[:, start : start + PHASE_IN] = np.nan
    without = design.copy()
    without[:, -effects:] = 0.0
    segment = np.broadcast_to((np.arange(len(design)) >= start).astype(np.intp), flat.shape)
    used = np.isfinite(flat)
    batch = Batch(flat, design, without, np.zeros_like(flat), segment, used & (segment > 0))
    found = fit_effects(batch, 0.95)
    p_values, seen = found.p_value.copy(), used[0]
    refused = np.array([reason not in ("", NOT_CONVERGED) for reason in found.refused])
    p_values[refused] = _exact(flat[refused][:, seen], segment[0, seen] > 0)
    return p_values.reshape(counts.shape[:-1])


def _exact(counts: np.ndarray, after: np.ndarray) -> np.ndarray:
    weeks = np.ones(counts.shape[-1])
    flat = counts.reshape(-1, counts.shape[-1])
    found = [fit_exact(row, weeks, after, level=0.95).rates.p_value if row.any() else np.nan for row in flat]
    return np.array(found).reshape(counts.shape[:-1])


def peer_p(fit: Callable) -> Callable[[np.ndarray], np.ndarray]:
    """P-values of a peer's fit for the same average ratio, by the delta method."""
    return lambda counts: np.array([_peer_one(fit, row) for row in counts.reshape(-1, WEEKS)]).reshape(
        counts.shape[:-1]
    )


def _peer_one(fit: Callable, counts: np.ndarray) -> float:
    design, used = design_of(WEEKS, START), np.r_[:START, START + PHASE_IN : WEEKS]
    after, size = used >= START, design.shape[1]
    if too_sparse(counts[used], after.astype(np.intp), size):
        return float(_exact(counts[used][None], after)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = fit(counts[used], design[used])
            coef, cov = np.asarray(found.params)[:size], np.asarray(found.cov_params())[:size, :size]
        except (np.linalg.LinAlgError, ValueError):
            return np.nan
        ratio, slope = average_ratio(coef, design[START + PHASE_IN :])
        return float(2 * stats.norm.sf(abs(ratio) / np.sqrt(slope @ cov @ slope)))


def average_ratio(coef: np.ndarray, after: np.ndarray) -> tuple[float, np.ndarray]:
    """Log ratio of the expected events after with over without, and its gradient."""
    without = after.copy()
    without[:, -2:] = 0.0
    sums = [np.exp(np.clip(matrix @ coef, -50, 50)) for matrix in (after, without)]
    slopes = [mean @ matrix / mean.sum() for mean, matrix in zip(sums, (after, without), strict=True)]
    return float(np.log(sums[0].sum() / sums[1].sum())), slopes[0] - slopes[1]


OURS = {REPORT: report_p, LATENT: latent_p}
BESIDE = {EXACT: exact_p}
PEERS = {name: peer_p(fit) for name, fit in FITS.items()}


def flags(p_values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which provinces are flagged (R, 18): each test by itself, and by false-discovery control over a report's tests."""
    alone = np.nan_to_num(p_values, nan=1.0) < LEVEL
    adjusted = np.zeros_like(alone)
    for report, row in enumerate(p_values):
        tested = np.isfinite(row)
        if tested.any():
            adjusted[report, tested] = multipletests(row[tested], LEVEL, "fdr_bh")[0]
    return alone, adjusted


def false_alarms(
    setting: Setting, counts: np.ndarray, ways: dict[str, Callable]
) -> Iterator[dict[str, object]]:
    """Share of reports of a setting without effect that flag some province, one row a way."""
    for name, p_of in ways.items():
        p_values = p_of(counts)
        alone, adjusted = flags(p_values)
        yield {
            "profile": setting.profile,
            "rho": setting.rho,
            "method": name,
            "reports": len(counts),
            "tests": round(float(np.isfinite(p_values).sum(1).mean()), 2),
            "unadjusted": round(float(alone.any(1).mean()), 4),
            "flagged": round(float(adjusted.any(1).mean()), 4),
        }


def power(setting: Setting, counts: np.ndarray, changed: np.ndarray) -> Iterator[dict[str, object]]:
    """Share of the changed provinces that have events on average that a report flags, one row a way."""
    counted = changed & (PROFILES[setting.profile][0] > 0)
    for name, p_of in (OURS | BESIDE).items():
        _, adjusted = flags(p_of(counts))
        yield {
            **asdict(setting),
            "method": name,
            "reports": len(counts),
            "power": round(float(adjusted[counted].mean()), 4),
            "some_flagged": round(float(adjusted.any(1).mean()), 4),
        }


def measure(setting: Setting, reports: int, peer_reports: int, seed: int) -> list[dict[str, object]]:
    """Rows of one setting; without an effect those of false alarms, peers included."""
    effects.threads = lambda: 1  # processes share the cores already
    counts, changed = simulate_reports(setting, reports, seed)
    if setting.where != "none":
        return list(power(setting, counts, changed))
    rows = list(false_alarms(setting, counts, OURS | BESIDE))
    if peer_reports:
        rows += false_alarms(setting, counts[:peer_reports], PEERS)
    return rows


def settings() -> tuple[list[Setting], list[Setting]]:
    """List the settings without an effect, and those of the power curves."""
    quiet = [Setting(profile, rho) for profile in PROFILES for rho in RHOS]
    busy = [
        Setting(profile, rho, ratio, where)
        for profile in PROFILES
        for rho in POWER_RHOS
        for where in ("one", "all")
        for ratio in RATIOS
    ]
    return quiet, busy


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="False alarms and power over 18 provinces.")
    parser.add_argument("--reports", type=int, default=1000, help="reports a setting without effect")
    parser.add_argument("--peer-reports", type=int, default=100, help="of these, reports for the peers")
    parser.add_argument("--power-reports", type=int, default=200, help="reports a point of the power curves")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20200318)
    parser.add_argument("--out", type=Path, default=HERE)
    return parser.parse_args()


def main() -> None:
    chosen, started = arguments(), time.perf_counter()
    for name, some, reports in zip(
        ("false_alarms", "power"), settings(), (chosen.reports, chosen.power_reports), strict=True
    ):
        count = len(some)
        with ProcessPoolExecutor(chosen.workers) as pool:
            found = pool.map(
                measure, some, [reports] * count, [chosen.peer_reports] * count, [chosen.seed] * count
            )
            table = pd.DataFrame([row for rows in found for row in rows])
        table.to_csv(chosen.out / f"{name}.csv", index=False, lineterminator="\n")
        print(f"{name}: {count} settings, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
