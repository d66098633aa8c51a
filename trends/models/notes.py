"""What must be said beside a result: weeks in which an interruption lies, weeks that were left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trends.models.setting import Setting
from trends.models.sparse import BLOCK_WEEKS, carries_level

Bools = NDArray[np.bool_]


def interruption_notes(setting: Setting, *, with_level: bool = True) -> tuple[str, ...]:
    """Say what must be said of the interruptions' weeks; an exact comparison has no level to carry back."""
    notes = []
    for item, start in zip(setting.interruptions, setting.starts, strict=True):
        first = setting.series.index[start]
        if not setting.in_fit[start] and with_level:
            weeks = int((~setting.in_fit[start:]).cumprod().sum())
            lies = "lies in the phase-in" if setting.phase_in[start] else "is without a count"
            notes.append(
                f"the {setting.series.step} of {item.name} {lies}: its level is carried back "
                f"over {weeks} {setting.series.step}s that are not in the fit"
            )
        elif setting.in_fit[start] and item.begins != first:
            what = f"the effect of {item.name} begins" if item.delay else f"{item.name} falls"
            notes.append(
                f"{what} within the {setting.series.step} of {first.date()}, the first one after; "
                f"{(item.begins - first).days} of its days came before"
            )
        if item.until is not None:
            notes.append(f"{setting.series.step}s after {item.until.date()} count as without {item.name}")
    return (*notes, *unknown_notes(setting))


def uncorrelated_note(setting: Setting) -> tuple[str, ...]:
    """Say of an exact comparison that was asked for what an interval for correlated weeks would add."""
    used = setting.in_fit
    if not carries_level(setting.series.counts[used], setting.segment[used]):
        return ()
    step = setting.series.step
    return (
        f"there are events enough for an interval that allows for serial correlation (trend=None, harmonics=0, shape "
        f'"level"); this one allows for that of {BLOCK_WEEKS} {step}s only, and is too short where more hang together',
    )


def unknown_notes(setting: Setting) -> tuple[str, ...]:
    """Say which weeks were left out because a covariate is not known in them; one note a covariate."""
    step = setting.series.step
    return tuple(
        f"{name} is not known in {int(weeks.sum())} {step}s, which are left out: {spells(setting, weeks)}"
        for name, weeks in setting.unknown
    )


def spells(setting: Setting, weeks: Bools) -> str:
    """Write the runs of chosen weeks: ``2020-04-13 to 2020-06-01, 2020-08-10``."""
    days = [f"{day:%Y-%m-%d}" for day in setting.series.index]
    places = np.flatnonzero(weeks)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return ", ".join(
        days[run[0]] if len(run) == 1 else f"{days[run[0]]} to {days[run[-1]]}" for run in runs if len(run)
    )
