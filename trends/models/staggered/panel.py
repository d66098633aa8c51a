"""Counts of provinces that are treated at different dates, checked and as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trends.errors import EstimationError, InputError
from trends.models.interruptions import as_date
from trends.models.series import CountSeries, Floats, aligned, read_series

Dates = Mapping[str, date | pd.Timestamp | str | None]
Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, eq=False)
class StaggeredPanel:
    """T periods of N provinces.

    Attributes
    ----------
    index, step
        (T,) first days; ``"week"`` or ``"month"``.
    provinces
        N names.
    counts, exposure
        (T, N); counts NaN where a period is not covered.
    covariates, covariate_names
        (T, N, K).
    starts
        (N,) position of the first treated period; T for never.
    phase_in
        Periods from the first treated one that are left out.
    """

    index: pd.DatetimeIndex
    step: str
    provinces: tuple[str, ...]
    counts: Floats
    exposure: Floats
    covariates: Floats
    covariate_names: tuple[str, ...]
    starts: NDArray[np.intp]
    phase_in: int

    @property
    def since(self) -> NDArray[np.intp]:
        """(T, N) periods since the first treated one, negative before; meaningless for the never treated."""
        return np.asarray(np.arange(len(self.index))[:, None] - self.starts[None, :])

    @property
    def observed(self) -> NDArray[np.bool_]:
        """(T, N) has a count."""
        return np.isfinite(self.counts)

    @property
    def untreated(self) -> NDArray[np.bool_]:
        """(T, N) counted and not treated yet: what the course without treatment is learnt from."""
        return self.observed & (self.since < 0)

    @property
    def treated(self) -> NDArray[np.bool_]:
        """(T, N) counted, treated, and past the phase-in."""
        return self.observed & (self.since >= self.phase_in)

    @property
    def ever(self) -> NDArray[np.bool_]:
        """(N,) treated within the series."""
        return self.starts < len(self.index)

    def keep(self, chosen: NDArray[np.bool_]) -> StaggeredPanel:
        """Take some provinces, (N,) bool."""
        names = tuple(name for name, kept in zip(self.provinces, chosen, strict=True) if kept)
        return replace(
            self,
            provinces=names,
            counts=self.counts[:, chosen],
            exposure=self.exposure[:, chosen],
            covariates=self.covariates[:, chosen],
            starts=self.starts[chosen],
        )


def read_panel(
    counts: pd.DataFrame,
    dates: Dates,
    exposure: pd.DataFrame | pd.Series | None,
    aggregation: str,
    covariates: Tables | None,
    phase_in: int,
) -> StaggeredPanel:
    """Check a table of weeks (or months) by provinces and the dates of treatment.

    Raises
    ------
    InputError
        Not such a table, an unknown province among the dates, tables that do not match.
    EstimationError
        A province is treated from the first period on.
    """
    _check_shape(counts, dates, aggregation, phase_in)
    names = tuple(str(name) for name in counts.columns)
    series = [read_series(counts[name]) for name in counts.columns]
    first = series[0]
    weights = np.column_stack([_values(exposure, name, first, "exposure", 1.0) for name in counts.columns])
    extra = np.zeros((len(first.index), len(names), 0))
    if covariates:
        columns = [
            np.column_stack(
                [_values(table, name, first, f"covariate {key!r}", 0.0) for name in counts.columns]
            )
            for key, table in covariates.items()
        ]
        extra = np.stack(columns, axis=-1)
    given = {str(name): value for name, value in dates.items()}
    panel = StaggeredPanel(
        index=first.index,
        step=first.step,
        provinces=names,
        counts=np.column_stack([one.counts for one in series]),
        exposure=weights,
        covariates=extra,
        covariate_names=tuple(covariates or ()),
        starts=np.array([_start(name, given.get(name), first) for name in names], dtype=np.intp),
        phase_in=phase_in,
    )
    return _monthly(panel) if aggregation == "month" and panel.step == "week" else panel


def _check_shape(counts: pd.DataFrame, dates: Dates, aggregation: str, phase_in: int) -> None:
    if not isinstance(counts, pd.DataFrame):
        raise InputError(
            f"counts is a {type(counts).__name__}", remedy="give a table of weeks by provinces: panel.wide()"
        )
    if counts.columns.has_duplicates or counts.shape[1] < 2:
        raise InputError(
            f"{counts.shape[1]} provinces, or a province twice", remedy="give two or more, each once"
        )
    known = {str(name) for name in counts.columns}
    if unknown := sorted(str(name) for name in dates if str(name) not in known):
        raise InputError(f"{unknown[0]!r} has a date but no counts", remedy="use the names of the columns")
    if aggregation not in ("month", "week"):
        raise InputError(f"aggregation {aggregation!r} is not offered", remedy="use month or week")
    if isinstance(phase_in, bool) or not isinstance(phase_in, int) or phase_in < 0:
        raise InputError(f"phase_in is {phase_in!r}", remedy="give a number of periods, 0 or more")


def _values(
    table: pd.DataFrame | pd.Series | None, name: object, first: CountSeries, what: str, nothing: float
) -> Floats:
    if table is None:
        return np.full(len(first.index), nothing)
    if isinstance(table, pd.DataFrame) and name not in table.columns:
        raise InputError(f"{what} has no column {name!r}")
    column = table[name] if isinstance(table, pd.DataFrame) else table
    return aligned(column, first.index, f"{what} of {name}", positive=what == "exposure")


def _start(name: str, value: object, first: CountSeries) -> int:
    if value is None or value is pd.NaT:
        return len(first.index)
    day = as_date(value, f"the date of {name}")
    if day > first.ends[-1]:
        return len(first.index)
    place = int(first.index.searchsorted(day, side="right")) - 1
    if place < 1:
        raise EstimationError(
            f"{name} is treated on {day.date()}, and no {first.step} of the series lies before that",
            remedy="give a longer series, or leave the province out",
        )
    return place


def _monthly(panel: StaggeredPanel) -> StaggeredPanel:
    """Sum weeks to the months that hold their first days; a month with a treated week is treated."""
    months = panel.index.to_period("M")
    place = months.factorize()[0]
    edges = np.flatnonzero(np.r_[True, np.diff(place) > 0])
    lengths = np.diff(np.r_[edges, len(place)])[:, None]

    def summed(values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, edges, axis=0))

    starts = np.where(panel.ever, place[np.minimum(panel.starts, len(place) - 1)], len(edges))
    if early := [name for name, start in zip(panel.provinces, starts, strict=True) if start < 1]:
        raise EstimationError(
            f"{early[0]} is treated in the first month of the series", remedy="give a longer series"
        )
    return replace(
        panel,
        index=pd.DatetimeIndex(months[edges].to_timestamp()),
        step="month",
        counts=summed(panel.counts),
        exposure=summed(panel.exposure),
        covariates=np.add.reduceat(panel.covariates, edges, axis=0) / lengths[..., None],
        starts=starts.astype(np.intp),
    )
