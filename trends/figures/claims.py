"""What the group claimed beside what a source recorded, for the same days."""

from __future__ import annotations

import pandas as pd
from plotnine import (
    aes,
    geom_point,
    geom_segment,
    geom_text,
    ggplot,
    labs,
    scale_color_manual,
    scale_shape_manual,
    scale_x_log10,
    theme,
)

from trends.figures.theme import EXPECTED, FITTED, OBSERVED, house_theme


def claims_against_records(rows: pd.DataFrame, recorded: str = "recorded with a death (UCDP)") -> ggplot:
    """Draw claimed and recorded counts as pairs on a logarithmic axis.

    Parameters
    ----------
    rows
        In the order wanted: ``label, claimed, recorded``; a recorded count of 0 is drawn at 0.5.
    recorded
        What the records are called.

    Returns
    -------
    plotnine.ggplot
    """
    kinds = {"claimed": "claimed by the group", "recorded": recorded}
    order = pd.Categorical(rows["label"], rows["label"][::-1])
    pairs = rows.assign(label=order, recorded_at=rows["recorded"].clip(lower=0.5))
    long = pairs.melt("label", list(kinds), "kind", "count")
    long = long.assign(
        at=long["count"].clip(lower=0.5),
        kind=pd.Categorical(long["kind"].map(kinds), list(kinds.values())),
        text=long["count"].map("{:,.0f}".format),
    )
    return (
        ggplot(long, aes("at", "label"))
        + geom_segment(aes(x="recorded_at", xend="claimed", yend="label"), data=pairs, color=OBSERVED, size=1)
        + geom_point(aes(color="kind", shape="kind"), size=4)
        + geom_text(aes(label="text"), nudge_y=0.32, size=8.5)
        + scale_x_log10(
            breaks=[1, 10, 100, 1000],
            labels=["1", "10", "100", "1,000"],
            limits=(0.4, rows["claimed"].max() * 2),
        )
        + scale_color_manual([EXPECTED, FITTED])
        + scale_shape_manual(["D", "o"])
        + labs(x="attacks (logarithmic axis)", y="")
        + house_theme()
        + theme(figure_size=(9, 1.5 + 0.5 * len(rows)))
    )
