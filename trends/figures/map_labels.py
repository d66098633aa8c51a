"""Names and numbers on a map: apart from each other, in letters that stand out from what they lie on."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.patheffects import withStroke
from plotnine import aes, geom_text

from trends.figures.theme import INK

TALL: Final = 1.19
"""A degree of latitude over one of longitude, on the page."""
_LETTER = (0.066, 0.13)  # inches that a letter of a label takes, and half a label of two lines
_HALOS = {
    False: withStroke(linewidth=1.4, foreground="white"),
    True: withStroke(linewidth=1.4, foreground=INK),
}


def lettering(labels: pd.DataFrame, panel: tuple[float, float], span: tuple[float, float]) -> list[Any]:
    """Write on light and on dark areas.

    Parameters
    ----------
    labels
        ``x, y, label, fill, period``: degrees, lines separated by a line break, the area's colour, the map.
    panel
        Width and height of one map in inches.
    span
        Degrees of longitude and of latitude that it shows.

    Returns
    -------
    list
        Layers of a plot.
    """
    degree = max(span[0] / panel[0], span[1] * TALL / panel[1])
    parts = [_placed(one, degree) for _, one in labels.groupby("period", observed=True)]
    if not parts:
        return []
    placed = pd.concat(parts)
    dark = pd.Series([is_dark(fill) for fill in placed["fill"]], placed.index)
    return [
        geom_text(
            aes("x", "y", label="label"),
            data=placed[dark == one],
            color="white" if one else INK,
            size=7.5,
            lineheight=1.05,
            path_effects=[_HALOS[one]],
        )
        for one in sorted(set(dark))
    ]


def _placed(labels: pd.DataFrame, degree: float) -> pd.DataFrame:
    """Part the labels of one map; ``degree`` is how much of one an inch shows."""
    letters = [max(map(len, text.split("\n"))) for text in labels["label"]]
    half = np.column_stack([np.array(letters) * _LETTER[0] / 2, np.full(len(labels), _LETTER[1])])
    x, y = apart(labels[["x", "y"]].to_numpy(float), half * (degree, degree / TALL)).T
    return labels.assign(x=x, y=y)


def apart(centres: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Move boxes that overlap apart, each pair by half of the way along the axis where it is shorter.

    Parameters
    ----------
    centres, half
        (N, 2) middles of the boxes, and half of their widths and heights.

    Returns
    -------
    numpy.ndarray
        (N, 2) middles; those of boxes that overlap none stay.
    """
    placed = centres.copy()
    for _ in range(200):
        moved = False
        for one, other in combinations(range(len(placed)), 2):
            between = placed[other] - placed[one]
            over = half[one] + half[other] - np.abs(between)
            if (over > 1e-9).all():
                axis = int(np.argmin(over))
                step = over[axis] / 2 * (1.0 if between[axis] >= 0 else -1.0)
                placed[one, axis] -= step
                placed[other, axis] += step
                moved = True
        if not moved:
            break
    return placed


def is_dark(colour: str) -> bool:
    """Tell whether white letters have more contrast (WCAG 2) on a colour than the figures' ink."""
    on = _luminance(colour)
    return 1.05 / (on + 0.05) > (on + 0.05) / (_luminance(INK) + 0.05)


def _luminance(colour: str) -> float:
    """Return a colour's relative luminance (WCAG 2)."""
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in to_rgb(colour)]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))
