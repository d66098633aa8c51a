"""What could have been detected: power by simulation from the fitted model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from trends.checks.basis import Basis, basis_of
from trends.checks.display import CheckResult
from trends.checks.effects import Effects, Progress, fit_effects, own_batch
from trends.checks.simulate import randomness
from trends.errors import InputError
from trends.models.inference import LatentInference, latent_ar1
from trends.models.regression import Regression
from trends.models.result import InterruptedResult
from trends.models.series import Floats
from trends.models.sparse import fit_exact
from trends.models.words import number

DEFAULT_SEED = 20200319
RATIOS = (0.125, 0.2, 0.33, 0.5, 0.67, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0)
WANTED = 0.8


@dataclass(frozen=True)
class DetectableChange:
    """Smallest change found with the wanted power.

    Attributes
    ----------
    ratio
        Rate ratio; NaN where it lies beyond the ratios tried.
    low, high
        Limits of its Monte Carlo error, 95 %.
    analytic
        ``exp(±(z + z_power) × standard error)`` of the fit, for comparison.
    """

    ratio: float
    low: float
    high: float
    analytic: float


@dataclass(frozen=True, eq=False)
class Power(CheckResult):
    """Power at several rate ratios, and the smallest rise and fall with 80 % of it.

    Attributes
    ----------
    table
        ``ratio, detected, std_error, fitted, simulations``: share of simulated series whose interval leaves out
        no change on the right side (at a ratio of 1: on either side), its Monte Carlo error, and the share with
        enough events for the regression (the others are compared exactly, as real ones are).
    rise, fall
        The smallest detectable changes.
    sigma, rho
        Of the disturbance that was simulated.
    """

    rise: DetectableChange
    fall: DetectableChange
    sigma: float
    rho: float

    def sentence(self) -> str:
        """Say which change would have shown."""
        falls, rises = _detectable_words(self.fall, "fall"), _detectable_words(self.rise, "rise")
        return (
            f"With noise like that of this series (sigma {self.sigma:.2f}, rho {self.rho:.2f}), an average change "
            f"over the weeks after would have been found with {100 * WANTED:.0f} % power from {rises}, and from {falls}. "
            "This says what such data can show, not what happened."
        )

    def plot(self) -> Any:
        """Draw power by rate ratio."""
        from trends.checks.plots_more import power_figure

        return power_figure(self, WANTED)


def power(
    result: InterruptedResult,
    ratios: Sequence[float] = RATIOS,
    n: int = 200,
    seed: int = DEFAULT_SEED,
    *,
    progress: Progress | None = None,
) -> Power:
    """Simulate series from the fitted course without the interruption, times a ratio after it, and fit them.

    The disturbance has the fitted sigma and rho of the latent AR(1) model; the simulated series are fitted by
    the result's own columns and phase-in, all in one batched call. Every ratio gets the same random numbers, so
    that power curves do not cross their own noise.

    Parameters
    ----------
    result
        A regression.
    ratios
        Rate ratios, constant over all weeks after the first interruption.
    n
        Simulated series a ratio; the Monte Carlo error at 80 % is ``0.4 / sqrt(n)``.
    seed
        Of the simulation.
    progress
        Called with (fits done, fits in all).

    Raises
    ------
    InputError
        Ratios that are not above 0, or fewer than 20 series.
    EstimationError
        The result is an exact comparison (use ``result.rates.detectable()``).
    """
    basis = basis_of(
        result,
        "simulations of power",
        why="they would have to suppose how the two series move together",
        instead="trends.models.detectable.detectable_rise(low, high) says from the interval what would have shown",
    )
    tried = np.unique(np.asarray(ratios, dtype=float))
    if not (np.isfinite(tried).all() and len(tried) and (tried > 0).all()):
        raise InputError(f"ratios {tuple(ratios)!r} must be above 0", remedy="give such as 0.5, 1, 2")
    if n < 20:
        raise InputError(f"n is {n!r}", remedy="give at least 20 simulations a ratio, better 200")
    inference = latent_inference(basis)
    sigma, rho = float(inference.fit.sigma[0]), float(inference.fit.rho[0])
    counts = _simulated(basis, inference, tried, n, seed)
    found = fit_effects(own_batch(basis, counts), basis.setting.level, progress)
    table = _table(tried, found, _with_exact(basis, counts, found), n)
    error = _std_error(basis)
    quantile = float(norm.ppf((1 + basis.setting.level) / 2) + norm.ppf(WANTED)) * error
    rise = detectable(table[table["ratio"] >= 1], math.exp(quantile))
    fall = detectable(table[table["ratio"] <= 1][::-1], math.exp(-quantile))
    notes = (f"{n} simulations a ratio; Monte Carlo limits of the detectable changes are in .rise and .fall",)
    return Power(f"What could have been detected: {basis.name}", table, notes, rise, fall, sigma, rho)


def latent_inference(basis: Basis) -> LatentInference:
    """Take the latent AR(1) fit of a result, or make it where the result reports another interval."""
    analysis = basis.result.analysis
    if isinstance(analysis, Regression) and isinstance(analysis.inference, LatentInference):
        return analysis.inference
    return latent_ar1(basis.setting.counts, basis.matrix, basis.setting.offset)


def detectable(rows: pd.DataFrame, analytic: float) -> DetectableChange:
    """Find where power reaches 80 %, by interpolation on the normal scale over log ratios.

    Parameters
    ----------
    rows
        Power by ratio, from the smallest change to the largest.
    """
    power = np.clip(np.maximum.accumulate(rows["detected"].to_numpy()), 1e-3, 1 - 1e-3)
    above = np.flatnonzero(power >= WANTED)
    if not len(above) or above[0] == 0:
        return DetectableChange(math.nan, math.nan, math.nan, analytic)
    pair = [above[0] - 1, above[0]]
    score, size = norm.ppf(power[pair]), np.log(rows["ratio"].to_numpy()[pair])
    slope = (score[1] - score[0]) / (size[1] - size[0])
    place = size[0] + (norm.ppf(WANTED) - score[0]) / slope
    n = int(rows["simulations"].iloc[0])
    spread = math.sqrt(WANTED * (1 - WANTED) / n) / float(norm.pdf(norm.ppf(WANTED)))
    reach = 1.96 * spread / abs(slope)
    ratio, low, high = (float(np.exp(part)) for part in (place, place - reach, place + reach))
    return DetectableChange(ratio, low, high, analytic)


def _simulated(basis: Basis, inference: LatentInference, ratios: Floats, n: int, seed: int) -> Floats:
    setting = basis.setting
    sigma, rho = float(inference.fit.sigma[0]), float(inference.fit.rho[0])
    noise = randomness(seed, n, len(basis.index), rho)
    expected = np.exp(np.clip(basis.without @ inference.coef + setting.offset, None, 30.0))
    later = setting.segment > 0
    series = [noise.counts(np.where(later, ratio, 1.0) * expected, sigma) for ratio in ratios]
    return np.where(setting.series.observed, np.concatenate(series), np.nan)


def _with_exact(basis: Basis, counts: Floats, found: Effects) -> tuple[Floats, Floats]:
    """Limits of every simulated series: exact ones where a regression has too few events, as for real data."""
    low, high = found.low.copy(), found.high.copy()
    setting = basis.setting
    used, after = setting.in_fit, setting.segment[setting.in_fit] > 0
    for place in np.flatnonzero(np.isnan(found.std_error)):
        seen = counts[place, used]
        if seen.sum():
            rates = fit_exact(seen, setting.series.exposure[used], after, level=setting.level).rates
            with np.errstate(divide="ignore"):
                low[place], high[place] = np.log(rates.low), np.log(rates.high)
    return low, high


def _table(ratios: Floats, found: Effects, limits: tuple[Floats, Floats], n: int) -> pd.DataFrame:
    size = (len(ratios), n)
    rises, falls = (limits[0] > 0).reshape(size).mean(1), (limits[1] < 0).reshape(size).mean(1)
    detected = np.where(ratios > 1, rises, np.where(ratios < 1, falls, rises + falls))
    return pd.DataFrame(
        {
            "ratio": ratios,
            "detected": detected,
            "std_error": np.sqrt(detected * (1 - detected) / n),
            "fitted": np.isfinite(found.std_error).reshape(size).mean(1),
            "simulations": n,
        }
    )


def _std_error(basis: Basis) -> float:
    found = fit_effects(own_batch(basis, basis.setting.series.counts[None, :]), basis.setting.level)
    return float(found.std_error[0])


def _detectable_words(change: DetectableChange, what: str) -> str:
    if math.isnan(change.ratio):
        return f"no {what} among the ratios tried"
    return f"a {what} to {number(change.ratio)} times"
