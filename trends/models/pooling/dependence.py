"""What provinces share because they live through the same weeks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BLOCK_WEEKS = 4


@dataclass(frozen=True, eq=False)
class ResidualCorrelation:
    """How residuals of different provinces move together.

    Attributes
    ----------
    mean, mean_blocks
        Average correlation over pairs of provinces, by week and by sums of four weeks. Shocks that last show
        in the latter.
    low, high
        What averages ``mean_blocks`` would take with provinces shifted in time against each other: the middle
        95 % of 199 random shifts.
    pairs
        Correlation matrix by week.
    """

    mean: float
    mean_blocks: float
    low: float
    high: float
    pairs: pd.DataFrame

    def sentence(self) -> str:
        """Say whether provinces move together beyond chance."""
        said = (
            f"Residuals of different provinces correlate by {self.mean_blocks:.2f} on average over four weeks"
        )
        chance = f"(chance alone: {self.low:.2f} to {self.high:.2f})"
        if self.mean_blocks > self.high:
            return f"{said} {chance}: provinces share shocks, and their effects are not independent."
        return f"{said} {chance}: no shared shocks are seen, which few events could not show anyway."


def residual_correlation(
    residuals: pd.DataFrame, *, shifts: int = 199, seed: int = 20200316
) -> ResidualCorrelation:
    """Measure correlation between provinces in the same weeks.

    Parameters
    ----------
    residuals
        (T weeks x k provinces) Pearson residuals; NaN where a province is not in the fit.
    shifts, seed
        Random circular shifts of each province in time, that break what they share and keep what each has.

    Returns
    -------
    ResidualCorrelation
        All NaN with fewer than two provinces.
    """
    values = residuals.dropna().to_numpy()
    pairs = residuals.corr(min_periods=8)
    if values.shape[1] < 2 or len(values) < 4 * BLOCK_WEEKS:
        return ResidualCorrelation(*(float("nan"),) * 4, pairs)
    rng = np.random.default_rng(seed)
    moved = [_mean_off_diagonal(_blocks(_shifted(values, rng))) for _ in range(shifts)]
    low, high = np.quantile(moved, [0.025, 0.975])
    return ResidualCorrelation(
        _mean_off_diagonal(values), _mean_off_diagonal(_blocks(values)), float(low), float(high), pairs
    )


def shared_variance(std_errors: Floats, weights: Floats, total_std_error: float) -> float:
    """Variance that all provinces' estimates share, from the fit to their sum.

    The log ratio of the sum is near the mean of the provinces' log ratios weighted by their events. Were they
    independent, its variance would be the sum of ``weight^2 * std_error^2``; what it has more is covariance.
    Differences between provinces cannot show a shock that moves all of them, so the variance of a pooled mean
    is too small by this much.

    Parameters
    ----------
    std_errors, weights
        (k,) errors of the provinces' log ratios, and their shares of all events.
    total_std_error
        Error of the log ratio of the sum, by a method that allows for serial correlation.

    Returns
    -------
    float
        0 or more; 0 for a single province, or where the sum varies no more than independent provinces would.
    """
    shares = weights / weights.sum()
    apart = 1 - float((shares**2).sum())
    if apart <= 1e-9:
        return 0.0
    return max(0.0, (total_std_error**2 - float((shares**2) @ std_errors**2)) / apart)


def _shifted(values: Floats, rng: np.random.Generator) -> Floats:
    steps = [int(rng.integers(len(values))) for _ in range(values.shape[1])]
    return np.column_stack([np.roll(values[:, place], step) for place, step in enumerate(steps)])


def _blocks(values: Floats) -> Floats:
    whole = len(values) // BLOCK_WEEKS
    return np.asarray(values[: whole * BLOCK_WEEKS].reshape(whole, BLOCK_WEEKS, -1).sum(1))


def _mean_off_diagonal(values: Floats) -> float:
    moving = values[:, values.std(0) > 0]
    if moving.shape[1] < 2:
        return float("nan")
    found = np.asarray(np.corrcoef(moving, rowvar=False))
    k = moving.shape[1]
    return float((found.sum() - k) / (k * (k - 1)))
