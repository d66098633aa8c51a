"""Which events a window of days takes in, and which of them a week can be given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from trends.events import undated
from trends.precision import UNPLACEABLE, possible_days


@dataclass(frozen=True, eq=False)
class Windowed:
    """Events divided by time; each event is in one of the four.

    Attributes
    ----------
    dated
        Events that start inside the window and can be given a week.
    spread
        Events that no week can be given and that may have happened inside the window; empty unless asked for.
    rejects
        Events that start inside the window and that no week can be given, unless they are spread.
    outside
        All others.
    """

    dated: pd.DataFrame
    spread: pd.DataFrame
    rejects: pd.DataFrame
    outside: pd.DataFrame


def window_events(events: pd.DataFrame, window: tuple[date, date], spread: bool = False) -> Windowed:
    """Divide events by a window of days and by whether a week can be given to them.

    Parameters
    ----------
    events
        Events, as a ``Reading`` has them.
    window
        First and last day, both included.
    spread
        Whether events known only to the month or year are kept, to be spread, instead of rejected.
    """
    first, last = (pd.Timestamp(day) for day in window)
    inside = events["date_start"].between(first, last)
    coarse = events["date_precision"].isin(UNPLACEABLE) & spread
    if spread:
        days = possible_days(events)
        inside = inside.where(~coarse, (days["first"] <= last) & (days["last"] >= first))
    dated, rejects = undated(events[inside & ~coarse])
    return Windowed(dated, events[inside & coarse].reset_index(drop=True), rejects, events[~inside])
