"""How alerts are made: the settings of the improved Farrington method, and of the rule for sparse series."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from trends.errors import InputError

THRESHOLDS = ("delta", "nbPlugin", "muan")
POWERS = {"2/3": 2 / 3, "1/2": 1 / 2, "none": 1.0}


@dataclass(frozen=True)
class Farrington:
    """Settings of the improved Farrington method; behind each the name that R's ``farringtonFlexible`` gives it.

    Attributes
    ----------
    years
        Years of history that the baseline reaches back (``b``).
    half_window
        Weeks before and after the same week of earlier years that are taken as that season (``w``).
    periods
        Seasons of a year; with 1 only the windows themselves are the baseline (``noPeriods``).
    recent_weeks
        Weeks before the tested one, itself included as one more, left out of the baseline, so that an outbreak
        does not hide itself (``pastWeeksNotIncluded``).
    reweight, reweight_above
        Whether past weeks with an Anscombe residual above the number given count less (``reweight``,
        ``weightsThreshold``).
    trend, trend_p
        Whether a log-linear trend is fitted, and the p-value below which it is kept (``trend``,
        ``pThresholdTrend``); it also needs three years and a prediction within the range of the baseline.
    least_events, least_events_weeks
        No alert with fewer events than this in that many weeks, the tested one included (``limit54``).
    threshold
        ``"nbPlugin"`` (negative binomial quantile, Noufaily et al. 2013), ``"muan"`` (the same with the
        uncertainty of the mean), ``"delta"`` (normal after a power transform, Farrington et al. 1996)
        (``thresholdMethod``).
    power
        Transform of ``"delta"``: ``"2/3"``, ``"1/2"`` or ``"none"`` (``powertrans``).
    alpha
        One-sided probability of a count above the threshold without a cause.

    Raises
    ------
    InputError
        A setting out of its range.
    """

    years: int = 3
    half_window: int = 3
    periods: int = 10
    recent_weeks: int = 26
    reweight: bool = True
    reweight_above: float = 2.58
    trend: bool = True
    trend_p: float = 1.0
    least_events: int = 5
    least_events_weeks: int = 4
    threshold: str = "nbPlugin"
    power: str = "2/3"
    alpha: float = 0.005

    def __post_init__(self) -> None:
        _at_least(self, 1, "years", "periods", "least_events_weeks")
        _at_least(self, 0, "half_window", "recent_weeks", "least_events", "trend_p")
        if not math.isfinite(self.reweight_above) or self.reweight_above <= 0:
            raise InputError(
                f"reweight_above is {self.reweight_above!r}", remedy="give a number above 0, such as 2.58"
            )
        if not 0 < self.alpha < 0.5:
            raise InputError(f"alpha is {self.alpha!r}", remedy="give a probability between 0 and 0.5")
        _one_of("threshold", self.threshold, THRESHOLDS)
        _one_of("power", self.power, tuple(POWERS))


@dataclass(frozen=True)
class Sparse:
    """The rule for series with too few events for a regression.

    A series with fewer than ``fewer_than`` events in the last ``weeks`` weeks before the excluded ones, or to which no
    regression could be fitted, is compared with its plain rate in those weeks: the tested count against its predictive
    distribution, in which that rate is uncertain (Jeffreys' prior) and the dispersion of those weeks is kept.

    Attributes
    ----------
    weeks
        Length of the baseline.
    fewer_than
        Number of events below which the rule applies.
    least_count
        No alert below this count.

    Raises
    ------
    InputError
        A setting out of its range.
    """

    weeks: int = 78
    fewer_than: int = 156
    least_count: int = 2

    def __post_init__(self) -> None:
        _at_least(self, 10, "weeks")
        _at_least(self, 0, "fewer_than")
        _at_least(self, 1, "least_count")


def _at_least(settings: Any, least: int, *names: str) -> None:
    for name in names:
        value = getattr(settings, name)
        if not math.isfinite(value) or value < least:
            raise InputError(f"{name} is {value!r}", remedy=f"give a number of at least {least}")


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{name} is {value!r}", remedy=f"use one of {', '.join(choices)}")
