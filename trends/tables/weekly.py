"""Tables of the weekly report, made from its findings."""

from __future__ import annotations

import math

import pandas as pd
from great_tables import GT, loc, style

from trends.findings.weekly import WeeklyFindings
from trends.findings.weekly.ratios import WeekRatio
from trends.findings.words import days, interval, ratio
from trends.tables.claims import claims_table, published_table
from trends.tables.style import house_table, unbroken, with_interval
from trends.tables.weekly_spark import sparkline

__all__ = ["claims_table", "published_table"]


def numbers_table(found: WeeklyFindings) -> GT:
    """Show the five numbers, each with its interval and what it is set against."""
    n, against = found.numbers, found._study.against
    deaths = n.deaths
    years = f"{n.season_years} earlier year{'s' * (n.season_years != 1)}"
    estimates = unbroken(f"{deaths['deaths_low']} to {deaths['deaths_high']}")
    rows = [
        ("Attacks", str(n.attacks), unbroken(f"{n.attacks_low:.1f} to {n.attacks_high:.1f}")),
        ("Deaths", str(deaths["deaths_best"]), estimates),
        _against(f"the {against.recent_weeks} weeks before", n.recent),
        _against(f"the same weeks of {years}", n.season),
        _against(f"the {against.year_weeks} weeks before", n.year),
    ]
    table = pd.DataFrame(rows, columns=["what", "value", "interval"])
    drawn = house_table(table, {"what": "Number", "value": "This week", "interval": "Interval"})
    return drawn.tab_style(style.text(weight="bold"), loc.body(columns="value"))


def _against(name: str, one: WeekRatio) -> tuple[str, str, str]:
    if math.isnan(one.mean):
        return f"Against {name} (the data do not reach back so far)", "–", "–"
    what = f"Against {name} ({one.before} in {one.weeks} weeks, {one.mean:.2f} a week)"
    if math.isnan(one.rate_ratio):
        return what, "–", "–"
    return what, f"× {ratio(one.rate_ratio)}", unbroken(interval(one.low, one.high))


def provinces_table(found: WeeklyFindings) -> GT:
    """Show every province: the week, means, ratio, trend, alert and a small chart of a year."""
    watched = found.unusual.table
    everywhere = found.together.assign(name=found.area, province="")
    table = pd.concat([everywhere, found.provinces], ignore_index=True)
    top = max([max(counts) for counts in found.provinces["counts"]], default=1)
    said = dict(zip(watched["area"], _alert(watched), strict=True))
    rows = pd.DataFrame(
        {
            "name": table["name"],
            "attacks": table["attacks"],
            "recent": [_mean(mean) for mean in table["recent_mean"]],
            "year": [_mean(mean) for mean in table["year_mean"]],
            "spark": [
                sparkline(counts, top=max(counts) if place == 0 else top, label=_described(counts))
                for place, counts in enumerate(table["counts"])
            ],
            "ratio": [
                _short(*row) for row in zip(table["rate_ratio"], table["low"], table["high"], strict=True)
            ],
            "trend": [
                _short(*row)
                for row in zip(table["trend"], table["trend_low"], table["trend_high"], strict=True)
            ],
            "alert": [said.get(code, "–") for code in table["province"]],
        }
    )
    against = found._study.against
    labels = {
        "name": "Province",
        "attacks": "Week",
        "recent": f"{against.recent_weeks}-week mean",
        "year": f"{against.year_weeks}-week mean",
        "spark": f"{against.year_weeks + 1} weeks",
        "ratio": f"Week / {against.year_weeks}-week mean",
        "trend": f"Trend, {against.trend_weeks} weeks",
        "alert": "Alert",
    }
    drawn = house_table(rows, labels).fmt(lambda cell: cell, columns="spark")
    return drawn.tab_style(style.text(weight="bold"), loc.body(rows=[0]))


def _short(rate_ratio: float, low: float, high: float) -> str:
    cell = with_interval(rate_ratio, low, high).replace(
        "more\N{NO-BREAK SPACE}than\N{NO-BREAK SPACE}", ">\N{NO-BREAK SPACE}"
    )
    return unbroken(cell.replace("0.00", "0"))


def _described(counts: list[int]) -> str:
    return f"{sum(counts[:-1])} attacks in {len(counts) - 1} weeks, at most {max(counts)} in one; {counts[-1]} this week"


def _mean(mean: float) -> str:
    return "–" if math.isnan(mean) else f"{mean:.2f}" if mean else "0"


def _alert(watched: pd.DataFrame) -> list[str]:
    return [
        "ALERT" if alert else "above threshold" if above else "no"
        for alert, above in zip(watched["alert"].astype(bool), watched["above"].astype(bool), strict=True)
    ]


def alerts_table(found: WeeklyFindings) -> GT:
    """Show what was watched: expected and recorded, threshold, probability of a false alert, q-value."""
    table = found.unusual.table
    shown = table[(table["observed"] > 0) | (table["kind"] == "group") | table["alert"].astype(bool)]
    rows = pd.DataFrame(
        {
            "name": shown["name"],
            "observed": shown["observed"],
            "expected": [_number(value) for value in shown["expected"]],
            "threshold": [_number(value) for value in shown["threshold"]],
            "probability": [_probability(value) for value in shown["probability"]],
            "q": [_probability(value) for value in shown["q_value"]],
            "alert": _alert(shown),
            "method": shown["method"],
        }
    )
    labels = {
        "name": "Area",
        "observed": "Recorded",
        "expected": "Expected",
        "threshold": "Threshold",
        "probability": "Probability without a cause",
        "q": "q-value",
        "alert": "Alert",
        "method": "How judged",
    }
    drawn = house_table(rows, labels)
    rest = table[~table.index.isin(shown.index)]["name"]
    if len(rest):
        drawn = drawn.tab_source_note(f"No attack and no alert: {', '.join(rest)}.")
    return drawn


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


def _probability(value: float) -> str:
    if math.isnan(value):
        return "–"
    return "below 0.001" if value < 0.001 else f"{value:.3f}"


def changes_table(found: WeeklyFindings) -> GT:
    """List revised weeks, at most thirty."""
    assert found.changes is not None
    names = found._panel.country.provinces["name"]
    rows = found.changes.head(30)
    table = pd.DataFrame(
        {
            "week": [days(week, week + pd.Timedelta(days=6)) for week in rows["week"]],
            "province": rows["province"].map(names),
            "before": rows["before"],
            "now": rows["now"],
        }
    )
    labels = {"week": "Week", "province": "Province", "before": "Earlier report", "now": "This report"}
    drawn = house_table(table, labels)
    more = len(found.changes) - len(rows)
    return drawn.tab_source_note(f"and {more} more, in revisions.csv") if more else drawn


def all_claims_table(found: WeeklyFindings) -> GT:
    """Show the claims of the week and the year before beside the records."""
    claims = found.claims
    rows = pd.concat([claims.week, claims.near, claims.earlier], ignore_index=True)
    return claims_table(rows, found._panel.country.provinces["name"])


def ledger_table(found: WeeklyFindings) -> GT:
    """Show what became of every row of the raw file."""
    rows = [(outcome.replace("_", " "), count) for outcome, count in found.account().outcomes().items()]
    return house_table(pd.DataFrame(rows, columns=["what", "rows"]), {"what": "Rows", "rows": "Number"})
