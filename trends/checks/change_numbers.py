"""Score statistics of a change at every week, in counts with a latent AR(1) disturbance."""

from __future__ import annotations

import numpy as np

from trends.checks.effects import threads
from trends.models.latent_ar1 import fit_latent_ar1
from trends.models.series import Floats

LARGEST_LOG_MEAN = 30.0
CHUNK = 64


def score_profile(counts: Floats, baseline: Floats, changes: Floats, offset: Floats) -> Floats:
    """Score statistic of each change, given a fit without any.

    Under the fit without a change, a working response ``(y - mu) / mu`` has covariance
    ``diag(1 / mu) + CV^2 rho^|i - j|``; the statistic of a change is the generalised least squares chi-square of
    its columns, those of the baseline taken out.

    Parameters
    ----------
    counts
        (B, T) NaN where missing.
    baseline
        (T, K) columns of the fit without a change.
    changes
        (D, T, Q) columns of each change.
    offset
        (T,) log exposure.

    Returns
    -------
    (B, D), NaN for a series whose fit without a change did not converge.
    """
    fit = fit_latent_ar1(counts, baseline, offset, threads=threads())
    out = np.full((len(counts), len(changes)), np.nan)
    fitted = np.flatnonzero(fit.converged)
    for first in range(0, len(fitted), CHUNK):
        some = fitted[first : first + CHUNK]
        log_mean = np.clip(fit.coef[some] @ baseline.T + offset, -LARGEST_LOG_MEAN, LARGEST_LOG_MEAN)
        mean, seen = np.exp(log_mean), np.isfinite(counts[some])
        residual = np.where(seen, counts[some] / mean - 1.0, 0.0)
        variance, rho = np.expm1(fit.sigma[some] ** 2), fit.rho[some]
        out[some] = _statistics(residual, seen * mean, variance, rho, baseline, changes)
    return out


def _statistics(
    residual: Floats, weight: Floats, variance: Floats, rho: Floats, baseline: Floats, changes: Floats
) -> Floats:
    size, (count, weeks, terms) = len(residual), changes.shape
    columns = np.concatenate([baseline, np.moveaxis(changes, 1, 0).reshape(weeks, -1)], axis=1)
    shared = np.broadcast_to(columns[:, None, :], (weeks, size, columns.shape[1]))
    white = _whitened(np.concatenate([residual.T[..., None], shared], axis=2), weight, variance, rho)
    response, base, change = np.split(white.swapaxes(0, 1), [1, 1 + baseline.shape[1]], axis=2)
    turned = base.swapaxes(1, 2)
    across = turned @ change
    explained = np.linalg.solve(turned @ base, np.concatenate([turned @ response, across], axis=2))
    score = (change.swapaxes(1, 2) @ response - across.swapaxes(1, 2) @ explained[..., :1])[..., 0]
    own = change.reshape(size, weeks, count, terms).transpose(0, 2, 3, 1)
    blocks = (size, -1, count, terms)
    left, right = (part.reshape(blocks).transpose(0, 2, 3, 1) for part in (across, explained[..., 1:]))
    information = own @ own.swapaxes(2, 3) - left @ right.swapaxes(2, 3)
    score = score.reshape(size, count, terms)
    return np.asarray((score * np.linalg.solve(information, score[..., None])[..., 0]).sum(2))


def _whitened(columns: Floats, weight: Floats, variance: Floats, rho: Floats) -> Floats:
    """Turn (T, B, C) columns into independent ones of variance 1 by a scalar Kalman filter (de Jong 1988)."""
    white = np.empty_like(columns)
    ahead, keep = variance.copy(), np.zeros_like(rho)
    last = np.zeros_like(columns[0])
    for week, now in enumerate(columns):
        error = now.copy()
        if week:
            error -= rho[:, None] * columns[week - 1]
            error += keep[:, None] * last
        share = 1.0 / (ahead * weight[:, week] + 1.0)
        white[week] = error * np.sqrt(share * weight[:, week])[:, None]
        ahead = rho**2 * ahead * share + variance * (1.0 - rho**2)
        keep, last = rho * share, error
    return white
