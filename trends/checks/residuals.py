"""Residuals of one fit: size, serial correlation, spread by period, and influence of single weeks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import linalg, stats

from trends.checks.basis import Basis, basis_of
from trends.checks.display import CheckResult
from trends.models.diagnostics import Autocorrelation, autocorrelation
from trends.models.negbin import NegativeBinomialFit
from trends.models.regression import Regression
from trends.models.result import InterruptedResult
from trends.models.series import Floats

DEFAULT_SEED = 20200321
LAGS = 20


@dataclass(frozen=True, eq=False)
class Residuals(CheckResult):
    """Residuals of the weeks in the fit.

    Attributes
    ----------
    table
        ``date, observed, fitted, pearson, quantile, leverage, influence``; ``influence`` is by how much the log
        average rate ratio would change, about, if the week were in the fit rather than left out.
    correlation
        ``lag, autocorrelation, partial``, of the Pearson residuals.
    periods
        ``period, weeks, events, dispersion, mean_residual``: Pearson chi-square over weeks before and after.
    band
        1.96 over the square root of the weeks: where 95 % of the correlations of independent noise lie.
    serial
        Ljung-Box test of lags 1 to 12.
    step
        ``"week"`` or ``"month"``.
    """

    correlation: pd.DataFrame
    periods: pd.DataFrame
    band: float
    serial: Autocorrelation
    step: str

    def sentence(self) -> str:
        """Report size, correlation and the most influential week."""
        at = self.table.iloc[int(np.argmax(self.table["influence"].abs()))]
        outside = int((self.table["quantile"].abs() > 1.96).sum())
        first = self.correlation["autocorrelation"].iloc[0]
        spread = "; ".join(f"{row['period']} {row['dispersion']:.2f}" for _, row in self.periods.iterrows())
        return (
            f"Of {len(self.table)} quantile residuals {outside} lie beyond 1.96 (about {0.05 * len(self.table):.0f} "
            f"would, were the model true). Autocorrelation at lag 1 is {first:.2f} (band {self.band:.2f}); Ljung-Box over "
            f"{self.serial.ljung_box_df} lags p {self.serial.ljung_box_p:.2g}. Dispersion by period: {spread}. "
            f"The {self.step} of {at['date'].date()} moves the average rate ratio most, by a factor of about "
            f"{np.exp(at['influence']):.2f}."
        )

    def plot(self) -> Any:
        """Draw residuals over time, their correlation, their quantiles and the influence of each week."""
        from trends.checks.plots_residuals import residual_figure

        return residual_figure(self)


def residuals(result: InterruptedResult, *, seed: int = DEFAULT_SEED) -> Residuals:
    """Pearson and randomised quantile residuals of a regression, and what they show.

    Quantile residuals are standard normal where the model is true (Dunn & Smyth 1996). Quasi-Poisson has no
    distribution: they are taken from the negative binomial with variance proportional to the mean (Poisson where
    the dispersion is 1 or less). They are about the mean model with independent weeks; the latent AR(1)
    intervals allow for the correlation that they show.

    Parameters
    ----------
    result
        A regression.
    seed
        Of the randomisation within a count's probability.

    Raises
    ------
    EstimationError
        The result is an exact comparison.

    References
    ----------
    Dunn, P. K. & Smyth, G. K. (1996). Randomized quantile residuals. Journal of Computational and Graphical
    Statistics 5, 236-244.
    """
    basis = basis_of(
        result,
        "residuals week by week",
        why="given the total of both series a ratio has no distribution of its own to take quantiles from",
        instead="the size and serial correlation of its Pearson residuals stand in result.diagnostics()",
    )
    analysis = result.analysis
    assert isinstance(analysis, Regression)
    used = basis.setting.in_fit
    counts, pearson = basis.setting.series.counts[used], analysis.residuals()
    places = np.flatnonzero(used)
    leverage, influence = _influence(basis, analysis)
    table = pd.DataFrame(
        {
            "date": basis.index[used],
            "observed": counts,
            "fitted": analysis.fit.fitted,
            "pearson": pearson,
            "quantile": _quantile_residuals(counts, analysis, seed),
            "leverage": leverage,
            "influence": influence,
        }
    )
    serial = autocorrelation(pearson, places)
    lags = autocorrelation(pearson, places, min(LAGS, len(pearson) // 4)).lags
    correlation = pd.DataFrame(
        {"lag": range(1, len(lags) + 1), "autocorrelation": lags, "partial": partial(np.array(lags))}
    )
    band = float(1.96 / np.sqrt(len(pearson)))
    title = f"Residuals: {basis.name}"
    periods = _periods(basis, counts, pearson)
    return Residuals(title, table, (), correlation, periods, band, serial, basis.step)


def partial(correlations: Floats) -> Floats:
    """(L,) partial autocorrelations from autocorrelations at lags 1 to L (Yule & Walker)."""
    padded = np.concatenate([[1.0], correlations])
    return np.array(
        [linalg.solve_toeplitz(padded[:lag], padded[1 : lag + 1])[-1] for lag in range(1, len(padded))]
    )


def _quantile_residuals(counts: Floats, analysis: Regression, seed: int) -> Floats:
    fit, mean = analysis.fit, np.asarray(analysis.fit.fitted)
    if isinstance(fit, NegativeBinomialFit):
        size = np.full_like(mean, 1 / fit.alpha)
    else:
        size = mean / (fit.dispersion - 1) if fit.dispersion > 1 + 1e-8 else np.full_like(mean, np.inf)
    finite = np.isfinite(size).all()
    law = stats.nbinom(size, size / (size + mean)) if finite else stats.poisson(mean)
    low, high = law.cdf(counts - 1), law.cdf(counts)
    share = low + np.random.default_rng(seed).random(len(counts)) * (high - low)
    return np.asarray(stats.norm.ppf(np.clip(share, 1e-12, 1 - 1e-12)))


def _influence(basis: Basis, analysis: Regression) -> tuple[Floats, Floats]:
    """Leverage of each week, and the one-step change of the log average ratio that it makes (Pregibon 1981)."""
    used = basis.setting.in_fit
    matrix, mean = basis.matrix[used], np.asarray(analysis.fit.fitted)
    weight = mean**2 / np.asarray(analysis.fit.variance())
    inverse = np.linalg.inv((matrix * weight[:, None]).T @ matrix)
    leverage = np.einsum("tp,pq,tq->t", matrix, inverse, matrix) * weight
    residual = (basis.setting.series.counts[used] - mean) / mean
    steps = (matrix * (weight * residual / (1 - leverage))[:, None]) @ inverse
    after = basis.after[used]
    mean_without = np.exp(basis.without[used] @ analysis.fit.coef + basis.setting.offset[used])
    gradient = mean[after] @ matrix[after] / mean[after].sum()
    gradient = gradient - mean_without[after] @ basis.without[used][after] / mean_without[after].sum()
    return leverage, np.asarray(steps @ gradient)


def _periods(basis: Basis, counts: Floats, pearson: Floats) -> pd.DataFrame:
    segment = basis.setting.segment[basis.setting.in_fit]
    names = ["before", *(f"after {item.name}" for item in basis.setting.interruptions)]
    rows = [
        {
            "period": name,
            "weeks": int((segment == place).sum()),
            "events": int(counts[segment == place].sum()),
            "dispersion": float((pearson[segment == place] ** 2).mean()),
            "mean_residual": float(pearson[segment == place].mean()),
        }
        for place, name in enumerate(names)
    ]
    return pd.DataFrame(rows)
