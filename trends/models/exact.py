"""The exact comparison of two rates as the answer to a before/after question, where events are too few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trends.errors import EstimationError
from trends.models.diagnostics import Diagnostics, autocorrelation, week_counts
from trends.models.effects import ExcessNumbers
from trends.models.inference import LogEffect
from trends.models.series import Floats
from trends.models.setting import Setting
from trends.models.shrunken import ShrunkenRatio
from trends.models.sparse import ExactFit, exact_excess, rate_limits
from trends.models.tables import effect_row, effects_frame, rates_effect, shrunken_effect

RATIO_TERM = "rate ratio after/before"


@dataclass(frozen=True, eq=False)
class TwoPeriods:
    """What every comparison of two whole periods shares: one ratio, and no course in time."""

    setting: Setting

    def at(self, weeks: tuple[float, ...], place: int | None) -> pd.DataFrame:
        """Refuse: two rates say nothing about a course in time."""
        raise EstimationError(
            "an exact comparison has one ratio for the whole period after, none at a horizon",
            remedy="use .effects, or a group of provinces with enough events for a regression",
        )

    def joint(self, names: tuple[str, ...]) -> LogEffect:
        """Refuse: there are no terms."""
        raise EstimationError("an exact comparison has no terms to put together", remedy="use .effects")

    def coefficients(self) -> pd.DataFrame:
        """No coefficients: an empty table."""
        return pd.DataFrame({"term": [], "estimate": [], "std_error": []})

    def refuse_part(self, place: int | None, first: object, last: object) -> None:
        """Refuse a part of the period after."""
        if first is not None or last is not None or (place or 0) > 0:
            raise EstimationError(
                "an exact comparison has one ratio for the whole period after the first interruption",
                remedy="compare the counts of the period you mean with compare_rates",
            )


@dataclass(frozen=True, eq=False)
class ExactComparison(TwoPeriods):
    """One rate before the first interruption and one after it, the ratio exact or under a weak prior."""

    fit: ExactFit
    shrunken: ShrunkenRatio | None = None

    @property
    def ratio(self) -> LogEffect:
        """Log ratio that is reported: exact, or under the weak prior where that was asked for."""
        return rates_effect(self.fit.rates) if self.shrunken is None else shrunken_effect(self.shrunken)

    def effects(self) -> pd.DataFrame:
        """One row: the ratio of the two rates."""
        reported = self.shrunken or self.fit.rates
        return effects_frame([effect_row(self.setting, RATIO_TERM, None, self.ratio, reported.interval)])

    def intervals(self) -> pd.DataFrame:
        """Tabulate the reported interval, the exact one, and the one for Poisson counts where they differ."""
        tables = [self.effects()]
        if self.shrunken is not None:
            rates = self.fit.rates
            row = effect_row(self.setting, RATIO_TERM, None, rates_effect(rates), rates.interval)
            tables.append(effects_frame([row]))
        if self.fit.rates is not self.fit.poisson:
            poisson = self.fit.poisson
            row = effect_row(self.setting, RATIO_TERM, None, rates_effect(poisson), poisson.interval)
            tables.append(effects_frame([row]))
        return pd.concat(tables, ignore_index=True)

    def average_numbers(
        self, inference: object = None, place: int | None = None, first: object = None, last: object = None
    ) -> LogEffect:
        """Log ratio of the two rates."""
        self.refuse_part(place, first, last)
        return self.ratio

    def excess_numbers(self, place: int | None, first: object, last: object) -> ExcessNumbers:
        """Events after minus what the rate before would have given."""
        self.refuse_part(place, first, last)
        return ExcessNumbers(*exact_excess(self.fit.rates))

    def counterfactual(self) -> pd.DataFrame:
        """Constant rates as curves: fitted before and after, expected from the rate before alone."""
        setting, rates = self.setting, self.fit.rates
        exposure = setting.series.exposure
        before = _bands(rates.events_before, rates.exposure_before, rates.dispersion, rates.level)
        after = _bands(rates.events_after, rates.exposure_after, rates.dispersion, rates.level)
        is_after = setting.segment > 0
        columns: dict[str, Floats] = {"observed": setting.series.counts}
        for suffix, old, new in zip(("", "_low", "_high"), before, after, strict=True):
            columns["fitted" + suffix] = np.where(
                setting.phase_in, np.nan, np.where(is_after, new, old) * exposure
            )
        for suffix, old in zip(("", "_low", "_high"), before, strict=True):
            columns["expected" + suffix] = old * exposure
        index = setting.series.index.rename("week" if setting.series.step == "week" else "month")
        return pd.DataFrame({**columns, "in_fit": setting.in_fit}, index=index)

    def diagnostics(self, method: str, notes: tuple[str, ...]) -> Diagnostics:
        """Dispersion and autocorrelation of the counts about their two rates."""
        setting, used = self.setting, self.setting.in_fit
        fitted = self.counterfactual()["fitted"].to_numpy()[used]
        counts = setting.series.counts[used]
        spread = np.sqrt(np.where(fitted > 0, fitted, 1.0))
        residuals = np.where(fitted > 0, (counts - fitted) / spread, 0.0)
        serial = autocorrelation(residuals, np.flatnonzero(used))
        if self.fit.rates.dispersion > 1:
            notes = (
                *notes,
                f"the counts vary {self.fit.dispersion:.2f} times as much as Poisson counts: the exact test "
                "is made on counts divided by that, which is an approximation",
            )
        return Diagnostics(
            method=method,
            dispersion_name="phi",
            dispersion=self.fit.dispersion,
            pearson_ratio=self.fit.dispersion,
            autocorrelation=serial.lags,
            ljung_box=serial.ljung_box,
            ljung_box_df=serial.ljung_box_df,
            ljung_box_p=serial.ljung_box_p,
            converged=True,
            notes=notes,
            **week_counts(setting),  # type: ignore[arg-type]
        )


def _bands(events: int, exposure: float, dispersion: float, level: float) -> tuple[float, float, float]:
    return (events / exposure, *rate_limits(events, exposure, dispersion, level))
