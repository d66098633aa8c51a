"""Which country the events of some files are from: by its name, its provinces' names, or where they lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely

from trends.errors import InputError
from trends.gazetteer.country import Country, countries, load_country


def country_of(tables: Sequence[pd.DataFrame], key: str | None = None) -> Country:
    """Return the country that events lie in.

    The names in the column ``country`` say so; where no event names one, it is the only country that has any
    of the provinces named or, failing that, holds any of the points.

    Parameters
    ----------
    tables
        Events, with columns ``country``, ``province_name``, ``longitude`` and ``latitude``.
    key
        The country's key where the user names it; nothing is looked for then.

    Raises
    ------
    UnknownNameError
        There is no country of that key.
    InputError
        The events name no country that is shipped, or more than one, or do not say.
    """
    if key is not None:
        return load_country(key)
    shipped = [load_country(known) for known in countries()]
    names = _named(tables, "country")
    if names:
        fitting = [place for place in shipped if any(place.is_called(name) for name in names)]
        return _only(fitting, f"the files name no country that is known ({', '.join(names[:5])})")
    provinces = pd.Series(_named(tables, "province_name"), dtype=object)
    fitting = [place for place in shipped if place.match_all(provinces).notna().any()]
    if not fitting:
        coordinates = pd.concat([table[["longitude", "latitude"]] for table in tables]).drop_duplicates()
        fitting = [place for place in shipped if _holds_any(place, coordinates.to_numpy(dtype=float))]
    return _only(fitting, "the files name no country, and nothing in them lies in one that is known")


def _named(tables: Sequence[pd.DataFrame], column: str) -> list[str]:
    return sorted({str(name) for table in tables for name in table[column].dropna().unique()})


def _only(fitting: Sequence[Country], if_none: str) -> Country:
    if len(fitting) == 1:
        return fitting[0]
    several = f"the files hold events of {' and of '.join(place.name for place in fitting)}"
    raise InputError(
        several if fitting else if_none,
        column="country",
        remedy=f"name one of {', '.join(countries())}",
    )


def _holds_any(country: Country, coordinates: np.ndarray) -> bool:
    """Tell whether any of the points, (n, 2) longitude and latitude, lies in a country."""
    whole = shapely.union_all(country.polygons().to_numpy())
    shapely.prepare(whole)
    return bool(shapely.contains_xy(whole, coordinates[:, 0], coordinates[:, 1]).any())
