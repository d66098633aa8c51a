"""Shapes of provinces, from the gazetteer's own file or from a boundaries file that a user gives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely
from pyogrio.errors import DataSourceError  # type: ignore[import-untyped]

from trends.errors import InputError

if TYPE_CHECKING:
    from trends.gazetteer.country import Country

WGS84 = "EPSG:4326"


def read_boundaries(path: Path, country: Country) -> gpd.GeoDataFrame:
    """Read the shapes of every province of a country.

    The column that names the provinces is found through the gazetteer's spellings, so that COD-AB
    (``ADM1_EN``, ``ADM1_AR``, ``ADM1_PCODE``), Natural Earth (``name``) and most others work as they are.
    Areas that the gazetteer counts as one province are joined.

    Parameters
    ----------
    path
        Any polygon file that GDAL reads (GeoJSON, GeoPackage, shapefile).
    country
        The country whose provinces are looked for.

    Returns
    -------
    GeoDataFrame
        Index ``code`` (sorted, every province once), column ``geometry``; EPSG:4326.

    Raises
    ------
    InputError
        The file cannot be read, holds no polygons, or does not name every province.
    """
    areas = _read(path)
    codes = _province_of_each(areas, country, path)
    missing = [name for code, name in country.provinces["name"].items() if code not in set(codes)]
    if missing:
        raise InputError(
            f"no shape for {', '.join(missing)}", file=path.name, remedy="give a file with every province"
        )
    geometry = shapely.make_valid(areas.geometry.to_numpy())
    joined = gpd.GeoSeries(geometry, index=pd.Index(codes, name="code"), crs=areas.crs).groupby(level=0)
    shapes = joined.apply(lambda parts: shapely.union_all(parts.to_numpy()))
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, crs=areas.crs)).sort_index()


def _read(path: Path) -> gpd.GeoDataFrame:
    if not path.is_file():
        raise InputError("there is no such file", file=path, remedy="name the boundaries file")
    try:
        areas = gpd.read_file(path)
    except (DataSourceError, UnicodeDecodeError, ValueError) as error:
        raise InputError(
            "cannot be read as a file of shapes",
            file=path.name,
            remedy="give GeoJSON, GeoPackage or a shapefile",
        ) from error
    if not isinstance(areas, gpd.GeoDataFrame) or areas.empty:
        raise InputError("holds no shapes", file=path.name, remedy="give a file of province polygons")
    if not areas.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise InputError(
            "holds something other than polygons", file=path.name, remedy="give province polygons"
        )
    return areas.to_crs(WGS84) if areas.crs is not None else areas.set_crs(WGS84)


def _province_of_each(areas: gpd.GeoDataFrame, country: Country, path: Path) -> list[str]:
    names = areas.drop(columns=areas.geometry.name).select_dtypes(include=["object", "string"])
    codes = names.apply(lambda column: country.match_all(column))
    known = codes.notna().sum().sort_values(ascending=False, kind="stable")
    if known.empty or known.iloc[0] == 0:
        raise InputError(
            f"no column names provinces of {country.name}",
            file=path.name,
            remedy="give first-level boundaries",
        )
    column = str(known.index[0])
    unknown = names.loc[codes[column].isna(), column].astype(str).tolist()
    if unknown:
        listed = ", ".join(repr(name) for name in unknown[:5])
        raise InputError(
            f"{len(unknown)} areas are no provinces of {country.name}: {listed}",
            file=path.name,
            column=column,
        )
    return [str(code) for code in codes[column]]
