"""How the ratio of two series changed, compared exactly: two counts before, two after."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize
from scipy.special import gammaln, logsumexp

from trends.errors import EstimationError, InputError
from trends.models.series import Floats

LARGEST_SUPPORT = 2_000_000
FARTHEST = 60.0


@dataclass(frozen=True)
class RatioComparison:
    """Events of a series and its control before and after, and by what their ratio changed.

    Given the events of both series in each period, and those of the series in both, the number after has Fisher's
    noncentral hypergeometric distribution: whatever moves both series alike drops out.

    Attributes
    ----------
    treated_before, treated_after, control_before, control_after
        Whole numbers.
    ratio, low, high
        (treated / control) after over the same before, for the exposures, with its exact interval.
    p_value
        Twice the smaller tail, of a ratio of 1.
    level
        Nominal coverage.
    mid_p
        Whether half the probability of the observed split is left out of each tail.
    dispersion
        Variance of the share over that of a binomial share which was allowed for.
    """

    treated_before: int
    treated_after: int
    control_before: int
    control_after: int
    ratio: float
    low: float
    high: float
    p_value: float
    level: float
    mid_p: bool
    dispersion: float

    @property
    def interval(self) -> str:
        """Name of the interval: ``"exact"`` or ``"mid-p"``, and the dispersion where it is not 1."""
        name = "mid-p" if self.mid_p else "exact"
        return name if self.dispersion == 1 else f"{name}, dispersion {self.dispersion:.2f}"


def compare_ratios(
    treated: tuple[int, int],
    control: tuple[int, int],
    exposure_ratio: float = 1.0,
    *,
    level: float = 0.95,
    mid_p: bool = False,
    dispersion: float = 1.0,
) -> RatioComparison:
    """Compare the ratio of two series before and after by Fisher's exact conditional distribution.

    The interval is that of R's ``fisher.test``. Where ``dispersion`` is above 1 all four counts enter divided by it.

    Parameters
    ----------
    treated, control
        Events before and after.
    exposure_ratio
        (Treated over control exposure) after, over the same before.
    level, mid_p, dispersion
        As in :func:`trends.models.rates.compare_rates`.

    Raises
    ------
    EstimationError
        One of the series, or one of the periods, has no events.
    InputError
        Counts that are no whole numbers.

    References
    ----------
    Fisher, R. A. (1935). The logic of inductive inference. Journal of the Royal Statistical Society 98, 39-82.
    """
    counts = (*treated, *control)
    if any(count < 0 or count != int(count) for count in counts):
        raise InputError(f"events are {counts}", remedy="give whole numbers, 0 or more")
    _refuse_empty(treated, control)
    law = _law(np.array(counts, dtype=float) / dispersion)
    tail, null = (1 - level) / 2, math.log(exposure_ratio)
    low = _crossing(lambda log_odds: law.upper(log_odds, mid_p) - tail, rising=True)
    high = _crossing(lambda log_odds: law.lower(log_odds, mid_p) - tail, rising=False)
    low, high = (-math.inf if law.first else low), (math.inf if law.last else high)
    both = law.upper(null, mid_p), law.lower(null, mid_p)
    found, lost = treated[1] * control[0], treated[0] * control[1]
    ratio = math.inf if lost == 0 else found / lost / exposure_ratio
    low, high = (math.exp(part - null) if part < FARTHEST else math.inf for part in (low, high))
    return RatioComparison(
        *treated, *control, ratio, low, high, min(1.0, 2 * min(both)), level, mid_p, dispersion
    )


@dataclass(frozen=True)
class _Law:
    """Noncentral hypergeometric: log weights of each number after, and the place of the one observed."""

    steps: Floats
    log_weights: Floats
    at: int

    @property
    def first(self) -> bool:
        return self.at == 0

    @property
    def last(self) -> bool:
        return self.at == len(self.steps) - 1

    def upper(self, log_odds: float, mid_p: bool) -> float:
        """Probability of at least as many after as observed."""
        return self._tail(log_odds, slice(self.at, None), mid_p)

    def lower(self, log_odds: float, mid_p: bool) -> float:
        """Probability of at most as many."""
        return self._tail(log_odds, slice(None, self.at + 1), mid_p)

    def _tail(self, log_odds: float, part: slice, mid_p: bool) -> float:
        logs = self.log_weights + self.steps * log_odds
        whole = logsumexp(logs)
        own = math.exp(logs[self.at] - whole) / 2 if mid_p else 0.0
        return float(math.exp(logsumexp(logs[part]) - whole) - own)


def _law(counts: Floats) -> _Law:
    treated_before, treated_after, control_before, control_after = counts
    down = math.floor(min(treated_after, control_before) + 1e-9)
    up = math.floor(min(treated_before, control_after) + 1e-9)
    if down + up > LARGEST_SUPPORT:
        raise EstimationError(
            f"{down + up:,} splits are too many for an exact comparison", remedy="use a regression"
        )
    steps = np.arange(-down, up + 1, dtype=float)
    cells = (treated_after + steps, control_before + steps, treated_before - steps, control_after - steps)
    log_weights = -sum(gammaln(np.clip(cell, 0.0, None) + 1) for cell in cells)
    return _Law(steps, np.asarray(log_weights), down)


def _crossing(function: Callable[[float], float], *, rising: bool) -> float:
    """Root of a monotone function of a log ratio; the farthest value where there is none within reach."""
    edge = FARTHEST if not rising else -FARTHEST
    if function(-FARTHEST) * function(FARTHEST) >= 0:
        return edge
    return float(optimize.brentq(function, -FARTHEST, FARTHEST, xtol=1e-12))


def _refuse_empty(treated: tuple[int, int], control: tuple[int, int]) -> None:
    periods = zip(treated, control, strict=True)
    names = ("in the series", "in the control", "before", "after")
    for events, where in zip((sum(treated), sum(control), *map(sum, periods)), names, strict=True):
        if events == 0:
            raise EstimationError(
                f"no events {where}: no ratio to compare",
                remedy="take a group of provinces, a longer period or a larger control",
            )
