"""When a file came out, which of several files is the latest, and what one says in place of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from trends.errors import InputError, UnknownNameError
from trends.gazetteer.matching import nearest, suggestion
from trends.sources import Reading
from trends.vintages.recorded import recorded_by

_BOOKKEEPING = ("row", "file", "family")


def known_by(reading: Reading, as_of: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide a file's events into those that its source had told by a day, and those told later.

    Where the source dates its rows, each row's own day counts. Otherwise the file came out as a whole, and counts as
    known from the last day on which it may have come out (``came_out_by``).

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
        Neither the rows nor the file say when they were told.
    """
    events = reading.events
    if dates_its_rows(reading):
        return recorded_by(events, as_of)
    out = came_out_by(reading, as_of)
    return (events, events.iloc[:0]) if out else (events.iloc[:0], events)


def dates_its_rows(reading: Reading) -> bool:
    """Tell whether a file says of its rows when they were recorded or last revised."""
    return "recorded" in reading.events and bool(reading.events["recorded"].notna().any())


def came_out_by(reading: Reading, as_of: date) -> bool:
    """Tell whether a file counts as out on a day: from the last day on on which it may have come out.

    A file that dates its rows counts as out.

    Raises
    ------
    InputError
        It is not known at all when the file came out.
    """
    if dates_its_rows(reading):
        return True
    span = reading.source.published
    if span is None:
        raise InputError(
            f"{reading.source.title} does not say when its events were recorded, and the file's name not which "
            f"version it is, so nobody can tell what was known by {as_of}",
            file=reading.file,
            remedy="keep the publisher's file name, or state with --released when the file came out",
        )
    return span[1] <= as_of


def not_out(readings: Sequence[Reading], as_of: date) -> InputError:
    """Return why none of some files counts as out on a day."""
    first = min(readings, key=lambda reading: (_known_from(reading), reading.file))
    span = first.source.published
    if span is None or as_of < span[0]:
        return InputError(
            f"no file had come out by {as_of}", remedy="choose a later day, or an earlier version"
        )
    return InputError(
        f"version {first.source.version} came out between {span[0]} and {span[1]}; whether it was out on {as_of} is "
        f"not known, so that it counts as out from {span[1]} on",
        file=first.file,
        remedy=f"choose {span[1]} or later, or state with --released when it came out",
    )


def released(readings: Sequence[Reading], days: Mapping[str, date]) -> tuple[Reading, ...]:
    """Return readings that came out on the days that are stated, by the name of the file.

    Raises
    ------
    UnknownNameError
        There is no such file.
    InputError
        The file dates its rows, or covers days after the one on which it is said to have come out.
    """
    files = {reading.file: reading.file for reading in readings}
    for name in days:
        if name not in files:
            raise UnknownNameError(
                f"there is no file {name!r} to have been released",
                remedy=suggestion(nearest(name, files)) or f"the files are {', '.join(files)}",
            )
    return tuple(
        _released(reading, days[reading.file]) if reading.file in days else reading for reading in readings
    )


def _released(reading: Reading, day: date) -> Reading:
    if dates_its_rows(reading):
        raise InputError(
            "dates its rows, so that no day of release is needed", file=reading.file, remedy="leave it out"
        )
    last = reading.coverage[1]
    if day < last:
        raise InputError(
            f"covers days up to {last} and cannot have come out on {day}",
            file=reading.file,
            remedy="state another day, or the days that the file is complete for",
        )
    return replace(reading, source=replace(reading.source, published=(day, day)))


def latest_word(events: pd.DataFrame, readings: Sequence[Reading]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide events of several files into those that stand and those that a later file replaced.

    Only a provisional file's events are replaced: where a later or a final file of the family has the
    identifier with another content, or a later one covers the day and has the identifier no more. What is later
    is told by the day on which a row was recorded, or else by the last day on which its file may have come out.

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
    days = {reading.file: _known_from(reading) for reading in readings}
    told = events["file"].map(days).astype("datetime64[ns]")
    return events["recorded"].where(events["recorded"].notna(), told) if "recorded" in events else told


def _known_from(reading: Reading) -> pd.Timestamp:
    """Return from which day a file counts as out, missing where that is not known."""
    if reading.source.published is None:
        return pd.NaT  # type: ignore[return-value]
    return pd.Timestamp(reading.source.published[1])


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
            if old.family != new.family or not _known_from(new) > _known_from(old):
                continue
            first, last = map(pd.Timestamp, new.coverage)
            covered = mine[mine["date_start"].between(first, last)]
            kept = of_file[new.file]["event_id"] if new.file in of_file else ()
            dropped[covered.index[~covered["event_id"].isin(kept)]] = True
    return dropped
