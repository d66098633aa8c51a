"""The format in which a column writes its days, where its cells leave no doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

FORMATS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d %B %Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%B %d, %Y",
    "%Y-%m-%d %H:%M:%S",
)
_LEAST_SHARE = 0.5  # of the cells; a column of which fewer are dates holds something else


@dataclass(frozen=True)
class Format:
    """What the cells of a column say of their format.

    Attributes
    ----------
    pattern
        The only format that fits, None where none does or several do.
    why
        What speaks for it, or what leaves it open.
    tied
        True where every cell that was looked at fits several formats, so that further ones may decide.
    """

    pattern: str | None
    why: str
    tied: bool = False


def format_of(cells: Sequence[str]) -> Format:
    """Return the format of the dates in a column.

    A format is told where more cells fit it than any other and no cell fits only another one: one day above 12 tells
    days from months, and one month above 12 would contradict it. Cells that are no date in any format decide nothing.
    """
    filled = [cell for cell in dict.fromkeys(cells) if cell]
    if not filled:
        return Format(None, "to fill in, such as %d/%m/%Y")
    fits = np.array([_fits(filled, pattern) for pattern in FORMATS])
    counts = fits.sum(axis=1)
    best = int(counts.argmax())
    if counts[best] < max(1, _LEAST_SHARE * len(filled)):
        return Format(None, f"to decide; no usual format fits {filled[0]!r}")
    equal = [pattern for pattern, count in zip(FORMATS, counts, strict=True) if count == counts[best]]
    if len(equal) > 1:
        return Format(None, f"to decide; both fit: {' and '.join(equal)}", tied=True)
    others = fits.any(axis=0) & ~fits[best]
    if others.any():
        return Format(
            None, f"to decide; most are {FORMATS[best]}, but {filled[int(others.argmax())]!r} is not"
        )
    return Format(FORMATS[best], f"guess: {_evidence(filled, fits[best], best)}")


def _evidence(filled: Sequence[str], fitting: np.ndarray, best: int) -> str:
    first = next(cell for cell, fits in zip(filled, fitting, strict=True) if fits)
    if fitting.all():
        return f"fits all {len(filled)} dates looked at, first {first!r}"
    stray = filled[int((~fitting).argmax())]
    return f"fits {int(fitting.sum())} of {len(filled)} dates looked at, first {first!r}; {stray!r} fits none"


def _fits(cells: Sequence[str], pattern: str) -> np.ndarray:
    read = pd.to_datetime(pd.Series(cells, dtype=object), format=pattern, errors="coerce")
    found: np.ndarray = read.notna().to_numpy()
    return found
