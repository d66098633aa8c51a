"""Average rate ratios of many series, designs or simulations in one batched latent AR(1) call."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from trends.checks.basis import Basis
from trends.models.latent_ar1 import LatentAR1Fit, fit_latent_ar1
from trends.models.series import Floats
from trends.models.sparse import EVENTS_EACH_SIDE, EVENTS_PER_COEFFICIENT, too_sparse

Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
Progress = Callable[[int, int], None]

LARGEST_LOG_MEAN = 60.0
COLLINEAR = 1e-9
NOT_CONVERGED = "the fit did not converge"
CHUNK = 512
"""Regressions that a thread fits at a time; chunks are cut alike whatever the number of threads."""


@dataclass(frozen=True, eq=False)
class Batch:
    """S regressions to be fitted together.

    Attributes
    ----------
    counts
        (S, T) with NaN in weeks that are not in the fit.
    matrix, without
        (S, T, P), or (T, P) shared, columns as they are, and as if no interruption had happened.
    offset
        (S, T) log exposure.
    segment
        (S, T) number of interruptions up to and including each week.
    weeks
        (S, T) bool, weeks over which the rate ratio is averaged.
    """

    counts: Floats
    matrix: Floats
    without: Floats
    offset: Floats
    segment: Ints
    weeks: Bools

    def rows(self, some: Ints) -> Batch:
        """Select some of the regressions."""
        return Batch(
            self.counts[some],
            _of(self.matrix, some),
            _of(self.without, some),
            self.offset[some],
            self.segment[some],
            self.weeks[some],
        )


@dataclass(frozen=True, eq=False)
class Effects:
    """Log rate ratios, averaged over the weeks after.

    Attributes
    ----------
    estimate, std_error, low, high, p_value
        (S,) on the log scale; NaN where there is none.
    refused
        S reasons why; empty where there is an estimate.
    """

    estimate: Floats
    std_error: Floats
    low: Floats
    high: Floats
    p_value: Floats
    refused: tuple[str, ...]

    @property
    def z(self) -> Floats:
        """(S,) estimate over its standard error."""
        return self.estimate / self.std_error


def together(parts: Sequence[Effects]) -> Effects:
    """Join the effects of several series."""
    names = ("estimate", "std_error", "low", "high", "p_value")
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Effects(**joined, refused=tuple(reason for part in parts for reason in part.refused))


def own_batch(basis: Basis, counts: Floats) -> Batch:
    """Put (S, T) counts on the columns, weeks and exposure of a fit; its phase-in is left out of them."""
    setting, size = basis.setting, counts.shape
    used = np.where(setting.phase_in, np.nan, counts)
    return Batch(
        counts=used,
        matrix=basis.matrix,
        without=basis.without,
        offset=np.broadcast_to(setting.offset, size),
        segment=np.broadcast_to(setting.segment, size),
        weeks=np.isfinite(used) & (setting.segment > 0),
    )


def threads() -> int:
    """Return how many threads share the series of a batch; no result depends on it."""
    return min(4, os.cpu_count() or 1)


def fit_effects(batch: Batch, level: float, progress: Progress | None = None) -> Effects:
    """Fit every regression of a batch; one that its counts cannot carry gets a reason instead of numbers.

    The log of expected events with over without the interruption is linear in the coefficients to first order
    (delta method); its interval is that of the mixture over what the noise may be.
    """
    with ThreadPoolExecutor(threads()) as pool:
        everyone = np.arange(len(batch.counts), dtype=np.intp)
        judged = pool.map(lambda some: _reasons(batch.rows(some)), _chunks(everyone))
        reasons = [reason for part in judged for reason in part]
        fitted = np.array([place for place, reason in enumerate(reasons) if not reason], dtype=np.intp)
        numbers = np.full((5, len(reasons)), np.nan)
        chunks, done = _chunks(fitted), 0
        found = pool.map(lambda some: _fitted(batch.rows(some), level), chunks)
        for some, part in zip(chunks, found, strict=True):
            numbers[:, some] = part
            done += len(some)
            if progress is not None:
                progress(done, len(fitted))
    for place in fitted[np.isnan(numbers[1, fitted])]:
        reasons[place] = NOT_CONVERGED
    estimate, std_error, low, high, p_value = numbers
    return Effects(estimate, std_error, low, high, p_value, tuple(reasons))


def _chunks(places: Ints) -> list[Ints]:
    return [places[first : first + CHUNK] for first in range(0, len(places), CHUNK)]


def _fitted(part: Batch, level: float) -> Floats:
    return _numbers(fit_latent_ar1(part.counts, part.matrix, part.offset), part, level)


def _of(matrix: Floats, some: Ints) -> Floats:
    return matrix if matrix.ndim == 2 else matrix[some]


def _reasons(batch: Batch) -> list[str]:
    """Why a regression cannot be made of each of the counts; empty where it can."""
    seen = np.isfinite(batch.counts)
    events = np.where(seen, batch.counts, 0.0)
    sides = [(events * (batch.segment == side)).sum(1) for side in range(int(batch.segment.max()) + 1)]
    present = [(batch.segment == side).any(1) for side in range(len(sides))]
    least = np.where(present, sides, np.inf).min(0)
    columns = batch.matrix.shape[-1]
    sparse = (events.sum(1) < EVENTS_PER_COEFFICIENT * columns) | (least < EVENTS_EACH_SIDE)
    reasons = [""] * len(seen)
    for one in np.flatnonzero(_collinear(batch.matrix, seen)):
        reasons[one] = "its columns cannot be told apart on the weeks that are left"
    for one in np.flatnonzero(sparse):
        used = seen[one]
        reasons[one] = too_sparse(batch.counts[one][used], batch.segment[one][used], columns)
    return reasons


def _collinear(matrix: Floats, seen: Bools) -> Bools:
    own = matrix if matrix.ndim == 3 else np.broadcast_to(matrix, (len(seen), *matrix.shape))
    used = own * seen[..., None]
    gram = used.swapaxes(1, 2) @ used
    length = np.sqrt(np.diagonal(gram, axis1=1, axis2=2))
    length = np.where(length > 0, length, 1.0)
    unit = gram / (length[:, :, None] * length[:, None, :])
    return np.asarray(np.linalg.eigvalsh(unit)[:, 0] < COLLINEAR)


def _numbers(fit: LatentAR1Fit, part: Batch, level: float) -> Floats:
    ratio, gradient = _log_ratio(np.nan_to_num(fit.coef), part)
    found = fit.interval(gradient, level)
    shift = ratio - found.estimate
    numbers = np.stack(
        [ratio, found.se, found.lower + shift, found.upper + shift, _p_value(fit, gradient, shift)]
    )
    return np.where(fit.converged & np.isfinite(found.se), numbers, np.nan)


def _p_value(fit: LatentAR1Fit, gradient: Floats, shift: Floats) -> Floats:
    centres = np.einsum("sgp,sp->sg", fit.node_coef, gradient) + shift[:, None]
    spread = np.sqrt(np.einsum("sp,sgpq,sq->sg", gradient, fit.node_cov, gradient))
    below = (fit.weights * ndtr(-centres / spread)).sum(1)
    return np.asarray(np.minimum(1.0, 2.0 * np.minimum(below, 1.0 - below)))


def _log_ratio(coef: Floats, part: Batch) -> tuple[Floats, Floats]:
    """(S,) log ratio of expected events with over without, and its gradient (S, P)."""

    def total(matrix: Floats) -> tuple[Floats, Floats]:
        log_mean = np.einsum("...tp,...p->...t", matrix, coef) + part.offset
        mean = np.exp(np.clip(log_mean, None, LARGEST_LOG_MEAN)) * part.weeks
        whole = mean.sum(1)
        return whole, np.einsum("...t,...tp->...p", mean, matrix) / whole[:, None]

    with_it, slope_with = total(part.matrix)
    without_it, slope_without = total(part.without)
    return np.log(with_it) - np.log(without_it), slope_with - slope_without
