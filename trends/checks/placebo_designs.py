"""Placebo dates as regressions: which dates a series allows, and the design of each."""

from __future__ import annotations

import numpy as np

from trends.checks.basis import Basis, Bools, moved_mask, moved_matrices
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
    shifts = np.arange(
        max(1, low) - starts[0], min(high - starts[0], weeks - 1 - starts[-1]) + 1, dtype=np.intp
    )
    shifts = shifts[shifts != 0]
    found: Ints = shifts[_enough(basis, shifts)] if len(shifts) else shifts
    if not len(found):
        raise EstimationError(
            f"{basis.name}: no placebo date leaves enough {basis.step}s on both sides",
            remedy="give a longer series, a wider span of dates or fewer terms",
        )
    return found


def _used(basis: Basis, shifts: Ints) -> Bools:
    """(D, T) weeks in the fit with the interruptions and their phase-in moved."""
    phases = np.stack([moved_mask(basis.setting.phase_in, shift) for shift in shifts])
    return np.asarray(basis.setting.series.observed & ~phases)


def _segment(basis: Basis, shifts: Ints) -> Ints:
    """(D, T) number of moved interruptions up to and including each week."""
    starts = np.array(basis.setting.starts) + shifts[:, None]
    weeks = np.arange(len(basis.index))
    return np.asarray((weeks[:, None] >= starts[:, None, :]).sum(2), dtype=np.intp)


def _enough(basis: Basis, shifts: Ints) -> Bools:
    used, segment = _used(basis, shifts), _segment(basis, shifts)
    weeks = np.stack([(used & (segment == side)).sum(1) for side in range(len(basis.setting.starts) + 1)])
    fine = np.ones(len(shifts), dtype=bool)
    for place, item in enumerate(basis.setting.interruptions):
        least = STEPS_EACH_SIDE.get(item.shape, STEPS_FOR_A_COURSE)
        fine &= weeks[place : place + 2].min(0) >= least
    return fine


def placebo_batch(basis: Basis, shifts: Ints) -> Batch:
    """Put one regression for each shift of the interruptions, phase-in moved too, into a batch."""
    weeks, base = np.arange(len(basis.index)), basis.setting
    reach = len(weeks) - basis.start
    used = _used(basis, shifts)
    since = weeks - (basis.start + shifts)[:, None]
    size = used.shape
    return Batch(
        counts=np.where(used, base.series.counts, np.nan),
        matrix=moved_matrices(basis, shifts),
        without=basis.without,
        offset=np.broadcast_to(base.offset, size),
        segment=_segment(basis, shifts),
        weeks=used & (since >= 0) & (since < reach),
    )


def joined(batches: list[Batch]) -> Batch:
    """Join batches of several series.

    Raises
    ------
    InputError
        They differ in weeks or in the number of columns.
    """
    shapes = {batch.matrix.shape[1:] for batch in batches}
    if len(shapes) > 1:
        raise InputError(
            "the results do not have the same weeks and terms", remedy="make them with one setting"
        )
    names = ("counts", "matrix", "without", "offset", "segment", "weeks")
    parts = {name: [getattr(batch, name) for batch in batches] for name in names}
    if all(np.array_equal(parts["without"][0], other) for other in parts["without"][1:]):
        parts["without"] = parts["without"][:1]
    else:
        parts["without"] = [np.broadcast_to(batch.without, batch.matrix.shape) for batch in batches]
    return Batch(**{name: np.concatenate(values) for name, values in parts.items()})
