"""When a series is too sparse for a regression, and what it gets instead."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from trends.models.rates import RateComparison, compare_rates
from trends.models.series import Floats

EVENTS_PER_COEFFICIENT = 5
"""Events a regression needs for each of its coefficients: below 5 to 9, estimates and intervals of
regressions for events become unreliable (Vittinghoff & McCulloch 2007, American Journal of Epidemiology
165, 710-718)."""

EVENTS_EACH_SIDE = 10
"""Events needed before the first interruption and after each one: level and slope of a stretch are estimated
from its own events alone, so five for each of the two."""

LEVEL_COLUMNS = 2
"""Columns of the smallest regression there is: one level before and one after."""

DISPERSION_NOTICED = 1.2
"""Dispersion above which the exact test is made on counts divided by it. Below, the intervals would be at
most a tenth too short, which their own conservatism at few events makes up for."""

BLOCK_WEEKS = 4
"""Neighbouring weeks that are summed to see serial correlation in the dispersion of sparse counts."""


@dataclass(frozen=True, eq=False)
class ExactFit:
    """An exact comparison of the rates before and after, with what a result needs to draw it.

    Attributes
    ----------
    rates
        The comparison that is reported.
    poisson
        The same with dispersion 1.
    dispersion
        Pearson dispersion of the counts about the two rates: the larger of weekly and four-weekly.
    """

    rates: RateComparison
    poisson: RateComparison
    dispersion: float


def too_sparse(counts: Floats, segment: NDArray[np.intp], columns: int) -> str:
    """Say why these counts cannot carry a regression; empty where they can.

    Parameters
    ----------
    counts
        (T,) counts in the fit.
    segment
        (T,) 0 before the first interruption, j after the j-th.
    columns
        Coefficients of the regression.
    """
    events = int(counts.sum())
    needed = EVENTS_PER_COEFFICIENT * columns
    if events < needed:
        return f"{events} events are too few for {columns} coefficients, {needed} are needed"
    sides = np.bincount(segment, weights=counts, minlength=int(segment.max()) + 1)
    if sides.min() < EVENTS_EACH_SIDE:
        place = int(np.argmin(sides))
        where = "before the interruption" if place == 0 else "after the interruption"
        return f"{int(sides[place])} events {where} are too few, {EVENTS_EACH_SIDE} are needed"
    return ""


def carries_level(counts: Floats, segment: NDArray[np.intp]) -> bool:
    """Whether these counts carry one level before and one after, with an interval for correlated weeks."""
    return not too_sparse(counts, np.minimum(segment, 1), LEVEL_COLUMNS)


def fit_exact(
    counts: Floats, exposure: Floats, after: NDArray[np.bool_], *, level: float, mid_p: bool = False
) -> ExactFit:
    """Compare the rates before and after exactly, allowing for overdispersion where it is seen.

    Parameters
    ----------
    counts, exposure
        (T,) weeks in the fit.
    after
        (T,) bool.

    Raises
    ------
    EstimationError
        No events at all.
    """
    events = int(counts[~after].sum()), int(counts[after].sum())
    lengths = float(exposure[~after].sum()), float(exposure[after].sum())
    poisson = compare_rates(*events, *lengths, level=level, mid_p=mid_p)
    dispersion = max(
        pearson_dispersion(counts, exposure, after, 1),
        pearson_dispersion(counts, exposure, after, BLOCK_WEEKS),
    )
    if dispersion <= DISPERSION_NOTICED:
        return ExactFit(poisson, poisson, dispersion)
    inflated = compare_rates(*events, *lengths, level=level, mid_p=mid_p, dispersion=dispersion)
    return ExactFit(inflated, poisson, dispersion)


def pearson_dispersion(counts: Floats, exposure: Floats, after: NDArray[np.bool_], block: int) -> float:
    """Pearson chi-square over degrees of freedom about one rate before and one after.

    Parameters
    ----------
    counts, exposure, after
        (T,).
    block
        Neighbouring weeks that are summed first; a stretch that does not fill a block is left out.

    Returns
    -------
    float
        NaN-free: 1 where there is nothing to judge from.
    """
    chi_square, df = 0.0, 0
    for side in (~after, after):
        blocks = int(side.sum()) // block
        events = counts[side][: blocks * block].reshape(blocks, block).sum(axis=1)
        lengths = exposure[side][: blocks * block].reshape(blocks, block).sum(axis=1)
        if blocks < 2 or events.sum() == 0:
            continue
        expected = events.sum() * lengths / lengths.sum()
        chi_square += float(((events - expected) ** 2 / expected).sum())
        df += blocks - 1
    return chi_square / df if df else 1.0


def rate_limits(events: float, exposure: float, dispersion: float, level: float) -> tuple[float, float]:
    """Exact interval of a Poisson rate (Garwood 1936), on counts divided by the dispersion."""
    effective, tail = events / dispersion, (1 - level) / 2
    low = 0.0 if events == 0 else float(stats.gamma.ppf(tail, effective))
    high = float(stats.gamma.isf(tail, effective + 1))
    return low * dispersion / exposure, high * dispersion / exposure


def exact_excess(rates: RateComparison) -> tuple[float, float, float]:
    """Events after minus what the rate before would have given, with limits from those of both rates.

    The limits of the difference come from the exact limits of each rate (Zou & Donner 2008, Statistics in
    Medicine 27, 1693-1702).
    """
    l0, u0 = rate_limits(rates.events_before, rates.exposure_before, rates.dispersion, rates.level)
    l1, u1 = rate_limits(rates.events_after, rates.exposure_after, rates.dispersion, rates.level)
    before, after = rates.rate_before, rates.rate_after
    low = after - before - math.hypot(after - l1, u0 - before)
    high = after - before + math.hypot(u1 - after, before - l0)
    return tuple(part * rates.exposure_after for part in (after - before, low, high))  # type: ignore[return-value]
