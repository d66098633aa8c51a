"""When a claim or a published count became known, as far as its own row tells."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from typing import Final

import pandas as pd

from trends.findings.words import MONTHS

_YEAR: Final = r"(20\d\d)"
_NAMED: Final = "|".join(MONTHS)
_DAY_IN_NAME: Final = re.compile(rf"(?<!\d)(\d{{1,2}}) ({_NAMED}) {_YEAR}(?!\d)")
_MONTH_IN_NAME: Final = re.compile(rf"({_NAMED}) {_YEAR}(?!\d)")
_YEAR_IN_NAME: Final = re.compile(rf"(?<!\d){_YEAR}(?!\d)")
_DAY_IN_ADDRESS: Final = re.compile(rf"/{_YEAR}/(\d{{1,2}})/(\d{{1,2}})(?=/|-|$)")
_DIGITS_IN_ADDRESS: Final = re.compile(rf"/(\d\d)(\d\d){_YEAR}\d{{0,2}}(?=/|-|$)")
_MONTH_IN_ADDRESS: Final = re.compile(rf"/{_YEAR}/(\d{{1,2}})(?=/|$)")


def appeared(source_name: str, source_url: str, end: pd.Timestamp) -> pd.Timestamp | None:
    """Return the last day on which a fact may have appeared, read from its source's name and address.

    Of several dates the most exact one counts. Of a month or a year it is the last day, so that nothing is taken for
    known too early; a date before the end of what the fact is about is not that of its publication.

    Parameters
    ----------
    source_name, source_url
        As the tables of facts hold them; a title inside an address is not read, because it may name the period.
    end
        The last day that the fact is about.

    Returns
    -------
    pandas.Timestamp or None
        None where no date is told.

    Examples
    --------
    >>> appeared("Rudaw (29 July 2020)", "", pd.Timestamp("2020-07-22"))
    Timestamp('2020-07-29 00:00:00')
    """
    for day in _told(source_name, source_url):
        if day is not None and day >= end:
            return day
    return None


def _told(name: str, address: str) -> Iterator[pd.Timestamp | None]:
    """Yield the dates that are told, the most exact ones first."""
    for found in _DAY_IN_NAME.finditer(name):
        yield _day(int(found[3]), MONTHS.index(found[2]) + 1, int(found[1]))
    for found in _DAY_IN_ADDRESS.finditer(address):
        yield _day(int(found[1]), int(found[2]), int(found[3]))
    for found in _DIGITS_IN_ADDRESS.finditer(address):
        yield _day(int(found[3]), int(found[2]), int(found[1]))
    for found in _MONTH_IN_NAME.finditer(name):
        yield _day(int(found[2]), MONTHS.index(found[1]) + 1)
    for found in _MONTH_IN_ADDRESS.finditer(address):
        yield _day(int(found[1]), int(found[2]))
    for found in _YEAR_IN_NAME.finditer(name):
        yield _day(int(found[1]), 12)


def _day(year: int, month: int, day: int = 0) -> pd.Timestamp | None:
    """Return a day, the last one of its month where none is given; None where there is no such day."""
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    return pd.Timestamp(year, month, day or last) if day <= last else None
