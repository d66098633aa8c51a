"""The UCDP Georeferenced Event Dataset: yearly and monthly (Candidate) files, the HDX export, and reduced.

Yearly files since 17.1 differ in columns that are not read here (``conflict_new_id`` and its kin,
``conflict_dset_id``, ``relid``, ``where_description``, ``gwnoa``, ``iso3``), in the order of ``best, high, low``
and in whether a date carries a time of midnight. The columns that are read have kept their names, but that
some files write the three estimates as ``best_est, high_est, low_est``.

Sundberg, Ralph, and Erik Melander. 2013. "Introducing the UCDP Georeferenced Event Dataset." Journal of Peace
Research 50 (4): 523-532.
Hegre, Håvard, Mihai Croicu, Kristine Eck, and Stina Högbladh. 2020. "Introducing the UCDP Candidate Events
Dataset." Research & Politics 7 (3).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import pandas as pd

from trends.sources import parsing
from trends.sources.layout import Early, Layout, SourceInfo
from trends.sources.parsing import Parsed
from trends.sources.ucdp_columns import names_of
from trends.sources.ucdp_releases import published_candidate, published_yearly

DATE_PRECISION = {"1": "day", "2": "week", "3": "week", "4": "month", "5": "year"}
PLACE_PRECISION = {
    "1": "exact",
    "2": "near",
    "3": "district",
    "4": "province",
    "5": "region",
    "6": "country",
    "7": "international",
}
_KIND = {"1": "state-based", "2": "non-state", "3": "one-sided"}
_KIND_IN_WORDS = {
    "State-based violence": "state-based",
    "Non-state violence": "non-state",
    "One-sided violence": "one-sided",
}
_CITATION = (
    "Sundberg, R. and E. Melander (2013), Introducing the UCDP Georeferenced Event Dataset, "
    "Journal of Peace Research 50(4), 523-532"
)
_CITATION_OF_VERSION = {
    "19.1": "Pettersson, T., S. Högbladh and M. Öberg (2019), Organized violence, 1989-2018 and peace "
    "agreements, Journal of Peace Research 56(4), 589-603",
    "21.1": "Pettersson, T. et al. (2021), Organized violence 1989-2020, with a special emphasis on Syria, "
    "Journal of Peace Research 58(4), 809-825",
}
_COUNTS = "fatal event involving an organised actor (at least one death by its low, best or high estimate)"
_NAMED_VERSION = re.compile(r"ged[a-z_\-]*v?(\d\d)[._\-]?(\d)(?!\d)", re.IGNORECASE)
_FIRST_RELEASE = 1999  # version x.1 holds the years up to 1999 + x
_MONTHS = r"v?(?P<year>\d\d)[._\-](?P<zero>0|01)[._\-](?:(?P<last_year>\d\d)[._\-])?(?P<month>\d\d?)(?!\d)"
_NAMED_MONTHS = re.compile(r"(?:ged|candidate)[a-z_\-]*" + _MONTHS, re.IGNORECASE)
_CANDIDATE_CITATION = (
    "Hegre, H., M. Croicu, K. Eck and S. Högbladh (2020), Introducing the UCDP Candidate Events Dataset, "
    "Research & Politics 7(3)"
)
_CANDIDATE_CAVEATS = (
    "Candidate events are provisional: code_status says what is still to be checked, and the yearly release "
    "revises, adds and drops events.",
    "Candidate files of 2018, 2019 and January to March 2020 cover Africa only; those of April to July 2020 "
    "Africa and the Middle East; all regions since October 2020.",
)


def _version(file: str, events: pd.DataFrame) -> str:
    """Return the version that the file's name states, else the first yearly one to hold its last year."""
    named = _NAMED_VERSION.search(file)
    if named:
        return f"{named[1]}.{named[2]}"
    return f"{events['date_start'].max().year - _FIRST_RELEASE}.1"


