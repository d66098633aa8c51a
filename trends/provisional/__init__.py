"""Weeks that are still filling up: which they are, and how many events they will have.

With one vintage of a source, ``provisional_weeks`` marks the last ones by rule. With several, or with the day on which
each event was recorded, ``complete_counts`` estimates how late events are recorded, and the completed counts.

>>> complete_counts(events, "2020-07-26").table.tail(4)  # doctest: +SKIP
"""

from __future__ import annotations

from trends.provisional.completing import complete_counts
from trends.provisional.delays import ReportingDelays, reporting_delays
from trends.provisional.result import CompletedCounts
from trends.provisional.rule import provisional_weeks
from trends.provisional.triangle import ReportingTriangle

__all__ = [
    "CompletedCounts",
    "ReportingDelays",
    "ReportingTriangle",
    "complete_counts",
    "provisional_weeks",
    "reporting_delays",
]
