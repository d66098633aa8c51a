"""Provinces too sparse for a ratio of their own, pooled by their counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from trends.errors import EstimationError, InputError
from trends.models.display import p_text, ratio_text
from trends.models.pooling.binomial_normal import BinomialNormal, MixedRatio, mixed_ratio, widened
from trends.models.pooling.conditional import CommonRatio, by_odds, common_ratio
from trends.models.rates import compare_rates
from trends.models.words import coverage, interval_clause, number

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PooledCounts:
    """A pooled ratio of rates from counts before and after, province by province.

    Attributes
    ----------
    common
        One ratio for all provinces, exactly, as if all had the same and counts were Poisson.
    mixed
        The mean ratio over provinces that differ; None where it cannot be had (``notes`` says why).
    events_before, events_after
        Totals.
    k
        Provinces with events.
    labels, without_events
        Their names, and those of provinces without any: these hold no information about the ratio.
    level
        Nominal coverage.
    notes
        What must be said beside it.
    """

    common: CommonRatio
    mixed: MixedRatio | None
    events_before: int
    events_after: int
    k: int
    labels: tuple[str, ...]
    without_events: tuple[str, ...]
    level: float
    notes: tuple[str, ...] = ()

    @property
    def rate_ratio(self) -> float:
        """Mean ratio over provinces; the common one where there is no other."""
        return self._reported.rate_ratio

    @property
    def low(self) -> float:
        """Lower limit of the ratio."""
        return self._reported.low

    @property
    def high(self) -> float:
        """Upper limit of the ratio."""
        return self._reported.high

    @property
    def p_value(self) -> float:
        """Two-sided, of a ratio of 1."""
        return self._reported.p_value

    @property
    def _reported(self) -> CommonRatio | MixedRatio:
        return self.common if self.mixed is None else self.mixed

    @property
    def effects(self) -> pd.DataFrame:
        """Columns ``term, rate_ratio, low, high, p_value, interval``; the mean over provinces first."""
        rows = [("one ratio for all", *self.common, "exact conditional")]
        if self.mixed is not None:
            m = self.mixed
            rows.insert(0, ("mean over provinces", m.rate_ratio, m.low, m.high, m.p_value, "binomial-normal"))
        return pd.DataFrame(rows, columns=["term", "rate_ratio", "low", "high", "p_value", "interval"])

    def sentence(self) -> str:
        """Events, ratio, and what its interval leaves open."""
        events = (
            f"With {self.events_before:,} events before and {self.events_after:,} after in {self.k} provinces"
        )
        what = "the rate after" if self.mixed is None else "on average over provinces the rate after"
        spread = f"{coverage(self.level)} {number(self.low)} to {number(self.high)}"
        return (
            f"{events}, {what} is {number(self.rate_ratio)} times that before ({spread}): "
            f"{interval_clause(self.low, self.high)}."
        )

    def summary(self) -> str:
        """Write it for the terminal."""
        rows = [
            f"{row.term}: {ratio_text(row.rate_ratio)} ({ratio_text(row.low)} to {ratio_text(row.high)}), "  # type: ignore[arg-type]
            f"p {p_text(row.p_value)}; {row.interval}"  # type: ignore[arg-type]
            for row in self.effects.itertuples()
        ]
        return "\n".join([*rows, self.sentence(), *(f"- {note}" for note in self.notes)])

    def __str__(self) -> str:
        return self.summary()


def pool_counts(
    before: ArrayLike,
    after: ArrayLike,
    exposure_before: ArrayLike,
    exposure_after: ArrayLike,
    *,
    level: float = 0.95,
    mid_p: bool = False,
    dispersion: float = 1.0,
    labels: Sequence[str] | None = None,
    shared_variance: float = 0.0,
) -> PooledCounts:
    """Pool ratios of rates after over before by what is left of the counts when totals are given.

    Given the events of a province in both periods together, those after are binomial and the province's own
    rate is gone. So a province with events on one side only counts for what it is worth, and one without any
    for nothing. Two answers: one ratio for all (exact, Poisson), and the mean of ratios that differ between
    provinces (normal on the log scale), which also takes up what counts vary beyond Poisson within each
    province, as long as provinces do so independently.

    Parameters
    ----------
    before, after
        (k,) whole numbers of events.
    exposure_before, exposure_after
        () or (k,) lengths above 0 in one unit.
    level
        Nominal coverage.
    mid_p
        Mid-p instead of exact limits for the common ratio.
    dispersion
        Variance over mean allowed for in the common ratio, as in :func:`trends.compare_rates`; needs the same
        exposures in every province.
    labels
        Names; the index of a Series ``before`` when left out, else 1 to k.
    shared_variance
        Variance of the log ratios that provinces have in common (see :func:`pool`); widens the mean's interval.

    Raises
    ------
    InputError
        Counts that are no whole numbers, lengths that differ, exposures not above 0.
    EstimationError
        No events at all.
    """
    x0, x1, odds, names = _checked(before, after, exposure_before, exposure_after, labels)
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}", remedy="give a coverage between 0 and 1, such as 0.95")
    some = x0 + x1 > 0
    if not some.any():
        raise EstimationError("no events in any province: nothing to compare")
    common = _common(x0[some], x1[some], odds[some], level, mid_p, dispersion)
    mixed, reason = _mixed(x0[some], x1[some], odds[some], common, level)
    if mixed is not None and shared_variance > 0:
        mixed = widened(mixed, shared_variance, level)
        reason = (
            f"a standard error of {math.sqrt(shared_variance):.2f} that all provinces share has been added",
        )
    without = tuple(name for name, has in zip(names, some, strict=True) if not has)
    notes = (f"no events, so nothing known about their ratio: {', '.join(without)}",) if without else ()
    return PooledCounts(
        common=common,
        mixed=mixed,
        events_before=int(x0.sum()),
        events_after=int(x1.sum()),
        k=int(some.sum()),
        labels=tuple(name for name, has in zip(names, some, strict=True) if has),
        without_events=without,
        level=level,
        notes=(*notes, *reason),
    )


def _common(
    x0: Floats, x1: Floats, odds: Floats, level: float, mid_p: bool, dispersion: float
) -> CommonRatio:
    if dispersion == 1:
        given = by_odds((x0 + x1).astype(np.int64), np.log(odds))
        return common_ratio(int(x1.sum()), given, level=level, mid_p=mid_p)
    if np.ptp(odds) > 1e-12 * odds[0]:
        raise InputError(
            "a dispersion needs the same exposures in every province", remedy="leave it at 1, and use .mixed"
        )
    found = compare_rates(
        int(x0.sum()), int(x1.sum()), 1.0, float(odds[0]), level=level, mid_p=mid_p, dispersion=dispersion
    )
    return CommonRatio(found.rate_ratio, found.low, found.high, found.p_value)


def _mixed(
    x0: Floats, x1: Floats, odds: Floats, common: CommonRatio, level: float
) -> tuple[MixedRatio | None, tuple[str, ...]]:
    if len(x0) < 2:
        return None, ("events in one province only: nothing is known about how provinces differ",)
    if common.rate_ratio in (0.0, math.inf):
        side = "after" if common.rate_ratio == 0 else "before"
        return None, (f"no events {side} in any province: only one limit of the common ratio can be given",)
    data = BinomialNormal(x1, x0 + x1, np.log(odds))
    return mixed_ratio(data, math.log(common.rate_ratio), level=level), ()


def _checked(
    before: ArrayLike, after: ArrayLike, t0: ArrayLike, t1: ArrayLike, labels: Sequence[str] | None
) -> tuple[Floats, Floats, Floats, tuple[str, ...]]:
    x0, x1 = (np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in (before, after))
    if x0.ndim != 1 or x0.shape != x1.shape:
        raise InputError(
            f"before has shape {x0.shape}, after {x1.shape}", remedy="give one number a province"
        )
    for what, x in (("before", x0), ("after", x1)):
        if not (np.isfinite(x) & (x >= 0) & (x == np.floor(x))).all():
            raise InputError(f"{what} holds something else than whole numbers, 0 or more")
    lengths = [np.broadcast_to(np.asarray(part, dtype=np.float64), x0.shape) for part in (t0, t1)]
    if not all((np.isfinite(part) & (part > 0)).all() for part in lengths):
        raise InputError("an exposure is not above 0")
    if labels is None:
        labels = before.index if isinstance(before, pd.Series) else range(1, len(x0) + 1)  # type: ignore[assignment]
    names = tuple(str(name) for name in labels)  # type: ignore[union-attr]
    if len(names) != len(x0) or len(set(names)) != len(names):
        raise InputError(f"{len(names)} labels for {len(x0)} provinces, or a label twice")
    return x0, x1, lengths[1] / lengths[0], names
