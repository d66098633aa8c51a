"""What a panel was made from and how: the content of its manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from trends.calendar import complete_weeks, days_left_over
from trends.events import Located, actor_aliases
from trends.files import sha256_of
from trends.gazetteer import Country
from trends.panel import MEASURES
from trends.processed import FORMAT
from trends.sources import Reading

WEEK_START = "mon"
_TOLD_OF_SOURCES = {
    "source": "title",
    "version": "version",
    "licence": "licence",
    "citation": "citation",
    "url": "url",
    "counts": "counts",
}


def panel_manifest(
    readings: Sequence[Reading],
    country: Country,
    boundaries: Path | None,
    actor: str | None,
    window: tuple[date, date],
    located: Located,
    rejects: pd.DataFrame,
    rows: Mapping[str, int],
) -> dict[str, Any]:
    """Return what a reader has to know about a panel: sources, filters, accounts. No clock, no folder names.

    Parameters
    ----------
    readings
        The files that were read.
    country, boundaries, actor, window
        The choices that were made.
    located, rejects
        The events that are counted, and the records that could not be.
    rows
        What became of every record.
    """
    names = list(actor_aliases(actor, country)) if actor else None
    return {
        "format": FORMAT,
        **_origin(readings),
        "boundaries": _boundaries(country, boundaries),
        "country": country.key,
        "coverage": _span(window),
        "filters": {"actor": actor, "actor_names": names, "country": country.name, **_span(window)},
        "dates": {
            "counted_on": "the day the event starts",
            "precision": _shares(located.events["date_precision"]),
        },
        "located_by": _shares(located.events["located_by"]),
        "names_against_polygons": _disagreements(located),
        "rejected_by_reason": _shares(rejects["reason"]),
        "rows": dict(rows),
        "totals": {"attacks": len(located.events)}
        | {name: _total(located.events[name]) for name in MEASURES[1:]},
        "weeks": _weeks(window),
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
        "notes": dict(reading.notes or {}),
        "source": {
            name: source[name] for name in ("key", "title", "version", "licence", "citation", "url", "counts")
        },
    }


def _boundaries(country: Country, boundaries: Path | None) -> dict[str, Any]:
    if boundaries is not None:
        return {"file": boundaries.name, "sha256": sha256_of(boundaries), "policy": country.policy}
    return {
        "file": "shapes.geojson of the gazetteer",
        "sha256": sha256_of(country.shapes_file),
        "source": country.shapes_source,
        "licence": country.shapes_licence,
        "policy": country.policy,
    }


def _disagreements(located: Located) -> dict[str, Any]:
    pairs = (
        located.disagreements["by_name"] + " by name, " + located.disagreements["by_polygon"] + " by polygon"
    )
    return {"compared": located.compared, "disagree": len(located.disagreements), "pairs": _shares(pairs)}


def _weeks(window: tuple[date, date]) -> dict[str, Any]:
    weeks = complete_weeks(*window, WEEK_START)
    before, after = days_left_over(*window, WEEK_START)
    return {
        "start_on": WEEK_START,
        "number": len(weeks),
        "first": weeks[0].date().isoformat(),
        "last": weeks[-1].date().isoformat(),
        "days_left_over_before": before,
        "days_left_over_after": after,
    }


def _span(window: tuple[date, date]) -> dict[str, str]:
    return {"first": window[0].isoformat(), "last": window[1].isoformat()}


def _shares(values: pd.Series) -> dict[str, int]:
    return {str(value): int(count) for value, count in values.value_counts().sort_index().items()}


def _total(counts: pd.Series) -> int | None:
    return None if counts.isna().any() else int(counts.sum())
