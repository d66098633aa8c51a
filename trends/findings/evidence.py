"""What speaks for and against a before/after finding: controls, untouched outcomes, other dates, power."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from trends.checks import (
    CheckResult,
    NotMade,
    change_point,
    cross_checks,
    leave_one_out,
    placebo_dates,
    placebo_outcomes,
    power,
)
from trends.errors import EstimationError
from trends.findings.fits import counts_of, fit_specification
from trends.models import InterruptedResult
from trends.models.control import Control
from trends.models.staggered import staggered
from trends.panel import WeeklyPanel, load_panel
from trends.project import find_project
from trends.study import Specification, Study
from trends.timeline import Timeline


@dataclass(frozen=True)
class CheckFindings:
    """One check: what it is, what it found in a sentence, its table, and the object that draws it."""

    title: str
    sentence: str
    table: pd.DataFrame
    notes: tuple[str, ...]
    _check: CheckResult = field(repr=False)


def describe_check(check: CheckResult) -> CheckFindings:
    """Take from a check what a report says about it."""
    return CheckFindings(check.title, check.sentence(), check.brief(), check.notes, check)


def run_checks_of(
    result: InterruptedResult, panel: WeeklyPanel, study: Study, specification: Specification
) -> Mapping[str, CheckFindings]:
    """Run the checks that a study asks for on its pre-specified fit.

    Parameters
    ----------
    result
        The pre-specified fit to the whole country.
    panel, study, specification
        What it was fitted to, and the choices.

    Returns
    -------
    mapping
        By name, in the order of the report. A check that the data do not allow says why in its sentence.
    """
    simulations = study.checks
    window = specification.window
    parts = panel.between(window.first, window.last).wide(study.measure)
    named = parts.rename(columns=panel.country.provinces["name"].to_dict())
    makers: dict[str, Callable[[], CheckResult]] = {
        "placebo_dates": lambda: placebo_dates(result, seed=study.seed),
        "power": lambda: power(result, simulations.power_ratios, simulations.power_simulations, study.seed),
        "leave_one_out": lambda: leave_one_out(result, named.loc[:, named.sum() > 0]),
        "cross_checks": lambda: cross_checks(result),
    }
    if simulations.change_point_simulations:
        makers["change_point"] = lambda: change_point(
            result, simulations=simulations.change_point_simulations, seed=study.seed
        )
    if study.negative_outcomes:
        makers["placebo_outcomes"] = lambda: placebo_outcomes(result, _outcomes(study, specification))
    return {name: describe_check(_made(name, make)) for name, make in makers.items()}


def _made(name: str, make: Callable[[], CheckResult]) -> CheckResult:
    try:
        return make()
    except EstimationError as error:
        return NotMade(name.replace("_", " ").capitalize(), pd.DataFrame(), (error.what,))


def _outcomes(study: Study, specification: Specification) -> dict[str, pd.Series[int]]:
    project = find_project(study.folder)
    return {
        outcome.name: counts_of(load_panel(project / outcome.panel, study.week_start), study, specification)
        for outcome in study.negative_outcomes
    }


def controlled(panel: WeeklyPanel, study: Study, timeline: Timeline) -> pd.DataFrame:
    """Compare treated provinces with others, beside what each series says by itself.

    Parameters
    ----------
    panel, study, timeline
        The counts, the choices, and where the handovers stand.

    Returns
    -------
    pandas.DataFrame
        One row a series and one a controlled comparison: ``comparison, kind ("alone" or "controlled"), events_before,
        events_after, method, rate_ratio, low, high, p_value, note``; no numbers where the data do not allow the fit.
    """
    rows: list[dict[str, Any]] = []
    for control in study.controls:
        treated, against = control_provinces(panel, timeline, control.treated, control.against)
        rows += [
            _fit_row(f"{control.name}: treated alone", "alone", panel, study, timeline, treated),
            _fit_row(f"{control.name}: the others alone", "alone", panel, study, timeline, against),
            _fit_row(
                control.name,
                "controlled",
                panel,
                study,
                timeline,
                treated,
                against,
                control.how,
                control.note,
            ),
        ]
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class DifferentDates:
    """Provinces treated when their own base was handed over, against those not treated yet or never.

    Attributes
    ----------
    sentence, doubts
        The finding in words, and what speaks against believing it.
    rate_ratio, low, high, p_value
        Average effect on the treated; NaN where the data do not allow it.
    event_study
        One row a stretch of months since the handover.
    """

    sentence: str
    doubts: tuple[str, ...]
    rate_ratio: float
    low: float
    high: float
    p_value: float
    event_study: pd.DataFrame


def different_dates(panel: WeeklyPanel, study: Study, timeline: Timeline) -> DifferentDates:
    """Estimate the effect from the dates at which each province's own base was handed over (Wooldridge 2023)."""
    handovers = timeline.handovers().explode("provinces")
    dates = {str(code): day for code, day in handovers.groupby("provinces")["date"].min().items()}
    counts = panel.between(study.window.first, study.window.last).wide(study.measure)
    try:
        found = staggered(counts, dates, seed=study.seed)
    except EstimationError as error:
        nothing = (math.nan,) * 4
        return DifferentDates(
            f"No estimate from different dates: {error.what}.", (), *nothing, pd.DataFrame()
        )
    return DifferentDates(
        found.sentence(),
        found.doubts,
        found.rate_ratio,
        found.low,
        found.high,
        found.p_value,
        found.event_study,
    )


def control_provinces(
    panel: WeeklyPanel, timeline: Timeline, treated: Sequence[str], against: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Resolve which provinces are treated (those with a handover, unless named) and which are not."""
    handed = {code for codes in timeline.handovers()["provinces"] for code in codes}
    first = panel.country.resolve(list(treated) or sorted(handed))
    others = [code for code in panel.country.resolve(None) if code not in first]
    return first, panel.country.resolve(list(against) or others)


def _fit_row(
    name: str,
    kind: str,
    panel: WeeklyPanel,
    study: Study,
    timeline: Timeline,
    provinces: Sequence[str],
    against: Sequence[str] = (),
    how: str = "difference",
    note: str = "",
) -> dict[str, Any]:
    main = study.specifications()[0]
    row: dict[str, Any] = {"comparison": name, "kind": kind, "note": note}
    try:
        control = Control(counts_of(panel, study, main, list(against)), how=how) if against else None  # type: ignore[arg-type]
        result = fit_specification(panel, study, main, timeline, list(provinces), control)
    except EstimationError as error:
        return {**row, "method": "none", "note": f"No estimate: {error.what}."}
    checks = result.diagnostics()
    return {
        **row,
        "method": result.method,
        "events_before": checks.events_before,
        "events_after": checks.events_after,
        **result.average()._asdict(),
    }
