"""The last weeks' counts completed for what is still to be recorded, from several vintages of the source."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from trends.findings.weekly.as_of import Standing
from trends.panel import WeeklyPanel
from trends.provisional import CompletedCounts, complete_counts

COLUMNS = ("week", "reported", "share", "completed", "low", "high")


@dataclass(frozen=True)
class Completed:
    """What the weeks that still fill up will come to.

    Attributes
    ----------
    table
        ``COLUMNS``, one row a week that still fills up, the week asked for last: attacks recorded so far, the share of
        all that is recorded by then, and the completed count with its 95 % interval (infinite where nothing bounds it).
    vintages
        How many vintages the delays are estimated from.
    max_delay
        The longest delay allowed for, in weeks.
    withdrawn
        Attacks that an earlier vintage had and the newest has not.
    reason
        Why nothing is completed; empty where something is.
    """

    table: pd.DataFrame
    vintages: int
    max_delay: int
    withdrawn: int
    reason: str

    def week(self, week: pd.Timestamp) -> pd.Series | None:
        """Return the row of a week, or None where it is not completed."""
        rows = self.table[self.table["week"] == week]
        return rows.iloc[0] if len(rows) else None


def completed(
    standing: Standing, week: pd.Timestamp, week_start: str, codes: list[str], max_delay: int
) -> Completed | None:
    """Complete the counts of the weeks up to the one asked for.

    Returns
    -------
    Completed or None
        None where the study names one edition only.

    Raises
    ------
    InputError
        The vintages are not a week apart, or one of them lacks a week.
    """
    number = len(standing.vintages)
    if not number:
        return None
    if number <= max_delay:
        reason = f"{number} of the vintages that are needed ({max_delay + 1}) are at hand"
        return _nothing(number, max_delay, reason)
    counts = [(day.date(), _weekly(one, week_start, codes)) for day, one in standing.vintages]
    if not sum(int(one.tail(number).sum()) for _, one in counts):
        return _nothing(number, max_delay, "no attack was recorded in these weeks, so that no delay is known")
    found = complete_counts(counts, max_delay=max_delay, week_start=week_start)
    return Completed(_rows(found, week), number, max_delay, found.withdrawn, "")


def _weekly(panel: WeeklyPanel, week_start: str, codes: list[str]) -> pd.Series[int]:
    weekly = panel if panel.week_start == week_start else panel.with_weeks(week_start)
    return weekly.counts(codes)


def _rows(found: CompletedCounts, week: pd.Timestamp) -> pd.DataFrame:
    open_weeks = found.provisional.loc[:week].reset_index()
    return open_weeks[list(COLUMNS)]


def _nothing(number: int, max_delay: int, reason: str) -> Completed:
    return Completed(pd.DataFrame(columns=list(COLUMNS)), number, max_delay, 0, reason)
