"""Before and after: an interrupted time series of counts from a pandas Series to a result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from trends.errors import EstimationError, InputError
from trends.models.control import Control, as_control, read_control
from trends.models.controlled import fit_controlled, with_control
from trends.models.design import Design, build_design
from trends.models.exact import ExactComparison
from trends.models.identify import refuse_separated
from trends.models.inference import METHODS
from trends.models.interruptions import (
    DateLike,
    Interruption,
    as_interruptions,
    as_phases,
    first_step_after,
    in_phases,
    last_step_of,
)
from trends.models.joint import refuse_bent, refuse_inseparable
from trends.models.regression import Regression, fit_mean, infer
from trends.models.result import InterruptedResult
from trends.models.series import STEPS_PER_YEAR, read_series
from trends.models.setting import Setting
from trends.models.shapes import STEPS_EACH_SIDE
from trends.models.sparse import fit_exact, too_sparse

DEFAULT_SEED = 20200316
DEFAULT_DRAWS = 10_000
FAMILIES = ("negative-binomial", "quasi-poisson", "exact", "shrunken")

STEPS_PER_COEFFICIENT = 3
"""Weeks (months) in the fit for each coefficient, so that residuals are left to judge the noise from."""


def interrupted(
    counts: pd.Series,
    interruptions: DateLike | Interruption | Iterable[DateLike | Interruption],
    *,
    exposure: pd.Series | None = None,
    harmonics: int = 2,
    period: float | None = None,
    trend: str | None = "linear",
    trend_df: int = 4,
    family: str = "negative-binomial",
    intervals: str = "latent-ar1",
    control: pd.Series | Control | None = None,
    phase_in: Sequence[DateLike] | Sequence[Sequence[DateLike]] | None = None,
    covariates: pd.Series | pd.DataFrame | None = None,
    level: float = 0.95,
    seed: int = DEFAULT_SEED,
    draws: int = DEFAULT_DRAWS,
    mid_p: bool = False,
) -> InterruptedResult:
    """Estimate how a weekly or monthly series of counts changed at one or more dates.

    A log-linear segmented regression: trend, harmonics, covariates, and a step and a change of slope at
    each interruption. Where events are too few for it (see :mod:`trends.models.sparse`), the rates before
    and after the first interruption are compared exactly instead, and the result says so.

    Parameters
    ----------
    counts
        Counts on a complete calendar of weeks or months, each labelled with its first day; NaN where the
        source does not cover the week.
    interruptions
        Dates, or :class:`Interruption` with a name and a shape; a bare date means ``"level+slope"``. The week
        that holds the date is the first one after.
    exposure
        Time or population at risk on the same weeks; its log enters as offset.
    harmonics
        Pairs of sine and cosine for the season; 0 for none.
    period
        Length of the season in weeks or months; a year when left out.
    trend
        ``"linear"`` (on the log scale), ``"spline"`` (natural cubic) or None.
    trend_df
        Columns of the spline, 2 to 12. The more of them, the more of a step they can take up; what that costs
        stands in the notes.
    family
        ``"negative-binomial"`` (NB2, dispersion estimated) or ``"quasi-poisson"``. Where counts vary no more
        than Poisson counts, the former becomes the latter with a dispersion of at least 1. ``"exact"`` asks for
        the exact comparison of rates whatever the number of events, so that sparse and other series can stand in
        one figure; trend, season, covariates and ``intervals`` then have no part in it. ``"shrunken"`` is the
        same comparison under a weak prior (:func:`trends.models.shrunken.shrunken_ratio`): a finite ratio where
        nothing happened before or after.
    intervals
        ``"latent-ar1"`` allows for serial correlation and estimates its coefficients by its own weights;
        ``"hac"`` (Newey-West) and ``"model"`` (none allowed for) are too short where there is any. All three
        stand side by side in ``result.intervals``.
    control
        Counts of a series that the interruption did not touch, or :class:`Control` to choose how it is used. A
        bare Series means ``Control(series, how="difference")``: the log ratio of the two, fitted given their
        total in each week. Trend, harmonics and covariates are then those of the ratio; with ``how="offset"``
        it has neither trend nor season.
    phase_in
        (first day, last day), or several such pairs: every week of which a day lies in one is left out.
    covariates
        Series or DataFrame of numbers on the same weeks.
    level
        Nominal coverage of intervals.
    seed, draws
        Of the draws behind averages over a period, excess events and the bands of curves.
    mid_p
        Of an exact comparison: take the mid-p interval.

    Returns
    -------
    InterruptedResult

    Raises
    ------
    InputError
        Arguments that are not what they have to be.
    EstimationError
        Too few weeks, no events, terms that cannot be told apart, a fit that separates or does not
        converge.

    References
    ----------
    Lopez Bernal, J., Cummins, S. & Gasparrini, A. (2017). Interrupted time series regression for the
    evaluation of public health interventions: a tutorial. International Journal of Epidemiology 46,
    348-355.
    """
    _check_choices(family, intervals, level, draws)
    chosen = _check_control(control, family)
    series = read_series(counts, exposure)
    items = as_interruptions(interruptions)
    starts = tuple(first_step_after(series.index, series.ends, item) for item in items)
    stops = tuple(last_step_of(series.index, item) for item in items)
    left_out = in_phases(series.index, series.ends, as_phases(phase_in))
    setting = Setting(series, items, starts, left_out, level, seed, draws, stops)
    ratio_only = chosen is not None and chosen.how == "offset"
    harmonics, trend = (0, None) if ratio_only else (harmonics, trend)
    design = build_design(
        series,
        items,
        starts,
        harmonics=harmonics,
        period=period,
        trend=trend,
        covariates=covariates,
        trend_df=trend_df,
        stops=stops,
    )
    other = None if chosen is None else read_control(chosen, series)
    setting = setting if other is None else with_control(setting, other)
    _refuse_empty(setting)
    _refuse_few(setting, dict.fromkeys(STEPS_EACH_SIDE, STEPS_EACH_SIDE["level"]))
    if family in ("exact", "shrunken"):
        return _compare(setting, "asked for", mid_p, shrunken=family == "shrunken")
    used = setting.in_fit
    sparse = too_sparse(series.counts[used], setting.segment[used], design.matrix.shape[1])
    if sparse and other is None:
        return _compare(setting, sparse, mid_p)
    _refuse_short(setting, design, harmonics, period or STEPS_PER_YEAR[series.step])
    refuse_inseparable(setting, design, family, intervals)
    refuse_bent(setting, design)
    if chosen is not None and other is not None:
        method, reason, analysis = fit_controlled(setting, design, chosen, other, family, intervals)
        return InterruptedResult(method, reason, analysis, _notes(setting))
    return _regress(setting, design, family, intervals)


def _regress(setting: Setting, design: Design, family: str, intervals: str) -> InterruptedResult:
    used = setting.in_fit
    counts, matrix, offset = setting.series.counts[used], design.matrix[used], setting.offset[used]
    refuse_separated(counts, matrix, design.names)
    fit, name, reason = fit_mean(family, counts, matrix, offset)
    inference = infer(intervals, setting, design, fit)
    analysis = Regression(setting, design, inference, fit)
    return InterruptedResult(f"{name} segmented regression", reason, analysis, _notes(setting))


def _compare(setting: Setting, reason: str, mid_p: bool, *, shrunken: bool = False) -> InterruptedResult:
    used = setting.in_fit
    fit = fit_exact(
        setting.series.counts[used],
        setting.series.exposure[used],
        setting.segment[used] > 0,
        level=setting.level,
        mid_p=mid_p,
    )
    why = (
        f"{reason}: one rate before is compared with one after, no trend, season or covariate is allowed for"
    )
    if len(setting.interruptions) > 1:
        why += f", and after means from {setting.interruptions[0].name} on"
    if setting.last_weeks[-1] < len(setting.series.index) - 1:
        why += f"; {setting.series.step}s after the effect has ended count as before"
    method = "rate comparison with a weak prior" if shrunken else "exact rate comparison"
    prior = fit.rates.shrunken() if shrunken else None
    return InterruptedResult(
        method, why, ExactComparison(setting, fit, prior), _notes(setting, with_level=False)
    )


def _notes(setting: Setting, *, with_level: bool = True) -> tuple[str, ...]:
    """Say what must be said of the interruptions' weeks; an exact comparison has no level to carry back."""
    notes = []
    for item, start in zip(setting.interruptions, setting.starts, strict=True):
        first = setting.series.index[start]
        if not setting.in_fit[start] and with_level:
            weeks = int((~setting.in_fit[start:]).cumprod().sum())
            lies = "lies in the phase-in" if setting.phase_in[start] else "is without a count"
            notes.append(
                f"the {setting.series.step} of {item.name} {lies}: its level is carried back "
                f"over {weeks} {setting.series.step}s that are not in the fit"
            )
        elif setting.in_fit[start] and item.begins != first:
            what = f"the effect of {item.name} begins" if item.delay else f"{item.name} falls"
            notes.append(
                f"{what} within the {setting.series.step} of {first.date()}, the first one after; "
                f"{(item.begins - first).days} of its days came before"
            )
        if item.until is not None:
            notes.append(f"{setting.series.step}s after {item.until.date()} count as without {item.name}")
    return tuple(notes)


