"""What each table of facts may hold: one rule a column, and the rules that tie columns together.

The rules are plain data, so that reading this module tells the whole format.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

AREA = r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?"
QUALIFIERS = ("exact", "at_least", "at_most", "about", "derived")
SCOPES = ("worldwide", "countries", "country", "region", "province")


@dataclass(frozen=True)
class Rule:
    """What a cell of one column has to be.

    Parameters
    ----------
    allowed
        The rule in words, as the error message says it.
    pattern
        A regular expression that the whole text matches.
    values
        The values allowed, where they can be listed.
    kind
        What the text becomes once it is accepted: ``"text"``, ``"date"`` or ``"count"``.
    empty
        Whether the cell may be empty.
    """

    allowed: str
    pattern: str = r"(?s).+"
    values: tuple[str, ...] = ()
    kind: str = "text"
    empty: bool = False


@dataclass(frozen=True)
class RowRule:
    """A condition between the cells of one row.

    Parameters
    ----------
    column
        The column that the error message names.
    allowed
        The rule in words.
    holds
        A table of texts in, one truth value a row out.
    """

    column: str
    allowed: str
    holds: Callable[[pd.DataFrame], pd.Series[bool]]


@dataclass(frozen=True)
class Table:
    """The format of one file of facts: its name, columns in order, row rules, and what makes a row unique."""

    file: str
    columns: Mapping[str, Rule]
    unique: tuple[str, ...]
    row_rules: tuple[RowRule, ...] = field(default=())


def _one_of(*values: str, empty: bool = False) -> Rule:
    words = " or ".join(filter(None, [", ".join(values), "nothing" if empty else ""]))
    return Rule(words, values=values, empty=empty)


def _not_before(first: str, last: str) -> RowRule:
    return RowRule(
        last, f"a date not before {first}", lambda rows: rows[last].eq("") | rows[last].ge(rows[first])
    )


_TEXT = Rule("a text")
_NOTES = Rule("a text or nothing", empty=True)
_DATE = Rule("a date such as 2020-03-17", pattern=r"\d{4}-\d{2}-\d{2}", kind="date")
_DATE_OR_NONE = Rule("a date such as 2020-03-17, or nothing", pattern=_DATE.pattern, kind="date", empty=True)
_COUNT = Rule("a whole number from 0 upwards", pattern=r"\d{1,12}", kind="count")
_COUNT_OR_NONE = Rule(
    "a whole number from 0 upwards, or nothing", pattern=_COUNT.pattern, kind="count", empty=True
)
_PROVINCE = Rule("a province code of ISO 3166-2", pattern=r"[A-Z]{2}-[A-Z0-9]{1,3}")
_CODES = "codes of ISO 3166: a country, a province, or several joined by semicolons"
_AREA = Rule(_CODES, pattern=rf"{AREA}(?:;{AREA})*")
_AREA_OR_NONE = Rule(f"{_CODES}, or nothing", pattern=_AREA.pattern, empty=True)
_QUALIFIER = _one_of(*QUALIFIERS)
_DATES_KNOWN = _one_of("stated", "inferred", "approximate")

_SOURCE = {
    "source_name": _TEXT,
    "source_url": Rule("an address that begins with http, or nothing", pattern=r"https?://\S+", empty=True),
    "confidence": _one_of("verified", "named", "unverified"),
}
_SOURCED = (
    RowRule(
        "confidence",
        "named or unverified where source_url is empty, and not named where it is given",
        lambda rows: (
            rows["confidence"].eq("unverified")
            | (rows["source_url"].eq("") == rows["confidence"].eq("named"))
        ),
    ),
    RowRule(
        "source_name",
        "'none' only in an unverified row without source_url",
        lambda rows: (
            rows["source_name"].ne("none") | (rows["source_url"].eq("") & rows["confidence"].eq("unverified"))
        ),
    ),
)
_SCOPED = RowRule(
    "area",
    "what its scope says: nothing for worldwide, one code, or for region and countries several",
    lambda rows: pd.Series(
        [_area_fits(scope, area) for scope, area in zip(rows["scope"], rows["area"], strict=True)],
        index=rows.index,
        dtype=bool,
    ),
)


def _area_fits(scope: str, area: str) -> bool:
    codes = area.split(";") if area else []
    provinces = sum("-" in code for code in codes)
    shape = (len(codes) > 1, provinces == len(codes), provinces == 0)
    return {
        "worldwide": not codes,
        "country": shape == (False, False, True),
        "countries": shape == (True, False, True),
        "province": shape == (False, True, False),
        "region": shape == (True, True, False),
    }.get(scope, False)


TIMELINE = Table(
    "timeline.csv",
    {
        "id": Rule("a short name of small letters, digits and underscores", pattern=r"[a-z][a-z0-9_]*"),
        "kind": _one_of(
            "announcement",
            "base_handover",
            "group_message",
            "military_operation",
            "partner_withdrawal",
            "political",
            "public_health",
            "religious",
            "security_arrangement",
        ),
        "topic": Rule("a short name of small letters and underscores", pattern=r"[a-z][a-z_]*"),
        "name": _TEXT,
        "base": Rule("a base's name, or nothing", empty=True),
        "calendar": _one_of("sunni", "shia", "any", empty=True),
        "area": _AREA,
        "date": _DATE,
        "date_end": _DATE_OR_NONE,
        "date_precision": _one_of("day", "week", "month"),
        "description": _TEXT,
        **_SOURCE,
    },
    unique=("id",),
    row_rules=(
        _not_before("date", "date_end"),
        RowRule(
            "base",
            "a name in rows of kind base_handover, and only there",
            lambda rows: rows["base"].ne("") == rows["kind"].eq("base_handover"),
        ),
        RowRule(
            "calendar",
            "given in rows of kind religious, and only there",
            lambda rows: rows["calendar"].ne("") == rows["kind"].eq("religious"),
        ),
        *_SOURCED,
    ),
)

GAPS = Table(
    "timeline_gaps.csv",
    {
        "topic": TIMELINE.columns["topic"],
        "area": _AREA,
        "date": _DATE,
        "date_end": _DATE_OR_NONE,
        "reason": _TEXT,
    },
    unique=("topic", "area", "date"),
    row_rules=(_not_before("date", "date_end"),),
)

CLAIMS_WEEKLY = Table(
    "claims_weekly.csv",
    {
        "week": _DATE,
        "week_end": _DATE,
        "week_dates": _DATES_KNOWN,
        "scope": _one_of(*SCOPES),
        "area": _AREA_OR_NONE,
        "claimed_attacks": _COUNT,
        "qualifier": _QUALIFIER,
        "claimed_casualties": _COUNT_OR_NONE,
        "casualties_qualifier": _one_of(*QUALIFIERS, empty=True),
        **_SOURCE,
        "notes": _NOTES,
    },
    unique=("week", "scope", "area", "source_name", "source_url"),
    row_rules=(
        RowRule(
            "week_end",
            "the sixth day after week",
            lambda rows: pd.to_datetime(rows["week_end"], errors="coerce").eq(
                pd.to_datetime(rows["week"], errors="coerce") + pd.Timedelta(days=6)
            ),
        ),
        RowRule(
            "casualties_qualifier",
            "given where claimed_casualties is given, and only there",
            lambda rows: rows["casualties_qualifier"].ne("") == rows["claimed_casualties"].ne(""),
        ),
        _SCOPED,
        *_SOURCED,
    ),
)

CLAIMS_PERIODS = Table(
    "claims_periods.csv",
    {
        "period_start": _DATE,
        "period_end": _DATE,
        "period_dates": _DATES_KNOWN,
        "scope": _one_of(*SCOPES),
        "area": _AREA_OR_NONE,
        "claimed_attacks": _COUNT,
        "qualifier": _QUALIFIER,
        **_SOURCE,
        "notes": _NOTES,
    },
    unique=("period_start", "period_end", "scope", "area", "source_name", "source_url"),
    row_rules=(_not_before("period_start", "period_end"), _SCOPED, *_SOURCED),
)

POPULATION = Table(
    "population.csv",
    {
        "province": _PROVINCE,
        "year": Rule("a year such as 2018", pattern=r"(?:19|20)\d{2}", kind="count"),
        "population": _COUNT,
        "qualifier": _QUALIFIER,
        **_SOURCE,
        "notes": _NOTES,
    },
    unique=("province", "year", "source_name", "source_url"),
    row_rules=_SOURCED,
)

PUBLISHED = Table(
    "published_counts.csv",
    {
        "period_start": _DATE,
        "period_end": _DATE,
        "scope": _one_of(*SCOPES),
        "area": _AREA_OR_NONE,
        "metric": Rule("a short name of small letters and underscores", pattern=r"[a-z][a-z_]*"),
        "actors": _one_of("is", "all", "pro_iran"),
        "value": _COUNT,
        "per": _one_of("period", "month", "quarter"),
        "qualifier": _QUALIFIER,
        **_SOURCE,
        "notes": _NOTES,
    },
    unique=("period_start", "period_end", "area", "metric", "per", "qualifier", "source_name", "source_url"),
    row_rules=(_not_before("period_start", "period_end"), _SCOPED, *_SOURCED),
)
