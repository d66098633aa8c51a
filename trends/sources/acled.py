"""ACLED, the Armed Conflict Location & Event Data project: its export, whose rows may not be passed on.

Raleigh, Clionadh, Andrew Linke, Håvard Hegre, and Joakim Karlsen. 2010. "Introducing ACLED: An Armed Conflict
Location and Event Dataset." Journal of Peace Research 47 (5): 651-660.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from trends.sources import parsing
from trends.sources.layout import Early, Layout, SourceInfo
from trends.sources.parsing import Parsed

DATE_PRECISION = {"1": "day", "2": "week", "3": "month"}
PLACE_PRECISION = {"1": "exact", "2": "near", "3": "province"}
_ACTOR_KIND = {
    "0": "none",
    "1": "state forces",
    "2": "rebel group",
    "3": "political militia",
    "4": "identity militia",
    "5": "rioters",
    "6": "protesters",
    "7": "civilians",
    "8": "external or other forces",
}
_LICENCE = (
    "ACLED terms: rows must not be passed on; aggregates may be shown with attribution (terms and attribution "
    "policy at acleddata.com)"
)


def _parse(raw: pd.DataFrame) -> dict[str, Parsed]:
    deaths = parsing.deaths(raw["fatalities"])
    columns = {
        "event_id": parsing.identifiers(raw["event_id_cnty"]),
        "date_start": _start(raw),
        "date_precision": parsing.codes(raw["time_precision"], DATE_PRECISION),
        "country": parsing.texts(raw["country"]),
        "province_name": parsing.texts(raw["admin1"]),
        "longitude": parsing.numbers(raw["longitude"], -180, 180),
        "latitude": parsing.numbers(raw["latitude"], -90, 90),
        "place_precision": parsing.codes(raw["geo_precision"], PLACE_PRECISION),
        "actor_a": parsing.texts(raw["actor1"]),
        "actor_b": parsing.texts(raw["actor2"]),
        "kind": parsing.texts(raw["sub_event_type"]),
        "deaths_best": deaths,
        "deaths_low": deaths,
        "deaths_high": deaths,
        "event_type": parsing.texts(raw["event_type"]),
    }
    if "timestamp" in raw:
        columns["recorded"] = parsing.moments(raw["timestamp"])
    if "civilian_targeting" in raw:
        columns["target"] = parsing.texts(raw["civilian_targeting"])
    for name, column in {"actor_a_kind": "inter1", "actor_b_kind": "inter2"}.items():
        if column in raw:
            columns[name] = _actor_kind(raw[column])
    return columns


def _start(raw: pd.DataFrame) -> Parsed:
    text = raw["event_date"]
    return parsing.either(parsing.dates(text), parsing.dates_written(text, "%d %B %Y", "17 March 2020"))


def _actor_kind(text: pd.Series) -> Parsed:
    """Read what kind an actor is: a digit in older exports, words in newer ones."""
    words = parsing.texts(text)
    return Parsed(text, words.values.replace(_ACTOR_KIND).astype(object), words.problems, faulty=False)


def _describe(file: str, events: pd.DataFrame) -> SourceInfo:
    return SourceInfo(
        key="acled",
        title="ACLED, Armed Conflict Location & Event Data",
        version="as exported; ACLED revises its rows every week",
        licence=_LICENCE,
        citation="Raleigh, C., A. Linke, H. Hegre and J. Karlsen (2010), Introducing ACLED, Journal of Peace "
        "Research 47(5), 651-660; ACLED, acleddata.com",
        url="https://acleddata.com/",
        counts="event of political violence or protest, or a strategic development, with or without deaths",
        caveats=(
            "Protests without violence and most strategic developments are set aside as no violence; riots and "
            "mob violence count.",
            "One estimate of deaths, usually the lowest reported; low, best and high are equal.",
            "actor1 and actor2 stand in no order of attacker and attacked.",
        ),
        provisional=True,
    )


def _coverage(file: str, events: pd.DataFrame) -> tuple[date, date]:
    """Return the first and the last day with an event: an export does not say which days were asked for."""
    days = events["date_start"]
    return days.min().date(), days.max().date()


LAYOUTS = (
    Layout(
        key="acled",
        family="acled",
        columns=(
            "event_id_cnty",
            "event_date",
            "time_precision",
            "event_type",
            "sub_event_type",
            "actor1",
            "actor2",
            "country",
            "admin1",
            "latitude",
            "longitude",
            "geo_precision",
            "fatalities",
        ),
        parse=_parse,
        describe=_describe,
        coverage=_coverage,
        optional=("inter1", "inter2", "civilian_targeting", "timestamp"),
        early=Early("country", ("actor1", "actor2"), ("event_date",), _start),
        dates=("event_date",),
    ),
)
