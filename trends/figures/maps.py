"""Provinces coloured by a rate."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from matplotlib.patheffects import withStroke
from plotnine import (
    aes,
    coord_fixed,
    element_blank,
    element_text,
    facet_wrap,
    geom_map,
    geom_text,
    ggplot,
    guide_colorbar,
    guides,
    labs,
    scale_fill_cmap,
    theme,
)

from trends.figures.theme import INK, OBSERVED, house_theme

_BAR = guide_colorbar(display="rectangles", nbin=24)  # a smooth gradient is a thousand triangles in an SVG
_HALO = [withStroke(linewidth=1.2, foreground="white")]


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
    drawn = drawn.assign(x=inside.x, y=inside.y)
    return (
        ggplot(drawn)
        + geom_map(aes(fill="rate"), color=OBSERVED, size=0.4)
        + geom_text(aes("x", "y", label="label"), color=INK, size=7.5, lineheight=1.05, path_effects=_HALO)
        + facet_wrap("period")
        + coord_fixed(ratio=1.19)
        + scale_fill_cmap("Blues", name=legend, limits=(0, float(drawn["rate"].max())))
        + guides(fill=_BAR)
        + labs(x="", y="")
        + house_theme()
        + theme(
            figure_size=(9, 5),
            axis_text=element_blank(),
            panel_grid_major=element_blank(),
            legend_position="bottom",
            legend_title=element_text(size=9),
            legend_key_width=240,
            legend_key_height=10,
        )
    )
