"""Provinces together: the pooled effect first, the provinces after."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from trends.errors import EstimationError, InputError
from trends.models.interrupted import interrupted
from trends.models.interruptions import Interruption, as_interruptions
from trends.models.pooling.counts import PooledCounts, pool_counts
from trends.models.pooling.dependence import residual_correlation, shared_variance
from trends.models.pooling.effect import PooledEffect
from trends.models.pooling.findings import JointTest, ProvinceFindings
from trends.models.pooling.leave_out import leave_one_out
from trends.models.pooling.multiplicity import combine_p, fdr
from trends.models.pooling.pooled import pool
from trends.models.pooling.shrinkage import shrink
from trends.models.pooling.signflips import max_t
from trends.models.pooling.units import ProvinceFits, fit_provinces, log_error
from trends.models.result import InterruptedResult

if TYPE_CHECKING:
    from trends.panel import WeeklyPanel

EXACT = "exact rate comparison"


def pool_provinces(
    panel: WeeklyPanel | pd.DataFrame,
    interruptions: Any,
    *,
    provinces: str | Sequence[str] | None = None,
    measure: str = "attacks",
    multiplicity: str = "benjamini-hochberg",
    accepted: float = 0.05,
    **kwargs: Any,
) -> ProvinceFindings:
    """Compare every province before and after, and say first what they say together.

    Each province is fitted by :func:`trends.interrupted` with the same arguments. Where all of them had to be
    compared exactly, the mean over provinces comes from the counts (:func:`pool_counts`), which takes in those
    without an event on one side; otherwise from the log ratios (:func:`pool`, REML, modified Hartung-Knapp).
    Provinces share their weeks: what the fit to their sum varies more than independent provinces would is
    added to the pooled variance (:func:`shared_variance`).

    Parameters
    ----------
    panel
        Weekly panel, or counts as a table of weeks by provinces.
    interruptions
        As :func:`trends.interrupted` takes them.
    provinces, measure
        Which provinces and what to count, of a panel; all provinces when left out.
    multiplicity, accepted
        Method and level of :func:`fdr`.
    kwargs
        Passed to :func:`trends.interrupted`. ``family="exact"``, or ``trend=None, harmonics=0`` with a shape
        of ``"level"``, asks every province the same question.

    Returns
    -------
    ProvinceFindings

    Raises
    ------
    InputError
        Arguments that are not what they have to be; provinces without names.
    EstimationError
        The sum of all provinces cannot be fitted.
    """
    counts = _wide(panel, provinces, measure)
    fits = fit_provinces(counts, interruptions, **kwargs)
    level = fits.total.level
    shared = _shared(fits, counts, interruptions, kwargs)
    by_counts = _by_counts(fits, fits.table, level, shared)
    by_ratios = _by_ratios(fits.table, level, shared)
    reported = by_counts if by_ratios is None or fits.methods <= {EXACT} else by_ratios
    table = fits.table.set_index("province")
    discoveries = fdr(table["p_value"], multiplicity, accepted)
    return ProvinceFindings(
        pooled=reported,
        by_ratios=by_ratios,
        by_counts=by_counts,
        provinces=fits.table.assign(q_value=discoveries.table["q_value"].to_numpy()),
        shrunken=_shrunken(fits.table, by_ratios),
        discoveries=discoveries,
        joint=_joint(fits, counts, discoveries.table["p_value"]),
        leave_one_out=_without_each(fits, reported, shared),
        correlation=residual_correlation(fits.residuals()),
        shared_std_error=math.sqrt(shared),
        total=fits.total,
        level=level,
        notes=_notes(fits, reported),
    )


def _wide(panel: Any, provinces: str | Sequence[str] | None, measure: str) -> pd.DataFrame:
    wide = panel if isinstance(panel, pd.DataFrame) else panel.wide(measure)
    if provinces is not None:
        codes = (
            ([provinces] if isinstance(provinces, str) else list(provinces))
            if isinstance(panel, pd.DataFrame)
            else list(panel.country.resolve(provinces))
        )
        if missing := [code for code in codes if code not in wide.columns]:
            raise InputError(f"no column {missing[0]!r} among the provinces")
        wide = wide[codes]
    names = [str(name) for name in wide.columns]
    if len(set(names)) != len(names) or len(names) < 2:
        raise InputError(
            f"{len(names)} provinces, {len(set(names))} names", remedy="give two or more, each named"
        )
    return wide.set_axis(names, axis=1)


def _shared(fits: ProvinceFits, counts: pd.DataFrame, interruptions: Any, kwargs: dict[str, Any]) -> float:
    """Variance the provinces share; the sum is compared by a regression where its events allow one."""
    total = fits.total
    if total.method == EXACT:
        total = _level_of_sum(counts, interruptions, kwargs) or total
    known = fits.table[np.isfinite(fits.table["std_error"])]
    error = log_error(total)
    if len(known) < 2 or not math.isfinite(error):
        return 0.0
    events = (known["before"] + known["after"]).to_numpy(dtype=float)
    return shared_variance(known["std_error"].to_numpy(), events, error)


def _level_of_sum(
    counts: pd.DataFrame, interruptions: Any, kwargs: dict[str, Any]
) -> InterruptedResult | None:
    first = as_interruptions(interruptions)[0]
    kept = {
        name: kwargs[name] for name in ("phase_in", "exposure", "level", "seed", "draws") if name in kwargs
    }
    step = Interruption(first.date, first.name, "level")
    try:
        return interrupted(counts.sum(axis=1, min_count=1), step, trend=None, harmonics=0, **kept)
    except EstimationError:
        return None


def _by_counts(fits: ProvinceFits, table: pd.DataFrame, level: float, shared: float) -> PooledCounts:
    names = table["province"].tolist()
    return pool_counts(
        table["before"], table["after"], *fits.exposure, level=level, labels=names, shared_variance=shared
    )


def _by_ratios(table: pd.DataFrame, level: float, shared: float) -> PooledEffect | None:
    some = table[table["before"] + table["after"] > 0]
    try:
        return pool(
            some["estimate"],
            some["std_error"],
            interval="modified-hartung-knapp",
            level=level,
            labels=some["province"].tolist(),
            shared_variance=shared,
        )
    except EstimationError:
        return None


def _shrunken(table: pd.DataFrame, pooled: PooledEffect | None) -> pd.DataFrame | None:
    some = table[table["before"] + table["after"] > 0]
    if pooled is None or pooled.k < 3:
        return None
    return shrink(some["estimate"], some["std_error"], pooled)


def _joint(fits: ProvinceFits, counts: pd.DataFrame, p_values: pd.Series[float]) -> JointTest:
    _, scores = fits.scores(counts)
    try:
        largest = max_t(scores).p_value if len(scores) else math.nan
    except EstimationError:
        largest = math.nan
    return JointTest(combine_p(p_values), combine_p(p_values, "harmonic-mean"), largest)


def _without_each(fits: ProvinceFits, reported: PooledCounts | PooledEffect, shared: float) -> pd.DataFrame:
    table = fits.table[fits.table["province"].isin(reported.labels)].reset_index(drop=True)

    def without(place: int) -> PooledCounts | PooledEffect:
        rest = table.drop(index=place)
        if isinstance(reported, PooledCounts):
            return _by_counts(fits, rest, reported.level, shared)
        found = _by_ratios(rest, reported.level, shared)
        if found is None:
            raise EstimationError("fewer than two provinces are left")
        return found

    return leave_one_out(table["province"].tolist(), without)


def _notes(fits: ProvinceFits, reported: PooledCounts | PooledEffect) -> tuple[str, ...]:
    notes = list(reported.notes)
    if len(fits.methods) > 1:
        notes.append(
            "provinces were compared in different ways (" + ", ".join(sorted(fits.methods)) + "): where the "
            "regression allows for trend and season and the exact comparison does not, their ratios do not answer "
            "quite the same question; family='exact' asks all the same"
        )
    refused = fits.table[(fits.table["note"] != "") & (fits.table["before"] + fits.table["after"] > 0)]
    notes += [f"{row.province}: no estimate, {row.note}" for row in refused.itertuples()]
    return tuple(notes)
