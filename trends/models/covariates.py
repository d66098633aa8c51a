"""Columns that a caller adds to the model, and the weeks in which they are not known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trends.errors import EstimationError, InputError
from trends.models.series import Floats
from trends.models.setting import Setting

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Covariates:
    """Columns by name, on the weeks of the counts.

    Attributes
    ----------
    columns
        Name and (T,) finite values; 0 where not known.
    unknown
        Name and (T,) bool of those with weeks that are not known.
    """

    columns: tuple[tuple[str, Floats], ...] = ()
    unknown: tuple[tuple[str, Bools], ...] = ()


def read_covariates(covariates: pd.Series | pd.DataFrame | None, index: pd.DatetimeIndex) -> Covariates:
    """Check what a caller gives as covariates. NaN says that a week is not known.

    Raises
    ------
    InputError
        Not a Series or DataFrame of numbers, infinite, or weeks of the counts that are not in it at all.
    EstimationError
        A covariate that is known in no week.
    """
    if covariates is None:
        return Covariates()
    if isinstance(covariates, pd.Series):
        covariates = covariates.to_frame(name=covariates.name if covariates.name is not None else "covariate")
    if not isinstance(covariates, pd.DataFrame):
        raise InputError(
            f"covariates is a {type(covariates).__name__}",
            remedy="give a Series or DataFrame on the same weeks",
        )
    if covariates.index.has_duplicates or covariates.columns.has_duplicates:
        raise InputError("covariates has repeated weeks or columns")
    found = [(str(name), _values(covariates[name], index, str(name))) for name in covariates.columns]
    return Covariates(
        tuple((name, np.nan_to_num(values)) for name, values in found),
        tuple((name, np.isnan(values)) for name, values in found if np.isnan(values).any()),
    )


def leave_out_unknown(setting: Setting, covariates: Covariates) -> Setting:
    """Take the weeks in which a covariate is not known for weeks without a count."""
    if not covariates.unknown:
        return setting
    lost = np.logical_or.reduce([weeks for _, weeks in covariates.unknown])
    counts = np.where(lost, np.nan, setting.series.counts)
    unknown = tuple((name, weeks & setting.in_fit) for name, weeks in covariates.unknown)
    return replace(
        setting,
        series=replace(setting.series, counts=counts),
        unknown=tuple((name, weeks) for name, weeks in unknown if weeks.any()),
    )


def _values(column: pd.Series, index: pd.DatetimeIndex, name: str) -> Floats:
    if not pd.api.types.is_numeric_dtype(column.dtype):
        raise InputError(f"covariate {name!r} holds {column.dtype}, not numbers")
    absent = ~index.isin(column.index)
    if absent.any():
        raise InputError(
            f"covariate {name!r} has no value in {int(absent.sum())} weeks, the first {index[absent][0].date()}",
            remedy="give every week of the counts; NaN for one in which it is not known",
        )
    values: Floats = column.reindex(index).to_numpy(dtype=float, na_value=np.nan)
    if np.isinf(values).any():
        raise InputError(f"covariate {name!r} is infinite in the week of {index[np.isinf(values)][0].date()}")
    if np.isnan(values).all():
        raise EstimationError(f"covariate {name!r} is known in no week", remedy="leave it out")
    return values
