"""One before/after question: the series, its interruptions, and which weeks stand where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trends.errors import InputError
from trends.models.interruptions import Interruption
from trends.models.series import CountSeries, Floats


@dataclass(frozen=True, eq=False)
class Setting:
    """What every analysis of one question shares.

    Attributes
    ----------
    series
        Checked counts.
    interruptions
        In order of date.
    starts
        (J,) position of the first week after each interruption.
    phase_in
        (T,) bool, weeks left out of the fit as phase-in.
    level
        Nominal coverage of intervals.
    seed, draws
        Of the draws behind period averages and excess events.
    stops
        (J,) position of the last week with each effect; empty where all of them last.
    unknown
        Covariate and (T,) bool: weeks left out (without a count here) because it is not known in them.
    """

    series: CountSeries
    interruptions: tuple[Interruption, ...]
    starts: tuple[int, ...]
    phase_in: NDArray[np.bool_]
    level: float
    seed: int
    draws: int
    stops: tuple[int, ...] = ()
    unknown: tuple[tuple[str, NDArray[np.bool_]], ...] = ()

    @property
    def in_fit(self) -> NDArray[np.bool_]:
        """(T,) bool: has a count and lies in no phase-in."""
        return self.series.observed & ~self.phase_in

    @property
    def last_weeks(self) -> tuple[int, ...]:
        """(J,) position of the last week with each effect."""
        return self.stops or (len(self.series.index) - 1,) * len(self.starts)

    def acts(self, interruption: int) -> NDArray[np.bool_]:
        """(T,) bool: the week lies within the effect of an interruption."""
        weeks = np.arange(len(self.series.index))
        return np.asarray((weeks >= self.starts[interruption]) & (weeks <= self.last_weeks[interruption]))

    @property
    def segment(self) -> NDArray[np.intp]:
        """(T,) 1 + place of the last interruption whose effect has begun and not ended; 0 without any."""
        found = np.zeros(len(self.series.index), dtype=np.intp)
        for place in range(len(self.starts)):
            found[self.acts(place)] = place + 1
        return found

    @property
    def offset(self) -> Floats:
        """(T,) log exposure."""
        return np.log(self.series.exposure)

    @property
    def counts(self) -> Floats:
        """(T,) counts, NaN in every week that is not in the fit."""
        return np.where(self.in_fit, self.series.counts, np.nan)

    def find(self, interruption: str | None) -> int | None:
        """Place of an interruption by its name; None stays None (all of them).

        Raises
        ------
        InputError
            No such interruption.
        """
        if interruption is None:
            return None
        names = [item.name for item in self.interruptions]
        if interruption not in names:
            raise InputError(
                f"no interruption is called {interruption!r}", remedy=f"there is {', '.join(names)}"
            )
        return names.index(interruption)

    def period(
        self, interruption: int | None = None, first: object = None, last: object = None
    ) -> NDArray[np.bool_]:
        """(T,) bool: weeks in the fit with the effect of an interruption (default any), within two dates.

        Parameters
        ----------
        first, last
            Dates; a week belongs to the period that holds its first day.

        Raises
        ------
        InputError
            No week is left.
        """
        from trends.models.interruptions import as_date

        index = self.series.index
        chosen = self.in_fit & (self.segment > 0 if interruption is None else self.acts(interruption))
        if first is not None:
            chosen &= np.asarray(index >= as_date(first, "first"))
        if last is not None:
            chosen &= np.asarray(index <= as_date(last, "last"))
        if not chosen.any():
            raise InputError("no week of the fit after the interruption lies in the period")
        return chosen

    @property
    def left_out(self) -> pd.DatetimeIndex:
        """First days of the weeks that the phase-in leaves out."""
        return self.series.index[self.phase_in]
