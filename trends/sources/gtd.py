"""The Global Terrorism Database, CSV or xlsx, whose rows may not be passed on.

LaFree, Gary, and Laura Dugan. 2007. "Introducing the Global Terrorism Database." Terrorism and Political
Violence 19 (2): 181-204.
"""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from trends.sources import parsing
from trends.sources.layout import Early, Layout, SourceInfo
from trends.sources.parsing import Parsed

SPECIFICITY = {
    "1": "exact",
    "2": "near",
    "3": "district",
    "4": "province",
    "5": "country",
    "": "unknown",
}
_YES_NO = {"1": "yes", "0": "no", "-9": "not coded", "": "not coded"}
_LICENCE = (
    "GTD terms of use: for research, rows must not be passed on or used commercially (START, University of "
    "Maryland)"
)
_TEXTS = {"target": "targtype1_txt", "weapon": "weaptype1_txt", "weapon_detail": "weapsubtype1_txt"}
_LOST = (date(1993, 1, 1), date(1993, 12, 31))


def _parse(raw: pd.DataFrame) -> dict[str, Parsed]:
    first, last, precision = parsing.partial_dates(raw["iyear"], raw["imonth"], raw["iday"])
    best, low, high = _deaths(raw["nkill"])
    columns = {
        "event_id": parsing.identifiers(raw["eventid"]),
        "date_start": first,
        "date_end": _end(last, precision, raw) if "resolution" in raw else last,
        "date_precision": precision,
        "country": parsing.texts(raw["country_txt"]),
        "province_name": _province(raw["provstate"]),
        "longitude": parsing.numbers(raw["longitude"], -180, 180),
        "latitude": parsing.numbers(raw["latitude"], -90, 90),
        "place_precision": parsing.codes(raw["specificity"], SPECIFICITY),
        "actor_a": parsing.texts(raw["gname"]),
        "kind": parsing.texts(raw["attacktype1_txt"]),
        "deaths_best": best,
        "deaths_low": low,
        "deaths_high": high,
    }
    for name, column in _TEXTS.items():
        if column in raw:
            columns[name] = parsing.texts(raw[column])
    for name, column in {"suicide": "suicide", "doubtful": "doubtterr"}.items():
        if column in raw:
            columns[name] = parsing.codes(raw[column], _YES_NO)
    return columns


def _start(raw: pd.DataFrame) -> Parsed:
    return parsing.partial_dates(raw["iyear"], raw["imonth"], raw["iday"])[0]


def _province(text: pd.Series) -> Parsed:
    """Read the province; where it is "Unknown", none is named and the point may tell."""
    read = parsing.texts(text)
    unknown = read.values.astype("str").str.casefold() == "unknown"
    return replace(read, values=read.values.mask(unknown, None).astype(object))


def _end(last: Parsed, precision: Parsed, raw: pd.DataFrame) -> Parsed:
    """Return the day an event that took several days was resolved, where that day is known and readable."""
    resolved = parsing.dates(raw["resolution"]).values
    later = resolved.notna() & (precision.values == "day") & (resolved >= last.values)
    return Parsed(last.text, last.values.where(~later, resolved), last.problems, last.faulty)


def _deaths(text: pd.Series) -> tuple[Parsed, Parsed, Parsed]:
    """Return best, low and high: not known is 0 at least, and a share of several events' deaths is rounded."""
    read = parsing.numbers(text, 0, parsing.MOST_DEATHS)
    number = read.values.where(read.problems == "")
    whole = [
        parsed.astype("Int64") for parsed in (number.round(), np.floor(number).fillna(0), np.ceil(number))
    ]
    best, low, high = (Parsed(text, values, read.problems, read.faulty) for values in whole)
    return best, low, high


def _describe(file: str, events: pd.DataFrame) -> SourceInfo:
    return SourceInfo(
        key="gtd",
        title="Global Terrorism Database",
        version=file,
        licence=_LICENCE,
        citation="START, University of Maryland, Global Terrorism Database; LaFree, G. and L. Dugan (2007), "
        "Introducing the Global Terrorism Database, Terrorism and Political Violence 19(2), 181-204",
        url="https://www.start.umd.edu/gtd/",
        counts="terrorist attack by a non-state actor, successful or not, with or without deaths",
        caveats=(
            "Deaths include perpetrators. Where their number is not known, low counts 0 and best is missing.",
            "doubtterr marks attacks that may not be terrorism; they are counted, and marked in 'doubtful'.",
            "Most records of 1993 were lost: no file covers that year.",
            "Clashes between armed groups and state forces are mostly left out by definition.",
        ),
    )


def _coverage(file: str, events: pd.DataFrame) -> tuple[date, date]:
    """Return whole months from the first to the last with an event, from 1994 on where later years follow."""
    first, last = events["date_start"].min().date(), events["date_start"].max().date()
    start = first.replace(day=1)
    if start <= _LOST[1] < last:
        start = date(1994, 1, 1)
    return start, last.replace(day=calendar.monthrange(last.year, last.month)[1])


LAYOUTS = (
    Layout(
        key="gtd",
        family="gtd",
        columns=(
            "eventid",
            "iyear",
            "imonth",
            "iday",
            "country_txt",
            "provstate",
            "latitude",
            "longitude",
            "specificity",
            "attacktype1_txt",
            "gname",
            "nkill",
        ),
        parse=_parse,
        describe=_describe,
        coverage=_coverage,
        optional=("resolution", *_TEXTS.values(), "suicide", "doubtterr"),
        encodings=("utf-8", "iso-8859-1"),
        early=Early("country_txt", ("gname",), ("iyear", "imonth", "iday"), _start),
        dates=("resolution",),
    ),
)
