"""What two terms that cannot be told apart do together."""

from __future__ import annotations

import numpy as np

from trends.errors import EstimationError
from trends.models.design import Design
from trends.models.identify import (
    null_directions,
    refuse_collinear,
    refuse_separated,
    variance_inflation,
)
from trends.models.regression import fit_mean, infer
from trends.models.setting import Setting
from trends.models.tables import ratio_clause

MOST_INFLATED = 10.0
"""Standard errors by which a spline may blur an effect before its estimate is refused."""


def refuse_inseparable(setting: Setting, design: Design, family: str, intervals: str) -> None:
    """Refuse columns that cannot be told apart; where a covariate is an interruption, say their joint effect.

    Raises
    ------
    EstimationError
        Naming the columns, in how many weeks they overlap, and what they do together.
    """
    used = setting.in_fit
    _refuse_hidden(setting, design)
    try:
        refuse_collinear(design.matrix[used], design.names)
    except EstimationError as error:
        together = joint_clause(setting, design, family, intervals)
        raise EstimationError(f"{error.what}{together}", remedy=error.remedy) from None


def _refuse_hidden(setting: Setting, design: Design) -> None:
    """Refuse a covariate of which the weeks left out hold all that there is."""
    for column, term in enumerate(design.terms):
        weeks = design.matrix[:, column] != 0
        if term.kind == "covariate" and weeks.any() and not weeks[setting.in_fit].any():
            phase = int((weeks & setting.phase_in).sum())
            where = f"; {phase} of its {int(weeks.sum())} {setting.series.step}s lie in the phase-in" * (
                phase > 0
            )
            raise EstimationError(
                f"{term.name}: 0 in every {setting.series.step} of the fit{where}",
                remedy="leave it out: it cannot have moved the weeks that are compared",
            )


def refuse_bent(setting: Setting, design: Design) -> None:
    """Refuse an effect that a spline trend can follow so closely that nothing of it is left to see.

    Raises
    ------
    EstimationError
        Naming the effect, and by how much its standard error is inflated.
    """
    if not any(name.startswith("trend spline") for name in design.names):
        return
    inflation = variance_inflation(design.matrix[setting.in_fit]) ** 0.5
    for column in design.effect_columns():
        if inflation[column] > MOST_INFLATED:
            raise EstimationError(
                f"{design.names[column]} and the spline trend cannot be told apart: the standard error is "
                f"{inflation[column]:.0f} times what it would be without the spline",
                remedy='use fewer trend_df, shape="level", or trend="linear"',
            )


def joint_clause(setting: Setting, design: Design, family: str, intervals: str) -> str:
    """Joint effect of a covariate and the interruption that it coincides with; empty where there is none."""
    used = setting.in_fit
    matrix = design.matrix[used]
    for place in design.effect_columns():
        for column, term in enumerate(design.terms):
            if term.kind == "covariate" and np.array_equal(matrix[:, column], matrix[:, place]):
                return _joint(setting, _without_term(design, column), design.names[place], family, intervals)
    return ""


def _without_term(design: Design, column: int) -> Design:
    kept = [place for place in range(len(design.terms)) if place != column]
    terms = tuple(design.terms[place] for place in kept)
    return Design(design.matrix[:, kept], terms, design.starts, design.lengths)


def _joint(setting: Setting, design: Design, name: str, family: str, intervals: str) -> str:
    used = setting.in_fit
    counts, matrix = setting.series.counts[used], design.matrix[used]
    if null_directions(matrix).shape[1]:
        return ""
    try:
        refuse_separated(counts, matrix, design.names)
        fit, _, _ = fit_mean(family, counts, matrix, setting.offset[used])
        found = infer(intervals, setting, design, fit)
    except EstimationError:
        return ""
    weights = (np.array(design.names) == name).astype(float)
    effect = ratio_clause(found.contrast(weights, setting.level), setting.level)
    return f"; joint effect of both: {effect}"
