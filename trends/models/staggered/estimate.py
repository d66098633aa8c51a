"""Average effect, event study and trends before, for counts of provinces treated at different dates."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from trends.errors import InputError
from trends.models.pooling.pooled import ratio
from trends.models.series import Floats
from trends.models.staggered.cells import comparable
from trends.models.staggered.event_study import event_study, log_ratios, pre_trend, windows
from trends.models.staggered.imputation import fit_untreated
from trends.models.staggered.jackknife import Jackknife, jackknife
from trends.models.staggered.panel import Dates, StaggeredPanel, Tables, read_panel
from trends.models.staggered.result import CellEvents, StaggeredResult

BIN = {"month": 3, "week": 13}
LEADS = 2


def staggered(
    counts: pd.DataFrame,
    dates: Dates,
    *,
    exposure: pd.DataFrame | pd.Series | None = None,
    aggregation: str = "month",
    covariates: Tables | None = None,
    phase_in: int = 0,
    bin_width: int | None = None,
    leads: int = LEADS,
    level: float = 0.95,
    seed: int = 20200317,
) -> StaggeredResult:
    """Estimate the effect of a treatment that reached provinces at different dates, or not at all.

    Poisson quasi-likelihood with effects of time and of cohorts (provinces of one date) is fitted to the
    untreated province-periods alone, never treated and not yet treated; what treated ones counted is compared
    with what it predicts for them. This is the same as one regression with an interaction of each cohort with
    each of its treated periods (Wooldridge 2023, canonical link), and effects may differ between cohorts and
    grow with time, which two-way fixed effects with one coefficient cannot take. It rests on the expected
    counts of all provinces moving in proportion without treatment.

    Parameters
    ----------
    counts
        Weeks or months by provinces, as ``panel.wide()`` gives them; NaN where a period is not covered.
    dates
        First treatment by province; None, or a province that is not named, is never treated. The period that
        holds the date is the first treated one.
    exposure
        Population or time at risk, by province or shared.
    aggregation
        ``"month"`` sums weeks to the months that hold their first days; ``"week"`` leaves them.
    covariates
        Name to table like ``counts``, of numbers that are not the same in all provinces (time effects hold
        those). Over months the mean of their weeks.
    phase_in
        Periods from the date on that are left out.
    bin_width
        Periods in each step of the event study; a quarter when left out.
    leads
        Steps before the date that are shown.
    level
        Nominal coverage.
    seed
        Of the draws behind intervals that hold all at once.

    Returns
    -------
    StaggeredResult

    Raises
    ------
    InputError
        Arguments that are not what they have to be.
    EstimationError
        No untreated province-periods are left, a province is treated from the start, no untreated province has
        events, or the fit does not settle.

    References
    ----------
    Wooldridge, J. M. (2023). Simple approaches to nonlinear difference-in-differences with panel data.
    Econometrics Journal 26, C31-C66. Borusyak, K., Jaravel, X. & Spiess, J. (2024). Revisiting event-study
    designs. Review of Economic Studies 91, 3253-3285.
    """
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}", remedy="give a coverage between 0 and 1, such as 0.95")
    panel, notes = comparable(read_panel(counts, dates, exposure, aggregation, covariates, phase_in))
    width = BIN[panel.step] if bin_width is None else bin_width
    if width < 1 or leads < 0:
        raise InputError(f"bin_width {width!r}, leads {leads!r}", remedy="give 1 or more, and 0 or more")
    lags, before = windows(panel, width, leads)
    spread = jackknife(panel, lambda part: log_ratios(part, lags))
    study = event_study(panel, lags, before, spread, level, seed)
    return _result(panel, spread, study, level, (*notes, *_notes(panel)))


def _result(
    panel: StaggeredPanel, spread: Jackknife, study: pd.DataFrame, level: float, notes: tuple[str, ...]
) -> StaggeredResult:
    expected = fit_untreated(panel).expected
    log_ratio, error = float(spread.estimate[0]), float(spread.std_error[0])
    reach = spread.reach(level) * error
    events = float(panel.counts[panel.treated].sum())
    low, high = ratio(log_ratio - reach), ratio(log_ratio + reach)
    t = abs(log_ratio) / error if error > 0 else math.nan
    return StaggeredResult(
        rate_ratio=ratio(log_ratio),
        low=low,
        high=high,
        p_value=float(2 * stats.t.sf(t, spread.df)) if spread.df >= 1 else math.nan,
        events=int(events),
        expected=float(expected[panel.treated].sum()),
        excess=events - float(expected[panel.treated].sum()),
        excess_low=events * (1 - 1 / low) if low > 0 else -math.inf,
        excess_high=events * (1 - 1 / high),
        std_error=error,
        df=spread.df,
        cohorts=_cohorts(panel, expected),
        event_study=study,
        pre_trend=pre_trend(panel, level),
        cells=_cell_events(panel),
        treated=tuple(np.array(panel.provinces)[panel.ever].tolist()),
        untreated=tuple(np.array(panel.provinces)[~panel.ever].tolist()),
        step=panel.step,
        level=level,
        notes=notes,
    )


def _cohorts(panel: StaggeredPanel, expected: Floats) -> pd.DataFrame:
    rows = []
    for start in np.unique(panel.starts[panel.ever]):
        part = panel.treated & (panel.starts == start)[None, :]
        names = ", ".join(np.array(panel.provinces)[panel.starts == start].tolist())
        events, without = float(panel.counts[part].sum()), float(expected[part].sum())
        found = events / without if without > 0 else math.nan
        rows.append((panel.index[start], names, int(events), without, found, events - without))
    columns = ["date", "provinces", "events", "expected", "rate_ratio", "excess"]
    return pd.DataFrame(rows, columns=columns)


def _cell_events(panel: StaggeredPanel) -> CellEvents:
    first = int(panel.starts.min())
    early = (np.arange(len(panel.index)) < first)[:, None]
    counts = np.nan_to_num(panel.counts)
    ever = panel.ever[None, :]
    parts = (
        panel.untreated & ever,
        panel.treated,
        panel.untreated & ~ever & early,
        panel.untreated & ~ever & ~early,
    )
    return CellEvents(*(int(counts[part].sum()) for part in parts))


def _notes(panel: StaggeredPanel) -> tuple[str, ...]:
    notes = []
    silent = panel.treated.any(1) & (np.where(panel.untreated, panel.counts, 0.0).sum(1) == 0)
    if silent.any():
        notes.append(
            f"in {int(silent.sum())} of {int(panel.treated.any(1).sum())} treated {panel.step}s no untreated province "
            "has an event, and none is expected from the treated ones"
        )
    if panel.phase_in:
        notes.append(f"{panel.phase_in} {panel.step}s from each date on are left out")
    elif panel.step == "month":
        notes.append("the month of each date counts as treated, though part of it came before")
    if not panel.observed.all():
        notes.append(f"{int((~panel.observed).sum())} province-{panel.step}s without a count")
    return tuple(notes)
