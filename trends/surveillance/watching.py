"""Alerts for the provinces and groups of a panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from trends.calendar import week_of
from trends.errors import EstimationError, InputError
from trends.models.pooling.multiplicity import fdr
from trends.panel import WeeklyPanel
from trends.surveillance.baseline import Integers, baselines, reaches_back, same_week_of_earlier_years
from trends.surveillance.farrington import farrington_flexible
from trends.surveillance.result import Alerts
from trends.surveillance.settings import Farrington, Sparse
from trends.surveillance.sparse import sparse_tail

WHOLE = "all"
NUMBERS = ("expected", "threshold", "probability", "dispersion")


def alerts(
    panel: WeeklyPanel,
    week: Any = None,
    areas: Sequence[str] | None = None,
    measure: str = "attacks",
    *,
    farrington: Farrington | None = None,
    sparse: Sparse | None = None,
    false_discovery: float = 0.10,
    provisional: int = 0,
) -> Alerts:
    """Say which counts of a week are unusual for their own past.

    Parameters
    ----------
    panel
        The weekly counts.
    week
        First day of the tested week, or a pair (first, last) of them; the last week that is not provisional where
        not given.
    areas
        Provinces (codes or names) and groups, each of them one series, and ``"all"`` for the whole country; every
        province where not given. Provinces and the groups they belong to are better tested in two calls, because
        the counts of a week are adjusted for all areas given.
    measure
        One of ``trends.panel.MEASURES``.
    farrington, sparse
        The settings of the method, and of the rule for sparse series.
    false_discovery
        Share of false ones accepted among the alerts of a week (Benjamini & Hochberg 1995).
    provisional
        Number of last weeks of the panel that are provisional: they are neither tested nor used.

    Raises
    ------
    InputError
        The week is not in the panel, or not the first day of one; nothing to test.
    UnknownNameError
        An area or measure is not known.
    EstimationError
        The history before the tested week is too short.

    References
    ----------
    Noufaily, A. et al. (2013). Statistics in Medicine 32, 1206-1222. Benjamini, Y. & Hochberg, Y. (1995). Journal of
    the Royal Statistical Society B 57, 289-300.
    """
    if not isinstance(panel, WeeklyPanel):
        raise InputError(
            f"alerts watch a panel, not a {type(panel).__name__}",
            remedy="give trends.load_panel(folder), whose counts are checked",
        )
    how, rule = farrington or Farrington(), sparse or Sparse()
    if not 0 < false_discovery < 1:
        raise InputError(f"false_discovery is {false_discovery!r}", remedy="give a share such as 0.1")
    counts, names = _series(panel, areas, measure)
    firm = _firm(panel, provisional)
    at = _positions(panel, week, firm)
    tested, untested = at[at < firm], at[at >= firm]
    parts = [_tested(counts, tested, how, rule, false_discovery)] if len(tested) else []
    parts += [_provisional(counts, untested)] if len(untested) else []
    table = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    table.insert(2, "name", table["area"].map(names))
    return Alerts(table, counts.iloc[: min(firm, at.max() + 1)], how, rule, false_discovery)


def _series(
    panel: WeeklyPanel, areas: Sequence[str] | None, measure: str
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return one column an area, and what to call each."""
    provinces, titles = panel.country.provinces["name"], panel.country.group_titles
    if areas is None:
        return panel.wide(measure), {str(code): str(name) for code, name in provinces.items()}
    titles = {WHOLE: panel.country.name, **titles}
    wanted = [areas] if isinstance(areas, str) else list(areas)
    columns, names = {}, {}
    whole = panel.wide(measure)
    for area in wanted:
        codes = panel.country.resolve(None if area == WHOLE else area)
        single = len(codes) == 1 and area not in panel.country.groups
        key = codes[0] if single else area
        if key in columns:
            raise InputError(f"{area!r} is given twice")
        columns[key] = whole[list(codes)].sum(axis=1)
        names[key] = str(provinces[key] if single else titles.get(area, area))
    if not columns:
        raise InputError("no area is given", remedy="name provinces or groups, or leave areas out for all")
    return pd.DataFrame(columns), names


def _firm(panel: WeeklyPanel, provisional: int) -> int:
    """Return the number of weeks that are not provisional."""
    firm = len(panel.weeks) - provisional
    if provisional < 0 or firm < 1:
        raise InputError(
            f"{provisional} provisional weeks of {len(panel.weeks)}", remedy="give fewer, but not below 0"
        )
    return firm


def _positions(panel: WeeklyPanel, week: Any, firm: int) -> Integers:
    """Return the positions of the weeks asked for."""
    if week is None:
        return np.array([firm - 1])
    pair = week if isinstance(week, tuple | list) else (week, week)
    if len(pair) != 2:
        raise InputError("weeks are given as one day, or as a first and a last")
    first, last = (_position(panel, one) for one in pair)
    if last < first:
        raise InputError(f"the last week ({pair[1]}) lies before the first ({pair[0]})")
    return np.arange(first, last + 1)


