"""A before/after question with a control: which model, fitted to what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trends.models.comparative import Comparative, in_share, infer_share
from trends.models.control import Control, refuse_contained
from trends.models.design import Design
from trends.models.identify import refuse_collinear, refuse_separated
from trends.models.quasibinomial import fit_quasibinomial
from trends.models.regression import fit_mean
from trends.models.second_group import SecondGroup, infer_stack, stack
from trends.models.series import CountSeries
from trends.models.setting import Setting
from trends.models.sparse import too_sparse

GIVEN_TOTAL = "quasi-binomial given the total of both"


def with_control(setting: Setting, control: CountSeries) -> Setting:
    """Leave out the weeks that one of the two series does not cover."""
    counts = np.where(control.observed, setting.series.counts, np.nan)
    return replace(setting, series=replace(setting.series, counts=counts))


def fit_controlled(
    setting: Setting, design: Design, control: Control, series: CountSeries, family: str, intervals: str
) -> tuple[str, str, Comparative | SecondGroup]:
    """Fit a comparison with a control: method, reason and numbers.

    Parameters
    ----------
    setting
        Of the series of interest, on the weeks that both cover.
    design
        Columns of one series; for a difference or an offset those of the log ratio.
    series
        Counts of the control, as :func:`trends.models.control.read_control` returns them.

    Raises
    ------
    InputError
        A control that is, or contains, the series.
    EstimationError
        Terms that cannot be told apart, no convergence.
    """
    used = setting.in_fit
    refuse_contained(setting.series.counts[used], series.counts[used], design.matrix[used])
    if control.how == "second-group":
        return _second_group(setting, design, control, series, family, intervals)
    return fit_given_total(setting, design, control.how, series, intervals)


def fit_given_total(
    setting: Setting, design: Design, how: str, series: CountSeries, intervals: str
) -> tuple[str, str, Comparative]:
    """Fit the log ratio of a series to its control given the total of both; arguments as in `fit_controlled`."""
    used = in_share(setting, series)
    treated, other, matrix = setting.series.counts[used], series.counts[used], design.matrix[used]
    refuse_collinear(matrix, design.names)
    in_both = (treated > 0) & (other > 0)
    refuse_separated(in_both.astype(float), matrix * np.where(other == 0, -1.0, 1.0)[:, None], design.names)
    offset = np.log(setting.series.exposure / series.exposure)
    fit = fit_quasibinomial(treated, other, matrix, offset[used])
    inference = infer_share(intervals, setting, design, series, fit)
    method = "comparative interrupted series" if how == "difference" else "control as offset"
    reason = f"{GIVEN_TOTAL}: what moves {setting.series.name} and {series.name} alike drops out"
    return method, reason, Comparative(setting, design, inference, series, fit, how)


def _second_group(
    setting: Setting, design: Design, control: Control, series: CountSeries, family: str, intervals: str
) -> tuple[str, str, SecondGroup]:
    rows = stack(setting, design, series, control.shared)
    used = rows.used
    refuse_collinear(rows.matrix[used], rows.design.names)
    for counts in (series.counts, setting.series.counts):
        refuse_separated(counts[setting.in_fit], design.matrix[setting.in_fit], design.names)
    fit, name, reason = fit_mean(family, rows.counts[used], rows.matrix[used], rows.offset[used])
    inference = infer_stack(intervals, setting, rows, fit)
    analysis = SecondGroup(setting, rows.design, inference, series, rows, fit)
    return f"two groups in one {name} regression", reason, analysis


def sparse_reason(setting: Setting, design: Design, series: CountSeries) -> str:
    """Say why one of the two series cannot carry a regression; empty where both can."""
    used = setting.in_fit
    for counts, name in ((setting.series.counts, setting.series.name), (series.counts, series.name)):
        if reason := too_sparse(counts[used], setting.segment[used], design.matrix.shape[1]):
            return f"{name}: {reason}"
    return ""
