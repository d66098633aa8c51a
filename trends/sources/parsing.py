"""Text columns to values, all rows at once; what cannot be read says why, row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

import numpy as np
import pandas as pd

EARLIEST, LATEST = 1900, 2100
_RUN_TOGETHER = re.compile(r"%[A-Za-z]%[A-Za-z]")
MOST_DEATHS = 10_000_000
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T]00:00:00(?:\.0+)?)?"
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"


@dataclass(frozen=True)
class Parsed:
    """A column that was read.

    Attributes
    ----------
    text
        The column as it stands in the file; its name is the file's name for it.
    values
        What it means, same index; missing where there is a problem.
    problems
        Why a value could not be read, same index; ``""`` where it could.
    faulty
        False where no value has a problem, which spares looking through them.
    """

    text: pd.Series
    values: pd.Series
    problems: pd.Series
    faulty: bool = True


def dates(text: pd.Series) -> Parsed:
    """Read ISO dates (``2020-03-17``, a time of midnight is allowed) as datetimes without a zone."""
    return _by_distinct(text, _date_values)


def dates_written(text: pd.Series, pattern: str, example: str) -> Parsed:
    """Read dates of another format as datetimes without a zone; ISO dates are not read.

    A time of day or a zone in the format is read and dropped: the day counts as it is written.

    Parameters
    ----------
    text
        The column.
    pattern
        The format as ``strftime`` writes it, ``%d/%m/%Y``.
    example
        A day in that format, for the message.
    """

    def values(distinct: pd.Series) -> tuple[pd.Series, pd.Series]:
        read = _by_pattern(distinct, pattern)
        outside = read.notna() & ~read.dt.year.between(EARLIEST, LATEST)
        problems = np.select(
            [distinct == "", read.isna(), outside],
            ["no date", f"not a date as in {example}", f"not between {EARLIEST} and {LATEST}"],
            default="",
        )
        found = pd.Series(problems, index=distinct.index, dtype=object)
        return read.where(found == "").astype("datetime64[ns]"), found

    return _by_distinct(text, values)


def _by_pattern(distinct: pd.Series, pattern: str) -> pd.Series:
    if "%z" not in pattern and "%Z" not in pattern:
        read = pd.to_datetime(distinct, format=pattern, errors="coerce")
        if _RUN_TOGETHER.search(
            pattern
        ):  # where nothing parts the numbers, a lost digit would make another day
            read = read.where(read.dt.strftime(pattern) == distinct)
        return read.dt.normalize()

    def day(text: str) -> datetime | None:
        try:
            return datetime.combine(datetime.strptime(text, pattern).date(), time())
        except ValueError:
            return None

    return pd.to_datetime(pd.Series([day(text) for text in distinct], index=distinct.index), errors="coerce")


def either(first: Parsed, second: Parsed) -> Parsed:
    """Return a column read in two ways: the second where the first has a problem and the second has none."""
    better = (first.problems != "") & (second.problems == "")
    return Parsed(first.text, first.values.where(~better, second.values), first.problems.mask(better, ""))


def partial_dates(year: pd.Series, month: pd.Series, day: pd.Series) -> tuple[Parsed, Parsed, Parsed]:
    """Read dates from three columns in which a month or day of 0 is unknown.

    Returns
    -------
    first, last, precision
        First and last day that the date may stand for, and ``day``, ``month`` or ``year``.
    """
    text = (year.astype(object) + "-" + month.astype(object) + "-" + day.astype(object)).rename(
        f"{year.name}, {month.name}, {day.name}"
    )

    def spread(distinct: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series, pd.Series]:
        parts = distinct.str.extract(r"^\s*([0-9]{4})\s*-\s*([0-9]{1,2})\s*-\s*([0-9]{1,2})\s*$").astype(
            "float64"
        )
        parts.columns = pd.Index(["year", "month", "day"])
        whole = parts.assign(month=parts["month"].replace(0, 1))
        whole["day"] = parts["day"].where(parts["month"] != 0, 0).replace(0, 1)
        whole["year"] = parts["year"].where(parts["year"].between(EARLIEST, LATEST))
        first = pd.to_datetime(whole, errors="coerce")
        precision = np.select([parts["month"] == 0, parts["day"] == 0], ["year", "month"], "day")
        years, months = first + pd.offsets.YearEnd(0), first + pd.offsets.MonthEnd(0)
        last = first.mask(precision == "month", months).mask(precision == "year", years)
        problems = np.select(
            [parts["year"].isna(), ~parts["year"].between(EARLIEST, LATEST), first.isna()],
            ["not a year, a month and a day", f"not between {EARLIEST} and {LATEST}", "no such day"],
            default="",
        )
        found = pd.Series(problems, index=distinct.index, dtype=object)
        return first, last, pd.Series(precision, index=distinct.index, dtype=object), found

    positions, distinct = pd.factorize(text)
    *columns, problems = spread(pd.Series(distinct, dtype=object))
    return tuple(  # type: ignore[return-value]
        _spread(text, positions, column.astype("datetime64[ns]") if place < 2 else column, problems)
        for place, column in enumerate(columns)
    )


def moments(text: pd.Series) -> Parsed:
    """Read seconds since 1970 as the day they fall on in UTC; empty is missing."""

    def values(distinct: pd.Series) -> tuple[pd.Series, pd.Series]:
        read, problems = _numeric(distinct)
        problems = problems.mask((problems == "") & ~read.between(0, 4.1e9) & (distinct != ""), "no moment")
        days = pd.to_datetime(read.where(problems == ""), unit="s", errors="coerce")
        return days.dt.normalize().astype("datetime64[ns]"), problems

    return _by_distinct(text, values)


def numbers(text: pd.Series, low: float, high: float) -> Parsed:
    """Read numbers between two bounds; empty is missing and no problem."""

    def values(distinct: pd.Series) -> tuple[pd.Series, pd.Series]:
        read, problems = _numeric(distinct)
        outside = read.notna() & ~read.between(low, high)
        problems = problems.mask(outside & (problems == ""), f"not between {low:g} and {high:g}")
        return read, problems

    return _by_distinct(text, values)


def deaths(text: pd.Series) -> Parsed:
    """Read counts of deaths: whole numbers from 0."""

    def values(distinct: pd.Series) -> tuple[pd.Series, pd.Series]:
        read, problems = _numeric(distinct)
        problems = problems.mask(distinct == "", "no number of deaths")
        problems = problems.mask(read < 0, "negative number of deaths")
        problems = problems.mask(read > MOST_DEATHS, "more deaths than can be")
        problems = problems.mask((problems == "") & (read % 1 != 0), "not a whole number of deaths")
        return read.where(problems == "").fillna(0).astype("int64"), problems

    return _by_distinct(text, values)


def counts(text: pd.Series) -> Parsed:
    """Read whole numbers from 0; empty is missing and no problem."""

    def values(distinct: pd.Series) -> tuple[pd.Series, pd.Series]:
        read, problems = _numeric(distinct)
        problems = problems.mask((problems == "") & (read < 0), "negative number")
        problems = problems.mask((problems == "") & (read > MOST_DEATHS), "more than can be")
        problems = problems.mask((problems == "") & (read % 1 > 0), "not a whole number")
        return read.where(problems == "").astype("Int64"), problems

    return _by_distinct(text, values)


def codes(text: pd.Series, meanings: Mapping[str, str]) -> Parsed:
    """Read codes by a table of what they mean; a whole number may carry zeros behind a point (``1.0``)."""

    def values(distinct: pd.Series) -> tuple[pd.Series, pd.Series]:
        # pandas writes whole numbers so where any cell of their column is empty
        whole = distinct.str.replace(r"^([0-9]+)\.0+$", r"\1", regex=True)
        read = distinct.where(distinct.isin(list(meanings)), whole).map(dict(meanings)).astype(object)
        problem = f"not one of {', '.join(meanings)}"
        return read, pd.Series(np.where(read.isna(), problem, ""), index=distinct.index)

    return _by_distinct(text, values)


def identifiers(text: pd.Series) -> Parsed:
    """Read identifiers: any text but an empty one."""
    stripped = text.str.strip()
    absent = stripped == ""
    return Parsed(text, stripped, _problems(absent, "no identifier", text.index), bool(absent.any()))


def texts(text: pd.Series) -> Parsed:
    """Read free text; empty is missing."""

    def values(distinct: pd.Series) -> tuple[pd.Series, pd.Series]:
        return distinct.where(distinct != "", None), pd.Series("", index=distinct.index, dtype=object)

    return _by_distinct(text, values)


def constant(text: pd.Series, value: str) -> Parsed:
    """Return the same value for each row of a column."""
    values = pd.Series(value, index=text.index, dtype=object)
    return Parsed(text, values, _problems(False, "", text.index), faulty=False)


def agreeing(parsed: Parsed, parts: Sequence[pd.Series]) -> Parsed:
    """Return a date column whose dates must equal the year, month and day that stand beside them."""
    year, month, day = (pd.to_numeric(part, errors="coerce") for part in parts)
    date = parsed.values
    same = (date.dt.year == year) & (date.dt.month == month) & (date.dt.day == day)
    differs = (parsed.problems == "") & ~same
    return Parsed(
        parsed.text,
        date.where(~differs),
        parsed.problems.mask(
            differs, f"differs from the columns {', '.join(str(part.name) for part in parts)}"
        ),
    )


def _problems(where: pd.Series | bool, problem: str, index: pd.Index) -> pd.Series:
    return pd.Series(np.where(where, problem, ""), index=index, dtype=object)


def _by_distinct(text: pd.Series, read: Callable[[pd.Series], tuple[pd.Series, pd.Series]]) -> Parsed:
    """Read each distinct text once and spread the outcome over the rows."""
    positions, distinct = pd.factorize(text)
    values, problems = read(pd.Series(distinct, dtype=object).str.strip())
    return _spread(text, positions, values, problems)


def _spread(text: pd.Series, positions: np.ndarray, values: pd.Series, problems: pd.Series) -> Parsed:
    faulty = bool((problems != "").any())
    told = problems.astype(object).take(positions).set_axis(text.index) if faulty else None
    return Parsed(
        text,
        values.take(positions).set_axis(text.index),
        _problems(False, "", text.index) if told is None else told,
        faulty,
    )


def _numeric(distinct: pd.Series) -> tuple[pd.Series, pd.Series]:
    plain = distinct.where(distinct.str.fullmatch(_NUMBER).astype(bool))
    read = pd.to_numeric(plain, errors="coerce").astype("float64")
    bad = (distinct != "") & (plain.isna() | ~np.isfinite(read))
    return read, pd.Series(np.where(bad, "not a number", ""), index=distinct.index, dtype=object)


def _date_values(distinct: pd.Series) -> tuple[pd.Series, pd.Series]:
    shaped = distinct.str.fullmatch(_DATE).astype(bool)
    read = pd.to_datetime(distinct.str[:10].where(shaped), format="%Y-%m-%d", errors="coerce")
    year = pd.to_numeric(distinct.str[:4].where(shaped))
    problems = np.select(
        [distinct == "", ~shaped, (year < EARLIEST) | (year > LATEST), read.isna()],
        ["no date", "not a date as in 2020-03-17", f"not between {EARLIEST} and {LATEST}", "no such day"],
        default="",
    )
    found = pd.Series(problems, index=distinct.index, dtype=object)
    return read.where(found == "").astype("datetime64[ns]"), found
