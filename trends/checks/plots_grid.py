"""The specification curve: estimates above, the choices that led to them below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from trends.checks.plots import BLUE, GREY, ORANGE, base, ratio_axis, within

if TYPE_CHECKING:
    from trends.checks.specifications import SpecificationGrid


def specification_figure(check: SpecificationGrid, rows: pd.DataFrame) -> Any:
    """Estimates of ``rows`` from left to right, and a marker for each choice below.

    Returns
    -------
    plotnine composition
        The estimates alone where no choice differs.
    """
    from plotnine import aes, element_blank, labs, scale_color_manual, scale_x_continuous, theme

    rows = rows.reset_index(drop=True)
    drawn = within(rows).assign(place=np.arange(len(rows)), fixed=rows["name"] == check.main)
    common = (
        scale_x_continuous(limits=(-0.5, len(rows) - 0.5), breaks=[]),
        scale_color_manual({True: ORANGE, False: BLUE}, guide=None),
        theme(axis_text_x=element_blank(), figure_size=(8, 4 + 0.18 * _levels(check))),
    )
    upper = _estimates(drawn) + labs(x="", y="rate ratio", title=check.title)
    for part in common:
        upper += part
    if not check.choices:
        return upper
    markers = drawn.melt(["place", "fixed"], list(check.choices), "choice", "value")
    words = markers["choice"].str.replace("_", " ") + ": " + markers["value"].astype(str)
    markers["row"] = pd.Categorical(words, sorted(set(words), reverse=True))
    from plotnine import geom_point

    lower = base(markers, aes("place", "row", color="fixed")) + geom_point(size=2) + labs(x="", y="")
    for part in common:
        lower += part
    return upper / lower


def _estimates(drawn: pd.DataFrame) -> Any:
    from plotnine import aes, geom_hline, geom_linerange, geom_point

    return (
        base(drawn, aes("place", "rate_ratio", color="fixed"))
        + geom_hline(yintercept=1, color=GREY)
        + geom_linerange(aes(ymin="low", ymax="high"))
        + geom_point(size=2)
        + ratio_axis()
    )


def _levels(check: SpecificationGrid) -> int:
    return sum(check.table[name].nunique() for name in check.choices)
