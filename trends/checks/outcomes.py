"""Placebo outcomes: the same model on series that the interruption cannot have touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trends.checks.basis import Basis, basis_of
from trends.checks.display import CheckResult
from trends.checks.effects import Effects, fit_effects, own_batch
from trends.errors import EstimationError, InputError
from trends.models.result import InterruptedResult
from trends.models.series import Floats, read_series
from trends.models.sparse import fit_exact
from trends.models.words import coverage, number

CAUTION = (
    "That they could not be touched is knowledge from outside the data; where such a series moves too, something "
    "other than the interruption moved counts at that time, and where it does not, that says little."
)


@dataclass(frozen=True, eq=False)
class PlaceboOutcomes(CheckResult):
    """Effects on series that cannot have been touched.

    Attributes
    ----------
    table
        ``outcome, real, events, rate_ratio, low, high, p_value, method, note``; the series of the result first,
        the outcomes in the order given.
    level
        Nominal coverage of the intervals.
    """

    level: float

    def sentence(self) -> str:
        """Put every outcome beside the real one."""
        rows = self.table[~self.table["real"] & self.table["rate_ratio"].notna()]
        parts = [
            f"{row['outcome']} {number(row['rate_ratio'])} ({number(row['low'])} to {number(row['high'])})"
            for _, row in rows.iterrows()
        ]
        away = int(((rows["low"] > 1) | (rows["high"] < 1)).sum())
        own = self.table.iloc[0]
        return (
            f"Beside a rate ratio of {number(own['rate_ratio'])} for {own['outcome']}, the same model gives for series "
            f"that the interruption cannot have touched ({coverage(self.level)}): {'; '.join(parts)}. "
            f"{away} of {len(rows)} intervals leave out no change. {CAUTION}"
        )

    def plot(self) -> Any:
        """Draw rate ratios, the real one in another colour."""
        from trends.checks.plots import ratios_figure

        return ratios_figure(self.table.assign(marked=self.table["real"]), "outcome", self.title)


def placebo_outcomes(result: InterruptedResult, outcomes: Mapping[str, pd.Series]) -> PlaceboOutcomes:
    """Fit the model of a result to other series: negative controls (Lipsitch et al. 2010).

    All series share the result's columns, phase-in and exposure and are fitted in one batched latent AR(1) call;
    one with too few events is compared exactly instead (one rate before, one after).

    Parameters
    ----------
    result
        A regression.
    outcomes
        Counts by name, on (at least) the weeks of the result.

    Raises
    ------
    InputError
        No outcome, or one without the result's weeks.
    EstimationError
        The result is an exact comparison, or no outcome has an event.

    References
    ----------
    Lipsitch, M., Tchetgen Tchetgen, E. & Cohen, T. (2010). Negative controls: a tool for detecting confounding
    and bias in observational studies. Epidemiology 21, 383-388.
    """
    basis = basis_of(
        result,
        "placebo outcomes",
        why="what is a control for this series need not be one for another outcome",
        instead="give each outcome to trends.interrupted with a control of its own, or the control itself as outcome "
        "to the check of the series alone",
    )
    if not outcomes:
        raise InputError("no placebo outcome was given", remedy="give a mapping of names to Series of counts")
    counts = np.stack([basis.setting.series.counts, *(_aligned(basis, *item) for item in outcomes.items())])
    found = fit_effects(own_batch(basis, counts), basis.setting.level)
    names = [basis.name, *outcomes]
    rows = [_row(basis, name, counts[place], found, place) for place, name in enumerate(names)]
    table = pd.DataFrame(rows)
    if table["rate_ratio"].iloc[1:].isna().all():
        raise EstimationError(
            "no placebo outcome has an event in the weeks of the fit", remedy="choose series with events"
        )
    return PlaceboOutcomes(f"Placebo outcomes beside {basis.name}", table, (), basis.setting.level)


def _aligned(basis: Basis, name: str, outcome: pd.Series) -> Floats:
    series = read_series(outcome)
    places = series.index.get_indexer(basis.index)
    if series.step != basis.step or (places < 0).any():
        raise InputError(
            f"placebo outcome {name!r} does not have the {basis.step}s of {basis.name}",
            remedy=f"give {basis.index[0].date()} to {basis.index[-1].date()}, NaN where it is not covered",
        )
    return np.asarray(series.counts[places])


def _row(basis: Basis, name: str, counts: Floats, found: Effects, place: int) -> dict[str, object]:
    used = np.isfinite(counts) & ~basis.setting.phase_in
    row: dict[str, object] = {"outcome": name, "real": place == 0, "events": int(counts[used].sum())}
    if not found.refused[place]:
        numbers = [float(np.exp(part[place])) for part in (found.estimate, found.low, found.high)]
        p_value = float(found.p_value[place])
        method, note = "latent AR(1) regression", ""
    elif row["events"]:
        exposure, after = basis.setting.series.exposure[used], basis.setting.segment[used] > 0
        rates = fit_exact(counts[used], exposure, after, level=basis.setting.level).rates
        numbers, p_value = [rates.rate_ratio, rates.low, rates.high], rates.p_value
        method, note = "exact rate comparison", found.refused[place]
    else:
        numbers, p_value, method, note = [np.nan] * 3, np.nan, "none", "no events"
    ratios = dict(zip(("rate_ratio", "low", "high"), numbers, strict=True))
    return {**row, **ratios, "p_value": p_value, "method": method, "note": note}
