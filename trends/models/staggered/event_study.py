"""The course of an effect by time since treatment, and what came before it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from trends.errors import EstimationError
from trends.models.pooling.pooled import ratio
from trends.models.series import STEPS_PER_YEAR, Floats
from trends.models.staggered.imputation import fit_untreated
from trends.models.staggered.jackknife import Jackknife, jackknife
from trends.models.staggered.panel import StaggeredPanel
from trends.models.staggered.result import PreTrend

Window = tuple[int, int]
COLUMNS = [
    "first",
    "last",
    "kind",
    "provinces",
    "events",
    "expected",
    "rate_ratio",
    "low",
    "high",
    "all_low",
    "all_high",
]


def windows(panel: StaggeredPanel, width: int, leads: int) -> tuple[list[Window], list[Window]]:
    """Stretches of time since treatment after it, and before it with time left before the first of them."""
    longest = int(panel.since[panel.treated].max())
    lags = [(first, min(first + width - 1, longest)) for first in range(panel.phase_in, longest + 1, width)]
    earliest = -int(panel.starts[panel.ever].min())
    before = [(-place * width, -(place - 1) * width - 1) for place in range(leads, 0, -1)]
    return lags, [window for window in before if window[0] - width >= earliest]


def _within(panel: StaggeredPanel, window: Window) -> NDArray[np.bool_]:
    return (panel.since >= window[0]) & (panel.since <= window[1]) & panel.ever[None, :]


def log_ratios(panel: StaggeredPanel, lags: list[Window]) -> Floats:
    """Log of events over expected ones, in all treated cells and in each stretch of time since treatment."""
    if not panel.ever.any():
        raise EstimationError("no treated province is left")
    expected = fit_untreated(panel).expected
    chosen = [panel.treated, *(panel.treated & _within(panel, window) for window in lags)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.array([np.log(panel.counts[part].sum()) - np.log(expected[part].sum()) for part in chosen])


def _lead_ratios(panel: StaggeredPanel, before: list[Window]) -> Floats:
    """Log ratios of treated to untreated provinces before the dates, against earlier time, (leads,)."""
    columns = np.stack([_within(panel, window).astype(float) for window in before], axis=-1)
    return np.asarray(fit_untreated(panel, columns).coef[-len(before) :])


def event_study(
    panel: StaggeredPanel, lags: list[Window], before: list[Window], after: Jackknife, level: float, seed: int
) -> pd.DataFrame:
    """Tabulate leads and lags with their intervals; see `StaggeredResult.event_study`."""
    tables = [_lead_table(panel, before, level, seed)] if before else []
    expected = fit_untreated(panel).expected
    reach, widest = after.reach(level), after.reach_all(level, np.arange(1.0, len(lags) + 1), seed)
    rows = []
    for place, window in enumerate(lags, start=1):
        part = panel.treated & _within(panel, window)
        numbers = float(panel.counts[part].sum()), float(expected[part].sum())
        limits = _limits(after.estimate[place], after.std_error[place], reach, widest)
        rows.append((*window, "lag", int(part.any(0).sum()), *numbers, *limits))
    tables.append(pd.DataFrame(rows, columns=COLUMNS))
    return pd.concat(tables, ignore_index=True)


def _lead_table(panel: StaggeredPanel, before: list[Window], level: float, seed: int) -> pd.DataFrame:
    rows = []
    try:
        found = jackknife(panel, lambda part: _lead_ratios(part, before))
        reach, widest = found.reach(level), found.reach_all(level, np.arange(float(len(before))), seed)
    except EstimationError:
        found, reach, widest = None, math.nan, math.nan
    for place, window in enumerate(before):
        part = panel.untreated & _within(panel, window)
        numbers = (
            (math.nan,) * 5
            if found is None
            else _limits(found.estimate[place], found.std_error[place], reach, widest)
        )
        events = float(panel.counts[part].sum())
        rows.append((*window, "lead", int(part.any(0).sum()), events, math.nan, *numbers))
    return pd.DataFrame(rows, columns=COLUMNS)


def _limits(estimate: float, error: float, reach: float, widest: float) -> tuple[float, ...]:
    if not math.isfinite(estimate):
        # nothing expected, or nothing counted: a ratio of 0 stands, one without a denominator does not
        return (0.0 if estimate == -math.inf else math.nan, *(math.nan,) * 4)
    parts = (estimate, estimate - reach * error, estimate + reach * error)
    return tuple(ratio(float(v)) for v in (*parts, estimate - widest * error, estimate + widest * error))


def pre_trend(panel: StaggeredPanel, level: float) -> PreTrend | None:
    """Trend of the treated against the untreated before treatment; None where it cannot be fitted."""
    steps = np.arange(len(panel.index), dtype=float) / STEPS_PER_YEAR[panel.step]

    def slope(part: StaggeredPanel) -> Floats:
        column = (steps - steps.mean())[:, None] * part.ever[None, :]
        return fit_untreated(part, column[..., None]).coef[-1:]

    try:
        found = jackknife(panel, slope)
    except EstimationError:
        return None
    value, error, reach = float(found.estimate[0]), float(found.std_error[0]), found.reach(level)
    if not (error > 0 and found.df >= 1):
        return None
    p_value = float(2 * stats.t.sf(abs(value) / error, found.df))
    low, high = ratio(value - reach * error), ratio(value + reach * error)
    years = _mean_time(panel, panel.treated) - _mean_time(panel, panel.untreated & panel.ever[None, :])
    return PreTrend(ratio(value), low, high, p_value, years)


def _mean_time(panel: StaggeredPanel, cells: NDArray[np.bool_]) -> float:
    return float(np.nonzero(cells)[0].mean() / STEPS_PER_YEAR[panel.step])
