"""The ratio of a series to its control, fitted given the total of both in each week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from trends.errors import EstimationError, InputError
from trends.models.control import containment_note
from trends.models.design import Design
from trends.models.effects import LARGEST_LOG_MEAN, PeriodSums
from trends.models.hac import newey_west, newey_west_lags
from trends.models.inference import METHODS, Inference, LatentInference, StudentInference
from trends.models.quasibinomial import QuasiBinomialFit
from trends.models.regression import hac_inference
from trends.models.segmented import Segmented
from trends.models.series import CountSeries, Floats
from trends.models.setting import Setting
from trends.models.share_ar1 import fit_share_ar1


def infer_share(
    method: str, setting: Setting, design: Design, control: CountSeries, fit: QuasiBinomialFit
) -> Inference:
    """Intervals of the log ratio of treated to control by one of the methods on offer.

    Raises
    ------
    InputError
        A method that is not offered.
    EstimationError
        The latent AR(1) fit did not converge.
    """
    if method == "model":
        return StudentInference("model", fit.coef, fit.cov, float(fit.df))
    used = in_share(setting, control)
    if method == "hac":
        scores = fit.scores(setting.series.counts[used], design.matrix[used])
        lags = newey_west_lags(int(used.sum()))
        cov = newey_west(scores, fit.unscaled_cov, np.flatnonzero(used), lags)
        return hac_inference(fit.coef, cov, fit.cov, float(fit.df), design.effect_columns())
    if method != "latent-ar1":
        raise InputError(f"intervals {method!r} is not offered", remedy=f"use {', '.join(METHODS)}")
    offset = np.log(setting.series.exposure / control.exposure)
    total = setting.counts + control.counts
    found = fit_share_ar1(setting.counts, total, design.matrix, offset, fit.coef)
    if not bool(found.converged[0]) or not np.isfinite(found.cov[0]).all():
        raise EstimationError(
            "the latent AR(1) fit of the ratio did not converge",
            remedy="use fewer terms, months instead of weeks, or a larger control",
        )
    return LatentInference(found)


def in_share(setting: Setting, control: CountSeries) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(T,) bool: in the fit, with an event in at least one of the two series."""
    return np.asarray(setting.in_fit & (np.nan_to_num(setting.series.counts + control.counts) > 0))


@dataclass(frozen=True, eq=False)
class Comparative(Segmented):
    """A comparative interrupted series: what changed in the ratio of a series to its control."""

    control: CountSeries
    fit: QuasiBinomialFit
    how: str

    @property
    def total(self) -> Floats:
        """(T,) events of both series; NaN where one of them has no count."""
        return self.setting.series.counts + self.control.counts

    @property
    def offset(self) -> Floats:
        """(T,) log of the ratio of the exposures."""
        return np.log(self.setting.series.exposure / self.control.exposure)

    @property
    def fit_matrix(self) -> Floats:
        """Columns on the weeks that say something about the ratio."""
        return np.asarray(self.design.matrix[in_share(self.setting, self.control)])

    def infer(self, method: str) -> Inference:
        """Intervals by one of the methods on offer."""
        return infer_share(method, self.setting, self.design, self.control, self.fit)

    def sums(self, inference: Inference, place: int | None, first: object, last: object) -> PeriodSums:
        """Split what was recorded in both series, with and without an interruption."""
        weeks = self.setting.period(place, first, last)
        matrix, without = self.design.matrix[weeks], self.design.without(place)[weeks]
        total, offset = self.total[weeks], self.offset[weeks]

        def both(coef: Floats) -> tuple[Floats, Floats]:
            fitted, expected = _split(total, coef @ matrix.T + offset, coef @ without.T + offset)
            return fitted.sum(axis=-1), expected.sum(axis=-1)

        estimate, drawn = both(inference.coef), both(self.draws_of(inference))
        return PeriodSums(float(estimate[0]), float(estimate[1]), *drawn)

    def counterfactual(self) -> pd.DataFrame:
        """Observed, fitted and expected counts of every week, and the counts of the control."""
        matrix, without = self.design.matrix, self.design.without()
        centres = [columns @ self.inference.coef + self.offset for columns in (matrix, without)]
        drawn = [self.draws @ columns.T + self.offset for columns in (matrix, without)]
        middle, spread = _split(self.total, *centres), _split(self.total, *drawn)
        tails = [(1 - self.setting.level) / 2, (1 + self.setting.level) / 2]
        columns: dict[str, Floats] = {"observed": self.setting.series.counts}
        for name, centre, values in zip(("fitted", "expected"), middle, spread, strict=True):
            low, high = np.quantile(values, tails, axis=0)
            columns |= {name: centre, f"{name}_low": low, f"{name}_high": high}
        return self.frame({**columns, "control": self.control.counts})

    def residuals(self) -> Floats:
        """(weeks in the fit,) Pearson residuals given the total; 0 in weeks without any event."""
        found = np.zeros(len(self.setting.series.index))
        used = in_share(self.setting, self.control)
        counts = self.setting.series.counts[used]
        found[used] = (counts - self.fit.fitted) / np.sqrt(self.fit.variance())
        return np.asarray(found[self.setting.in_fit])

    def dispersion(self) -> tuple[str, float, float]:
        """Quasi-binomial dispersion."""
        return "phi", self.fit.dispersion, self.fit.dispersion

    def own_notes(self) -> tuple[str, ...]:
        """Say what the comparison rests on, and whether an offset's constant ratio held before."""
        name = self.control.name
        notes = [f"it rests on {name} not being touched by the interruption"]
        notes += containment_note(self.setting.series, self.control)
        if self.how == "offset" and (drift := self._drift()):
            notes.append(drift)
        return tuple(notes)

    def _drift(self) -> str:
        """Say so where the ratio moved before the first interruption."""
        weeks = np.arange(len(self.setting.series.index))
        before = in_share(self.setting, self.control) & (weeks < self.setting.starts[0])
        trend = (weeks - self.setting.starts[0]) / 52.0
        matrix = np.column_stack([np.ones(len(weeks)), trend])
        hidden = np.where(before, self.setting.series.counts, np.nan)
        start = np.array([self.inference.coef[0], 0.0])
        fit = fit_share_ar1(hidden, hidden + self.control.counts, matrix, self.offset, start)
        found = fit.interval([0.0, 1.0], self.setting.level)
        if not bool(fit.converged[0]) or found.lower[0] <= 0 <= found.upper[0]:
            return ""
        return (
            f"before it the ratio to {self.control.name} was not constant, as an offset supposes: it moved "
            f'{"up" if found.estimate[0] > 0 else "down"} (take how="difference")'
        )


def _split(total: Floats, with_it: Floats, without_it: Floats) -> tuple[Floats, Floats]:
    """Treated events given the total, and those that the control leads to expect."""
    share = expit(np.clip(with_it, -LARGEST_LOG_MEAN, LARGEST_LOG_MEAN))
    ratio = np.exp(np.clip(without_it, -LARGEST_LOG_MEAN, LARGEST_LOG_MEAN))
    return total * share, total * (1.0 - share) * ratio
