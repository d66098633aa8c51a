"""How deadly the recorded attacks were, over time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from plotnine import (
    aes,
    geom_point,
    geom_segment,
    geom_text,
    geom_vline,
    ggplot,
    labs,
    scale_x_date,
    scale_y_continuous,
    theme,
)

from trends.figures.theme import EXPECTED, INK, OBSERVED, house_theme


def deaths_per_attack(days: pd.DataFrame, means: pd.DataFrame, interruption: pd.Timestamp) -> ggplot:
    """Draw deaths per attack of each province-day, with the mean of each period; the means are named above all points.

    Parameters
    ----------
    days
        ``date, deaths_per_attack``: one row a province and day with an attack.
    means
        ``start, end, mean, label``: one row a period.
    interruption
        Date of the dotted line.

    Returns
    -------
    plotnine.ggplot
    """
    highest = max([1.0, *days["deaths_per_attack"]])
    above = float(np.expm1(1.14 * np.log1p(highest)))  # a line free of points
    named = means.assign(middle=means["start"] + (means["end"] - means["start"]) / 2)
    return (
        ggplot()
        + geom_point(aes("date", "deaths_per_attack"), data=days, color=OBSERVED, alpha=0.75, size=1.8)
        + geom_vline(xintercept=interruption, linetype="dotted", color=INK, size=0.5)
        + geom_segment(aes("start", "mean", xend="end", yend="mean"), data=means, color=EXPECTED, size=1.2)
        + geom_text(aes("middle", label="label"), y=above, data=named, va="top", size=8.5, color=INK)
        + scale_x_date(date_breaks="6 months", date_labels="%Y-%m")
        + scale_y_continuous(trans="log1p", breaks=[0, 1, 2, 5, 10, 20, 40, 80], limits=(0, above))
        + labs(x="", y="deaths per attack (log axis)")
        + house_theme()
        + theme(figure_size=(9, 3.6))
    )
