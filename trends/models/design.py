"""The columns of a segmented regression, each with a name that an error message can use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trends.errors import InputError
from trends.models.course import trend_columns
from trends.models.interruptions import Interruption
from trends.models.series import STEPS_PER_YEAR, Floats, Step
from trends.models.setting import Setting
from trends.models.shapes import effect_columns

Kind = Literal["baseline", "season", "covariate", "level", "slope", "ramp", "decay"]


@dataclass(frozen=True)
class Term:
    """One column: its name, what kind it is, and the interruption it belongs to (its place in the list)."""

    name: str
    kind: Kind
    interruption: int | None = None


@dataclass(frozen=True, eq=False)
class Design:
    """Columns of a regression on T weeks.

    Attributes
    ----------
    matrix
        (T, P) finite.
    terms
        P terms, in the order of the columns.
    starts
        (J,) position of the first week after each interruption.
    lengths
        (J,) steps for which each effect lasts.
    """

    matrix: Floats
    terms: tuple[Term, ...]
    starts: tuple[int, ...]
    lengths: tuple[int, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each column."""
        return tuple(term.name for term in self.terms)

    def own_weights(self, place: int, interruption: Interruption, steps: float, step: Step) -> Floats:
        """(P,) weights of an interruption's log rate ratio ``steps`` after its effect began."""
        length = self.lengths[place] if self.lengths else len(self.matrix)
        weights = np.zeros(len(self.terms))
        for kind, _, values in effect_columns(interruption, np.array([float(steps)]), step, length):
            at = self.column(kind, place)
            if at is not None:
                weights[at] = values[0]
        return weights

    def column(self, kind: Kind, interruption: int) -> int | None:
        """Position of an interruption's column of this kind; None where its shape has none."""
        for place, term in enumerate(self.terms):
            if term.kind == kind and term.interruption == interruption:
                return place
        return None

    def effect_columns(self, interruption: int | None = None) -> NDArray[np.intp]:
        """Positions of the columns of one interruption, or of all of them."""
        return np.array(
            [
                place
                for place, term in enumerate(self.terms)
                if term.interruption is not None and interruption in (None, term.interruption)
            ],
            dtype=np.intp,
        )

    def without(self, interruption: int | None = None) -> Floats:
        """(T, P) the same columns as if one interruption, or all of them, had not happened."""
        matrix = self.matrix.copy()
        matrix[:, self.effect_columns(interruption)] = 0.0
        return matrix


def build_design(
    setting: Setting,
    *,
    harmonics: int,
    period: float | None,
    trend: str | None,
    trend_df: int = 4,
    covariates: tuple[tuple[str, Floats], ...] = (),
) -> Design:
    """Put intercept, trend, harmonics, covariates and interruptions side by side.

    A linear trend counts years from the first interruption; slopes count weeks (months) from their own, and are
    0 before it. Harmonic k is sin and cos of ``2 pi k t / period``.

    Raises
    ------
    InputError
        A trend, a number of harmonics, a period or covariates that cannot be used.
    """
    series, starts = setting.series, setting.starts
    steps = np.arange(len(series.index), dtype=float)
    lengths = tuple(stop - start + 1 for start, stop in zip(starts, setting.last_weeks, strict=True))
    parts = [
        _baseline(steps, steps[starts[0]], series.step, trend, trend_df),
        _season(steps, harmonics, period or STEPS_PER_YEAR[series.step]),
        [(Term(name, "covariate"), values) for name, values in covariates],
        *(
            _effects(steps - start, place, item, series.step, length)
            for place, (item, start, length) in enumerate(
                zip(setting.interruptions, starts, lengths, strict=True)
            )
        ),
    ]
    columns = [column for part in parts for _, column in part]
    terms = tuple(term for part in parts for term, _ in part)
    if repeated := sorted({term.name for term in terms if [t.name for t in terms].count(term.name) > 1}):
        raise InputError(f"two columns are called {repeated[0]!r}", remedy="rename the covariate")
    return Design(np.column_stack(columns), terms, starts, lengths)


Columns = list[tuple[Term, Floats]]


def _baseline(steps: Floats, origin: float, step: Step, trend: str | None, trend_df: int) -> Columns:
    columns: Columns = [(Term("intercept", "baseline"), np.ones_like(steps))]
    found = trend_columns(steps, origin, STEPS_PER_YEAR[step], trend, trend_df)
    return [*columns, *((Term(name, "baseline"), values) for name, values in found)]


def _season(steps: Floats, harmonics: int, period: float) -> Columns:
    if isinstance(harmonics, bool) or not isinstance(harmonics, (int, np.integer)) or harmonics < 0:
        raise InputError(f"harmonics is {harmonics!r}", remedy="give 0, 1, 2, ...")
    if not (np.isfinite(period) and period > 2 * max(int(harmonics), 1) - 1e-9):
        raise InputError(f"a period of {period:g} is too short for {harmonics} harmonics")
    columns: Columns = []
    for order in range(1, int(harmonics) + 1):
        angle = 2 * np.pi * order * steps / period
        if not np.isclose(2 * order, period):
            columns.append((Term(f"sin {order}", "season"), np.sin(angle)))
        columns.append((Term(f"cos {order}", "season"), np.cos(angle)))
    return columns


def _effects(since: Floats, place: int, interruption: Interruption, step: Step, length: int) -> Columns:
    return [
        (Term(name, kind, place), values)
        for kind, name, values in effect_columns(interruption, since, step, length)
    ]
