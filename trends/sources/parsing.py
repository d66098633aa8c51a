"""Text columns to values, all rows at once; what cannot be read says why, row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

EARLIEST, LATEST = 1900, 2100
MOST_DEATHS = 10_000_000
_DATE = r"\d{4}-\d{2}-\d{2}(?:[ T]00:00:00(?:\.0+)?)?"
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


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
    """

    text: pd.Series
    values: pd.Series
    problems: pd.Series


def dates(text: pd.Series) -> Parsed:
    """Read ISO dates (``2020-03-17``, a time of midnight is allowed) as datetimes without a zone."""
    return _by_distinct(text, _date_values)


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


def codes(text: pd.Series, meanings: Mapping[str, str]) -> Parsed:
    """Read codes by a table of what they mean."""

    def values(distinct: pd.Series) -> tuple[pd.Series, pd.Series]:
        read = distinct.map(dict(meanings)).astype(object)
        problem = f"not one of {', '.join(meanings)}"
        return read, pd.Series(np.where(read.isna(), problem, ""), index=distinct.index)

    return _by_distinct(text, values)


def identifiers(text: pd.Series) -> Parsed:
    """Read identifiers: any text but an empty one."""
    stripped = text.str.strip()
    return Parsed(text, stripped, _problems(stripped == "", "no identifier", text.index))


def texts(text: pd.Series) -> Parsed:
    """Read free text; empty is missing."""
    stripped = text.str.strip().astype(object)
    return Parsed(text, stripped.where(stripped != "", None), _problems(False, "", text.index))


def constant(text: pd.Series, value: str) -> Parsed:
    """Return the same value for each row of a column."""
    return Parsed(text, pd.Series(value, index=text.index, dtype=object), _problems(False, "", text.index))


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
    positions, distinct = pd.factorize(text.str.strip())
    values, problems = read(pd.Series(distinct, dtype=object))
    return Parsed(
        text,
        values.take(positions).set_axis(text.index),
        problems.astype(object).take(positions).set_axis(text.index),
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
