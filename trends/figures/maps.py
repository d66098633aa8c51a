"""Provinces coloured by a rate."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from matplotlib import colormaps
from matplotlib.colors import to_hex
from plotnine import (
    aes,
    coord_fixed,
    element_blank,
    element_text,
    facet_wrap,
    geom_map,
    ggplot,
    guide_colorbar,
    guides,
    labs,
    scale_fill_cmap,
    theme,
)

from trends.figures.map_labels import TALL, lettering
from trends.figures.theme import OBSERVED, house_theme

_BAR = guide_colorbar(display="rectangles", nbin=24)  # a smooth gradient is a thousand triangles in an SVG
_PANEL, _SCALE = (3.3, 3.1), "Blues"  # inches of one of two maps


def rate_map(shapes: gpd.GeoDataFrame, rates: pd.DataFrame, *, legend: str) -> ggplot:
    """Draw one small map a period, on one colour scale.

    Parameters
    ----------
    shapes
        Index province code; geometry in degrees.
    rates
        ``province, period, rate, label``; a period is a facet, in order of appearance.
    legend
        Title of the colour scale.

    Returns
    -------
    plotnine.ggplot
    """
    drawn = gpd.GeoDataFrame(rates.merge(shapes[["geometry"]], left_on="province", right_index=True))
    drawn["period"] = pd.Categorical(drawn["period"], list(dict.fromkeys(rates["period"])))
    inside = drawn.geometry.representative_point()
    top = float(drawn["rate"].max())
    fill = [to_hex(colormaps[_SCALE](rate / top if top else 0.0)) for rate in drawn["rate"]]
    labels = pd.DataFrame(drawn.drop(columns="geometry")).assign(x=inside.x, y=inside.y, fill=fill)
    west, south, east, north = drawn.total_bounds
    return (
        ggplot(drawn)
        + geom_map(aes(fill="rate"), color=OBSERVED, size=0.4)
        + lettering(labels[labels["label"] != ""], _PANEL, (east - west, north - south))
        + facet_wrap("period")
        + coord_fixed(ratio=TALL)
        + scale_fill_cmap(_SCALE, name=legend, limits=(0, top))
        + guides(fill=_BAR)
        + labs(x="", y="")
        + house_theme()
        + theme(
            figure_size=(9, 5),
            axis_text=element_blank(),
            panel_grid_major=element_blank(),
            legend_position="bottom",
            legend_title=element_text(size=9, margin={"r": 10}),
            legend_key_width=240,
            legend_key_height=10,
        )
    )
