"""Attacks per 100,000 people and year, with the population of each year and how it is known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from trends.errors import InputError
from trends.panel import WeeklyPanel

METHODS = ("given", "interpolated", "extrapolated")
PEOPLE = 100_000
By = Literal["year", "week"]
_BY = ("year", "week")
_MIDDLE = pd.Timedelta(days=3)  # a week counts in the year that most of its days lie in


def population_by_year(
    population: pd.DataFrame, years: Iterable[int], provinces: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return how many people lived in each province in each year, and how that is known.

    Between two years with a figure the population is interpolated on a straight line. Outside them it is
    extrapolated: where two years have a figure, the growth a year between the two nearest goes on
    (log-linear); where only one has, it stays the same. Every such row is marked.

    Parameters
    ----------
    population
        Columns ``province``, ``year``, ``population``, as ``load_population`` gives them.
    years
        The years wanted.
    provinces
        The provinces wanted; all that have a figure where not given.

    Returns
    -------
    DataFrame
        ``province``, ``year``, ``population`` (whole people), ``method`` ("given", "interpolated",
        "extrapolated"), ``basis`` ("figure", "line", "growth", "flat"), ``nearest`` (the nearest year with a
        figure); sorted by province and year.

    Raises
    ------
    InputError
        A province has no figure, two for one year, or one that is not above zero.
    """
    known = {str(code): _known(str(code), rows) for code, rows in population.groupby("province", sort=True)}
    wanted = sorted(known if provinces is None else set(provinces))
    without = [code for code in wanted if code not in known]
    if without:
        raise InputError(
            f"no population is known for {', '.join(without)}",
            column="province",
            remedy="add a figure with its source to population.csv",
        )
    rows = [
        (code, year, *_estimate(known[code], year))
        for code in wanted
        for year in sorted(set(map(int, years)))
    ]
    columns = ["province", "year", "population", "method", "basis", "nearest"]
    return pd.DataFrame(rows, columns=columns)


