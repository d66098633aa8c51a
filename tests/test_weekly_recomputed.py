"""Every number of the weekly report's first section, its table of provinces and its alerts, recomputed.

From the committed daily counts by pandas and the textbook's formulas; nothing of the report's own arithmetic is used.
Tolerance 1e-6: the report searches its limits by another root finder. Trends are held against R's (`weekly_trends.R`):
glmmTMB plugs in variances that 26 weeks hardly tell, so estimates within 0.35 of its standard error, and intervals that
are never shorter than those of a plain Poisson regression.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import betainc, gammainc, gammaln

from trends.findings import weekly
from trends.project import find_project

PROJECT = find_project()
DAILY = pd.read_csv(
    PROJECT / "data/processed/ucdp-ged-21.1-iraq-is/daily.csv", parse_dates=["date"], dtype={"province": str}
)
CODES = pd.read_csv(PROJECT / "trends/gazetteer/iraq/provinces.csv", keep_default_na=False)["code"].tolist()
PEOPLE = pd.read_csv(PROJECT / "data/raw/population.csv")
TRENDS = pd.read_csv(Path(__file__).parent / "reference/weekly_trends.csv")
FIRST = pd.Timestamp("2016-01-04")
WEEKS = ("2020-05-04", "2020-07-16", "2020-12-21")
NEAR = {"rel": 1e-6, "abs": 1e-9}


@pytest.fixture(scope="module", params=WEEKS)
def both(request):
    """Return the findings of a week, and its weekly counts from the daily ones: weeks × provinces."""
    week = pd.Timestamp(request.param)
    found = weekly.find(PROJECT / "reports/weekly/study.toml", request.param)
    return (
        found,
        week,
        {name: by_week(week, name) for name in ("attacks", "deaths_low", "deaths_best", "deaths_high")},
    )


def by_week(week, measure):
    number = (DAILY["date"] - week).dt.days // 7
    begins = week + pd.to_timedelta(7 * number, unit="D")
    inside = (begins >= FIRST) & (begins <= week)
    table = DAILY[inside].groupby([begins[inside], "province"])[measure].sum().unstack(fill_value=0)
    first = week - pd.Timedelta(weeks=(week - FIRST).days // 7)
    return table.reindex(index=pd.date_range(first, week, freq="7D"), columns=CODES, fill_value=0)


def noise(counts):
    """Return variance over mean and correlation of neighbours, by the formulas of the method's text."""
    mean = counts.mean()
    if mean == 0:
        return 1.0, 0.0
    away = counts - mean
    lag1 = float((away.to_numpy()[1:] * away.to_numpy()[:-1]).sum() / (away**2).sum())
    return max(1.0, float(counts.var() / mean)), min(max(lag1, 0.0), 0.8)


def compared(count, earlier, spread):
    """Return the ratio with its mid-p interval: both counts divided by D (1 + f / n) / (1 + 1 / n)."""
    dispersion, lag1 = spread
    weeks, before = len(earlier), int(earlier.sum())
    factor = dispersion * (1 + (1 + lag1) / (1 - lag1) / weeks) / (1 + 1 / weeks)
    k, n = count / factor, (count + before) / factor

    def upper(share):
        """Half of P(X >= k) and half of P(X > k) for X binomial, continued to broken counts."""
        at_least = betainc(k, n - k + 1, share) if k > 0 else 1.0
        above = betainc(k + 1, n - k, share) if n > k else 0.0
        return (at_least + above) / 2

    def limit(tail):
        share = brentq(lambda p: upper(p) - tail, 1e-15, 1 - 1e-15, xtol=1e-15, rtol=1e-14)
        return share / (1 - share) * weeks

    low = limit(0.025) if count else 0.0
    high = limit(0.975) if before else math.inf
    ratio = count / (before / weeks) if before else math.inf
    return before, before / weeks, factor, ratio, low, high


def held(ratio, expected):
    before, mean, factor, value, low, high = expected
    assert (ratio.before, ratio.mean) == (before, pytest.approx(mean, **NEAR))
    assert ratio.dispersion == pytest.approx(factor, **NEAR)
    assert (ratio.rate_ratio, ratio.low) == (pytest.approx(value, **NEAR), pytest.approx(low, **NEAR))
    assert ratio.high == pytest.approx(high, **NEAR)


def test_the_first_section(both):
    found, week, tables = both
    n, counts = found.numbers, tables["attacks"].sum(axis=1)
    count, year = int(counts[week]), counts[:-1].tail(52)
    spread = noise(year)
    assert (n.attacks, n.last_week, n.rank) == (count, counts.iloc[-2], int((year >= count).sum()))
    assert n.deaths == {name: tables[name].loc[week].sum() for name in n.deaths}
    assert (n.dispersion, n.lag1) == (pytest.approx(spread[0], **NEAR), pytest.approx(spread[1], **NEAR))
    scaled = count / spread[0]
    if count:
        assert gammainc(scaled, n.attacks_low / spread[0]) == pytest.approx(0.025, rel=1e-6)
    else:
        assert n.attacks_low == 0
    assert 1 - gammainc(scaled + 1, n.attacks_high / spread[0]) == pytest.approx(0.025, rel=1e-6)
    season = counts[
        [
            any(abs((day - week.replace(year=week.year - k)).days) <= 10 for k in (1, 2))
            for day in counts.index
        ]
    ]
    held(n.recent, compared(count, year.tail(4), spread))
    held(n.season, compared(count, season, spread))
    held(n.year, compared(count, year, spread))


