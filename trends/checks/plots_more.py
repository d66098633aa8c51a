"""Pictures of power, change points and cross-checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trends.checks.plots import BLUE, GREY, ORANGE, base, date_axis

if TYPE_CHECKING:
    from trends.checks.change_point import ChangePoint
    from trends.checks.power import Power

RATIO_TICKS = [0.125, 0.25, 0.5, 1, 2, 4, 8]


def power_figure(check: Power, wanted: float) -> Any:
    """Power by rate ratio, with the level that is wanted and the detectable changes."""
    from plotnine import (
        aes,
        geom_hline,
        geom_line,
        geom_linerange,
        geom_point,
        geom_vline,
        labs,
        scale_x_log10,
    )

    rows = check.table.assign(
        low=np.clip(check.table["detected"] - 1.96 * check.table["std_error"], 0, 1),
        high=np.clip(check.table["detected"] + 1.96 * check.table["std_error"], 0, 1),
    )
    found = [change.ratio for change in (check.fall, check.rise) if np.isfinite(change.ratio)]
    return (
        base(rows, aes("ratio", "detected"))
        + geom_hline(yintercept=wanted, linetype="dashed", color=GREY)
        + geom_vline(xintercept=found, linetype="dotted", color=ORANGE)
        + geom_line(color=BLUE)
        + geom_linerange(aes(ymin="low", ymax="high"), color=BLUE)
        + geom_point(color=BLUE)
        + scale_x_log10(breaks=RATIO_TICKS, labels=[f"{tick:g}" for tick in RATIO_TICKS])
        + labs(
            x="rate ratio after the interruption", y="share of simulations that find it", title=check.title
        )
    )


def change_figure(check: ChangePoint) -> Any:
    """Statistic by week; weeks of the set in colour, the real date as a line."""
    from plotnine import aes, geom_line, geom_point, geom_vline, labs, scale_color_manual

    drawn = check.table.assign(
        which=np.where(check.table["in_set"], f"in the {100 * check.level:g} % set of dates", "outside")
    )
    colours = {f"in the {100 * check.level:g} % set of dates": BLUE, "outside": GREY}
    return (
        base(drawn, aes("date", "statistic"))
        + geom_vline(xintercept=[check.real], color=ORANGE, linetype="dashed")
        + geom_line(color=GREY)
        + geom_point(aes(color="which"), size=1.2)
        + scale_color_manual(colours)
        + date_axis()
        + labs(x="", y="chi-square of a change", title=check.title)
    )
