"""Pooling a table of provinces, with what they share taken from the fit to their sum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from trends.errors import EstimationError
from trends.models.interrupted import interrupted
from trends.models.interruptions import Interruption, as_interruptions
from trends.models.pooling.counts import PooledCounts, pool_counts
from trends.models.pooling.dependence import shared_variance
from trends.models.pooling.effect import PooledEffect
from trends.models.pooling.pooled import pool
from trends.models.pooling.units import ProvinceFits, log_error
from trends.models.result import InterruptedResult

EXACT = "exact rate comparison"


def shared_by_sum(
    fits: ProvinceFits, counts: pd.DataFrame, interruptions: Any, kwargs: dict[str, Any]
) -> float:
    """Variance the provinces share; the sum is compared by a regression where its events allow one."""
    total = fits.total
    if total.method == EXACT:
        total = _level_of_sum(counts, interruptions, kwargs) or total
    known = fits.table[np.isfinite(fits.table["std_error"])]
    error = log_error(total)
    if len(known) < 2 or not math.isfinite(error):
        return 0.0
    events = (known["before"] + known["after"]).to_numpy(dtype=float)
    return shared_variance(known["std_error"].to_numpy(), events, error)


def _level_of_sum(
    counts: pd.DataFrame, interruptions: Any, kwargs: dict[str, Any]
) -> InterruptedResult | None:
    first = as_interruptions(interruptions)[0]
    kept = {
        name: kwargs[name] for name in ("phase_in", "exposure", "level", "seed", "draws") if name in kwargs
    }
    step = Interruption(first.date, first.name, "level")
    try:
        return interrupted(counts.sum(axis=1, min_count=1), step, trend=None, harmonics=0, **kept)
    except EstimationError:
        return None


def by_counts(fits: ProvinceFits, table: pd.DataFrame, level: float, shared: float) -> PooledCounts:
    """Pool some rows of a table of provinces by their events before and after."""
    names = table["province"].tolist()
    return pool_counts(
        table["before"], table["after"], *fits.exposure, level=level, labels=names, shared_variance=shared
    )


def by_ratios(table: pd.DataFrame, level: float, shared: float) -> PooledEffect | None:
    """Pool some rows of a table of provinces by their log ratios; None with fewer than two finite ones."""
    some = table[table["before"] + table["after"] > 0]
    try:
        return pool(
            some["estimate"],
            some["std_error"],
            interval="modified-hartung-knapp",
            level=level,
            labels=some["province"].tolist(),
            shared_variance=shared,
        )
    except EstimationError:
        return None
