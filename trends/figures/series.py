"""Weekly counts with what was fitted, what was expected without the interruption, and what else went on."""

from __future__ import annotations

import pandas as pd
from plotnine import (
    aes,
    geom_col,
    geom_line,
    geom_rect,
    geom_ribbon,
    geom_text,
    geom_vline,
    ggplot,
    labs,
    scale_color_manual,
    scale_fill_manual,
    scale_linetype_manual,
    scale_x_date,
    scale_y_continuous,
    theme,
)

from trends.figures.theme import EXPECTED, FITTED, INK, OBSERVED, PHASE_IN, RAMADAN, house_theme

_LINES = {"fitted": "Fitted", "expected": "Expected without the handovers"}


def counterfactual_series(
    curves: pd.DataFrame,
    marks: pd.DataFrame,
    periods: pd.DataFrame,
    *,
    unit: str = "attacks a week",
) -> ggplot:
    """Draw a weekly series beside its fit and its counterfactual.

    Parameters
    ----------
    curves
        One row a week: ``week, observed, fitted, expected, expected_low, expected_high``; ``fitted`` is
        missing in weeks left out of the fit, the ``expected`` columns before the interruption.
    marks
        Dates drawn as thin lines: ``date, label`` (an empty label draws the line alone).
    periods
        Shaded stretches: ``start, end, kind``; kinds are named in the legend in order of appearance.
    unit
        Title of the vertical axis.

    Returns
    -------
    plotnine.ggplot
    """
    top = float(curves[["observed", "fitted"]].max().max()) * 1.22
    long = curves.melt("week", list(_LINES), "line", "value").dropna()
    long["stretch"] = long["line"] + (long["week"].diff().dt.days.fillna(0) > 7 * 1.5).cumsum().astype(str)
    long["line"] = pd.Categorical(long["line"].map(_LINES), list(_LINES.values()))
    shades = periods.assign(kind=pd.Categorical(periods["kind"], list(dict.fromkeys(periods["kind"]))))
    names = list(shades["kind"].cat.categories)
    return (
        ggplot()
        + geom_rect(
            aes(xmin="start", xmax="end", fill="kind"),
            data=shades,
            ymin=0,
            ymax=top,
            alpha=0.35,
            color="none",
        )
        + geom_col(aes("week", "observed"), data=curves, fill=OBSERVED, width=6, position="identity")
        + geom_ribbon(
            aes("week", ymin="expected_low", ymax="expected_high"),
            data=curves.dropna(subset=["expected"]),
            fill=EXPECTED,
            alpha=0.18,
        )
        + geom_vline(aes(xintercept="date"), data=marks, color=INK, size=0.35, linetype="dotted")
        + geom_line(aes("week", "value", color="line", linetype="line", group="stretch"), data=long, size=1)
        + geom_text(
            aes("date", label="label"), data=marks, y=top * 0.985, size=7.5, ha="left", va="top", nudge_x=5
        )
        + scale_fill_manual(dict(zip(names, [RAMADAN, PHASE_IN], strict=False)))
        + scale_color_manual([FITTED, EXPECTED])
        + scale_linetype_manual(["solid", "dashed"])
        + scale_x_date(date_breaks="6 months", date_labels="%Y-%m")
        + scale_y_continuous(expand=(0, 0), limits=(0, top))
        + labs(x="", y=unit)
        + house_theme()
        + theme(figure_size=(9, 4.2), legend_box="horizontal")
    )
