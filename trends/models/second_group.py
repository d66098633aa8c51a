"""A series and its control as two groups in one regression; the effect is group by interruption."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from trends.errors import InputError
from trends.models.control import containment_note
from trends.models.design import Design, Term
from trends.models.effects import PeriodSums, mean_bands, period_sums
from trends.models.hac import newey_west, newey_west_lags
from trends.models.inference import METHODS, Inference, StudentInference, latent_ar1
from trends.models.negbin import NegativeBinomialFit
from trends.models.regression import MeanFit, hac_inference
from trends.models.segmented import Segmented
from trends.models.series import CountSeries, Floats
from trends.models.setting import Setting

APART = 200
"""Steps of nothing between the two series of a stack: no disturbance reaches across."""


@dataclass(frozen=True, eq=False)
class Stack:
    """Control and treated series in long format, the control first.

    Attributes
    ----------
    design
        (T, P + Q) columns of the treated rows: P that both groups have, Q that only the treated has.
    control_rows
        (T, P + Q) columns of the control's rows.
    counts, offset
        (2 T,) NaN in weeks that are not in the fit; log exposure.
    """

    design: Design
    control_rows: Floats
    counts: Floats
    offset: Floats

    @property
    def matrix(self) -> Floats:
        """(2 T, P + Q)."""
        return np.vstack([self.control_rows, self.design.matrix])

    @property
    def used(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """(2 T,) rows in the fit."""
        return np.isfinite(self.counts)


def stack(setting: Setting, design: Design, control: CountSeries, shared: tuple[str, ...]) -> Stack:
    """Put both series into long format.

    Parameters
    ----------
    design
        (T, P) columns of one series.
    shared
        Kinds of terms that the treated series does not have for itself.
    """
    kinds = {"trend": "trend", "season": "season", "covariates": "covariate"}
    dropped = {kinds[name] for name in shared}
    own = [place for place, term in enumerate(design.terms) if _kind(term) not in dropped]
    zero = np.zeros((len(design.matrix), len(own)))
    common = tuple(Term(f"both: {term.name}", "baseline") for term in design.terms)
    common = (Term("intercept", "baseline"), *common[1:])
    mine = tuple(
        replace(term, name="group" if place == 0 else f"group × {term.name}")
        for place, term in ((place, design.terms[place]) for place in own)
    )
    treated = np.column_stack([design.matrix, design.matrix[:, own]])
    hidden = np.where(setting.in_fit, control.counts, np.nan)
    return Stack(
        Design(treated, (*common, *mine), design.starts, design.lengths),
        np.column_stack([design.matrix, zero]),
        np.concatenate([hidden, setting.counts]),
        np.concatenate([np.log(control.exposure), setting.offset]),
    )


def _kind(term: Term) -> str:
    return "trend" if term.name.startswith("trend") else term.kind


def infer_stack(method: str, setting: Setting, rows: Stack, fit: MeanFit) -> Inference:
    """Intervals of a stacked regression by one of the methods on offer.

    ``"latent-ar1"``: a disturbance for each series, of one size and persistence. ``"hac"``: Newey-West on the
    scores of both series summed by week (Driscoll & Kraay 1998). ``"model"``: the family's own, normal quantile.

    Raises
    ------
    InputError
        A method that is not offered.
    EstimationError
        The latent AR(1) fit did not converge.
    """
    if method == "model":
        return StudentInference("model", fit.coef, fit.cov, math.inf)
    if method == "hac":
        return _hac(setting, rows, fit)
    if method != "latent-ar1":
        raise InputError(f"intervals {method!r} is not offered", remedy=f"use {', '.join(METHODS)}")
    weeks = len(setting.series.index)
    gap = np.zeros((APART, rows.matrix.shape[1]))
    return latent_ar1(
        np.concatenate([rows.counts[:weeks], np.full(APART, np.nan), rows.counts[weeks:]]),
        np.vstack([rows.control_rows, gap, rows.design.matrix]),
        np.concatenate([rows.offset[:weeks], np.zeros(APART), rows.offset[weeks:]]),
    )


def _hac(setting: Setting, rows: Stack, fit: MeanFit) -> Inference:
    weeks, used = int(setting.in_fit.sum()), rows.used
    scores = fit.scores(rows.counts[used], rows.matrix[used])
    bread = fit.cov if isinstance(fit, NegativeBinomialFit) else fit.unscaled_cov
    by_week = scores[:weeks] + scores[weeks:]
    cov = newey_west(by_week, bread, np.flatnonzero(setting.in_fit), newey_west_lags(weeks))
    return hac_inference(fit.coef, cov, fit.cov, float(fit.df), rows.design.effect_columns())


@dataclass(frozen=True, eq=False)
class SecondGroup(Segmented):
    """A regression of two groups with the inference that its result reports."""

    control: CountSeries
    rows: Stack
    fit: MeanFit
    how: str = "second-group"

    @property
    def fit_matrix(self) -> Floats:
        """Columns of both series on the rows in the fit."""
        return np.asarray(self.rows.matrix[self.rows.used])

    def infer(self, method: str) -> Inference:
        """Intervals by one of the methods on offer."""
        return infer_stack(method, self.setting, self.rows, self.fit)

    def sums(self, inference: Inference, place: int | None, first: object, last: object) -> PeriodSums:
        """Sum expected events of the treated series: as they were, and had it changed like the control."""
        weeks = self.setting.period(place, first, last)
        return period_sums(
            inference.coef,
            self.draws_of(inference),
            self.design.matrix[weeks],
            self.design.without(place)[weeks],
            self.setting.offset[weeks],
        )

    def counterfactual(self) -> pd.DataFrame:
        """Observed, fitted and expected counts of the treated series, and the counts of the control."""
        setting, columns = self.setting, {"observed": self.setting.series.counts}
        for name, matrix in (("fitted", self.design.matrix), ("expected", self.design.without())):
            bands = mean_bands(self.inference.coef, self.draws, matrix, setting.offset, setting.level)
            columns |= dict(zip((name, f"{name}_low", f"{name}_high"), bands, strict=True))
        return self.frame({**columns, "control": self.control.counts})

    def _pearson(self) -> Floats:
        counts = self.rows.counts[self.rows.used]
        return np.asarray((counts - self.fit.fitted) / np.sqrt(self.fit.variance()))

    def residuals(self) -> Floats:
        """(weeks in the fit,) Pearson residuals of the treated series."""
        return self._pearson()[int(self.setting.in_fit.sum()) :]

    def dispersion(self) -> tuple[str, float, float]:
        """Dispersion that both series share."""
        if isinstance(self.fit, NegativeBinomialFit):
            return "alpha", self.fit.alpha, float((self._pearson() ** 2).sum() / self.fit.df)
        return "phi", self.fit.dispersion, self.fit.dispersion

    def own_notes(self) -> tuple[str, ...]:
        """Say what the comparison rests on, and that common shocks stay in it."""
        weeks = int(self.setting.in_fit.sum())
        residuals = self._pearson()
        alike = float(np.corrcoef(residuals[:weeks], residuals[weeks:])[0, 1])
        notes = [f"it rests on {self.control.name} not being touched by the interruption"]
        notes += containment_note(self.setting.series, self.control)
        if alike > 2 / math.sqrt(weeks):
            notes.append(
                f"both series move together from {self.setting.series.step} to {self.setting.series.step} "
                f'(correlation {alike:.2f}): how="difference" takes that out and tells more'
            )
        return tuple(notes)
