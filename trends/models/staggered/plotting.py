"""The picture of an event study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trends.models.staggered.result import StaggeredResult


def plot_event_study(result: StaggeredResult) -> Any:
    """Draw ratios by time since treatment, with pointwise (thick) and simultaneous (thin) intervals.

    Returns
    -------
    plotnine.ggplot
    """
    from plotnine import (
        aes,
        geom_hline,
        geom_linerange,
        geom_point,
        geom_vline,
        ggplot,
        labs,
        scale_y_log10,
        theme_minimal,
    )

    table = result.event_study
    table = table[table["rate_ratio"] > 0].assign(middle=lambda t: (t["first"] + t["last"]) / 2)
    ranged = table[table["low"].notna()]
    return (
        ggplot(table, aes("middle", "rate_ratio"))
        + geom_hline(yintercept=1, linetype="dotted")
        + geom_vline(xintercept=-0.5, linetype="dashed")
        + geom_linerange(aes(ymin="all_low", ymax="all_high"), data=ranged, size=0.4)
        + geom_linerange(aes(ymin="low", ymax="high"), data=ranged, size=1.2)
        + geom_point(aes(color="kind"))
        + scale_y_log10()
        + labs(x=f"{result.step}s since the province's own date", y="events / expected without it", color="")
        + theme_minimal()
    )
