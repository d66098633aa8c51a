"""The course that a series would have taken by itself: none, linear, or a natural spline."""

from __future__ import annotations

import numpy as np

from trends.errors import InputError
from trends.models.series import Floats

LARGEST_TREND_DF = 12
LOCAL_LEVEL = "local-level"


def trend_columns(
    steps: Floats, origin: float, per_year: float, trend: str | None, df: int
) -> list[tuple[str, Floats]]:
    """Columns of a trend, each with its name.

    Parameters
    ----------
    steps
        (T,) positions of the weeks.
    origin
        Position of the first interruption, where a linear trend is 0.
    per_year
        Steps a year.
    trend
        ``"linear"`` on the log scale, ``"spline"``, None, or ``"local-level"``, whose course is not a column.
    df
        Columns of the spline.

    Raises
    ------
    InputError
        A trend that is not offered, or a spline with fewer than 2 or more than 12 degrees of freedom.
    """
    if trend in (None, "none", LOCAL_LEVEL):
        return []
    if trend == "linear":
        return [("trend per year", (steps - origin) / per_year)]
    if trend == "spline":
        columns = natural_spline(steps, df)
        return [(f"trend spline {place + 1}", column) for place, column in enumerate(columns.T)]
    raise InputError(
        f"trend {trend!r} is not offered",
        remedy='use trend="linear", "spline" (and trend_df=), "local-level" or None',
    )


def natural_spline(steps: Floats, df: int) -> Floats:
    """(T, df) natural cubic spline: cubic between ``df + 1`` evenly spaced knots, linear at its ends.

    The first and last knots are the first and last week. The columns span the same space as
    ``splines::ns(t, df)`` of R, beside the constant; they are orthogonal.

    References
    ----------
    Hastie, T., Tibshirani, R. & Friedman, J. (2009). The Elements of Statistical Learning, 2nd ed., 5.2.1.
    """
    if isinstance(df, bool) or df != int(df) or not 2 <= df <= LARGEST_TREND_DF:
        raise InputError(f"trend_df is {df!r}", remedy=f"give 2 to {LARGEST_TREND_DF}")
    x = (steps - steps[0]) / (steps[-1] - steps[0])
    knots = np.linspace(0.0, 1.0, int(df) + 1)

    def bend(place: int) -> Floats:
        cubes = np.clip(x - knots[place], 0, None) ** 3 - np.clip(x - 1.0, 0, None) ** 3
        return np.asarray(cubes / (1.0 - knots[place]))

    last = bend(len(knots) - 2)
    columns = np.column_stack([x, *(bend(place) - last for place in range(len(knots) - 2))])
    basis, triangle = np.linalg.qr(columns - columns.mean(axis=0))
    return np.asarray(basis * np.sign(np.diag(triangle)) * np.sqrt(len(x)))
