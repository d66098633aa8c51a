"""Rate ratios of several units side by side, pooled units first."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from plotnine import (
    aes,
    element_blank,
    element_text,
    geom_point,
    geom_segment,
    geom_text,
    geom_vline,
    ggplot,
    labs,
    scale_color_manual,
    scale_shape_manual,
    scale_x_log10,
    scale_y_continuous,
    theme,
)

from trends.figures.theme import EXPECTED, FITTED, INK, MUTED, UNCERTAIN, house_theme

LIMIT: Final = 16.0
VERDICTS: Final = {"rise": EXPECTED, "fall": FITTED, "unclear": MUTED, "too few": UNCERTAIN}
_NAMES: Final = {
    "rise": "rise",
    "fall": "fall",
    "unclear": "unclear: the interval includes no change",
    "too few": "too few events to tell",
}

_SHAPES: Final = {"rise": "^", "fall": "v", "unclear": "o", "too few": "o"}


def forest(rows: pd.DataFrame, *, measure: str = "Attacks after / before, per week") -> ggplot:
    """Draw rate ratios with their intervals on a logarithmic axis, cut off at 1/16 and 16.

    Parameters
    ----------
    rows
        One row a unit, in the order wanted: ``label, section, rate_ratio, low, high, verdict, note``;
        ``verdict`` is one of ``rise, fall, unclear, too few``, ``note`` the text at the right margin.
    measure
        Title of the horizontal axis.

    Returns
    -------
    plotnine.ggplot
    """
    drawn = _placed(rows)
    headings = drawn.drop_duplicates("section")
    shown = drawn.dropna(subset=["low", "high"])
    points = shown[shown["finite"]]
    present = list(drawn["verdict"].cat.categories)
    return (
        ggplot(drawn, aes(y="place"))
        + geom_vline(xintercept=1, color=INK, size=0.5)
        + geom_segment(aes(x="low", xend="high", yend="place", color="verdict"), data=shown, size=1)
        + geom_point(aes(x="rate_ratio", color="verdict", shape="verdict"), data=points, size=3, fill="white")
        + geom_text(aes(label="note"), x=LIMIT * 1.25, ha="left", size=8, color=INK)
        + geom_text(
            aes(y="heading", label="section"),
            data=headings,
            x=1 / LIMIT,
            ha="left",
            size=9,
            fontweight="bold",
            color=INK,
        )
        + scale_x_log10(
            breaks=[1 / 16, 1 / 4, 1 / 2, 1, 2, 4, 16],
            labels=["1/16", "1/4", "1/2", "1", "2", "4", "16"],
            limits=(1 / LIMIT, LIMIT * 40),
            expand=(0.01, 0),
        )
        + scale_y_continuous(breaks=list(drawn["place"]), labels=list(drawn["label"]), expand=(0, 0.6))
        + scale_color_manual([VERDICTS[v] for v in present], labels=[_NAMES[v] for v in present])
        + scale_shape_manual([_SHAPES[v] for v in present], labels=[_NAMES[v] for v in present])
        + labs(x=measure, y="")
        + house_theme()
        + theme(
            figure_size=(9, 1.3 + 0.27 * len(rows)),
            panel_grid_major_y=element_blank(),
            axis_title_x=element_text(ha="left"),
        )
    )


def _placed(rows: pd.DataFrame) -> pd.DataFrame:
    """Give each row its height (from the top, a line for each section's heading) and cut intervals at the limits."""
    ratios = rows["rate_ratio"]
    new = rows["section"].ne(rows["section"].shift())
    place = -(pd.Series(range(len(rows)), index=rows.index) + 1.15 * new.cumsum())
    return rows.assign(
        place=place,
        heading=place + 1,
        finite=np.isfinite(ratios) & (ratios > 0),
        verdict=pd.Categorical(rows["verdict"], [v for v in VERDICTS if v in set(rows["verdict"])]),
        **{name: rows[name].clip(1 / LIMIT, LIMIT) for name in ("rate_ratio", "low", "high")},
    )
