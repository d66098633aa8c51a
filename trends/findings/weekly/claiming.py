"""What the group claimed for the week beside the records of the same days; never mixed into the counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from trends.findings.claims import (
    about_country,
    compare_claims,
    published_beside_records,
    recorded_between,
)
from trends.findings.weekly.appeared import appeared
from trends.findings.weekly.asked import Asked
from trends.panel import WeeklyPanel

SHOWN = 12
_PARTLY = ("share", "low", "high")


@dataclass(frozen=True)
class ClaimFindings:
    """Claims and published counts beside records.

    Attributes
    ----------
    week
        Claims for just these days, as `compare_claims` gives them.
    near
        Weekly claims whose days overlap the week without being the same, on their own days: ``covered_days`` (how
        many of them the counts cover) and ``shared_days`` (how many lie in the week); ``share, low, high`` are
        missing where not all are covered, and ``recorded`` is then of the days covered.
    earlier
        Further claims of the year before, the latest first.
    published
        Counts that others published for periods that ended in the two years before, the latest first.
    later, undated
        Rows left out because they appeared after ``as_of``, and because nothing tells when; of both kinds.
    more_claims, more_published
        Earlier rows that are not listed, for length.
    """

    week: pd.DataFrame
    near: pd.DataFrame
    earlier: pd.DataFrame
    published: pd.DataFrame
    later: int
    undated: int
    more_claims: int
    more_published: int


def claim_findings(
    panel: WeeklyPanel,
    known: WeeklyPanel,
    asked: Asked,
    codes: list[str],
    facts: Mapping[str, pd.DataFrame],
    whole: bool,
) -> ClaimFindings:
    """Look up what is known of claims up to the week's end, and by ``as_of`` where it is given.

    Parameters
    ----------
    panel
        Daily counts up to the week's end.
    known
        Daily counts up to ``as_of``, for claims whose days reach beyond the week.
    asked
        The week.
    codes
        Provinces that the report is about.
    facts
        ``claims_weekly``, ``claims_periods`` and ``published``, as their readers return them.
    whole
        Whether these are the whole country; else country-wide claims are left out.
    """
    country = panel.country.iso2
    claims = about_country(facts["claims_weekly"], facts["claims_periods"], country)
    claims = claims[claims["area"].isin([*codes, country] if whole else codes)]
    same = (claims["start"] == asked.week) & (claims["end"] == asked.end)
    # a claim for a month or a year touches the week as well, but says nothing about it
    weekly = claims["kind"].eq("week") & (claims["start"] <= asked.end) & (claims["end"] >= asked.week)
    year = claims["end"].between(asked.end - pd.Timedelta(weeks=52), asked.end, inclusive="right")
    published = published_beside_records(facts["published"], panel) if whole else _no_published()
    published = published[published["end"] > asked.end - pd.Timedelta(weeks=104)]
    parts = [claims[same], claims[weekly & ~same], claims[year & ~weekly & ~same], published]
    told = [_by(part, asked.as_of) for part in parts]
    week, near, earlier, others = (part for part, _, _ in told)
    before = _compared(earlier, panel)
    return ClaimFindings(
        week=_compared(week, panel),
        near=_on_their_days(near, known, asked),
        earlier=_latest(before),
        published=_latest(others),
        later=sum(late for _, late, _ in told),
        undated=sum(undated for _, _, undated in told),
        more_claims=max(len(before) - SHOWN, 0),
        more_published=max(len(others) - SHOWN, 0),
    )


def _by(rows: pd.DataFrame, as_of: pd.Timestamp | None) -> tuple[pd.DataFrame, int, int]:
    """Keep what had appeared by a day; count what appeared later, and what does not tell when."""
    if as_of is None:
        return rows, 0, 0
    days = [
        appeared(name, address, end)
        for name, address, end in zip(rows["source_name"], rows["source_url"], rows["end"], strict=True)
    ]
    kept = pd.Series([day is not None and day <= as_of for day in days], index=rows.index, dtype=bool)
    undated = sum(day is None for day in days)
    return rows[kept], len(rows) - int(kept.sum()) - undated, undated


def _compared(claims: pd.DataFrame, panel: WeeklyPanel) -> pd.DataFrame:
    """Put records beside claims, counts whole numbers also where there is none."""
    return compare_claims(claims, panel).astype({"recorded": "int64"})


def _on_their_days(claims: pd.DataFrame, known: WeeklyPanel, asked: Asked) -> pd.DataFrame:
    """Put the records of exactly their own days beside claims; of the days covered where some are not."""
    first, last = pd.Timestamp(known.first), pd.Timestamp(known.last)
    inside = (claims["start"] >= first) & (claims["end"] <= last)
    compared, rest = _compared(claims[inside], known), claims[~inside]
    ends = _earlier(rest["end"], last)
    areas = [area if "-" in area else None for area in rest["area"]]
    rest = rest.assign(
        covered_to=ends,
        recorded=[recorded_between(known, *one) for one in zip(rest["start"], ends, areas, strict=True)],
        **dict.fromkeys(_PARTLY, float("nan")),
    )
    rows = pd.concat([part for part in (compared, rest) if len(part)] or [compared], ignore_index=True)
    shared = _earlier(rows["end"], asked.end) - _later(rows["start"], asked.week)
    return rows.assign(
        recorded=rows["recorded"].astype("int64"),
        covered_days=(rows["covered_to"] - _later(rows["start"], first)).dt.days + 1,
        shared_days=shared.dt.days + 1,
    ).sort_values(["start", "area", "source_name"], ignore_index=True)


def _earlier(days: pd.Series[pd.Timestamp], limit: pd.Timestamp) -> pd.Series[pd.Timestamp]:
    return days.where(days <= limit, limit)


def _later(days: pd.Series[pd.Timestamp], limit: pd.Timestamp) -> pd.Series[pd.Timestamp]:
    return days.where(days >= limit, limit)


def _no_published() -> pd.DataFrame:
    names = ["start", "end", "value", "recorded", "qualifier", "source_name", "source_url"]
    return pd.DataFrame(columns=names).astype({"end": "datetime64[ns]", "start": "datetime64[ns]"})


def _latest(rows: pd.DataFrame) -> pd.DataFrame:
    return (
        rows.sort_values(["end", "start"], ascending=False, kind="stable").head(SHOWN).reset_index(drop=True)
    )
