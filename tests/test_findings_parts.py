"""Words, JSON, claims and severity: small findings whose truth can be written down by hand."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest

from trends import load_country
from trends.errors import EstimationError, InputError
from trends.findings import claims, results, words
from trends.findings.severity import compare_severity
from trends.panel import MEASURES, WeeklyPanel, weekly_counts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.2149, "1.21"),
        (0.05, "0.05"),
        (9.999, "10.00"),
        (12.4, "12"),
        (1234, "more than 100"),
        (math.nan, "not known"),
    ],
)
def test_ratio_is_written_with_the_digits_that_its_size_deserves(value: float, text: str) -> None:
    assert words.ratio(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.204, "20 % more"), (0.52, "48 % fewer"), (1.001, "no change"), (3.07, "3.1 times as many")],
)
def test_change_is_named_by_direction_and_size(value: float, text: str) -> None:
    assert words.percent_change(value) == text


@pytest.mark.parametrize(
    ("low", "high", "estimate", "detectable", "said"),
    [
        (1.1, 2.0, 1.5, 1.4, "rise"),
        (0.3, 0.9, 0.5, 9.0, "fall"),
        (0.7, 1.6, 1.1, 1.9, "unclear"),
        (0.2, 9.0, 1.1, 5.0, "too few"),
        (0.4, math.inf, math.inf, math.inf, "too few"),
        (math.nan, math.nan, math.nan, math.nan, "too few"),
    ],
)
def test_verdict_never_names_a_direction_that_the_interval_does_not(
    low: float, high: float, estimate: float, detectable: float, said: str
) -> None:
    assert words.verdict(low, high, estimate, detectable) == said


def test_open_interval_is_named_and_not_printed_as_infinity() -> None:
    assert words.interval(0.4, math.inf) == "0.40 upwards"


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2020-07-16", "2020-07-22", "16 to 22 July 2020"),
        ("2020-10-29", "2020-11-04", "29 October to 4 November 2020"),
        ("2019-12-30", "2020-01-05", "30 December 2019 to 5 January 2020"),
    ],
)
def test_days_name_month_and_year_once(first: str, last: str, text: str) -> None:
    assert words.days(pd.Timestamp(first), pd.Timestamp(last)) == text


@dataclass(frozen=True)
class _Sample:
    b: float
    a: object
    _hidden: int = 3


def test_json_is_sorted_rounded_and_strict() -> None:
    table = pd.DataFrame({"week": pd.to_datetime(["2020-03-16"]), "rate": [1 / 3], "n": np.array([3])})
    text = results.to_json(
        _Sample(math.nan, [math.inf, table, date(2020, 1, 5), np.float64(2.0000001), pd.NA]), 4
    )
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert found == {
        "a": ["infinity", [{"week": "2020-03-16", "rate": 0.3333, "n": 3}], "2020-01-05", 2.0, None],
        "b": None,
    }
    assert text.index('"a"') < text.index('"b"')


def test_results_are_not_written_into_a_folder_that_is_not_there(tmp_path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        results.write_results(_Sample(1, 2), tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_panel() -> WeeklyPanel:
    days = [
        ("2020-07-16", "IQ-DI", 2),
        ("2020-07-22", "IQ-KI", 1),
        ("2020-07-23", "IQ-DI", 4),
        ("2020-08-02", "IQ-DI", 1),
    ]
    daily = pd.DataFrame(days, columns=["date", "province", "attacks"]).assign(
        deaths_best=2, deaths_low=2, deaths_high=2
    )
    daily = daily.assign(date=pd.to_datetime(daily["date"]))[["date", "province", *MEASURES]]
    country, first, last = load_country("iraq"), date(2020, 6, 29), date(2020, 8, 2)
    return WeeklyPanel(weekly_counts(daily, country, first, last), daily, country, "mon", first, last)


def _claim(start: str, end: str, area: str, claimed: int) -> dict[str, object]:
    return {
        "kind": "week",
        "start": pd.Timestamp(start),
        "end": pd.Timestamp(end),
        "area": area,
        "claimed": claimed,
        "qualifier": "exact",
        "source_name": "Somebody",
        "source_url": "",
    }


def test_claims_are_compared_with_exactly_their_days_and_place(small_panel: WeeklyPanel) -> None:
    rows = pd.DataFrame(
        [
            _claim("2020-07-16", "2020-07-22", "IQ", 28),
            _claim("2020-07-16", "2020-07-22", "IQ-DI", 20),
            _claim("2020-07-30", "2020-08-05", "IQ", 9),
        ]
    )
    found = claims.compare_claims(rows, small_panel)
    assert list(zip(found["area"], found["recorded"], strict=True)) == [("IQ", 3), ("IQ-DI", 2)]
    assert found["share"].iloc[0] == pytest.approx(3 / 28)
    assert found["low"].iloc[0] == pytest.approx(0.6187 / 28, rel=1e-3)


def test_half_covered_claims_are_not_compared(small_panel: WeeklyPanel) -> None:
    rows = pd.DataFrame(
        [_claim("2020-07-30", "2020-08-05", "IQ", 9), _claim("2020-06-25", "2020-07-01", "IQ", 9)]
    )
    assert claims.compare_claims(rows, small_panel).empty


def _days(deaths: list[int], attacks: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"deaths_best": deaths, "attacks": attacks})


def test_deaths_per_attack_are_the_ratio_of_sums_with_a_robust_interval() -> None:
    before, after = _days([1, 2, 9, 4], [1, 1, 2, 2]), _days([1, 1, 10, 3, 2], [1, 1, 1, 2, 1])
    found = compare_severity(before, after, large=9)
    assert found.mean_before == pytest.approx(16 / 6)
    assert found.ratio == pytest.approx((17 / 6) / (16 / 6))
    assert (found.large_before, found.large_after) == (1, 1)
    variance = sum(
        sum((d - days.deaths_best.sum() / days.attacks.sum() * a) ** 2 for d, a in days.to_numpy())
        / days.deaths_best.sum() ** 2
        for days in (before, after)
    )
    half = 2.364624 * math.sqrt(variance * 9 / 7)  # t quantile with 7 degrees of freedom; HC1
    assert math.log(found.ratio_high / found.ratio) == pytest.approx(half, rel=1e-5)


@pytest.mark.parametrize("after", [_days([1], [1]), _days([0] * 6, [1] * 6)])
def test_deaths_per_attack_are_not_estimated_from_next_to_nothing(after: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match=r"after: \d attacks"):
        compare_severity(_days([1, 2, 3, 4, 5], [1] * 5), after, large=10)