def _coverage(file: str, events: pd.DataFrame) -> tuple[date, date]:
    """Return whole calendar years, from the first to the last in which the file has an event.

    Version x.1 is complete from 1989 to 31 December of the year before its release, so days without an event
    in these years are zeros. Years before the file's first and after its last event are left uncovered,
    because an extract does not say where it was cut. A version in the file's name bounds the last year. A
    Candidate file, known by its name, is complete for its month or months.
    """
    months = _months(file)
    if months:
        return months[1:]
    years = events["date_start"].dt.year
    named = _NAMED_VERSION.search(file)
    bound = int(named[1]) + _FIRST_RELEASE if named else int(years.max())
    last = years[years <= bound].max() if (years <= bound).any() else years.max()
    return date(int(years.min()), 1, 1), date(int(last), 12, 31)


def _months(file: str) -> tuple[str, date, date] | None:
    """Return version and months of a Candidate file by its name, None where the name states none.

    ``GEDEvent_v20_0_7`` holds July 2020, ``GEDEvent_v22_01_22_06`` January to June 2022.
    """
    named = _NAMED_MONTHS.search(file)
    if not named:
        return None
    year, month = 2000 + int(named["year"]), int(named["month"])
    whole = named["last_year"] is not None
    if (named["zero"] == "01") != whole or not 1 <= month <= 12:
        return None
    version = ".".join(filter(None, (named["year"], named["zero"], named["last_year"], str(int(month)))))
    first = date(year, 1 if whole else month, 1)
    return version, first, date(year, month, calendar.monthrange(year, month)[1])


def _published(file: str) -> tuple[date, date] | None:
    """Return between which days a version came out, by its name, None where the name states no version."""
    months = _months(file)
    if months:
        return published_candidate(months[0], months[2])
    named = _NAMED_VERSION.search(file)
    return published_yearly(f"{named[1]}.{named[2]}") if named else None


def _candidate_brings_late(file: str) -> bool:
    """Tell whether a file is a Candidate file, which also brings records of earlier months."""
    return _months(file) is not None


def _info(key: str, title: str, file: str, events: pd.DataFrame, caveats: tuple[str, ...]) -> SourceInfo:
    version = _version(file, events)
    citations = [_CITATION, _CITATION_OF_VERSION.get(version, "")]
    return SourceInfo(
        key=key,
        title=title,
        version=version,
        licence="CC BY 4.0",
        citation="; ".join(filter(None, citations)),
        url="https://ucdp.uu.se/downloads/",
        counts=_COUNTS,
        caveats=("The source does not say who started a clash.", *caveats),
        published=_published(file),
    )


def _describe_full(file: str, events: pd.DataFrame) -> SourceInfo:
    months = _months(file)
    if months:
        return SourceInfo(
            key="ucdp-ged-candidate",
            title="UCDP Candidate Events Dataset",
            version=months[0],
            licence="CC BY 4.0",
            citation="; ".join((_CITATION, _CANDIDATE_CITATION)),
            url="https://ucdp.uu.se/downloads/",
            counts=_COUNTS,
            caveats=("The source does not say who started a clash.", *_CANDIDATE_CAVEATS),
            published=_published(file),
            provisional=True,
        )
    return _info("ucdp-ged", "UCDP Georeferenced Event Dataset", file, events, ())


def _describe_reduced(file: str, events: pd.DataFrame) -> SourceInfo:
    caveats = (
        "Only events located to a place or its surroundings (where_prec 1 or 2).",
        "The file does not say how precise a date is; each event counts on the day it starts.",
    )
    return _info(
        "ucdp-ged-reduced", "UCDP Georeferenced Event Dataset, reduced columns", file, events, caveats
    )


