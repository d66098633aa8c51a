"""What the group claimed, beside what a source recorded for the same days; never mixed."""

from __future__ import annotations

from typing import Final

import pandas as pd

from trends.exposure import poisson_interval
from trends.panel import WeeklyPanel

MIN_COVERED: Final = 0.95


def recorded_between(
    panel: WeeklyPanel, first: pd.Timestamp, last: pd.Timestamp, province: str | None
) -> int:
    """Count the recorded attacks from ``first`` to ``last`` inclusive, in one province or in all."""
    daily = panel.daily
    inside = daily["date"].between(first, last)
    if province is not None:
        inside &= daily["province"].eq(province)
    return int(daily.loc[inside, "attacks"].sum())


def about_country(weekly: pd.DataFrame, periods: pd.DataFrame, country: str) -> pd.DataFrame:
    """Put weekly and longer claims about one country or one of its provinces into one table.

    Parameters
    ----------
    weekly, periods
        As the facts' readers return them.
    country
        ISO 3166-1 code, ``"IQ"``.

    Returns
    -------
    pandas.DataFrame
        ``kind`` (week or period), ``start, end, area, claimed, qualifier, source_name, source_url``.
    """
    names = [
        "kind",
        "start",
        "end",
        "area",
        "claimed_attacks",
        "qualifier",
        "source_name",
        "source_url",
        "scope",
    ]
    rows = pd.concat(
        [
            weekly.rename(columns={"week": "start", "week_end": "end"}).assign(kind="week")[names],
            periods.rename(columns={"period_start": "start", "period_end": "end"}).assign(kind="period")[
                names
            ],
        ],
        ignore_index=True,
    )
    here = rows["scope"].isin(["country", "province"]) & rows["area"].fillna("").str[:2].eq(country)
    return rows[here].drop(columns="scope").rename(columns={"claimed_attacks": "claimed"})


def compare_claims(claims: pd.DataFrame, panel: WeeklyPanel) -> pd.DataFrame:
    """Put the recorded attacks of the same days and place beside each claim.

    Parameters
    ----------
    claims
        As ``about_country`` returns them.
    panel
        Its daily counts and its coverage.

    Returns
    -------
    pandas.DataFrame
        The claims of whose days the panel covers at least 95 %, sorted, with ``covered_to`` (the last day
        compared), ``recorded``, and ``share, low, high``: recorded attacks for one claimed, with the exact
        Poisson interval of the recorded count. The claim is taken as it stands: it is a statement, not a sample.
    """
    first, last = pd.Timestamp(panel.first), pd.Timestamp(panel.last)
    covered_to = claims["end"].where(claims["end"] <= last, last)
    covered_from = claims["start"].where(claims["start"] >= first, first)
    claimed_days = (claims["end"] - claims["start"]).dt.days + 1
    enough = (covered_to - covered_from).dt.days + 1 >= MIN_COVERED * claimed_days
    inside = claims.assign(covered_to=covered_to)[enough].sort_values(["start", "end", "area", "source_name"])
    recorded = [
        recorded_between(panel, start, end, area if "-" in area else None)
        for start, end, area in zip(inside["start"], inside["covered_to"], inside["area"], strict=True)
    ]
    low, high = poisson_interval(recorded)
    claimed = inside["claimed"].astype(float)
    return inside.assign(
        recorded=recorded,
        share=recorded / claimed,
        low=low / claimed,
        high=high / claimed,
    ).reset_index(drop=True)


def published_beside_records(
    published: pd.DataFrame, panel: WeeklyPanel, metric: str = "is_attacks"
) -> pd.DataFrame:
    """Put counts of attacks that others published beside the recorded attacks of the same days.

    Parameters
    ----------
    published
        As the facts' reader returns it.
    panel
        Its daily counts and its coverage.
    metric
        Which published figure.

    Returns
    -------
    pandas.DataFrame
        Country-wide figures whose whole period the panel covers: ``start, end, value, recorded, qualifier,
        source_name, source_url``, sorted by period. Sources disagree; every row stays.
    """
    country = panel.country.iso2
    rows = published[
        (published["metric"] == metric) & (published["area"] == country) & (published["per"] == "period")
    ]
    rows = rows.rename(columns={"period_start": "start", "period_end": "end"})
    covered = (rows["start"] >= pd.Timestamp(panel.first)) & (rows["end"] <= pd.Timestamp(panel.last))
    rows = rows[covered].sort_values(["start", "end", "source_name"])
    recorded = [
        recorded_between(panel, first, last, None)
        for first, last in zip(rows["start"], rows["end"], strict=True)
    ]
    names = ["start", "end", "value", "recorded", "qualifier", "source_name", "source_url"]
    return rows.assign(recorded=recorded)[names].reset_index(drop=True)
