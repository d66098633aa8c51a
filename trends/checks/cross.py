"""Two independent cross-checks on log counts: a structural time series model and a regression with AR(1) errors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trends.checks.basis import Basis, basis_of
from trends.checks.display import CheckResult
from trends.checks.effects import Ints
from trends.checks.power import latent_inference
from trends.models.inference import Inference, StudentInference
from trends.models.result import InterruptedResult
from trends.models.series import Floats
from trends.models.words import number

LOW_MEAN = 5.0
OWN, STRUCTURAL, REGRESSION = "latent AR(1) on counts", "UnobservedComponents", "SARIMAX, AR(1) errors"


@dataclass(frozen=True, eq=False)
class CrossChecks(CheckResult):
    """The same interruption in three models.

    Attributes
    ----------
    table
        ``model, term, rate_ratio, low, high, p_value, estimate, std_error``; terms are the columns of the
        interruptions and ``average``, the geometric mean of the ratios of the weeks after. A model that did not
        converge is missing here and named in the notes.
    """

    def sentence(self) -> str:
        """Put the averages of the models side by side."""
        rows = self.table[self.table["term"] == "average"]
        parts = [
            f"{row['model']} {number(row['rate_ratio'])} ({number(row['low'])} to {number(row['high'])})"
            for _, row in rows.iterrows()
        ]
        return (
            f"Geometric mean of the rate ratios over the weeks after: {'; '.join(parts)}. The models differ in what "
            "they take for noise; none of them knows what else changed."
        )

    def plot(self) -> Any:
        """Draw the averages of the models."""
        from trends.checks.plots import ratios_figure

        rows = self.table[self.table["term"] == "average"]
        return ratios_figure(rows.assign(marked=rows["model"] == OWN), "model", self.title)


def cross_checks(result: InterruptedResult) -> CrossChecks:
    """Fit statsmodels' UnobservedComponents and SARIMAX to ``log(count + 1/2)`` beside a result.

    UnobservedComponents has a local level in place of intercept and trend (Harvey & Durbin 1986), SARIMAX the
    result's own columns and AR(1) errors; both share its season, covariates, steps and ramps, phase-in and
    missing weeks. Coefficients are generalised least squares given the variances (states of the filter), their
    intervals normal and without what is not known about the variances.

    Parameters
    ----------
    result
        A regression.

    Raises
    ------
    EstimationError
        The result is an exact comparison.

    References
    ----------
    Harvey, A. C. & Durbin, J. (1986). The effects of seat belt legislation on British road casualties. Journal of
    the Royal Statistical Society A 149, 187-227.
    """
    basis = basis_of(
        result,
        "cross-checks",
        why="the log ratio of two counts has errors that neither SARIMAX nor a structural model knows of",
        instead='set how="difference", "offset" and "second-group" side by side',
    )
    kinds = [term.kind for term in basis.terms]
    flexible = np.array([kind != "baseline" for kind in kinds])
    ways: dict[str, tuple[Floats, Callable[[Floats, Floats], Any]]] = {
        STRUCTURAL: (flexible, _structural),
        REGRESSION: (np.ones(len(kinds), dtype=bool), _regression),
    }
    tables, notes = [_rows(basis, OWN, latent_inference(basis), basis.effects)], []
    for name, (columns, model) in ways.items():
        found = _fitted(basis, basis.matrix[:, columns], model)
        if found is None:
            notes.append(f"{name} did not converge and is not reported")
            continue
        places = np.array([int(columns[:place].sum()) for place in basis.effects], dtype=np.intp)
        tables.append(_rows(basis, name, found, places))
    mean = float(np.nanmean(basis.setting.counts))
    if mean < LOW_MEAN:
        notes.append(
            f"with {mean:.1f} events a {basis.step}, log(count + 1/2) draws ratios towards 1: read direction and width, "
            "not size"
        )
    return CrossChecks(f"Cross-checks: {basis.name}", pd.concat(tables, ignore_index=True), tuple(notes))


def _structural(response: Floats, columns: Floats) -> Any:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    return UnobservedComponents(response, level="local level", exog=columns, mle_regression=False)


def _regression(response: Floats, columns: Floats) -> Any:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    return SARIMAX(response, exog=columns, order=(1, 0, 0), mle_regression=False)


def _fitted(basis: Basis, columns: Floats, model: Callable[[Floats, Floats], Any]) -> StudentInference | None:
    """Coefficients of the columns; None where the likelihood was not maximised."""
    response = np.log(basis.setting.counts + 0.5) - basis.setting.offset
    size = np.abs(columns).max(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = model(response, columns / size).fit(disp=0, maxiter=500)
        except (np.linalg.LinAlgError, ValueError):
            return None
    count = columns.shape[1]
    coef, cov = found.smoothed_state[-count:, -1], found.smoothed_state_cov[-count:, -count:, -1]
    if not found.mle_retvals["converged"] or not np.isfinite(cov).all() or (np.diag(cov) <= 0).any():
        return None
    return StudentInference("state space", coef / size, cov / np.outer(size, size), np.inf)


def _rows(basis: Basis, model: str, inference: Inference, places: Ints) -> pd.DataFrame:
    effect_columns = basis.matrix[:, basis.effects]
    terms = {basis.names[place]: np.eye(len(basis.effects))[row] for row, place in enumerate(basis.effects)}
    rows = []
    for term, inner in {**terms, "average": effect_columns[basis.after].mean(0)}.items():
        weights = np.zeros(len(inference.coef))
        weights[places] = inner
        found = inference.contrast(weights, basis.setting.level)
        ratios = {name: float(np.exp(getattr(found, part))) for name, part in _RATIOS.items()}
        rows.append(
            {
                "model": model,
                "term": term,
                **ratios,
                "p_value": found.p_value,
                "estimate": found.estimate,
                "std_error": found.std_error,
            }
        )
    return pd.DataFrame(rows)


_RATIOS = {"rate_ratio": "estimate", "low": "low", "high": "high"}
