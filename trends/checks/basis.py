"""What a check takes from a fitted result: counts, columns, and the interruption as a pattern that can be moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trends.errors import EstimationError, InputError
from trends.models.comparative import Comparative
from trends.models.design import Term
from trends.models.exact import TwoPeriods
from trends.models.local_level import LocalLevel
from trends.models.regression import Regression
from trends.models.result import InterruptedResult
from trends.models.series import Floats
from trends.models.setting import Setting

Bools = NDArray[np.bool_]
Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Basis:
    """One segmented regression, taken apart.

    Attributes
    ----------
    setting
        Series, interruptions, weeks.
    matrix
        (T, P) columns of the fit.
    terms
        P terms: name and kind of each column, and the interruption it belongs to.
    effects
        Positions of the columns that belong to interruptions.
    result
        Where it comes from.
    """

    setting: Setting
    matrix: Floats
    terms: tuple[Term, ...]
    effects: Places
    result: InterruptedResult

    @property
    def name(self) -> str:
        """Name of the series."""
        return self.setting.series.name

    @property
    def names(self) -> tuple[str, ...]:
        """P names of the columns."""
        return tuple(term.name for term in self.terms)

    @property
    def step(self) -> str:
        """``"week"`` or ``"month"``."""
        return self.setting.series.step

    @property
    def index(self) -> pd.DatetimeIndex:
        """(T,) first day of each week."""
        return self.setting.series.index

    @property
    def date(self) -> str:
        """Date of the first interruption."""
        return self.setting.interruptions[0].date.date().isoformat()

    @property
    def controlled(self) -> bool:
        """Whether what is fitted is the ratio of the series to a control."""
        return isinstance(self.result.analysis, Comparative)

    @property
    def start(self) -> int:
        """Position of the first week after the first interruption."""
        return self.setting.starts[0]

    @property
    def without(self) -> Floats:
        """(T, P) the columns as if no interruption had happened."""
        matrix = self.matrix.copy()
        matrix[:, self.effects] = 0.0
        return matrix

    @property
    def baseline(self) -> Floats:
        """(T, P - E) the columns that belong to no interruption."""
        return np.delete(self.matrix, self.effects, axis=1)

    @property
    def after(self) -> Bools:
        """(T,) weeks in the fit from the first interruption on."""
        return np.asarray(self.setting.in_fit & (self.setting.segment > 0))


LONE = "a control takes part in every fit, and this check is one of a lone series"
SECOND_GROUP = (
    "in a regression of two groups the shocks that both share stay in every fit; the ratio of the two, which asks the "
    "same question, is free of them"
)


def basis_of(
    result: InterruptedResult, check: str, *, with_control: bool = False, why: str = LONE, instead: str = ""
) -> Basis:
    """Take a result apart for a check.

    Parameters
    ----------
    check
        What to call it in a refusal.
    with_control
        Whether the check can be made of a comparison with a control (``how="difference"`` or ``"offset"``).
    why, instead
        Why it cannot, and what to do instead.

    Raises
    ------
    InputError
        Not the result of `trends.interrupted`: provinces together and staggered dates have checks of their own.
    EstimationError
        An exact comparison, or a comparison with a control where the check cannot be made of it.
    """
    if not isinstance(result, InterruptedResult):
        raise InputError(
            f"{check} are made of one interrupted series, not of a {type(result).__name__}",
            remedy="give the result of trends.interrupted, for example for the provinces summed",
        )
    analysis = result.analysis
    if isinstance(analysis, Regression):
        design = analysis.design
        return Basis(analysis.setting, design.matrix, design.terms, design.effect_columns(), result)
    if isinstance(analysis, LocalLevel):
        raise EstimationError(
            f"{check} need a trend of columns, but {result.name} was fitted around a local level",
            remedy='make them of the fit with trend="linear" and show this one beside it',
        )
    if isinstance(analysis, TwoPeriods):
        power = ", or state result.rates.detectable()" if result.rates is not None else ""
        raise EstimationError(
            f"{check} need a regression, but {result.name} was compared exactly ({result.reason.rsplit(':', 1)[0]})",
            remedy=f"take a group of provinces or a longer period{power}",
        )
    if with_control and isinstance(analysis, Comparative):
        design = analysis.design
        return Basis(analysis.setting, design.matrix, design.terms, design.effect_columns(), result)
    raise EstimationError(
        f"{check} are not made here, where {result.name} was compared with {result.control}: "
        f"{SECOND_GROUP if with_control else why}",
        remedy='compare with how="difference"'
        if with_control
        else instead or "check the series alone as well",
    )


def moved(column: Floats, steps: int | Places) -> Floats:
    """Move a column in time by ``steps`` weeks (later when positive), continuing its last course at the end.

    Parameters
    ----------
    column
        (T,) or (T, E) what an interruption does: constant before it, straight after its last bend.
    steps
        One number of weeks, or D of them.

    Returns
    -------
    The column moved, of its own shape; with D in front where there are D steps.
    """
    last = len(column) - 1
    weeks = np.arange(len(column)) - np.asarray(steps)[..., None]
    beyond = np.maximum(weeks - last, 0).astype(float)
    return np.asarray(column[np.clip(weeks, 0, last)] + np.multiply.outer(beyond, column[-1] - column[-2]))


def moved_mask(mask: Bools, steps: int) -> Bools:
    """Move a mask of weeks; what comes in from beyond the series is False."""
    out = np.zeros_like(mask)
    if steps >= 0:
        out[steps:] = mask[: len(mask) - steps]
    else:
        out[:steps] = mask[-steps:]
    return out


def moved_matrices(basis: Basis, steps: Places) -> Floats:
    """(D, T, P) the columns of the fit with every interruption so many weeks later."""
    matrices = np.repeat(basis.matrix[None], len(steps), axis=0)
    matrices[:, :, basis.effects] = moved(basis.matrix[:, basis.effects], steps)
    return matrices
