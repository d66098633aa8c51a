"""What a source has to say about itself so that its files can be recognised and read."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

import trends.sources
from trends.errors import UnknownNameError
from trends.gazetteer.matching import nearest, suggestion
from trends.sources.parsing import Parsed


@dataclass(frozen=True)
class SourceInfo:
    """A source and what one of its rows counts.

    Attributes
    ----------
    key
        What ``--source`` calls it.
    title, version, licence, citation, url
        For the manifest of everything made from it.
    counts
        What one row is, in words for a reader: "fatal event involving an organised actor".
    caveats
        What a reader has to know about the file's selection or coding.
    published
        First and last day on which this version may have come out, where that is known: the same day twice
        where it is known to the day.
    provisional
        True where a later file of the family replaces what this one says of an event.
    """

    key: str
    title: str
    version: str
    licence: str
    citation: str
    url: str
    counts: str
    caveats: tuple[str, ...] = ()
    published: tuple[date, date] | None = None
    provisional: bool = False


@dataclass(frozen=True)
class Early:
    """Columns of a file by which records can be set aside as they stand, which spares parsing them.

    Attributes
    ----------
    country
        The column that names the country.
    actors
        The columns that name the sides.
    dates
        The columns that the day is read from on which an event starts.
    start
        From these columns to that day.
    """

    country: str
    actors: tuple[str, ...]
    dates: tuple[str, ...]
    start: Callable[[pd.DataFrame], Parsed]


def _never(file: str) -> bool:
    return False


def _nothing(records: Sequence[Sequence[str]]) -> None:
    return None


@dataclass(frozen=True)
class Layout:
    """One layout of the files of a source.

    Attributes
    ----------
    key
        What ``--source`` calls it.
    family
        Files of one family number their events alike, so that an event can be recognised across files.
    columns
        The columns that are read; all are required, others are ignored.
    optional
        Columns that are read where the file has them.
    parse
        From the columns as text (one row a record) to one ``Parsed`` for each column of the events table that
        the source has. Columns that it lacks become missing.
    describe
        From the file's name and the events to the source, its version included.
    coverage
        From the file's name and the events' dates to the first and last day for which the file is complete:
        a day between without an event is a zero.
    encodings
        Tried in this order.
    delimiter
        What stands between two cells.
    early
        Columns by which records can be set aside before they are parsed.
    degrees, dates
        Columns of coordinates, and of days as ``2020-03-17``, which a spreadsheet may have written in the manner of
        its country; see ``trends.sources.spreadsheets``.
    names_of
        From the first records of a file without a header to the names of all its columns, None unless they are
        certain.
    late_records
        From the file's name to whether it also brings records of days before its coverage; they are events,
        and count in a build that covers their days.
    """

    key: str
    family: str
    columns: tuple[str, ...]
    parse: Callable[[pd.DataFrame], Mapping[str, Parsed]]
    describe: Callable[[str, pd.DataFrame], SourceInfo]
    coverage: Callable[[str, pd.DataFrame], tuple[date, date]]
    optional: tuple[str, ...] = ()
    encodings: tuple[str, ...] = ("utf-8",)
    delimiter: str = ","
    early: Early | None = None
    degrees: tuple[str, ...] = ("longitude", "latitude")
    dates: tuple[str, ...] = ()
    names_of: Callable[[Sequence[Sequence[str]]], tuple[str, ...] | None] = _nothing
    late_records: Callable[[str], bool] = _never


def layouts() -> dict[str, Layout]:
    """Return every layout that a module of ``trends.sources`` offers in its ``LAYOUTS``, by key."""
    names = sorted(module.name for module in pkgutil.iter_modules(trends.sources.__path__))
    modules = [importlib.import_module(f"trends.sources.{name}") for name in names]
    return {layout.key: layout for module in modules for layout in getattr(module, "LAYOUTS", ())}


def layout_named(key: str) -> Layout:
    """Return the layout that ``--source`` asks for.

    Raises
    ------
    UnknownNameError
        There is none of that name.
    """
    known = layouts()
    if key not in known:
        near = suggestion(nearest(key, {name: name for name in known}))
        raise UnknownNameError(f"there is no source {key!r}", remedy=near or f"there are: {', '.join(known)}")
    return known[key]
