"""Generalised least squares under AR(1) plus independent noise, for many series and noise settings at once.

The covariance of the working response of one series is ``V = diag(1 / weight) + sigma^2 R``,
``R[i, j] = rho^|i - j|``. A scalar Kalman filter turns any column into white noise in O(T) (de Jong 1988), so
nothing of size T x T is ever formed. Of a column ``c`` the filter leaves the prediction errors

    v_t = c_t - rho c_{t-1} + rho q_{t-1} v_{t-1},

``q`` the share of the prediction variance that is independent noise. The loop over time is the only Python loop;
everything inside it works on arrays that run over columns, noise settings and series.

References
----------
de Jong, P. (1988). The likelihood for a state space model. Biometrika 75, 165-169.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Precision = type[np.float32] | type[np.float64]

_BLOCK = 1920
_STRIP = 16
_LOCAL = threading.local()


@dataclass(frozen=True)
class Profile:
    """What generalised least squares gives at each noise setting; G = A * B, rho running fastest.

    Attributes
    ----------
    loglik
        (S, G) restricted log likelihood, up to a constant of the series; ``-inf`` where it is not defined.
    coef
        (S, G, P) estimates.
    normal
        (S, G, P, P) matrix of the normal equations, ``X' V^-1 X``.
    """

    loglik: Floats
    coef: Floats
    normal: Floats

    def covariance(self) -> Floats:
        """Covariance of the estimates given the noise setting, (S, G, P, P); NaN where it is not defined."""
        fine = np.isfinite(self.loglik)[..., None, None]
        inverse = np.linalg.inv(np.where(fine, self.normal, np.eye(self.normal.shape[-1])))
        return np.where(fine, inverse, np.nan)


def profile(
    response: Floats, weight: Floats, design: Floats, sigma: Floats, rho: Floats, *, single: bool = False
) -> Profile:
    """Profile the coefficients out at every pair of a sigma and a rho.

    Parameters
    ----------
    response
        (S, T) working response; any finite number where the weight is 0.
    weight
        (S, T) inverse variances of the independent noise; 0 marks a missing week.
    design
        (T, P), shared, or (S, T, P).
    sigma, rho
        (S, A, B) and (S, B): standard deviations and autocorrelations of the AR(1) noise, A values of sigma
        at each rho. At ``rho = 1`` the noise is a random walk and sigma the standard deviation of its steps; with
        an intercept in the design it does not matter where the walk starts.
    single
        Filter in single precision: faster, and good enough to find where the likelihood is large. The response
        should then be residuals, so that little cancels.
    """
    kind: Precision = np.float32 if single else np.float64
    series, columns = len(response), design.shape[-1] + 1
    grid = sigma.shape[1] * sigma.shape[2]
    gram = np.empty((series, grid, columns, columns))
    logdet = np.empty((series, grid))
    step = max(1, _BLOCK // grid)
    cells = grid * min(step, series)
    work = _workspace(response.shape[1] * cells, (_STRIP + 1) * columns * cells, kind)
    for first in range(0, series, step):
        some = slice(first, min(first + step, series))
        part = design if design.ndim == 2 else design[some]
        rows = _rows(response[some], part, kind)
        some_weight, some_sigma, some_rho = (
            values[some].astype(kind, copy=False) for values in (weight, sigma, rho)
        )
        gram[some], logdet[some] = _whitened_gram(rows, some_weight, some_sigma, some_rho, work)
    return _solve(gram, logdet)


class _Workspace:
    """Arrays that every block uses again, so that memory is asked for once."""

    def __init__(self, weeks: int, strip: int, kind: Precision) -> None:
        self.sizes = weeks, strip
        self.share: Any = np.empty(weeks, kind)
        self.white: Any = np.empty(strip, kind)
        self.scaled: Any = np.empty(strip, kind)


def _workspace(weeks: int, strip: int, kind: Precision) -> _Workspace:
    """Workspace of this thread and precision, made anew when it is too small."""
    kept: _Workspace | None = getattr(_LOCAL, kind.__name__, None)
    if kept is None or kept.sizes[0] < weeks or kept.sizes[1] < strip:
        kept = _Workspace(weeks, strip, kind)
        setattr(_LOCAL, kind.__name__, kept)
    return kept


def _rows(response: Floats, design: Floats, kind: Precision) -> Floats:
    """Columns [design, response] of each week, (T, P + 1, S)."""
    series, times = response.shape
    rows = np.empty((times, design.shape[-1] + 1, series), kind)
    rows[:, :-1] = design[:, :, None] if design.ndim == 2 else design.transpose(1, 2, 0)
    rows[:, -1] = response.T
    return rows


def _whitened_gram(rows: Any, weight: Any, sigma: Any, rho: Any, work: _Workspace) -> tuple[Floats, Floats]:
    """Cross products of the whitened columns, and log|V| + sum(log weight).

    Weeks are taken in strips that stay in the cache from their whitening to their products.
    """
    times, columns, series = rows.shape
    shape = (*sigma.shape[1:], series)
    cells = shape[0] * shape[1] * series
    inverse, lag = np.ascontiguousarray(weight.T)[:, None, None, :], np.ascontiguousarray(rho.T)
    share = work.share[: times * cells].reshape(times, *shape)
    _filter_variances(inverse, sigma.transpose(1, 2, 0), lag, share)
    logdet = -np.log(share).sum(0).reshape(-1, series).T
    white = work.white[: (_STRIP + 1) * columns * cells].reshape(_STRIP + 1, columns, *shape)
    scaled = work.scaled[: _STRIP * columns * cells].reshape(_STRIP, columns, *shape)
    white[0] = 0.0
    gram = np.zeros((columns, columns, cells))
    for first in range(0, times, _STRIP):
        count = min(_STRIP, times - first)
        _whiten(rows, lag, share, white, first, count)
        now = slice(first, first + count)
        np.multiply(white[1 : count + 1], (share[now] * inverse[now])[:, None], out=scaled[:count])
        _add_products(white[1 : count + 1], scaled[:count], gram)
        white[0] = white[count]
    return gram.reshape(columns, columns, -1, series).transpose(3, 2, 0, 1), logdet


def _add_products(white: Any, scaled: Any, gram: Floats) -> None:
    """Add the products of (L, C, A, B, S) columns to (C, C, cells), which are symmetric."""
    flat, other = (values.reshape(*values.shape[:2], -1) for values in (white, scaled))
    for column in range(len(gram)):
        found = np.einsum("tn,tjn->jn", flat[:, column], other[:, column:])
        gram[column, column:] += found
        gram[column + 1 :, column] = gram[column, column + 1 :]


def _filter_variances(inverse: Floats, sigma: Floats, rho: Floats, share: Floats) -> None:
    """Fill ``share`` (T, A, B, S) with q; it is 1 where a week is missing."""
    square = np.broadcast_to(rho**2, share.shape[1:]).copy()
    ahead = np.array(sigma**2, order="C")
    innovation = np.where(square < 1.0, ahead * (1.0 - square), ahead)
    total = np.empty_like(ahead)
    for row, now in zip(inverse, share, strict=True):
        np.multiply(ahead, row, out=total)
        total += 1.0
        np.divide(1.0, total, out=now)
        ahead *= now
        ahead *= square
        ahead += innovation


def _whiten(rows: Any, lag: Any, share: Any, white: Any, first: int, count: int) -> None:
    """Fill ``white[1:]`` (L, P + 1, A, B, S) with a strip's prediction errors; ``white[0]`` holds the week before."""
    before = (
        rows[first - 1 : first + count - 1] if first else np.concatenate([rows[:1] * 0, rows[: count - 1]])
    )
    fresh = before[:, :, None, None, :] * -lag
    fresh += rows[first : first + count, :, None, None, :]
    for at in range(count):
        # nothing came before the first week: its errors are 0, whatever share the last week stands in with
        np.multiply(white[at], share[first + at - 1] * lag, out=white[at + 1])
        white[at + 1] += fresh[at]


def _solve(gram: Floats, logdet: Floats) -> Profile:
    size = gram.shape[-1] - 1
    normal, cross = gram[..., :size, :size], gram[..., :size, size]
    fine: NDArray[np.bool_] = np.asarray(np.isfinite(gram).all((-2, -1)))
    if not fine.all():
        normal = np.where(fine[..., None, None], normal, np.eye(size))
    sign, logdet_normal = np.linalg.slogdet(normal)
    fine &= sign > 0
    if not fine.all():
        normal = np.where(fine[..., None, None], normal, np.eye(size))
    coef = np.linalg.solve(normal, cross[..., None])[..., 0]
    rest = gram[..., size, size] - (coef * cross).sum(-1)
    loglik = np.where(fine, -0.5 * (logdet + logdet_normal + rest), -np.inf)
    return Profile(
        loglik, np.where(fine[..., None], coef, np.nan), np.where(fine[..., None, None], normal, np.nan)
    )
