"""The mean of several provinces' effects, which may truly differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from trends.errors import EstimationError, InputError
from trends.models.pooling.effect import PooledEffect
from trends.models.pooling.heterogeneity import (
    METHODS,
    Floats,
    centre,
    cochran_q,
    estimate_tau2,
    homogeneity,
    q_profile,
    typical_variance,
)

INTERVALS = ("hartung-knapp", "modified-hartung-knapp", "wald")


class Estimates(NamedTuple):
    """Checked estimates on the log scale: (k,) each, and the names of all given and of those left out."""

    y: Floats
    v: Floats
    labels: tuple[str, ...]
    left_out: tuple[str, ...]


def pool(
    estimates: ArrayLike,
    std_errors: ArrayLike,
    *,
    df: ArrayLike | None = None,
    method: str = "reml",
    interval: str = "hartung-knapp",
    level: float = 0.95,
    labels: Sequence[str] | None = None,
    shared_variance: float = 0.0,
) -> PooledEffect:
    """Pool independent estimates of log rate ratios by random effects.

    Parameters
    ----------
    estimates, std_errors
        (k,) log rate ratios and their standard errors. Those that are not finite are left out and named.
    df
        Degrees of freedom behind the standard errors, () or (k,) above 2: each variance is taken as that of
        the t distribution, ``df / (df - 2)`` times as large. None: as known.
    method
        Estimator of the variance between provinces: ``"reml"``, ``"paule-mandel"``, ``"dersimonian-laird"``.
    interval
        ``"hartung-knapp"`` (t with k - 1 df, error from the spread of the estimates themselves);
        ``"modified-hartung-knapp"``, the same but never with a smaller error than ``"wald"``, for few provinces
        that happen to agree; ``"wald"``, normal, too short for few provinces.
    level
        Nominal coverage.
    labels
        Names; the index of a Series when left out, else 1 to k.
    shared_variance
        Variance that all estimates have in common because the provinces share their weeks
        (:func:`trends.models.pooling.shared_variance`): it cannot be seen in how they differ, and is added to
        the variance of the mean.

    Raises
    ------
    InputError
        Arguments that are not what they have to be.
    EstimationError
        Fewer than two finite estimates.

    References
    ----------
    Hartung, J. & Knapp, G. (2001). Statistics in Medicine 20, 3875-3889. Röver, C., Knapp, G. & Friede, T.
    (2015). Hartung-Knapp-Sidik-Jonkman approach and its modification for random-effects meta-analysis with few
    studies. BMC Medical Research Methodology 15, 99. Viechtbauer, W. (2007). Statistics in Medicine 26, 37-52
    (Q-profile). Higgins, J. P. T., Thompson, S. G. & Spiegelhalter, D. J. (2009). Journal of the Royal
    Statistical Society A 172, 137-159 (prediction, t with k - 2 df).

    Examples
    --------
    >>> pool([-0.2, 0.1, 0.3], [0.2, 0.25, 0.3]).k
    3
    """
    _check_choices(method, interval, level, shared_variance)
    given = read_estimates(estimates, std_errors, df, labels)
    k = _refuse_one(given)
    tau2 = estimate_tau2(given.y, given.v, method)
    mean, weights = centre(given.y, given.v, tau2)
    spread = cochran_q(given.y, given.v, tau2) / (k - 1)
    factor = {"hartung-knapp": spread, "modified-hartung-knapp": max(1.0, spread), "wald": 1.0}[interval]
    error = math.sqrt(factor / weights.sum() + shared_variance)
    freedom = math.inf if interval == "wald" else k - 1
    reach = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    apart = _prediction_reach(tau2, error, k, level, interval)
    low, high = q_profile(given.y, given.v, level)
    return PooledEffect(
        estimate=mean,
        std_error=error,
        rate_ratio=ratio(mean),
        low=ratio(mean - reach),
        high=ratio(mean + reach),
        p_value=float(2 * stats.t.sf(abs(mean) / error, freedom)) if error > 0 else math.nan,
        predicted_low=ratio(mean - apart),
        predicted_high=ratio(mean + apart),
        tau2=tau2,
        tau2_low=low,
        tau2_high=high,
        i2=tau2 / (tau2 + typical_variance(given.v)),
        homogeneity=homogeneity(given.y, given.v),
        k=k,
        labels=tuple(name for name in given.labels if name not in given.left_out),
        left_out=given.left_out,
        method=method,
        interval=interval,
        level=level,
        notes=_notes(given, spread, interval, shared_variance),
    )


def ratio(value: float) -> float:
    """Exponential that overflows to infinity."""
    return math.exp(value) if value < 700 else math.inf if value == value else math.nan


def read_estimates(
    estimates: ArrayLike, std_errors: ArrayLike, df: ArrayLike | None, labels: Sequence[str] | None
) -> Estimates:
    """Check estimates and errors, enlarge variances by their degrees of freedom, and set aside the infinite.

    Raises
    ------
    InputError
        Lengths that differ, repeated labels, an error of 0 or below, df of 2 or below.
    """
    y, s = (np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in (estimates, std_errors))
    if y.ndim != 1 or y.shape != s.shape:
        raise InputError(f"estimates have shape {y.shape}, std_errors {s.shape}", remedy="give one of each")
    if labels is None:
        labels = estimates.index if isinstance(estimates, pd.Series) else range(1, len(y) + 1)  # type: ignore[assignment]
    names = tuple(str(name) for name in labels)  # type: ignore[union-attr]
    if len(names) != len(y) or len(set(names)) != len(names):
        raise InputError(f"{len(names)} labels for {len(y)} estimates, or a label twice")
    finite = np.isfinite(y) & np.isfinite(s)
    if (s[finite] <= 0).any():
        raise InputError(
            f"the standard error of {names[int(np.flatnonzero(finite & (s <= 0))[0])]} is not above 0"
        )
    v = s**2
    if df is not None:
        freedom = np.broadcast_to(np.asarray(df, dtype=np.float64), y.shape)
        if not (freedom[finite] > 2).all():
            raise InputError(
                "df is not above 2", remedy="leave out provinces with so little behind their error"
            )
        v = v / (1 - 2 / freedom)
    left_out = tuple(name for name, kept in zip(names, finite, strict=True) if not kept)
    return Estimates(y[finite], v[finite], names, left_out)


def _refuse_one(given: Estimates) -> int:
    """Return the number of finite estimates; fewer than two are refused."""
    if (k := len(given.y)) < 2:
        raise EstimationError(
            f"{k} finite estimates are nothing to pool",
            remedy="use pool_counts, which can take provinces without events before or after",
        )
    return k


def _prediction_reach(tau2: float, error: float, k: int, level: float, interval: str) -> float:
    if k < 3:
        return math.nan
    freedom = math.inf if interval == "wald" else k - 2
    return float(stats.t.ppf((1 + level) / 2, freedom)) * math.sqrt(tau2 + error**2)


def _notes(given: Estimates, spread: float, interval: str, shared: float) -> tuple[str, ...]:
    notes = []
    if given.left_out:
        notes.append(
            f"without a finite estimate and left out: {', '.join(given.left_out)}. Where nothing happened before "
            "or after, that is news about the effect, which pool_counts can use"
        )
    if spread < 1 and interval == "hartung-knapp":
        notes.append(
            "the estimates differ less than their errors would let them, and the Hartung-Knapp error is "
            f"{math.sqrt(spread):.2f} times the normal one: modified-hartung-knapp does not shorten it"
        )
    if interval == "wald":
        notes.append("the normal interval takes tau^2 as known and is too short for few provinces")
    if shared > 0:
        notes.append(f"a standard error of {math.sqrt(shared):.2f} that all provinces share has been added")
    return tuple(notes)


def _check_choices(method: str, interval: str, level: float, shared_variance: float) -> None:
    if method not in METHODS:
        raise InputError(f"method {method!r} is not offered", remedy=f"use {', '.join(METHODS)}")
    if interval not in INTERVALS:
        raise InputError(f"interval {interval!r} is not offered", remedy=f"use {', '.join(INTERVALS)}")
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}", remedy="give a coverage between 0 and 1, such as 0.95")
    if not (math.isfinite(shared_variance) and shared_variance >= 0):
        raise InputError(f"shared_variance is {shared_variance!r}", remedy="give 0 or more")
