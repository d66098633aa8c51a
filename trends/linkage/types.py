"""Events of different sources made comparable: one taxonomy of attack types in place of each source's codes."""

from __future__ import annotations

import pandas as pd

from trends.attack_types import attack_type
from trends.errors import UnknownNameError


def with_types(events: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return events whose ``kind`` is a key of the taxonomy, ``"unknown"`` where it cannot be told.

    Parameters
    ----------
    events
        Events as a ``Reading`` has them.
    source
        Key of their source.
    """
    try:
        kinds = attack_type(events, source, unmapped="unknown")
    except UnknownNameError:  # codes of a mapped table that are none of the taxonomy
        return events.assign(kind="unknown")
    return events.assign(kind=kinds)
