"""Two files of a source compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from trends.errors import InputError
from trends.events import actor_aliases, locate, select_actor
from trends.gazetteer import Country, countries, load_country
from trends.sources import Reading, read_source
from trends.vintages.columns import columns_of_both
from trends.vintages.comparing import diff_vintages
from trends.vintages.identity import called, caveats_of_one, check_one_family, window_of_both
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
    place = _place(readings, country)
    tables = [_prepared(reading.events, place, actor, boundaries) for reading in readings]
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


def _place(readings: Sequence[Reading], key: str | None) -> Country:
    if key is not None:
        return load_country(key)
    names = {str(name) for reading in readings for name in reading.events["country"].dropna().unique()}
    fitting = [
        place for place in map(load_country, countries()) if any(place.is_called(name) for name in names)
    ]
    if len(fitting) == 1:
        return fitting[0]
    raise InputError(
        "the files do not say which country is meant",
        column="country",
        remedy=f"name one of {', '.join(countries())}",
    )


def _prepared(
    events: pd.DataFrame, country: Country, actor: str | None, boundaries: Path | None
) -> pd.DataFrame:
    """Return the country's events, with their province where they have one."""
    inland = events[[pd.isna(name) or country.is_called(str(name)) for name in events["country"]]]
    if actor is not None:
        inland = select_actor(inland, actor, actor_aliases(actor, country))[0]
    located = locate(inland.reset_index(drop=True), country, boundaries).events
    provinces = located.drop_duplicates("event_id").set_index("event_id")["province"]
    return inland.assign(province=inland["event_id"].map(provinces).astype(object)).reset_index(drop=True)
