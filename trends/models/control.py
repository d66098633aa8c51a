"""A series that the interruption did not touch, and what it must not be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from trends.errors import EstimationError, InputError
from trends.models.quasipoisson import fit_quasipoisson
from trends.models.series import CountSeries, Floats, read_series

How = Literal["difference", "offset", "second-group"]
Shared = Literal["trend", "season", "covariates"]
ALIKE = 4.0
"""Standard errors by which two series may be more alike than shared shocks can make them."""


@dataclass(frozen=True, eq=False)
class Control:
    """A comparison series, and how the series of interest is compared with it.

    Parameters
    ----------
    series
        Counts on the same weeks. None of its events may be among those of the series of interest.
    how
        ``"difference"``: the log ratio of the two series has its own trend and season, and the interruption
        changes it. It is fitted given the total of both in each week, so whatever moves both alike drops out,
        whether a model would have seen it or not.
        ``"offset"``: the same, but the ratio is constant but for the interruption: both series share trend and
        season (Bottomley et al. 2019, with the counting error of the control allowed for).
        ``"second-group"``: one regression of both series, each with its own level, trend, season and
        disturbance; the effect is group by interruption. Shocks that both share are not removed.
    exposure
        Of the control, on the same weeks.
    shared
        For ``"second-group"``: which terms both series have in common instead of each its own.

    Raises
    ------
    InputError
        A ``how`` or a shared term that is not offered.

    References
    ----------
    Lopez Bernal, J., Cummins, S. & Gasparrini, A. (2018). The use of controls in interrupted time series
    studies of public health interventions. International Journal of Epidemiology 47, 2082-2093.
    Bottomley, C., Scott, J. A. G. & Isham, V. (2019). Analysing interrupted time series with a control.
    Epidemiologic Methods 8, 20180010.
    """

    series: pd.Series
    how: How = "difference"
    exposure: pd.Series | None = None
    shared: tuple[Shared, ...] = ()

    def __post_init__(self) -> None:
        if self.how not in get_args(How):
            raise InputError(
                f"control how={self.how!r} is not offered", remedy=f"use {', '.join(get_args(How))}"
            )
        if wrong := [name for name in self.shared if name not in get_args(Shared)]:
            raise InputError(
                f"shared {wrong[0]!r} is not offered", remedy=f"use {', '.join(get_args(Shared))}"
            )
        if self.shared and self.how != "second-group":
            raise InputError(f'shared belongs to how="second-group", not to {self.how!r}')


def as_control(value: Any) -> Control | None:
    """Take a Series as a control whose difference is meant; None stays None.

    Raises
    ------
    InputError
        Something else.
    """
    if value is None or isinstance(value, Control):
        return value
    if isinstance(value, pd.Series):
        return Control(value)
    raise InputError(
        f"control is a {type(value).__name__}",
        remedy="give a pandas Series of counts, or Control(series, how=...)",
    )


def read_control(control: Control, treated: CountSeries) -> CountSeries:
    """Check the counts of a control against those of the series of interest.

    Raises
    ------
    InputError
        Not counts, other weeks, or the same series.
    EstimationError
        A control without events.
    """
    try:
        series = read_series(control.series, control.exposure)
    except InputError as error:
        raise InputError(f"the control: {error.what}", remedy=error.remedy) from None
    if not series.index.equals(treated.index):
        raise InputError(
            f"the control covers {_span(series)}, the series {_span(treated)}",
            remedy="give both on the same weeks",
        )
    both = series.observed & treated.observed
    if np.nansum(series.counts[both]) == 0:
        raise EstimationError("the control has no events", remedy="take a larger one")
    if np.array_equal(series.counts[both], treated.counts[both]):
        raise InputError("the control is the series itself", remedy="give a series that was not touched")
    return series


def refuse_contained(treated: Floats, control: Floats, matrix: Floats) -> None:
    """Refuse a control that counts the events of the series of interest too.

    Such a control is in no week smaller, and it is more like the series than two series can be that share
    shocks but no events: the residuals are correlated beyond what their own extra variation allows, or the
    series varies less about its share of the control than two counts can.

    Parameters
    ----------
    treated, control
        (T,) weeks in the fit.
    matrix
        (T, P) columns of the fit.

    Raises
    ------
    InputError
        When both hold.
    """
    if (control < treated).any():
        return
    if _beyond_shocks(treated, control, matrix) or _varies_too_little(treated, control, matrix):
        raise InputError(
            "the control seems to contain the series: it is in no week smaller, and the two vary together more "
            "than separate events can",
            remedy="take the events of the series out of it (control - counts)",
        )


def _beyond_shocks(treated: Floats, control: Floats, matrix: Floats) -> bool:
    """Tell whether the two covary more than by the shocks that each of them shows by itself.

    Counts around shocks have variance ``mean + s mean^2``, and two that share shocks but no events have
    covariance ``s mean mean``, with ``s`` at most the average of their own. Where the control contains the
    series, the events in common come on top.
    """
    none = np.zeros(len(treated))
    first, second = (fit_quasipoisson(counts, matrix, none).fitted for counts in (treated, control))
    apart, other = treated - first, control - second
    shared = apart * other / (first * second).mean()
    own, its = ((apart**2 - first) / (first**2).mean(), (other**2 - second) / (second**2).mean())
    return _clearly(shared - its, ALIKE) and _clearly(shared - (own + its) / 2, 1.0)


def _clearly(values: Floats, errors: float) -> bool:
    spread = float(values.std(ddof=1))
    return spread > 0 and float(values.mean()) * np.sqrt(len(values)) > errors * spread


def _varies_too_little(treated: Floats, control: Floats, matrix: Floats) -> bool:
    seen = control > 0
    if not treated[seen].any():
        return False
    fit = fit_quasipoisson(treated[seen], matrix[seen], np.log(control[seen]))
    least = 1.0 + treated.sum() / control.sum()
    return bool(fit.dispersion < least * (1 - ALIKE * np.sqrt(2 / fit.df)))


def containment_note(treated: CountSeries, control: CountSeries) -> tuple[str, ...]:
    """Ask for a look at a control that could contain the series, since that cannot always be seen."""
    both = treated.observed & control.observed
    if (control.counts[both] < treated.counts[both]).any():
        return ()
    step = treated.step
    return (
        f"in no {step} is {control.name} smaller than {treated.name}: make sure that it does not contain it",
    )


def _span(series: CountSeries) -> str:
    return f"{len(series.index)} {series.step}s from {series.index[0].date()} to {series.ends[-1].date()}"
