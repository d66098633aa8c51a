"""A file as chunks of events and rejects; what a study does not ask for is set aside before it is parsed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from trends.sources.events_table import EVENT_COLUMNS, FURTHER_COLUMNS, rejects_of
from trends.sources.layout import Layout
from trends.sources.opening import Plain
from trends.sources.parsing import Parsed
from trends.sources.table import CHUNK_ROWS, Account, Cells, Chunks, Form, Sieve


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
        Days on which events start, set aside or not; sorted.
    lock
        Held by a thread that adds to this.
    """

    set_aside: Counter[str] = field(default_factory=Counter)
    countries: set[str] = field(default_factory=set)
    actors: set[str] = field(default_factory=set)
    days: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype="datetime64[D]"))
    lock: threading.Lock = field(default_factory=threading.Lock)
    _texts: list[pa.Table] = field(default_factory=list)
    _rows: int = 0

    def note_days(self, days: pd.Series) -> None:
        """Note days on which events start."""
        fresh = days.dropna().to_numpy(dtype="datetime64[D]")
        self.days = np.unique(np.concatenate([self.days, fresh]))

    def note_texts(self, texts: pa.Table) -> None:
        """Note the dates, as they stand in the file, of records that may be set aside unread."""
        with self.lock:
            self._texts.append(texts)
            self._rows += len(texts)
            if self._rows >= CHUNK_ROWS:
                self._texts = [_distinct(pa.concat_tables(self._texts))]
                self._rows = 0

    def note_dates(self, layout: Layout) -> None:
        """Note the days of records that were set aside unread."""
        if layout.early is None or not self._texts:
            return
        texts = _distinct(pa.concat_tables(self._texts)).to_pandas()
        start = layout.early.start(texts)
        self.note_days(start.values[start.problems == ""])


def _distinct(texts: pa.Table) -> pa.Table:
    if texts.num_columns == 1:
        return pa.table([texts.column(0).unique()], names=texts.column_names)
    return texts.group_by(texts.column_names, use_threads=False).aggregate([]).select(texts.column_names)


def read_chunks(
    layout: Layout,
    header: list[str],
    plain: Plain,
    reader: Callable[[Plain, tuple[str, ...], Form, Sieve | None], Chunks],
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
    sieve = None if selection is None else _sieve(layout, selection, seen)
    held: list[pd.DataFrame] = []
    for part in reader(plain, columns, form, sieve):
        account = part if isinstance(part, Account) else None
        if not isinstance(part, Account):
            held.append(part)
        if held and (account or sum(map(len, held)) >= CHUNK_ROWS):
            yield from _chunk(pd.concat(held) if len(held) > 1 else held[0], layout, selection, seen)
            held = []
        if account:
            seen.note_dates(layout)
            yield account


def _chunk(raw: pd.DataFrame, layout: Layout, selection: Selection | None, seen: Seen) -> Iterator[Chunk]:
    if raw.empty:
        return
    chunk = sorted_out(raw, layout.parse(raw))
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


def _sieve(layout: Layout, selection: Selection, seen: Seen) -> Sieve | None:
    """Return what sets records aside by the text of their columns, and counts them."""
    early = layout.early
    if early is None:
        return None
    of_country = cache(selection.country)

    def wanted(cells: Cells, rows: int) -> np.ndarray:
        every = np.arange(rows)
        country = Coded.of(cells(early.country, every))
        inland = np.flatnonzero(country.fitting(of_country, keep_missing=True))
        sides = [Coded.of(cells(name, inland)) for name in early.actors]
        chosen = inland
        if selection.actors is not None:
            among = _among(selection.actors)
            chosen = inland[np.logical_or.reduce([side.fitting(among) for side in sides])]
        with seen.lock:
            seen.countries.update(country.present())
            seen.actors.update(name for side in sides for name in side.present())
            seen.set_aside["other_country"] += rows - len(inland)
            seen.set_aside["other_actor"] += len(inland) - len(chosen)
        return chosen

    return Sieve(wanted, early.dates, seen.note_texts)


def _set_aside(chunk: Chunk, selection: Selection, seen: Seen) -> Chunk:
    """Set events aside by what was read; where that was done early, none is left to set aside."""
    events = chunk.events
    country, *sides = (Coded.of(events[name]) for name in ("country", "actor_a", "actor_b"))
    seen.countries.update(country.present())
    inland = country.fitting(selection.country, keep_missing=True)
    chosen = inland.copy()
    seen.actors.update(name for side in sides for name in side.present(inland))
    if selection.actors is not None:
        chosen &= np.logical_or.reduce([side.fitting(_among(selection.actors)) for side in sides])
    first, last = (pd.Timestamp(day) if day else None for day in selection.window)
    timely = np.ones(len(events), dtype=bool)
    timely &= (events["date_start"] >= first).to_numpy() if first is not None else True
    timely &= (events["date_start"] <= last).to_numpy() if last is not None else True
    seen.set_aside["other_country"] += int((~inland).sum())
    seen.set_aside["other_actor"] += int((inland & ~chosen).sum())
    seen.set_aside["out_of_window"] += int((chosen & ~timely).sum())
    kept = chosen & timely
    return Chunk(events[kept].reset_index(drop=True) if not kept.all() else events, chunk.rejects)


def _among(actors: frozenset[str]) -> Callable[[str], bool]:
    return lambda name: name.casefold() in actors


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of names as codes: each distinct name is looked at once.

    Attributes
    ----------
    codes
        One a record.
    names
        What the codes mean, without blanks around; ``""`` is a missing name.
    """

    codes: np.ndarray
    names: list[str]

    @classmethod
    def of(cls, column: pd.Series | pa.Array) -> Coded:
        """Return a column of names as codes."""
        if isinstance(column, pa.Array):
            coded = column if isinstance(column, pa.DictionaryArray) else column.dictionary_encode()
            return cls(coded.indices.to_numpy(), [name.strip() for name in coded.dictionary.to_pylist()])
        codes, names = pd.factorize(column)
        plain = [*(str(name).strip() for name in names), ""]
        return cls(np.where(codes < 0, len(plain) - 1, codes), plain)

    def fitting(self, fits: Callable[[str], bool], keep_missing: bool = False) -> np.ndarray:
        """Tell for each record whether its name fits."""
        fitting = np.array([fits(name) if name else keep_missing for name in self.names], dtype=bool)
        found: np.ndarray = fitting[self.codes]
        return found

    def present(self, where: np.ndarray | None = None) -> set[str]:
        """Return the names that occur among some records."""
        codes = self.codes if where is None else self.codes[where]
        times = np.bincount(codes, minlength=len(self.names))
        return {self.names[code] for code in np.flatnonzero(times)} - {""}
