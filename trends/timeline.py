"""Dated happenings; the drawdown and its phases are selections from them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd

from trends.covariates import (
    BEGINS,
    COVARIATES,
    DAYS,
    NO_DAYS,
    KnownDays,
    covariate_names,
    gap_days,
    here,
    operation_days,
    pause_days,
    share_of_weeks,
    unknown,
)
from trends.errors import InputError, UnknownNameError
from trends.facts.columns import AREA, GAPS, TIMELINE
from trends.facts.reading import read_table

Calendar = Literal["sunni", "shia"]


@dataclass(frozen=True)
class Timeline:
    """Dated happenings, in the order of their dates.

    Parameters
    ----------
    frame
        One row a happening: ``id``, ``kind``, ``name``, ``provinces`` (tuple of ISO 3166-2 codes, ``()`` for
        the whole country), ``date``, ``date_end`` (``NaT``: a single day), ``date_precision``,
        ``description``, ``source_url``, ``confidence``, ``topic``, ``base``, ``calendar``, ``source_name``.
    gaps
        Days on which the timeline is silent: ``topic``, ``provinces``, ``date``, ``date_end`` (``NaT``: until
        further notice), ``reason``.
    """

    frame: pd.DataFrame
    gaps: pd.DataFrame

    def select(
        self,
        kind: str | Sequence[str] | None = None,
        topic: str | Sequence[str] | None = None,
        province: str | Sequence[str] | None = None,
        between: tuple[date | str, date | str] | None = None,
    ) -> pd.DataFrame:
        """Choose happenings; conditions add up.

        Parameters
        ----------
        kind, topic
            One or several of those in the table.
        province
            One or several ISO 3166-2 codes. A happening of the whole country belongs to each province.
        between
            First and last day; a happening is taken when it may have touched a day between them.

        Returns
        -------
        DataFrame
            Rows of ``frame``, numbered from 0.

        Raises
        ------
        UnknownNameError
            No row has this kind or topic, or a province is not a code.
        InputError
            ``between`` is not a pair of dates in order.
        """
        chosen = self.frame
        for column, wanted in (("kind", kind), ("topic", topic)):
            if wanted is not None:
                chosen = chosen[chosen[column].isin(self._known(column, wanted))]
        if province is not None:
            codes = set(_codes(province))
            chosen = chosen[[not places or not codes.isdisjoint(places) for places in chosen["provinces"]]]
        if between is not None:
            first, last = _days(between)
            spans = possible_days(chosen)
            chosen = chosen[(spans["first"] <= last) & (spans["last"] >= first)]
        return chosen.reset_index(drop=True)

    def handovers(self) -> pd.DataFrame:
        """List the bases that were handed over, in order.

        One row a base: its earliest row of kind ``base_handover`` and topic ``transfer``. A later departure
        of the last troops (``departure``) and the end of one partner's mission while the base stays with
        the coalition (``mission``) are rows of the timeline, not handovers.

        Returns
        -------
        DataFrame
            Columns ``base``, ``provinces``, ``date``, ``id``; sorted by date, numbered from 0.
        """
        rows = self.select(kind="base_handover", topic="transfer")
        first = rows.drop_duplicates("base", keep="first")
        return first[["base", "provinces", "date", "id"]].reset_index(drop=True)

    def transfer_phase(self, bases: int = 6) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Give the first and last day of the phase in which the first bases were handed over.

        Parameters
        ----------
        bases
            How many handovers belong to the phase.

        Returns
        -------
        tuple of Timestamp
            Dates of the first and of the ``bases``-th handover.

        Raises
        ------
        InputError
            The timeline has fewer handovers.
        """
        dates = self.handovers()["date"]
        if not 1 <= bases <= len(dates):
            raise InputError(
                f"a phase of {bases} handovers is not in the timeline", remedy=f"1 to {len(dates)} are"
            )
        return dates.iloc[0], dates.iloc[bases - 1]

    def ramadan(self, calendar: Calendar = "sunni") -> pd.DataFrame:
        """Give Ramadan by year in one of the country's two calendars.

        Parameters
        ----------
        calendar
            Whose announcement counts. A year for which only one date is known serves both.

        Returns
        -------
        DataFrame
            Columns ``start``, ``end`` (last day of fasting), ``year``, ``id``; one row a year, sorted.

        Raises
        ------
        UnknownNameError
            The calendar is neither ``"sunni"`` nor ``"shia"``.
        """
        return self._religious("ramadan", calendar)

    def eid(self, calendar: Calendar = "sunni") -> pd.DataFrame:
        """Give Eid al-Fitr by year; the columns are those of :meth:`ramadan`.

        Where only the first day is known, ``end`` is that day.

        Raises
        ------
        UnknownNameError
            The calendar is neither ``"sunni"`` nor ``"shia"``.
        """
        return self._religious("eid_al_fitr", calendar)

    def curfews(self) -> pd.DataFrame:
        """Give the curfews and lockdowns with a stated beginning.

        Changes of a curfew whose end is not known (topic ``curfew_change``) are not among them. A day
        outside these spans is one without a reported span, not one without a curfew: ``gaps`` tells which
        days are not known.

        Returns
        -------
        DataFrame
            Columns ``start``, ``end``, ``name``, ``provinces``, ``id``; they may overlap. Sorted by start.
        """
        rows = self.select(topic="curfew")
        return _spans(rows)[["start", "end", "name", "provinces", "id"]]

    def covariates(self) -> tuple[str, ...]:
        """List the names that :meth:`covariate` takes."""
        return covariate_names(self.frame)

    def covariate(
        self, name: str, weeks: pd.DatetimeIndex, provinces: Sequence[str] | None = None
    ) -> pd.Series[float]:
        """Give a covariate that a study can name.

        Parameters
        ----------
        name
            One of :meth:`covariates`: ``"ramadan-sunni"``, ``"curfew"``, ``"operation-begins:..."``.
        weeks
            First days of the weeks, or of months.
        provinces
            ISO 3166-2 codes of the series that it stands beside: what happened in other provinces only does not
            count. Everything counts when left out.

        Returns
        -------
        Series
            float64 in [0, 1], the share of the days, index ``weeks``, named ``name``; NaN where it is not known of
            a day of the week whether it belongs to them.

        Raises
        ------
        UnknownNameError
            There is no such covariate.
        InputError
            The weeks reach into a year whose Ramadan or Eid the timeline does not know, or an operation has no
            stated end: zeros would be wrong.
        """
        return self._days(name, weeks, provinces).shares(weeks, name)

    def _days(self, name: str, weeks: pd.DatetimeIndex, provinces: Sequence[str] | None) -> KnownDays:
        if name.startswith((DAYS, BEGINS)):
            return operation_days(self.frame, name, provinces)
        if name not in COVARIATES:
            raise unknown("covariate", name, self.covariates())
        rows = here(self.frame, provinces)
        if name == "coalition-pause":
            return pause_days(rows)
        if name == "curfew":
            chosen = possible_days(rows[rows["topic"].eq("curfew")])
            return KnownDays(chosen, gap_days(here(self.gaps, provinces), "curfew"))
        what, _, calendar = name.partition("-")
        spans = self._religious("ramadan" if what == "ramadan" else "eid_al_fitr", calendar)
        _check_years(weeks, spans["year"], name)
        return KnownDays(spans.rename(columns={"start": "first", "end": "last"}), NO_DAYS)

    def weekly_indicator(
        self,
        weeks: pd.DatetimeIndex,
        kind: str | Sequence[str] | None = None,
        topic: str | Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
    ) -> pd.Series[float]:
        """Give the share of each week's days that the chosen happenings cover.

        A day that several happenings cover counts once. A happening known to the week or the month only
        covers every day on which it may have been (:func:`possible_days`).

        Parameters
        ----------
        weeks
            First days of the weeks, on any weekday.
        kind, topic
            As in :meth:`select`.
        ids
            Happenings by their ``id``; without ``kind``, ``topic`` and ``ids`` every happening counts.

        Returns
        -------
        Series
            float64 in [0, 1], index ``weeks``.

        Raises
        ------
        UnknownNameError
            A kind, topic or id is not in the timeline.
        """
        rows = self.select(kind=kind, topic=topic)
        if ids is not None:
            rows = rows[rows["id"].isin(self._known("id", ids))]
        spans = possible_days(rows)
        share = share_of_weeks(weeks.to_numpy(), spans["first"].to_numpy(), spans["last"].to_numpy())
        return pd.Series(share, index=weeks)

    def _religious(self, topic: str, calendar: str) -> pd.DataFrame:
        if calendar not in ("sunni", "shia"):
            raise unknown("calendar", calendar, ("sunni", "shia"))
        rows = self.select(kind="religious", topic=topic)
        rows = rows.assign(exact=rows["calendar"].eq(calendar), year=rows["date"].dt.year)
        rows = rows[rows["calendar"].isin([calendar, "any"])]
        rows = rows.sort_values(["year", "exact"], ascending=[True, False], kind="stable").drop_duplicates(
            "year"
        )
        return _spans(rows)[["start", "end", "year", "id"]]

    def _known(self, column: str, wanted: str | Sequence[str]) -> list[str]:
        names = [wanted] if isinstance(wanted, str) else list(wanted)
        known = sorted(set(self.frame[column]))
        for name in names:
            if name not in known:
                raise unknown(column, name, known)
        return names


