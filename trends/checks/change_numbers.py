"""How clearly a change stands out at every week, in counts with a latent AR(1) disturbance."""

from __future__ import annotations

import numpy as np

from trends.checks.effects import Ints, threads
from trends.models.latent_ar1 import LatentAR1Fit, fit_latent_ar1
from trends.models.series import Floats

LARGEST_LOG_MEAN = 30.0
CHUNK = 64
ROUNDS = 2


def change_profile(counts: Floats, baseline: Floats, changes: Floats, offset: Floats) -> Floats:
    """Chi-square statistic of each change, with the noise of the series that has its clearest one.

    A disturbance that is estimated without a change takes a large one for persistence and hides it (Vogelsang
    1999). So the clearest change is first looked for with uncorrelated noise; mean and noise are estimated with it;
    the statistics of all changes are those of generalised least squares on the working response of that fit,
    whose covariance is ``diag(1 / mu) + CV^2 rho^|i - j|``; once more with the then clearest change.

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
    (B, D), NaN for a series whose fit did not converge.

    References
    ----------
    Vogelsang, T. J. (1999). Sources of nonmonotonic power when testing for a shift in mean of a dynamic time
    series. Journal of Econometrics 88, 283-299.
    """
    fit = fit_latent_ar1(counts, baseline, offset, threads=threads())
    shared = np.broadcast_to(baseline, (len(counts), *baseline.shape))
    found = linear_profile(counts, shared, baseline, changes, offset, fit, np.zeros_like(fit.rho))
    for _ in range(ROUNDS):
        best = np.argmax(np.nan_to_num(found), axis=1)
        matrix = np.concatenate([shared, changes[best]], axis=2)
        fit = fit_latent_ar1(counts, matrix, offset, threads=threads())
        found = linear_profile(counts, matrix, baseline, changes, offset, fit, fit.rho)
    return found


def linear_profile(
    counts: Floats,
    matrix: Floats,
    baseline: Floats,
    changes: Floats,
    offset: Floats,
    fit: LatentAR1Fit,
    rho: Floats,
) -> Floats:
    """Chi-square statistic of each change beyond the baseline, linearised at a fit.

    Parameters
    ----------
    counts, baseline, changes, offset
        As in :func:`change_profile`.
    matrix
        (B, T, P) columns of the fit.
    fit
        Of the B series.
    rho
        (B,) autocorrelation that is assumed.
    """
    out = np.full((len(counts), len(changes)), np.nan)
    fitted: Ints = np.flatnonzero(fit.converged)
    for first in range(0, len(fitted), CHUNK):
        some = fitted[first : first + CHUNK]
        linear = np.einsum("btp,bp->bt", matrix[some], fit.coef[some])
        mean = np.exp(np.clip(linear + offset, -LARGEST_LOG_MEAN, LARGEST_LOG_MEAN))
        seen = np.isfinite(counts[some])
        response = np.where(seen, linear + counts[some] / mean - 1.0, 0.0)
        variance = np.expm1(fit.sigma[some] ** 2)
        out[some] = _statistics(response, seen * mean, variance, rho[some], baseline, changes)
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
    # asked for once: each is as large as a cache
    error, last, part = (np.zeros_like(columns[0]) for _ in range(3))
    for week, now in enumerate(columns):
        if week:
            np.subtract(now, np.multiply(rho[:, None], columns[week - 1], out=part), out=error)
            error += np.multiply(keep[:, None], last, out=part)
        else:
            error[:] = now
        share = 1.0 / (ahead * weight[:, week] + 1.0)
        np.multiply(error, np.sqrt(share * weight[:, week])[:, None], out=white[week])
        ahead = rho**2 * ahead * share + variance * (1.0 - rho**2)
        keep, error, last = rho * share, last, error
    return white
