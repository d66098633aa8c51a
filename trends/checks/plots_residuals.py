"""Four panels of residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from trends.checks.plots import BLUE, GREY, ORANGE, base, date_axis

if TYPE_CHECKING:
    from trends.checks.residuals import Residuals


def residual_figure(check: Residuals) -> Any:
    """Residuals over time and by quantile above; correlation and influence below."""
    from plotnine import theme

    size = theme(figure_size=(9, 6))
    upper = (_over_time(check) + size) | (_quantiles(check) + size)
    return upper / ((_correlation(check) + size) | (_influence(check) + size))


def _over_time(check: Residuals) -> Any:
    from plotnine import aes, geom_hline, geom_point, labs

    lines = geom_hline(yintercept=[-1.96, 0, 1.96], color=GREY, linetype="dashed")
    points = geom_point(color=BLUE, size=1)
    return (
        base(check.table, aes("date", "quantile"))
        + lines
        + points
        + date_axis()
        + labs(x="", y="quantile residual")
    )


def _quantiles(check: Residuals) -> Any:
    from plotnine import aes, geom_abline, geom_point, labs

    found = np.sort(check.table["quantile"].to_numpy())
    expected = stats.norm.ppf((np.arange(len(found)) + 0.5) / len(found))
    rows = pd.DataFrame({"expected": expected, "found": found})
    line = geom_abline(slope=1, intercept=0, color=GREY)
    labels = labs(x="normal quantile", y="quantile residual")
    return base(rows, aes("expected", "found")) + line + geom_point(color=BLUE, size=1) + labels


def _correlation(check: Residuals) -> Any:
    from plotnine import aes, geom_hline, geom_linerange, geom_point, labs, position_dodge, scale_color_manual

    rows = check.correlation.melt("lag", ["autocorrelation", "partial"], "kind", "value")
    aside = position_dodge(width=0.5)
    return (
        base(rows, aes("lag", "value", color="kind"))
        + geom_hline(yintercept=[-check.band, check.band], linetype="dashed", color=GREY)
        + geom_linerange(aes(ymin=0, ymax="value"), position=aside)
        + geom_point(size=1, position=aside)
        + scale_color_manual({"autocorrelation": BLUE, "partial": ORANGE})
        + labs(x="lag", y="correlation")
    )


def _influence(check: Residuals) -> Any:
    from plotnine import aes, geom_linerange, labs

    bars = geom_linerange(aes(ymin=0, ymax="influence"), color=BLUE)
    return (
        base(check.table, aes("date", "influence"))
        + bars
        + date_axis()
        + labs(x="", y="influence on the log ratio")
    )
