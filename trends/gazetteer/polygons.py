"""The shipped shapes of provinces as plain polygons, without the library of maps that takes long to load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from trends.errors import InputError

if TYPE_CHECKING:
    from trends.gazetteer.country import Country


def shipped_polygons(path: Path, country: Country) -> pd.Series:
    """Read the shapes that a gazetteer's folder holds.

    Parameters
    ----------
    path
        GeoJSON in longitude and latitude. Where its features do not all have the ``code`` of their province it is
        read as boundaries from elsewhere are, by the names in it.
    country
        The country whose provinces are looked for.

    Returns
    -------
    Series
        Valid shapely polygons; index ``code`` (sorted, every province once).

    Raises
    ------
    InputError
        The file cannot be read, or does not hold every province.
    """
    read = _features(path)
    if read is None:
        polygons: pd.Series = country.shapes()["geometry"]
        return polygons
    codes, shapes = read
    missing = [name for code, name in country.provinces["name"].items() if code not in set(codes)]
    if missing:
        raise InputError(
            f"no shape for {', '.join(missing)}", file=path.name, remedy="give a file with every province"
        )
    valid = pd.Series(shapely.make_valid(shapes), index=pd.Index(codes, name="code"), dtype=object)
    joined = {code: shapely.union_all(parts.to_numpy()) for code, parts in valid.groupby(level=0)}
    return pd.Series(joined, name="geometry", dtype=object).rename_axis("code").sort_index()


def _features(path: Path) -> tuple[list[str], Any] | None:
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        codes = [str(feature["properties"]["code"]) for feature in features]
        shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    except (ValueError, KeyError, TypeError, shapely.errors.GEOSException):
        return None
    return codes, shapes