def _check_control(control: pd.Series | Control | None, family: str) -> Control | None:
    chosen = as_control(control)
    if chosen is not None and family in ("exact", "shrunken"):
        raise InputError(
            f'a control has no part in family="{family}"',
            remedy="leave it out, or compare_rates on each series",
        )
    return chosen


def _check_choices(family: str, intervals: str, level: float, draws: int) -> None:
    if family == "poisson":
        raise InputError(
            'family "poisson" is not offered: weekly counts vary more than Poisson counts and its intervals '
            "would be too short",
            remedy='use family="quasi-poisson", with the same estimates',
        )
    if family not in FAMILIES:
        raise InputError(f"family {family!r} is not offered", remedy=f"use {', '.join(FAMILIES)}")
    if intervals not in METHODS:
        raise InputError(f"intervals {intervals!r} is not offered", remedy=f"use {', '.join(METHODS)}")
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}", remedy="give a coverage between 0 and 1, such as 0.95")
    if draws < 1000:
        raise InputError(f"draws is {draws!r}", remedy="give at least 1000")


def _refuse_empty(setting: Setting) -> None:
    used, segment = setting.in_fit, setting.segment
    names = ("before it starts", *(f"after {item.name}" for item in setting.interruptions))
    weeks = np.bincount(segment[used], minlength=len(setting.starts) + 1)
    for place in np.flatnonzero(weeks[1:-1] == 0):
        first, second = (item.name for item in setting.interruptions[place : place + 2])
        raise EstimationError(
            f"no {setting.series.step} of the fit lies between {first} and {second}: they cannot be told apart",
            remedy="give their joint effect one date",
        )
    if weeks[0] == 0 or weeks[-1] == 0:
        side = "before the interruption" if weeks[0] == 0 else names[-1]
        raise EstimationError(
            f"no {setting.series.step} {side} is left after phase-in and missing {setting.series.step}s",
            remedy="give a longer series, another date or a shorter phase-in",
        )
    if np.nansum(setting.counts) == 0:
        raise EstimationError(
            "no events: nothing to compare", remedy="take a group of provinces or a longer period"
        )


