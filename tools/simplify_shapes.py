"""Simplify a country's province shapes for the gazetteer, shared borders staying shared.

Usage: ``python tools/simplify_shapes.py IN.geojson COUNTRY``. Writes the country's ``shapes.geojson``.
The borders are simplified as one coverage (Visvalingam-Whyatt, ``shapely.coverage_simplify``, shapely 2.1 or
later), so that neighbours neither gap nor overlap; coordinates keep three decimals (about 100 m).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import geopandas as gpd
import shapely

from trends.gazetteer import load_country
from trends.gazetteer.shapes import read_boundaries

TOLERANCE_DEGREES = 0.01
GRID_DEGREES = 0.001


def simplified(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return the shapes on a coarser grid, borders simplified once for both neighbours."""
    geometries = shapely.coverage_simplify(shapes.to_numpy(), tolerance=TOLERANCE_DEGREES)
    return gpd.GeoSeries(shapely.set_precision(geometries, GRID_DEGREES), index=shapes.index, crs=shapes.crs)


def feature(code: str, name: str, geometry: shapely.Geometry) -> dict[str, object]:
    """Return one GeoJSON feature with its code and name."""
    return {
        "type": "Feature",
        "properties": {"code": code, "name": name},
        "geometry": json.loads(shapely.to_geojson(geometry)),
    }


def main(source: Path, key: str) -> None:
    """Write the shapes of country ``key``."""
    country = load_country(key)
    shapes = simplified(read_boundaries(source, country).geometry)
    names = country.provinces["name"]
    features = [feature(code, names[code], geometry) for code, geometry in shapes.items()]
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
    out = Path(__file__).parent.parent / "trends" / "gazetteer" / key / "shapes.geojson"
    out.write_text(
        text.replace('{"type":"Feature",', '\n{"type":"Feature",') + "\n", encoding="utf-8", newline="\n"
    )
    valid = shapely.coverage_is_valid(shapes.to_numpy())
    print(f"{out.name}: {out.stat().st_size} bytes, coverage valid: {valid}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
