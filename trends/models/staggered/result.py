"""The effect of a treatment that came at different dates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from trends.models.display import p_text, ratio_text
from trends.models.words import change, coverage, interval_clause, number

EVENTS_NEEDED = 10
"""Events below which a side of the comparison is called too small."""

CLUSTERS_NEEDED = 6
"""Provinces on each side below which their number alone makes intervals doubtful."""


class PreTrend(NamedTuple):
    """Trend of the treated against the others before treatment: ratio a year, its interval and p-value.

    ``years`` lie between the middle of the treated provinces' time before and that after: what a trend of this
    size, going on, would have made of their ratio is the ratio a year to this power.
    """

    ratio_per_year: float
    low: float
    high: float
    p_value: float
    years: float

    def could_give(self, rate_ratio: float) -> bool:
        """Say whether a trend inside the interval would by itself come to an effect of this size."""
        bound = self.low if rate_ratio < 1 else self.high
        return self.years * math.log(bound) * math.copysign(1, math.log(rate_ratio)) >= abs(
            math.log(rate_ratio)
        )


class CellEvents(NamedTuple):
    """Events in treated provinces before and after their dates, and in untreated ones before and meanwhile."""

    treated_before: int
    treated_after: int
    untreated_before: int
    untreated_meanwhile: int


@dataclass(frozen=True, eq=False)
class StaggeredResult:
    """Average effect on the treated, its course, and whether it can be believed.

    Attributes
    ----------
    rate_ratio, low, high, p_value
        Events in treated province-periods over what the untreated course makes expected. The interval is NaN
        where provinces are too few for one.
    events, expected
        Those two sums.
    excess, excess_low, excess_high
        Their difference, with limits that follow from those of the ratio.
    std_error, df
        Of the log ratio, by leaving out one province at a time; degrees of freedom of its t.
    cohorts
        One row a date of treatment: ``date, provinces, events, expected, rate_ratio, excess``. A cohort of one
        province has no interval of its own.
    event_study
        One row a stretch of time since treatment: ``first, last`` (periods; negative before), ``kind`` (lead or
        lag), ``provinces, events, expected, rate_ratio, low, high, all_low, all_high`` (pointwise, and such
        that all hold at once). Leads compare with the time before the first of them, lags with all time before.
    pre_trend
        None where it cannot be fitted.
    cells, treated, untreated
        Events, and provinces, on each side.
    step, level, notes
        ``"week"`` or ``"month"``; nominal coverage; what must be said beside it.
    """

    rate_ratio: float
    low: float
    high: float
    p_value: float
    events: int
    expected: float
    excess: float
    excess_low: float
    excess_high: float
    std_error: float
    df: int
    cohorts: pd.DataFrame
    event_study: pd.DataFrame
    pre_trend: PreTrend | None
    cells: CellEvents
    treated: tuple[str, ...]
    untreated: tuple[str, ...]
    step: str
    level: float
    notes: tuple[str, ...]

    @property
    def effects(self) -> pd.DataFrame:
        """Average effect and that of each date: ``term, rate_ratio, low, high, p_value, events, expected``."""
        own = self.cohorts.assign(term=self.cohorts["date"].dt.strftime("%Y-%m-%d"))
        first = ("average", self.rate_ratio, self.low, self.high, self.p_value, self.events, self.expected)
        columns = ["term", "rate_ratio", "low", "high", "p_value", "events", "expected"]
        return pd.concat(
            [pd.DataFrame([first], columns=columns), own.reindex(columns=columns)], ignore_index=True
        )

    @property
    def doubts(self) -> tuple[str, ...]:
        """Reasons not to rely on the estimate, from its numbers; empty where there is none of these."""
        said = []
        sides = dict(
            zip(
                ("treated before", "treated after", "untreated before", "untreated after"),
                self.cells,
                strict=True,
            )
        )
        if few := [f"{name} {count}" for name, count in sides.items() if count < EVENTS_NEEDED]:
            said.append(f"too few events ({', '.join(few)}; {EVENTS_NEEDED} are needed on every side)")
        clusters = min(len(self.treated), len(self.untreated))
        if clusters < CLUSTERS_NEEDED:
            said.append(f"only {clusters} provinces on one side, so that one of them can decide")
        if self.pre_trend is None:
            said.append("the trends before could not be compared")
        elif self.pre_trend.p_value < 0.1:
            said.append(
                f"treated and untreated provinces did not move alike before (p {p_text(self.pre_trend.p_value)})"
            )
        elif abs(math.log(self.rate_ratio)) > self.std_error and self.pre_trend.could_give(self.rate_ratio):
            said.append(
                "a difference in trend that the time before does not rule out would by itself give such a ratio"
            )
        if not math.isfinite(self.low):
            said.append("no interval can be given")
        return tuple(said)

    def sentence(self) -> str:
        """Direction and size, what the interval leaves open, on what it rests, and the doubts."""
        opening = (
            f"In {len(self.treated)} provinces after their own dates there were {self.events:,} events where "
            f"{number(self.expected)} would be expected from the course of {len(self.untreated)} untreated ones: "
            f"{change(self.rate_ratio)}"
        )
        if math.isfinite(self.low):
            spread = f"{coverage(self.level)} of the ratio {number(self.low)} to {number(self.high)}"
            opening += f" ({spread}; {interval_clause(self.low, self.high)})"
        rests = "It rests on treated and untreated provinces moving in proportion without the treatment."
        doubts = f" Not to be relied on: {'; '.join(self.doubts)}." if self.doubts else ""
        return f"{opening}. {rests}{doubts}"

    def summary(self) -> str:
        """Write it for the terminal."""
        study = self.event_study.copy()
        for column in ("rate_ratio", "low", "high", "all_low", "all_high"):
            study[column] = study[column].map(ratio_text)
        trend = self.pre_trend
        lines = [
            f"average ratio {ratio_text(self.rate_ratio)} ({ratio_text(self.low)} to {ratio_text(self.high)}), "
            f"p {p_text(self.p_value)}; t with {self.df} df, provinces left out one at a time",
            f"excess events {self.excess:,.1f} ({self.excess_low:,.1f} to {self.excess_high:,.1f})",
            "trend before: not fitted"
            if trend is None
            else f"trend before: {ratio_text(trend.ratio_per_year)} a year "
            f"({ratio_text(trend.low)} to {ratio_text(trend.high)}), p {p_text(trend.p_value)}",
            "",
            study.to_string(index=False),
            "",
            self.sentence(),
        ]
        return "\n".join([*lines, *(f"- {note}" for note in self.notes)])

    def plot(self) -> Any:
        """Draw the event study as a plotnine object."""
        from trends.models.staggered.plotting import plot_event_study

        return plot_event_study(self)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"<StaggeredResult: {len(self.treated)} treated and {len(self.untreated)} untreated provinces>"
