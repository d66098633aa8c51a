"""Before and after: an interrupted time series of counts from a pandas Series to a result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from trends.errors import InputError
from trends.models.control import Control, as_control, read_control
from trends.models.controlled import fit_controlled, sparse_reason, with_control
from trends.models.course import LOCAL_LEVEL
from trends.models.covariates import leave_out_unknown, read_covariates
from trends.models.design import Design, build_design
from trends.models.enough import refuse_nothing, refuse_short
from trends.models.exact import ExactComparison
from trends.models.exact_share import fit_exact_share
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
from trends.models.local_level import as_steps, fit_local_level
from trends.models.notes import interruption_notes, uncorrelated_note
from trends.models.regression import Regression, fit_mean, infer
from trends.models.result import InterruptedResult
from trends.models.series import STEPS_PER_YEAR, CountSeries, read_series
from trends.models.setting import Setting
from trends.models.sparse import fit_exact, too_sparse

DEFAULT_SEED = 20200316
DEFAULT_DRAWS = 10_000
FAMILIES = ("negative-binomial", "quasi-poisson", "exact", "shrunken")


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
    and after the first interruption are compared exactly instead (with a control the ratios to it), and the
    result says so.

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
        ``"linear"`` (on the log scale), ``"spline"`` (natural cubic), None, or ``"local-level"``: a level that
        wanders as a random walk (:mod:`trends.models.local_level`). Its intervals are wide, for a step is then
        compared with the weeks near it only; a bare date means a step, and changes of slope, controls and other
        ``intervals`` are refused. Use it where no straight line describes the years before, or as sensitivity.
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
        Series or DataFrame of numbers on the same weeks. A week in which one of them is not known (NaN) is left out
        of the regression, and the notes say which.
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
    wanders = _check_local_level(trend, intervals, chosen)
    items = as_steps(interruptions) if wanders else as_interruptions(interruptions)
    setting = _setting(counts, exposure, items, phase_in, level, seed, draws)
    extra = read_covariates(covariates, setting.series.index)
    if chosen is not None and chosen.how == "offset":
        harmonics, trend = 0, None
    design = build_design(
        setting, harmonics=harmonics, period=period, trend=trend, trend_df=trend_df, covariates=extra.columns
    )
    other = None if chosen is None else read_control(chosen, setting.series)
    setting = setting if other is None else with_control(setting, other)
    refuse_nothing(setting)
    known = leave_out_unknown(setting, extra)
    if reason := _exact_reason(family, known, design, other):
        return _compare(setting, reason, mid_p, other, shrunken=family == "shrunken")
    refuse_short(known, design, harmonics, period or STEPS_PER_YEAR[known.series.step])
    refuse_inseparable(known, design, family, intervals)
    refuse_bent(known, design)
    if wanders:
        return _wander(known, design)
    if chosen is not None and other is not None:
        found = fit_controlled(known, design, chosen, other, family, intervals)
        return InterruptedResult(*found, interruption_notes(known))
    return _regress(known, design, family, intervals)


def _wander(setting: Setting, design: Design) -> InterruptedResult:
    found = fit_local_level(setting, design)
    reason = "asked for: the level may wander, and a step is compared with the weeks near it"
    return InterruptedResult("local-level regression", reason, found, interruption_notes(setting))


def _setting(
    counts: pd.Series,
    exposure: pd.Series | None,
    items: tuple[Interruption, ...],
    phase_in: Sequence[DateLike] | Sequence[Sequence[DateLike]] | None,
    level: float,
    seed: int,
    draws: int,
) -> Setting:
    """Find the weeks of the question: which stand before, in and after each interruption."""
    series = read_series(counts, exposure)
    starts = tuple(first_step_after(series.index, series.ends, item) for item in items)
    stops = tuple(last_step_of(series.index, item) for item in items)
    left_out = in_phases(series.index, series.ends, as_phases(phase_in))
    return Setting(series, items, starts, left_out, level, seed, draws, stops)


def _regress(setting: Setting, design: Design, family: str, intervals: str) -> InterruptedResult:
    used = setting.in_fit
    counts, matrix, offset = setting.series.counts[used], design.matrix[used], setting.offset[used]
    refuse_separated(counts, matrix, design.names)
    fit, name, reason = fit_mean(family, counts, matrix, offset)
    inference = infer(intervals, setting, design, fit)
    analysis = Regression(setting, design, inference, fit)
    return InterruptedResult(f"{name} segmented regression", reason, analysis, interruption_notes(setting))


def _exact_reason(family: str, setting: Setting, design: Design, control: CountSeries | None) -> str:
    """Say why two periods are compared exactly; empty where a regression is fitted."""
    if family in ("exact", "shrunken"):
        return "asked for"
    if control is not None:
        return sparse_reason(setting, design, control)
    used = setting.in_fit
    return too_sparse(setting.series.counts[used], setting.segment[used], design.matrix.shape[1])


def _compare(
    setting: Setting, reason: str, mid_p: bool, control: CountSeries | None, *, shrunken: bool
) -> InterruptedResult:
    what = "rate" if control is None else "ratio"
    why = f"{reason}: one {what} before is compared with one after, no trend, season or covariate is allowed for"
    if len(setting.interruptions) > 1:
        why += f", and after means from {setting.interruptions[0].name} on"
    if setting.last_weeks[-1] < len(setting.series.index) - 1:
        why += f"; {setting.series.step}s after the effect has ended count as before"
    notes = interruption_notes(setting, with_level=False)
    if control is not None:
        ratios = fit_exact_share(setting, control, mid_p=mid_p)
        return InterruptedResult("exact comparison of two ratios", why, ratios, notes)
    notes += uncorrelated_note(setting)
    used = setting.in_fit
    counts, exposure = setting.series.counts[used], setting.series.exposure[used]
    fit = fit_exact(counts, exposure, setting.segment[used] > 0, level=setting.level, mid_p=mid_p)
    method = "rate comparison with a weak prior" if shrunken else "exact rate comparison"
    prior = fit.rates.shrunken() if shrunken else None
    return InterruptedResult(method, why, ExactComparison(setting, fit, prior), notes)


def _check_control(control: pd.Series | Control | None, family: str) -> Control | None:
    chosen = as_control(control)
    if chosen is not None and family == "shrunken":
        raise InputError(
            'a control has no part in family="shrunken"',
            remedy='use family="exact", or leave the control out',
        )
    return chosen


def _check_local_level(trend: str | None, intervals: str, control: Control | None) -> bool:
    """Say whether the level wanders, and refuse what does not go with that."""
    if trend != LOCAL_LEVEL:
        return False
    if control is not None:
        raise InputError(
            'a control has no part in trend="local-level"',
            remedy='use trend="linear", or leave the control out',
        )
    if intervals != "latent-ar1":
        raise InputError(
            f'intervals {intervals!r} are not made beside trend="local-level", whose interval is its own',
            remedy="leave intervals= out",
        )
    return True


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
