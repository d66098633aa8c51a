"""Two vintages of a source compared event by event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from trends.calendar import complete_weeks
from trends.errors import InputError
from trends.sources import Reading
from trends.two_files import called, window_of_both
from trends.vintages.columns import COMPARED, columns_of_both, either_has, shared_columns
from trends.vintages.counting import daily_change, inside, weekly_change
from trends.vintages.identity import caveats_of_one, check_one_family
from trends.vintages.result import VintageDiff

ROUNDING_DEGREES = 1e-5  # about a metre: a file that writes fewer decimals has not changed


def diff_vintages(
    old: Reading | pd.DataFrame,
    new: Reading | pd.DataFrame,
    *,
    window: tuple[date, date] | None = None,
    columns: Sequence[str] | None = None,
    week_start: str = "mon",
    names: tuple[str, str] | None = None,
    caveats: tuple[str, ...] = (),
) -> VintageDiff:
    """Compare two vintages of one source, event by event.

    Events are the same where their identifiers are. An event counts as added or deleted where it starts inside
    the window; it is changed where it starts inside it in either vintage. Coordinates that differ by less than
    a metre are the same. Counts leave out what ``trends build`` leaves out: events known only to the month or
    year and, where the events are located, those in no province.

    Parameters
    ----------
    old, new
        Two readings, or two tables of events (with ``province`` to have counts by province).
    window
        First and last day; for readings what both cover, for tables the days of both, where not given.
    columns
        What to compare; the columns that both have where not given. A column without any value is one that
        the table has not.
    week_start
        The weekday that weeks start on.
    names
        What to call the two.
    caveats
        What has to be known to read the differences; for readings, what only one of the two says of itself.

    Raises
    ------
    InputError
        The two share no identifier or no day, are of different sources, or an identifier stands twice.
    """
    if isinstance(old, Reading) and isinstance(new, Reading):
        check_one_family(old, new)
        columns = columns or columns_of_both(old, new)
        names = names or (called(old), called(new))
        caveats = caveats or caveats_of_one(old, new)
        window = window or window_of_both((old, new), None, None)
    before, after = (_by_identifier(table, which) for table, which in ((old, "old"), (new, "new")))
    both = before.index.intersection(after.index).sort_values()
    if both.empty and len(before) and len(after):
        raise InputError("the two share no identifier", remedy="compare vintages of one source")
    window = window or _days_of_both(before, after)
    compared = tuple(columns or shared_columns(before, after))
    changed = _changes(before.loc[both], after.loc[both], compared, window)
    daily, totals = daily_change(before, after, window)
    return VintageDiff(
        added=_only_in(after, both, window),
        deleted=_only_in(before, both, window),
        changed=changed,
        kept=int((inside(before.loc[both], window) | inside(after.loc[both], window)).sum()),
        daily=daily[daily["change"] != 0].reset_index(drop=True),
        weekly=weekly_change(daily, window, week_start),
        totals=totals,
        weeks=len(complete_weeks(*window, week_start)),
        window=window,
        compared=compared,
        not_compared=tuple(
            name for name in COMPARED if name not in compared and either_has(before, after, name)
        ),
        names=names or ("old", "new"),
        caveats=caveats,
    )


def _days_of_both(old: pd.DataFrame, new: pd.DataFrame) -> tuple[date, date]:
    if old.empty or new.empty:
        raise InputError(
            "a vintage without events does not say which days it covers", remedy="give the window"
        )
    first = max(old["date_start"].min(), new["date_start"].min())
    last = min(old["date_start"].max(), new["date_start"].max())
    if first > last:
        raise InputError("the two vintages share no day", remedy="give the window")
    return first.date(), last.date()


def _by_identifier(vintage: Reading | pd.DataFrame, which: str) -> pd.DataFrame:
    events = vintage.events if isinstance(vintage, Reading) else vintage
    twice = events.loc[events["event_id"].duplicated(), "event_id"]
    if not twice.empty:
        raise InputError(
            f"{twice.iloc[0]!r} stands twice in the {which} vintage",
            column="event_id",
            remedy="take exact duplicates out",
        )
    return events.set_index(events["event_id"].astype(str).rename(None))


def _only_in(events: pd.DataFrame, both: pd.Index, window: tuple[date, date]) -> pd.DataFrame:
    only: pd.DataFrame = events[~events.index.isin(both) & inside(events, window)]
    return only.sort_values(["date_start", "event_id"], ignore_index=True)


def _changes(
    old: pd.DataFrame, new: pd.DataFrame, columns: Sequence[str], window: tuple[date, date]
) -> pd.DataFrame:
    """Compare events of the same index column by column."""
    in_window = (inside(old, window) | inside(new, window)).to_numpy(dtype=bool)
    parts = [pd.DataFrame(columns=["event_id", "column", "old", "new"], dtype=object)]
    for name in columns:
        differs = in_window & _differs(old[name], new[name])
        values = {"old": _as_text(old.loc[differs, name]), "new": _as_text(new.loc[differs, name])}
        if differs.any():
            parts.append(
                pd.DataFrame({"event_id": old.index[differs], "column": name, **values}, dtype=object)
            )
    changes = pd.concat(parts, ignore_index=True)
    return changes.sort_values(["event_id", "column"], kind="stable", ignore_index=True)


def _differs(old: pd.Series, new: pd.Series) -> np.ndarray:
    one_missing = old.isna().to_numpy(dtype=bool) ^ new.isna().to_numpy(dtype=bool)
    both_there = (old.notna() & new.notna()).to_numpy(dtype=bool)
    if old.name in ("longitude", "latitude"):
        unlike = (old - new).abs().to_numpy(dtype=float) >= ROUNDING_DEGREES
    else:
        pairs = zip(old.astype(object), new.astype(object), strict=True)
        unlike = np.array(
            [bool(there and one != other) for there, (one, other) in zip(both_there, pairs, strict=True)],
            dtype=bool,
        )
    return np.asarray(one_missing | (both_there & unlike), dtype=bool)


def _as_text(values: pd.Series) -> list[str]:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return list(values.dt.strftime("%Y-%m-%d").fillna(""))
    return ["" if pd.isna(value) else str(value) for value in values]
