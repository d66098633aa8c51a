"""The largest of several provinces' statistics against what blocks of weeks with random signs give."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trends.errors import EstimationError, InputError

Floats = NDArray[np.float64]
BLOCK_WEEKS = 8
"""Weeks that keep their sign together: with an autocorrelation of .6 a week, less than 2 % is left after eight."""


class LargestStatistic(NamedTuple):
    """Joint test that no province changed.

    ``statistics`` (k,) are the provinces' own, ``largest`` the largest in absolute value, ``p_value`` the share
    of sign patterns (the one observed included) that give one at least as large, ``adjusted`` (k,) the same
    share for each province's own statistic.
    """

    statistics: Floats
    largest: float
    p_value: float
    adjusted: Floats


def max_t(
    scores: Floats, *, block: int = BLOCK_WEEKS, flips: int = 4999, seed: int = 20200316
) -> LargestStatistic:
    """Test jointly that no province has an effect, whatever connects them in the same weeks.

    The score of an effect is a sum over weeks, with mean 0 under no effect. The weeks are cut into blocks, and
    each block's scores get a random sign, one for all provinces, so that correlation between provinces and
    within blocks stays as it is.

    Parameters
    ----------
    scores
        (k, T) contribution of each week to each province's score under no effect; 0 in weeks not in the fit.
    block
        Neighbouring weeks that share a sign.
    flips, seed
        Number of sign patterns and their seed.

    Raises
    ------
    EstimationError
        Fewer than eight blocks, or no province with events in two of them.

    References
    ----------
    Kline, P. & Santos, A. (2012). A score based approach to wild bootstrap inference. Journal of Econometric
    Methods 1, 23-41. Westfall, P. H. & Young, S. S. (1993). Resampling-based multiple testing. Wiley.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 2 or not np.isfinite(values).all() or block < 1:
        raise InputError("scores are a (provinces, weeks) table of finite numbers, block is 1 or more")
    edges = np.arange(0, values.shape[1], block)
    sums = np.add.reduceat(values, edges, axis=1)
    if len(edges) < 8:
        raise EstimationError(
            f"{len(edges)} blocks of {block} weeks are too few", remedy="take shorter blocks"
        )
    size = np.sqrt((sums**2).sum(1))
    usable = ((np.abs(sums) > 1e-12).sum(1) >= 2) & (size > 0)
    if not usable.any():
        raise EstimationError("no province has events in two blocks of weeks")
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(flips, len(edges)))
    scaled = sums[usable] / size[usable, None]
    drawn = np.abs(signs @ scaled.T).max(1)
    own = np.full(len(values), np.nan)
    own[usable] = scaled.sum(1)
    adjusted = np.full(len(values), np.nan)
    # a hair is taken off, so that a pattern equal to the one observed counts as reaching it
    reached = drawn[None, :] >= np.abs(own[usable])[:, None] - 1e-9
    adjusted[usable] = (1 + reached.sum(1)) / (flips + 1)
    return LargestStatistic(own, float(np.nanmax(np.abs(own))), float(np.nanmin(adjusted)), adjusted)
