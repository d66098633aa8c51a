"""Placebo dates: where the real date's effect lies among those of all dates that could have been named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trends.checks.basis import Basis, basis_of
from trends.checks.controlled import ratio_effects, ratio_note, variants_at
from trends.checks.display import CheckResult
from trends.checks.effects import Effects, Ints, Progress, fit_effects, together
from trends.checks.placebo_designs import admissible_shifts, joined, placebo_batch
from trends.checks.placebo_numbers import effective_number, randomisation_p
from trends.errors import EstimationError, InputError
from trends.models.result import InterruptedResult
from trends.models.words import number

DEFAULT_SEED = 20200318
CAUTION = "It is a probability only as far as the real date could as well have been any other."


@dataclass(frozen=True, eq=False)
class PlaceboDates(CheckResult):
    """Effects at every admissible date.

    Attributes
    ----------
    table
        One row a series and date: ``series, date, real, estimate, std_error, rate_ratio, low, high, z``;
        sorted by series (as given) and date.
    step
        ``"week"`` or ``"month"``.
    overview
        One row a series: ``series, date, rate_ratio, z, placebos, effective_number, at_least_as_large,
        p_value, smallest_p, placebo_low, placebo_high`` (quantiles .025 and .975 of the placebo rate ratios).
    """

    overview: pd.DataFrame
    step: str

    def sentence(self) -> str:
        """Say where the real date lies, and how much the placebo dates can tell."""
        return " ".join([*(_series_sentence(row, self.step) for _, row in self.overview.iterrows()), CAUTION])

    def brief(self) -> pd.DataFrame:
        """One row a series."""
        return self.overview

    def plot(self) -> Any:
        """Draw the rate ratio by date, and the real date among them."""
        from trends.checks.plots import placebo_figure

        return placebo_figure(self)


def placebo_dates(
    results: InterruptedResult | Mapping[str, InterruptedResult],
    *,
    first: object = None,
    last: object = None,
    n: int | None = None,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
) -> PlaceboDates:
    """Move the interruptions, with their phase-in, to every date that the series allows, and fit each anew.

    Every date has its own design, and all dates of all series are fitted in one batched latent AR(1) call. Where
    a control takes part (``how="difference"`` or ``"offset"``), the ratio to it is fitted at every date instead,
    one date after the other, by the result's own interval. A
    date is admissible where the model keeps as many weeks on each side as a fit of its shape needs, and enough
    events. Each effect is the rate ratio averaged over at most as many weeks as follow the real date. Dates are
    compared by ``|z|``, the log ratio over its standard error, since dates near an edge are less certain.

    Parameters
    ----------
    results
        One fit, or several by name; sparse ones among several are named in the notes.
    first, last
        Dates between which placebo dates lie; all admissible ones when left out.
    n
        Take so many of them at random; all when left out.
    seed
        Of that choice.
    progress
        Called with (fits done, fits in all).

    Raises
    ------
    EstimationError
        No regression, or no admissible placebo date.
    InputError
        ``n`` below 1, or no date.

    Notes
    -----
    The p-value is the share of dates, the real one included, whose ``|z|`` is at least the real one's. It is
    exact where the date was drawn at random (Edgington & Onghena 2007), which no handover was. Neighbouring
    dates share nearly all weeks: ``effective_number`` divides the dates by the integrated autocorrelation of z
    (Geyer 1992, initial positive sequence), and ``smallest_p`` is 1 over that number plus 1.

    References
    ----------
    Edgington, E. & Onghena, P. (2007). Randomization Tests, 4th ed. Chapman & Hall/CRC.
    Geyer, C. J. (1992). Practical Markov chain Monte Carlo. Statistical Science 7, 473-483.
    """
    if n is not None and n < 1:
        raise InputError(f"n is {n!r}", remedy="give at least 1 placebo date, better a hundred")
    given = dict(results) if isinstance(results, Mapping) else {getattr(results, "name", ""): results}
    bases, notes = _regressions(given)
    shifts = {
        name: _chosen(basis, admissible_shifts(basis, first, last), n, seed) for name, basis in bases.items()
    }
    found = _fitted(bases, shifts, progress)
    notes += [f"{name}: {ratio_note(basis)}" for name, basis in bases.items() if basis.controlled]
    table = _table(bases, shifts, found)
    refused = sum(bool(reason) for reason in found.refused)
    if refused:
        notes.append(
            f"{refused} dates have too few events on one side, or no converged fit, and are left out"
        )
    overview = pd.DataFrame([_overview(table[table["series"] == name], name) for name in bases])
    title = f"Placebo dates: {', '.join(bases)}"
    return PlaceboDates(title, table, tuple(notes), overview, next(iter(bases.values())).step)


def _fitted(bases: Mapping[str, Basis], shifts: Mapping[str, Ints], progress: Progress | None) -> Effects:
    """Fit every date of every series: in one batch, or with a control one by one."""
    controlled = {basis.controlled for basis in bases.values()}
    if len(controlled) > 1:
        raise InputError(
            "some of the results have a control and some have none", remedy="check the two kinds apart"
        )
    first = next(iter(bases.values()))
    if controlled == {False}:
        batch = joined([placebo_batch(basis, shifts[name]) for name, basis in bases.items()])
        return fit_effects(batch, first.setting.level, progress)
    return together([ratio_effects(b, variants_at(b, shifts[name]), progress) for name, b in bases.items()])


def _regressions(given: Mapping[str, InterruptedResult]) -> tuple[dict[str, Basis], list[str]]:
    if len(given) == 1:
        return {
            name: basis_of(result, "placebo dates", with_control=True) for name, result in given.items()
        }, []
    bases, notes = {}, []
    for name, result in given.items():
        if isinstance(result, InterruptedResult) and result.rates is not None:
            notes.append(f"{name} has too few events for a regression and no placebo dates")
        else:
            bases[name] = basis_of(result, "placebo dates", with_control=True)
    if not bases:
        raise EstimationError(
            "no series has enough events for placebo dates", remedy="take groups of provinces"
        )
    return bases, notes


def _chosen(basis: Basis, shifts: Ints, n: int | None, seed: int) -> Ints:
    if n is not None and n < len(shifts):
        rng = np.random.default_rng([seed, *basis.name.encode()])
        shifts = np.sort(rng.choice(shifts, n, replace=False))
    return np.sort(np.append(shifts, 0))


def _table(bases: Mapping[str, Basis], shifts: Mapping[str, Ints], found: Effects) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {"series": name, "date": basis.index[basis.start + shifts[name]], "real": shifts[name] == 0}
        )
        for name, basis in bases.items()
    ]
    table = pd.concat(parts, ignore_index=True).assign(
        estimate=found.estimate,
        std_error=found.std_error,
        rate_ratio=np.exp(found.estimate),
        low=np.exp(found.low),
        high=np.exp(found.high),
        z=found.z,
    )
    return table[np.isfinite(found.std_error)].reset_index(drop=True)


def _overview(rows: pd.DataFrame, name: str) -> dict[str, object]:
    real, placebos = rows[rows["real"]], rows[~rows["real"]]
    if real.empty or placebos.empty:
        raise EstimationError(
            f"{name}: no placebo date has enough events for a fit", remedy="take a group of provinces"
        )
    at, z = real.iloc[0], placebos["z"].to_numpy()
    effective = effective_number(rows["z"].to_numpy())
    low, high = placebos["rate_ratio"].quantile([0.025, 0.975])
    return {
        "series": name,
        "date": at["date"],
        "rate_ratio": at["rate_ratio"],
        "z": at["z"],
        "placebos": len(placebos),
        "effective_number": effective,
        "at_least_as_large": int((np.abs(z) >= abs(at["z"])).sum()),
        "p_value": randomisation_p(float(at["z"]), z),
        "smallest_p": 1 / (effective + 1),
        "placebo_low": float(low),
        "placebo_high": float(high),
    }


def _series_sentence(row: pd.Series[Any], step: str) -> str:
    return (
        f"{row['series']}: the rate ratio at the {step} of {row['date'].date()} is {number(row['rate_ratio'])}; "
        f"{row['at_least_as_large']} of {row['placebos']} placebo dates show a change at least as large for its "
        f"standard error (randomisation p {row['p_value']:.2g}). Since neighbouring dates share most of their "
        f"{step}s, these dates tell about as much as {row['effective_number']:.0f} unrelated ones, and p-values "
        f"below about {row['smallest_p']:.2g} are not to be relied on."
    )
