"""Which version of a source a file is, and which days two of them cover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from trends.errors import InputError
from trends.sources import Reading


@dataclass(frozen=True)
class Vintage:
    """Which state of a source a reading is.

    Attributes
    ----------
    source, version, file, sha256
        As the manifest of a processed folder names them.
    as_of
        The last day on which the source entered or revised one of the rows, where it dates them. Otherwise
        None: then the version and the hash are all that is known, and the day cannot be chosen.
    """

    source: str
    version: str
    file: str
    sha256: str
    as_of: date | None


def vintage_of(reading: Reading) -> Vintage:
    """Return which state of its source a reading is."""
    dated = reading.events["recorded"].dropna() if "recorded" in reading.events else pd.Series(dtype=object)
    return Vintage(
        source=reading.source.key,
        version=reading.source.version,
        file=reading.file,
        sha256=reading.sha256,
        as_of=None if dated.empty else pd.Timestamp(dated.max()).date(),
    )


def check_one_family(old: Reading, new: Reading) -> None:
    """Raise an ``InputError`` where two readings number their events differently."""
    if old.family != new.family:
        raise InputError(
            f"{old.file} is of {old.source.title}, {new.file} of {new.source.title}",
            remedy="compare vintages of one source; link two sources instead",
        )


def caveats_of_one(old: Reading, new: Reading) -> tuple[str, ...]:
    """Return what only one of the two says of its selection or coding."""
    ours, theirs = old.source.caveats, new.source.caveats
    return (
        *(f"only the old one: {caveat}" for caveat in ours if caveat not in theirs),
        *(f"only the new one: {caveat}" for caveat in theirs if caveat not in ours),
    )
