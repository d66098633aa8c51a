"""The same before/after comparison for several units: the whole country, groups, single provinces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from statsmodels.stats.multitest import multipletests

from trends.errors import EstimationError
from trends.findings.words import verdict
from trends.models import InterruptedResult, Interruption, interrupted
from trends.models.detectable import detectable_rise
from trends.panel import WeeklyPanel

LEVEL_ONLY = "latent AR(1), level only"


@dataclass(frozen=True)
class Unit:
    """What is compared: a label, the section it stands in, and the provinces it adds up."""

    label: str
    section: str
    provinces: tuple[str, ...]


@dataclass(frozen=True)
class Windows:
    """Whole days before and after, both ends included; the weeks between them are left out."""

    before: tuple[pd.Timestamp, pd.Timestamp]
    after: tuple[pd.Timestamp, pd.Timestamp]


def compare_unit(panel: WeeklyPanel, unit: Unit, windows: Windows, intervals: str) -> dict[str, object]:
    """Compare one unit's weekly rates before and after.

    A level shift alone, without trend or season, so that sparse provinces and the whole country get the same
    question: by what did the rate of the one window differ from that of the other? The route to the interval
    follows the rule of `trends.interrupted` for every unit, whatever its size: with at least 10 events in each
    window (`trends.models.sparse.too_sparse`) an interval that allows for serial correlation, below that the
    exact comparison of two rates with the dispersion of weeks and of blocks of four weeks allowed for, which is
    too short for dense counts that hang together longer. ``method`` says which it was.

    Parameters
    ----------
    panel
        Weekly panel that covers both windows.
    unit
        What to add up.
    windows
        Days before and after.
    intervals
        The interval method of `trends.interrupted`.

    Returns
    -------
    dict
        Counts, weeks, rates a week, ``rate_ratio, low, high, p_value, detectable, method, verdict``; NaN
        where the data hold no answer.
    """
    counts = panel.counts(list(unit.provinces))
    before, after = counts.loc[slice(*windows.before)], counts.loc[slice(*windows.after)]
    effect, method = _effect(counts.loc[windows.before[0] : windows.after[1]], windows, intervals)
    return {
        "label": unit.label,
        "section": unit.section,
        "provinces": list(unit.provinces),
        "before": int(before.sum()),
        "after": int(after.sum()),
        "weeks_before": len(before),
        "weeks_after": len(after),
        "rate_before": before.mean(),
        "rate_after": after.mean(),
        **effect,
        "method": method,
        "verdict": verdict(effect["low"], effect["high"], effect["rate_ratio"], effect["detectable"]),
    }


def _effect(counts: pd.Series[int], windows: Windows, intervals: str) -> tuple[dict[str, float], str]:
    nothing = dict.fromkeys(("rate_ratio", "low", "high", "p_value", "detectable"), math.nan)
    if counts.sum() == 0:
        return nothing, "no events"
    try:
        fit = interrupted(
            counts,
            Interruption(windows.after[0], shape="level"),
            trend="none",
            harmonics=0,
            intervals=intervals,
            phase_in=(windows.before[1] + pd.Timedelta(days=1), windows.after[0] - pd.Timedelta(days=1)),
        )
    except EstimationError as error:
        return nothing, f"no estimate: {error.what}"
    row = fit.effects.iloc[0]
    numbers = {name: float(row[name]) for name in ("rate_ratio", "low", "high", "p_value")}
    return {**numbers, "detectable": _detectable(fit, numbers["low"], numbers["high"])}, _route(fit)


def _route(fit: InterruptedResult) -> str:
    """Name the way to the interval; with the default one neither estimate nor interval is that of a family."""
    if fit.rates is None and fit.effects.iloc[0]["interval"] == "latent-ar1":
        return LEVEL_ONLY
    return fit.method


def _detectable(fit: InterruptedResult, low: float, high: float) -> float:
    """Return the smallest rise that would have shown with 80 % power; infinite where none would have.

    For an exact comparison from the exact power of its test; for a regression from the length of its interval.
    """
    if fit.rates is not None:
        return fit.rates.detectable().increase or math.inf
    return detectable_rise(low, high)


def compare_units(
    panel: WeeklyPanel, units: Sequence[Unit], windows: Windows, *, intervals: str
) -> pd.DataFrame:
    """Compare several units and control the false-discovery rate over the single provinces.

    Parameters
    ----------
    panel, windows, intervals
        As in `compare_unit`.
    units
        In the order wanted; those of a single province form one family of tests.

    Returns
    -------
    pandas.DataFrame
        One row a unit with the fields of `compare_unit` and ``q_value`` (Benjamini & Hochberg 1995; missing
        for pooled units and where there was no test). How often such a table flags a province when nothing
        happened is measured in ``benchmarks/validity/false_alarms.py``.
    """
    table = pd.DataFrame([compare_unit(panel, unit, windows, intervals) for unit in units])
    family = table["provinces"].map(len).eq(1) & table["p_value"].notna()
    table["q_value"] = math.nan
    if family.any():
        table.loc[family, "q_value"] = multipletests(table.loc[family, "p_value"], method="fdr_bh")[1]
    return table
