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
    points, texts = marks(placed)
    present = list(points["what"].cat.categories)
    top = float(np.nanmax([placed["observed"].max(), placed["end"].max(), 1.0]))
    return (
        ggplot(placed, aes(y="y"))
        + geom_segment(aes(x=0, xend="end", yend="y"), color=PHASE_IN, size=3.2)
        + geom_point(aes("x", "y", shape="what", color="what"), data=points, size=2.6, stroke=0.9)
        + geom_text(
            aes("at", "y", label="label"), data=_aside(texts, top), ha="left", va="center", size=8, color=INK
        )
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


def marks(placed: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the points of a figure and the texts beside them.

    Parameters
    ----------
    placed
        The areas, with their height ``y``.

    Returns
    -------
    tuple
        ``x, y, what`` (what is expected and recorded, or that it is above the threshold or an alert), and
        ``x, y, label`` of every count above 0: a reader who does not tell colours apart reads ALERT.
    """
    expected = pd.DataFrame({"x": placed["expected"], "y": placed["y"], "what": "expected"})
    recorded = pd.DataFrame({"x": placed["observed"], "y": placed["y"], "what": _states(placed)})
    points = pd.concat([expected, recorded], ignore_index=True)
    present = [name for name in _LOOKS if name in set(points["what"])]
    some = recorded[recorded["x"] > 0]
    words = [
        f"{count} ALERT" if what == "ALERT" else str(count)
        for count, what in zip(some["x"], some["what"], strict=True)
    ]
    return points.assign(what=pd.Categorical(points["what"], present)), some[["x", "y"]].assign(label=words)


def _aside(texts: pd.DataFrame, top: float) -> pd.DataFrame:
    """Move texts aside of their marks, on an axis of square roots."""
    return texts.assign(at=(np.sqrt(texts["x"].astype(float)) + 0.025 * np.sqrt(top)) ** 2)


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
