"""Can these data tell these columns apart? Rank, overlap and separation, with the columns named."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

from trends.errors import EstimationError
from trends.models.series import Floats

RANK_TOLERANCE = 1e-8
WEIGHT_NAMED = 1e-5
COVARIATE_COSTS = 1.5
"""Standard errors of an effect with a covariate, over one without it, from which the covariate is named."""


def scaled(matrix: Floats) -> Floats:
    """(T, P) the columns with length 1 (a column of zeros stays so)."""
    length = np.linalg.norm(matrix, axis=0)
    return np.asarray(matrix / np.where(length > 0, length, 1.0))


def null_directions(matrix: Floats) -> Floats:
    """(P, K) directions in which the scaled columns cancel; K = 0 for full rank."""
    _, values, right = np.linalg.svd(scaled(matrix), full_matrices=len(matrix) < matrix.shape[1])
    rank = int((values > RANK_TOLERANCE * max(values[0], 1e-300)).sum())
    return np.asarray(right[rank:].T)


def refuse_collinear(matrix: Floats, names: tuple[str, ...]) -> None:
    """Refuse columns that cannot be told apart on the weeks in the fit.

    Parameters
    ----------
    matrix
        (T, P) columns on the weeks in the fit.
    names
        P names.

    Raises
    ------
    EstimationError
        Naming the columns that take part, and for two 0/1 columns in how many weeks they overlap.
    """
    directions = null_directions(matrix)
    if directions.shape[1] == 0:
        return
    involved = np.flatnonzero(np.abs(directions).max(axis=1) > WEIGHT_NAMED)
    called = [names[place] for place in involved]
    empty = [names[place] for place in involved if not matrix[:, place].any()]
    if empty:
        raise EstimationError(
            f"{', '.join(empty)}: 0 in every week of the fit",
            remedy="leave the term out or change the window",
        )
    raise EstimationError(
        f"{' and '.join(called)} cannot be told apart{overlap(matrix, names, involved)}",
        remedy="leave one of them out, or give their joint effect one name",
    )


def overlap(matrix: Floats, names: tuple[str, ...], places: NDArray[np.intp]) -> str:
    """How two 0/1 columns among ``places`` overlap, as a clause; empty where there are no two."""
    binary = [place for place in places if names[place] != "intercept" and is_spell(matrix[:, place])]
    if len(binary) < 2:
        return ""
    first, second = (matrix[:, place] > 0 for place in binary[:2])
    small = min(first.sum(), second.sum())
    both = int((first & second).sum())
    return f": {names[binary[0]]} and {names[binary[1]]} overlap in {both} of {int(small)} weeks"


def is_spell(column: Floats) -> bool:
    """Tell whether a column is 0 in some weeks and 1 in others, but for weeks at the edges that are so in part."""
    inside = column[column != 0]
    if not len(inside) or len(inside) == len(column) or column.min() < 0 or column.max() > 1:
        return False
    return int((inside < 1).sum()) <= max(2, len(inside) // 5)


def entangled(matrix: Floats, effect: int, covariates: NDArray[np.intp]) -> int | None:
    """Place of the covariate that costs an effect most; None where none inflates its standard error by half."""
    own = variance_inflation(matrix)[effect]
    costs = []
    for place in covariates:
        rest = np.delete(matrix, place, axis=1)
        without = variance_inflation(rest)[effect - int(place < effect)]
        costs.append((own / without, -int(place)))
    most = max(costs, default=(0.0, 0))
    return -most[1] if most[0] > COVARIATE_COSTS**2 else None


def overlapping_pairs(
    matrix: Floats, names: tuple[str, ...], share: float = 0.75
) -> tuple[tuple[str, str, str], ...]:
    """Pairs of spells that (nearly) coincide: both names, and in how many weeks, as a clause."""
    binary = [place for place in range(matrix.shape[1]) if is_spell(matrix[:, place])]
    found = []
    for place, first in enumerate(binary):
        for second in binary[place + 1 :]:
            a, b = matrix[:, first] > 0, matrix[:, second] > 0
            both, either = int((a & b).sum()), int((a | b).sum())
            if either and both / either >= share:
                clause = f"{names[first]} and {names[second]} overlap in {both} of {either} weeks"
                found.append((names[first], names[second], clause))
    return tuple(found)


def refuse_separated(counts: Floats, matrix: Floats, names: tuple[str, ...]) -> None:
    """Refuse a regression whose estimate does not exist because some columns single out weeks without events.

    A direction that is 0 in every week with events and nowhere positive (and somewhere negative) in those
    without drives a coefficient to infinity (Correia, Guimaraes & Zylkin 2019, for Poisson and negative
    binomial).

    Raises
    ------
    EstimationError
        Naming the terms.
    """
    with_events = counts > 0
    unit = scaled(matrix)
    free = null_directions(unit[with_events]) if with_events.any() else np.eye(matrix.shape[1])
    if free.shape[1] == 0:
        return
    rest = unit[~with_events] @ free
    solution = optimize.linprog(
        rest.sum(axis=0),
        A_ub=rest,
        b_ub=np.zeros(len(rest)),
        bounds=[(-1, 1)] * free.shape[1],
        method="highs",
    )
    if solution.x is None or rest.sum(axis=0) @ solution.x > -1e-7:
        return
    direction = free @ solution.x
    called = [names[place] for place in np.flatnonzero(np.abs(direction) > WEIGHT_NAMED)]
    raise EstimationError(
        f"no estimate exists: {' and '.join(called)} single{'s' if len(called) == 1 else ''} out weeks "
        "without any event",
        remedy="leave the term out, take months or a group of provinces, or use compare_rates",
    )


def condition_number(matrix: Floats) -> float:
    """Ratio of the largest to the smallest singular value of the scaled columns."""
    values = linalg.svdvals(scaled(matrix))
    return float(values[0] / values[-1])


def variance_inflation(matrix: Floats) -> Floats:
    """(P,) variance inflation factor of each column given the others; NaN for the intercept."""
    centred = matrix[:, 1:] - matrix[:, 1:].mean(axis=0)
    inflation = np.full(matrix.shape[1], np.nan)
    if matrix.shape[1] > 1:
        inflation[1:] = np.diag(
            np.linalg.inv(np.corrcoef(scaled(centred), rowvar=False).reshape(centred.shape[1], -1))
        )
    return inflation
