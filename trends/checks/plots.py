"""Pictures of placebo dates, placebo outcomes, what was left out, and change points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from trends.checks.placebo import PlaceboDates

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#9aa5b1"
TICKS = [0.1, 0.25, 0.5, 0.8, 1, 1.25, 2, 4, 10]
LARGEST = 20.0


def placebo_figure(check: PlaceboDates) -> Any:
    """Rate ratio and its interval at every date; the real date in another colour."""
    from plotnine import aes, facet_wrap, geom_hline, geom_linerange, geom_point, labs, scale_color_manual

    drawn = within(check.table).assign(which=np.where(check.table["real"], "real date", "placebo date"))
    drawn["series"] = pd.Categorical(drawn["series"], list(dict.fromkeys(drawn["series"])))
    figure = (
        base(drawn, aes("date", "rate_ratio", color="which"))
        + geom_hline(yintercept=1, color="#1f2933", size=0.4)
        + geom_linerange(aes(ymin="low", ymax="high"), alpha=0.35)
        + geom_point(size=1)
        + geom_linerange(aes(ymin="low", ymax="high"), data=drawn[drawn["real"]], size=1)
        + geom_point(data=drawn[drawn["real"]], size=3)
        + scale_color_manual({"placebo date": GREY, "real date": ORANGE})
        + ratio_axis()
        + date_axis()
        + labs(x="", y="rate ratio, average over the weeks after", color="", title=check.title)
    )
    return figure + facet_wrap("series") if drawn["series"].nunique() > 1 else figure


def ratios_figure(rows: pd.DataFrame, label: str, title: str) -> Any:
    """Rate ratios with intervals, one row each in the order given; ``marked`` rows in another colour.

    Parameters
    ----------
    rows
        ``rate_ratio, low, high, marked`` and the column ``label``.
    """
    from plotnine import (
        aes,
        coord_flip,
        geom_hline,
        geom_linerange,
        geom_point,
        labs,
        scale_color_manual,
        theme,
    )

    names = rows[label].astype(str)
    drawn = within(rows).assign(row=pd.Categorical(names, list(dict.fromkeys(names))[::-1]))
    drawn = drawn.dropna(subset=["low", "high"])
    return (
        base(drawn, aes("row", "rate_ratio", color="marked"))
        + geom_hline(yintercept=1, color="#1f2933", size=0.4)
        + geom_linerange(aes(ymin="low", ymax="high"))
        + geom_point(size=2)
        + scale_color_manual({True: ORANGE, False: BLUE}, guide=None)
        + ratio_axis()
        + coord_flip()
        + labs(x="", y="rate ratio", title=title)
        + theme(figure_size=(7, 1.5 + 0.25 * len(drawn)))
    )


def within(rows: pd.DataFrame) -> pd.DataFrame:
    """Cut ratios off at 1/20 and 20, so that one wide interval does not flatten all others."""
    return rows.assign(
        **{name: rows[name].clip(1 / LARGEST, LARGEST) for name in ("rate_ratio", "low", "high")}
    )


def base(data: pd.DataFrame, mapping: Any) -> Any:
    """Start a plot in the common look."""
    from plotnine import element_blank, ggplot, theme, theme_minimal

    return (
        ggplot(data, mapping)
        + theme_minimal(base_family="DejaVu Sans")
        + theme(panel_grid_minor=element_blank(), legend_position="top", legend_title=element_blank())
    )


def date_axis() -> Any:
    """Dates as year and month, so that they do not run into each other."""
    from plotnine import scale_x_datetime

    return scale_x_datetime(date_labels="%Y-%m")


def ratio_axis() -> Any:
    """Logarithmic axis with ticks that read as ratios."""
    from plotnine import scale_y_log10

    return scale_y_log10(breaks=TICKS, labels=[f"{tick:g}" for tick in TICKS])
