"""What a panel was made from and how: the content of its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from trends.attack_types import ATTACK_DEFINITIONS, attacked, possible_definitions
from trends.calendar import complete_weeks, days_left_over, week_of
from trends.choices import Choices, Combining
from trends.events import NEAREST_KM, Located, actor_aliases
from trends.files import sha256_of
from trends.gazetteer import Country
from trends.linkage import Combined
from trends.linkage.types import with_types
from trends.panel import MEASURES
from trends.processed import FORMAT
from trends.sorting import Sorted
from trends.sources import Reading
from trends.vintages import dates_its_rows, vintage_of

WEEK_START = "mon"
AS_OF_BY_ROW = (
    "rows that the source entered or last revised by that day; one revised later is left out whole, because what "
    "stood there before is not known"
)
AS_OF_BY_FILE = (
    "the file as a whole, which counts as out from {day} on, the last day on which it may have come out; its rows carry "
    "no day"
)
_NOT_VIOLENCE = (
    " that is violence by its source's codes; demonstrations, arrests, agreements and the like are set aside"
)
_TOLD_OF_SOURCES = {
    "source": "title",
    "version": "version",
    "licence": "licence",
    "citation": "citation",
    "url": "url",
    "counts": "counts",
}


def panel_manifest(readings: Sequence[Reading], choices: Choices, sorted_: Sorted) -> dict[str, Any]:
    """Return what a reader has to know about a panel: sources, filters, accounts. No clock, no folder names.

    Parameters
    ----------
    readings
        The files that were read.
    choices
        What was asked for.
    sorted_
        What became of every record.
    """
    country, window, used = choices.country, choices.window, sorted_.located.events
    names = list(actor_aliases(choices.actor, country)) if choices.actor else None
    manifest = {
        "format": FORMAT,
        **_origin(readings),
        "as_of": _told_of_as_of(readings, choices.as_of),
        "attacks": _told_of_attacks(readings, choices, sorted_.rows.get("not_violence", 0)),
        "boundaries": _boundaries(country, choices.boundaries),
        "country": country.key,
        "coverage": _span(window),
        "filters": {
            "actor": choices.actor,
            "actor_names": names,
            "country": country.name,
            **_span(window),
        },
        "dates": {
            "counted_on": "the day the event starts",
            "precision": _shares(used["date_precision"]),
        },
        "located_by": _shares(used["located_by"]),
        "names_against_polygons": _disagreements(sorted_.located),
        "rejected_by_reason": _shares(sorted_.rejects["reason"]),
        "rows": dict(sorted_.rows),
        "totals": {"attacks": len(used)} | {name: _total(used[name]) for name in MEASURES[1:]},
        "weeks": _weeks(window, used["date_start"]),
        "what_happened": _what_happened(used, readings),
    }
    if choices.spread:
        manifest["spread"] = _told_of_spread(sorted_.spread)
    if choices.combining is not None and sorted_.combined is not None:
        manifest["combined"] = _told_of_combining(choices.combining, sorted_.combined)
    return manifest


def _told_of_as_of(readings: Sequence[Reading], as_of: date | None) -> dict[str, Any] | None:
    """Return the day that the counts stand for, and what that means for each file."""
    if as_of is None:
        return None
    return {"day": as_of.isoformat(), "files": {reading.file: _as_of_means(reading) for reading in readings}}


def _as_of_means(reading: Reading) -> str:
    span = reading.source.published
    return AS_OF_BY_ROW if dates_its_rows(reading) or span is None else AS_OF_BY_FILE.format(day=span[1])


def _told_of_attacks(readings: Sequence[Reading], choices: Choices, without: int) -> dict[str, Any]:
    """Return which events count as an attack, and which other definitions the files would allow."""
    return {
        "definition": choices.attacks,
        "meaning": ATTACK_DEFINITIONS[choices.attacks] + (_NOT_VIOLENCE if without else ""),
        "possible": list(possible_definitions([reading.events for reading in readings])),
    }


def _what_happened(used: pd.DataFrame, readings: Sequence[Reading]) -> dict[str, Any]:
    """Return how many of the events that are counted are of each attack type, and who was attacked."""
    sources = {reading.file: reading.source.key for reading in readings}
    parts = [(part, sources[str(file)]) for file, part in used.groupby("file", sort=True)]
    types = pd.concat([with_types(part, source)["kind"] for part, source in parts])
    whom = pd.concat([attacked(part, source, "unknown") for part, source in parts])
    return {"attack_types": _shares(types), "attacked": _shares(whom)}


def _told_of_combining(combining: Combining, combined: Combined) -> dict[str, Any]:
    return {
        "how": combining.how,
        "days": combining.days,
        "kilometres": combining.kilometres,
        "threshold": combined.links[0].settings.threshold,
        "links": [links.counts for links in combined.links],
        "sources": _shares(combined.events["sources"]),
    }


def _told_of_spread(events: pd.DataFrame) -> dict[str, Any]:
    return {
        "events": len(events),
        "precision": _shares(events["date_precision"]),
        "meaning": "whole counts by possible days; each day between first and last is taken to be as likely as any",
    }


def _origin(readings: Sequence[Reading]) -> dict[str, Any]:
    sources = list({reading.source.key: reading.source for reading in readings}.values())
    joined = {
        field: "; ".join(dict.fromkeys(str(getattr(source, name)) for source in sources))
        for field, name in _TOLD_OF_SOURCES.items()
    }
    caveats = dict.fromkeys(caveat for source in sources for caveat in source.caveats)
    return {**joined, "caveats": list(caveats), "raw": [_raw(reading) for reading in readings]}


def _raw(reading: Reading) -> dict[str, Any]:
    source = asdict(reading.source)
    return {
        "file": reading.file,
        "sha256": reading.sha256,
        "rows": reading.rows,
        "rejected": len(reading.rejects),
        "coverage": _span(reading.coverage),
        "vintage": _vintage(reading),
        "notes": dict(reading.notes or {}),
        "source": {
            name: source[name] for name in ("key", "title", "version", "licence", "citation", "url", "counts")
        },
    }


def _vintage(reading: Reading) -> dict[str, Any]:
    """Return the last day on which a row was recorded, and between which days the file came out, where known."""
    as_of, published = vintage_of(reading).as_of, reading.source.published
    return {
        "recorded_until": as_of.isoformat() if as_of else None,
        "published": _span(published) if published else None,
    }


def _boundaries(country: Country, boundaries: Path | None) -> dict[str, Any]:
    near = {"nearest_within_km": NEAREST_KM}
    if boundaries is not None:
        return {"file": boundaries.name, "sha256": sha256_of(boundaries), "policy": country.policy, **near}
    return {
        "file": "shapes.geojson of the gazetteer",
        "sha256": sha256_of(country.shapes_file),
        "source": country.shapes_source,
        "licence": country.shapes_licence,
        "policy": country.policy,
        **near,
    }


def _disagreements(located: Located) -> dict[str, Any]:
    differ = located.disagreements
    where = (differ["by_polygon"] + " by polygon").where(
        differ["by_polygon"].notna(), "outside every province by point"
    )
    pairs = differ["by_name"] + " by name, " + where
    return {"compared": located.compared, "disagree": len(differ), "pairs": _shares(pairs)}


def _weeks(window: tuple[date, date], days: pd.Series) -> dict[str, Any]:
    weeks = complete_weeks(*window, WEEK_START)
    before, after = days_left_over(*window, WEEK_START)
    whole = week_of(days, WEEK_START).isin(weeks)
    return {
        "start_on": WEEK_START,
        "number": len(weeks),
        "first": weeks[0].date().isoformat(),
        "last": weeks[-1].date().isoformat(),
        "days_left_over_before": before,
        "days_left_over_after": after,
        "events_left_over": int((~whole).sum()),
    }


def _span(window: tuple[date, date]) -> dict[str, str]:
    return {"first": window[0].isoformat(), "last": window[1].isoformat()}


def _shares(values: pd.Series) -> dict[str, int]:
    return {str(value): int(count) for value, count in values.value_counts().sort_index().items()}


def _total(counts: pd.Series) -> int | None:
    return None if counts.isna().any() else int(counts.sum())
