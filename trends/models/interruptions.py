"""When a study expects change, and which weeks stand before, in and after it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trends.errors import InputError

Shape = Literal["level", "slope", "level+slope", "ramp", "decay", "delayed", "temporary"]
LENGTHS = {"ramp": "length of the ramp", "decay": "half-life of the decay"}
DateLike = str | date | pd.Timestamp | np.datetime64


def as_date(value: object, what: str = "date") -> pd.Timestamp:
    """Read one date without a time of day; anything else is an :class:`InputError`."""
    try:
        stamp = pd.Timestamp(value)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise InputError(f"{what} {value!r} is not a date", remedy="write it as 2020-03-17") from error
    if pd.isna(stamp) or isinstance(value, (bool, int, float)):
        raise InputError(f"{what} {value!r} is not a date", remedy="write it as 2020-03-17")
    if stamp.tzinfo is not None:
        stamp = stamp.tz_localize(None)
    return stamp.normalize()


@dataclass(frozen=True, init=False)
class Interruption:
    """A date at which a study expects change, and how the change goes on.

    Parameters
    ----------
    date
        The day of the change. The week (or month) that holds it is the first one *after* it, also when the
        day falls in mid-week; leave such a mixed week out with ``phase_in`` where that matters.
    name
        How tables call it; the date in ISO form when left empty.
    shape
        ``"level"`` a step, ``"slope"`` a change of trend, ``"level+slope"`` both. The slope is centred at the
        interruption: it is 0 in the interruption's own week, so the level is the step in that week.
        ``"ramp"`` a step that builds up evenly over ``weeks`` and then stays; ``"decay"`` a step that halves
        every ``weeks``; ``"delayed"`` a step ``delay`` weeks later; ``"temporary"`` a step that ends on
        ``until``.
    delay
        Weeks from the date to the first week of the effect; of any shape.
    weeks
        Length of a ramp, or half-life of a decay. It is assumed, not estimated.
    until
        Last day of the effect; of any shape. The week that holds it is the last one with the effect.

    Raises
    ------
    InputError
        A date that is none, a shape that is not offered or lacks what it needs, an end before the start.

    Examples
    --------
    >>> Interruption("2020-03-17", "transfer", "ramp", weeks=4).label
    'transfer (2020-03-17)'
    """

    date: pd.Timestamp
    name: str
    shape: Shape
    delay: int
    weeks: float | None
    until: pd.Timestamp | None

    def __init__(
        self,
        date: DateLike,
        name: str = "",
        shape: Shape = "level+slope",
        *,
        delay: int = 0,
        weeks: float | None = None,
        until: DateLike | None = None,
    ) -> None:
        stamp = as_date(date, "interruption")
        object.__setattr__(self, "date", stamp)
        object.__setattr__(self, "name", str(name) or stamp.date().isoformat())
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "delay", delay)
        object.__setattr__(self, "weeks", weeks)
        object.__setattr__(self, "until", None if until is None else as_date(until, "until"))
        _check_shape(self)

    @property
    def begins(self) -> pd.Timestamp:
        """First day of the effect: the date, and the delay after it."""
        return self.date + pd.Timedelta(days=7 * self.delay)

    @property
    def label(self) -> str:
        """Name, with the date where that is not the name."""
        iso = self.date.date().isoformat()
        return iso if self.name == iso else f"{self.name} ({iso})"


def _check_shape(item: Interruption) -> None:
    called = f"interruption {item.name}"
    if item.shape not in get_args(Shape):
        raise InputError(
            f"unknown shape {item.shape!r} of {called}", remedy=f"use {', '.join(get_args(Shape))}"
        )
    if isinstance(item.delay, bool) or item.delay != int(item.delay) or item.delay < 0:
        raise InputError(f"{called} has a delay of {item.delay!r}", remedy="give whole weeks, 0 or more")
    if item.shape == "delayed" and item.delay == 0:
        raise InputError(f"{called} is delayed by nothing", remedy="give delay=, in weeks")
    if item.shape == "temporary" and item.until is None:
        raise InputError(f"{called} is temporary without an end", remedy="give until=, its last day")
    if item.shape in LENGTHS and item.weeks is None:
        raise InputError(f"{called} needs the {LENGTHS[item.shape]}", remedy="give weeks=")
    if item.shape not in LENGTHS and item.weeks is not None:
        raise InputError(f"{called} is neither a ramp nor a decay", remedy="leave weeks= out")
    if item.weeks is not None and not (math.isfinite(item.weeks) and item.weeks > 0):
        raise InputError(f"{called} has weeks={item.weeks!r}", remedy="give a number of weeks above 0")
    if item.until is not None and item.until < item.begins:
        raise InputError(
            f"{called} ends ({item.until.date()}) before its effect begins ({item.begins.date()})"
        )


def as_interruptions(
    value: DateLike | Interruption | Iterable[DateLike | Interruption],
) -> tuple[Interruption, ...]:
    """Put what a caller wrote (a date, an :class:`Interruption`, or several) into the order in which they take effect.

    Raises
    ------
    InputError
        Nothing given, or two interruptions of one name.
    """
    if isinstance(value, (str, date, np.datetime64, Interruption)):
        value = [value]
    if not isinstance(value, Iterable):
        raise InputError(f"interruptions {value!r} is neither a date nor a list of dates")
    items = [item if isinstance(item, Interruption) else Interruption(as_date(item)) for item in value]
    if not items:
        raise InputError("no interruption was given", remedy="name at least one date")
    names = [item.name for item in items]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(
            f"interruption {', '.join(repeated)} is there twice", remedy="give each its own name"
        )
    return tuple(sorted(items, key=lambda item: (item.begins, item.name)))


def first_step_after(index: pd.DatetimeIndex, ends: pd.DatetimeIndex, interruption: Interruption) -> int:
    """Position of the week (month) in which the effect begins: the first one that counts as after it.

    Parameters
    ----------
    index, ends
        (T,) first and last day of each week.

    Raises
    ------
    InputError
        The date lies outside the series or in its first week.
    """
    day, called = interruption.begins, interruption.label
    span = f"{index[0].date()} to {ends[-1].date()}"
    if interruption.date < index[0] or day > ends[-1]:
        raise InputError(f"interruption {called} lies outside the series, {span}")
    position = int(index.searchsorted(day, side="right")) - 1
    if position == 0:
        raise InputError(
            f"interruption {called} is at the edge of the series, {span}: nothing comes before it",
            remedy="give a longer series or a later date",
        )
    return position


def last_step_of(index: pd.DatetimeIndex, interruption: Interruption) -> int:
    """Position of the last week with the effect: the one that holds its last day, or the last of the series."""
    if interruption.until is None:
        return len(index) - 1
    return int(index.searchsorted(interruption.until, side="right")) - 1


def as_phases(
    phase_in: Sequence[DateLike] | Sequence[Sequence[DateLike]] | None,
) -> tuple[tuple[pd.Timestamp, pd.Timestamp], ...]:
    """Put one (first, last) pair of dates, or several, into order.

    Raises
    ------
    InputError
        Something that is not a pair, or a pair whose end comes before its start.
    """
    if phase_in is None or len(phase_in) == 0:
        return ()
    flat = all(isinstance(item, (str, date, np.datetime64)) for item in phase_in)
    pairs = [phase_in] if flat else list(phase_in)
    found = []
    for pair in pairs:
        if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise InputError(f"phase_in {pair!r} is not a pair", remedy="give (first day, last day)")
        first, last = as_date(pair[0], "phase_in"), as_date(pair[1], "phase_in")
        if last < first:
            raise InputError(f"phase_in ends ({last.date()}) before it starts ({first.date()})")
        found.append((first, last))
    return tuple(sorted(found))


def in_phases(
    index: pd.DatetimeIndex, ends: pd.DatetimeIndex, phases: tuple[tuple[pd.Timestamp, pd.Timestamp], ...]
) -> NDArray[np.bool_]:
    """Mark every week of which at least one day lies in a phase-in; such weeks are left out of the fit.

    Returns
    -------
    (T,) bool

    Raises
    ------
    InputError
        A phase-in that touches no week of the series.
    """
    left_out = np.zeros(len(index), dtype=bool)
    for first, last in phases:
        touched = np.asarray((index <= last) & (ends >= first))
        if not touched.any():
            raise InputError(f"phase_in {first.date()} to {last.date()} lies outside the series")
        left_out |= touched
    return left_out
