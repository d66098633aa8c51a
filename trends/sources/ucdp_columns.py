"""The columns of UCDP GED since 20.1, for files that were published without a header, as Candidate 24.0.1 was."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

# fmt: off
NAMES = (
    "id", "relid", "year", "active_year", "code_status", "type_of_violence", "conflict_dset_id",
    "conflict_new_id", "conflict_name", "dyad_dset_id", "dyad_new_id", "dyad_name", "side_a_dset_id",
    "side_a_new_id", "side_a", "side_b_dset_id", "side_b_new_id", "side_b", "number_of_sources",
    "source_article", "source_office", "source_date", "source_headline", "source_original", "where_prec",
    "where_coordinates", "where_description", "adm_1", "adm_2", "latitude", "longitude", "geom_wkt",
    "priogrid_gid", "country", "country_id", "region", "event_clarity", "date_prec", "date_start",
    "date_end", "deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low",
    "gwnoa", "gwnob",
)
# fmt: on
_SHAPES = {
    "id": r"\d+",
    "year": r"(19|20)\d\d",
    "type_of_violence": r"[123]",
    "side_a": r".*[^\W\d].*",
    "side_b": r".*[^\W\d].*",
    "where_prec": r"[1-7]",
    "latitude": r"-?\d+(\.\d+)?",
    "longitude": r"-?\d+(\.\d+)?",
    "geom_wkt": r"POINT ?\(\S+ \S+\)",
    "country": r".*[^\W\d].*",
    "event_clarity": r"[12]",
    "date_prec": r"[1-5]",
    "date_start": r"\d{4}-\d\d-\d\d( 00:00:00(\.0+)?)?",
    "date_end": r"\d{4}-\d\d-\d\d( 00:00:00(\.0+)?)?",
    **dict.fromkeys(
        ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low"), r"\d+"
    ),
}
_DEATHS = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")


def names_of(records: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    """Return the names of all columns of a file without a header, None unless its records leave no doubt.

    Every record has to have one cell for each of ``NAMES``, each column in use the shape that it has at UCDP, and what
    UCDP states twice has to agree: the point with its latitude and longitude, the year with the dates, the best
    estimate with the sum of the deaths by side.
    """
    if not records or any(len(record) != len(NAMES) for record in records):
        return None
    return NAMES if all(_agrees(dict(zip(NAMES, record, strict=True))) for record in records) else None


def _agrees(record: Mapping[str, str]) -> bool:
    if not all(re.fullmatch(shape, record[name].strip()) for name, shape in _SHAPES.items()):
        return False
    try:
        longitude, latitude = map(float, record["geom_wkt"].partition("(")[2].rstrip(") ").split())
    except ValueError:
        return False
    return (
        abs(longitude - float(record["longitude"])) < 1e-4
        and abs(latitude - float(record["latitude"])) < 1e-4
        and record["date_start"][:4] <= record["year"] <= record["date_end"][:4]
        and sum(int(record[name]) for name in _DEATHS) == int(record["best"])
        and int(record["low"]) <= int(record["high"])
    )
