"""A file as chunks of events and rejects; what a study does not ask for is set aside before it is parsed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from trends.sources.events_table import EVENT_COLUMNS, FURTHER_COLUMNS, rejects_of
from trends.sources.layout import Layout
from trends.sources.opening import Plain
from trends.sources.parsing import Parsed
from trends.sources.table import Account, Chunks, Form


@dataclass(frozen=True, eq=False)
class Selection:
    """Which events are wanted.

    Attributes
    ----------
    country
        Tells whether a country's name is wanted; records without one always are.
    actors
        Names of sides, case folded; None for any.
    window
        First and last day on which an event may start; None for no bound.
    """

    country: Callable[[str], bool]
    actors: frozenset[str] | None = None
    window: tuple[date | None, date | None] = (None, None)


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some records of a file: each is an event, a reject, or set aside.

    Attributes
    ----------
    events, rejects
        As in a ``Reading``, but ``row`` is the number of the record, from 0.
    """

    events: pd.DataFrame
    rejects: pd.DataFrame


@dataclass(eq=False)
class Seen:
    """What has been seen of a file besides its events; grows while the file is read.

    Attributes
    ----------
    set_aside
        How many records are of another country or actor, or out of the window.
    countries, actors
        Names that occur, of actors those in the countries that are wanted.
    days
        Days on which events start, set aside or not.
    """

    set_aside: Counter[str] = field(default_factory=Counter)
    countries: set[str] = field(default_factory=set)
    actors: set[str] = field(default_factory=set)
    days: set[np.datetime64] = field(default_factory=set)
    _dates: set[tuple[str, ...]] = field(default_factory=set)

    def note_days(self, days: pd.Series) -> None:
        """Note days on which events start."""
        self.days.update(np.unique(days.dropna().to_numpy(dtype="datetime64[D]")))


def read_chunks(
    layout: Layout,
    header: list[str],
    plain: Plain,
    reader: Callable[[Plain, tuple[str, ...], Form], Chunks],
    form: Form,
    selection: Selection | None,
    seen: Seen,
) -> Iterator[Chunk | Account]:
    """Yield a file's chunks and at last its account.

    Parameters
    ----------
    layout, header
        How the file is laid out, and which columns it has.
    plain, form
        The file and how it writes text.
    reader
        What reads it.
    selection
        Which events are wanted; all where not given.
    seen
        Is told what was seen besides.
    """
    columns = (*layout.columns, *(name for name in layout.optional if name in header))
    for part in reader(plain, columns, form):
        if isinstance(part, Account):
            yield part
            continue
        wanted = part if selection is None else _set_aside_early(part, layout, selection, seen)
        if wanted.empty:
            continue
        chunk = sorted_out(wanted, layout.parse(wanted))
        seen.note_days(chunk.events["date_start"])
        yield chunk if selection is None else _set_aside(chunk, selection, seen)


def sorted_out(raw: pd.DataFrame, parsed: Mapping[str, Parsed]) -> Chunk:
    """Divide records into events and rejects; the first column with a problem gives the reason."""
    columns = {name: column.values for name, column in parsed.items()}
    columns.setdefault("date_end", columns["date_start"])
    columns["row"] = raw.index.to_series()
    kinds = EVENT_COLUMNS | {name: kind for name, kind in FURTHER_COLUMNS.items() if name in columns}
    events = pd.DataFrame(
        {name: _column(columns.get(name), kind, raw.index) for name, kind in kinds.items()}, index=raw.index
    )
    faulty = [column for column in (*parsed.values(), _order_of_dates(events, parsed)) if column.faulty]
    if not faulty:
        return Chunk(events.reset_index(drop=True), rejects_of(events.iloc[:0], "", events["event_id"], ""))
    reason = pd.Series("", index=raw.index, dtype=object)
    at_fault, value = reason.copy(), reason.copy()
    for column in faulty:
        first = (reason == "") & (column.problems != "")
        reason[first] = column.problems[first]
        at_fault[first] = str(column.text.name)
        value[first] = column.text[first]
    rejected = reason != ""
    rejects = rejects_of(events[rejected], "", value, reason[rejected])
    rejects["column"] = at_fault[rejected].to_numpy()
    return Chunk(events[~rejected].reset_index(drop=True), rejects)


