"""Counts too few for a regression: the tested count against the plain rate of the weeks before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from trends.errors import EstimationError
from trends.surveillance.settings import Sparse

Floats = NDArray[np.float64]
JEFFREYS = 0.5


@dataclass(frozen=True, eq=False)
class SparseResult:
    """What the rule for sparse series says of K weeks of S series; all arrays are (K, S).

    Attributes
    ----------
    expected
        Mean of the predictive distribution.
    threshold
        A count above it is unusual: the smallest count that is exceeded with a probability of at most alpha, and
        never less than the least count for an alert less one.
    probability
        Probability of a count at least as high, by the predictive distribution.
    dispersion
        Variance over mean of the baseline, at least 1.
    events
        Events in the baseline.
    """

    expected: Floats
    threshold: Floats
    probability: Floats
    dispersion: Floats
    events: Floats


def sparse_tail(
    counts: ArrayLike, at: ArrayLike, alpha: float, how: Sparse | None = None, recent_weeks: int = 26
) -> SparseResult:
    """Compare counts with the predictive distribution that a constant rate gives.

    With X events in n weeks and Jeffreys' prior the next week's count is negative binomial with mean
    m = (X + 1/2) / n and variance m (1 + 1/n): exact for a Poisson process. Where the baseline varies more than
    that, its dispersion (Pearson) multiplies the variance.

    Parameters
    ----------
    counts
        (T, S) whole numbers.
    at
        (K,) positions of tested weeks.
    alpha
        One-sided probability of a count above the threshold.
    how
        ``weeks`` and ``least_count`` are used.
    recent_weeks
        Weeks before the tested one that are left out.

    Raises
    ------
    EstimationError
        A tested week has too few weeks before it.
    """
    how = how or Sparse()
    series, positions = np.asarray(counts, dtype=float), np.asarray(at, dtype=np.int64)
    ends = positions - recent_weeks
    if len(ends) and ends.min() < how.weeks:
        raise EstimationError(
            f"a sparse series needs {how.weeks + recent_weeks} weeks before a tested one, "
            f"but there are {positions.min()}",
            remedy="test a later week, or give the rule a shorter baseline",
        )
    rows = ends[:, None] - 1 - np.arange(how.weeks)
    past = series[rows]
    events = past.sum(axis=1)
    dispersion = _dispersion(past)
    mean = (events + JEFFREYS) / how.weeks
    excess = dispersion * (1 + 1 / how.weeks) - 1
    law = stats.nbinom(mean / excess, 1 / (1 + excess))
    threshold = np.maximum(law.ppf(1 - alpha), how.least_count - 1)
    return SparseResult(mean, threshold, law.sf(series[positions] - 1), dispersion, events)


def _dispersion(past: Floats) -> Floats:
    """Variance over mean along axis 1, at least 1."""
    mean = past.mean(axis=1)
    variance = past.var(axis=1, ddof=1)
    ratio = np.divide(variance, mean, out=np.ones_like(mean), where=mean > 0)
    return np.asarray(np.maximum(ratio, 1))
