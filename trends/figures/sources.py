"""Figures of the quality report."""

from __future__ import annotations

import numpy as np
import pandas as pd
from plotnine import (
    aes,
    element_blank,
    facet_wrap,
    geom_col,
    geom_point,
    geom_segment,
    geom_text,
    geom_tile,
    ggplot,
    labs,
    scale_color_identity,
    scale_fill_gradient,
    scale_fill_manual,
    scale_x_discrete,
    theme,
)

from trends.figures.theme import EXPECTED, FITTED, INK, OBSERVED, house_theme
from trends.findings.sources_quality import QualityFindings
from trends.findings.words import days

_OUTCOMES = {"used": FITTED, "rejected": EXPECTED}
_OTHERS = ("#cbd2d9", "#9aa5b1", "#e69f00", "#7b8794", "#009e73")


def counted(found: QualityFindings) -> ggplot:
    """Draw events counted by province and year as a grid of shaded numbers; a zero is written as one."""
    table = found.main.counted
    long = table.reset_index().melt("province", var_name="year", value_name="events")
    order = list(table.sum(axis=1).sort_values(kind="stable").index)
    shade = np.log1p(long["events"])
    long = long.assign(
        province=pd.Categorical(long["province"], order),
        shade=shade,
        ink=np.where(shade > 0.6 * shade.max(), "#ffffff", INK),
    )
    return (
        ggplot(long, aes("year", "province"))
        + geom_tile(aes(fill="shade"), color="white", size=0.8)
        + geom_text(aes(label="events", color="ink"), size=8.5)
        + scale_fill_gradient("#f4f6f8", FITTED)
        + scale_color_identity()
        + labs(x="", y="")
        + house_theme()
        + theme(legend_position="none", panel_grid_major=element_blank())
    )


def outcomes(found: QualityFindings) -> ggplot:
    """Draw what became of the rows of each panel, by year."""
    tables = [
        one.quality.by_year.drop(columns="read")
        .melt("year", var_name="outcome", value_name="rows")
        .assign(panel=one.name)
        for one in found.panels
    ]
    long = pd.concat(tables, ignore_index=True)
    long = long[long["rows"] > 0]
    names = [name for name in ("used", "rejected") if name in set(long["outcome"])]
    names += sorted(set(long["outcome"]) - set(names))
    others = iter(_OTHERS)
    colours = [_OUTCOMES.get(name) or next(others, OBSERVED) for name in names]
    years = sorted(set(long["year"]))
    long = long.assign(
        outcome=pd.Categorical(long["outcome"], names[::-1]),
        panel=pd.Categorical(long["panel"], [one.name for one in found.panels]),
        year=pd.Categorical(long["year"], years),
    )
    return (
        ggplot(long, aes("year", "rows", fill="outcome"))
        + geom_col(width=0.8)
        + facet_wrap("panel", ncol=1)
        + scale_fill_manual(values=dict(zip(names, colours, strict=True)), breaks=names)
        + labs(x="", y="rows")
        + house_theme()
        + scale_x_discrete(breaks=years if len(years) <= 10 else years[:: -(-len(years) // 10)])
    )


def published(found: QualityFindings) -> ggplot:
    """Draw recorded events for every 100 that others counted, with intervals."""
    rows = found.published
    labels = [
        f"{days(start, end)}\n{source}"
        for start, end, source in zip(rows["start"], rows["end"], rows["source_name"], strict=True)
    ]
    table = rows.assign(label=pd.Categorical(labels, list(dict.fromkeys(labels))[::-1]))
    table[["share", "low", "high"]] *= 100
    table["text"] = [f"{share:.1f}" for share in table["share"]]
    return (
        ggplot(table, aes("share", "label"))
        + geom_segment(aes(x="low", xend="high", yend="label"), color=OBSERVED, size=1.2)
        + geom_point(color=FITTED, size=3)
        + geom_text(aes(label="text"), nudge_y=0.3, size=8.5)
        + labs(x="recorded events for every 100 attacks that others counted", y="")
        + house_theme()
    )
