"""Placebo dates as regressions: which dates a series allows, and the design of each."""

from __future__ import annotations

import numpy as np

from trends.checks.basis import Basis, moved_mask, moved_matrix
from trends.checks.effects import Batch, Ints
from trends.errors import EstimationError, InputError
from trends.models.interruptions import as_date

STEPS_EACH_SIDE = {"level": 4}
STEPS_FOR_A_COURSE = 8


def admissible_shifts(basis: Basis, first: object = None, last: object = None) -> Ints:
    """Find the steps (without 0) by which the interruptions can be moved.

    Raises
    ------
    EstimationError
        None.
    """
    weeks = len(basis.index)
    low = 0 if first is None else int(basis.index.searchsorted(as_date(first, "first")))
    high = (
        weeks - 1 if last is None else int(basis.index.searchsorted(as_date(last, "last"), side="right")) - 1
    )
    starts = np.array(basis.setting.starts)
    found = [
        shift
        for shift in range(max(1, low) - starts[0], high + 1 - starts[0])
        if shift != 0 and starts[-1] + shift < weeks and _enough(basis, shift)
    ]
    if not found:
        raise EstimationError(
            f"{basis.name}: no placebo date leaves enough {basis.step}s on both sides",
            remedy="give a longer series, a wider span of dates or fewer terms",
        )
    return np.array(found, dtype=np.intp)


def _enough(basis: Basis, shift: int) -> bool:
    used = basis.setting.series.observed & ~moved_mask(basis.setting.phase_in, shift)
    segment = _segment(basis, shift)
    weeks = np.bincount(segment[used], minlength=len(basis.setting.starts) + 1)
    needed = [STEPS_EACH_SIDE.get(item.shape, STEPS_FOR_A_COURSE) for item in basis.setting.interruptions]
    return all(min(weeks[place : place + 2]) >= least for place, least in enumerate(needed))


def _segment(basis: Basis, shift: int) -> Ints:
    starts = np.array(basis.setting.starts) + shift
    return np.asarray((np.arange(len(basis.index))[:, None] >= starts).sum(1), dtype=np.intp)


def placebo_batch(basis: Basis, shifts: Ints) -> Batch:
    """Put one regression for each shift of the interruptions, phase-in moved too, into a batch."""
    weeks, base = np.arange(len(basis.index)), basis.setting
    reach = len(weeks) - basis.start
    used = np.stack([base.series.observed & ~moved_mask(base.phase_in, shift) for shift in shifts])
    since = weeks - (basis.start + shifts)[:, None]
    size = used.shape
    return Batch(
        counts=np.where(used, base.series.counts, np.nan),
        matrix=np.stack([moved_matrix(basis, shift) for shift in shifts]),
        without=np.broadcast_to(basis.without, (*size, basis.without.shape[1])),
        offset=np.broadcast_to(base.offset, size),
        segment=np.stack([_segment(basis, shift) for shift in shifts]),
        weeks=used & (since >= 0) & (since < reach),
    )


def joined(batches: list[Batch]) -> Batch:
    """Join batches of several series.

    Raises
    ------
    InputError
        They differ in weeks or in the number of columns.
    """
    names = ("counts", "matrix", "without", "offset", "segment", "weeks")
    shapes = {batch.matrix.shape[1:] for batch in batches}
    if len(shapes) > 1:
        raise InputError(
            "the results do not have the same weeks and terms", remedy="make them with one setting"
        )
    return Batch(*(np.concatenate([getattr(batch, name) for batch in batches]) for name in names))
