"""The picture of one area: its counts, what was expected, and the threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from trends.surveillance.result import Alerts

COUNTS, EXPECTED, THRESHOLD = "#9aa5b1", "#0072b2", "#d55e00"  # Okabe & Ito (2008)


def plot_area(found: Alerts, area: str, weeks: int) -> Any:
    """Draw the last counts of an area as bars; expected count and threshold as steps where a week was tested.

    Raises
    ------
    UnknownNameError
        The area is not in the table.
    """
    from plotnine import aes, geom_col, geom_point, geom_step, ggplot, labs, scale_color_manual, theme_minimal

    row = found.row(area)
    counts = found.history[row["area"]].iloc[-weeks:].rename("observed").rename_axis("week").reset_index()
    tested = found.table[(found.table["area"] == row["area"]) & found.table["threshold"].notna()]
    tested = tested[tested["week"] >= counts["week"].min()]
    lines = tested.melt("week", ["expected", "threshold"], var_name="line", value_name="count")
    lines["count"] = lines["count"].astype(float)
    lines = lines[np.isfinite(lines["count"])]
    draw = geom_step if tested["week"].nunique() > 1 else geom_point
    return (
        ggplot(counts, aes("week"))
        + geom_col(aes(y="observed"), fill=COUNTS, width=6)
        + draw(aes(y="count", color="line"), data=lines)
        + geom_point(aes(y="observed"), data=tested[tested["alert"]], color=THRESHOLD, shape="^", size=3)
        + scale_color_manual({"expected": EXPECTED, "threshold": THRESHOLD}, name="")
        + labs(x="", y="events a week", title=str(row["name"]))
        + theme_minimal()
    )
