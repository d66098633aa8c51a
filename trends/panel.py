"""The panel: the complete grid of provinces and weeks, and the days it is a view of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from trends.calendar import complete_weeks
from trends.counting import MEASURES, daily_counts, typed_counts, weekly_counts
from trends.errors import InputError, UnknownNameError
from trends.gazetteer import Country, load_country
from trends.precision import spread_weeks
from trends.processed import SPREAD, check_unchanged, read_manifest, window_of

__all__ = ["MEASURES", "WeeklyPanel", "check_window", "daily_counts", "load_panel", "weekly_counts"]


@dataclass(frozen=True, eq=False)
class WeeklyPanel:
    """The complete grid of provinces and weeks, and the days it is a view of.

    A zero says "covered, none recorded". A measure that the source lacks is missing everywhere.

    Attributes
    ----------
    frame
        Columns ``week`` (first day), ``province`` (code) and ``MEASURES``; one row for each province and each
        complete week of the window, sorted by week and province.
    daily
        Days with an event: ``date``, ``province``, ``MEASURES``; sorted by date and province.
    country
        The country whose provinces these are.
    week_start
        The weekday that weeks start on.
    first, last
        The window that is covered, both days included.
    manifest
        Where the counts come from, if they were read from a folder.
    spread
        Events known only to a month or year, by the days between which they happened; if they were kept.

    Raises
    ------
    InputError
        The grid has a hole, a double, a week that starts on another day, or a count that is none.
    """

    frame: pd.DataFrame
    daily: pd.DataFrame
    country: Country
    week_start: str
    first: date
    last: date
    manifest: Mapping[str, Any] | None = None
    spread: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        _check_days(self.daily, self.country, self.first, self.last)
        _check_grid(self.frame, self.country, complete_weeks(self.first, self.last, self.week_start))

    @property
    def weeks(self) -> pd.DatetimeIndex:
        """The first days of all complete weeks, with their frequency."""
        return complete_weeks(self.first, self.last, self.week_start)

    def counts(
        self,
        provinces: str | Sequence[str] | None = None,
        measure: str = "attacks",
        *,
        spread: bool = False,
    ) -> pd.Series:
        """Return the weekly counts of some provinces together.

        Parameters
        ----------
        provinces
            Codes, names or groups; None for the whole country.
        measure
            One of ``MEASURES``.
        spread
            Whether the fractions of events known only to a month or year are added. These are expectations,
            for drawing and for sensitivity; a count model takes them for more certain than they are.

        Returns
        -------
        Series
            int64 (float64 where spread), one value a week; index ``week`` with frequency ``"W-MON"`` and the
            like; name ``measure``.

        Raises
        ------
        UnknownNameError
            A province or measure is not known.
        InputError
            The source does not have the measure, or the panel was built without events to spread.
        """
        chosen = list(self.country.resolve(provinces))
        whole = self.wide(measure)[chosen].sum(axis=1).astype("int64").rename(measure)
        return whole + self._fractions(measure)[chosen].sum(axis=1) if spread else whole

    def wide(self, measure: str = "attacks") -> pd.DataFrame:
        """Return a measure as weeks × province codes, int64 (index and columns sorted, index with frequency).

        Raises
        ------
        UnknownNameError
            There is no such measure.
        InputError
            The source does not have the measure.
        """
        if measure not in MEASURES:
            raise UnknownNameError(
                f"there is no measure {measure!r}", remedy=f"use one of {', '.join(MEASURES)}"
            )
        if self.frame[measure].isna().any():
            raise InputError("the source does not have this measure", column=measure, remedy="use 'attacks'")
        weeks, codes = self.weeks, self.country.provinces.index
        values = self.frame[measure].to_numpy(dtype="int64").reshape(len(weeks), len(codes))
        return pd.DataFrame(values, index=weeks, columns=codes.rename("province"))

    def _fractions(self, measure: str) -> pd.DataFrame:
        """Return the fractions of spread events as weeks × province codes, float64."""
        if self.spread is None:
            raise InputError("the panel holds no events to spread", remedy="build it again with --spread")
        parts = spread_weeks(self.spread, self.country, self.first, self.last, self.week_start)
        codes = self.country.provinces.index
        values = parts[measure].to_numpy(dtype="float64").reshape(len(self.weeks), len(codes))
        return pd.DataFrame(values, index=self.weeks, columns=codes)

    def with_weeks(self, start: str) -> WeeklyPanel:
        """Return the same days in weeks that start on another weekday."""
        frame = weekly_counts(self.daily, self.country, self.first, self.last, start)
        return replace(self, frame=frame, week_start=start)

    def between(self, first: date, last: date) -> WeeklyPanel:
        """Return the part of the panel inside a narrower window, both days included.

        Raises
        ------
        InputError
            The window reaches beyond what is covered, or is empty.
        """
        first, last = pd.Timestamp(first).date(), pd.Timestamp(last).date()
        check_window(first, last, (self.first, self.last))
        daily = self.daily[self.daily["date"].between(pd.Timestamp(first), pd.Timestamp(last))]
        daily = daily.reset_index(drop=True)
        frame = weekly_counts(daily, self.country, first, last, self.week_start)
        return replace(self, frame=frame, daily=daily, first=first, last=last)


def check_window(first: date, last: date, coverage: tuple[date, date]) -> None:
    """Raise an ``InputError`` where a window is empty or reaches beyond a coverage."""
    if first > coverage[1] or last < coverage[0]:
        raise InputError(
            f"nothing from {first} to {last} is covered, only {coverage[0]} to {coverage[1]} is",
            remedy="choose dates inside it",
        )
    if first > last:
        raise InputError(f"the window ends ({last}) before it starts ({first})", remedy="swap the two dates")
    if first < coverage[0] or last > coverage[1]:
        raise InputError(
            f"{first} to {last} reaches beyond what is covered, {coverage[0]} to {coverage[1]}",
            remedy="choose dates inside it; outside it counts are missing, not zero",
        )


def load_panel(folder: Path | str, week_start: str = "mon") -> WeeklyPanel:
    """Read a folder that ``trends build`` wrote.

    Parameters
    ----------
    folder
        The folder.
    week_start
        The weekday that weeks start on; weeks are made from the days, whatever ``weekly.csv`` uses.

    Raises
    ------
    InputError
        A file is missing, or was changed since it was built.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    check_unchanged(folder, manifest)
    daily = pd.read_csv(
        folder / "daily.csv",
        dtype={"province": str} | dict.fromkeys(MEASURES, "Int64"),
        parse_dates=["date"],
        date_format="%Y-%m-%d",
        encoding="utf-8",
    )
    daily = typed_counts(daily)
    country = load_country(manifest["country"])
    first, last = window_of(manifest)
    return WeeklyPanel(
        frame=weekly_counts(daily, country, first, last, week_start),
        daily=daily,
        country=country,
        week_start=week_start,
        first=first,
        last=last,
        manifest=manifest,
        spread=_read_spread(folder) if SPREAD in manifest["tables"] else None,
    )