def _column(values: pd.Series | None, kind: Any, index: pd.Index) -> pd.Series[Any]:
    if values is not None:
        typed: pd.Series[Any] = values.astype(kind)
        return typed
    missing = None if kind == "object" else pd.NA if kind == "Int64" else np.nan
    return pd.Series(missing, index=index, dtype=kind)


def _order_of_dates(events: pd.DataFrame, parsed: Mapping[str, Parsed]) -> Parsed:
    last = parsed.get("date_end", parsed["date_start"])
    reversed_ = events["date_end"] < events["date_start"]
    if not reversed_.any():
        return Parsed(last.text, last.values, last.problems, faulty=False)
    problems = pd.Series("", index=events.index, dtype=object).mask(reversed_, "ends before it starts")
    return Parsed(last.text, last.values, problems)


def _set_aside_early(raw: pd.DataFrame, layout: Layout, selection: Selection, seen: Seen) -> pd.DataFrame:
    """Set records aside by the text of their columns; their dates are still read, for the coverage."""
    early = layout.early
    if early is None:
        return raw
    inland = _fitting(raw[early.country], selection.country, seen.countries, keep_missing=True)
    actors = selection.actors
    chosen = inland.copy()
    if actors is not None:
        sides = [_fitting(raw[side], lambda name: name.casefold() in actors, None) for side in early.actors]
        for side in early.actors:
            seen.actors.update(_names(raw.loc[inland, side]))
        chosen &= np.logical_or.reduce(sides)
    seen.set_aside["other_country"] += int((~inland).sum())
    seen.set_aside["other_actor"] += int((inland & ~chosen).sum())
    _note_dates(raw[~chosen], layout, seen)
    return raw[chosen]


def _note_dates(raw: pd.DataFrame, layout: Layout, seen: Seen) -> None:
    """Note the days of records that are set aside; each distinct date is parsed once."""
    assert layout.early is not None
    dates = raw.drop_duplicates(list(layout.early.dates))
    texts = list(zip(*(dates[name] for name in layout.early.dates), strict=True))
    fresh = [text not in seen._dates for text in texts]
    seen._dates.update(texts)
    if any(fresh):
        start = layout.parse(dates[fresh])["date_start"]
        seen.note_days(start.values[start.problems == ""])


def _set_aside(chunk: Chunk, selection: Selection, seen: Seen) -> Chunk:
    """Set events aside by what was read; where that was done early, none is left to set aside."""
    events = chunk.events
    inland = _fitting(events["country"], selection.country, seen.countries, keep_missing=True)
    chosen = inland.copy()
    for side in ("actor_a", "actor_b"):
        seen.actors.update(_names(events.loc[inland, side]))
    if selection.actors is not None:
        actors = selection.actors
        chosen &= np.logical_or.reduce(
            [
                _fitting(events[side], lambda name: name.casefold() in actors, None)
                for side in ("actor_a", "actor_b")
            ]
        )
    first, last = (pd.Timestamp(day) if day else None for day in selection.window)
    timely = np.ones(len(events), dtype=bool)
    timely &= (events["date_start"] >= first).to_numpy() if first is not None else True
    timely &= (events["date_start"] <= last).to_numpy() if last is not None else True
    seen.set_aside["other_country"] += int((~inland).sum())
    seen.set_aside["other_actor"] += int((inland & ~chosen).sum())
    seen.set_aside["out_of_window"] += int((chosen & ~timely).sum())
    kept = chosen & timely
    return Chunk(events[kept].reset_index(drop=True) if not kept.all() else events, chunk.rejects)


def _fitting(
    names: pd.Series, fits: Callable[[str], bool], seen: set[str] | None, keep_missing: bool = False
) -> np.ndarray:
    """Tell for each name whether it fits; each distinct name is looked at once."""
    positions, distinct = pd.factorize(names)
    plain = [str(name).strip() for name in distinct]
    if seen is not None:
        seen.update(name for name in plain if name)
    fitting = [fits(name) if name else keep_missing for name in plain]
    return np.array([*fitting, keep_missing], dtype=bool)[positions]


def _names(column: pd.Series) -> set[str]:
    return {str(name).strip() for name in column.dropna().unique()} - {""}
