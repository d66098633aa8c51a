"""The common look of all figures: one theme, one colour-blind-safe palette (Okabe & Ito 2008).

DejaVu Sans comes with matplotlib, so that a figure has the same letters on every machine.
"""

from __future__ import annotations

from typing import Final

from plotnine import element_blank, element_line, element_rect, element_text, theme, theme_minimal

INK: Final = "#1f2933"
MUTED: Final = "#52606d"
GRID: Final = "#e4e7eb"
OBSERVED: Final = "#9aa5b1"
FITTED: Final = "#0072b2"
EXPECTED: Final = "#d55e00"
RAMADAN: Final = "#f0e442"
PHASE_IN: Final = "#cbd2d9"
UNCERTAIN: Final = "#9aa5b1"


def house_theme(base_size: float = 10) -> theme:
    """Return the theme that every figure of a report adds.

    Parameters
    ----------
    base_size
        Size of the body text in points.
    """
    return theme_minimal(base_size=base_size, base_family="DejaVu Sans") + theme(
        text=element_text(color=INK),
        axis_title=element_text(color=MUTED, size=base_size),
        axis_text=element_text(color=MUTED, size=base_size - 1),
        panel_grid_major=element_line(color=GRID, size=0.5),
        panel_grid_minor=element_blank(),
        strip_text=element_text(color=INK, size=base_size, weight="bold", ha="left"),
        legend_position="top",
        legend_title=element_blank(),
        legend_text=element_text(size=base_size - 1),
        plot_background=element_rect(fill="white", color="white"),
        panel_background=element_rect(fill="white", color="white"),
    )
