"""Which events are mass-casualty events."""

from __future__ import annotations

import pandas as pd

from trends.errors import InputError

_MEASURES = ("deaths_best", "deaths_low", "deaths_high")


def mass_casualty(events: pd.DataFrame, threshold: int, measure: str = "deaths_best") -> pd.Series:
    """Tell which events killed at least so many people, attackers included where the source counts them.

    Parameters
    ----------
    events
        Events with the deaths.
    threshold
        From how many deaths on; a study states it.
    measure
        Which estimate: ``"deaths_best"``, ``"deaths_low"`` or ``"deaths_high"``.

    Returns
    -------
    Series
        Nullable booleans, missing where the deaths are not known; same index as ``events``.

    Raises
    ------
    InputError
        The threshold is no positive whole number, or there is no such estimate.
    """
    if isinstance(threshold, bool) or not isinstance(threshold, int) or threshold < 1:
        raise InputError(f"a mass-casualty threshold cannot be {threshold!r}", remedy="use a number from 1")
    if measure not in _MEASURES:
        raise InputError(f"there is no estimate {measure!r}", remedy=f"use one of {', '.join(_MEASURES)}")
    return (events[measure].astype("Int64") >= threshold).astype("boolean").rename("mass_casualty")
