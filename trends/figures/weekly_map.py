"""The provinces of a country on two small maps: one week, and the year before."""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from plotnine import (
    aes,
    coord_fixed,
    element_blank,
    element_text,
    facet_wrap,
    geom_polygon,
    ggplot,
    labs,
    scale_fill_manual,
    theme,
)

from trends.figures.map_labels import TALL, lettering
from trends.figures.theme import GRID, INK, OBSERVED, house_theme

BANDS = (0.0, 0.5, 1.0, 2.0, 5.0)
_COLOURS = ("#ffffff", "#fee8c8", "#fdbb84", "#ef6548", "#b30000", "#7f0000")
_PANEL = (3.2, 3.1)  # inches of one map


def two_maps(shapes: Path, provinces: pd.DataFrame, week: pd.Timestamp) -> ggplot:
    """Draw the week and the year before it.

    Parameters
    ----------
    shapes
        GeoJSON with a property ``code``; only outlines are drawn, so that no library of geometry is needed.
    provinces
        ``province, name, attacks, year_attacks, year_weeks, week_rate, year_rate``.
    week
        The week's first day.

    Returns
    -------
    plotnine.ggplot
    """
    outlines, centres = _outlines(str(shapes))
    values = _by_period(provinces, week)
    drawn = outlines.merge(values, on="province")
    drawn["band"] = drawn["band"].cat.remove_unused_categories()
    span = float(np.ptp(outlines["x"])), float(np.ptp(outlines["y"]))
    rest = outlines[~outlines["province"].isin(provinces["province"])]
    colours = dict(zip(band_names(), _COLOURS, strict=True))
    present = list(drawn["band"].cat.categories)
    return (
        ggplot(drawn, aes("x", "y"))
        + geom_polygon(aes(group="ring"), data=rest, fill=GRID, color=OBSERVED, size=0.3)
        + geom_polygon(aes(group="ring", fill="band"), color=OBSERVED, size=0.35)
        + lettering(_labels(values, centres), _PANEL, span)
        + facet_wrap("period")
        + scale_fill_manual([colours[name] for name in present], name="per 100,000 people and year")
        + coord_fixed(ratio=TALL)
        + labs(x="", y="")
        + house_theme()
        + _map_theme()
    )


def _labels(values: pd.DataFrame, centres: pd.DataFrame) -> pd.DataFrame:
    """Name each province with an attack and its number."""
    labels = values[values["count"] > 0].merge(centres, on="province")
    colours = dict(zip(band_names(), _COLOURS, strict=True))
    fill = [colours[band] for band in labels["band"]]
    return labels.assign(label=labels["name"] + "\n" + labels["count"].astype(str), fill=fill)


def _map_theme() -> theme:
    return theme(
        axis_text=element_blank(),
        panel_grid_major=element_blank(),
        legend_title=element_text(size=8.5, color=INK, margin={"r": 8}),
        legend_text=element_text(size=8),
        legend_key_size=11,
    )


def _by_period(provinces: pd.DataFrame, week: pd.Timestamp) -> pd.DataFrame:
    """Put the week and the year before it under each other, each province with its class of rates."""
    titles = (f"Week of {week:%Y-%m-%d}", f"The {provinces['year_weeks'].iloc[0]} weeks before")
    columns = (("attacks", "week_rate"), ("year_attacks", "year_rate"))
    parts = [
        provinces[["province", "name"]].assign(
            period=title, count=provinces[count], rate=provinces[rate].fillna(0.0)
        )
        for title, (count, rate) in zip(titles, columns, strict=True)
    ]
    values = pd.concat(parts, ignore_index=True)
    bands = pd.Categorical([band_of(rate) for rate in values["rate"]], band_names(), ordered=True)
    return values.assign(period=pd.Categorical(values["period"], titles), band=bands)


def band_names() -> list[str]:
    """Name the classes of the colour scale, lowest first."""
    return ["none", *(f"{low:g} to {high:g}" for low, high in pairwise(BANDS)), f"over {BANDS[-1]:g}"]


def band_of(rate: float) -> str:
    """Return the class of a rate; an upper limit belongs to the lower class."""
    return band_names()[int(np.searchsorted(BANDS, rate, side="left"))]


@lru_cache(maxsize=8)
def _outlines(shapes: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the outer rings as points (``province, ring, x, y``) and a place for each province's label."""
    features = json.loads(Path(shapes).read_text(encoding="utf-8"))["features"]
    points, centres = [], []
    for feature in features:
        code, rings = feature["properties"]["code"], _rings(feature["geometry"])
        for number, ring in enumerate(rings):
            points.append(
                pd.DataFrame(ring[:, :2], columns=["x", "y"]).assign(ring=f"{code}-{number}", province=code)
            )
        centres.append((code, *_centre(max(rings, key=lambda one: abs(_area(one))))))
    return pd.concat(points, ignore_index=True), pd.DataFrame(centres, columns=["province", "x", "y"])


def _rings(geometry: dict[str, Any]) -> list[np.ndarray]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [np.asarray(polygon[0], dtype=float) for polygon in polygons]


def _area(ring: np.ndarray) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def _centre(ring: np.ndarray) -> tuple[float, float]:
    """Return the centroid of a ring."""
    x, y = ring[:, 0], ring[:, 1]
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    area = 3 * cross.sum()
    return float(((x[:-1] + x[1:]) * cross).sum() / area), float(((y[:-1] + y[1:]) * cross).sum() / area)
