"""All checks of one result, in the order in which a report shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from trends.checks.change_point import change_point
from trends.checks.cross import cross_checks
from trends.checks.display import CheckResult, NotMade
from trends.checks.leave_out import leave_one_out, leave_weeks_out
from trends.checks.outcomes import placebo_outcomes
from trends.checks.placebo import placebo_dates
from trends.checks.power import power
from trends.checks.residuals import residuals
from trends.errors import EstimationError
from trends.models.result import InterruptedResult

Making = Callable[[], CheckResult]


def run_checks(
    result: InterruptedResult,
    *,
    parts: pd.DataFrame | None = None,
    outcomes: Mapping[str, pd.Series] | None = None,
    seed: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, CheckResult]:
    """Run every check that the given material allows.

    Parameters
    ----------
    result
        What to check.
    parts
        Counts by province that add up to the result's; without them no province is left out.
    outcomes
        Series that the interruption cannot have touched; without them no placebo outcomes.
    seed
        Of the checks with a random part; each one's own when left out.
    progress
        Called with the name of each check before it is made.

    Returns
    -------
    dict
        By name, in the order of a report: ``placebo_dates, placebo_outcomes, leave_one_out, leave_weeks_out,
        change_point, power, cross_checks, residuals``. A check that the data do not allow is a
        :class:`NotMade` that says why.
    """
    seeded: dict[str, Any] = {} if seed is None else {"seed": seed}
    makings: dict[str, Making | None] = {
        "placebo_dates": lambda: placebo_dates(result, **seeded),
        "placebo_outcomes": None if outcomes is None else lambda: placebo_outcomes(result, outcomes),
        "leave_one_out": None if parts is None else lambda: leave_one_out(result, parts),
        "leave_weeks_out": lambda: leave_weeks_out(result),
        "change_point": lambda: change_point(result, **seeded),
        "power": lambda: power(result, **seeded),
        "cross_checks": lambda: cross_checks(result),
        "residuals": lambda: residuals(result, **seeded),
    }
    found = {}
    for name, making in makings.items():
        if making is not None:
            if progress is not None:
                progress(name)
            found[name] = _made(name, making)
    return found


def _made(name: str, making: Making) -> CheckResult:
    try:
        return making()
    except EstimationError as error:
        return NotMade(name.replace("_", " ").capitalize(), pd.DataFrame(), (error.message,))
