"""Checks of a before/after result: each takes a fit and gives an object with a table, a sentence and a picture.

>>> from trends import checks
>>> checks.placebo_dates(result).sentence()  # doctest: +SKIP
>>> for name, check in checks.run_checks(result).items():  # doctest: +SKIP
...     print(check.summary())
"""

from trends.checks.change_point import ChangePoint, change_point
from trends.checks.cross import CrossChecks, cross_checks
from trends.checks.display import CheckResult, NotMade
from trends.checks.leave_out import LeftOut, leave_one_out, leave_weeks_out
from trends.checks.outcomes import PlaceboOutcomes, placebo_outcomes
from trends.checks.placebo import PlaceboDates, placebo_dates
from trends.checks.power import DetectableChange, Power, power
from trends.checks.residuals import Residuals, residuals
from trends.checks.run import run_checks
from trends.checks.specifications import SpecificationGrid, specification_grid
from trends.checks.sup_f import SupF, sup_f, sup_f_p_value

__all__ = [
    "ChangePoint",
    "CheckResult",
    "CrossChecks",
    "DetectableChange",
    "LeftOut",
    "NotMade",
    "PlaceboDates",
    "PlaceboOutcomes",
    "Power",
    "Residuals",
    "SpecificationGrid",
    "SupF",
    "change_point",
    "cross_checks",
    "leave_one_out",
    "leave_weeks_out",
    "placebo_dates",
    "placebo_outcomes",
    "power",
    "residuals",
    "run_checks",
    "specification_grid",
    "sup_f",
    "sup_f_p_value",
]
