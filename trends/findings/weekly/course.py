"""The long view: a smoothed course of two years, and the before/after effect as it stood week by week."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trends.findings.fits import as_interruption
from trends.findings.words import count_of
from trends.models import Interruption
from trends.models.course import natural_spline
from trends.models.design import Design, build_design
from trends.models.effects import average_effect, period_sums
from trends.models.interruptions import first_step_after, in_phases
from trends.models.latent_ar1 import fit_latent_ar1
from trends.models.series import CountSeries, Floats, read_series
from trends.models.setting import Setting
from trends.models.shapes import STEPS_EACH_SIDE
from trends.models.sparse import too_sparse
from trends.study_weekly import Against, Effect

_LEVEL = 0.95
_YEAR = 52


@dataclass(frozen=True)
class EffectCourse:
    """The before/after effect to date, as of each week.

    Attributes
    ----------
    name, date
        The interruption.
    table
        ``week`` (the last week that entered), ``weeks_after``, ``rate_ratio, low, high``: expected events with over
        without the interruption, averaged over the weeks after. Empty before it can be estimated.
    reason
        Why there is no estimate; empty where there is one.
    """

    name: str
    date: pd.Timestamp
    table: pd.DataFrame
    reason: str


def smoothed(counts: pd.Series[int], choices: Against) -> pd.DataFrame:
    """Smooth the last weeks: a natural spline on the log scale, serial correlation allowed for.

    Returns
    -------
    pandas.DataFrame
        ``week, attacks, trend, low, high``; the last three missing where the events do not carry a trend.
    """
    shown = counts.tail(choices.long_weeks)
    table = pd.DataFrame({"week": shown.index, "attacks": shown.to_numpy()})
    nothing = table.assign(trend=math.nan, low=math.nan, high=math.nan)
    if len(shown) < choices.year_weeks or too_sparse(
        np.asarray(shown, dtype=np.float64), np.zeros(len(shown), np.intp), choices.long_bends + 1
    ):
        return nothing
    steps = np.arange(len(shown), dtype=float)
    design = np.column_stack([np.ones_like(steps), natural_spline(steps, choices.long_bends)])
    fit = fit_latent_ar1(shown.to_numpy(float), design)
    if not fit.converged[0]:
        return nothing
    centre = design @ fit.coef[0]
    half = 1.959964 * np.sqrt(np.einsum("tp,pq,tq->t", design, fit.cov[0], design))
    return table.assign(trend=np.exp(centre), low=np.exp(centre - half), high=np.exp(centre + half))


def effect_course(counts: pd.Series[int], effect: Effect, seed: int) -> EffectCourse:
    """Estimate the effect as of every week in which it could be estimated, all in one batch.

    The same regression as `trends.interrupted` with the study's choices, each time on the weeks up to then.

    Parameters
    ----------
    counts
        Weekly counts up to the last week that may enter.
    effect
        The study's choices.
    seed
        Of the draws behind the interval of an average.
    """
    used = counts.loc[pd.Timestamp(effect.first) :]
    item = as_interruption(effect.interruption)
    when = pd.Timestamp(effect.interruption.date)
    empty = pd.DataFrame(columns=["week", "weeks_after", "rate_ratio", "low", "high"])
    needed = STEPS_EACH_SIDE[item.shape]
    if used.empty or used.index[-1] + pd.Timedelta(days=6) < when:
        return EffectCourse(item.name, when, empty, "it lies after this week")
    series = read_series(used)
    setting = _setting(series, item, effect, seed)
    start, left_out = setting.starts[0], setting.phase_in
    before = int((~left_out[:start]).sum())
    if effect.harmonics and before < _YEAR:
        reason = f"{count_of(before, 'week')} before it, {_YEAR} are needed to tell a change from the season"
        return EffectCourse(item.name, when, empty, reason)
    after = np.cumsum(~left_out & (np.arange(len(used)) >= start))
    places = np.flatnonzero((after >= needed) & ~left_out)
    if not places.size:
        passed = int(after[-1])
        have = "has" if passed == 1 else "have"
        since = " since the weeks of the change itself" if left_out.any() else " since"
        reason = f"{count_of(passed, 'week')} {have} passed{since}, {needed} are needed"
        return EffectCourse(item.name, when, empty, reason)
    rows = _rows(setting, places, effect)
    table = (
        pd.DataFrame(rows, columns=["week", "weeks_after", "rate_ratio", "low", "high"]) if rows else empty
    )
    return EffectCourse(item.name, when, table, "" if rows else "too few events for a regression")


def _setting(series: CountSeries, item: Interruption, effect: Effect, seed: int) -> Setting:
    phase = effect.phase_in
    phases = ((pd.Timestamp(phase.first), pd.Timestamp(phase.last)),) if phase else ()
    left_out = np.asarray(in_phases(series.index, series.ends, phases))
    start = first_step_after(series.index, series.ends, item)
    return Setting(series, (item,), (start,), left_out, _LEVEL, seed, effect.draws)


def _rows(setting: Setting, places: np.ndarray, effect: Effect) -> list[dict[str, object]]:
    """Fit the series up to each of the places (N,), and average its effect over the weeks after."""
    series, start = setting.series, setting.starts[0]
    design = build_design(setting, harmonics=effect.harmonics, period=None, trend=effect.trend)
    weeks = np.arange(len(series.counts))
    known = (weeks[None, :] <= places[:, None]) & ~setting.phase_in
    fit = fit_latent_ar1(np.where(known, series.counts, np.nan), design.matrix)
    draws = fit.draws(setting.seed, setting.draws)
    found = []
    for one, place in enumerate(places):
        in_fit = known[one]
        segment = (weeks >= start)[in_fit].astype(np.intp)
        if not fit.converged[one] or too_sparse(series.counts[in_fit], segment, design.matrix.shape[1]):
            continue
        period = in_fit & (weeks >= start)
        estimate = _average(fit.coef[one], draws[:, one], design, period)
        row = {"week": series.index[place], "weeks_after": int(period.sum())}
        found.append({**row, **dict(zip(("rate_ratio", "low", "high"), estimate, strict=True))})
    return found


def _average(coef: Floats, draws: Floats, design: Design, period: np.ndarray) -> tuple[float, float, float]:
    """Average ratio over the weeks after with its interval, from (N, P) draws of the coefficients."""
    offset = np.zeros(int(period.sum()))
    sums = period_sums(coef, draws, design.matrix[period], design.without()[period], offset)
    effect = average_effect(sums, _LEVEL)
    return math.exp(effect.estimate), math.exp(effect.low), math.exp(effect.high)
