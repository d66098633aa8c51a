"""Deaths per attack before and after, from daily counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from trends.errors import EstimationError


@dataclass(frozen=True)
class SeverityComparison:
    """Deaths per attack in two periods.

    Attributes
    ----------
    attacks_before, attacks_after, deaths_before, deaths_after
        Totals.
    mean_before, mean_before_low, mean_before_high, mean_after, mean_after_low, mean_after_high
        Deaths per attack, each with its interval.
    ratio, ratio_low, ratio_high
        Deaths per attack after, divided by before, with its interval.
    large_threshold
        Deaths on one day in one province from which the day counts as large.
    large_before, large_after
        Province-days with at least that many deaths.
    """

    attacks_before: int
    attacks_after: int
    deaths_before: int
    deaths_after: int
    mean_before: float
    mean_before_low: float
    mean_before_high: float
    mean_after: float
    mean_after_low: float
    mean_after_high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    large_threshold: int
    large_before: int
    large_after: int


def compare_severity(
    before: pd.DataFrame, after: pd.DataFrame, *, large: int, level: float = 0.95
) -> SeverityComparison:
    """Compare deaths per attack between two sets of province-days.

    A log-linear model of deaths with the log of attacks as offset, and variances robust to whatever spread
    the deaths have (HC1; deaths are far more variable than Poisson). A single very deadly day still weighs
    heavily on a mean, so the number of large days stands beside it.

    Parameters
    ----------
    before, after
        Daily counts with ``attacks`` and ``deaths_best``, one row a province-day with attacks.
    large
        Deaths from which a province-day counts as large.
    level
        Coverage of the intervals.

    Raises
    ------
    EstimationError
        When a period has fewer than 5 attacks or no deaths.
    """
    days = pd.concat([before, after], ignore_index=True)
    later = np.r_[np.zeros(len(before)), np.ones(len(after))]
    deaths, attacks = days["deaths_best"].to_numpy(float), days["attacks"].to_numpy(float)
    for name, chosen in (("before", later == 0), ("after", later == 1)):
        if attacks[chosen].sum() < 5 or deaths[chosen].sum() == 0:
            raise EstimationError(
                f"{name}: {attacks[chosen].sum():.0f} attacks and {deaths[chosen].sum():.0f} deaths",
                remedy="at least 5 attacks and one death are needed in each period; widen the periods",
            )
    centre, half = _robust_logs(deaths, attacks, later, level)
    value, low, high = (np.exp(centre + sign * half) for sign in (0, -1, 1))
    names = ("mean_before", "mean_after", "ratio")
    estimates = {
        key: float(number)
        for k, name in enumerate(names)
        for key, number in ((name, value[k]), (f"{name}_low", low[k]), (f"{name}_high", high[k]))
    }
    big = deaths >= large
    return SeverityComparison(
        attacks_before=int(attacks[later == 0].sum()),
        attacks_after=int(attacks[later == 1].sum()),
        deaths_before=int(deaths[later == 0].sum()),
        deaths_after=int(deaths[later == 1].sum()),
        **estimates,
        large_threshold=large,
        large_before=int(big[later == 0].sum()),
        large_after=int(big[later == 1].sum()),
    )


def _robust_logs(
    deaths: np.ndarray, attacks: np.ndarray, later: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return log means before and after and their difference (3,), and their intervals' half-widths (3,).

    With one mean a period the log-linear model is solved by the ratios of totals, and the sandwich variance of
    a log mean is the sum of squared residuals over the square of the deaths.
    """
    periods = [later == 0, later == 1]
    total = np.array([deaths[period].sum() for period in periods])
    means = total / np.array([attacks[period].sum() for period in periods])
    residuals = deaths - means[later.astype(int)] * attacks
    few = len(deaths) / (len(deaths) - 2)
    variance = few * np.array([(residuals[period] ** 2).sum() for period in periods]) / total**2
    logs = np.log(means)
    spread = np.sqrt([*variance, variance.sum()])
    return np.array([*logs, logs[1] - logs[0]]), stats.t.ppf((1 + level) / 2, len(deaths) - 2) * spread
