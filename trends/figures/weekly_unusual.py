"""What was recorded in a week against what was expected and the alert threshold, area by area."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from plotnine import (
    aes,
    element_blank,
    geom_point,
    geom_segment,
    geom_text,
    ggplot,
    labs,
    scale_color_manual,
    scale_shape_manual,
    scale_x_continuous,
    scale_y_continuous,
    theme,
)

from trends.figures.theme import EXPECTED, FITTED, INK, PHASE_IN, house_theme

_LOOKS: Final = {
    "expected": ("|", FITTED),
    "recorded": ("o", INK),
    "above the threshold": ("^", EXPECTED),
    "ALERT": ("D", EXPECTED),
}


def watched(rows: pd.DataFrame) -> ggplot:
    """Draw recorded and expected counts with thresholds on a square-root axis.

    Parameters
    ----------
    rows
        One row an area, in the order wanted: ``kind`` (families are set apart), ``name, observed, expected, threshold,
        above, alert``.

    Returns
    -------
    plotnine.ggplot
    """
    placed = rows.assign(y=_places(list(rows["kind"])), end=rows["threshold"].fillna(rows["expected"]))
    points = pd.concat(
        [
            pd.DataFrame({"x": placed["expected"], "y": placed["y"], "what": "expected"}),
            pd.DataFrame({"x": placed["observed"], "y": placed["y"], "what": _states(placed)}),
        ]
    )
    present = [name for name in _LOOKS if name in set(points["what"])]
    points["what"] = pd.Categorical(points["what"], present)
    top = float(np.nanmax([placed["observed"].max(), placed["end"].max(), 1.0]))
    shown = placed[placed["observed"] > 0]
    shown = shown.assign(
        label=[
            f"{count} ALERT" if alert else str(count)
            for count, alert in zip(shown["observed"], shown["alert"].astype(bool), strict=True)
        ],
        # aside of the mark on an axis of square roots
        at=(np.sqrt(shown["observed"].astype(float)) + 0.025 * np.sqrt(top)) ** 2,
    )
    return (
        ggplot(placed, aes(y="y"))
        + geom_segment(aes(x=0, xend="end", yend="y"), color=PHASE_IN, size=3.2)
        + geom_point(aes("x", "y", shape="what", color="what"), data=points, size=2.6, stroke=0.9)
        + geom_text(aes("at", "y", label="label"), data=shown, ha="left", va="center", size=8, color=INK)
        + scale_x_continuous(
            trans="sqrt",
            breaks=_breaks(top),
            limits=(0, top * 1.25),
            labels=lambda at: [f"{x:g}" for x in at],
        )
        + scale_y_continuous(breaks=list(placed["y"]), labels=list(placed["name"]), expand=(0, 0.7))
        + scale_shape_manual([_LOOKS[name][0] for name in present])
        + scale_color_manual([_LOOKS[name][1] for name in present])
        + labs(x="attacks in the week (square-root axis)", y="")
        + house_theme()
        + theme(panel_grid_major_y=element_blank())
    )


def _places(kinds: list[str]) -> list[float]:
    """Return heights from the top, half a line more between families."""
    gaps = [0.0, *(0.5 * (before != after) for before, after in pairwise(kinds))]
    return [-float(place + gap) for place, gap in enumerate(np.cumsum(gaps))]


def _states(rows: pd.DataFrame) -> list[str]:
    flags = zip(rows["above"].astype(bool), rows["alert"].astype(bool), strict=True)
    return ["ALERT" if alert else "above the threshold" if above else "recorded" for above, alert in flags]


def _breaks(top: float) -> list[float]:
    """Return whole numbers that lie apart on an axis of square roots."""
    return [
        number for number in (0, 1, 2, 4, 7, 10, 15, 20, 30, 50, 100, 200, 500, 1000) if number <= top * 1.25
    ]
