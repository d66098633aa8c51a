"""What a caller hands in as counts, checked and as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trends.errors import InputError

Floats = NDArray[np.float64]
Step = Literal["week", "month"]
DAYS_PER_YEAR = 365.25
STEPS_PER_YEAR: dict[str, float] = {"week": DAYS_PER_YEAR / 7, "month": 12.0}
LARGEST_COUNT = 2**53


@dataclass(frozen=True, eq=False)
class CountSeries:
    """Counts on a complete weekly or monthly calendar.

    Attributes
    ----------
    index, ends
        (T,) first and last day of each week or month.
    counts
        (T,) whole numbers as floats; NaN where the source does not cover the week.
    exposure
        (T,) above 0; ones when none was given.
    step
        ``"week"`` or ``"month"``.
    name
        Name of the series, for displays.
    """

    index: pd.DatetimeIndex
    ends: pd.DatetimeIndex
    counts: Floats
    exposure: Floats
    step: Step
    name: str

    @property
    def observed(self) -> NDArray[np.bool_]:
        """(T,) bool: the week has a count."""
        return np.isfinite(self.counts)


def read_series(counts: pd.Series, exposure: pd.Series | None = None) -> CountSeries:
    """Check a weekly or monthly Series of counts and its exposure.

    A week without a count (NaN) is a week that the source does not cover; it is left out of every fit. A
    week that is not in the index at all is an error, since it could mean either that or zero.

    Raises
    ------
    InputError
        Not a Series on dates; daily, irregular, unsorted, repeated or missing weeks; negative, fractional
        or infinite counts; an exposure that does not match or is not above 0.
    """
    index = _checked_index(counts)
    step = _step_of(index)
    values = _checked_counts(counts, index)
    return CountSeries(
        index=index,
        ends=_ends(index, step),
        counts=values,
        exposure=np.ones(len(index))
        if exposure is None
        else aligned(exposure, index, "exposure", positive=True),
        step=step,
        name=str(counts.name) if counts.name is not None else "counts",
    )


def aligned(values: pd.Series, index: pd.DatetimeIndex, what: str, *, positive: bool = False) -> Floats:
    """Values of a Series on the weeks of the counts, as floats.

    Raises
    ------
    InputError
        Not a Series of numbers on the same weeks, or (``positive``) a value that is not above 0.
    """
    if not isinstance(values, pd.Series):
        raise InputError(
            f"{what} is a {type(values).__name__}", remedy="give a pandas Series on the same weeks"
        )
    if not pd.api.types.is_numeric_dtype(values.dtype):
        raise InputError(f"{what} holds {values.dtype}, not numbers")
    if values.index.has_duplicates:
        raise InputError(f"{what} has repeated weeks")
    numbers = values.reindex(index).to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(numbers)
    if bad.any():
        raise InputError(f"{what} has no value in {int(bad.sum())} weeks, the first {index[bad][0].date()}")
    if positive and (numbers <= 0).any():
        raise InputError(
            f"{what} is not above 0 in the week of {index[numbers <= 0][0].date()}",
            remedy="set the count of a week without exposure to NaN, and its exposure to 1",
        )
    return numbers


def _checked_index(counts: pd.Series) -> pd.DatetimeIndex:
    if not isinstance(counts, pd.Series):
        raise InputError(
            f"counts is a {type(counts).__name__}",
            remedy="give a pandas Series with a DatetimeIndex of weeks",
        )
    index = counts.index
    if not isinstance(index, pd.DatetimeIndex):
        raise InputError(
            f"the index of counts is a {type(index).__name__}, not dates",
            remedy="label each week with its first day (a DatetimeIndex)",
        )
    if index.tz is not None or (index != index.normalize()).any():
        raise InputError("the weeks carry a time of day", remedy="use index.tz_localize(None).normalize()")
    if index.hasnans:
        raise InputError("a week of counts has no date")
    if index.has_duplicates:
        raise InputError(f"the week of {index[index.duplicated()][0].date()} is there twice")
    if not index.is_monotonic_increasing:
        raise InputError("the weeks are not in order", remedy="use counts.sort_index()")
    if len(index) < 3:
        raise InputError(f"counts has {len(index)} weeks", remedy="at least 8 are needed, better a hundred")
    return index


def _step_of(index: pd.DatetimeIndex) -> Step:
    days = np.diff(index.to_numpy()).astype("timedelta64[D]").astype(int)
    if (index.day == 1).all() and (days >= 28).all():
        months = np.diff(index.year * 12 + index.month)
        _refuse_gaps(index, months, 1, "month")
        return "month"
    if (days % 7 == 0).all():
        _refuse_gaps(index, days, 7, "week")
        return "week"
    if days.min() == 1:
        raise InputError(
            "counts is a daily series",
            remedy="sum it to weeks: counts.resample('W-MON', label='left', closed='left').sum()",
        )
    raise InputError(
        "counts is neither weekly nor monthly",
        remedy="label each week with its first day, or each month with day 1",
    )


def _refuse_gaps(index: pd.DatetimeIndex, gaps: NDArray[np.int_], unit: int, step: str) -> None:
    wide = gaps > unit
    if not wide.any():
        return
    if np.all(gaps == gaps[0]):
        raise InputError(
            f"counts has one value every {gaps[0] // unit} {step}s", remedy="give every week or month"
        )
    last = index[:-1][wide][0].date()
    raise InputError(
        f"counts has a gap after the {step} of {last}",
        remedy="fill it: 0 where the source covers it and recorded none, NaN where it does not cover it",
    )


def _ends(index: pd.DatetimeIndex, step: Step) -> pd.DatetimeIndex:
    beyond = index[-1] + (pd.DateOffset(months=1) if step == "month" else pd.Timedelta(days=7))
    return pd.DatetimeIndex([*index[1:], beyond]) - pd.Timedelta(days=1)


def _checked_counts(counts: pd.Series, index: pd.DatetimeIndex) -> Floats:
    if counts.dtype == bool or not pd.api.types.is_numeric_dtype(counts.dtype):
        raise InputError(f"counts holds {counts.dtype}, not numbers")
    values: Floats = counts.to_numpy(dtype=float, na_value=np.nan)
    for wrong, what in (
        (np.isinf(values), "infinite"),
        (values < 0, "negative"),
        (values != np.floor(values), "not a whole number"),
        (values > LARGEST_COUNT, "too large to be a count"),
    ):
        wrong = wrong & ~np.isnan(values)
        if wrong.any():
            where = index[wrong][0].date()
            raise InputError(f"the count of {where} is {what}: {values[wrong][0]:g}")
    return values
