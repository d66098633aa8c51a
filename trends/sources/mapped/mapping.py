"""Any table of events, read by a mapping file that says which column means what.

A mapping file is TOML::

    encoding = "utf-8"            # or iso-8859-1, cp1252, ...
    delimiter = ","
    decimal = "."                 # or "," in coordinates written 33,75
    date_format = "%d/%m/%Y"      # left out: 2020-03-17
    coverage = [2020-01-01, 2020-12-31]   # left out: first to last event

    [source]                      # what a panel's manifest says of it
    title = "District police log"
    counts = "recorded attack"
    licence = "not to be passed on"

    [columns]                     # columns of an event = columns of the file
    date_start = "Date"
    province_name = "Gov"

    [constants]                   # the same for every event
    country = "Iraq"

    [types.kind]                  # what the codes of a column mean
    IED = "improvised bomb"
"""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from trends.errors import InputError, UnknownNameError
from trends.gazetteer.matching import nearest, suggestion
from trends.sources import parsing
from trends.sources.layout import Early, Layout, SourceInfo
from trends.sources.parsing import Parsed

EVENT_TEXTS = (
    "country",
    "province_name",
    "actor_a",
    "actor_b",
    "kind",
    "status",
    "target",
    "weapon",
    "event_type",
)
DATE_PRECISIONS = ("day", "week", "month", "year")
PLACE_PRECISIONS = ("exact", "near", "district", "province", "region", "country", "international", "unknown")
DEATHS = ("deaths_best", "deaths_low", "deaths_high")
MAPPABLE = (
    "event_id",
    "date_start",
    "date_end",
    "date_precision",
    "longitude",
    "latitude",
    "place_precision",
    *EVENT_TEXTS,
    *DEATHS,
    "recorded",
)
UNDECIDED = "?"
_BOUNDS = {"longitude": 180.0, "latitude": 90.0}
CODED = {"date_precision": DATE_PRECISIONS, "place_precision": PLACE_PRECISIONS}
Text: TypeAlias = Annotated[str, Field(min_length=1)]


class SourceTable(BaseModel):
    """What a panel's manifest says of the source."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: Text = "mapped"
    title: Text = "A table read by a mapping file"
    version: Text = "not stated"
    licence: Text = "not stated"
    citation: str = ""
    url: str = ""
    counts: Text = "record"
    caveats: tuple[Text, ...] = ()
    published: date | None = None


class Mapped(BaseModel):
    """A mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    encoding: Text = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    decimal: Literal[".", ","] = "."
    date_format: Text | None = None
    coverage: tuple[date, date] | None = None
    source: SourceTable = SourceTable()
    columns: dict[str, Text]
    constants: dict[str, Text] = {}
    types: dict[str, dict[str, Text]] = {}

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            known = codecs.lookup(name).name
        except LookupError:
            raise ValueError(f"there is no encoding {name!r}") from None
        if known.startswith(("utf-16", "utf-32")) or not codecs.lookup(name)._is_text_encoding:
            raise ValueError(f"{name!r} cannot be read; save the file in UTF-8")
        return {"iso8859-1": "iso-8859-1", "utf-8-sig": "utf-8"}.get(known, known)

    @field_validator("delimiter")
    @classmethod
    def _usable_delimiter(cls, mark: str) -> str:
        if mark in '"\r\n\0 ':
            raise ValueError(f"{mark!r} cannot separate cells")
        return mark

    @field_validator("date_format")
    @classmethod
    def _readable_format(cls, pattern: str | None) -> str | None:
        if pattern == UNDECIDED:
            raise ValueError("not decided yet; write the format of the dates, such as %d/%m/%Y")
        if pattern is not None and not _says(pattern, "%Y", "%y"):
            raise ValueError(f"{pattern!r} has no year; write it such as %d/%m/%Y")
        return pattern

    @model_validator(mode="after")
    def _check(self) -> Mapped:
        if "date_start" not in self.columns:
            raise ValueError("columns has no date_start")
        for table in (self.columns, self.constants, self.types):
            for name in table:
                _check_name(name)
        both = sorted(set(self.columns) & set(self.constants))
        if both:
            raise ValueError(f"{both[0]} is both a column and a constant")
        if self.coverage is not None and self.coverage[0] > self.coverage[1]:
            raise ValueError("coverage ends before it starts")
        self._check_codes()
        self._check_days()
        return self

    def _check_days(self) -> None:
        """Refuse a format without a day or month unless it is said that the dates are no days."""
        pattern, coarse = self.date_format, {"month", "year"}
        if pattern is None or _says(pattern, "%j") or "date_precision" in self.columns:
            return
        if not _says(pattern, "%m", "%b", "%B"):
            coarse = {"year"}
        elif _says(pattern, "%d"):
            return
        if self.constants.get("date_precision") not in coarse:
            lacks = "month" if coarse == {"year"} else "day"
            allowed = " or ".join(map(repr, sorted(coarse)))
            raise ValueError(
                f"{pattern!r} has no {lacks}; say under constants that date_precision is {allowed}, "
                "or map a column to it"
            )

    def _check_codes(self) -> None:
        allowed_types = {*EVENT_TEXTS, *CODED}
        for name, meanings in self.types.items():
            if name not in allowed_types or name not in self.columns:
                raise ValueError(f"types.{name} has no column of codes to explain")
            _check_codes(name, meanings.values())
        for name, value in self.constants.items():
            if name not in {*EVENT_TEXTS, *CODED}:
                raise ValueError(f"{name} cannot be a constant")
            _check_codes(name, [value])


