"""The picture of several provinces: a forest of ratios, the pooled one on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from trends.models.pooling.findings import ProvinceFindings

FARTHEST = 32.0


def plot_provinces(findings: ProvinceFindings) -> Any:
    """Draw each ratio with its interval on a log scale; what lies beyond `FARTHEST` times ends at the edge.

    Returns
    -------
    plotnine.ggplot
    """
    from plotnine import (
        aes,
        coord_flip,
        geom_hline,
        geom_pointrange,
        ggplot,
        labs,
        position_dodge,
        scale_y_log10,
        theme_minimal,
    )

    table = findings.effects
    table = table[table["rate_ratio"].notna()].copy()
    order = [str(name) for name in dict.fromkeys(table["unit"])][::-1]
    for column in ("rate_ratio", "low", "high"):
        table[column] = np.clip(table[column], 1 / FARTHEST, FARTHEST)
    table["unit"] = pd.Categorical(table["unit"], categories=order)
    return (
        ggplot(table, aes("unit", "rate_ratio", ymin="low", ymax="high", color="kind"))
        + geom_hline(yintercept=1, linetype="dotted")
        + geom_pointrange(position=position_dodge(width=0.5))
        + scale_y_log10()
        + coord_flip()
        + labs(x="", y="rate after / rate before", color="")
        + theme_minimal()
    )
