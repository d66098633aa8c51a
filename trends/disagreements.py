"""Names against polygons: events whose point lies in another province than the named one, or in none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from trends.events import kilometres_to, locate
from trends.gazetteer import Country

COLUMNS = ("row", "event_id", "province_name", "longitude", "latitude", "by_name", "by_polygon", "kilometres")
_TOGETHER = 4096  # points looked at together: each takes a copy of a shape


def disagreements(events: pd.DataFrame, country: Country, boundaries: Path | None = None) -> pd.DataFrame:
    """List the events whose province by name and by polygon differ; the name counts.

    A few kilometres are a matter of how coarse the boundaries are; more is a mistake in the name or the point.

    Parameters
    ----------
    events
        Events of one country, as a ``Reading`` has them.
    country
        Its provinces.
    boundaries
        Polygons to use instead of the shipped, simplified ones.

    Returns
    -------
    DataFrame
        ``COLUMNS``, and ``file`` first where the events have it; ``kilometres`` is how far the point lies from
        the province that is named, roughly where they are hundreds; ``by_polygon`` is missing where the point
        lies outside every province, as 0, 0 does. Furthest first, then by row.
    """
    wanted = [name for name in ("file", *COLUMNS) if name in events]
    found = locate(
        events.reset_index(drop=True).assign(row=range(len(events))), country, boundaries
    ).disagreements
    listed = events.iloc[found["row"]][wanted].reset_index(drop=True)
    listed = listed.assign(by_name=found["by_name"], by_polygon=found["by_polygon"])
    shapes = country.polygons(boundaries) if len(listed) else pd.Series(dtype=object)
    points = listed[["longitude", "latitude"]].to_numpy(dtype=float)
    named = shapes[listed["by_name"]].to_numpy()
    away = [
        kilometres_to(points[at : at + _TOGETHER], named[at : at + _TOGETHER])
        for at in range(0, len(listed), _TOGETHER)
    ]
    listed = listed.assign(kilometres=np.concatenate([np.zeros(0), *away]).round(1))
    return listed.sort_values(["kilometres", "row"], ascending=[False, True], ignore_index=True)
