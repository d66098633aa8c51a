"""Segmented regression of one series: a fitted mean, ways to its intervals, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trends.errors import InputError
from trends.models.design import Design
from trends.models.effects import PeriodSums, mean_bands, period_sums
from trends.models.hac import newey_west, newey_west_lags
from trends.models.inference import METHODS, Inference, StudentInference, latent_ar1
from trends.models.negbin import NegativeBinomialFit, fit_negbin
from trends.models.quasipoisson import QuasiPoissonFit, fit_quasipoisson
from trends.models.segmented import Segmented
from trends.models.series import Floats
from trends.models.setting import Setting

MeanFit = NegativeBinomialFit | QuasiPoissonFit


def fit_mean(family: str, counts: Floats, matrix: Floats, offset: Floats) -> tuple[MeanFit, str, str]:
    """Fit the mean by a family: the fit, the name of the family that was fitted, and why that one.

    Parameters
    ----------
    family
        ``"negative-binomial"`` or ``"quasi-poisson"``; the former becomes the latter where the counts vary no
        more than Poisson counts.
    counts, matrix, offset
        (T,), (T, P) and (T,) of the rows in the fit.
    """
    poisson = fit_quasipoisson(counts, matrix, offset)
    if family != "negative-binomial":
        return poisson, "quasi-Poisson", "asked for"
    negbin = fit_negbin(counts, matrix, offset, poisson.coef)
    if negbin is None:
        reason = "the counts vary no more than Poisson counts, so no negative binomial dispersion exists"
        return poisson, "quasi-Poisson", reason
    reason = "enough events for a regression, and counts that vary more than Poisson counts"
    return negbin, "negative-binomial", reason


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
    return hac_inference(fit.coef, cov, fit.cov, float(fit.df), design.effect_columns())


def hac_inference(
    coef: Floats, cov: Floats, model_cov: Floats, df: float, effects: NDArray[np.intp]
) -> Inference:
    """Newey-West intervals, with a note where one is shorter than the model's own."""
    shorter = (np.diag(cov) < np.diag(model_cov))[effects].any()
    note = "the HAC interval is shorter than the model's own: its residuals seem negatively correlated"
    return StudentInference("hac", coef, cov, df, (note,) if shorter else ())


@dataclass(frozen=True, eq=False)
class Regression(Segmented):
    """A segmented regression with the inference that its result reports."""

    fit: MeanFit

    def infer(self, method: str) -> Inference:
        """Intervals by one of the methods on offer."""
        return infer(method, self.setting, self.design, self.fit)

    def sums(self, inference: Inference, place: int | None, first: object, last: object) -> PeriodSums:
        """Sum expected events of a period with and without an interruption (or all of them)."""
        key = (inference.method, place, str(first), str(last))
        if key not in self._kept_sums:
            weeks = self.setting.period(place, first, last)
            self._kept_sums[key] = period_sums(
                inference.coef,
                self.draws_of(inference),
                self.design.matrix[weeks],
                self.design.without(place)[weeks],
                self.setting.offset[weeks],
            )
        return self._kept_sums[key]

    @cached_property
    def _kept_sums(self) -> dict[tuple[str, int | None, str, str], PeriodSums]:
        """Average and excess of one period rest on the same sums, made once."""
        return {}

    def counterfactual(self) -> pd.DataFrame:
        """Observed, fitted and expected counts of every week."""
        setting, columns = self.setting, {"observed": self.setting.series.counts}
        for name, matrix in (("fitted", self.design.matrix), ("expected", self.design.without())):
            bands = mean_bands(self.inference.coef, self.draws, matrix, setting.offset, setting.level)
            columns |= dict(zip((name, f"{name}_low", f"{name}_high"), bands, strict=True))
        return self.frame(columns)

    def residuals(self) -> Floats:
        """(weeks in the fit,) Pearson residuals by the family's variance."""
        counts = self.setting.series.counts[self.setting.in_fit]
        return np.asarray((counts - self.fit.fitted) / np.sqrt(self.fit.variance()))

    def dispersion(self) -> tuple[str, float, float]:
        """Name and value of the dispersion, and Pearson chi-square over degrees of freedom."""
        if isinstance(self.fit, QuasiPoissonFit):
            return "phi", self.fit.dispersion, self.fit.dispersion
        return "alpha", self.fit.alpha, float((self.residuals() ** 2).sum() / self.fit.df)

    def noise(self) -> dict[str, float]:
        """Noise that the reported interval assumed; for HAC its lags."""
        noise = super().noise()
        if self.inference.method == "hac":
            noise["lags"] = float(newey_west_lags(int(self.setting.in_fit.sum())))
        return noise

    def own_notes(self) -> tuple[str, ...]:
        """Add nothing to what every segmented model says."""
        return ()
