"""Checks of what enters a latent AR(1) fit, and a basis in which it is well conditioned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trends.errors import InputError
from trends.models.latent_kernel import Floats
from trends.models.latent_start import weighted_gram

_COLLINEAR = 1e-9


@dataclass(frozen=True)
class SeriesBatch:
    """Checked input of S series.

    Attributes
    ----------
    counts, observed, offset
        (S, T): counts with 0 where missing, 1 or 0 for observed or missing, log exposure.
    design
        (T, P) or (S, T, P): orthogonal columns that span those of the caller.
    back
        (P, P) or (S, P, P): turns coefficients of ``design`` into the caller's.
    """

    counts: Floats
    observed: Floats
    offset: Floats
    design: Floats
    back: Floats

    def rows(self, some: slice | NDArray[np.intp]) -> SeriesBatch:
        """Select some of the series."""
        own = self.design.ndim == 3
        return SeriesBatch(
            self.counts[some],
            self.observed[some],
            self.offset[some],
            self.design[some] if own else self.design,
            self.back[some] if own else self.back,
        )


def check_batch(counts: ArrayLike, design: ArrayLike, offset: ArrayLike | None) -> SeriesBatch:
    """Check shapes and values, mark missing weeks, orthogonalise the designs.

    Raises
    ------
    InputError
        See `trends.models.latent_ar1.fit_latent_ar1`.
    """
    values = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    columns = np.asarray(design, dtype=np.float64)
    _check_shapes(values, columns)
    observed = np.isfinite(values)
    _check_counts(values, observed)
    shift = np.zeros_like(values) if offset is None else np.asarray(offset, dtype=np.float64)
    if shift.shape not in (values.shape, values.shape[1:]):
        raise InputError(f"the offset has shape {shift.shape}, the counts {values.shape}")
    shift = np.where(observed, np.broadcast_to(shift, values.shape), 0.0)
    if not np.isfinite(shift).all():
        raise InputError(
            "the offset is not finite in a week with a count", remedy="exposure must be positive"
        )
    basis, back = _orthogonal(columns)
    _check_collinear(basis, observed.astype(np.float64))
    return SeriesBatch(np.where(observed, values, 0.0), observed.astype(np.float64), shift, basis, back)


def _check_shapes(values: Floats, columns: Floats) -> None:
    if values.ndim != 2 or columns.ndim not in (2, 3) or columns.shape[-2] != values.shape[1]:
        raise InputError(
            f"counts of shape {values.shape} and a design of shape {columns.shape} do not fit",
            remedy="give counts (series, weeks) and a design (weeks, columns) or (series, weeks, columns)",
        )
    if columns.ndim == 3 and len(columns) != len(values):
        raise InputError(f"{len(values)} series but {len(columns)} designs")
    if not np.isfinite(columns).all():
        raise InputError(
            "the design has missing or infinite values", remedy="mark a missing week in the counts"
        )


def _check_counts(values: Floats, observed: NDArray[np.bool_]) -> None:
    if np.isinf(values).any():
        raise InputError("a count is infinite", remedy="mark a missing week by NaN")
    seen = values[observed]
    if (seen < 0).any():
        raise InputError("a count is negative", remedy="counts are 0 or more; a missing week is NaN")
    if (seen != np.round(seen)).any():
        raise InputError("a count is fractional", remedy="give counts and put exposure into the offset")


def _orthogonal(columns: Floats) -> tuple[Floats, Floats]:
    """Orthogonal columns with mean square 1, and the matrix that leads back."""
    size = np.abs(columns).max(-2, keepdims=True)
    if (size == 0).any():
        raise InputError(f"column {int(np.argwhere(size == 0)[0][-1]) + 1} of the design is all zero")
    q, r = np.linalg.qr(columns / size)
    if (np.abs(np.diagonal(r, axis1=-2, axis2=-1)).min(-1) < _COLLINEAR * np.sqrt(columns.shape[-2])).any():
        raise InputError(
            "the columns of the design are collinear", remedy="leave out the ones the others explain"
        )
    root = np.sqrt(columns.shape[-2])
    back = np.linalg.inv(r) * root / size.swapaxes(-1, -2)
    return q * root, back


def _check_collinear(basis: Floats, observed: Floats) -> None:
    weeks = observed.sum(1)
    if (weeks < basis.shape[-1] + 2).any():
        series = int(np.argmax(weeks < basis.shape[-1] + 2))
        raise InputError(
            f"series {series + 1} has {int(weeks[series])} weeks with a count",
            remedy=f"{basis.shape[-1]} columns need at least {basis.shape[-1] + 2}",
        )
    gram = weighted_gram(basis, observed) / weeks[:, None, None]
    poor = np.linalg.eigvalsh(gram)[:, 0] < _COLLINEAR
    if poor.any():
        raise InputError(
            f"series {int(np.argmax(poor)) + 1}: the design is collinear over the weeks with a count",
            remedy="leave out a column that no counted week tells apart from the others",
        )
