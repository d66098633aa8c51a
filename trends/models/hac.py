"""Covariance of regression coefficients that allows for serial correlation of unknown form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trends.models.series import Floats


def newey_west_lags(weeks: int) -> int:
    """Choose the lags of the Bartlett kernel: ``floor(4 (T / 100)^(2/9))``, 4 for 100 to 272 weeks.

    The rule of thumb of Newey & West (1994), Review of Economic Studies 61, 631-653.
    """
    return max(1, int(4 * (weeks / 100) ** (2 / 9)))


def newey_west(scores: Floats, bread: Floats, positions: NDArray[np.intp], lags: int) -> Floats:
    """Sandwich covariance with Bartlett weights and the small-sample factor ``T / (T - P)``.

    Equal to R's ``sandwich::NeweyWest(fit, lag=lags, prewhite=FALSE, adjust=TRUE)``. Weeks that are left
    out keep their place in time: their scores count as 0, so weeks on both sides of a gap are not taken
    for neighbours.

    Parameters
    ----------
    scores
        (T, P) each week's part of the score.
    bread
        (P, P) inverse information.
    positions
        (T,) place of each week in the calendar, rising.
    lags
        Largest lag with weight above 0.

    Returns
    -------
    (P, P)

    References
    ----------
    Newey, W. K. & West, K. D. (1987). A simple, positive semi-definite, heteroskedasticity and
    autocorrelation consistent covariance matrix. Econometrica 55, 703-708.
    """
    weeks, columns = scores.shape
    placed = np.zeros((int(positions[-1] - positions[0]) + 1, columns))
    placed[positions - positions[0]] = scores
    meat = placed.T @ placed
    for lag in range(1, min(lags, len(placed) - 1) + 1):
        part = placed[lag:].T @ placed[:-lag]
        meat += (1 - lag / (lags + 1)) * (part + part.T)
    return np.asarray(bread @ meat @ bread * weeks / (weeks - columns))
