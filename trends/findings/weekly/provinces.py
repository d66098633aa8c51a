"""Every province in one table: the week, the means before, the trend."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from trends.exposure import PEOPLE, population_by_year
from trends.findings.weekly.asked import Asked
from trends.findings.weekly.ratios import against, noise_of
from trends.models.latent_ar1 import fit_latent_ar1
from trends.panel import WeeklyPanel
from trends.study_weekly import Against

MIN_EVENTS_FOR_TREND = 10
DAYS_PER_YEAR = 365.25


def province_table(
    panel: WeeklyPanel, asked: Asked, choices: Against, codes: list[str], population: pd.DataFrame
) -> pd.DataFrame:
    """Describe the week in each province.

    Parameters
    ----------
    panel
        Ends with the week asked for.
    asked, choices
        The week, and what it is set against.
    codes
        Provinces, each a row.
    population
        As ``load_population`` gives it.

    Returns
    -------
    pandas.DataFrame
        ``province, name, name_local, attacks, deaths, recent_mean, year_mean, year_attacks, rate_ratio, low, high,
        p_value`` (the week over the mean of a year), ``trend, trend_low, trend_high`` (rate at the end over rate
        at the beginning of the trend's weeks), ``population, week_rate, year_rate`` (per 100,000 people and year),
        ``counts`` (attacks of each of the year's weeks and this one). Most attacks first, then the higher mean.
    """
    attacks, deaths = panel.wide("attacks")[codes], panel.wide("deaths_best")[codes]
    rows = [_row(attacks[code], deaths[code], asked.week, choices, code) for code in codes]
    table = pd.DataFrame(rows).join(
        _trends(attacks.loc[: asked.week].tail(choices.trend_weeks)), on="province"
    )
    names = panel.country.provinces.loc[codes, ["name", "name_local"]].reset_index(drop=True)
    people = population_by_year(population, [asked.week.year], codes).set_index("province")["population"]
    table = table.assign(
        name=names["name"], name_local=names["name_local"], population=people.loc[codes].to_numpy()
    )
    person_years = table["population"] * (7 / DAYS_PER_YEAR)
    table["week_rate"] = table["attacks"] / person_years * PEOPLE
    table["year_rate"] = table["year_attacks"] / (person_years * table["year_weeks"]) * PEOPLE
    order = ["attacks", "year_mean", "name"]
    return table.sort_values(order, ascending=[False, False, True]).reset_index(drop=True)


def whole_area(panel: WeeklyPanel, asked: Asked, choices: Against, codes: list[str]) -> pd.DataFrame:
    """Describe the week in all of the provinces together: one row with the counts, means, ratio and trend."""
    attacks = panel.wide("attacks")[codes].sum(axis=1).rename("all")
    deaths = panel.wide("deaths_best")[codes].sum(axis=1)
    row = pd.DataFrame([_row(attacks, deaths, asked.week, choices, "all")])
    trends = _trends(attacks.to_frame().loc[: asked.week].tail(choices.trend_weeks))
    return row.join(trends, on="province").drop(columns="province")


def _row(
    attacks: pd.Series[int], deaths: pd.Series[int], week: pd.Timestamp, choices: Against, code: str
) -> dict[str, object]:
    earlier = attacks.loc[:week].iloc[:-1]
    year, recent = earlier.tail(choices.year_weeks), earlier.tail(choices.recent_weeks)
    whole = len(year) == choices.year_weeks
    found = against(int(attacks.loc[week]), year if whole else [], noise_of(year))
    return {
        "province": code,
        "attacks": found.count,
        "deaths": int(deaths.loc[week]),
        "recent_mean": float(recent.mean()) if len(recent) == choices.recent_weeks else math.nan,
        "year_mean": found.mean,
        "year_attacks": int(year.sum()),
        "year_weeks": len(year),
        "rate_ratio": found.rate_ratio,
        "low": found.low,
        "high": found.high,
        "p_value": found.p_value,
        "counts": [int(one) for one in attacks.loc[:week].tail(choices.year_weeks + 1)],
    }


def _trends(counts: pd.DataFrame) -> pd.DataFrame:
    """Fit a log-linear trend to each province's last weeks, serial correlation allowed for; NaN where too few."""
    empty = pd.DataFrame(
        math.nan, index=counts.columns, columns=["trend", "trend_low", "trend_high"], dtype=float
    )
    enough = counts.columns[counts.sum() >= MIN_EVENTS_FOR_TREND]
    if not len(enough) or len(counts) < 13:
        return empty
    time = np.linspace(-0.5, 0.5, len(counts))
    fit = fit_latent_ar1(counts[enough].to_numpy(float).T, np.column_stack([np.ones_like(time), time]))
    slope = fit.interval([0.0, 1.0])
    found = np.exp(np.column_stack([slope.estimate, slope.lower, slope.upper]))
    found[~fit.converged] = math.nan
    empty.loc[enough] = found
    return empty