def _common(raw: pd.DataFrame, deaths: Mapping[str, str]) -> dict[str, Parsed]:
    counted = {f"deaths_{name}": parsing.deaths(raw[column]) for name, column in deaths.items()}
    return {
        "country": parsing.texts(raw["country"]),
        "longitude": parsing.numbers(raw["longitude"], -180, 180),
        "latitude": parsing.numbers(raw["latitude"], -90, 90),
        "actor_a": parsing.texts(raw["side_a"]),
        "actor_b": parsing.texts(raw["side_b"]),
        **counted,
    }


def _full(deaths: Mapping[str, str]) -> Callable[[pd.DataFrame], dict[str, Parsed]]:
    return lambda raw: _parse_full(raw, deaths)


def _parse_full(raw: pd.DataFrame, deaths: Mapping[str, str]) -> dict[str, Parsed]:
    return {
        "event_id": parsing.identifiers(raw["id"]),
        "date_start": _start_full(raw),
        "date_end": parsing.dates(raw["date_end"]),
        "date_precision": parsing.codes(raw["date_prec"], DATE_PRECISION),
        "place_precision": parsing.codes(raw["where_prec"], PLACE_PRECISION),
        "kind": parsing.codes(raw["type_of_violence"], _KIND),
        "province_name": parsing.texts(raw["adm_1"]),
        **_common(raw, deaths),
        **{name: parsing.counts(raw[column]) for name, column in _DEATHS_BY_SIDE.items() if column in raw},
        **({"status": parsing.texts(raw["code_status"])} if "code_status" in raw else {}),
    }


def _start_full(raw: pd.DataFrame) -> Parsed:
    return parsing.dates(raw["date_start"])


def _start_reduced(raw: pd.DataFrame) -> Parsed:
    return parsing.agreeing(parsing.dates(raw["date"]), [raw["year"], raw["month"], raw["day"]])


def _parse_reduced(raw: pd.DataFrame) -> dict[str, Parsed]:
    return {
        "event_id": parsing.identifiers(raw["id"]),
        "date_start": _start_reduced(raw),
        "date_precision": parsing.constant(raw["date"], "day"),
        "place_precision": parsing.constant(raw["latitude"], "near"),
        "kind": parsing.codes(raw["type_of_violence"], _KIND_IN_WORDS),
        **_common(raw, {"best": "best_death", "low": "low_death", "high": "high_death"}),
    }


_DEATHS_BY_SIDE = {
    "deaths_side_a": "deaths_a",
    "deaths_side_b": "deaths_b",
    "deaths_civilians": "deaths_civilians",
    "deaths_unknown": "deaths_unknown",
}
_COMMON = ("id", "type_of_violence", "side_a", "side_b", "latitude", "longitude", "country")
_FULL = (*_COMMON, "where_prec", "adm_1", "date_prec", "date_start", "date_end")
_YEARLY = Layout(
    key="ucdp-ged",
    family="ucdp-ged",
    columns=(*_FULL, "low", "best", "high"),
    parse=_full({"best": "best", "low": "low", "high": "high"}),
    describe=_describe_full,
    coverage=_coverage,
    optional=(*_DEATHS_BY_SIDE.values(), "code_status"),
    early=Early("country", ("side_a", "side_b"), ("date_start",), _start_full),
    dates=("date_start", "date_end"),
    names_of=names_of,
    late_records=_candidate_brings_late,
)
LAYOUTS = (
    _YEARLY,
    replace(
        _YEARLY,
        key="ucdp-ged-est",
        columns=(*_FULL, "low_est", "best_est", "high_est"),
        parse=_full({"best": "best_est", "low": "low_est", "high": "high_est"}),
    ),
    Layout(
        key="ucdp-ged-reduced",
        family="ucdp-ged",
        columns=(*_COMMON, "year", "month", "day", "date", "low_death", "best_death", "high_death"),
        parse=_parse_reduced,
        describe=_describe_reduced,
        coverage=_coverage,
        early=Early("country", ("side_a", "side_b"), ("date", "year", "month", "day"), _start_reduced),
        dates=("date",),
    ),
)
