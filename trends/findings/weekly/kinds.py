"""How deadly the week was, and whether very deadly days became more frequent."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trends.errors import EstimationError
from trends.findings.severity import SeverityComparison, compare_severity
from trends.findings.weekly.asked import Asked
from trends.models import RateComparison, compare_rates
from trends.panel import WeeklyPanel
from trends.study_weekly import WeeklyStudy


@dataclass(frozen=True)
class Severity:
    """Deaths per attack in the week and around it.

    Attributes
    ----------
    attacks, deaths
        Of the week (deaths by the source's best estimate).
    mean
        Deaths per attack in the week; NaN without attacks.
    large_days
        ``date, province, attacks, deaths``: days of the week in one province with at least ``threshold`` deaths.
    threshold
        Deaths from which a day counts as large.
    year
        The year to this week against the year before; None where one has too few events.
    share
        Large days among days with an attack, this year against the year before; None where there was none.
    days_before, days_after
        Days with an attack (by province) in the two years.
    daily
        ``date, province, attacks, deaths_best`` of both years.
    whole
        Whether the data hold both years.
    """

    attacks: int
    deaths: int
    mean: float
    large_days: pd.DataFrame
    threshold: int
    year: SeverityComparison | None
    share: RateComparison | None
    days_before: int
    days_after: int
    daily: pd.DataFrame
    whole: bool


def severity(panel: WeeklyPanel, asked: Asked, study: WeeklyStudy, codes: list[str]) -> Severity:
    """Compare deaths per attack, and the share of very deadly days, between the last year and the one before."""
    daily = panel.daily[panel.daily["province"].isin(codes)]
    length = pd.Timedelta(weeks=study.against.year_weeks)
    middle = asked.end - length
    after = daily[daily["date"].between(middle + pd.Timedelta(days=1), asked.end)]
    before = daily[daily["date"].between(middle - length + pd.Timedelta(days=1), middle)]
    week = daily[daily["date"].between(asked.week, asked.end)]
    large = study.mass_casualty_deaths
    attacks, deaths = int(week["attacks"].sum()), int(week["deaths_best"].sum())
    names = {"deaths_best": "deaths"}
    big = week[week["deaths_best"] >= large][["date", "province", "attacks", "deaths_best"]]
    whole = pd.Timestamp(panel.first) <= middle - length + pd.Timedelta(days=1)
    return Severity(
        attacks=attacks,
        deaths=deaths,
        mean=deaths / attacks if attacks else math.nan,
        large_days=big.rename(columns=names).reset_index(drop=True),
        threshold=large,
        year=_compared(before, after, large) if whole else None,
        share=_share(before, after, large) if whole else None,
        days_before=len(before),
        days_after=len(after),
        daily=pd.concat([before, after])[["date", "province", "attacks", "deaths_best"]].reset_index(
            drop=True
        ),
        whole=whole,
    )


def _compared(before: pd.DataFrame, after: pd.DataFrame, large: int) -> SeverityComparison | None:
    try:
        return compare_severity(before, after, large=large)
    except EstimationError:
        return None


def _share(before: pd.DataFrame, after: pd.DataFrame, large: int) -> RateComparison | None:
    counts = [int(np.sum(part["deaths_best"] >= large)) for part in (before, after)]
    if not sum(counts) or before.empty or after.empty:
        return None
    return compare_rates(counts[0], counts[1], len(before), len(after), mid_p=True)
