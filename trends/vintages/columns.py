"""Which columns two vintages both have."""

from __future__ import annotations

import pandas as pd

from trends.sources import Reading

COMPARED = (
    "date_start",
    "date_end",
    "date_precision",
    "country",
    "province_name",
    "province",
    "longitude",
    "latitude",
    "place_precision",
    "actor_a",
    "actor_b",
    "kind",
    "deaths_best",
    "deaths_low",
    "deaths_high",
)
_FILLED_IN = ("date_precision", "place_precision")


def columns_of_both(old: Reading, new: Reading) -> tuple[str, ...]:
    """Return the columns that both files have.

    A reader fills in what its layout lacks: a precision that is the same for all, a last day that is always
    the first. Where two layouts differ, such a column is not taken for one that the file has.
    """
    shared = shared_columns(old.events, new.events)
    if old.source.key == new.source.key:
        return shared
    filled = {
        name
        for name in _FILLED_IN
        for reading in (old, new)
        if reading.events[name].nunique(dropna=False) == 1
    }
    if any((reading.events["date_end"] == reading.events["date_start"]).all() for reading in (old, new)):
        filled.add("date_end")
    return tuple(name for name in shared if name not in filled)


def shared_columns(old: pd.DataFrame, new: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns that have a value in both tables, or in the one that has events."""
    return tuple(name for name in COMPARED if _has(old, name) and _has(new, name))


def _has(events: pd.DataFrame, column: str) -> bool:
    return column in events and (events.empty or bool(events[column].notna().any()))


def either_has(old: pd.DataFrame, new: pd.DataFrame, column: str) -> bool:
    """Tell whether a column has a value in either table."""
    return _has(old, column) or _has(new, column)
