"""Different dates in different places: counts of provinces treated one after another."""

from trends.models.staggered.estimate import staggered
from trends.models.staggered.result import CellEvents, PreTrend, StaggeredResult

__all__ = ["CellEvents", "PreTrend", "StaggeredResult", "staggered"]
