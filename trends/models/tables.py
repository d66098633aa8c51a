"""Rows of an effects table, from numbers on the log scale."""

from __future__ import annotations

import math

import pandas as pd

from trends.models.inference import LogEffect
from trends.models.rates import RateComparison
from trends.models.ratio_of_ratios import RatioComparison
from trends.models.setting import Setting
from trends.models.shrunken import ShrunkenRatio

COLUMNS = (
    "term",
    "interruption",
    "date",
    "rate_ratio",
    "low",
    "high",
    "p_value",
    "estimate",
    "std_error",
    "interval",
)
Row = tuple[object, ...]
JOINT = "all"


def effect_row(
    setting: Setting, term: str, interruption: int | None, effect: LogEffect, interval: str
) -> Row:
    """One row of an effects table; an ``interruption`` of None is the joint effect of all."""
    place = 0 if interruption is None else interruption
    several = len(setting.interruptions) > 1
    name = JOINT if interruption is None and several else setting.interruptions[place].name
    ratio, low, high = (exp_or_inf(part) for part in (effect.estimate, effect.low, effect.high))
    date = setting.interruptions[place].date
    return (term, name, date, ratio, low, high, effect.p_value, effect.estimate, effect.std_error, interval)


def rates_effect(rates: RateComparison) -> LogEffect:
    """Ratio of two rates on the log scale; no standard error stands behind an exact interval: NaN."""
    estimate, low, high = (_log(part) for part in (rates.rate_ratio, rates.low, rates.high))
    return LogEffect(estimate, math.nan, low, high, rates.p_value)


def log_effect(ratios: RatioComparison) -> LogEffect:
    """By what the ratio of two series changed, on the log scale."""
    estimate, low, high = (_log(part) for part in (ratios.ratio, ratios.low, ratios.high))
    return LogEffect(estimate, math.nan, low, high, ratios.p_value)


def shrunken_effect(ratio: ShrunkenRatio) -> LogEffect:
    """Ratio under a weak prior on the log scale; the smaller posterior tail beyond 1, doubled, as p-value."""
    estimate, low, high = (math.log(part) for part in (ratio.rate_ratio, ratio.low, ratio.high))
    tail = min(ratio.probability_rise, 1 - ratio.probability_rise)
    return LogEffect(estimate, math.nan, low, high, min(1.0, 2 * tail))


def effects_frame(rows: list[Row]) -> pd.DataFrame:
    """Put rows into a table with the columns of every effects table."""
    return pd.DataFrame(rows, columns=list(COLUMNS))


def exp_or_inf(value: float) -> float:
    """Exponential; infinity where it would be too large."""
    return math.exp(value) if value < 700 else math.inf


def _log(value: float) -> float:
    return -math.inf if value == 0 else math.log(value)


def ratio_clause(effect: LogEffect, level: float) -> str:
    """Write an effect as ``1.20 (95 % interval 0.96 to 1.50)``."""
    ratio, low, high = (f"{exp_or_inf(part):.3g}" for part in (effect.estimate, effect.low, effect.high))
    return f"{ratio} ({100 * level:g} % interval {low} to {high})"
