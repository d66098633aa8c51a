"""A source as it stood on a day, where it dates its rows."""

from __future__ import annotations

from datetime import date

import pandas as pd

from trends.errors import InputError


def recorded_by(events: pd.DataFrame, as_of: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide events into those recorded by a day and those recorded, or last revised, after it.

    An event that was revised later is left out altogether, because what stood there before is not known; so a
    vintage made this way has at most the events that the source had on that day.

    Parameters
    ----------
    events
        Events with a column ``recorded``: when the source entered or last revised each of them.
    as_of
        The last day that counts.

    Returns
    -------
    known, later
        Both in the order given, index reset.

    Raises
    ------
    InputError
        The source does not say when its events were recorded, or not of all of them.
    """
    if "recorded" not in events or events["recorded"].isna().all():
        raise InputError(
            "the source does not say when its events were recorded",
            column="recorded",
            remedy="use the file as it was published by that day",
        )
    if events["recorded"].isna().any():
        worst = events.loc[events["recorded"].isna(), "event_id"].iloc[0]
        raise InputError(f"event {worst} does not say when it was recorded", column="recorded")
    known = events["recorded"].dt.normalize() <= pd.Timestamp(as_of)
    return events[known].reset_index(drop=True), events[~known].reset_index(drop=True)
