"""The exact comparison of two ratios as the answer to a question with a control, where events are too few."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from trends.models.control import containment_note
from trends.models.diagnostics import Diagnostics, autocorrelation, week_counts
from trends.models.effects import ExcessNumbers
from trends.models.exact import TwoPeriods
from trends.models.inference import LogEffect
from trends.models.ratio_of_ratios import RatioComparison, compare_ratios
from trends.models.series import CountSeries, Floats
from trends.models.setting import Setting
from trends.models.sparse import BLOCK_WEEKS, DISPERSION_NOTICED
from trends.models.tables import effect_row, effects_frame, log_effect

RATIO_TERM = "ratio to the control after/before"
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ExactShare(TwoPeriods):
    """The ratio of a series to its control before the first interruption, and after it.

    Attributes
    ----------
    control
        Counts of the control.
    ratios
        The comparison that is reported.
    binomial
        The same with dispersion 1.
    dispersion
        Of the share about its two values: the larger of weekly and four-weekly.
    """

    control: CountSeries
    ratios: RatioComparison
    binomial: RatioComparison
    dispersion: float

    @property
    def ratio(self) -> LogEffect:
        """Log of the ratio that is reported."""
        return log_effect(self.ratios)

    def effects(self) -> pd.DataFrame:
        """One row: by what the ratio to the control changed."""
        return self._frame(self.ratios)

    def intervals(self) -> pd.DataFrame:
        """Tabulate the reported interval, and the one without overdispersion where it differs."""
        tables = [self.effects()]
        if self.ratios is not self.binomial:
            tables.append(self._frame(self.binomial))
        return pd.concat(tables, ignore_index=True)

    def _frame(self, ratios: RatioComparison) -> pd.DataFrame:
        row = effect_row(self.setting, RATIO_TERM, None, log_effect(ratios), ratios.interval)
        return effects_frame([row])

    def average_numbers(
        self, inference: object = None, place: int | None = None, first: object = None, last: object = None
    ) -> LogEffect:
        """Log of the ratio that is reported."""
        self.refuse_part(place, first, last)
        return self.ratio

    def excess_numbers(self, place: int | None, first: object, last: object) -> ExcessNumbers:
        """Events after, minus what the control leads to expect at the ratio of before."""
        self.refuse_part(place, first, last)
        found = self.ratios
        if found.treated_after == 0:
            expected = self._expected()
            return ExcessNumbers(-expected[0], -expected[2], -expected[1])
        events, low, high = (
            found.treated_after * (1 - 1 / part) for part in (found.ratio, found.low, found.high)
        )
        return ExcessNumbers(events, low, high)

    def _expected(self) -> tuple[float, float, float]:
        """Events of the control after, times the ratio of before and its limits."""
        used, after = self.setting.in_fit, self.setting.segment > 0
        weight = float((self.control.counts * self._exposures())[used & after].sum())
        return tuple(weight * odds for odds in self._odds(after=False))  # type: ignore[return-value]

    def _exposures(self) -> Floats:
        return np.asarray(self.setting.series.exposure / self.control.exposure)

    def _odds(self, *, after: bool) -> tuple[float, float, float]:
        """Ratio to the control of one period with exact limits, exposures made equal."""
        found, used = self.ratios, self.setting.in_fit & ((self.setting.segment > 0) == after)
        events = (
            (found.treated_after, found.control_after)
            if after
            else (found.treated_before, found.control_before)
        )
        treated, control = (float(part) / found.dispersion for part in events)
        tail, share = (1 - found.level) / 2, treated / (treated + control)
        low = 0.0 if treated == 0 else float(stats.beta.ppf(tail, treated, control + 1))
        high = 1.0 if control == 0 else float(stats.beta.isf(tail, treated + 1, control))
        unit = self.setting.series.exposure[used].sum() / self.control.exposure[used].sum()
        return tuple(math.inf if part == 1 else part / (1 - part) / unit for part in (share, low, high))  # type: ignore[return-value]

    def counterfactual(self) -> pd.DataFrame:
        """Observed counts, those at the ratio of each period, and those at the ratio of before."""
        setting, is_after = self.setting, self.setting.segment > 0
        weight = self.control.counts * self._exposures()
        columns: dict[str, Floats] = {"observed": setting.series.counts}
        before, after = self._odds(after=False), self._odds(after=True)
        for suffix, old, new in zip(("", "_low", "_high"), before, after, strict=True):
            fitted = np.where(is_after, new, old) * weight
            columns["fitted" + suffix] = np.where(setting.phase_in, np.nan, fitted)
        for suffix, old in zip(("", "_low", "_high"), before, strict=True):
            columns["expected" + suffix] = old * weight
        index = setting.series.index.rename(setting.series.step)
        columns["control"] = self.control.counts
        return pd.DataFrame({**columns, "in_fit": setting.in_fit}, index=index)

    def diagnostics(self, method: str, notes: tuple[str, ...]) -> Diagnostics:
        """Dispersion and autocorrelation of the share about its two values."""
        setting, used = self.setting, self.setting.in_fit
        residuals = share_residuals(setting, self.control)[used]
        serial = autocorrelation(residuals, np.flatnonzero(used))
        widened = (
            f"the share varies {self.dispersion:.2f} times as much as a binomial one: the exact test is made on counts "
            "divided by that, which is an approximation",
        ) * (self.ratios is not self.binomial)
        rests = f"it rests on {self.control.name} not being touched by the interruption"
        return Diagnostics(
            method=method,
            dispersion_name="phi",
            dispersion=self.dispersion,
            pearson_ratio=self.dispersion,
            autocorrelation=serial.lags,
            ljung_box=serial.ljung_box,
            ljung_box_df=serial.ljung_box_df,
            ljung_box_p=serial.ljung_box_p,
            converged=True,
            notes=(*notes, *widened, rests, *containment_note(setting.series, self.control)),
            **week_counts(setting),  # type: ignore[arg-type]
        )


def fit_exact_share(setting: Setting, control: CountSeries, *, mid_p: bool = False) -> ExactShare:
    """Compare the ratio to a control before and after exactly, allowing for overdispersion where it is seen.

    Raises
    ------
    EstimationError
        One of the series, or one of the periods, has no events.
    """
    used, after = setting.in_fit, setting.segment > 0
    sides = (used & ~after, used & after)
    treated, other = _events(setting.series.counts, sides), _events(control.counts, sides)
    units = [setting.series.exposure[side].sum() / control.exposure[side].sum() for side in sides]
    numbers = treated, other, float(units[1] / units[0])
    binomial = compare_ratios(*numbers, level=setting.level, mid_p=mid_p)
    dispersion = max(share_dispersion(setting, control, block) for block in (1, BLOCK_WEEKS))
    if dispersion <= DISPERSION_NOTICED:
        return ExactShare(setting, control, binomial, binomial, dispersion)
    widened = compare_ratios(*numbers, level=setting.level, mid_p=mid_p, dispersion=dispersion)
    return ExactShare(setting, control, widened, binomial, dispersion)


def _events(counts: Floats, sides: tuple[Bools, Bools]) -> tuple[int, int]:
    return int(counts[sides[0]].sum()), int(counts[sides[1]].sum())


def share_dispersion(setting: Setting, control: CountSeries, block: int) -> float:
    """Pearson chi-square over degrees of freedom of the share about its two values, in blocks of weeks."""
    used, after, chi_square, df = setting.in_fit, setting.segment > 0, 0.0, 0
    for side in (used & ~after, used & after):
        weeks = np.flatnonzero(side)[: int(side.sum()) // block * block].reshape(-1, block)
        events = setting.series.counts[weeks].sum(axis=1)
        total = events + control.counts[weeks].sum(axis=1)
        events, total = events[total > 0], total[total > 0]
        if len(total) < 2 or not 0 < events.sum() < total.sum():
            continue
        share = events.sum() / total.sum()
        chi_square += float(((events - total * share) ** 2 / (total * share * (1 - share))).sum())
        df += len(total) - 1
    return chi_square / df if df else 1.0


def share_residuals(setting: Setting, control: CountSeries) -> Floats:
    """(T,) Pearson residuals of the share about its two values; 0 where nothing happened."""
    found = np.zeros(len(setting.series.index))
    used, after = setting.in_fit, setting.segment > 0
    for side in (used & ~after, used & after):
        events = setting.series.counts[side]
        total = events + control.counts[side]
        share = events.sum() / max(total.sum(), 1.0)
        spread = np.sqrt(total * share * (1 - share))
        found[side] = np.where(spread > 0, (events - total * share) / np.where(spread > 0, spread, 1.0), 0.0)
    return found
