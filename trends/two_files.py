"""Two files to be compared or linked: what each is called, the days both cover, the events that count in either."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from trends.attack_types import violence
from trends.errors import InputError
from trends.events import actor_aliases, select_actor
from trends.gazetteer import Country
from trends.sources import Reading


def called(reading: Reading) -> str:
    """Return source, version, file and the beginning of its hash."""
    return f"{reading.source.title}, version {reading.source.version} ({reading.file}, sha256 {reading.sha256[:12]})"


def window_of_both(readings: Sequence[Reading], first: date | None, last: date | None) -> tuple[date, date]:
    """Return the days that both readings cover and that are asked for.

    Raises
    ------
    InputError
        There is none.
    """
    covered = max(r.coverage[0] for r in readings), min(r.coverage[1] for r in readings)
    window = max(first or covered[0], covered[0]), min(last or covered[1], covered[1])
    if window[0] > window[1]:
        raise InputError(
            "the two files cover no day in common that is asked for",
            file=readings[1].file,
            remedy="choose another window or other files",
        )
    return window


def asked_for(events: pd.DataFrame, source: str, country: Country, actor: str | None) -> pd.DataFrame:
    """Return the events of a country and, where one is named, of an actor.

    Parameters
    ----------
    events
        Events as a ``Reading`` has them.
    source
        Key of their source.
    country, actor
        Whose events; an event that names no country counts as one of it.

    Returns
    -------
    DataFrame
        Those events, index reset, with a column ``violent`` where some are none (protests, arrests): ``trends build``
        sets these aside.

    Raises
    ------
    InputError
        No event has that actor.
    """
    inland = events[[pd.isna(name) or country.is_called(str(name)) for name in events["country"]]]
    if actor is not None:
        inland = select_actor(inland, actor, actor_aliases(actor, country))[0]
    inland = inland.reset_index(drop=True)
    violent = violence(inland, source)
    return inland if violent.all() else inland.assign(violent=violent)


def counted(events: pd.DataFrame) -> pd.DataFrame:
    """Return the events of ``asked_for`` that are violence."""
    if "violent" not in events:
        return events
    return events[events["violent"]].drop(columns="violent").reset_index(drop=True)
