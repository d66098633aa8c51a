"""What treated provinces would have counted: a Poisson fit to the untreated cells, carried over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trends.errors import EstimationError
from trends.models.series import Floats
from trends.models.staggered.panel import StaggeredPanel

_ROUNDS = 100
_TOLERANCE = 1e-18
_LARGEST = 30.0


@dataclass(frozen=True, eq=False)
class UntreatedFit:
    """Poisson quasi-likelihood fit to the untreated cells.

    Attributes
    ----------
    coef
        (P,) log-linear coefficients beside the time effects.
    expected
        (T, N) expected counts without treatment; 0 in periods without any event in an untreated province, NaN
        where there is no untreated province.
    """

    coef: Floats
    expected: Floats


def fit_untreated(panel: StaggeredPanel, extra: Floats | None = None) -> UntreatedFit:
    """Fit cohort effects, time effects and covariates to the untreated cells.

    Provinces of one date share an effect (their cohort's), as do the never treated. Time effects are
    eliminated: given a period's total, counts are multinomial over the untreated provinces, and the Poisson
    likelihood at its best time effects is that multinomial one. Periods without events say nothing and cost
    nothing, and no coefficient runs to minus infinity because of them.

    Parameters
    ----------
    panel
        Every cohort with an event before its treatment.
    extra
        (T, N, K) further columns, as for a test of trends.

    Raises
    ------
    EstimationError
        Columns that cannot be told apart, or a fit that does not converge.

    References
    ----------
    Wooldridge, J. M. (2023). Simple approaches to nonlinear difference-in-differences with panel data.
    Econometrics Journal 26, C31-C66. Palmgren, J. (1981). Biometrika 68, 563-566 (elimination of effects).
    """
    columns = _columns(panel, extra)
    offset = np.log(panel.exposure)
    cells = panel.untreated
    counts = np.where(cells, panel.counts, 0.0)
    coef = _newton(counts, cells, columns, offset)
    weight = np.exp(columns @ coef + offset)
    total = (weight * cells).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.where(total > 0, counts.sum(1) / total, np.nan)
    return UntreatedFit(coef, weight * level[:, None])


def _columns(panel: StaggeredPanel, extra: Floats | None) -> Floats:
    cohorts = np.unique(panel.starts)
    # the reference is the last cohort: the never treated where there are any
    dummies = (panel.starts[:, None] == cohorts[None, :-1]).astype(float)
    parts = [np.broadcast_to(dummies, (len(panel.index), *dummies.shape)), panel.covariates]
    return np.concatenate([*parts, *([] if extra is None else [extra])], axis=-1)


def _newton(counts: Floats, cells: NDArray[np.bool_], columns: Floats, offset: Floats) -> Floats:
    totals = counts.sum(1)
    used = totals > 0
    y, c, x, o = counts[used], cells[used], columns[used], offset[used]
    coef = np.zeros(columns.shape[-1])
    for _ in range(_ROUNDS):
        if not len(coef):
            return coef
        value, score, information = _derivatives(coef, y, c, x, o, totals[used])
        _refuse_flat(information)
        step = np.linalg.solve(information, score)
        gain = float(score @ step)
        if gain < _TOLERANCE:
            return np.asarray(coef + step)
        while _loglik(coef + step, y, c, x, o, totals[used]) < value - 1e-10 * abs(value):
            step = step / 2  # a concave function: some part of the step goes up
        coef = coef + step
        if np.abs(coef).max() > _LARGEST:
            break
    raise EstimationError(
        "the course without treatment cannot be fitted: a coefficient runs to infinity or does not settle",
        remedy="use months, fewer covariates, or groups of provinces",
    )


def _shares(coef: Floats, cells: NDArray[np.bool_], x: Floats, o: Floats) -> tuple[Floats, Floats]:
    eta = np.where(cells, x @ coef + o, -np.inf)
    top = eta.max(1, keepdims=True)
    weight = np.exp(eta - top)
    total = weight.sum(1, keepdims=True)
    return weight / total, (top + np.log(total))[:, 0]


def _loglik(coef: Floats, y: Floats, cells: NDArray[np.bool_], x: Floats, o: Floats, n: Floats) -> float:
    _, normaliser = _shares(coef, cells, x, o)
    return float((y * (x @ coef + o)).sum() - n @ normaliser)


def _derivatives(
    coef: Floats, y: Floats, cells: NDArray[np.bool_], x: Floats, o: Floats, n: Floats
) -> tuple[float, Floats, Floats]:
    share, normaliser = _shares(coef, cells, x, o)
    value = float((y * (x @ coef + o)).sum() - n @ normaliser)
    width = x.shape[-1]
    flat = x.reshape(-1, width)
    centre = (share[..., None] * x).sum(1)
    score = y.ravel() @ flat - n @ centre
    inner = flat.T @ (flat * (n[:, None] * share).reshape(-1, 1))
    return value, score, inner - centre.T @ (centre * n[:, None])


def _refuse_flat(information: Floats) -> None:
    scale = np.sqrt(np.diag(information))
    if (scale <= 0).any() or np.linalg.cond(information / np.outer(scale, scale)) > 1e10:
        raise EstimationError(
            "cohorts, time and covariates cannot be told apart in the untreated cells",
            remedy="leave out a covariate that is the same in all provinces, or a cohort without company before",
        )