def test_the_table_of_provinces(both):
    found, week, tables = both
    rows = found.provinces.set_index("province")
    assert sorted(rows.index) == sorted(CODES)
    for code in CODES:
        row, counts = rows.loc[code], tables["attacks"][code]
        held_row(row, counts, tables["deaths_best"][code], week)
        people = PEOPLE[(PEOPLE["province"] == code) & (PEOPLE["year"] == 2018)]["population"].iloc[0]
        if len(PEOPLE[PEOPLE["province"] == code]["year"].unique()) == 1:
            assert row["population"] == people
        years = row["population"] * 7 / 365.25
        assert row["week_rate"] == pytest.approx(counts[week] / years * 1e5, **NEAR)
        assert row["year_rate"] == pytest.approx(counts[:-1].tail(52).sum() / (52 * years) * 1e5, **NEAR)
    held_row(found.together.iloc[0], tables["attacks"].sum(axis=1), tables["deaths_best"].sum(axis=1), week)
    order = found.provinces[["attacks", "year_mean"]].apply(tuple, axis=1).tolist()
    assert order == sorted(order, reverse=True)


def held_row(row, counts, deaths, week):
    year, count = counts[:-1].tail(52), int(counts[week])
    assert (row["attacks"], row["deaths"], row["year_attacks"]) == (count, deaths[week], year.sum())
    assert row["recent_mean"] == pytest.approx(year.tail(4).mean(), **NEAR)
    assert row["year_mean"] == pytest.approx(year.mean(), **NEAR)
    assert row["counts"] == counts.tail(53).tolist()
    if count + year.sum() == 0:
        assert all(math.isnan(row[name]) for name in ("rate_ratio", "low", "high"))
        return
    *_, ratio, low, high = compared(count, year, noise(year))
    told = [row["rate_ratio"], row["low"], row["high"]]
    assert told == pytest.approx([ratio, low, high], **NEAR)


def test_trends_beside_r(both):
    found, week, _ = both
    told = pd.concat([found.together.assign(province="all"), found.provinces]).set_index("province")
    expected = TRENDS[TRENDS["week"] == f"{week:%Y-%m-%d}"].set_index("area")
    assert set(told.index[told["trend"].notna()]) == set(expected.index)
    for area, r in expected.iterrows():
        estimate, low, high = np.log(told.loc[area, ["trend", "trend_low", "trend_high"]].astype(float))
        assert abs(estimate - r["estimate"]) < 0.35 * r["se"]
        assert abs(estimate - r["poisson"]) < 0.35 * r["poisson_se"]
        assert (high - low) / 3.92 > r["poisson_se"]


def test_alerts(both):
    """All series of these weeks are sparse: the week against a constant rate in 78 weeks, 26 weeks back."""
    found, week, tables = both
    groups = {"disputed": ["IQ-DI", "IQ-KI", "IQ-NI", "IQ-SD"], "kurdistan": ["IQ-AR", "IQ-DA", "IQ-SU"]}
    areas = {"all": CODES, **groups, **{code: [code] for code in CODES}}
    table = found.unusual.table.set_index("area")
    assert list(table.index) == [*areas]
    assert table["kind"].tolist() == ["whole", "group", "group", *["province"] * 18]
    for area, codes in areas.items():
        counts = tables["attacks"][codes].sum(axis=1)
        held_alert(table.loc[area], counts.iloc[-105:-27], int(counts[week]))
    for _, family in table.groupby("kind"):
        assert family["q_value"].tolist() == pytest.approx(adjusted(family["probability"].tolist()))
    alert = (table["observed"] > table["threshold"]) & (table["q_value"] <= 0.1)
    assert table["alert"].astype(bool).tolist() == alert.tolist()


def held_alert(row, past, count):
    assert (len(past), row["observed"], row["method"]) == (78, count, "sparse")
    mean = (past.sum() + 0.5) / 78
    spread = max(1.0, past.var() / past.mean()) if past.sum() else 1.0
    excess = spread * (1 + 1 / 78) - 1
    size = mean / excess
    at = np.arange(200)
    logs = (
        gammaln(size + at)
        - gammaln(size)
        - gammaln(at + 1)
        - size * np.log1p(excess)
        + at * np.log(excess / (1 + excess))
    )
    mass = np.exp(logs)
    assert row["expected"] == pytest.approx(mean, **NEAR)
    assert row["threshold"] == max(int(np.argmax(np.cumsum(mass) >= 0.995)), 1)
    assert row["probability"] == pytest.approx(mass[count:].sum(), rel=1e-6)


def adjusted(probabilities):
    """Benjamini and Hochberg's q-values, written down as in their paper."""
    order = np.argsort(probabilities, kind="stable")
    made, smallest = np.empty(len(order)), 1.0
    for rank in range(len(order), 0, -1):
        smallest = min(smallest, probabilities[order[rank - 1]] * len(order) / rank)
        made[order[rank - 1]] = smallest
    return made.tolist()