def rates(
    panel: WeeklyPanel,
    population: pd.DataFrame,
    by: By = "year",
    *,
    measure: str = "attacks",
    areas: Mapping[str, str | Sequence[str] | None] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return attacks per 100,000 people and year.

    Parameters
    ----------
    panel
        The counts. By year all days of the panel's window count; by week only its complete weeks.
    population
        Columns ``province``, ``year``, ``population``, as ``load_population`` gives them.
    by
        ``"year"``: calendar years, of which only the covered days add to the exposure. ``"week"``: the
        panel's weeks; each takes the population of the year in which most of its days lie.
    measure
        What to count.
    areas
        A label to provinces or groups, as ``Country.resolve`` understands them (None: the whole country).
        Each province by itself where not given.
    level
        Coverage of the interval.

    Returns
    -------
    DataFrame
        ``area``; ``year`` or ``week``; ``count``; ``days`` covered; ``population``; ``method``, of the
        province whose population is known worst; ``person_years``; ``rate``, ``low``, ``high`` per 100,000
        people and year. Sorted by area (in the order given) and time.

    Notes
    -----
    The interval is Garwood's (1936), exact for a Poisson count, and holds for one count by itself. Weekly
    counts are overdispersed and serially correlated, so two intervals that do not overlap are no test of a
    change, and the interval of a year is too short by the square root of its dispersion. The uncertainty of
    the population is not in it.

    References
    ----------
    Garwood, F. 1936. "Fiducial Limits for the Poisson Distribution." Biometrika 28 (3/4): 437-442.

    Raises
    ------
    InputError
        ``by`` or ``level`` is impossible, the source lacks the measure, or a population is missing.
    UnknownNameError
        A province or measure is not known.
    """
    _check(by, level)
    resolved = _resolved(panel, areas)
    counts = _yearly(panel, measure) if by == "year" else _weekly(panel, measure)
    codes = sorted({code for codes in resolved.values() for code in codes})
    people = population_by_year(population, counts["population_year"].unique(), codes)
    people = people.rename(columns={"year": "population_year"})[
        ["province", "population_year", "population", "method"]
    ]
    cells = counts.merge(people, on=["province", "population_year"])
    parts = [_of_area(cells, label, codes, by) for label, codes in resolved.items()]
    return _with_rates(pd.concat(parts, ignore_index=True), level)


def poisson_interval(
    counts: Sequence[int] | np.ndarray, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return Garwood's (1936) exact limits of the expectation of Poisson counts.

    Parameters
    ----------
    counts
        Whole numbers, shape (n,).
    level
        Nominal coverage; the true one is never less.

    Returns
    -------
    low, high
        Shape (n,); ``low`` is 0 where a count is.
    """
    observed = np.asarray(counts, dtype=float)
    tail = (1 - level) / 2
    low = np.where(observed > 0, stats.chi2.ppf(tail, 2 * np.maximum(observed, 1)) / 2, 0.0)
    return low, np.asarray(stats.chi2.ppf(1 - tail, 2 * observed + 2) / 2)


def _known(code: str, rows: pd.DataFrame) -> dict[int, int]:
    figures = rows[["year", "population"]].drop_duplicates()
    twice = figures[figures["year"].duplicated()]
    if not twice.empty:
        raise InputError(
            f"{code} has two figures for {twice['year'].iloc[0]}",
            column="population",
            remedy="choose one source; figures of different sources are not averaged",
        )
    if (figures["population"] <= 0).any():
        raise InputError(f"{code} has a population that is not above zero", column="population")
    return {int(year): int(people) for year, people in sorted(figures.itertuples(index=False, name=None))}


def _estimate(known: Mapping[int, int], year: int) -> tuple[int, str, str, int]:
    """Return the population of a year, the method, its basis, and the nearest year with a figure."""
    years = np.array(sorted(known))
    nearest = int(years[np.abs(years - year).argmin()])
    if year in known:
        return known[year], "given", "figure", year
    if years[0] < year < years[-1]:
        people = np.interp(year, years, [known[int(at)] for at in years])
        return round(float(people)), "interpolated", "line", nearest
    if len(years) == 1:
        return known[nearest], "extrapolated", "flat", nearest
    one, other = (int(at) for at in (years[:2] if year < years[0] else years[-2:]))
    growth = math.log(known[other] / known[one]) / (other - one)
    return round(known[nearest] * math.exp(growth * (year - nearest))), "extrapolated", "growth", nearest


def _check(by: str, level: float) -> None:
    if by not in _BY:
        raise InputError(f"rates cannot be given by {by!r}", remedy=f"use one of {', '.join(_BY)}")
    if not 0 < level < 1:
        raise InputError(f"the level is {level}", remedy="give a number between 0 and 1, such as 0.95")


def _resolved(
    panel: WeeklyPanel, areas: Mapping[str, str | Sequence[str] | None] | None
) -> dict[str, tuple[str, ...]]:
    if areas is None:
        return {str(code): (str(code),) for code in panel.country.provinces.index}
    if not areas:
        raise InputError("no area is given", remedy="name at least one, or leave the areas out")
    return {label: panel.country.resolve(what) for label, what in areas.items()}


def _weekly(panel: WeeklyPanel, measure: str) -> pd.DataFrame:
    """Return one row a week and province: ``week, province, count, days, years, population_year``."""
    wide = panel.wide(measure)
    counts = wide.reset_index().melt(id_vars="week", var_name="province", value_name="count")
    year = (counts["week"] + _MIDDLE).dt.year
    return counts.assign(days=7, years=7 / _days_in(year), population_year=year)


def _yearly(panel: WeeklyPanel, measure: str) -> pd.DataFrame:
    """Return one row a year and province: ``year, province, count, days, years, population_year``."""
    panel.wide(measure)
    years = range(panel.first.year, panel.last.year + 1)
    grid = pd.MultiIndex.from_product([years, panel.country.provinces.index], names=["year", "province"])
    daily = panel.daily.assign(year=panel.daily["date"].dt.year)
    counts = daily.groupby(["year", "province"])[measure].sum().reindex(grid, fill_value=0).astype("int64")
    frame = counts.reset_index(name="count")
    days = frame["year"].map({year: _days_covered(panel.first, panel.last, year) for year in years})
    return frame.assign(days=days, years=days / _days_in(frame["year"]), population_year=frame["year"])


def _days_in(year: pd.Series) -> pd.Series:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return 365 + leap.astype("int64")


def _days_covered(first: date, last: date, year: int) -> int:
    return (min(last, date(year, 12, 31)) - max(first, date(year, 1, 1))).days + 1


def _of_area(cells: pd.DataFrame, label: str, codes: Sequence[str], by: str) -> pd.DataFrame:
    """Add up the provinces of one area."""
    own = cells[cells["province"].isin(codes)]
    worst = own["method"].map(METHODS.index)
    own = own.assign(person_years=own["population"] * own["years"], method=worst)
    added = own.groupby(by, sort=True).agg(
        count=("count", "sum"),
        days=("days", "first"),
        population=("population", "sum"),
        method=("method", "max"),
        person_years=("person_years", "sum"),
    )
    return added.reset_index().assign(
        method=lambda rows: rows["method"].map(dict(enumerate(METHODS))), area=label
    )


def _with_rates(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    low, high = poisson_interval(rows["count"].to_numpy(), level)
    per = PEOPLE / rows["person_years"]
    rows = rows.assign(rate=rows["count"] * per, low=low * per, high=high * per)
    time = "year" if "year" in rows else "week"
    order = ["area", time, "count", "days", "population", "method", "person_years", "rate", "low", "high"]
    return rows[order]