def _position(panel: WeeklyPanel, week: Any) -> int:
    try:
        day = pd.Timestamp(week).tz_localize(None)
    except (ValueError, TypeError) as error:
        raise InputError(f"{week!r} is not a date", remedy="write it as 2020-07-13") from error
    if pd.isna(day):
        raise InputError("the week is not given")
    begins = week_of(pd.DatetimeIndex([day]), panel.week_start)[0]
    if begins != day:
        raise InputError(
            f"{day:%Y-%m-%d} is not the first day of a week that starts on {panel.week_start}",
            remedy=f"use {begins:%Y-%m-%d}",
        )
    if day not in panel.weeks:
        raise InputError(
            f"the week of {day:%Y-%m-%d} is not wholly covered: weeks run from {panel.weeks[0]:%Y-%m-%d} "
            f"to {panel.weeks[-1]:%Y-%m-%d}",
            remedy="choose one of these",
        )
    return int(np.flatnonzero(panel.weeks == day)[0])


def _tested(
    counts: pd.DataFrame, at: Integers, how: Farrington, rule: Sparse, false_discovery: float
) -> pd.DataFrame:
    """Test every week and area, each by the rule that its own past calls for."""
    values = counts.to_numpy(dtype=float)
    _check_history(counts.index, at, rule.weeks + how.recent_weeks)
    sparse = sparse_tail(values, at, how.alpha, rule, how.recent_weeks)
    few = sparse.events < rule.fewer_than
    parts = {name: getattr(sparse, name) for name in NUMBERS}
    parts |= {
        "enough": np.ones_like(few),
        "method": np.full(few.shape, "sparse", dtype=object),
        "baseline_weeks": np.full(few.shape, rule.weeks),
        "baseline_events": sparse.events.astype(int),
    }
    weeks, areas = np.flatnonzero(~few.all(axis=1)), np.flatnonzero(~few.all(axis=0))
    weeks = weeks[reaches_back(pd.DatetimeIndex(counts.index), at[weeks], how.years, how.half_window)]
    if len(weeks):
        block = np.ix_(weeks, areas)
        fitted = _by_regression(counts.iloc[:, areas], at[weeks], how)
        kept = ~few[block] & np.isfinite(fitted["threshold"])
        for name, value in fitted.items():
            parts[name][block] = np.where(kept, value, parts[name][block])
    return _table(counts, at, parts, false_discovery)


def _check_history(weeks: pd.Index, at: Integers, needed: int) -> None:
    """Say what is needed where the history before the first tested week is too short."""
    if at[0] < needed:
        dates = pd.DatetimeIndex(weeks)
        raise EstimationError(
            f"an alert for the week of {dates[at[0]]:%Y-%m-%d} needs {needed} weeks of counts before it, "
            f"but there are {at[0]}, from {dates[0]:%Y-%m-%d}",
            remedy=f"test weeks from {dates[0] + pd.Timedelta(weeks=needed):%Y-%m-%d} on",
        )


def _by_regression(counts: pd.DataFrame, at: Integers, how: Farrington) -> dict[str, Any]:
    """Return what the improved Farrington method says of the areas that are not sparse."""
    values = counts.to_numpy(dtype=float)
    references = same_week_of_earlier_years(pd.DatetimeIndex(counts.index), at, how.years)
    fitted = farrington_flexible(values, at, references, how)
    past = baselines(len(values), at, references, how.half_window, how.periods, how.recent_weeks)
    weeks = past.used.sum(axis=(1, 2))
    return {name: getattr(fitted, name) for name in (*NUMBERS, "enough")} | {
        "method": np.full(fitted.enough.shape, "farrington", dtype=object),
        "baseline_weeks": np.broadcast_to(weeks[:, None], fitted.enough.shape),
        "baseline_events": (values[past.weeks] * past.used[..., None]).sum(axis=(1, 2)).astype(int),
    }


def _table(counts: pd.DataFrame, at: Integers, parts: dict[str, Any], false_discovery: float) -> pd.DataFrame:
    """Lay arrays of weeks × areas out in rows, and decide what is an alert."""
    observed = counts.to_numpy()[at]
    above = observed > parts["threshold"]
    adjusted = [fdr(row, level=false_discovery).table["q_value"].to_numpy() for row in parts["probability"]]
    q_value = np.array(adjusted)
    alert = above & parts["enough"] & (q_value <= false_discovery)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (observed - parts["expected"]) / (parts["threshold"] - parts["expected"])
    columns = {
        "week": np.repeat(counts.index[at], counts.shape[1]),
        "area": np.tile(counts.columns.to_numpy(dtype=object), len(at)),
        "observed": observed,
        "expected": parts["expected"],
        "threshold": parts["threshold"],
        "probability": parts["probability"],
        "q_value": q_value,
        "score": score,
        "above": above,
        "enough": parts["enough"],
        "alert": alert,
        "method": parts["method"],
        "dispersion": parts["dispersion"],
        "baseline_weeks": parts["baseline_weeks"],
        "baseline_events": parts["baseline_events"],
    }
    return pd.DataFrame({name: np.asarray(value).reshape(-1) for name, value in columns.items()})


def _provisional(counts: pd.DataFrame, at: Integers) -> pd.DataFrame:
    """Rows for weeks that are not tested."""
    shape = (len(at), counts.shape[1])
    missing = {name: np.full(shape, np.nan) for name in NUMBERS}
    flags = {"enough": np.zeros(shape, dtype=bool), "method": np.full(shape, "provisional", dtype=object)}
    none = {name: np.zeros(shape, dtype=int) for name in ("baseline_weeks", "baseline_events")}
    return _table(counts, at, missing | flags | none, 0.5)
