"""Uncertainty from leaving out one province at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from trends.errors import EstimationError
from trends.models.series import Floats
from trends.models.staggered.panel import StaggeredPanel

_DRAWS = 20_000


@dataclass(frozen=True, eq=False)
class Jackknife:
    """Covariance of several log ratios by deleting clusters, and the degrees of freedom of its t quantiles.

    Attributes
    ----------
    estimate, cov
        (M,) and (M, M). NaN where leaving out some province leaves no estimate.
    df
        Clusters on the smaller side, treated or untreated, less one.
    """

    estimate: Floats
    cov: Floats
    df: int

    @property
    def std_error(self) -> Floats:
        """(M,)."""
        return np.sqrt(np.diag(self.cov))

    def reach(self, level: float) -> float:
        """Quantile of t for a pointwise interval; NaN without degrees of freedom."""
        return float(stats.t.ppf((1 + level) / 2, self.df)) if self.df >= 1 else float("nan")

    def reach_all(self, level: float, chosen: Floats, seed: int) -> float:
        """Quantile of the largest of several |t|, for intervals that hold all at once.

        Draws from the multivariate t with the estimated correlation (Montiel Olea & Plagborg-Møller 2019,
        Journal of Applied Econometrics 34, 1-17). ``chosen`` holds positions.
        """
        places = [int(place) for place in chosen if self.std_error[int(place)] > 0]
        if self.df < 1 or not places:
            return float("nan")
        part = self.cov[np.ix_(places, places)]
        error = np.sqrt(np.diag(part))
        values, vectors = np.linalg.eigh(part / np.outer(error, error))
        rng = np.random.default_rng(seed)
        normal = rng.standard_normal((_DRAWS, len(places))) @ (vectors * np.sqrt(np.clip(values, 0, None))).T
        drawn = np.abs(normal).max(1) / np.sqrt(rng.chisquare(self.df, _DRAWS) / self.df)
        return max(float(np.quantile(drawn, level)), self.reach(level))


def jackknife(panel: StaggeredPanel, estimate: Callable[[StaggeredPanel], Floats]) -> Jackknife:
    """Delete each province in turn and estimate again.

    The variance is ``(G - 1) / G`` times the sum of squared changes: with few clusters this is the least
    optimistic of the usual cluster-robust ones (MacKinnon, Nielsen & Webb 2023, Journal of Applied Econometrics
    38, 671-694, CV3). With few treated provinces even t with G - 1 degrees of freedom is too short, as the
    variance rests on those few (MacKinnon & Webb 2017); so the smaller of the two sides gives them.
    """
    full = estimate(panel)
    changes = np.full((len(panel.provinces), len(full)), np.nan)
    for place in range(len(panel.provinces)):
        rest = np.arange(len(panel.provinces)) != place
        try:
            with np.errstate(invalid="ignore"):
                changes[place] = estimate(panel.keep(rest)) - full
        except EstimationError:
            continue
    changes[~np.isfinite(changes)] = np.nan
    clusters = len(panel.provinces)
    cov = (clusters - 1) / clusters * changes.T @ changes
    during = panel.treated.any(1)
    sides = int(panel.ever.sum()), int(panel.untreated[during].any(0).sum())
    return Jackknife(full, cov, min(sides) - 1)
