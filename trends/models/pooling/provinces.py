"""Provinces together: the pooled effect first, the provinces after."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from trends.errors import EstimationError, InputError
from trends.models.notes import uncorrelated_note
from trends.models.pooling.counts import PooledCounts
from trends.models.pooling.dependence import residual_correlation
from trends.models.pooling.effect import PooledEffect
from trends.models.pooling.findings import JointTest, ProvinceFindings
from trends.models.pooling.joined import EXACT, by_counts, by_ratios, shared_by_sum
from trends.models.pooling.leave_out import leave_one_out
from trends.models.pooling.multiplicity import combine_p, fdr
from trends.models.pooling.shrinkage import shrink
from trends.models.pooling.signflips import max_t
from trends.models.pooling.units import ProvinceFits, fit_provinces
from trends.models.sparse import BLOCK_WEEKS

if TYPE_CHECKING:
    from trends.panel import WeeklyPanel


def pool_provinces(
    panel: WeeklyPanel | pd.DataFrame,
    interruptions: Any,
    *,
    provinces: str | Sequence[str] | None = None,
    measure: str = "attacks",
    multiplicity: str = "benjamini-hochberg",
    accepted: float = 0.05,
    pooling: str | None = None,
    **kwargs: Any,
) -> ProvinceFindings:
    """Compare every province before and after, and say first what they say together.

    Each province is fitted by :func:`trends.interrupted` with the same arguments. Where all of them had to be
    compared exactly, the mean over provinces comes from the counts (:func:`pool_counts`), which takes in those
    without an event on one side; otherwise from the log ratios (:func:`pool`, REML, modified Hartung-Knapp), unless
    ``pooling`` says which.
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
    pooling
        ``"counts"`` or ``"ratios"``: what the reported mean over provinces is made of. The counts of two periods
        answer the question of a change of level alone.
    kwargs
        Passed to :func:`trends.interrupted`. ``trend=None, harmonics=0`` with a shape of ``"level"`` asks every
        province the same question, by an interval that allows for serial correlation where there are events
        enough, else exactly. ``family="exact"`` compares all exactly: where provinces are dense and their counts
        hang together, that flags too many of them (``docs/validity.md``), and the notes say so.

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
    level, of_counts = fits.total.level, _by_counts(pooling, fits)
    shared = _shared(fits, counts, interruptions, kwargs, of_counts=of_counts)
    from_counts = by_counts(fits, fits.table, level, shared)
    from_ratios = by_ratios(fits.table, level, shared)
    reported = from_counts if from_ratios is None or of_counts else from_ratios
    table = fits.table.set_index("province")
    discoveries = fdr(table["p_value"], multiplicity, accepted)
    return ProvinceFindings(
        pooled=reported,
        by_ratios=from_ratios,
        by_counts=from_counts,
        provinces=fits.table.assign(q_value=discoveries.table["q_value"].to_numpy()),
        shrunken=_shrunken(fits.table, from_ratios),
        discoveries=discoveries,
        joint=_joint(fits, discoveries.table["p_value"]),
        without_each=partial(_without_each, fits, reported, shared),
        correlation=residual_correlation(fits.residuals()),
        shared_std_error=math.sqrt(shared),
        total=fits.total,
        level=level,
        notes=_notes(fits, reported),
    )


def _by_counts(pooling: str | None, fits: ProvinceFits) -> bool:
    if pooling not in (None, "counts", "ratios"):
        raise InputError(f"pooling is {pooling!r}", remedy='use "counts" or "ratios", or leave it out')
    return pooling == "counts" or (pooling is None and fits.methods <= {EXACT})


def _shared(
    fits: ProvinceFits, counts: pd.DataFrame, interruptions: Any, kwargs: dict[str, Any], *, of_counts: bool
) -> float:
    """Shared variance beyond that of the provinces' own errors: exact ones where counts are pooled."""
    if of_counts and not fits.methods <= {EXACT}:
        kwargs = kwargs | {"family": "exact"}
        fits = fit_provinces(counts, interruptions, **kwargs)
    return shared_by_sum(fits, counts, interruptions, kwargs)


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


def _shrunken(table: pd.DataFrame, pooled: PooledEffect | None) -> pd.DataFrame | None:
    some = table[table["before"] + table["after"] > 0]
    if pooled is None or pooled.k < 3:
        return None
    return shrink(some["estimate"], some["std_error"], pooled)


def _joint(fits: ProvinceFits, p_values: pd.Series[float]) -> JointTest:
    _, scores = fits.scores()
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
            return by_counts(fits, rest, reported.level, shared)
        found = by_ratios(rest, reported.level, shared)
        if found is None:
            raise EstimationError("fewer than two provinces are left")
        return found

    return leave_one_out(table["province"].tolist(), without)


def _notes(fits: ProvinceFits, reported: PooledCounts | PooledEffect) -> tuple[str, ...]:
    notes = list(reported.notes)
    if len(fits.methods) > 1 and not fits.level_only:
        notes.append(
            "provinces were compared in different ways (" + ", ".join(sorted(fits.methods)) + "): where the "
            "regression allows for trend and season and the exact comparison does not, their ratios do not answer "
            "quite the same question; trend=None, harmonics=0 and a shape of 'level' ask all the same"
        )
    notes += _uncorrelated(fits)
    refused = fits.table[(fits.table["note"] != "") & (fits.table["before"] + fits.table["after"] > 0)]
    notes += [f"{row.province}: no estimate, {row.note}" for row in refused.itertuples()]
    return tuple(notes)


def _uncorrelated(fits: ProvinceFits) -> list[str]:
    """Say which provinces were compared exactly though they carry an interval for correlated weeks."""
    names = [
        name
        for name, result in fits.results.items()
        if result.rates is not None and uncorrelated_note(result.analysis.setting)
    ]
    if not names:
        return []
    return [
        f"{', '.join(names)}: compared exactly, which allows for serial correlation over {BLOCK_WEEKS} weeks only; "
        "their p-values are too small where more hang together. They have events enough for an interval that allows "
        "for it: trend=None, harmonics=0 and a shape of 'level'"
    ]
