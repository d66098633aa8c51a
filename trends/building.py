"""Raw files to a processed folder: daily and weekly counts, rejects, manifest; whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from trends.errors import InputError, TrendsError, UnknownNameError
from trends.events import Located, actor_aliases, locate, merge_duplicates, select_actor
from trends.files import check_folder, sha256_of, whole_folder, write_csv, write_json
from trends.gazetteer import Country, countries, load_country
from trends.gazetteer.detection import country_of
from trends.gazetteer.matching import nearest, suggestion
from trends.ledger import Ledger, ledger
from trends.panel import check_window, daily_counts, weekly_counts
from trends.precision import spread_counts
from trends.processed import MANIFEST, is_processed
from trends.provenance import WEEK_START, panel_manifest
from trends.sources import Reading, Selection, read_source
from trends.sources.reading import REJECT_COLUMNS
from trends.windowing import window_events

LARGE_FILE = 16 << 20  # from here on, records of others are passed over unread, and only counted
_ALWAYS_SHOWN = ("read", "used", "other_actor", "out_of_window", "rejected")


@dataclass(frozen=True)
class BuildResult:
    """What ``build`` wrote.

    Attributes
    ----------
    out
        The folder.
    paths
        Its files.
    ledger
        What became of every row that was read: (what, how many).
    manifest
        The content of ``manifest.json``.
    account
        The same rows by reason, province and year; how precisely they are dated; what each file covers.
    """

    out: Path
    paths: tuple[Path, ...]
    ledger: tuple[tuple[str, int], ...]
    manifest: Mapping[str, Any]
    account: Ledger

    def __str__(self) -> str:
        """Return the ledger, what was noticed in the files, and the folder, one line each."""
        manifest = self.manifest
        coverage, weeks = manifest["coverage"], manifest["weeks"]
        lines = [f"{count:>9,}  {what}" for what, count in self.ledger]
        lines += [
            f"{'':>9}    {count:,} {reason}" for reason, count in manifest["rejected_by_reason"].items()
        ]
        lines += [
            f"{raw['file']}: {note} ({count:,})"
            for raw in manifest["raw"]
            for note, count in raw["notes"].items()
        ]
        lines += [*self.account.details(), ""]
        lines.append(
            f"{coverage['first']} to {coverage['last']}, {weeks['number']} weeks, written to {self.out}"
        )
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class _Sorted:
    """Where each record went."""

    located: Located
    spread: pd.DataFrame
    rejects: pd.DataFrame
    rows: Mapping[str, int]
    account: Ledger


def build(
    *,
    raw: Sequence[Path],
    out: Path,
    source: str | None = None,
    mapping: Path | None = None,
    boundaries: Path | None = None,
    actor: str | None = None,
    first: date | None = None,
    last: date | None = None,
    country: str | None = None,
    spread: bool = False,
) -> BuildResult:
    """Count the events of raw files by day, week and province, and write them to a folder.

    Parameters
    ----------
    raw
        One or several files of events.
    out
        The folder to write; an earlier one of this command is replaced.
    source
        Layout of the files; recognised from their columns where it is not given.
    mapping
        A TOML file that says how the files are to be read, in place of a source.
    boundaries
        Polygons for events without a province; the shipped, simplified ones where not given.
    actor
        Count only events with this actor as a side.
    first, last
        The window, both days included; the files' whole coverage where not given.
    country
        Key of the country in the gazetteer; the one that the files name where it is not given.
    spread
        Whether events known only to the month or year are kept beside the counts, in ``spread.csv``, from which
        a panel can give each week its fraction; they are rejects otherwise. The whole counts are the same.

    Returns
    -------
    BuildResult
        Every row read is used, merged, of another country, of another actor, out of the window, or rejected.

    Raises
    ------
    InputError
        A file or an argument is not what it has to be; nothing is written.
    """
    check_folder(out, is_processed)
    wanted = _selection(country, actor, None if spread else (first, last))
    readings = _read(raw, source, mapping, wanted)
    _check_any(readings, actor)
    place = country_of([reading.events for reading in readings], country)
    coverage = joint_coverage(readings)
    window = (first or coverage[0], last or coverage[1])
    check_window(*window, coverage)
    sorted_ = _sort(readings, place, boundaries, actor, window, spread)
    tables = _tables(sorted_, place, window)
    manifest = panel_manifest(
        readings, place, boundaries, actor, window, sorted_.located, sorted_.rejects, sorted_.rows
    )
    if spread:
        manifest["spread"] = _told_of_spread(sorted_.spread)
        tables["spread.csv"] = spread_counts(sorted_.spread)
    manifest = _write(out, tables, manifest)
    paths = tuple(out / name for name in (*sorted(tables), MANIFEST))
    return BuildResult(out, paths, _ledger(sorted_.rows), MappingProxyType(manifest), sorted_.account)


def joint_coverage(readings: Sequence[Reading]) -> tuple[date, date]:
    """Return the window that several files cover.

    Files of one source add up and have to leave no gap; of several sources, each has to cover a day.

    Raises
    ------
    InputError
        The files of one source leave a gap, or two sources share no day.
    """
    families: dict[str, list[Reading]] = {}
    for reading in readings:
        families.setdefault(reading.family, []).append(reading)
    windows = [
        _without_gap(sorted(group, key=lambda reading: reading.coverage)) for group in families.values()
    ]
    first, last = max(window[0] for window in windows), min(window[1] for window in windows)
    if first > last:
        raise InputError("the files share no day", remedy="build them one by one")
    return first, last


def _without_gap(readings: Sequence[Reading]) -> tuple[date, date]:
    first, last = readings[0].coverage
    for reading in readings[1:]:
        if reading.coverage[0] > last + timedelta(days=1):
            raise InputError(
                f"nothing covers the days between {last} and {reading.coverage[0]}",
                file=reading.file,
                remedy="add the file between, or build them one by one",
            )
        last = max(last, reading.coverage[1])
    return first, last


def _read(
    raw: Sequence[Path], source: str | None, mapping: Path | None, selection: Selection
) -> tuple[Reading, ...]:
    if not raw:
        raise InputError("no raw file was given", remedy="name at least one")
    paths = [Path(path) for path in raw]
    large = [path.is_file() and path.stat().st_size >= LARGE_FILE for path in paths]
    return tuple(
        read_source(path, source, mapping=mapping, selection=selection if is_large else None)
        for path, is_large in zip(paths, large, strict=True)
    )


def _selection(
    key: str | None, actor: str | None, window: tuple[date | None, date | None] | None
) -> Selection:
    """Return which events of a large file are kept: of the country, or any that is known, and of the actor."""
    places = [load_country(known) for known in ((key,) if key is not None else countries())]
    names = {name for place in places for name in actor_aliases(actor, place)} if actor else None
    return Selection(
        country=lambda name: any(place.is_called(name) for place in places),
        actors=frozenset(name.strip().casefold() for name in names) if names is not None else None,
        window=window or (None, None),
    )


def _check_any(readings: Sequence[Reading], actor: str | None) -> None:
    """Raise where large files hold nothing of what is wanted, and say what they hold."""
    if any(len(reading.events) for reading in readings) or not any(reading.set_aside for reading in readings):
        return
    actors = sorted({name for reading in readings for name in reading.actors})
    if actor is not None and actors:
        near = nearest(actor, {name: name for name in actors})
        raise UnknownNameError(f"no event has the actor {actor!r}", remedy=suggestion(near or actors[:3]))
    names = sorted({name for reading in readings for name in reading.countries})
    raise InputError(
        f"no event is left to count; the files have {', '.join(names[:5])}",
        column="country",
        remedy="check the country, the actor and the window",
    )


def _sort(
    readings: Sequence[Reading],
    country: Country,
    boundaries: Path | None,
    actor: str | None,
    window: tuple[date, date],
    spread: bool,
) -> _Sorted:
    """Take away, step by step, what is not counted; every record is counted in exactly one place."""
    marked = [reading.events.assign(file=reading.file, family=reading.family) for reading in readings]
    events, repeats = merge_duplicates(pd.concat(marked, ignore_index=True))
    inland, abroad = _of_country(events, country)
    if actor is None:
        chosen, others = inland, inland.iloc[:0]
    else:
        chosen, others = select_actor(inland, actor, actor_aliases(actor, country))
    windowed = window_events(chosen, window, spread)
    located, spread_ = (locate(part, country, boundaries) for part in (windowed.dated, windowed.spread))
    rejects = pd.concat(
        [*(_of_file(reading) for reading in readings), windowed.rejects, located.rejects, spread_.rejects]
    )
    set_aside = {
        "merged_duplicates": repeats,
        "other_country": abroad,
        "other_actor": others,
        "out_of_window": windowed.outside,
    } | ({"spread": spread_.events} if spread else {})
    unread = _unread(readings)
    rows = {
        "read": sum(reading.rows for reading in readings),
        "used": len(located.events),
        **{what: len(events) + unread.get(what, 0) for what, events in set_aside.items()},
        "rejected": len(rejects),
    }
    _check_conserved(rows)
    rejects = rejects.sort_values(["file", "row"], ignore_index=True, kind="stable")
    aside = set_aside | {what.replace("_", " "): count for what, count in unread.items()}
    account = ledger(
        readings, located.events, rejects, country=country, set_aside=aside, boundaries=boundaries
    )
    return _Sorted(located, spread_.events, rejects, rows, account)


def _unread(readings: Sequence[Reading]) -> dict[str, int]:
    """Return how many records of large files were passed over, by reason."""
    reasons = dict.fromkeys(what for reading in readings for what in reading.set_aside)
    return {what: sum(reading.set_aside.get(what, 0) for reading in readings) for what in reasons}


def _of_country(events: pd.DataFrame, country: Country) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = events["country"].dropna().unique()
    foreign = events["country"].isin([name for name in names if not country.is_called(str(name))])
    if foreign.all():
        raise InputError(
            f"no event lies in {country.name}; the files have {', '.join(sorted(map(str, names))[:5])}",
            column="country",
            remedy="give another file or another country",
        )
    return events[~foreign].reset_index(drop=True), events[foreign]


def _of_file(reading: Reading) -> pd.DataFrame:
    return reading.rejects.assign(file=reading.file)


def _check_conserved(rows: Mapping[str, int]) -> None:
    gone = sum(count for what, count in rows.items() if what != "read")
    if gone != rows["read"]:
        raise TrendsError(
            f"{rows['read']} rows were read but {gone} are accounted for", remedy="report this fault"
        )
    if not rows["used"]:
        parts = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in rows.items() if count)
        raise InputError(
            f"no event is left to count ({parts})", remedy="check the actor, the window and the file"
        )


def _ledger(rows: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(
        (what.replace("_", " "), count) for what, count in rows.items() if count or what in _ALWAYS_SHOWN
    )


def _tables(sorted_: _Sorted, country: Country, window: tuple[date, date]) -> dict[str, pd.DataFrame]:
    daily = daily_counts(sorted_.located.events)
    return {
        "daily.csv": daily,
        "weekly.csv": weekly_counts(daily, country, *window, WEEK_START),
        "rejects.csv": sorted_.rejects[["file", *REJECT_COLUMNS]],
    }


def _told_of_spread(events: pd.DataFrame) -> dict[str, Any]:
    return {
        "events": len(events),
        "precision": {
            str(name): int(n) for name, n in events["date_precision"].value_counts().sort_index().items()
        },
        "meaning": "whole counts by possible days; each day between first and last is taken to be as likely as any",
    }


def _write(out: Path, tables: Mapping[str, pd.DataFrame], manifest: dict[str, Any]) -> dict[str, Any]:
    with whole_folder(out, is_processed) as draft:
        for name, table in tables.items():
            write_csv(table, draft / name)
        written = {
            name: {"rows": len(table), "sha256": sha256_of(draft / name)}
            for name, table in sorted(tables.items())
        }
        manifest = {**manifest, "tables": written}
        write_json(manifest, draft / MANIFEST)
    return manifest
