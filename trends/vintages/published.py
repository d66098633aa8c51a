"""When a file came out, which of several files is the latest, and what one says in place of another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from trends.errors import InputError
from trends.sources import Reading
from trends.vintages.recorded import recorded_by

_BOOKKEEPING = ("row", "file", "family")


def known_by(reading: Reading, as_of: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide a file's events into those that its source had told by a day, and those told later.

    Where the source dates its rows, each row's own day counts. Otherwise the file came out as a whole, on a day
    that lies between ``SourceInfo.published``.

    Parameters
    ----------
    reading
        The file.
    as_of
        The last day that counts.

    Returns
    -------
    known, later
        Both in the order given, index reset.

    Raises
    ------
    InputError
        Neither the rows nor the file say when they were told, or the file came out in a span that holds the day.
    """
    events = reading.events
    if "recorded" in events and events["recorded"].notna().any():
        return recorded_by(events, as_of)
    out = came_out_by(reading, as_of)
    return (events, events.iloc[:0]) if out else (events.iloc[:0], events)


def came_out_by(reading: Reading, as_of: date) -> bool:
    """Tell whether a file was out on a day; a file that dates its rows counts as out.

    Raises
    ------
    InputError
        It is not known.
    """
    if "recorded" in reading.events and reading.events["recorded"].notna().any():
        return True
    span = reading.source.published
    if span is None:
        raise InputError(
            f"{reading.source.title} does not say when its events were recorded, and the file's name not which "
            f"version it is, so nobody can tell what was known by {as_of}",
            file=reading.file,
            remedy="keep the publisher's file name, or give the file as it was by that day and no as_of",
        )
    if span[0] <= as_of < span[1]:
        raise InputError(
            f"version {reading.source.version} came out between {span[0]} and {span[1]}; whether it was out on "
            f"{as_of} is not known",
            file=reading.file,
            remedy=f"choose a day before {span[0]}, or {span[1]} and later",
        )
    return span[1] <= as_of


def latest_word(events: pd.DataFrame, readings: Sequence[Reading]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide events of several files into those that stand and those that a later file replaced.

    Only a provisional file's events are replaced: where a later or a final file of the family has the
    identifier with another content, or a later one covers the day and has the identifier no more. What is later
    is told by the day on which a row was recorded, or else by when its file came out (the middle of the span in
    which it did).

    Parameters
    ----------
    events
        Events of all files, with columns ``file`` and ``family``.
    readings
        The files.

    Returns
    -------
    standing, replaced
        Both in the order given, index reset.
    """
    families = [reading.family for reading in readings if reading.source.provisional]
    if not any(sum(reading.family == family for reading in readings) > 1 for family in families):
        return events, events.iloc[:0]
    told = _told(events, readings)
    replaced = _revised(events, told, readings) | _dropped(events, readings)
    return events[~replaced].reset_index(drop=True), events[replaced].reset_index(drop=True)


def _told(events: pd.DataFrame, readings: Sequence[Reading]) -> pd.Series:
    """Return for each event the day on which it was told, missing where that is not known."""
    days = {reading.file: _middle(reading) for reading in readings}
    told = events["file"].map(days).astype("datetime64[ns]")
    return events["recorded"].where(events["recorded"].notna(), told) if "recorded" in events else told


def _middle(reading: Reading) -> pd.Timestamp:
    if reading.source.published is None:
        return pd.NaT  # type: ignore[return-value]
    first, last = map(pd.Timestamp, reading.source.published)
    return first + (last - first) / 2


def _revised(events: pd.DataFrame, told: pd.Series, readings: Sequence[Reading]) -> pd.Series:
    """Tell which provisional events another file has the last word on, and with another content."""
    keys = ["family", "event_id"]
    repeated = events[events.duplicated(keys, keep=False)]
    if repeated.empty:
        return pd.Series(False, index=events.index)
    content = [name for name in events.columns if name not in _BOOKKEEPING]
    same = repeated.groupby(content, dropna=False, sort=False).ngroup()
    event = repeated.groupby(keys, sort=False).ngroup()
    final = ~repeated["file"].isin({reading.file for reading in readings if reading.source.provisional})
    day = told[repeated.index].where(~final, pd.Timestamp.max.floor("D"))
    last = same.where(day == day.groupby(event).transform("max")).groupby(event)
    clear = ~day.isna().groupby(event).transform("any") & (last.transform("nunique") == 1)
    replaced = clear & ~final & (same != last.transform("first"))
    return replaced.reindex(events.index, fill_value=False)


def _dropped(events: pd.DataFrame, readings: Sequence[Reading]) -> pd.Series:
    """Tell which provisional events lie in days that a later file covers without having them."""
    dropped = pd.Series(False, index=events.index)
    of_file = {str(file): part for file, part in events.groupby("file", sort=False)}
    for old in (reading for reading in readings if reading.source.provisional and reading.file in of_file):
        mine = of_file[old.file]
        for new in readings:
            if old.family != new.family or not _middle(new) > _middle(old):
                continue
            first, last = map(pd.Timestamp, new.coverage)
            covered = mine[mine["date_start"].between(first, last)]
            kept = of_file[new.file]["event_id"] if new.file in of_file else ()
            dropped[covered.index[~covered["event_id"].isin(kept)]] = True
    return dropped
