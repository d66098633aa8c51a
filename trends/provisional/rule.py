"""The rule for a source of which only one vintage is at hand."""

from __future__ import annotations

from datetime import date

import pandas as pd

from trends.errors import InputError


def provisional_weeks(weeks: pd.DatetimeIndex, as_of: str | date, last: int = 4) -> pd.Series:
    """Mark the weeks that had ended for fewer than ``last`` whole weeks on a day, or not ended at all.

    Parameters
    ----------
    weeks
        First days of weeks.
    as_of
        The day on which the source stood as it is.
    last
        How many weeks after its end a week is taken for complete; 0 marks unfinished weeks only.

    Returns
    -------
    Series
        bool, index ``weeks``, name ``provisional``.

    Raises
    ------
    InputError
        ``last`` is below 0.
    """
    if last < 0:
        raise InputError(f"last is {last!r}", remedy="give a number of weeks, 0 or more")
    ended = weeks + pd.Timedelta(days=6)
    open_until = ended + pd.Timedelta(weeks=last)
    return pd.Series(open_until > pd.Timestamp(as_of), index=weeks, name="provisional")
