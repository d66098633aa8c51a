"""Small bar charts as inline SVG, drawn without any library: one stands in every row of a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

# the figures' palette: what is observed, what stands out
_LINE, _BARS, _LAST = "#9aa5b1", "#5f6b78", "#d55e00"
_HEIGHT = 20
_STEP = 1.8


def sparkline(counts: Sequence[int], *, top: int, label: str) -> str:
    """Draw weekly counts as bars, the last one in another colour.

    Parameters
    ----------
    counts
        In order of time.
    top
        The count that the full height stands for, so that rows of one table can be compared.
    label
        What a reader who does not see it is told; escaped.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    width = round(_STEP * len(counts), 1)
    unit = (_HEIGHT - 2) / max(top, 1)
    bars = "".join(
        f"M{_STEP * place:.1f} {_HEIGHT - 1}v{-count * unit:.1f}h1.3v{count * unit:.1f}z"
        for place, count in enumerate(counts[:-1])
        if count
    )
    x, last = _STEP * (len(counts) - 1), counts[-1] * unit
    this = f'<path d="M{x:.1f} {_HEIGHT - 1}v{-last:.1f}h2v{last:.1f}z" fill="{_LAST}"/>' if last else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(label)}" width="{width:.0f}" '
        f'height="{_HEIGHT}" viewBox="0 0 {width} {_HEIGHT}">'
        f'<path d="M0 {_HEIGHT - 0.5}h{width}" stroke="{_LINE}" stroke-width="1"/>'
        f'<path d="{bars or "M0 0"}" fill="{_BARS}"/>{this}</svg>'
    )
