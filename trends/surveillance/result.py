"""What was tested, week by week and area by area."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from trends.errors import InputError, UnknownNameError
from trends.surveillance import words
from trends.surveillance.settings import Farrington, Sparse

SHOWN = ["name", "observed", "expected", "threshold", "probability", "q_value", "alert", "method"]


@dataclass(frozen=True, eq=False)
class Alerts:
    """Weeks of one or more areas against what their own past leads to expect.

    Attributes
    ----------
    table
        One row a week and area, in that order: ``week``, ``area`` (province code or group), ``name``, ``observed``,
        ``expected``, ``threshold``, ``probability`` (of a count at least as high without a cause), ``q_value``
        (adjusted for the areas of that week), ``score`` ((observed - expected) / (threshold - expected)),
        ``above`` (bool: the count is above its threshold), ``enough`` (bool: enough events for an alert),
        ``alert`` (bool: above, enough, and ``q_value`` not over ``false_discovery``), ``method``
        (``"farrington"``, ``"sparse"`` or ``"provisional"``), ``dispersion``, ``baseline_weeks``,
        ``baseline_events``. Numbers of a provisional week are missing.
    history
        Weeks × areas: the counts up to the last tested week, provisional ones left out.
    farrington, sparse
        The settings.
    false_discovery
        Share of false ones accepted among alerts.
    """

    table: pd.DataFrame
    history: pd.DataFrame
    farrington: Farrington
    sparse: Sparse
    false_discovery: float

    @cached_property
    def alerts(self) -> pd.DataFrame:
        """The rows with an alert, the least probable first."""
        chosen = self.table[self.table["alert"]]
        return chosen.sort_values(["probability", "week", "area"], ignore_index=True)

    @property
    def expected_false(self) -> float:
        """Number of counts above their threshold that chance alone gives in a week, at most about this."""
        tested = self.table[self.table["threshold"].notna() & self.table["enough"]]
        weeks = max(tested["week"].nunique(), 1)
        return self.farrington.alpha * len(tested) / weeks

    @property
    def any_false(self) -> float:
        """Probability, at most about, that a week has an alert though nothing has a cause.

        That is the smaller of ``false_discovery`` and the sum over areas of the probability of lying above the
        threshold: an area tested by itself, such as the whole country, is not adjusted for others.
        """
        return min(self.false_discovery, self.expected_false)

    @property
    def _any_false(self) -> float | None:
        """What a sentence says of several areas; nothing where there is one."""
        return self.any_false if self.table["area"].nunique() > 1 else None

    def row(self, area: str, week: Any = None) -> pd.Series:
        """Return the row of an area; of the last week where several were tested and none is named.

        Raises
        ------
        UnknownNameError
            The area is not in the table.
        InputError
            The week is not.
        """
        rows = self.table[(self.table["area"] == area) | (self.table["name"] == area)]
        if rows.empty:
            known = ", ".join(map(str, self.table["area"].unique()))
            raise UnknownNameError(f"{area!r} was not tested", remedy=f"use one of {known}")
        when = rows["week"].max() if week is None else pd.Timestamp(week)
        rows = rows[rows["week"] == when]
        if rows.empty:
            raise InputError(f"the week of {when:%Y-%m-%d} was not tested")
        return rows.iloc[0]

    def sentence(self, area: str, week: Any = None) -> str:
        """One week of one area as a sentence with its numbers."""
        return words.row_sentence(self._named(self.row(area, week)), self._any_false)

    def sentences(self) -> list[str]:
        """Every alert as a sentence, the least probable first."""
        rows = (row for _, row in self.alerts.iterrows())
        return [words.row_sentence(self._named(row), self._any_false) for row in rows]

    def summary(self) -> str:
        """How many were tested, how many stand out, and how many chance alone would give."""
        return words.summary(self)

    def note(self) -> str:
        """Name the method and its settings, the rule for sparse series included."""
        return words.note(self)

    def plot(self, area: str, weeks: int = 104) -> Any:
        """Draw the last counts of an area with what was expected and the threshold.

        Returns
        -------
        plotnine.ggplot
        """
        from trends.surveillance.plotting import plot_area

        return plot_area(self, area, weeks)

    def __str__(self) -> str:
        """Table and summary for a terminal."""
        weeks = self.table["week"].nunique()
        columns = (["week"] if weeks > 1 else []) + SHOWN
        shown = self.table[columns].round(dict.fromkeys(("expected", "threshold"), 1))
        shown = shown.round({"probability": 4, "q_value": 4})
        head = (
            f"Alerts, week of {self.table['week'].max():%Y-%m-%d}" if weeks == 1 else f"Alerts, {weeks} weeks"
        )
        return f"{head}\n\n{shown.to_string(index=False, na_rep='–')}\n\n{self.summary()}"

    def _repr_html_(self) -> str:
        """Return the same for a notebook."""
        from html import escape

        return (
            f"{self.table[['week', *SHOWN]].to_html(index=False, na_rep='–')}<p>{escape(self.summary())}</p>"
        )

    @staticmethod
    def _named(row: pd.Series) -> Any:
        return next(row.to_frame().T.itertuples(index=False, name="Row"))
