"""Whether there are weeks enough before, between and after the interruptions."""

from __future__ import annotations

import numpy as np

from trends.errors import EstimationError
from trends.models.design import Design
from trends.models.setting import Setting
from trends.models.shapes import STEPS_EACH_SIDE

STEPS_PER_COEFFICIENT = 3
"""Weeks (months) in the fit for each coefficient, so that residuals are left to judge the noise from."""


def refuse_nothing(setting: Setting) -> None:
    """Refuse a question that not even two rates can answer.

    Raises
    ------
    EstimationError
        No weeks before or after, no weeks between two interruptions, fewer than four on a side, or no events.
    """
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
    refuse_few(setting, dict.fromkeys(STEPS_EACH_SIDE, STEPS_EACH_SIDE["level"]))


def refuse_short(setting: Setting, design: Design, harmonics: int, period: float) -> None:
    """Refuse a series too short for its columns, its season or the shape of its effects.

    Raises
    ------
    EstimationError
        Saying how many weeks are needed.
    """
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
    refuse_few(setting, STEPS_EACH_SIDE)


def refuse_few(setting: Setting, steps_each_side: dict[str, int]) -> None:
    """Refuse an interruption with fewer weeks beside it than its shape needs (``steps_each_side`` by shape)."""
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
