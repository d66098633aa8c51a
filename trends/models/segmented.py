"""What every segmented model of a series offers, whatever its counts are compared with."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from trends.errors import EstimationError, InputError
from trends.models.design import Design
from trends.models.diagnostics import Diagnostics, autocorrelation, week_counts
from trends.models.effects import ExcessNumbers, PeriodSums, average_effect, excess_events
from trends.models.identify import condition_number, entangled, overlapping_pairs, variance_inflation
from trends.models.inference import METHODS, Inference, LatentInference, LogEffect
from trends.models.series import Floats
from trends.models.setting import Setting
from trends.models.shapes import EFFECT_KINDS, effect_term, steps_of
from trends.models.tables import Row, effect_row, effects_frame, ratio_clause

VIF_NOTED = 10.0


@dataclass(frozen=True, eq=False)
class Segmented(ABC):
    """A segmented model on the log scale, with the inference that its result reports."""

    setting: Setting
    design: Design
    inference: Inference

    @abstractmethod
    def infer(self, method: str) -> Inference:
        """Intervals by one of the methods on offer."""

    @abstractmethod
    def sums(self, inference: Inference, place: int | None, first: object, last: object) -> PeriodSums:
        """Sum expected events of a period with and without an interruption (or all of them)."""

    @abstractmethod
    def counterfactual(self) -> pd.DataFrame:
        """Observed, fitted and expected counts of every week."""

    @abstractmethod
    def residuals(self) -> Floats:
        """(weeks in the fit,) Pearson residuals by the model's variance."""

    @abstractmethod
    def dispersion(self) -> tuple[str, float, float]:
        """Name and value of the dispersion, and Pearson chi-square over degrees of freedom."""

    @abstractmethod
    def own_notes(self) -> tuple[str, ...]:
        """Say what belongs beside an estimate of this kind."""

    @property
    def fit_matrix(self) -> Floats:
        """Columns on the rows of the fit."""
        return np.asarray(self.design.matrix[self.setting.in_fit])

    @cached_property
    def draws(self) -> Floats:
        """(N, P) coefficients from the reported inference; every average, excess and band comes from them."""
        return self._drawn(self.inference)

    def _drawn(self, inference: Inference) -> Floats:
        return inference.draws(self.setting.seed, self.setting.draws)

    def draws_of(self, inference: Inference) -> Floats:
        """(N, P) coefficients from any inference."""
        return self.draws if inference is self.inference else self._drawn(inference)

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
        item, step = self.setting.interruptions[place], self.setting.series.step
        rows = []
        for kind in EFFECT_KINDS:
            column = self.design.column(kind, place)
            if column is not None:
                weights = np.eye(len(self.design.terms))[column]
                effect = chosen.contrast(weights, self.setting.level)
                rows.append(self._row(chosen, effect_term(kind, item, step), place, effect))
        return [*rows, self._row(chosen, "average", place, self.average_numbers(chosen, place))]

    def _row(self, chosen: Inference, term: str, place: int | None, effect: LogEffect) -> Row:
        return effect_row(self.setting, term, place, effect, chosen.method)

    def intervals(self) -> pd.DataFrame:
        """Effects by every method, the reported one first; NaN where a method did not converge."""
        tables = [self.effects()]
        for method in METHODS:
            if method == self.inference.method:
                continue
            try:
                tables.append(self.effects(self.infer(method)))
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
            item = self.setting.interruptions[one]
            for horizon in weeks:
                steps = self._steps(horizon, one)
                weights = self.design.own_weights(one, item, steps, self.setting.series.step)
                effect = self.inference.contrast(weights, self.setting.level)
                rows.append(self._row(self.inference, f"after {horizon:g} weeks", one, effect))
        return effects_frame(rows)

    def _steps(self, weeks: float, place: int) -> float:
        item, start = self.setting.interruptions[place], self.setting.starts[place]
        step = self.setting.series.step
        steps = steps_of(weeks - item.delay, step)
        seen = self.setting.last_weeks[place] - start
        if not 0 <= steps <= seen:
            first = f"{item.delay} weeks" if item.delay else "0"
            raise InputError(
                f"{weeks:g} weeks after {item.name} lies outside the series or its effect",
                remedy=f"it is seen from {first} to {seen} {step}s after {'that' if item.delay else 'it'}",
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
        return average_effect(self.sums(inference or self.inference, place, first, last), self.setting.level)

    def excess_numbers(self, place: int | None, first: object, last: object) -> ExcessNumbers:
        """Take expected events with minus without an interruption (or all) over a period."""
        return excess_events(self.sums(self.inference, place, first, last), self.setting.level)

    def joint(self, names: tuple[str, ...]) -> LogEffect:
        """Log ratio of several terms together, each at 1.

        Raises
        ------
        InputError
            A term that the model does not have.
        """
        known = self.design.names
        if unknown := [name for name in names if name not in known]:
            raise InputError(f"no term is called {unknown[0]!r}", remedy=f"there is {', '.join(known)}")
        weights = np.isin(known, names).astype(float)
        return self.inference.contrast(weights, self.setting.level)

    def coefficients(self) -> pd.DataFrame:
        """Every coefficient, trend and season included, with its standard error, on the log scale."""
        errors = np.sqrt(np.diag(self.inference.cov))
        return pd.DataFrame({"term": self.design.names, "estimate": self.inference.coef, "std_error": errors})

    def diagnostics(self, method: str, notes: tuple[str, ...]) -> Diagnostics:
        """Dispersion, residual autocorrelation, collinearity, weeks and events."""
        matrix = self.fit_matrix
        serial = autocorrelation(self.residuals(), np.flatnonzero(self.setting.in_fit))
        inflation = variance_inflation(matrix)
        name, dispersion, pearson_ratio = self.dispersion()
        return Diagnostics(
            method=method,
            dispersion_name=name,
            dispersion=dispersion,
            pearson_ratio=pearson_ratio,
            autocorrelation=serial.lags,
            ljung_box=serial.ljung_box,
            ljung_box_df=serial.ljung_box_df,
            ljung_box_p=serial.ljung_box_p,
            converged=True,
            **week_counts(self.setting),
            condition_number=condition_number(matrix),
            variance_inflation=dict(zip(self.design.names[1:], inflation[1:].tolist(), strict=True)),
            noise=self.noise(),
            notes=(
                *notes,
                *self.inference.notes,
                *self._overlap_notes(matrix),
                *self._precision_notes(matrix, inflation),
                *self._serial_notes(serial.ljung_box_p, serial.lags[0]),
                *self.own_notes(),
            ),
        )

    def noise(self) -> dict[str, float]:
        """Noise that the reported interval assumed."""
        noise = {"df": self.inference.df}
        if isinstance(self.inference, LatentInference):
            noise |= {"sigma": float(self.inference.fit.sigma[0]), "rho": float(self.inference.fit.rho[0])}
        return noise

    def _overlap_notes(self, matrix: Floats) -> list[str]:
        notes = []
        for first, second, clause in overlapping_pairs(matrix, self.design.names):
            notes.append(f"{clause}: their effects cannot be separated; {self._joint_clause(first, second)}")
        return notes

    def _joint_clause(self, *names: str) -> str:
        return f"joint effect of both: {ratio_clause(self.joint(names), self.setting.level)}"

    def _precision_notes(self, matrix: Floats, inflation: Floats) -> list[str]:
        terms, step = self.design.terms, self.setting.series.step
        covariates = np.array([i for i, term in enumerate(terms) if term.kind == "covariate"], dtype=np.intp)
        notes = []
        for column in self.design.effect_columns():
            if not inflation[column] > VIF_NOTED:
                continue
            name, cost = terms[column].name, f"{inflation[column] ** 0.5:.1f} times what it would be without"
            other = entangled(matrix, int(column), covariates)
            if other is None:
                notes.append(
                    f"{name} is hard to tell from the other terms: its standard error is {cost} them"
                )
                continue
            weeks = matrix[:, other] != 0
            both = int((weeks & (matrix[:, column] != 0)).sum())
            clause = (
                f"; {self._joint_clause(terms[other].name, name)}" if terms[column].kind == "level" else ""
            )
            notes.append(
                f"{name} is hard to tell from {terms[other].name}, of whose {int(weeks.sum())} {step}s in the fit {both} "
                f"come after it: its standard error is {cost} the other terms{clause}"
            )
        return notes

    def _serial_notes(self, serial_p: float, lag1: float) -> list[str]:
        notes = []
        if self.inference.method == "model" and serial_p < 0.05:
            notes.append("residuals are serially correlated: the model's own intervals are too short")
        if lag1 < -1.96 / math.sqrt(max(int(self.setting.in_fit.sum()), 1)):
            step = self.setting.series.step
            told = f"residuals are negatively correlated at one {step} ({lag1:.2f})"
            if isinstance(self.inference, LatentInference):
                told += "; the interval takes no advantage of it and is not shorter for it"
            notes.append(told)
        return notes

    def frame(self, columns: dict[str, Floats]) -> pd.DataFrame:
        """Curves by week, fitted values of the phase-in hidden."""
        setting = self.setting
        shown = {
            name: np.where(setting.phase_in, np.nan, values) if name.startswith("fitted") else values
            for name, values in columns.items()
        }
        index = setting.series.index.rename("week" if setting.series.step == "week" else "month")
        return pd.DataFrame({**shown, "in_fit": setting.in_fit}, index=index)