def load_timeline(path: Path | None = None) -> Timeline:
    """Read the timeline.

    Parameters
    ----------
    path
        The file; by default ``data/raw/timeline.csv`` of the project.

    Returns
    -------
    Timeline
        Sorted by date, then id.

    Raises
    ------
    InputError
        The file is missing, is not a table, or breaks a rule of ``data/raw/README.md``.
    """
    table = read_table(TIMELINE, path)
    leading = ["id", "kind", "name", "provinces", "date", "date_end", "date_precision", "description"]
    trailing = ["source_url", "confidence", "topic", "base", "calendar", "source_name"]
    frame = _with_provinces(table)[leading + trailing]
    gaps = _with_provinces(read_table(GAPS, None if path is None else Path(path).with_name(GAPS.file)))
    return Timeline(
        frame.sort_values(["date", "id"], kind="stable").reset_index(drop=True),
        gaps[["topic", "provinces", "date", "date_end", "reason"]],
    )


def _with_provinces(table: pd.DataFrame) -> pd.DataFrame:
    """Add the provinces of each row's area; none of them means the whole country."""
    provinces = [tuple(code for code in area.split(";") if "-" in code) for area in table["area"]]
    return table.assign(provinces=pd.Series(provinces, index=table.index, dtype=object))


def possible_days(happenings: pd.DataFrame) -> pd.DataFrame:
    """Give the first and the last day on which each happening may have been.

    Known to the day: from ``date`` to ``date_end`` (or that one day). Known to the week or month: the
    same when ``date_end`` tells where the span ends; otherwise seven days from ``date``, or its month.

    Parameters
    ----------
    happenings
        Rows with columns ``date``, ``date_end``, ``date_precision``.

    Returns
    -------
    DataFrame
        Columns ``first``, ``last`` (datetime64), the index of ``happenings``.
    """
    first, last, precision = happenings["date"], happenings["date_end"], happenings["date_precision"]
    open_ended = last.isna()
    by_week = open_ended & precision.eq("week")
    by_month = open_ended & precision.eq("month")
    month_start = first.dt.to_period("M").dt.start_time
    month_end = month_start + pd.offsets.MonthEnd(0)
    last = last.fillna(first).mask(by_week, first + pd.Timedelta(days=6)).mask(by_month, month_end)
    return pd.DataFrame({"first": first.mask(by_month, month_start), "last": last})


