"""Generalised least squares under AR(1) plus independent noise, for many series and noise settings at once.

The covariance of the working response of one series is ``V = diag(1 / weight) + sigma^2 R``,
``R[i, j] = rho^|i - j|``. A scalar Kalman filter turns any column into white noise in O(T) (de Jong 1988), so
nothing of size T x T is ever formed. The loop over time is the only Python loop; everything inside it works
on arrays that run over grid points and series.

References
----------
de Jong, P. (1988). The likelihood for a state space model. Biometrika 75, 165-169.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BLOCK = 640


@dataclass(frozen=True)
class Profile:
    """What generalised least squares gives at each noise setting.

    Attributes
    ----------
    loglik
        (S, G) restricted log likelihood, up to a constant of the series; ``-inf`` where it is not defined.
    coef
        (S, G, P) estimates.
    cov
        (S, G, P, P) their covariance, given the noise setting.
    """

    loglik: Floats
    coef: Floats
    cov: Floats


def profile(response: Floats, weight: Floats, design: Floats, sigma: Floats, rho: Floats) -> Profile:
    """Profile the coefficients out at every noise setting.

    Parameters
    ----------
    response
        (S, T) working response; any finite number where the weight is 0.
    weight
        (S, T) inverse variances of the independent noise; 0 marks a missing week.
    design
        (T, P), shared, or (S, T, P).
    sigma, rho
        (S, G) standard deviation and autocorrelation of the AR(1) noise.
    """
    series, grid = sigma.shape
    columns = design.shape[-1]
    gram = np.empty((series, grid, columns + 1, columns + 1))
    logdet = np.empty((series, grid))
    step = max(1, _BLOCK // grid)
    work = _Workspace(response.shape[1], columns + 1, grid * min(step, series))
    for first in range(0, series, step):
        some = slice(first, min(first + step, series))
        part = design if design.ndim == 2 else design[some]
        gram[some], logdet[some] = _whitened_gram(
            response[some], weight[some], part, sigma[some], rho[some], work
        )
    return _solve(gram, logdet)


class _Workspace:
    """Arrays that every block uses again, so that memory is asked for once."""

    def __init__(self, times: int, columns: int, cells: int) -> None:
        self.shrink = np.empty(times * cells)
        self.white = np.empty(times * columns * cells)
        self.turned = np.empty(times * columns * cells)


def _whitened_gram(
    response: Floats, weight: Floats, design: Floats, sigma: Floats, rho: Floats, work: _Workspace
) -> tuple[Floats, Floats]:
    """Cross products of the whitened columns [design, response], and log|V| + sum(log weight)."""
    series, times = response.shape
    grid, columns = sigma.shape[1], design.shape[-1] + 1
    cells = grid * series
    shrink = _filter_variances(weight, sigma, rho, work.shrink[: times * cells].reshape(times, grid, series))
    scale = np.sqrt(np.ascontiguousarray(weight.T)[:, None, :] * shrink).reshape(times, cells)
    white = work.white[: times * columns * cells].reshape(times, columns, cells)
    _whiten(response, design, rho, shrink.reshape(times, cells), scale, white)
    turned = work.turned[: times * columns * cells].reshape(cells, columns, times)
    np.copyto(turned, white.transpose(2, 1, 0))
    gram = (turned @ turned.swapaxes(1, 2)).reshape(grid, series, columns, columns)
    return gram.swapaxes(0, 1), -np.log(shrink).sum(0).T


def _filter_variances(weight: Floats, sigma: Floats, rho: Floats, out: Floats) -> Floats:
    """Share of the prediction variance that is independent noise: (T, G, S), 1 where a week is missing."""
    rows = np.ascontiguousarray(weight.T)
    square = np.ascontiguousarray((rho**2).T)
    innovation = np.ascontiguousarray((sigma**2).T) * (1.0 - square)
    ahead = np.array((sigma**2).T, order="C")
    for now, row in enumerate(rows):
        total = ahead * row
        total += 1.0
        np.divide(1.0, total, out=out[now])
        ahead *= out[now]
        ahead *= square
        ahead += innovation
    return out


def _whiten(
    response: Floats, design: Floats, rho: Floats, shrink: Floats, scale: Floats, white: Floats
) -> None:
    """Fill ``white`` (T, P + 1, G * S) with standardised one-step prediction errors of every column."""
    times, columns, cells = white.shape
    series = response.shape[0]
    keep = shrink * np.ascontiguousarray(rho.T).reshape(cells)
    gain = np.ascontiguousarray(rho.T).reshape(cells) - keep
    row = np.empty((columns, cells // series, series))
    flat = row.reshape(columns, cells)
    state, error = np.zeros((columns, cells)), np.empty((columns, cells))
    shared = design.ndim == 2
    for now in range(times):
        row[:-1] = design[now][:, None, None] if shared else design[:, now].T[:, None, :]
        row[-1] = response[:, now]
        np.subtract(flat, state, out=error)
        np.multiply(error, scale[now], out=white[now])
        state *= keep[now]
        flat *= gain[now]
        state += flat


def _solve(gram: Floats, logdet: Floats) -> Profile:
    size = gram.shape[-1] - 1
    normal, cross = gram[..., :size, :size], gram[..., :size, size]
    fine: NDArray[np.bool_] = np.asarray(np.isfinite(gram).all((-2, -1)))
    safe = np.where(fine[..., None, None], normal, np.eye(size))
    sign, logdet_normal = np.linalg.slogdet(safe)
    fine &= (sign > 0) & (logdet_normal > -1e3)
    cov = np.linalg.inv(np.where(fine[..., None, None], safe, np.eye(size)))
    coef = (cov @ cross[..., None])[..., 0]
    rest = gram[..., size, size] - (coef * cross).sum(-1)
    loglik = np.where(fine, -0.5 * (logdet + logdet_normal + rest), -np.inf)
    return Profile(
        loglik, np.where(fine[..., None], coef, np.nan), np.where(fine[..., None, None], cov, np.nan)
    )
