"""Two files of a source compared."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from trends.events import locate
from trends.gazetteer import Country
from trends.gazetteer.detection import country_of
from trends.sources import Reading, read_source
from trends.two_files import asked_for, called, window_of_both
from trends.vintages.columns import columns_of_both
from trends.vintages.comparing import diff_vintages
from trends.vintages.identity import caveats_of_one, check_one_family
from trends.vintages.result import VintageDiff


def diff_files(
    old: Path,
    new: Path,
    *,
    country: str | None = None,
    actor: str | None = None,
    boundaries: Path | None = None,
    first: date | None = None,
    last: date | None = None,
    week_start: str = "mon",
) -> VintageDiff:
    """Compare two files of one source event by event, and say what that does to the counts.

    Parameters
    ----------
    old, new
        The files.
    country
        Key of the country in the gazetteer; the one that the files name where it is not given.
    actor
        Compare only events with this actor as a side.
    boundaries
        Polygons for events without a province.
    first, last
        The window; what both files cover where not given.
    week_start
        The weekday that weeks start on.

    Raises
    ------
    InputError
        A file cannot be read, the two are not of one source, or share no day.
    """
    readings = [read_source(Path(path)) for path in (old, new)]
    check_one_family(*readings)
    window = window_of_both(readings, first, last)
    place = country_of([reading.events for reading in readings], country)
    tables = [_prepared(reading, place, actor, boundaries) for reading in readings]
    return diff_vintages(
        tables[0],
        tables[1],
        window=window,
        columns=_columns(*readings),
        week_start=week_start,
        names=(called(readings[0]), called(readings[1])),
        caveats=caveats_of_one(*readings),
    )


def _columns(old: Reading, new: Reading) -> tuple[str, ...]:
    """Return what to compare: where both files name provinces, the province found for each event too."""
    columns = columns_of_both(old, new)
    return (*columns, "province") if "province_name" in columns else columns


def _prepared(reading: Reading, country: Country, actor: str | None, boundaries: Path | None) -> pd.DataFrame:
    """Return the country's events, with their province where they have one."""
    inland = asked_for(reading.events, reading.source.key, country, actor)
    located = locate(inland, country, boundaries).events
    provinces = located.drop_duplicates("event_id").set_index("event_id")["province"]
    return inland.assign(province=inland["event_id"].map(provinces).astype(object))