def _says(pattern: str, *directives: str) -> bool:
    """Tell whether a format has one of some directives."""
    return any(directive in pattern.replace("%%", "") for directive in directives)


def _check_name(name: str) -> None:
    if name not in MAPPABLE:
        near = suggestion(nearest(name, {known: known for known in MAPPABLE}))
        raise ValueError(f"an event has no column {name!r}" + (f"; {near}" if near else ""))


def _check_codes(name: str, values: Any) -> None:
    for value in values:
        if value not in CODED.get(name, (value,)):
            raise ValueError(f"{name} is one of {', '.join(CODED[name])}, not {value!r}")


def read_mapping(path: Path) -> Layout:
    """Return the layout that a mapping file describes.

    Raises
    ------
    InputError
        The file is missing, not TOML, has unknown keys, or leaves something undecided.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        mapped = Mapped.model_validate(content)
    except FileNotFoundError as error:
        raise InputError("there is no such file", file=path, remedy="check its name") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is not TOML ({error})", file=path.name, remedy="see docs/sources.md") from error
    except ValidationError as error:
        raise _explained(error, path.name) from error
    return layout_of(mapped)


def layout_of(mapped: Mapped) -> Layout:
    """Return the layout of a mapping: which columns are read, and how."""
    columns = mapped.columns
    early = {"country", "actor_a", "actor_b", "date_start"} <= set(columns) and not mapped.types
    return Layout(
        key=mapped.source.key,
        family=f"mapped: {mapped.source.key}",
        columns=tuple(dict.fromkeys(columns.values())),
        parse=lambda raw: _parse(raw, mapped),
        describe=lambda file, events: _describe(file, mapped),
        coverage=lambda file, events: mapped.coverage or _span(events["date_start"]),
        encodings=(mapped.encoding,),
        delimiter=mapped.delimiter,
        early=Early(
            columns["country"],
            (columns["actor_a"], columns["actor_b"]),
            (columns["date_start"],),
            lambda raw: _dates(raw[columns["date_start"]], mapped.date_format),
        )
        if early
        else None,
    )


def _parse(raw: pd.DataFrame, mapped: Mapped) -> dict[str, Parsed]:
    first = raw[mapped.columns["date_start"]]
    parsed = {name: _column(name, raw[column], mapped) for name, column in mapped.columns.items()}
    for name, value in mapped.constants.items():
        parsed[name] = parsing.constant(first, value)
    parsed.setdefault("date_precision", parsing.constant(first, "day"))
    parsed.setdefault("place_precision", parsing.constant(first, "unknown"))
    return {name: parsed[name] for name in MAPPABLE if name in parsed}


def _column(name: str, text: pd.Series, mapped: Mapped) -> Parsed:
    if name in mapped.types:
        return parsing.codes(text, mapped.types[name])
    if name in CODED:
        return parsing.codes(text, {value: value for value in CODED[name]})
    if name in {"date_start", "date_end", "recorded"}:
        return _dates(text, mapped.date_format)
    if name in _BOUNDS:
        read = parsing.numbers(
            _with_points(text) if mapped.decimal == "," else text, -_BOUNDS[name], _BOUNDS[name]
        )
        return replace(read, text=text)
    if name in DEATHS:
        return parsing.counts(text)
    return parsing.identifiers(text) if name == "event_id" else parsing.texts(text)


def _with_points(text: pd.Series) -> pd.Series:
    """Return numbers with a decimal comma as numbers with a decimal point; a point among them makes a number none."""
    return text.str.replace(".", "?", regex=False).str.replace(",", ".", regex=False)


def _dates(text: pd.Series, pattern: str | None) -> Parsed:
    if pattern is None or pattern == "%Y-%m-%d":
        return parsing.dates(text)
    return parsing.dates_written(text, pattern, date(2020, 3, 17).strftime(pattern))


def _describe(file: str, mapped: Mapped) -> SourceInfo:
    source = mapped.source
    return SourceInfo(
        key=source.key,
        title=source.title,
        version=source.version,
        licence=source.licence,
        citation=source.citation or file,
        url=source.url,
        counts=source.counts,
        caveats=source.caveats,
        published=(source.published, source.published) if source.published else None,
    )


def _span(days: pd.Series) -> tuple[date, date]:
    return days.min().date(), days.max().date()


def _explained(error: ValidationError, file: str) -> InputError:
    """Return one clear line about the first fault."""
    fault = error.errors()[0]
    place = ".".join(str(part) for part in fault["loc"])
    keys: Mapping[str, Literal[True]] = dict.fromkeys((*Mapped.model_fields, *SourceTable.model_fields), True)
    if fault["type"] == "extra_forbidden":
        near = suggestion(nearest(str(fault["loc"][-1]), {key: key for key in keys}))
        return UnknownNameError(f"there is no key {place!r}", file=file, remedy=near or "see docs/sources.md")
    what = fault["msg"].removeprefix("Value error, ")
    return InputError(what, file=file, column=place or None, remedy="see docs/sources.md")
