"""The power curves as a figure, the same bytes from the same numbers."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pandas as pd

from trends.figures.theme import EXPECTED, FITTED, MUTED, house_theme

LEVEL = 0.05
OTHER = "#009e73"


def svg(power: pd.DataFrame) -> str:
    """Draw the figure and return it as SVG without date or random names."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "power", "svg.fonttype": "path"}):
        out = BytesIO()
        figure(power).save(out, format="svg", verbose=False, metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in out.getvalue().decode("utf-8").splitlines()) + "\n"


def figure(power: pd.DataFrame) -> Any:
    """Share of changed provinces that are flagged, over the true ratio."""
    from plotnine import (
        aes,
        facet_grid,
        geom_hline,
        geom_line,
        geom_point,
        ggplot,
        labs,
        scale_color_manual,
        scale_linetype_manual,
        scale_x_continuous,
        scale_y_continuous,
        theme,
    )

    drawn = power.assign(
        where=power["where"].map({"one": "one province changes", "all": "all change"}),
        rho=pd.Categorical(power["rho"].map("rho {:g}".format)),
        profile=pd.Categorical(power["profile"], list(power["profile"].unique())),
    )
    names = list(power["method"].unique())
    return (
        ggplot(drawn, aes("ratio", "power", color="method", linetype="rho"))
        + geom_hline(yintercept=LEVEL, linetype="dashed", color=MUTED, size=0.5)
        + geom_line()
        + geom_point(size=1.5)
        + facet_grid("where", "profile")
        + scale_color_manual(dict(zip(names, (EXPECTED, OTHER, FITTED), strict=True)))
        + scale_linetype_manual(("solid", "dotted"))
        + scale_x_continuous(breaks=sorted(power["ratio"].unique()))
        + scale_y_continuous(limits=(0, 1), breaks=[0, 0.25, 0.5, 0.75, 1])
        + labs(x="true ratio of rates after over before", y="share of changed provinces flagged")
        + house_theme()
        + theme(figure_size=(8, 4.6))
    )