def _refuse_short(setting: Setting, design: Design, harmonics: int, period: float) -> None:
    used, step = setting.in_fit, setting.series.step
    weeks, columns = int(used.sum()), design.matrix.shape[1]
    if weeks < STEPS_PER_COEFFICIENT * columns:
        raise EstimationError(
            f"{weeks} {step}s are too few for {columns} coefficients",
            remedy=f"give at least {STEPS_PER_COEFFICIENT * columns}, or use fewer harmonics and covariates",
        )
    span = int(np.ptp(np.flatnonzero(used))) + 1
    if harmonics and span < period - 1:
        raise EstimationError(
            f"{span} {step}s do not hold a whole season of {period:.0f}, so season and change look alike",
            remedy=f"give at least {int(np.ceil(period))} {step}s or use harmonics=0",
        )
    _refuse_few(setting, STEPS_EACH_SIDE)


def _refuse_few(setting: Setting, steps_each_side: dict[str, int]) -> None:
    used, step = setting.in_fit, setting.series.step
    edges = sorted({0, len(used), *setting.starts, *(stop + 1 for stop in setting.last_weeks)})
    for item, start in zip(setting.interruptions, setting.starts, strict=True):
        needed, place = steps_each_side[item.shape], edges.index(start)
        for side, where in ((place - 1, "before"), (place, "after")):
            found = int(used[edges[side] : edges[side + 1]].sum())
            if found < needed:
                raise EstimationError(
                    f"too few {step}s {where} {item.name}: {found}",
                    remedy=f"at least {needed} are needed to the next interruption or end of the series",
                )
