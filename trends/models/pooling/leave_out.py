"""Whether one province decides the pooled effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import pandas as pd

from trends.errors import EstimationError

COLUMNS = ("left_out", "rate_ratio", "low", "high", "p_value")


class HasRatio(Protocol):
    """A pooled effect of either kind."""

    @property
    def rate_ratio(self) -> float:
        """Estimate."""

    @property
    def low(self) -> float:
        """Lower limit."""

    @property
    def high(self) -> float:
        """Upper limit."""

    @property
    def p_value(self) -> float:
        """Two-sided."""


def leave_one_out(labels: Sequence[str], pool_without: Callable[[int], HasRatio]) -> pd.DataFrame:
    """Pool again without each province in turn.

    Parameters
    ----------
    labels
        Names of the provinces.
    pool_without
        Pools all but the one at a position; an EstimationError leaves its row without numbers.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, a row a province in the order given.
    """
    rows = []
    for place, name in enumerate(labels):
        try:
            found = pool_without(place)
            rows.append((name, found.rate_ratio, found.low, found.high, found.p_value))
        except EstimationError:
            rows.append((name, *(float("nan"),) * 4))
    return pd.DataFrame(rows, columns=list(COLUMNS))
