"""What the answer owes to single provinces and to single stretches of weeks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trends.checks.basis import Basis, basis_of
from trends.checks.controlled import ratio_effects, ratio_note, variants_of
from trends.checks.display import CheckResult
from trends.checks.effects import Effects, fit_effects, own_batch
from trends.errors import EstimationError, InputError
from trends.models.result import InterruptedResult
from trends.models.series import Floats
from trends.models.words import number

BLOCK = 13
ALL = "nothing"


@dataclass(frozen=True, eq=False)
class LeftOut(CheckResult):
    """The effect with one part left out at a time.

    Attributes
    ----------
    table
        ``left_out, events, rate_ratio, low, high, shift, shift_in_errors, note``: first nothing, then each part
        in order. ``shift`` is the log ratio less that of the whole, ``shift_in_errors`` the same in standard
        errors of the whole. A fit that the rest cannot carry has no numbers, and a note.
    what
        What was left out, ``"province"`` or a stretch of weeks.
    """

    what: str

    def sentence(self) -> str:
        """Name the range of answers and the part that moves it most."""
        whole, parts = self.table.iloc[0], self.table.iloc[1:].dropna(subset=["rate_ratio"])
        most = parts.iloc[int(np.argmax(parts["shift"].abs()))]
        none = len(self.table) - 1 - len(parts)
        without = f" {none} of the fits could not be made." if none else ""
        return (
            f"With nothing left out the rate ratio is {number(whole['rate_ratio'])}; leaving out one {self.what} at "
            f"a time it lies between {number(parts['rate_ratio'].min())} and {number(parts['rate_ratio'].max())}. "
            f"{most['left_out']} moves it most, to {number(most['rate_ratio'])} "
            f"({number(most['low'])} to {number(most['high'])}), "
            f"{abs(most['shift_in_errors']):.1f} standard errors of the whole.{without}"
        )

    def plot(self) -> Any:
        """Draw the rate ratio by what was left out."""
        from trends.checks.plots import ratios_figure

        return ratios_figure(self.table.assign(marked=self.table["left_out"] == ALL), "left_out", self.title)


def leave_one_out(result: InterruptedResult, parts: pd.DataFrame) -> LeftOut:
    """Leave out one province at a time; all fits in one batched call.

    Where a control takes part, its counts stay: what remains of the series is compared with the whole of it.

    Parameters
    ----------
    result
        A regression of the provinces together, alone or against a control.
    parts
        Weeks × provinces, counts that add up to those of the result (``panel.wide()``).

    Raises
    ------
    InputError
        Parts that do not add up to the result's counts.
    EstimationError
        The result is an exact comparison, or no part can be left out.
    """
    basis = basis_of(result, "fits with a province left out", with_control=True)
    counts = _parts(basis, parts)
    busy = counts[:, basis.setting.in_fit].sum(1) > 0
    rest = basis.setting.series.counts - counts[busy]
    labels = [str(name) for name, one in zip(parts.columns, busy, strict=True) if one]
    quiet = int((~busy).sum())
    notes = (f"{quiet} without an event change nothing when left out and are not shown",) if quiet else ()
    return _left_out(basis, labels, rest, "province", notes)


def leave_weeks_out(result: InterruptedResult, weeks: int = BLOCK) -> LeftOut:
    """Leave out one block of neighbouring weeks (months) at a time; all fits in one batched call.

    Parameters
    ----------
    result
        A regression, alone or against a control.
    weeks
        Length of a block; the last one may be shorter.

    Raises
    ------
    InputError
        Blocks of no length.
    EstimationError
        The result is an exact comparison, or no block can be left out.
    """
    basis = basis_of(result, "fits with weeks left out", with_control=True)
    if weeks < 1:
        raise InputError(f"blocks of {weeks!r} weeks", remedy=f"give 1 or more, such as {BLOCK}")
    starts = range(0, len(basis.index), weeks)
    rest = np.tile(basis.setting.series.counts, (len(starts), 1))
    for row, first in zip(rest, starts, strict=True):
        row[first : first + weeks] = np.nan
    ends = [basis.setting.series.ends[min(first + weeks, len(basis.index)) - 1].date() for first in starts]
    labels = [f"{basis.index[first].date()} to {end}" for first, end in zip(starts, ends, strict=True)]
    return _left_out(basis, labels, rest, f"stretch of {weeks} {basis.step}s", ())


def _parts(basis: Basis, parts: pd.DataFrame) -> Floats:
    if not isinstance(parts, pd.DataFrame) or not basis.index.isin(parts.index).all():
        raise InputError(
            f"the parts do not have the {basis.step}s of {basis.name}",
            remedy="give weeks × provinces, panel.wide() of the same window",
        )
    counts = parts.loc[basis.index].to_numpy(dtype=float).T
    seen = basis.setting.series.observed
    apart = counts.sum(0)[seen] != basis.setting.series.counts[seen]
    if apart.any():
        week = basis.index[seen][apart][0].date()
        raise InputError(
            f"the parts do not add up to {basis.name} in the {basis.step} of {week}",
            remedy="give exactly the provinces that were counted together",
        )
    return np.asarray(counts)


def _left_out(basis: Basis, labels: list[str], rest: Floats, what: str, notes: tuple[str, ...]) -> LeftOut:
    counts = np.vstack([basis.setting.series.counts, rest])
    if basis.controlled:
        found, notes = ratio_effects(basis, variants_of(basis, counts)), (*notes, ratio_note(basis))
    else:
        found = fit_effects(own_batch(basis, counts), basis.setting.level)
    table = _table([ALL, *labels], np.nansum(counts[:, ~basis.setting.phase_in], axis=1), found)
    if table["rate_ratio"].iloc[1:].isna().all():
        raise EstimationError(
            f"{basis.name}: nothing can be left out without leaving too few events",
            remedy="take a larger group of provinces or shorter stretches",
        )
    return LeftOut(f"One {what} left out at a time: {basis.name}", table, notes, what)


def _table(labels: list[str], events: Floats, found: Effects) -> pd.DataFrame:
    shift = found.estimate - found.estimate[0]
    return pd.DataFrame(
        {
            "left_out": labels,
            "events": events.astype(int),
            "rate_ratio": np.exp(found.estimate),
            "low": np.exp(found.low),
            "high": np.exp(found.high),
            "shift": shift,
            "shift_in_errors": shift / found.std_error[0],
            "note": list(found.refused),
        }
    )
