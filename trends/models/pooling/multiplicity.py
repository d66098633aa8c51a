"""Several tests at once: which provinces stand out beyond chance, and whether any does."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests

from trends.errors import InputError

Floats = NDArray[np.float64]
METHODS = {"benjamini-hochberg": "fdr_bh", "benjamini-yekutieli": "fdr_by", "holm": "holm"}
COMBINATIONS = ("cauchy", "harmonic-mean")


@dataclass(frozen=True, eq=False)
class Discoveries:
    """P-values with what is left of them when there are several.

    Attributes
    ----------
    table
        One row a test, as given: ``p_value``, ``q_value`` (adjusted), ``flagged`` (bool).
    method, level
        How, and the share of false ones accepted among the flagged (for Holm: the chance of any).
    tests
        Number of p-values; missing ones are not tests.
    """

    table: pd.DataFrame
    method: str
    level: float
    tests: int

    @property
    def flagged(self) -> tuple[str, ...]:
        """Names of those that stand out."""
        return tuple(str(name) for name in self.table.index[self.table["flagged"]])

    def sentence(self) -> str:
        """How many stand out of how many, and what that does not say of the others."""
        rule = f"({self.method}, {100 * self.level:g} %)"
        if not self.tests:
            return "No province could be tested."
        if not self.flagged:
            return (
                f"Of {self.tests} provinces tested none stands out beyond what chance gives with so many {rule}; "
                "that is not evidence of no change in any of them."
            )
        return f"Of {self.tests} provinces tested these stand out {rule}: {', '.join(self.flagged)}."


def fdr(p_values: ArrayLike, method: str = "benjamini-hochberg", level: float = 0.05) -> Discoveries:
    """Adjust p-values for their number.

    Parameters
    ----------
    p_values
        (k,) or a Series; NaN where there was no test.
    method
        ``"benjamini-hochberg"`` (tests independent or positively dependent, as provinces that share their weeks
        are), ``"benjamini-yekutieli"`` (any dependence), ``"holm"`` (any dependence, chance of a single false
        one).
    level
        What is accepted.

    Raises
    ------
    InputError
        A method that is not offered, p-values outside 0 to 1.

    References
    ----------
    Benjamini, Y. & Hochberg, Y. (1995). Journal of the Royal Statistical Society B 57, 289-300. Benjamini, Y. &
    Yekutieli, D. (2001). Annals of Statistics 29, 1165-1188. Holm, S. (1979). Scandinavian Journal of
    Statistics 6, 65-70.
    """
    if method not in METHODS:
        raise InputError(f"method {method!r} is not offered", remedy=f"use {', '.join(METHODS)}")
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}", remedy="give a share between 0 and 1, such as 0.05")
    values = _checked(p_values)
    tested = np.isfinite(values)
    adjusted, flagged = np.full(len(values), np.nan), np.zeros(len(values), dtype=bool)
    if tested.any():
        flags, numbers, *_ = multipletests(values[tested], level, METHODS[method])
        adjusted[tested], flagged[tested] = numbers, flags
    index = p_values.index if isinstance(p_values, pd.Series) else pd.RangeIndex(1, len(values) + 1)
    table = pd.DataFrame({"p_value": values, "q_value": adjusted, "flagged": flagged}, index=index)
    return Discoveries(table, method, level, int(tested.sum()))


def combine_p(p_values: ArrayLike, method: str = "cauchy") -> float:
    """One p-value for "no effect in any province" from p-values that depend on each other.

    Parameters
    ----------
    p_values
        (k,); NaN where there was no test.
    method
        ``"cauchy"`` (Liu & Xie 2020): nearly exact for small p-values whatever their correlation;
        ``"harmonic-mean"`` times the factor of Vovk & Wang (2020): valid under any dependence, and so larger.

    Returns
    -------
    float
        NaN without any p-value.

    References
    ----------
    Liu, Y. & Xie, J. (2020). Journal of the American Statistical Association 115, 393-402. Vovk, V. & Wang, R.
    (2020). Combining p-values via averaging. Biometrika 107, 791-808.
    """
    if method not in COMBINATIONS:
        raise InputError(f"method {method!r} is not offered", remedy=f"use {', '.join(COMBINATIONS)}")
    values = _checked(p_values)
    values = values[np.isfinite(values)]
    if not len(values):
        return math.nan
    if (values == 0).any():
        return 0.0
    if method == "harmonic-mean":
        return min(1.0, harmonic_factor(len(values)) * len(values) / float((1 / values).sum()))
    # p-values of exactly 1 (discrete tests) would weigh minus infinity
    scores = stats.cauchy.isf(np.minimum(values, 1 - 1 / (2 * max(len(values), 50))))
    return float(stats.cauchy.sf(scores.mean()))


def harmonic_factor(k: int) -> float:
    """Smallest factor that makes the harmonic mean of k p-values a p-value under any dependence."""
    if k < 3:
        return float(k)
    y = optimize.brentq(lambda y: y**2 - k * ((y + 1) * math.log1p(y) - y), 1e-3, 1e3 * k)
    return float((y + k) ** 2 / ((y + 1) * k))


def _checked(p_values: ArrayLike) -> Floats:
    values = np.atleast_1d(np.asarray(p_values, dtype=np.float64))
    if values.ndim != 1 or ((values < 0) | (values > 1)).any():
        raise InputError("p-values are one row of numbers from 0 to 1, or NaN")
    return values
