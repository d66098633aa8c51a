"""Which provinces can be compared at all, and where a question has no answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trends.errors import EstimationError
from trends.models.staggered.panel import StaggeredPanel


def comparable(panel: StaggeredPanel) -> tuple[StaggeredPanel, tuple[str, ...]]:
    """Leave out provinces that hold no information and refuse what cannot be answered.

    Returns
    -------
    (StaggeredPanel, notes)
        Provinces without any event, and cohorts without an event before their date, are left out and named.

    Raises
    ------
    EstimationError
        Nobody is treated, no untreated province is left in some period, or none of those has an event.
    """
    if not panel.ever.any():
        raise EstimationError("no province is treated within the series", remedy="check the dates")
    _refuse_without_controls(panel)
    notes = []
    events = np.nansum(panel.counts, axis=0) > 0
    if not events.all():
        notes.append(f"without any event and left out: {_names(panel, ~events)}")
    panel = panel.keep(events)
    _refuse_empty(panel)
    before = np.where(panel.untreated, panel.counts, 0.0).sum(0)
    cohort = np.array([before[panel.starts == start].sum() for start in panel.starts])
    if (cohort == 0).any():
        notes.append(
            f"no event before their date, so nothing to compare with, and left out: {_names(panel, cohort == 0)} "
            "(a rise there is not in the average)"
        )
        panel = panel.keep(cohort > 0)
        _refuse_empty(panel)
    if len(panel.provinces) < 2:
        raise EstimationError("fewer than two provinces are left")
    return panel, tuple(notes)


def _names(panel: StaggeredPanel, chosen: NDArray[np.bool_]) -> str:
    return ", ".join(name for name, taken in zip(panel.provinces, chosen, strict=True) if taken)


def _refuse_without_controls(panel: StaggeredPanel) -> None:
    alone = panel.treated.any(1) & ~panel.untreated.any(1)
    if alone.any():
        day = panel.index[int(np.argmax(alone))].date()
        raise EstimationError(
            f"no untreated province-{panel.step}s are left from {day} on: time and treatment are the same there",
            remedy=f"end the series before {day}, or add provinces that are not treated",
        )


def _refuse_empty(panel: StaggeredPanel) -> None:
    if not panel.ever.any():
        raise EstimationError(
            "no treated province has events before its date",
            remedy="take a longer series or groups of provinces",
        )
    during = panel.treated.any(1)
    controls = np.where(panel.untreated, panel.counts, 0.0)[during]
    if controls.sum() == 0:
        raise EstimationError(
            "no untreated province has an event while others are treated: there is no course to compare with",
            remedy="add provinces that are not treated, or compare before and after with interrupted",
        )
    _refuse_without_controls(panel)
    if not np.where(panel.treated, panel.counts, 0.0).sum() > 0:
        raise EstimationError(
            "no event in treated provinces after their dates",
            remedy="compare the rates before and after exactly with compare_rates",
        )