def _spans(rows: pd.DataFrame) -> pd.DataFrame:
    spans = rows.assign(start=rows["date"], end=rows["date_end"].fillna(rows["date"]))
    return spans.reset_index(drop=True)


def _check_years(weeks: pd.DatetimeIndex, known: pd.Series[int], name: str) -> None:
    asked = set(weeks.year) | set((weeks + pd.Timedelta(days=6)).year)
    missing = sorted(asked - set(known))
    if missing:
        years = ", ".join(map(str, missing))
        raise InputError(
            f"the timeline does not know {name} for {years}",
            file="data/raw/timeline.csv",
            remedy=f"add the dates with their source, or keep to {min(known)}-{max(known)}",
        )


def _codes(province: str | Sequence[str]) -> list[str]:
    codes = [province] if isinstance(province, str) else list(province)
    for code in codes:
        if not re.fullmatch(AREA, code):
            raise UnknownNameError(
                f"{code!r} is not a province code", remedy="give a code of ISO 3166-2, as in the gazetteer"
            )
    return codes


def _days(between: tuple[date | str, date | str]) -> tuple[pd.Timestamp, pd.Timestamp]:
    try:
        first, last = (pd.Timestamp(day) for day in between)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{between!r} is not a pair of dates ({error})", remedy="give first and last day"
        ) from None
    if not first <= last:
        raise InputError(f"the span ends ({last:%Y-%m-%d}) before it begins ({first:%Y-%m-%d})")
    return first, last
