"""One interrupted series as findings: the effects, the curves, the excess, and how the fit was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd

from trends.errors import EstimationError
from trends.models import InterruptedResult, Interruption, interrupted
from trends.models.control import Control
from trends.models.notes import unknown_notes
from trends.panel import WeeklyPanel
from trends.study import Specification, Study
from trends.study_parts import StudyInterruption
from trends.timeline import Timeline


@dataclass(frozen=True)
class FitFindings:
    """What a report says about one interrupted series.

    Attributes
    ----------
    label
        What was counted.
    method, reason, sentence
        How it was compared and why so; the finding in words.
    average
        ``rate_ratio, low, high, p_value`` averaged over the weeks after.
    excess
        ``events, low, high``: fitted less expected without the interruption, summed over the weeks after.
    effects, intervals
        The terms with the study's intervals, and with every kind of interval side by side.
    diagnostics
        Dispersion, residual autocorrelation, convergence.
    curves
        One row a week, as `InterruptedResult.counterfactual` returns them, with ``week`` as a column.
    """

    label: str
    method: str
    reason: str
    sentence: str
    average: Mapping[str, float]
    excess: Mapping[str, float]
    effects: pd.DataFrame
    intervals: pd.DataFrame
    diagnostics: Mapping[str, Any]
    curves: pd.DataFrame


def fit_specification(
    panel: WeeklyPanel,
    study: Study,
    specification: Specification,
    timeline: Timeline,
    provinces: str | Sequence[str] | None = None,
    control: Control | None = None,
) -> InterruptedResult:
    """Fit one specification of a study to the counts of some provinces together.

    Parameters
    ----------
    panel
        Weekly panel that covers the specification's window.
    study, specification
        The choices; the specification is one of ``study.specifications()``.
    timeline
        Where covariates come from.
    provinces
        A group, a province or several; None for the whole country.
    control
        What the series is compared with, or None.

    Raises
    ------
    EstimationError
        When the data do not allow the fit.
    """
    counts = counts_of(panel, study, specification, provinces)
    phase = specification.phase_in
    weeks = pd.DatetimeIndex(counts.index)
    places = None if provinces is None else panel.country.resolve(provinces)
    covariates = {name: timeline.covariate(name, weeks, places) for name in specification.covariates}
    return interrupted(
        counts,
        as_interruptions(specification),
        control=control,
        harmonics=specification.harmonics,
        trend=specification.trend,
        family=specification.family,
        intervals=specification.intervals,
        phase_in=(pd.Timestamp(phase.first), pd.Timestamp(phase.last)) if phase else None,
        covariates=pd.DataFrame(covariates) if covariates else None,
        seed=study.seed,
        draws=study.draws,
    )


def check_covariates(study: Study, timeline: Timeline) -> None:
    """Refuse a study that names a covariate which the timeline does not have, before anything is fitted.

    Raises
    ------
    UnknownNameError, InputError
        Which covariate, and what is there instead.
    """
    weeks = pd.DatetimeIndex([pd.Timestamp(study.window.first)])
    for name in sorted({name for one in study.specifications() for name in one.covariates}):
        timeline.covariate(name, weeks)


def counts_of(
    panel: WeeklyPanel,
    study: Study,
    specification: Specification,
    provinces: str | Sequence[str] | None = None,
) -> pd.Series[int]:
    """Return the weekly or monthly counts that a specification is fitted to."""
    if specification.frequency == "month":
        return monthly(panel, specification, provinces, study.measure)
    window = specification.window
    return _between(panel, window.first, window.last).counts(provinces, study.measure)


@lru_cache(maxsize=16)
def _between(panel: WeeklyPanel, first: date, last: date) -> WeeklyPanel:
    """Cut a window out of a panel once for all the fits that share it."""
    return panel.between(first, last)


def as_interruptions(specification: Specification) -> list[Interruption]:
    """Return a specification's interruptions as `trends.interrupted` takes them."""
    return [as_interruption(one) for one in specification.interruptions]


def as_interruption(one: StudyInterruption) -> Interruption:
    """Return one interruption of a study as `trends.interrupted` takes it."""
    return Interruption(one.date, one.name, one.shape, delay=one.delay, weeks=one.weeks, until=one.until)


def monthly(
    panel: WeeklyPanel, specification: Specification, provinces: str | Sequence[str] | None, measure: str
) -> pd.Series[int]:
    """Return monthly counts of the specification's window, from the days (weeks do not fit into months)."""
    window = specification.window
    codes = panel.country.resolve(provinces)
    days = panel.daily[panel.daily["province"].isin(codes)]
    months = pd.date_range(window.first, window.last, freq="MS", name="month")
    sums = days.groupby(days["date"].dt.to_period("M").dt.to_timestamp())[measure].sum()
    return sums.reindex(months, fill_value=0).astype("int64")


def describe_fit(label: str, result: InterruptedResult) -> FitFindings:
    """Take from a result what a report says about it."""
    return FitFindings(
        label=label,
        method=result.method,
        reason=result.reason,
        sentence=result.sentence(),
        average=result.average()._asdict(),
        excess=result.excess()._asdict(),
        effects=result.effects,
        intervals=result.intervals,
        diagnostics=asdict(result.diagnostics()),
        curves=result.counterfactual().rename_axis("week").reset_index(),
    )


def compare_specifications(panel: WeeklyPanel, study: Study, timeline: Timeline) -> pd.DataFrame:
    """Fit every specification of a study to the whole country.

    Returns
    -------
    pandas.DataFrame
        ``name, note, method, interval, rate_ratio, low, high, p_value, excess, excess_low, excess_high``; the one
        pre-specified first. A specification that the data do not allow has no numbers, and its note says why.
    """
    rows = [specification_row(panel, study, one, timeline) for one in study.specifications()]
    return pd.DataFrame(rows)


def specification_row(
    panel: WeeklyPanel, study: Study, specification: Specification, timeline: Timeline
) -> dict[str, Any]:
    """Fit one specification to the whole country: a row as `compare_specifications` returns it."""
    row: dict[str, Any] = {"name": specification.name, "note": specification.note}
    try:
        result = fit_specification(panel, study, specification, timeline)
    except EstimationError as error:
        return {
            **row,
            "note": f"No estimate: {error.what}.",
            "method": "none",
            "interval": _interval_of(specification),
        }
    excess = result.excess()
    left_out = [f"{note[:1].upper()}{note[1:]}." for note in unknown_notes(result.analysis.setting)]
    return {
        **row,
        "note": " ".join(filter(None, [specification.note, *left_out])),
        "method": result.method,
        "interval": _interval_of(specification),
        **result.average()._asdict(),
        "excess": excess.events,
        "excess_low": excess.low,
        "excess_high": excess.high,
    }


def _interval_of(specification: Specification) -> str:
    """Name what the interval allows for: a level that wanders is a disturbance of its own."""
    return "local-level" if specification.trend == "local-level" else specification.intervals
