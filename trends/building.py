"""Raw files to a processed folder: daily and weekly counts, rejects, manifest; whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from trends.attack_types import ATTACK_DEFINITIONS
from trends.choices import Choices, Combining, How
from trends.disagreements import disagreements
from trends.errors import InputError, UnknownNameError
from trends.events import actor_aliases
from trends.files import check_folder, sha256_of, whole_folder, write_csv, write_json
from trends.gazetteer import countries, load_country
from trends.gazetteer.detection import country_of
from trends.gazetteer.matching import nearest, suggestion
from trends.ledger import Ledger
from trends.linkage.combining import check_how
from trends.panel import check_window, daily_counts, weekly_counts
from trends.precision import spread_counts
from trends.processed import MANIFEST, SPREAD, is_processed
from trends.provenance import WEEK_START, panel_manifest
from trends.sorting import Sorted, files_out, sort_records
from trends.sources import Reading, Selection, read_sources
from trends.sources.reading import REJECT_COLUMNS
from trends.vintages import released as with_releases

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
        before, after = weeks["days_left_over_before"], weeks["days_left_over_after"]
        lines = [f"{count:>9,}  {what}" for what, count in self.ledger]
        lines += [
            f"{'':>9}    {count:,} {reason}" for reason, count in manifest["rejected_by_reason"].items()
        ]
        lines += [
            f"{raw['file']}: {note} ({count:,})"
            for raw in manifest["raw"]
            for note, count in raw["notes"].items()
        ]
        lines += [*_chosen(manifest), *self.account.details(), ""]
        if before + after:
            lines.append(
                f"no whole week: {before} days at the beginning and {after} at the end, with "
                f"{weeks['events_left_over']:,} events that no weekly count holds"
            )
        number = "1 week" if weeks["number"] == 1 else f"{weeks['number']} weeks"
        lines.append(f"{coverage['first']} to {coverage['last']}, {number}, written to {self.out}")
        return "\n".join(lines)


def _chosen(manifest: Mapping[str, Any]) -> list[str]:
    """Return what was asked for and bears on what the counts mean, one line each."""
    lines = []
    if manifest["attacks"]["definition"] != "all":
        lines.append(f"an attack is one of the {manifest['attacks']['meaning']}")
    if manifest["as_of"] is not None:
        lines += [
            f"{file}, as of {manifest['as_of']['day']}: {how}"
            for file, how in manifest["as_of"]["files"].items()
        ]
    if "combined" in manifest:
        one = manifest["combined"]
        sources = ", ".join(f"{count:,} {source}" for source, count in one["sources"].items())
        lines.append(f"{one['how']} within {one['days']} days and {one['kilometres']:g} km: {sources}")
    return lines


def build(
    *,
    raw: Sequence[Path],
    out: Path,
    source: str | None = None,
    mapping: Path | None = None,
    boundaries: Path | None = None,
    actor: str | None = None,
    attacks: str = "all",
    first: date | None = None,
    last: date | None = None,
    as_of: date | None = None,
    released: Mapping[str, date] | None = None,
    country: str | None = None,
    spread: bool = False,
    combine: How | None = None,
    days: int = 3,
    kilometres: float = 10.0,
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
        A TOML file that says how the files are to be read, in place of a source; of several files, those that
        are of no known source.
    boundaries
        Polygons for events without a province; the shipped, simplified ones where not given.
    actor
        Count only events with this actor as a side.
    attacks
        Which events are an attack: ``"all"``, ``"with-victims"`` or ``"one-sided"``, see
        ``trends.attack_definition``.
    first, last
        The window, both days included; the files' whole coverage where not given.
    as_of
        Count only what the sources had told by this day: rows by the day on which they were recorded or last
        revised, where the source dates them, and otherwise whole files by when they came out.
    released
        By the name of a file, the day on which it came out, where that is known better than its name tells.
    country
        Key of the country in the gazetteer; the one that the files name where it is not given.
    spread
        Whether events known only to the month or year are kept beside the counts, in ``spread.csv``, from which
        a panel can give each week its fraction; they are rejects otherwise. The whole counts are the same.
    combine
        What to do with files of several sources, whose events may be the same: ``"union"`` counts an event of
        any of them once, ``"overlap"`` those that all have, ``"left"`` those of the first.
    days, kilometres
        Within which two records may be one event, see ``trends.link``.

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
    _check_definition(attacks)
    wanted = _selection(country, actor, None if spread else (first, last))
    readings = with_releases(_read(raw, source, mapping, wanted), released or {})
    _check_any(readings, actor)
    combining = _combining(readings, combine, days, kilometres)
    place = country_of([reading.events for reading in readings], country)
    covered = _covered(readings, as_of)
    window = (first or covered[0], last or covered[1])
    check_window(*window, covered)
    choices = Choices(place, window, actor, attacks, boundaries, spread, as_of, combining)
    sorted_ = sort_records(readings, choices)
    manifest = _write(out, _tables(sorted_, choices), panel_manifest(readings, choices, sorted_))
    paths = tuple(out / name for name in (*sorted(manifest["tables"]), MANIFEST))
    return BuildResult(out, paths, _ledger(sorted_.rows), MappingProxyType(manifest), sorted_.account)


def _check_definition(attacks: str) -> None:
    if attacks not in ATTACK_DEFINITIONS:
        raise UnknownNameError(
            f"there is no attack definition {attacks!r}", remedy=f"use one of {', '.join(ATTACK_DEFINITIONS)}"
        )


def _combining(
    readings: Sequence[Reading], how: How | None, days: int, kilometres: float
) -> Combining | None:
    """Return how to combine several sources; raises ``InputError`` where that is left open, or makes no sense."""
    titles = {reading.family: reading.source.title for reading in readings}
    if how is None and len(titles) > 1:
        raise InputError(
            f"the files are of {len(titles)} sources ({', '.join(titles.values())}), which may have the same events",
            remedy="say --combine union or --combine overlap, or build them one by one",
        )
    if how is None:
        return None
    check_how(how)
    if len(titles) < 2:
        raise InputError(
            f"there is only one source ({', '.join(titles.values())}) to combine",
            remedy="leave --combine out, or add files of another source",
        )
    return Combining(how, days, kilometres)


def _covered(readings: Sequence[Reading], as_of: date | None) -> tuple[date, date]:
    """Return the window that the files cover as far as they were out on a day; nothing after it is covered."""
    out = files_out(readings, as_of)
    first, last = joint_coverage(out)
    if as_of is None:
        return first, last
    of, left = len({reading.family for reading in readings}), {reading.family for reading in out}
    if len(left) < of:
        raise InputError(
            f"of {of} sources only {out[0].source.title} had come out by {as_of}",
            remedy="build it by itself, or choose a later day",
        )
    if as_of < first:
        raise InputError(
            f"nothing before {first} is covered, and as_of is {as_of}", remedy="choose a later day"
        )
    return first, min(last, as_of)


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
    wanted = [selection if is_large else None for is_large in large]
    return read_sources(paths, source, mapping=mapping, selections=wanted)


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


def _ledger(rows: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(
        (what.replace("_", " "), count) for what, count in rows.items() if count or what in _ALWAYS_SHOWN
    )


def _tables(sorted_: Sorted, choices: Choices) -> dict[str, pd.DataFrame]:
    used = sorted_.located.events
    daily = daily_counts(used)
    differ = used.merge(sorted_.located.disagreements[["event_id", "row"]], on=["event_id", "row"])
    account = sorted_.account
    tables = {
        "daily.csv": daily,
        "disagreements.csv": disagreements(differ, choices.country, choices.boundaries),
        "ledger.csv": account.frame,
        "precision.csv": account.precision.assign(unplaceable=account.precision["unplaceable"].round(6)),
        "weekly.csv": weekly_counts(daily, choices.country, *choices.window, WEEK_START),
        "rejects.csv": sorted_.rejects[["file", *REJECT_COLUMNS]],
    }
    if choices.spread:
        tables[SPREAD] = spread_counts(sorted_.spread)
    return tables


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
