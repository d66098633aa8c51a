"""What was going on, as shares of each week's days: what a study can name as covariate."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from trends.errors import InputError, UnknownNameError

COVARIATES = ("ramadan-sunni", "ramadan-shia", "eid-sunni", "eid-shia", "curfew", "coalition-pause")
"""Those that go by one name; operations are named by the timeline (:func:`covariate_names`)."""

DAYS, BEGINS = "operation:", "operation-begins:"
PATTERN = re.compile(rf"(?:{'|'.join(COVARIATES)}|operation(?:-begins)?:[a-z0-9]+(?:-[a-z0-9]+)*)")
FAR = pd.Timestamp("2262-01-01")
NO_DAYS = pd.DataFrame({"first": pd.to_datetime([]), "last": pd.to_datetime([])})

Dates = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class KnownDays:
    """Days on which something was so, and days of which nobody can say.

    Attributes
    ----------
    on, unknown
        Columns ``first``, ``last`` (datetime64, both included), one row a span; spans may overlap.
    whole
        Whether one such day counts for its whole week or month.
    """

    on: pd.DataFrame
    unknown: pd.DataFrame
    whole: bool = False

    def shares(self, starts: pd.DatetimeIndex, name: str) -> pd.Series[float]:
        """Share of the days of each week or month; NaN where one of its days is not known."""
        first, last = _edges(starts)
        share = _covered(first, last, self.on)
        share = np.ceil(share) if self.whole else share
        share[_covered(first, last, self.unknown) > 0] = np.nan
        return pd.Series(share, index=starts, name=name)


def covariate_names(timeline: pd.DataFrame) -> tuple[str, ...]:
    """List every covariate that a timeline offers, operations by name; days only of those with a stated end."""
    rows = _operations(timeline)
    endless = rows["date_end"].isna()
    begins = sorted({*rows["slug"], *rows["operation"]})
    unended = {*rows.loc[endless, "slug"], *rows.loc[endless, "operation"]}
    days = [slug for slug in begins if slug not in unended]
    return (*COVARIATES, *(DAYS + slug for slug in days), *(BEGINS + slug for slug in begins))


def operation_days(timeline: pd.DataFrame, name: str, provinces: Sequence[str] | None = None) -> KnownDays:
    """Take from a timeline the days of a named operation, or those on which it or its phases began.

    Raises
    ------
    UnknownNameError
        No operation has this name.
    InputError
        Its days are asked for, and a phase has no stated end.
    """
    kind, _, slug = name.partition(":")
    rows = _operations(timeline)
    rows = rows[rows["slug"].eq(slug) | rows["operation"].eq(slug)]
    if rows.empty:
        raise unknown("covariate", name, covariate_names(timeline))
    begins = kind + ":" == BEGINS
    endless = rows.loc[rows["date_end"].isna(), "name"]
    if len(endless) and not begins:
        ended = [DAYS + one for one in rows.loc[rows["date_end"].notna(), "slug"]]
        raise InputError(
            f"covariate {name!r}: the timeline does not say when {', '.join(endless)} ended",
            file="data/raw/timeline.csv",
            remedy=f"use {' or '.join([BEGINS + slug, *ended])}",
        )
    rows = here(rows, provinces)
    days = pd.DataFrame({"first": rows["date"], "last": rows["date"] if begins else rows["date_end"]})
    return KnownDays(days, NO_DAYS, whole=begins)


def pause_days(timeline: pd.DataFrame) -> KnownDays:
    """Take from a timeline the days of the coalition's pause; open between the first and the last reported end."""
    begins = timeline[timeline["topic"].eq("coalition_pause")]
    ends = timeline.loc[timeline["topic"].eq("coalition_pause_end"), "date"]
    day = pd.Timedelta(days=1)
    on = pd.DataFrame({"first": begins["date"], "last": ends.min() - day})
    disputed = pd.DataFrame({"first": [ends.min()], "last": [ends.max() - day]})
    return KnownDays(on, disputed[disputed["first"] <= disputed["last"]])


def gap_days(gaps: pd.DataFrame, topic: str) -> pd.DataFrame:
    """Take the spans of one topic from the table of gaps; an open end lasts."""
    rows = gaps[gaps["topic"].eq(topic)]
    return pd.DataFrame({"first": rows["date"], "last": rows["date_end"].fillna(FAR)})


def here(rows: pd.DataFrame, provinces: Sequence[str] | None) -> pd.DataFrame:
    """Keep the happenings of the whole country and of the provinces; all of them for None."""
    if provinces is None:
        return rows
    wanted = set(provinces)
    return rows[[not places or not wanted.isdisjoint(places) for places in rows["provinces"]]]


def share_of_weeks(weeks: Dates, first: Dates, last: Dates) -> npt.NDArray[np.float64]:
    """Compute the share of each week's seven days that lies in at least one span.

    Parameters
    ----------
    weeks
        First days of the weeks, shape (weeks,).
    first, last
        First and last days of the spans, both included, shape (spans,) each.

    Returns
    -------
    ndarray
        Shape (weeks,), values k / 7.
    """
    starts = weeks.astype("datetime64[D]")
    return _covered(starts, starts + 6, pd.DataFrame({"first": first, "last": last}))


def unknown(what: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """Make the error for a name that is not known, with the nearest ones or, without any, all."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5) or names[:24]
    return UnknownNameError(f"{what} {name!r} is not known", remedy=f"known, among others: {', '.join(near)}")


def _covered(first: Dates, last: Dates, spans: pd.DataFrame) -> npt.NDArray[np.float64]:
    """(T,) share of the days from ``first`` to ``last`` that lie in at least one span."""
    lengths = (last - first).astype(int) + 1
    days = first[:, None] + np.arange(lengths.max(initial=1))
    inside = np.arange(days.shape[1]) < lengths[:, None]
    covered = np.zeros(days.shape, dtype=bool)
    starts, ends = (spans[edge].to_numpy().astype("datetime64[D]") for edge in ("first", "last"))
    for start, end in zip(starts, ends, strict=True):
        covered |= (days >= start) & (days <= end)
    share: npt.NDArray[np.float64] = (covered & inside).sum(axis=1) / lengths
    return share


def _edges(starts: pd.DatetimeIndex) -> tuple[Dates, Dates]:
    """First and last days: of months where every label is the first of one, of weeks otherwise."""
    first = starts.to_numpy().astype("datetime64[D]")
    monthly = len(starts) > 1 and bool((starts.day == 1).all())
    ends = (starts + pd.offsets.MonthEnd(1)).to_numpy().astype("datetime64[D]") if monthly else first + 6
    return first, ends


def _operations(timeline: pd.DataFrame) -> pd.DataFrame:
    """Return clearance operations with their names in small letters: ``slug``, and ``operation`` without its phase."""
    rows = timeline[timeline["kind"].eq("military_operation") & timeline["topic"].eq("clearance")]
    slugs = [re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") for name in rows["name"]]
    return rows.assign(slug=slugs, operation=[re.sub(r"-phase-\d+$", "", slug) for slug in slugs])
