"""Population between and beyond the years with a figure, and rates with exact intervals."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from trends.errors import InputError, UnknownNameError
from trends.exposure import poisson_interval, population_by_year, rates
from trends.facts import load_population
from trends.panel import WeeklyPanel, load_panel, weekly_counts

RAW = Path(__file__).parents[1] / "data" / "raw" / "population.csv"


def figures(*rows):
    return pd.DataFrame(rows, columns=["province", "year", "population"])


@pytest.mark.parametrize(
    ("known", "year", "expected"),
    [
        ({2018: 1000}, 2018, (1000, "given", "figure", 2018)),
        ({2018: 1000}, 2021, (1000, "extrapolated", "flat", 2018)),
        ({2018: 1000}, 1990, (1000, "extrapolated", "flat", 2018)),
        ({2018: 1000, 2020: 1100}, 2019, (1050, "interpolated", "line", 2018)),
        ({2018: 1000, 2019: 1100}, 2020, (1210, "extrapolated", "growth", 2019)),
        ({2018: 1000, 2019: 1100}, 2017, (909, "extrapolated", "growth", 2018)),
        ({2010: 500, 2018: 1000, 2020: 1210}, 2022, (1464, "extrapolated", "growth", 2020)),
        ({2010: 500, 2018: 1000, 2020: 1210}, 2008, (420, "extrapolated", "growth", 2010)),
        ({2018: 1000, 2020: 900}, 2022, (810, "extrapolated", "growth", 2020)),
    ],
)
def test_a_population_says_how_it_is_known(known, year, expected):
    table = population_by_year(figures(*(("IQ-AN", at, people) for at, people in known.items())), [year])
    assert table.drop(columns=["province", "year"]).iloc[0].tolist() == list(expected)


@pytest.mark.parametrize(
    ("rows", "provinces", "message"),
    [
        ([("IQ-AN", 2018, 10), ("IQ-AN", 2018, 11)], None, "two figures for 2018"),
        ([("IQ-AN", 2018, 0)], None, "not above zero"),
        ([("IQ-AN", 2018, 10)], ["IQ-BA"], "no population is known for IQ-BA"),
    ],
)
def test_a_population_that_cannot_be_known_is_refused(rows, provinces, message):
    with pytest.raises(InputError, match=message):
        population_by_year(figures(*rows), [2018], provinces)


def test_the_committed_figures_give_every_province_every_year(iraq):
    table = population_by_year(load_population(RAW), range(2016, 2022))
    assert len(table) == 6 * len(iraq.provinces)
    assert table.loc[table["year"] == 2018, "population"].sum() == 38_124_182
    assert set(table.loc[table["year"] == 2018, "method"]) == {"given"}
    assert table.set_index(["province", "year"]).at[("IQ-SD", 2020), "method"] == "interpolated"


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=20), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_limits_are_those_at_which_the_count_just_becomes_unlikely(counts, level):
    low, high = poisson_interval(counts, level)
    tail = (1 - level) / 2
    observed = np.array(counts)
    assert stats.poisson.cdf(observed, high) == pytest.approx(np.full(len(counts), tail), rel=1e-6)
    above = observed > 0
    assert stats.poisson.sf(observed[above] - 1, low[above]) == pytest.approx(
        np.full(above.sum(), tail), rel=1e-6
    )
    assert (low[~above] == 0).all()


def test_limits_of_the_textbook():
    """Garwood's limits of 0, 1 and 10 at 95 %, as tables print them."""
    low, high = poisson_interval([0, 1, 10])
    assert low.round(3).tolist() == [0, 0.025, 4.795]
    assert high.round(3).tolist() == [3.689, 5.572, 18.390]


@pytest.fixture(scope="module")
def panel(iraq):
    first, last = date(2018, 7, 2), date(2020, 12, 31)
    days = ["2018-07-02", "2018-12-31", "2019-01-01", "2019-06-01", "2020-02-29", "2020-12-31"]
    daily = pd.DataFrame(
        {
            "date": pd.DatetimeIndex(days).astype("datetime64[ns]"),
            "province": ["IQ-DI", "IQ-DI", "IQ-AN", "IQ-DI", "IQ-KI", "IQ-DI"],
            **{name: [1, 2, 3, 4, 5, 6] for name in ("attacks", "deaths_best", "deaths_low", "deaths_high")},
        }
    )
    return WeeklyPanel(weekly_counts(daily, iraq, first, last), daily, iraq, "mon", first, last)


@pytest.fixture(scope="module")
def people(iraq):
    rows = [(code, 2018, 1_000_000) for code in iraq.provinces.index]
    return figures(*rows, ("IQ-DI", 2020, 1_200_000))


def test_a_year_counts_its_covered_days_and_no_other(panel, people):
    table = rates(panel, people).set_index(["area", "year"])
    diyala = table.loc["IQ-DI"]
    assert diyala["count"].tolist() == [3, 4, 6]
    assert diyala["days"].tolist() == [183, 365, 366]
    assert diyala["population"].tolist() == [1_000_000, 1_100_000, 1_200_000]
    assert diyala["method"].tolist() == ["given", "interpolated", "given"]
    assert diyala["rate"].tolist() == pytest.approx([3 / 10 / (183 / 365), 4 / 11, 6 / 12])
    assert table.at[("IQ-KI", 2020), "method"] == "extrapolated"
    assert (table["low"] <= table["rate"]).all()
    assert (table["rate"] < table["high"]).all()
    assert table["count"].sum() == panel.daily["attacks"].sum()
    assert len(table) == 3 * 18


def test_a_week_takes_the_year_of_most_of_its_days(panel, people):
    table = rates(panel, people, "week", areas={"Diyala": "Diyala"}).set_index("week")
    new_year = table.loc["2018-12-31"]  # one day in 2018, six in 2019
    assert (new_year["population"], new_year["count"], new_year["method"]) == (1_100_000, 2, "interpolated")
    assert new_year["person_years"] == pytest.approx(1_100_000 * 7 / 365)
    assert table.loc["2020-02-24", "person_years"] == pytest.approx(1_200_000 * 7 / 366)
    assert len(table) == len(panel.weeks)


def test_an_area_adds_up_and_is_known_as_its_worst_province_is(panel, people, iraq):
    table = rates(panel, people, areas={"Iraq": None, "Disputed": "disputed", "Two": ["Anbar", "IQ-DI"]})
    assert list(dict.fromkeys(table["area"])) == ["Iraq", "Disputed", "Two"]
    table = table.set_index(["area", "year"])
    assert table.loc["Iraq", "method"].tolist() == ["given", "extrapolated", "extrapolated"]
    assert table.at[("Two", 2019), "count"] == 7
    assert table.at[("Two", 2019), "population"] == 2_100_000
    assert table.at[("Iraq", 2018), "population"] == 18_000_000


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"by": "month"}, InputError, "'month'"),
        ({"level": 95}, InputError, "the level is 95"),
        ({"areas": {}}, InputError, "no area"),
        ({"areas": {"x": "Nowhere"}}, UnknownNameError, "Nowhere"),
        ({"measure": "wounded"}, UnknownNameError, "wounded"),
    ],
)
def test_rates_that_cannot_be_given_are_refused(panel, people, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        rates(panel, people, **options)


def test_a_panel_from_disk_has_rates(committed_panel):
    table = rates(load_panel(committed_panel), load_population(RAW), areas={"Iraq": None}).set_index("year")
    assert table.at[2020, "count"] == 88
    assert table.at[2020, "rate"] == pytest.approx(88 / (38_575_412 * 362 / 366) * 1e5)
