"""Segmented regression of one series: a fitted mean, ways to its intervals, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from trends.errors import EstimationError, InputError
from trends.models.design import Design
from trends.models.diagnostics import Diagnostics, autocorrelation
from trends.models.effects import (
    ExcessNumbers,
    PeriodSums,
    average_effect,
    effect_at,
    excess_events,
    mean_bands,
    period_sums,
)
from trends.models.hac import newey_west, newey_west_lags
from trends.models.identify import condition_number, overlapping_pairs, variance_inflation
from trends.models.inference import (
    METHODS,
    Inference,
    LatentInference,
    LogEffect,
    StudentInference,
    latent_ar1,
)
from trends.models.negbin import NegativeBinomialFit
from trends.models.quasipoisson import QuasiPoissonFit
from trends.models.series import STEPS_PER_YEAR, Floats
from trends.models.setting import Setting
from trends.models.tables import Row, effect_row, effects_frame

VIF_NOTED = 10.0
MeanFit = NegativeBinomialFit | QuasiPoissonFit


def infer(method: str, setting: Setting, design: Design, fit: MeanFit) -> Inference:
    """Intervals for a segmented regression by one of the methods on offer.

    Raises
    ------
    InputError
        A method that is not offered.
    EstimationError
        The method did not converge on these counts.
    """
    ways: dict[str, Callable[[Setting, Design, MeanFit], Inference]] = {
        "latent-ar1": lambda setting, design, _: latent_ar1(setting.counts, design.matrix, setting.offset),
        "hac": _hac,
        "model": _model,
    }
    if method not in ways:
        raise InputError(f"intervals {method!r} is not offered", remedy=f"use {', '.join(METHODS)}")
    return ways[method](setting, design, fit)


def _model(setting: Setting, design: Design, fit: MeanFit) -> Inference:
    df = math.inf if isinstance(fit, NegativeBinomialFit) else float(fit.df)
    return StudentInference("model", fit.coef, fit.cov, df)


def _hac(setting: Setting, design: Design, fit: MeanFit) -> Inference:
    used = setting.in_fit
    scores = fit.scores(setting.series.counts[used], design.matrix[used])
    bread = fit.cov if isinstance(fit, NegativeBinomialFit) else fit.unscaled_cov
    cov = newey_west(scores, bread, np.flatnonzero(used), newey_west_lags(int(used.sum())))
    columns = design.effect_columns()
    shorter = (np.diag(cov) < np.diag(fit.cov))[columns].any()
    note = "the HAC interval is shorter than the model's own: its residuals seem negatively correlated"
    return StudentInference("hac", fit.coef, cov, float(fit.df), (note,) if shorter else ())


@dataclass(frozen=True, eq=False)
class Regression:
    """A segmented regression with the inference that its result reports."""

    setting: Setting
    design: Design
    fit: MeanFit
    inference: Inference

    def effects(self, inference: Inference | None = None) -> pd.DataFrame:
        """Level, slope and average of each interruption; with several also the average of all together."""
        chosen = inference or self.inference
        rows: list[Row] = []
        for place in range(len(self.setting.interruptions)):
            rows += self._own_rows(chosen, place)
        if len(self.setting.interruptions) > 1:
            rows.append(self._row(chosen, "average", None, self.average_numbers(chosen)))
        return effects_frame(rows)

    def _own_rows(self, chosen: Inference, place: int) -> list[Row]:
        level, slope = self.design.column("level", place), self.design.column("slope", place)
        rows = []
        if level is not None:
            rows.append(
                self._row(chosen, "level", place, effect_at(chosen, level, None, 0, self.setting.level))
            )
        if slope is not None:
            term = f"slope per {self.setting.series.step}"
            effect = effect_at(chosen, None, slope, 1, self.setting.level)
            rows.append(self._row(chosen, term, place, effect))
        return [*rows, self._row(chosen, "average", place, self.average_numbers(chosen, place))]

    def _row(self, chosen: Inference, term: str, place: int | None, effect: LogEffect) -> Row:
        return effect_row(self.setting, term, place, effect, chosen.method)

    def intervals(self) -> pd.DataFrame:
        """Effects by every method, the reported one first; NaN where a method did not converge."""
        others = [method for method in METHODS if method != self.inference.method]
        tables = [self.effects()]
        for method in others:
            try:
                tables.append(self.effects(infer(method, self.setting, self.design, self.fit)))
            except EstimationError:
                empty = tables[0].assign(interval=f"{method} (not converged)")
                numbers = ["rate_ratio", "low", "high", "p_value", "estimate", "std_error"]
                tables.append(empty.assign(**dict.fromkeys(numbers, np.nan)))
        return pd.concat(tables, ignore_index=True)

    def at(self, weeks: tuple[float, ...], place: int | None) -> pd.DataFrame:
        """Effect of each interruption, ``weeks`` after its own week."""
        places = range(len(self.setting.interruptions)) if place is None else [place]
        rows = []
        for one in places:
            level, slope = self.design.column("level", one), self.design.column("slope", one)
            for horizon in weeks:
                steps = self._steps(horizon, one)
                effect = effect_at(self.inference, level, slope, steps, self.setting.level)
                rows.append(self._row(self.inference, f"after {horizon:g} weeks", one, effect))
        return effects_frame(rows)

    def _steps(self, weeks: float, place: int) -> float:
        steps = weeks * STEPS_PER_YEAR[self.setting.series.step] / STEPS_PER_YEAR["week"]
        seen = len(self.setting.series.index) - 1 - self.setting.starts[place]
        if not 0 <= steps <= seen:
            name = self.setting.interruptions[place].name
            raise InputError(
                f"{weeks:g} weeks after {name} lies outside the series",
                remedy=f"it is seen from 0 to {seen} {self.setting.series.step}s after it",
            )
        return steps

    def average_numbers(
        self,
        inference: Inference | None = None,
        place: int | None = None,
        first: object = None,
        last: object = None,
    ) -> LogEffect:
        """Log ratio of expected events with and without an interruption (or all) over a period."""
        return average_effect(self._sums(inference or self.inference, place, first, last), self.setting.level)

    def excess_numbers(self, place: int | None, first: object, last: object) -> ExcessNumbers:
        """Take expected events with minus without an interruption (or all) over a period."""
        return excess_events(self._sums(self.inference, place, first, last), self.setting.level)

    def _sums(self, inference: Inference, place: int | None, first: object, last: object) -> PeriodSums:
        weeks = self.setting.period(place, first, last)
        draws = self._draws if inference is self.inference else self._drawn(inference)
        return period_sums(
            inference.coef,
            draws,
            self.design.matrix[weeks],
            self.design.without(place)[weeks],
            self.setting.offset[weeks],
        )

    @cached_property
    def _draws(self) -> Floats:
        return self._drawn(self.inference)

    def _drawn(self, inference: Inference) -> Floats:
        return inference.draws(self.setting.seed, self.setting.draws)

    def counterfactual(self) -> pd.DataFrame:
        """Observed, fitted and expected counts of every week."""
        setting = self.setting
        fitted = mean_bands(self.inference, self.design.matrix, setting.offset, setting.level)
        expected = mean_bands(self.inference, self.design.without(), setting.offset, setting.level)
        columns = {"observed": setting.series.counts}
        for name, bands in (("fitted", fitted), ("expected", expected)):
            for suffix, values in zip(("", "_low", "_high"), bands, strict=True):
                hidden = setting.phase_in if name == "fitted" else False
                columns[name + suffix] = np.where(hidden, np.nan, values)
        index = setting.series.index.rename("week" if setting.series.step == "week" else "month")
        return pd.DataFrame({**columns, "in_fit": setting.in_fit}, index=index)

    def coefficients(self) -> pd.DataFrame:
        """Every coefficient, trend and season included, with its standard error, on the log scale."""
        errors = np.sqrt(np.diag(self.inference.cov))
        return pd.DataFrame({"term": self.design.names, "estimate": self.inference.coef, "std_error": errors})

    def residuals(self) -> Floats:
        """(weeks in the fit,) Pearson residuals by the family's variance."""
        counts = self.setting.series.counts[self.setting.in_fit]
        return np.asarray((counts - self.fit.fitted) / np.sqrt(self.fit.variance()))

    def diagnostics(self, method: str, notes: tuple[str, ...]) -> Diagnostics:
        """Dispersion, residual autocorrelation, collinearity, weeks and events."""
        setting, used = self.setting, self.setting.in_fit
        matrix = self.design.matrix[used]
        serial = autocorrelation(self.residuals(), np.flatnonzero(used))
        inflation = variance_inflation(matrix)
        return Diagnostics(
            method=method,
            dispersion_name="alpha" if isinstance(self.fit, NegativeBinomialFit) else "phi",
            dispersion=self.fit.alpha if isinstance(self.fit, NegativeBinomialFit) else self.fit.dispersion,
            pearson_ratio=self._pearson_ratio(),
            autocorrelation=serial.lags,
            ljung_box=serial.ljung_box,
            ljung_box_df=serial.ljung_box_df,
            ljung_box_p=serial.ljung_box_p,
            converged=True,
            **week_counts(setting),
            condition_number=condition_number(matrix),
            variance_inflation=dict(zip(self.design.names[1:], inflation[1:].tolist(), strict=True)),
            noise=self._noise(),
            notes=(
                *notes,
                *self.inference.notes,
                *self._notes(matrix, inflation, serial.ljung_box_p, serial.lags[0]),
            ),
        )

    def _pearson_ratio(self) -> float:
        if isinstance(self.fit, QuasiPoissonFit):
            return self.fit.dispersion
        return float((self.residuals() ** 2).sum() / self.fit.df)

    def _noise(self) -> dict[str, float]:
        noise = {"df": self.inference.df}
        if isinstance(self.inference, LatentInference):
            noise |= {"sigma": float(self.inference.fit.sigma[0]), "rho": float(self.inference.fit.rho[0])}
        if self.inference.method == "hac":
            noise["lags"] = float(newey_west_lags(int(self.setting.in_fit.sum())))
        return noise

    def _notes(self, matrix: Floats, inflation: Floats, serial_p: float, lag1: float) -> tuple[str, ...]:
        notes = list(overlapping_pairs(matrix, self.design.names))
        for column in self.design.effect_columns():
            if inflation[column] > VIF_NOTED:
                share = inflation[column] ** 0.5
                notes.append(
                    f"{self.design.names[column]} is hard to tell from the other terms: its standard error "
                    f"is {share:.1f} times what it would be without them"
                )
        if self.inference.method == "model" and serial_p < 0.05:
            notes.append("residuals are serially correlated: the model's own intervals are too short")
        if serial_p < 0.05 and lag1 < 0:
            notes.append(
                f"residuals are negatively correlated at one {self.setting.series.step} ({lag1:.2f})"
            )
        return tuple(notes)


def week_counts(setting: Setting) -> dict[str, int]:
    """Weeks and events before and after the first interruption, and weeks left out."""
    used, after = setting.in_fit, setting.segment > 0
    counts = np.nan_to_num(setting.series.counts)
    return {
        "weeks": int(used.sum()),
        "weeks_before": int((used & ~after).sum()),
        "weeks_after": int((used & after).sum()),
        "weeks_phase_in": int(setting.phase_in.sum()),
        "weeks_missing": int((~setting.series.observed & ~setting.phase_in).sum()),
        "events_before": int(counts[used & ~after].sum()),
        "events_after": int(counts[used & after].sum()),
    }
