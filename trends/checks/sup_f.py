"""Andrews' sup-F test of an unknown change point in a linear model, with its asymptotic p-value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.special import gammaln, roots_jacobi
from scipy.stats import chi2

from trends.errors import InputError
from trends.models.series import Floats

NODES = 60
BASIS = 24
ROUNDING = 1e-20
STEPS = 1000
OVERSHOOT = 0.5826


@dataclass(frozen=True, eq=False)
class SupF:
    """F statistics of a change in all coefficients at every admissible place.

    Attributes
    ----------
    places
        (B,) number of observations before the change, as R's strucchange counts them.
    statistics
        (B,) ``(RSS0 - RSS1) / (RSS1 / (T - 2 K))``.
    place, statistic
        Of the largest.
    p_value
        Of the largest, under no change and independent noise, as T grows.
    """

    places: np.ndarray
    statistics: Floats
    place: int
    statistic: float
    p_value: float


def sup_f(response: Floats, design: Floats, trim: float = 0.15) -> SupF:
    """Test whether all coefficients of a linear model change at some unknown place.

    Equal to R's ``strucchange::Fstats(response ~ design, from = trim)``. It takes the observations as independent
    and their regressors as free of trend; for counts with serial correlation see
    :func:`trends.checks.change_point`.

    Parameters
    ----------
    response
        (T,).
    design
        (T, K), the intercept included.
    trim
        Share of the observations that is left on each side, between 0 and 0.5.

    Raises
    ------
    InputError
        Shapes that do not fit, values that are not finite, too few observations for two regressions.

    References
    ----------
    Andrews, D. W. K. (1993). Tests for parameter instability and structural change with unknown change point.
    Econometrica 61, 821-856.
    """
    weeks, columns = design.shape
    if len(response) != weeks or not (np.isfinite(response).all() and np.isfinite(design).all()):
        raise InputError("response and design must be finite and of one length")
    first = int(np.floor(trim * weeks))
    last = weeks - first
    if not 0 < trim < 0.5 or first <= columns:
        raise InputError(
            f"trim {trim:g} of {weeks} observations leaves {first} on a side for {columns} coefficients",
            remedy="give a longer series or a larger trim below 0.5",
        )
    places = np.arange(first, last + 1)
    whole = _rss(response, design)
    parts = np.array([_rss(response[:k], design[:k]) + _rss(response[k:], design[k:]) for k in places])
    # what rounding leaves of a series without any scatter is no change
    least = ROUNDING * float(response @ response) + np.finfo(float).tiny
    statistics = np.maximum(whole - parts, 0.0) / (np.maximum(parts, least) / (weeks - 2 * columns))
    best = int(np.argmax(statistics))
    share = first / weeks
    value = float(statistics[best])
    return SupF(places, statistics, int(places[best]), value, sup_f_p_value(value, columns, share))


def sup_f_p_value(statistic: float, columns: int, trim: float, steps: int = STEPS) -> float:
    """P-value of the supremum of a squared standardised Brownian bridge of some dimension.

    The supremum over [trim, 1 - trim] is that of a stationary squared Ornstein-Uhlenbeck process over a time of
    ``log((1 - trim) / trim)``. The probability that it stays below a level is found from the process's generator
    (Galerkin's method), where Hansen (1997) approximates a simulation. That the supremum is looked for at single
    places, not all the time, raises the level by ``0.5826`` standard deviations of a step (Siegmund 1985).

    Parameters
    ----------
    statistic
        Above 0.
    columns
        Dimension.
    trim
        Between 0 and 0.5.
    steps
        Places in the whole series; the tables of Andrews (2003) and Hansen (1997) were simulated with 1000.

    References
    ----------
    Estrella, A. (2003). Critical values and p values of Bessel process distributions: computation and application
    to structural break tests. Econometric Theory 19, 1128-1143.
    Siegmund, D. (1985). Sequential Analysis. Springer, chapter X.
    Hansen, B. E. (1997). Approximate asymptotic p values for structural-change tests. Journal of Business &
    Economic Statistics 15, 60-67.
    """
    if statistic <= 0:
        return 1.0
    time = float(np.log((1 - trim) / trim))
    raised = (np.sqrt(statistic) + OVERSHOOT * np.sqrt(2 * time / ((1 - 2 * trim) * steps))) ** 2
    if raised > 30 + 2 * columns:
        return float((2 * time * (raised - columns) + 4) * chi2.pdf(raised, columns))
    return float(np.clip(1 - _stays_below(float(raised), columns, time), 0.0, 1.0))


def _stays_below(level: float, columns: int, time: float) -> float:
    """Probability that the squared radial Ornstein-Uhlenbeck process stays below a level all the time.

    Its generator is ``(4 v w f')' / w`` with ``w`` the chi-square density; functions on [0, level] that vanish at
    the level are spanned by polynomials, integrals are by Gauss and Jacobi.
    """
    nodes, weights = roots_jacobi(NODES, 0.0, columns / 2 - 1)
    half = level / 2
    v = half * (nodes + 1)
    density = weights * half ** (columns / 2) * np.exp(-v / 2 - gammaln(columns / 2)) / 2 ** (columns / 2)
    polynomials = np.polynomial.legendre.legvander(nodes, BASIS - 1)
    slopes = np.polynomial.legendre.legval(nodes, np.polynomial.legendre.legder(np.eye(BASIS))).T
    basis = (1 - nodes)[:, None] * polynomials
    rise = (-polynomials + (1 - nodes)[:, None] * slopes) / half
    values, vectors = linalg.eigh(
        rise.T @ ((4 * v * density)[:, None] * rise), basis.T @ (density[:, None] * basis)
    )
    return float(((vectors.T @ (basis.T @ density)) ** 2 * np.exp(-values * time)).sum())


def _rss(response: Floats, design: Floats) -> float:
    rest = response - design @ np.linalg.lstsq(design, response, rcond=None)[0]
    return float(rest @ rest)
