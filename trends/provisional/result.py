"""Weeks with what is recorded so far and what will be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from trends.models.words import coverage, number

if TYPE_CHECKING:
    from trends.provisional.delays import ReportingDelays


@dataclass(frozen=True, eq=False)
class CompletedCounts:
    """Weekly counts as recorded, and completed for what is still to be recorded.

    Attributes
    ----------
    table
        Index ``week``; ``reported``, ``share`` (estimated share of its events recorded so far) with ``share_low`` and
        ``share_high``, ``completed`` (reported / share; missing where the share is 0), ``low`` and ``high`` (interval
        of the completed count; infinite where nothing bounds it), ``provisional`` (bool).
    delays
        How late events are recorded.
    withdrawn
        Events that an earlier vintage had and the last has not; in no count.
    level
        Of the intervals.
    """

    table: pd.DataFrame
    delays: ReportingDelays
    withdrawn: int
    level: float

    @property
    def provisional(self) -> pd.DataFrame:
        """The rows of provisional weeks."""
        return self.table[self.table["provisional"]]

    def sentence(self) -> str:
        """Say what is recorded of the last week and how many it may become."""
        row = self.table.iloc[-1]
        when = f"{self.table.index[-1]:%Y-%m-%d}"
        count = int(row["reported"])
        opening = f"Week of {when}: {count:,} event{'' if count == 1 else 's'} recorded so far"
        if not row["share"] > 0:
            return f"{opening}; no event of earlier weeks was recorded as early, so that nothing can be said of its total."
        upper = "without upper bound" if np.isinf(row["high"]) else f"to {row['high']:,.0f}"
        return (
            f"{opening}, about {100 * row['share']:.0f} % of what is usually recorded in the end; completed count "
            f"{number(float(row['completed']))} ({coverage(self.level)} {row['low']:,.0f} {upper}), if events are "
            "recorded as late as before."
        )

    def plot(self, weeks: int = 26) -> Any:
        """Draw reported counts as bars, completed ones as points with their interval.

        Returns
        -------
        plotnine.ggplot
        """
        from plotnine import aes, geom_col, geom_linerange, geom_point, ggplot, labs, theme_minimal

        shown = self.table.iloc[-weeks:].reset_index()
        open_ = shown[shown["provisional"] & np.isfinite(shown["high"])]
        return (
            ggplot(shown, aes("week"))
            + geom_col(aes(y="reported"), fill="#9aa5b1", width=6)
            + geom_linerange(aes(ymin="low", ymax="high"), data=open_, color="#0072b2")
            + geom_point(aes(y="completed"), data=open_, color="#0072b2")
            + labs(x="", y="events a week")
            + theme_minimal()
        )

    def __str__(self) -> str:
        """Return the provisional weeks and the sentence."""
        shown = self.provisional.round(2).to_string()
        return f"{shown}\n\n{self.sentence()}"
