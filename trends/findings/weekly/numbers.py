"""The week in numbers: attacks, deaths, and the week against what came before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from scipy.special import chdtri

from trends.findings.weekly.asked import Asked
from trends.findings.weekly.ratios import Noise, WeekRatio, against, noise_of
from trends.panel import WeeklyPanel
from trends.study_weekly import Against

DEATHS = ("deaths_low", "deaths_best", "deaths_high")


@dataclass(frozen=True)
class WeekNumbers:
    """What the report's first page says.

    Attributes
    ----------
    attacks, attacks_low, attacks_high
        Count, and the interval of the weekly rate that one such week is compatible with (Garwood's, for a
        count divided by the series' dispersion).
    deaths
        ``deaths_low, deaths_best, deaths_high`` as the source gives them.
    last_week
        Attacks of the week before; -1 without one.
    recent, season, year
        Against the weeks just before, the same weeks of earlier years, and a whole year.
    season_years
        How many earlier years the data hold.
    dispersion, lag1
        Of the weekly counts of the year before.
    rank
        How many weeks of the year before had at least as many attacks.
    """

    attacks: int
    attacks_low: float
    attacks_high: float
    deaths: Mapping[str, int]
    last_week: int
    recent: WeekRatio
    season: WeekRatio
    season_years: int
    year: WeekRatio
    dispersion: float
    lag1: float
    rank: int


def week_numbers(panel: WeeklyPanel, asked: Asked, choices: Against, codes: list[str]) -> WeekNumbers:
    """Count the week and set it against earlier ones.

    Parameters
    ----------
    panel
        Ends with the week asked for.
    asked, choices
        The week, and what it is set against.
    codes
        Provinces that count.
    """
    counts = panel.counts(codes)
    count, earlier = int(counts.loc[asked.week]), counts.loc[: asked.week].iloc[:-1]
    year, recent = earlier.tail(choices.year_weeks), earlier.tail(choices.recent_weeks)
    season, years = same_weeks(earlier, asked.week, choices)
    noise = noise_of(year)
    low, high = rate_interval(count, noise)
    return WeekNumbers(
        attacks=count,
        attacks_low=low,
        attacks_high=high,
        deaths={name: int(panel.counts(codes, name).loc[asked.week]) for name in DEATHS},
        last_week=int(earlier.iloc[-1]) if len(earlier) else -1,
        recent=against(count, recent if len(recent) == choices.recent_weeks else [], noise),
        season=against(count, season, noise),
        season_years=years,
        year=against(count, year if len(year) == choices.year_weeks else [], noise),
        dispersion=noise.dispersion,
        lag1=noise.lag1,
        rank=int((year >= count).sum()),
    )


def same_weeks(earlier: pd.Series[int], week: pd.Timestamp, choices: Against) -> tuple[pd.Series[int], int]:
    """Choose the weeks around the same date of earlier years; only years of which the data hold them all.

    Returns
    -------
    tuple
        The counts, and of how many years they are.
    """
    parts = []
    index = pd.DatetimeIndex(earlier.index)
    for back in range(1, choices.years + 1):
        middle = week - pd.DateOffset(years=back)
        reach = pd.Timedelta(days=choices.season_days)
        if len(index) and index[0] <= middle - reach + pd.Timedelta(days=6):
            parts.append(earlier[(index >= middle - reach) & (index <= middle + reach)])
    return (pd.concat(parts) if parts else earlier.iloc[:0]), len(parts)


def rate_interval(count: int, noise: Noise, level: float = 0.95) -> tuple[float, float]:
    """Garwood's (1936) limits of the weekly rate behind one count, on the count divided by the dispersion."""
    scaled, tail = count / noise.dispersion, (1 - level) / 2
    low = chdtri(2 * scaled, 1 - tail) / 2 if count else 0.0
    return float(low * noise.dispersion), float(chdtri(2 * scaled + 2, tail) / 2 * noise.dispersion)
