"""The seam of all sources: a file goes in, events and rejects that add up come out."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from trends.errors import InputError
from trends.files import sha256_of
from trends.sources.events_table import EVENT_COLUMNS, FURTHER_COLUMNS, REJECT_COLUMNS, rejects_of
from trends.sources.fast import LARGE, read_fast
from trends.sources.layout import Layout, SourceInfo, layout_named, layouts
from trends.sources.opening import Plain, unpacked
from trends.sources.recognising import Recognised, header_of, recognised
from trends.sources.scanning import NotPlainError
from trends.sources.stream import Chunk, Seen, Selection, read_chunks
from trends.sources.table import Account, Form, UndecodableError, read_precisely

__all__ = [
    "EVENT_COLUMNS",
    "FURTHER_COLUMNS",
    "REJECT_COLUMNS",
    "Reading",
    "Selection",
    "SourceInfo",
    "read_source",
    "read_sources",
    "rejects_of",
]

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Reading:
    """What a file held: every record is an event, a reject, or set aside because it was not asked for.

    Attributes
    ----------
    source
        The source and its version.
    events
        One row an event, columns and types as in ``EVENT_COLUMNS``, and those of ``FURTHER_COLUMNS`` that
        the source has. Deaths are missing where the source has none; ``date_precision`` is day, week, month
        or year; ``row`` is the line in the file.
    rejects
        Columns ``REJECT_COLUMNS``: the line in the file, the event's identifier, the column at fault, what
        stands there, and why it cannot be used.
    rows
        Records in the file, ``len(events) + len(rejects)`` and those set aside.
    file, sha256
        Name of the file without its folder, and its hash.
    coverage
        First and last day for which the file is complete.
    family
        Readings of one family number their events alike.
    notes
        What was seen and kept, and in how many rows.
    set_aside
        How many records a selection left out, by reason.
    countries, actors
        Names in the file, of actors those in the countries that were asked for; known after a selection.

    Raises
    ------
    InputError
        Records were lost or doubled.
    """

    source: SourceInfo
    events: pd.DataFrame
    rejects: pd.DataFrame
    rows: int
    file: str
    sha256: str
    coverage: tuple[date, date]
    family: str = ""
    notes: Mapping[str, int] | None = None
    set_aside: Mapping[str, int] = field(default_factory=dict)
    countries: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        aside = sum(self.set_aside.values())
        if self.rows != len(self.events) + len(self.rejects) + aside:
            raise InputError(
                f"{self.rows} rows became {len(self.events)} events and {len(self.rejects)} rejects"
                + (f", {aside} set aside" if aside else ""),
                file=self.file,
            )


@dataclass(frozen=True, eq=False)
class Opened:
    """A file whose layout is known.

    Attributes
    ----------
    plain, form
        The file and how it writes text.
    layout, header
        How it is laid out, and its columns.
    fast
        True where the reader for large files is to be tried.
    remarks
        What is unusual about the file as a whole.
    """

    plain: Plain
    form: Form
    layout: Layout
    header: list[str]
    fast: bool
    remarks: tuple[str, ...] = ()

    def chunks(self, selection: Selection | None, seen: Seen) -> Iterator[Chunk | Account]:
        """Yield chunks of events and rejects and at last the account."""
        reader = read_fast if self.fast else read_precisely
        return read_chunks(self.layout, self.header, self.plain, reader, self.form, selection, seen)


def read_source(
    path: Path,
    source: str | None = None,
    *,
    mapping: Path | None = None,
    selection: Selection | None = None,
) -> Reading:
    """Read a file of events: CSV, CSV in a zip, or an Excel workbook.

    Parameters
    ----------
    path
        The file.
    source
        Key of the layout; recognised from the names of the columns where it is not given.
    mapping
        A TOML file that says how a table of any other layout is to be read.
    selection
        Which events are wanted; the others are counted and set aside. All where not given.

    Returns
    -------
    Reading
        Rows that cannot be used are rejects with a reason, never dropped.

    Raises
    ------
    InputError
        The file is not what the layout expects: columns missing, cut short, in another encoding, empty, not
        CSV; or none of its rows can be used. Or the mapping is not what it has to be.
    UnknownNameError
        There is no source of that name.
    """
    path = Path(path)
    return with_opened(path, source, mapping, lambda opened: _read(opened, path, selection))


def read_sources(
    paths: Sequence[Path],
    source: str | None = None,
    *,
    mapping: Path | None = None,
    selections: Sequence[Selection | None] | None = None,
) -> tuple[Reading, ...]:
    """Read several files; a mapping is for those of them that are of no known source.

    Parameters
    ----------
    paths
        The files.
    source, mapping
        As in `read_source`.
    selections
        One for each file.

    Raises
    ------
    InputError
        As in `read_source`.
    """
    chosen = selections or [None] * len(paths)
    readings = []
    for path, selection in zip(paths, chosen, strict=True):
        try:
            readings.append(read_source(path, source, mapping=mapping, selection=selection))
        except InputError:
            if mapping is None or len(paths) < 2:
                raise
            known = _read_known(path, selection)
            if known is None:
                raise
            readings.append(known)
    return tuple(readings)


def _read_known(path: Path, selection: Selection | None) -> Reading | None:
    try:
        return read_source(path, selection=selection)
    except InputError:
        return None


def with_opened(path: Path, source: str | None, mapping: Path | None, use: Callable[[Opened], T]) -> T:
    """Call ``use`` with an opened file; again where its encoding, or the fast reader, turned out not to fit."""
    with unpacked(path) as plain:
        found = _recognised(plain, source, mapping)
        large = not plain.workbook and plain.path.stat().st_size >= LARGE
        attempts = [
            Opened(plain, form, found.layout, found.header, fast, found.remarks)
            for form in found.forms
            for fast in ((True, False) if large and form.headed else (False,))
        ]
        for attempt in attempts[:-1]:
            try:
                return use(attempt)
            except (NotPlainError, UndecodableError):
                continue
        return use(attempts[-1])


def describe(
    opened: Opened, account: Account, days: pd.DataFrame, path: Path
) -> tuple[SourceInfo, tuple[date, date], str]:
    """Return the source, what the file covers and its hash, once all its records were seen."""
    sha256 = account.sha256 if opened.plain.path == path else sha256_of(path)
    name = opened.plain.described_by
    source = _known(opened.layout.describe(name, days), sha256)
    return source, opened.layout.coverage(name, days), sha256


def notes_of(disorder: int, account: Account, opened: Opened) -> dict[str, int]:
    """Return what was noticed in a file and kept, and in how many rows."""
    form = opened.form
    notes = {
        "deaths not in the order low, best, high: kept as published": disorder,
        "rows of #tags below the header: passed over": account.tag_rows,
        "last line without a line break: the file may be cut short": int(account.ends_open),
        f"read as {form.encoding.upper()}, not UTF-8": int(form.encoding != "utf-8"),
        **dict.fromkeys(opened.remarks, 1),
    }
    return {note: count for note, count in notes.items() if count}


def in_disorder(events: pd.DataFrame) -> int:
    """Count events whose deaths do not stand in the order low, best, high."""
    low, best, high = (events[f"deaths_{name}"] for name in ("low", "best", "high"))
    if low.isna().all():
        return 0
    return int(((low > best) | (best > high)).fillna(False).sum())


def outside(opened: Opened, days: pd.Series, coverage: tuple[date, date]) -> pd.Series:
    """Tell which days a file has records of but does not cover, late records excepted."""
    first, last = (pd.Timestamp(day) for day in coverage)
    if opened.layout.late_records(opened.plain.described_by):
        return days > last
    return ~days.between(first, last)


def with_lines(frame: pd.DataFrame, account: Account, sha256: str) -> pd.DataFrame:
    """Return events or rejects with lines of the file for numbers of records, and an identifier each."""
    lines = account.lines(frame["row"].to_numpy(dtype=np.int64)) if len(frame) else frame["row"]
    frame = frame.assign(row=np.asarray(lines, dtype=np.int64))
    absent = frame["event_id"].isna()
    if absent.any():
        made = [f"{sha256[:8]}-{row}" for row in frame.loc[absent, "row"]]
        frame.loc[absent, "event_id"] = pd.Series(made, index=frame.index[absent], dtype=object)
    return frame


def _read(opened: Opened, path: Path, selection: Selection | None) -> Reading:
    seen, account = Seen(), None
    events, rejects = [], []
    for part in opened.chunks(selection, seen):
        if isinstance(part, Account):
            account = part
            continue
        events.append(part.events)
        rejects.append(part.rejects)
    assert account is not None
    return _reading(opened, path, account, seen, _joined(events), _joined(rejects))


def _reading(
    opened: Opened, path: Path, account: Account, seen: Seen, events: pd.DataFrame, rejects: pd.DataFrame
) -> Reading:
    if not len(seen.days):
        raise _nothing_usable(with_lines(rejects, account, account.sha256), path.name)
    days = pd.DataFrame({"date_start": pd.Series(seen.days).astype("datetime64[ns]")})
    source, coverage, sha256 = describe(opened, account, days, path)
    events = with_lines(events, account, sha256)
    beyond = outside(opened, events["date_start"], coverage)
    late = rejects_of(
        events[beyond],
        "date_start",
        events.loc[beyond, "date_start"].dt.strftime("%Y-%m-%d"),
        f"outside the file's coverage, {coverage[0]} to {coverage[1]}",
    )
    events = events[~beyond].reset_index(drop=True)
    rejects = pd.concat([with_lines(rejects, account, sha256), late])
    return Reading(
        source=source,
        events=events,
        rejects=rejects.sort_values("row", ignore_index=True),
        rows=account.rows,
        file=path.name,
        sha256=sha256,
        coverage=coverage,
        family=opened.layout.family,
        notes=notes_of(in_disorder(events), account, opened),
        set_aside={what: count for what, count in seen.set_aside.items() if count},
        countries=frozenset(seen.countries),
        actors=frozenset(seen.actors),
    )


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if frames:
        return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    empty = {name: pd.Series(dtype=kind) for name, kind in EVENT_COLUMNS.items()}
    return pd.DataFrame(empty)


def _recognised(plain: Plain, source: str | None, mapping: Path | None) -> Recognised:
    if mapping is not None:
        from trends.sources.mapped.mapping import read_mapping

        if source is not None:
            raise InputError("a source and a mapping were both given", remedy="give one of them")
        layout = read_mapping(mapping)
        header = header_of(plain, layout.encodings, layout.delimiter)
        return Recognised(layout, header, layout.delimiter)
    if source is not None:
        return recognised(plain, (layout_named(source),))
    return recognised(plain, tuple(layouts().values()))


def _known(source: SourceInfo, sha256: str) -> SourceInfo:
    """Return a source with what ``known_files.toml`` says about a file whose columns do not tell."""
    known = tomllib.loads(Path(__file__).with_name("known_files.toml").read_text(encoding="utf-8"))
    return replace(source, **known.get(sha256, {}))


def _nothing_usable(rejects: pd.DataFrame, file: str) -> InputError:
    if rejects.empty:
        return InputError(
            "no record is one of those that are asked for, and none of the others has a date that can be read",
            file=file,
            remedy="check the country and the actor, and give the file as it was published",
        )
    worst = rejects.sort_values("row").iloc[0]
    return InputError(
        f"none of the {len(rejects)} rows can be used; the first: {worst['reason']} ({worst['value']!r})",
        file=file,
        row=int(worst["row"]),
        column=str(worst["column"]),
        remedy="give the file as it was published, or name its source",
    )
