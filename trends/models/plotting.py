"""The picture of one result: counts, the fitted course, and the course without the interruption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from trends.models.result import InterruptedResult


def plot_result(result: InterruptedResult) -> Any:
    """Draw counts as points, fitted and expected counts as lines with their bands.

    Returns
    -------
    plotnine.ggplot
    """
    from plotnine import aes, geom_line, geom_point, geom_ribbon, geom_vline, ggplot, labs, theme_minimal

    segment = result.analysis.setting.segment
    stretch = (np.diff(segment, prepend=segment[0]) != 0).cumsum().astype(str)
    curves = result.counterfactual().assign(stretch=stretch).rename_axis("when").reset_index()
    after = curves[curves["when"] >= curves["when"][result.starts[0]]]
    dates = [item.date for item in result.interruptions]
    band = {"x": "when", "ymin": "expected_low", "ymax": "expected_high"}
    return (
        ggplot(curves, aes("when"))
        + geom_vline(xintercept=dates, linetype="dotted")
        + geom_ribbon(aes(**band), data=after, alpha=0.15)
        + geom_point(aes(y="observed"), data=curves[curves["observed"].notna()], size=0.8, alpha=0.5)
        + geom_line(aes(y="expected"), data=after, linetype="dashed")
        + geom_line(aes(y="fitted", group="stretch"), data=curves[curves["fitted"].notna()], color="#b03030")
        + labs(x="", y=f"events a {result.step}", title=result.name)
        + theme_minimal()
    )
