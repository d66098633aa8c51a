"""What a build was asked for, so that one thing goes from hand to hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from trends.gazetteer import Country

How = Literal["union", "overlap", "left"]


@dataclass(frozen=True)
class Combining:
    """How events of several sources become one table; see ``trends.linkage.combine``."""

    how: How
    days: int = 3
    kilometres: float = 10.0


@dataclass(frozen=True, eq=False)
class Choices:
    """What is counted, and how.

    Attributes
    ----------
    country
        Whose events.
    window
        First and last day, both included.
    actor
        Only events with this actor as a side; None for all.
    attacks
        Which events are an attack: a key of ``trends.attack_types.ATTACK_DEFINITIONS``.
    boundaries
        Polygons to locate by, in place of the shipped ones.
    spread
        Whether events known only to the month or year are kept beside the counts.
    as_of
        Only what the sources had told by this day; None for all.
    combining
        How several sources become one; None for one source.
    """

    country: Country
    window: tuple[date, date]
    actor: str | None = None
    attacks: str = "all"
    boundaries: Path | None = None
    spread: bool = False
    as_of: date | None = None
    combining: Combining | None = None
