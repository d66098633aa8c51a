"""What provinces say together and one by one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd
from scipy import stats

from trends.models.display import p_text, ratio_text
from trends.models.pooling.counts import PooledCounts
from trends.models.pooling.dependence import ResidualCorrelation
from trends.models.pooling.effect import PooledEffect
from trends.models.pooling.multiplicity import Discoveries
from trends.models.result import InterruptedResult
from trends.models.words import CAUTION, number

COLUMNS = ("unit", "kind", "rate_ratio", "low", "high", "p_value", "q_value", "method")


class JointTest(NamedTuple):
    """P-values of "no change in any province", each valid though provinces depend on each other.

    ``cauchy`` and ``harmonic_mean`` combine the provinces' own p-values; ``max_t`` compares their largest score
    with what random signs of blocks of weeks give.
    """

    cauchy: float
    harmonic_mean: float
    max_t: float


@dataclass(frozen=True, eq=False)
class ProvinceFindings:
    """Provinces before and after: pooled first.

    Attributes
    ----------
    pooled
        The pooled effect that is reported: one of the next two.
    by_ratios, by_counts
        Random effects on log ratios (None with fewer than two finite ones), and on counts.
    provinces
        One row a province: events, ratio, interval, ``p_value``, ``q_value``, ``method``, ``note``.
    shrunken
        Partially pooled ratios of provinces with events, by log ratios; None with fewer than three finite.
    discoveries, joint
        What stands out among the provinces, and whether any does.
    without_each
        Makes :attr:`leave_one_out` when it is asked for:
        the pooled effect without each province in turn.
    correlation
        Between the provinces' residuals in the same weeks.
    shared_std_error
        Standard error of the log ratio that provinces share; it is in the pooled interval.
    total
        Fit to the sum of all provinces.
    level, notes
        Nominal coverage; what must be said beside it.
    """

    pooled: PooledEffect | PooledCounts
    by_ratios: PooledEffect | None
    by_counts: PooledCounts
    provinces: pd.DataFrame
    shrunken: pd.DataFrame | None
    discoveries: Discoveries
    joint: JointTest
    without_each: Callable[[], pd.DataFrame]
    correlation: ResidualCorrelation
    shared_std_error: float
    total: InterruptedResult
    level: float
    notes: tuple[str, ...]

    @cached_property
    def leave_one_out(self) -> pd.DataFrame:
        """The pooled effect without each province in turn; it is pooled anew for each when first asked for."""
        return self.without_each()

    @property
    def effects(self) -> pd.DataFrame:
        """Pooled, sum, provinces, partially pooled provinces: columns `COLUMNS`."""
        way = "counts" if isinstance(self.pooled, PooledCounts) else "log ratios"
        pooled = self.pooled
        total = self.total.effects.iloc[-1]
        rows: list[tuple[object, ...]] = [
            (
                "mean over provinces",
                "pooled",
                pooled.rate_ratio,
                pooled.low,
                pooled.high,
                pooled.p_value,
                way,
            ),
            ("all provinces", "sum", *(total[c] for c in COLUMNS[2:6]), self.total.method),
        ]
        rows = [(*row[:6], math.nan, row[6]) for row in rows]
        rows += [
            (
                row.province,
                "province",
                row.rate_ratio,
                row.low,
                row.high,
                row.p_value,
                row.q_value,
                row.method,
            )
            for row in self.provinces.itertuples()
        ]
        if self.shrunken is not None:
            rows += [
                (row.province, "partially pooled", row.rate_ratio, row.low, row.high, math.nan, math.nan, way)
                for row in self.shrunken.itertuples()
            ]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    @property
    def detectable(self) -> float:
        """Mean ratio that would have shown with 80 % power, judged from the length of the pooled interval."""
        low, high = self.pooled.low, self.pooled.high
        if low <= 0 or math.isinf(high):
            return math.inf
        share = 1 + stats.norm.ppf(0.8) / stats.norm.ppf((1 + self.level) / 2)
        return math.exp(min(700.0, math.log(high / low) / 2 * float(share)))

    def sentence(self) -> str:
        """Pooled effect, what could have been seen, single provinces, and the caution that belongs to it."""
        parts = [self.pooled.sentence()]
        if self.pooled.low <= 1 <= self.pooled.high:
            ratio = self.detectable
            parts.append(
                "Not enough events to tell."
                if math.isinf(ratio)
                else f"Not enough to tell a smaller change from none: only a mean change to {number(ratio)} times, or to "
                f"{number(1 / ratio)} times, would have shown with 80 % power."
            )
        parts.append(self.discoveries.sentence())
        swing = self._swing()
        return " ".join([*parts, *swing, CAUTION])

    def _swing(self) -> list[str]:
        if self.pooled.low <= 1 <= self.pooled.high:
            return []
        table = self.leave_one_out
        across = table[(table["low"] <= 1) & (table["high"] >= 1)]
        if across.empty:
            return []
        return [
            f"Without {', '.join(across['left_out'])} the pooled interval would no longer leave out no change."
        ]

    def summary(self) -> str:
        """Write it for the terminal."""
        shown = self.effects.copy()
        for column in ("rate_ratio", "low", "high"):
            shown[column] = shown[column].map(ratio_text)
        for column in ("p_value", "q_value"):
            shown[column] = shown[column].map(p_text)
        joint = self.joint
        tests = (
            f"no change anywhere: p {p_text(joint.max_t)} (largest score), {p_text(joint.cauchy)} (Cauchy)"
        )
        lines = [
            self.pooled.summary(),
            "",
            shown.to_string(index=False),
            "",
            tests,
            self.correlation.sentence(),
        ]
        return "\n".join([*lines, self.sentence(), *(f"- {note}" for note in self.notes)])

    def plot(self) -> Any:
        """Draw ratios and intervals, pooled on top, as a plotnine object."""
        from trends.models.pooling.plotting import plot_provinces

        return plot_provinces(self)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"<ProvinceFindings: {self.pooled.k} provinces with events of {len(self.provinces)}>"
