"""What the group claimed for the week beside the records of the same days; never mixed into the counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from trends.findings.claims import about_country, compare_claims, published_beside_records
from trends.findings.weekly.asked import Asked
from trends.panel import WeeklyPanel

SHOWN = 12


@dataclass(frozen=True)
class ClaimFindings:
    """Claims and published counts beside records.

    Attributes
    ----------
    week
        Claims for just these days, as `compare_claims` gives them.
    near
        Claims whose days overlap the week without being the same.
    earlier
        Further claims of the year before, the latest first.
    published
        Counts that others published for periods that ended in the two years before, the latest first.
    """

    week: pd.DataFrame
    near: pd.DataFrame
    earlier: pd.DataFrame
    published: pd.DataFrame


def claim_findings(
    panel: WeeklyPanel, asked: Asked, codes: list[str], facts: Mapping[str, pd.DataFrame], whole: bool
) -> ClaimFindings:
    """Look up what is known of claims up to the week's end.

    Parameters
    ----------
    panel
        Daily counts up to the week's end.
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
    known = claims[claims["end"] <= asked.end]
    known = known[known["area"].isin([*codes, country] if whole else codes)]
    compared = compare_claims(known, panel)
    same = (compared["start"] == asked.week) & (compared["end"] == asked.end)
    # a claim for a month or a year touches the week as well, but says nothing about it
    overlaps = (compared["end"] >= asked.week) & (compared["kind"] == "week") & ~same
    year = (compared["end"] > asked.end - pd.Timedelta(weeks=52)) & ~same & ~overlaps
    published = published_beside_records(facts["published"], panel) if whole else _no_published()
    late = published["end"] > asked.end - pd.Timedelta(weeks=104)
    return ClaimFindings(
        week=compared[same].reset_index(drop=True),
        near=compared[overlaps].reset_index(drop=True),
        earlier=_latest(compared[year]),
        published=_latest(published[late]),
    )


def _no_published() -> pd.DataFrame:
    names = ["start", "end", "value", "recorded", "qualifier", "source_name", "source_url"]
    return pd.DataFrame(columns=names).astype({"end": "datetime64[ns]", "start": "datetime64[ns]"})


def _latest(rows: pd.DataFrame) -> pd.DataFrame:
    return (
        rows.sort_values(["end", "start"], ascending=False, kind="stable").head(SHOWN).reset_index(drop=True)
    )
