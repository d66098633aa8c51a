"""Numbers as words, by rules that cannot overclaim: direction and size first, the interval always beside."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def ratio(value: float) -> str:
    """Write a rate ratio with two decimals below 10, none above: ``1.21``, ``12``, ``more than 100``."""
    if math.isnan(value):
        return "not known"
    if math.isinf(value):
        return "∞"
    if value > 100:
        return "more than 100"
    return f"{value:.0f}" if value >= 10 else f"{value:.2f}"


def interval(low: float, high: float) -> str:
    """Write an interval: ``0.87 to 1.65``; an open end is named: ``0.40 upwards``."""
    if math.isinf(high):
        return f"{ratio(low)} upwards"
    return f"{ratio(low)} to {ratio(high)}"


def percent_change(rate_ratio: float) -> str:
    """Write a rate ratio as a change: ``20 % more``, ``35 % fewer``, ``no change``; ``3.2 times as many``."""
    change = round(100 * (rate_ratio - 1))
    if rate_ratio >= 2:
        return f"{rate_ratio:.1f} times as many"
    if change == 0:
        return "no change"
    return f"{abs(change)} % {'more' if change > 0 else 'fewer'}"


def verdict(low: float, high: float, rate_ratio: float, detectable: float, sensible: float = 3.0) -> str:
    """Classify a comparison: ``rise``, ``fall``, ``unclear`` or ``too few``.

    ``too few`` is said where even a change by ``sensible`` times would probably (80 % power) not have shown,
    and the interval does not exclude 1.

    Parameters
    ----------
    low, high, rate_ratio
        The comparison; NaN where nothing could be estimated.
    detectable
        The smallest ratio above 1 that would have been found with 80 % power; NaN or infinite where none.
    sensible
        The largest change that a reader would call "not worth missing".
    """
    if low > 1:
        return "rise"
    if high < 1:
        return "fall"
    if math.isnan(rate_ratio) or not detectable <= sensible:
        return "too few"
    return "unclear"


def day(when: pd.Timestamp) -> str:
    """Write a date as ``17 March 2020``, whatever the locale."""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def days(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Write a stretch of days, naming month and year once where they are shared."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day(last)}"
    if first.year == last.year:
        return f"{day(first).rsplit(' ', 1)[0]} to {day(last)}"
    return f"{day(first)} to {day(last)}"


def count_of(count: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun: ``1 week``, ``1,200 weeks``, ``1 country``, ``2 countries``."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def no_or(count: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun, and nothing as ``no attack``."""
    return count_of(count, noun, plural) if count else f"no {noun}"


def listed(names: Sequence[str]) -> str:
    """Join names: ``A``, ``A and B``, ``A, B and C``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def span(low: float, high: float, decimals: int = 0) -> str:
    """Write from where to where numbers go, one number where both ends read alike: ``3``, ``between 3 and 10``."""
    first, last = (f"{value:,.{decimals}f}" for value in (low, high))
    return first if first == last else f"between {first} and {last}"


def with_article(title: str) -> str:
    """Write a group's title as it stands in a sentence: ``the Disputed territories``."""
    return title if title.lower().startswith("the ") else f"the {title}"
