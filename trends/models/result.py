"""The result of a before/after analysis, whichever way it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from trends.models.comparative import Comparative
from trends.models.diagnostics import Diagnostics
from trends.models.display import result_html, result_latex, summary_text
from trends.models.exact import ExactComparison
from trends.models.exact_share import ExactShare
from trends.models.inference import LogEffect
from trends.models.interruptions import Interruption
from trends.models.local_level import LocalLevel
from trends.models.rates import RateComparison
from trends.models.ratio_of_ratios import RatioComparison
from trends.models.regression import Regression
from trends.models.second_group import SecondGroup
from trends.models.shrunken import ShrunkenRatio
from trends.models.tables import exp_or_inf
from trends.models.words import result_sentence


class Average(NamedTuple):
    """Average rate ratio over a period, with its interval and p-value."""

    rate_ratio: float
    low: float
    high: float
    p_value: float


class Excess(NamedTuple):
    """Events more (or, negative, fewer) than without the interruption, with their interval."""

    events: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class InterruptedResult:
    """What changed in a series at its interruptions.

    Attributes
    ----------
    method
        ``"negative-binomial segmented regression"``, ``"quasi-Poisson segmented regression"``,
        ``"local-level regression"``, with a control
        ``"comparative interrupted series"``, ``"control as offset"`` or ``"two groups in one ... regression"``;
        ``"exact rate comparison"`` or ``"rate comparison with a weak prior"``, with a control ``"exact comparison
        of two ratios"``.
    reason
        Why that one.
    analysis
        The numbers behind it.
    notes
        What must be said beside it.

    See Also
    --------
    trends.interrupted : makes it.
    """

    method: str
    reason: str
    analysis: Regression | LocalLevel | Comparative | SecondGroup | ExactComparison | ExactShare
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the series."""
        return self.analysis.setting.series.name

    @property
    def step(self) -> str:
        """``"week"`` or ``"month"``."""
        return self.analysis.setting.series.step

    @property
    def level(self) -> float:
        """Nominal coverage of every interval."""
        return self.analysis.setting.level

    @property
    def interruptions(self) -> tuple[Interruption, ...]:
        """In order of date."""
        return self.analysis.setting.interruptions

    @property
    def starts(self) -> tuple[int, ...]:
        """Position of the first week after each interruption."""
        return self.analysis.setting.starts

    @property
    def left_out(self) -> pd.DatetimeIndex:
        """First days of the weeks that the phase-in leaves out of the fit."""
        return self.analysis.setting.left_out

    @property
    def rates(self) -> RateComparison | None:
        """The comparison of rates behind an exact result; None for a regression."""
        return self.analysis.fit.rates if isinstance(self.analysis, ExactComparison) else None

    @property
    def shrunken(self) -> ShrunkenRatio | None:
        """The ratio under a weak prior where ``family="shrunken"`` was asked for; None otherwise."""
        return self.analysis.shrunken if isinstance(self.analysis, ExactComparison) else None

    @property
    def control(self) -> str | None:
        """Name of the control series; None for a lone series."""
        if isinstance(self.analysis, (Comparative, SecondGroup, ExactShare)):
            return self.analysis.control.name
        return None

    @property
    def ratios(self) -> RatioComparison | None:
        """The comparison of two ratios behind an exact result with a control; None otherwise."""
        return self.analysis.ratios if isinstance(self.analysis, ExactShare) else None

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Effects as rate ratios: one row a term and interruption.

        Columns ``term``, ``interruption`` (its name), ``date``, ``rate_ratio``, ``low``, ``high``,
        ``p_value``, ``estimate`` and ``std_error`` (log scale), ``interval`` (its method). Terms:
        ``level`` (the step in the interruption's own week), ``slope per week`` (by what the trend after it
        differs from that before), ``average`` (see :meth:`average`); with several interruptions also
        ``average`` of ``all``. A ramp has ``level after a ramp of 4 weeks``, its full height; a decay ``level,
        halved every 4 weeks``, that of its first week. An exact comparison has the one row ``rate ratio
        after/before``. With a control every ratio is that of the series over that of the control.
        """
        return self.analysis.effects()

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """The effects by every method of interval estimation, the reported one first."""
        return self.analysis.intervals()

    @cached_property
    def coefficients(self) -> pd.DataFrame:
        """Every coefficient on the log scale, trend and season included; empty for an exact comparison."""
        return self.analysis.coefficients()

    def effect_at(self, weeks: float | Sequence[float], interruption: str | None = None) -> pd.DataFrame:
        """Rate ratio at horizons, in weeks after the interruption's own week.

        Parameters
        ----------
        weeks
            One or several, within what the series shows.
        interruption
            Name of one interruption; all, each by itself, when left out.

        Returns
        -------
        DataFrame
            Columns as in :attr:`effects`.

        Raises
        ------
        InputError
            A horizon beyond the end of the series.
        EstimationError
            For an exact comparison, which has no course in time.
        """
        horizons = (weeks,) if isinstance(weeks, (int, float)) else tuple(weeks)
        return self.analysis.at(tuple(map(float, horizons)), self.analysis.setting.find(interruption))

    def joint(self, *terms: str) -> Average:
        """Rate ratio of several terms of :attr:`coefficients` together, where each of them is 1.

        What can be said of terms that the data cannot tell apart, such as a curfew and a transfer in the same
        weeks.

        Raises
        ------
        InputError
            A term that the model does not have.
        EstimationError
            For an exact comparison, which has no terms.
        """
        found = self.analysis.joint(terms)
        return _average(found)

    def average(
        self, interruption: str | None = None, *, first: object = None, last: object = None
    ) -> Average:
        """Average rate ratio over the weeks after: expected events with over without the interruption.

        Both are summed over the weeks in the fit from the interruption's week through the last week (or
        within the dates ``first`` and ``last``), phase-in left out. Without a name it is the effect of all
        interruptions together. The interval holds the middle quantiles of the ratio over the draws of the
        coefficients, and the p-value is the share of draws beyond 1, doubled. A temporary interruption's own
        average is over the weeks in which it acts.

        Raises
        ------
        InputError
            An unknown name, or a period without weeks.
        """
        place = self.analysis.setting.find(interruption)
        found = self.analysis.average_numbers(place=place, first=first, last=last)
        return _average(found)

    def excess(self, interruption: str | None = None, *, first: object = None, last: object = None) -> Excess:
        """Events more than without the interruption.

        Expected events with minus expected events without the interruption (all of them when no name is
        given), both from the fitted model, summed over the weeks in the fit from the interruption's week
        through the last week (or within the dates), phase-in left out. The limits are quantiles of that
        difference over draws of the coefficients; they are about expected counts and hold no week-to-week
        noise. The same draws serve :meth:`average`, so that one interval leaves out 0 just where the other
        leaves out 1.

        With a control: events given what was recorded in both series in each week, minus those that the control
        and the course before lead to expect.

        For an exact comparison: events after minus what the rate before would have given in the same time,
        with limits from the exact limits of both rates.

        Raises
        ------
        InputError
            An unknown name, or a period without weeks.
        """
        place = self.analysis.setting.find(interruption)
        found = self.analysis.excess_numbers(place, first, last)
        return Excess(found.events, found.low, found.high)

    def counterfactual(self) -> pd.DataFrame:
        """Observed, fitted and expected counts by week.

        Columns ``observed``; ``fitted`` with ``fitted_low`` and ``fitted_high``; ``expected``,
        ``expected_low`` and ``expected_high``, the course without any of the interruptions; ``in_fit``.
        Bands are pointwise intervals of the expected count, not of what may be observed in one week. In
        phase-in weeks there is no fitted value (NaN) and ``in_fit`` is False. The limits are quantiles of the
        draws behind :meth:`average`. With a control there is its count too, ``control``; ``expected`` then follows
        it.
        """
        return self.analysis.counterfactual()

    def diagnostics(self) -> Diagnostics:
        """Dispersion, residual autocorrelation, convergence, collinearity, weeks and events."""
        return self._diagnostics

    @cached_property
    def _diagnostics(self) -> Diagnostics:
        return self.analysis.diagnostics(self.method, self.notes)

    def sentence(self) -> str:
        """Say the result in a sentence made from its numbers, with the caution that belongs to it."""
        return result_sentence(self)

    def summary(self) -> str:
        """Write the result as text for a terminal."""
        return summary_text(self)

    def plot(self) -> Any:
        """Draw counts, fitted course and course without the interruption, as a plotnine object."""
        from trends.models.plotting import plot_result

        return plot_result(self)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"<InterruptedResult {self.name!r}: {self.method}>"

    def _repr_html_(self) -> str:
        return result_html(self)

    def _repr_latex_(self) -> str:
        return result_latex(self)


def _average(effect: LogEffect) -> Average:
    ratio, low, high = (exp_or_inf(part) for part in (effect.estimate, effect.low, effect.high))
    return Average(ratio, low, high, effect.p_value)
