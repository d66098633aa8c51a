"""Point records, one line each: date, longitude, latitude, type. No deaths, no actors, no province.

Such a file does not say where it comes from; ``known_files.toml`` says so for those that are known.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from trends.sources import parsing
from trends.sources.layout import Layout, SourceInfo
from trends.sources.parsing import Parsed


def _parse(raw: pd.DataFrame) -> dict[str, Parsed]:
    return {
        "date_start": parsing.dates(raw["date"]),
        "date_precision": parsing.constant(raw["date"], "day"),
        "longitude": parsing.numbers(raw["longitude"], -180, 180),
        "latitude": parsing.numbers(raw["latitude"], -90, 90),
        "place_precision": parsing.constant(raw["latitude"], "exact"),
        "kind": parsing.texts(raw["type"]),
    }


def _describe(file: str, events: pd.DataFrame) -> SourceInfo:
    return SourceInfo(
        key="points",
        title="Point records",
        version="not stated",
        licence="not stated",
        citation=file,
        url="",
        counts="record of a date and a point",
        caveats=("The source has no deaths, no actors and no provinces.",),
    )


def _coverage(file: str, events: pd.DataFrame) -> tuple[date, date]:
    """Return the first and the last day with a record; the file says nothing about the days beyond."""
    days = events["date_start"]
    return days.min().date(), days.max().date()


LAYOUTS = (
    Layout(
        key="points",
        family="points",
        columns=("date", "longitude", "latitude", "type"),
        parse=_parse,
        describe=_describe,
        coverage=_coverage,
        dates=("date",),
    ),
)
