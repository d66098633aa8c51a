"""Two files of different sources linked: matches, what both have by province and year, an audit sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from trends.errors import InputError
from trends.events import locate, merge_duplicates
from trends.gazetteer import Country
from trends.gazetteer.detection import country_of
from trends.linkage.combining import sensitivity
from trends.linkage.linking import link
from trends.linkage.links import Links
from trends.linkage.types import with_types
from trends.sources import Reading, read_sources
from trends.two_files import asked_for, called, counted, window_of_both
from trends.windowing import window_events

OVERLAP_COLUMNS = ("province", "year", "left", "right", "both")


@dataclass(frozen=True, eq=False)
class LinkedFiles:
    """Which events two files of different sources both have.

    Attributes
    ----------
    links
        The matches, the runners-up, and what was asked for.
    left, right
        The located events that were linked.
    names
        Source, version and file of either.
    licences
        Of either source; the tables of a folder hold cells of both.
    window
        First and last day that both cover and that were asked for.
    left_out
        Events of either file that could not be linked: not of the country, the actor or the window, no violence,
        dated to the month or year only, or in no province.
    overlap
        ``OVERLAP_COLUMNS``: events of either table by province (code) and year, and how many of the left one's
        the right one has too.
    audit
        A sample of matches and runners-up side by side, for a person to check; None where none was drawn.
    sensitivity
        How many are matched under other windows; None where it was not asked for.
    """

    links: Links
    left: pd.DataFrame
    right: pd.DataFrame
    names: tuple[str, str]
    licences: tuple[str, str]
    window: tuple[date, date]
    left_out: tuple[int, int]
    overlap: pd.DataFrame
    audit: pd.DataFrame | None = None
    sensitivity: pd.DataFrame | None = None

    def __str__(self) -> str:
        """Return the files, the counts and the overlap by year, as ``trends link`` prints them."""
        lines = [f"left:  {self.names[0]}", f"right: {self.names[1]}"]
        lines.append(f"compared: {self.window[0]} to {self.window[1]}")
        lines += [
            f"{events:>9,}  {which} events, {gone:,} further ones left out"
            for which, events, gone in zip(
                ("left", "right"), (len(self.left), len(self.right)), self.left_out, strict=True
            )
        ]
        lines += [str(self.links), ""]
        years = self.overlap.groupby("year")[["left", "right", "both"]].sum().reset_index()
        lines += years.to_string(index=False).split("\n")
        if self.sensitivity is not None:
            lines += ["", *self.sensitivity.to_string(index=False).split("\n")]
        lines += [f"licence: {licence}" for licence in dict.fromkeys(self.licences)]
        return "\n".join(lines)

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Write matches, candidates, overlap and, where made, audit and sensitivity; whole or not at all.

        Raises
        ------
        InputError
            The folder holds something else, or cannot be written.
        """
        tables = {"overlap.csv": self.overlap, "audit.csv": self.audit, "sensitivity.csv": self.sensitivity}
        told = {
            "left": self.names[0],
            "right": self.names[1],
            "licences": list(self.licences),
            "coverage": {"first": self.window[0].isoformat(), "last": self.window[1].isoformat()},
            "left_out": list(self.left_out),
        }
        made = {name: table for name, table in tables.items() if table is not None}
        return self.links.write(folder, further=made, told=told)


def link_files(
    left: Path,
    right: Path,
    *,
    mapping: Path | None = None,
    country: str | None = None,
    actor: str | None = None,
    boundaries: Path | None = None,
    first: date | None = None,
    last: date | None = None,
    days: int = 3,
    kilometres: float = 10.0,
    threshold: float = 0.6,
    audit: int = 0,
    seed: int | None = None,
    windows: bool = False,
) -> LinkedFiles:
    """Find the events that two files of different sources both have.

    Kinds are compared as attack types of one taxonomy, actors by the names that the gazetteer knows for them.

    Parameters
    ----------
    left, right
        The files.
    mapping
        A TOML file that says how the one that is of no known source is read.
    country
        Key of the country in the gazetteer; the one that the files name where it is not given.
    actor
        Link only events with this actor as a side.
    boundaries
        Polygons for events without a province.
    first, last
        The window; what both files cover where not given.
    days, kilometres, threshold
        As ``trends.link`` takes them.
    audit, seed
        How many pairs to draw for a person to check, and the seed of the draw; none where 0.
    windows
        Whether to count the matches under other windows too, see ``trends.sensitivity``.

    Raises
    ------
    InputError
        A file cannot be read, both are of one source, share no day, or nothing is left to link.
    """
    if audit and seed is None:
        raise InputError("an audit sample needs a seed", remedy="give one, so that it can be drawn again")
    readings = read_sources([Path(left), Path(right)], mapping=mapping)
    _check_two_sources(readings)
    place = country_of([reading.events for reading in readings], country)
    window = window_of_both(readings, first, last)
    tables = [_prepared(reading, place, actor, boundaries, window) for reading in readings]
    links = link(
        tables[0], tables[1], days=days, kilometres=kilometres, threshold=threshold, actors=place.actors
    )
    drawn = links.audit_sample(audit, seed) if audit and seed is not None else None
    others = _other_windows(tables, window, threshold, place) if windows else None
    return LinkedFiles(
        links=links,
        left=tables[0],
        right=tables[1],
        names=(called(readings[0]), called(readings[1])),
        licences=(readings[0].source.licence, readings[1].source.licence),
        window=window,
        left_out=(readings[0].rows - len(tables[0]), readings[1].rows - len(tables[1])),
        overlap=_overlap(links, tables[0], tables[1]),
        audit=None if drawn is None else links.side_by_side(drawn, tables[0], tables[1]),
        sensitivity=others,
    )


def _check_two_sources(readings: Sequence[Reading]) -> None:
    if readings[0].family == readings[1].family:
        raise InputError(
            f"both files are of {readings[0].source.title}, which numbers its events",
            file=readings[1].file,
            remedy="compare two editions of one source with `trends diff`",
        )


def _prepared(
    reading: Reading, country: Country, actor: str | None, boundaries: Path | None, window: tuple[date, date]
) -> pd.DataFrame:
    """Return a file's events that can be counted by week and province, their kinds as attack types."""
    events = merge_duplicates(reading.events.assign(family=reading.family))[0]
    violent = counted(asked_for(events, reading.source.key, country, actor))
    dated = window_events(violent, window).dated
    located = locate(dated, country, boundaries).events.drop(columns="family")
    if located.empty:
        raise InputError(
            "no event is left to link",
            file=reading.file,
            remedy="check the country, the actor and the window",
        )
    return with_types(located, reading.source.key)


def _other_windows(
    tables: Sequence[pd.DataFrame], window: tuple[date, date], threshold: float, country: Country
) -> pd.DataFrame:
    counted = sensitivity(
        tables[0],
        tables[1],
        first=window[0],
        last=window[1],
        threshold=threshold,
        actors=country.actors,
    )
    return counted.settings


def _overlap(links: Links, left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    matched = left["event_id"].astype(str).isin(links.matches["left_id"])
    tables = {"left": left, "right": right, "both": left[matched]}
    counts = {name: _by_year(table) for name, table in tables.items()}
    wide = pd.DataFrame(counts).fillna(0).astype("int64")
    return wide.rename_axis(["province", "year"]).sort_index().reset_index()[list(OVERLAP_COLUMNS)]


def _by_year(events: pd.DataFrame) -> pd.Series:
    return events.groupby([events["province"], events["date_start"].dt.year]).size()
