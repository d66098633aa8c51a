"""Every province by itself: its own before/after fit, in one table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from trends.errors import EstimationError, InputError
from trends.models.interrupted import interrupted
from trends.models.quasipoisson import fit_quasipoisson
from trends.models.regression import Regression
from trends.models.result import InterruptedResult
from trends.models.sparse import LEVEL_COLUMNS

Floats = NDArray[np.float64]
NUMBERS = ("rate_ratio", "low", "high", "p_value", "estimate", "std_error")


@dataclass(frozen=True, eq=False)
class ProvinceFits:
    """Fits to each province and to their sum.

    Attributes
    ----------
    total
        Of the sum of all provinces.
    results
        Name of each province that could be fitted, and its fit.
    table
        One row a province: ``province, before, after`` (events), ``rate_ratio, low, high, p_value``,
        ``estimate, std_error`` (log scale; of an exact comparison from the length of its interval), ``method``
        and ``note`` (why there is no estimate). Effects are averages over the weeks after, of all
        interruptions together.
    exposure
        Exposure before and after, of every province.
    """

    total: InterruptedResult
    results: Mapping[str, InterruptedResult]
    table: pd.DataFrame
    exposure: tuple[float, float]

    @property
    def methods(self) -> frozenset[str]:
        """Methods by which provinces were compared."""
        return frozenset(result.method for result in self.results.values())

    @property
    def level_only(self) -> bool:
        """Whether every province was asked for a change of level alone, without trend, season or covariate."""
        regressions = [one.analysis for one in self.results.values() if isinstance(one.analysis, Regression)]
        return all(len(one.design.terms) == LEVEL_COLUMNS for one in regressions)

    def residuals(self) -> pd.DataFrame:
        """(T weeks x provinces) Pearson residuals; NaN in weeks not in the fit."""
        found = {}
        for name, result in self.results.items():
            curves = result.counterfactual()
            spread = np.sqrt(curves["fitted"].where(curves["fitted"] != 0, 1.0))
            found[name] = ((curves["observed"] - curves["fitted"]) / spread).where(curves["in_fit"])
        return pd.DataFrame(found)

    def scores(self) -> tuple[tuple[str, ...], Floats]:
        """Names of the fitted provinces, and (k, T) what each week adds to their scores for a change of level."""
        return tuple(self.results), np.array([_score(result) for result in self.results.values()])


def fit_provinces(counts: pd.DataFrame, interruptions: Any, **kwargs: Any) -> ProvinceFits:
    """Fit :func:`trends.interrupted` to every province and to their sum.

    Parameters
    ----------
    counts
        (T weeks x k provinces). A week that one of them lacks has no sum, and is left out of what is pooled.
    interruptions, kwargs
        As :func:`trends.interrupted` takes them, the same for every province.

    Raises
    ------
    InputError
        A province without numbers.
    EstimationError
        The sum of all provinces cannot be fitted.
    """
    for name in counts.columns:
        if not pd.api.types.is_numeric_dtype(counts[name].dtype):
            raise InputError(f"province {str(name)!r} holds {counts[name].dtype}, not numbers")
    total = interrupted(counts.sum(axis=1, skipna=False).rename("all provinces"), interruptions, **kwargs)
    setting = total.analysis.setting
    used, after = setting.in_fit, setting.segment > 0
    rows, results = [], {}
    for name in counts.columns:
        column = counts[name]
        sides = [int(column.to_numpy()[used & side].sum()) for side in (~after, after)]
        row: dict[str, Any] = {"province": str(name), "before": sides[0], "after": sides[1]}
        try:
            results[str(name)] = interrupted(column.rename(str(name)), interruptions, **kwargs)
            row |= _numbers(results[str(name)])
        except EstimationError as error:
            row |= dict.fromkeys(NUMBERS, math.nan) | {"method": "no estimate", "note": error.what}
        rows.append(row)
    lengths = tuple(float(setting.series.exposure[used & side].sum()) for side in (~after, after))
    return ProvinceFits(total, results, pd.DataFrame(rows), lengths)  # type: ignore[arg-type]


def log_error(result: InterruptedResult) -> float:
    """Take the standard error of a result's average log ratio, from its interval where it has no own."""
    row = _row(result)
    if math.isfinite(row["std_error"]):
        return float(row["std_error"])
    if row["low"] <= 0 or math.isinf(row["high"]):
        return math.nan
    width = 2 * float(stats.norm.ppf((1 + result.level) / 2))
    return math.log(row["high"] / row["low"]) / width


def _row(result: InterruptedResult) -> pd.Series[Any]:
    """Average effect of all interruptions; a lone step is its own average, and has an interval without draws."""
    lone_step = [item.shape for item in result.interruptions] == ["level"]
    return result.effects.iloc[0 if lone_step else -1]


def _numbers(result: InterruptedResult) -> dict[str, Any]:
    row = _row(result)
    numbers = {name: float(row[name]) for name in NUMBERS} | {"std_error": log_error(result)}
    return {**numbers, "method": result.method, "note": ""}


def _score(result: InterruptedResult) -> Floats:
    """(T,) the weeks' share in the score of a level, with trend and season taken out of both."""
    setting = result.analysis.setting
    used, level = setting.in_fit, (setting.segment > 0).astype(float)
    matrix = np.ones((len(level), 1))
    if isinstance(result.analysis, Regression):
        design = result.analysis.design
        matrix = np.delete(design.matrix, design.effect_columns(), axis=1)
    try:
        fitted = fit_quasipoisson(setting.series.counts[used], matrix[used], setting.offset[used]).fitted
    except EstimationError:
        matrix = np.ones((len(level), 1))
        fitted = fit_quasipoisson(setting.series.counts[used], matrix[used], setting.offset[used]).fitted
    inside = matrix[used]
    weighted = inside * fitted[:, None]
    slope = np.linalg.lstsq(inside.T @ weighted, weighted.T @ level[used], rcond=None)[0]
    score = np.zeros(len(level))
    score[used] = (level[used] - inside @ slope) * (setting.series.counts[used] - fitted)
    return score