def _read_spread(folder: Path) -> pd.DataFrame:
    return pd.read_csv(
        folder / SPREAD,
        dtype={"province": str} | dict.fromkeys(MEASURES, "Int64"),
        parse_dates=["first", "last"],
        date_format="%Y-%m-%d",
        encoding="utf-8",
    )


def _check_days(daily: pd.DataFrame, country: Country, first: date, last: date) -> None:
    _check_columns(daily, "date", "daily counts")
    unknown = sorted(set(daily["province"]) - set(country.provinces.index))
    if unknown:
        raise InputError(f"daily counts name provinces that {country.name} has not: {', '.join(unknown)}")
    if daily.duplicated(["date", "province"]).any():
        raise InputError("daily counts hold a day and province twice")
    outside = daily[(daily["date"] < pd.Timestamp(first)) | (daily["date"] > pd.Timestamp(last))]
    if not outside.empty:
        raise InputError(f"daily counts hold {outside['date'].iloc[0]:%Y-%m-%d}, outside {first} to {last}")


def _check_grid(frame: pd.DataFrame, country: Country, weeks: pd.DatetimeIndex) -> None:
    _check_columns(frame, "week", "weekly counts")
    grid = pd.MultiIndex.from_product([weeks, country.provinces.index])
    held = pd.MultiIndex.from_frame(frame[["week", "province"]])
    if held.has_duplicates:
        raise InputError("weekly counts hold a week and province twice")
    strange = held.difference(grid)
    if len(strange):
        week, province = strange[0]
        raise InputError(
            f"weekly counts hold {province} in the week of {week:%Y-%m-%d}, which is not in the grid"
        )
    absent = grid.difference(held)
    if len(absent):
        week, province = absent[0]
        raise InputError(f"weekly counts lack {province} in the week of {week:%Y-%m-%d}")
    if not held.equals(grid):
        raise InputError("weekly counts are not sorted by week and province")


def _check_columns(frame: pd.DataFrame, key: str, what: str) -> None:
    expected = [key, "province", *MEASURES]
    if list(frame.columns) != expected:
        raise InputError(
            f"{what} have columns {', '.join(map(str, frame.columns))}, not {', '.join(expected)}"
        )
    if not pd.api.types.is_datetime64_any_dtype(frame[key].dtype):
        raise InputError(f"{what} hold no dates", column=key)
    for measure in MEASURES:
        if not pd.api.types.is_integer_dtype(frame[measure].dtype):
            raise InputError(f"{what} are not whole numbers", column=measure)
        if (frame[measure] < 0).any():
            raise InputError(f"{what} hold a negative number", column=measure)
