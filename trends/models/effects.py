"""Rate ratios and excess events from coefficients: a date, a horizon, a period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trends.models.inference import LogEffect
from trends.models.series import Floats

LARGEST_LOG_MEAN = 60.0


@dataclass(frozen=True, eq=False)
class PeriodSums:
    """Expected events over a period with and without an interruption: the estimate, and draw by draw.

    Attributes
    ----------
    with_it, without_it
        At the estimated coefficients.
    drawn_with, drawn_without
        (N,) at each draw.
    """

    with_it: float
    without_it: float
    drawn_with: Floats
    drawn_without: Floats


@dataclass(frozen=True)
class ExcessNumbers:
    """Excess events of a period with the interval from the quantiles of its draws."""

    events: float
    low: float
    high: float


def period_sums(
    coef: Floats, draws: Floats, with_matrix: Floats, without_matrix: Floats, offset: Floats
) -> PeriodSums:
    """Sum expected counts over W weeks on the response scale, at the estimate and at N draws.

    Parameters
    ----------
    coef, draws
        (P,) and (N, P).
    with_matrix, without_matrix
        (W, P) columns as they were, and as if the interruption had not happened.
    offset
        (W,) log exposure.
    """

    def total(coefficients: Floats, matrix: Floats) -> Floats:
        log_mean = coefficients @ matrix.T + offset
        return np.asarray(np.exp(np.clip(log_mean, None, LARGEST_LOG_MEAN)).sum(axis=-1))

    return PeriodSums(
        float(total(coef, with_matrix)),
        float(total(coef, without_matrix)),
        total(draws, with_matrix),
        total(draws, without_matrix),
    )


def average_effect(sums: PeriodSums, level: float) -> LogEffect:
    """Log ratio of the expected events with and without: quantiles of the draws, and the p-value they imply.

    The p-value is twice the smaller share of draws on one side of no effect, so that it is below ``1 -
    level`` just where the interval leaves out a ratio of 1; it is never below ``2 / (N + 1)``.
    """
    drawn = np.log(sums.drawn_with) - np.log(sums.drawn_without)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    beyond = min((drawn <= 0).sum(), (drawn >= 0).sum())
    p_value = min(1.0, 2 * (int(beyond) + 1) / (len(drawn) + 1))
    estimate = float(np.log(sums.with_it) - np.log(sums.without_it))
    return LogEffect(estimate, float(drawn.std(ddof=1)), float(low), float(high), p_value)


def excess_events(sums: PeriodSums, level: float) -> ExcessNumbers:
    """Take expected events with minus without the interruption: the estimate and quantiles of the draws."""
    low, high = np.quantile(sums.drawn_with - sums.drawn_without, [(1 - level) / 2, (1 + level) / 2])
    return ExcessNumbers(sums.with_it - sums.without_it, float(low), float(high))


def mean_bands(
    coef: Floats, draws: Floats, matrix: Floats, offset: Floats, level: float
) -> tuple[Floats, Floats, Floats]:
    """Compute expected counts and the limits of their (pointwise) interval, (T,) each, from N draws.

    Parameters
    ----------
    coef, draws
        (P,) and (N, P).
    matrix, offset
        (T, P) and (T,).
    """
    centre = matrix @ coef + offset
    drawn = np.quantile(draws @ matrix.T, [(1 - level) / 2, (1 + level) / 2], axis=0) + offset
    low, middle, high = (
        np.exp(np.clip(part, None, LARGEST_LOG_MEAN)) for part in (drawn[0], centre, drawn[1])
    )
    return middle, low, high
