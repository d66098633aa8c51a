"""One effect for several provinces, and how much they differ."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from trends.models.display import p_text, ratio_text
from trends.models.pooling.heterogeneity import Homogeneity
from trends.models.words import coverage, interval_clause, number


@dataclass(frozen=True)
class PooledEffect:
    """A pooled rate ratio with its heterogeneity.

    Attributes
    ----------
    estimate, std_error
        Mean of the provinces' log ratios and its standard error by the interval's method.
    rate_ratio, low, high, p_value
        The same as a ratio, with its interval and the two-sided p-value of a mean ratio of 1.
    predicted_low, predicted_high
        Interval for the true ratio of one more province like these; NaN with fewer than three.
    tau2, tau2_low, tau2_high
        Variance of the true log ratios between provinces, with its Q-profile interval.
    i2
        Share of the variation between estimates that is not sampling error, 0 to 1.
    homogeneity
        Cochran's test.
    k
        Provinces that enter.
    labels
        Their names, in the order given.
    left_out
        Names of those without a finite estimate.
    method, interval
        Estimator of tau squared, and how the interval was made.
    level
        Nominal coverage.
    notes
        What must be said beside it.
    """

    estimate: float
    std_error: float
    rate_ratio: float
    low: float
    high: float
    p_value: float
    predicted_low: float
    predicted_high: float
    tau2: float
    tau2_low: float
    tau2_high: float
    i2: float
    homogeneity: Homogeneity
    k: int
    labels: tuple[str, ...]
    left_out: tuple[str, ...]
    method: str
    interval: str
    level: float
    notes: tuple[str, ...] = ()

    @property
    def effects(self) -> pd.DataFrame:
        """Two rows: the mean ratio, and the interval for one more province."""
        rows = [
            ("pooled", self.rate_ratio, self.low, self.high, self.p_value, self.interval),
            (
                "a province like these",
                self.rate_ratio,
                self.predicted_low,
                self.predicted_high,
                float("nan"),
                "prediction",
            ),
        ]
        return pd.DataFrame(rows, columns=["term", "rate_ratio", "low", "high", "p_value", "interval"])

    def sentence(self) -> str:
        """Say the mean ratio, what its interval leaves open, and how much provinces may differ."""
        spread = f"{coverage(self.level)} {number(self.low)} to {number(self.high)}"
        opening = (
            f"Over {self.k} provinces the rate after is on average {number(self.rate_ratio)} times that before "
            f"({spread}): {interval_clause(self.low, self.high)}."
        )
        if self.predicted_low != self.predicted_low:
            return opening
        apart = f"{number(self.predicted_low)} to {number(self.predicted_high)}"
        return f"{opening} A single province may differ: for one like these the ratio lies within {apart}."

    def summary(self) -> str:
        """Write it for the terminal."""
        test = self.homogeneity
        lines = [
            f"pooled rate ratio {ratio_text(self.rate_ratio)} ({ratio_text(self.low)} to {ratio_text(self.high)}), "
            f"p {p_text(self.p_value)}; {self.k} provinces, {self.interval}",
            f"between provinces: tau^2 {self.tau2:.3g} ({self.tau2_low:.3g} to {self.tau2_high:.3g}), "
            f"I^2 {100 * self.i2:.0f} %, Q {test.q:.2f} on {test.df} df, p {p_text(test.p_value)}; {self.method}",
            self.sentence(),
        ]
        return "\n".join([*lines, *(f"- {note}" for note in self.notes)])

    def __str__(self) -> str:
        return self.summary()
