"""Tables of the weekly report, made from its findings."""

from __future__ import annotations

import math
import unicodedata
from html import escape

import pandas as pd
from great_tables import GT, loc, style

from trends.findings.weekly import WeeklyFindings
from trends.findings.weekly.ratios import WeekRatio
from trends.findings.weekly.words import completed_week, counts_span
from trends.findings.weekly.words_claims import recorded_label
from trends.findings.weekly.words_unusual import bound
from trends.findings.words import count_of, days, interval, no_or, ratio
from trends.tables.claims import claims_table, published_table
from trends.tables.style import house_table, unbroken, with_interval
from trends.tables.weekly_spark import sparkline

_NO_SEASON = "the same weeks of earlier years"
_METHODS = {"sparse": "constant rate", "farrington": "regression"}


def numbers_table(found: WeeklyFindings) -> GT:
    """Show the five numbers, each with its interval and what it is set against."""
    n, against = found.numbers, found._study.against
    deaths = n.deaths
    estimates = unbroken(f"{deaths['deaths_low']} to {deaths['deaths_high']}")
    years = f"the same weeks of {count_of(n.season_years, 'earlier year')}" if n.season_years else _NO_SEASON
    rows = [
        ("Attacks", str(n.attacks), unbroken(f"{n.attacks_low:.1f} to {n.attacks_high:.1f}")),
        *_completed(found),
        ("Deaths", str(deaths["deaths_best"]), estimates),
        *(
            _against(name, one, found.provisional_weeks > 0)
            for name, one in (
                (f"the {count_of(against.recent_weeks, 'week')} before", n.recent),
                (years, n.season),
                (f"the {count_of(against.year_weeks, 'week')} before", n.year),
            )
        ),
    ]
    table = pd.DataFrame(rows, columns=["what", "value", "interval"])
    drawn = house_table(table, {"what": "Number", "value": "This week", "interval": "Interval"})
    return drawn.tab_style(style.text(weight="bold"), loc.body(columns="value"))


def _completed(found: WeeklyFindings) -> list[tuple[str, str, str]]:
    """Return the row of the completed count where the week still fills up and vintages tell how."""
    row = completed_week(found)
    if row is None or math.isnan(row["completed"]):
        return []
    share = f"{100 * row['share']:.0f} % recorded so far"
    return [
        (
            f"Attacks, completed ({share})",
            f"{row['completed']:.0f}",
            unbroken(counts_span(row["low"], row["high"])),
        )
    ]


def _against(name: str, one: WeekRatio, provisional: bool) -> tuple[str, str, str]:
    if math.isnan(one.mean):
        return f"Against {name} (the data do not reach back so far)", "–", "–"
    what = f"Against {name} ({one.before} in {count_of(one.weeks, 'week')}, {one.mean:.2f} a week)"
    if provisional or math.isnan(one.rate_ratio):
        return what, "–", "–"
    return what, f"× {ratio(one.rate_ratio)}", unbroken(interval(one.low, one.high))


def completed_table(found: WeeklyFindings) -> GT:
    """Show the weeks that still fill up: recorded so far, share recorded, completed count with its interval."""
    assert found.completed is not None
    rows = found.completed.table
    shown = pd.DataFrame(
        {
            "week": [days(week, week + pd.Timedelta(days=6)) for week in rows["week"]],
            "reported": rows["reported"],
            "share": [unbroken(f"{100 * share:.0f} %") for share in rows["share"]],
            "completed": ["–" if math.isnan(one) else f"{one:,.0f}" for one in rows["completed"]],
            "interval": [
                unbroken(counts_span(low, high)) for low, high in zip(rows["low"], rows["high"], strict=True)
            ],
        }
    )
    labels = {
        "week": "Week",
        "reported": "Recorded so far",
        "share": "Share recorded",
        "completed": "Completed",
        "interval": "95 % interval",
    }
    return house_table(shown, labels)


def provinces_table(found: WeeklyFindings) -> GT:
    """Show every province: the week, means, ratio, trend, alert and a small chart of a year."""
    watched = found.unusual.table
    everywhere = found.together.assign(name=found.area, name_local="", province="")
    language = found._panel.country.local_language
    table = pd.concat([everywhere, found.provinces], ignore_index=True)
    top = max([max(counts) for counts in found.provinces["counts"]], default=1)
    # the whole is the first row of what was watched, and the first one here
    said = dict(zip(watched["area"].where(watched["kind"] != "whole", ""), _alert(watched), strict=True))
    rows = pd.DataFrame(
        {
            "name": [_named(*row, language) for row in zip(table["name"], table["name_local"], strict=True)],
            "attacks": table["attacks"],
            "recent": [_mean(mean) for mean in table["recent_mean"]],
            "year": [_mean(mean) for mean in table["year_mean"]],
            "spark": [
                sparkline(counts, top=max(counts) if place == 0 else top, label=_described(counts))
                for place, counts in enumerate(table["counts"])
            ],
            "ratio": [
                "–" if found.provisional_weeks else _short(*row)
                for row in zip(table["rate_ratio"], table["low"], table["high"], strict=True)
            ],
            "trend": [
                _short(*row)
                for row in zip(table["trend"], table["trend_low"], table["trend_high"], strict=True)
            ],
            "alert": [said.get(code, "–").replace(" ", "<br>") for code in table["province"]],
        }
    )
    against = found._study.against
    labels = {
        "name": "Province",
        "attacks": "Week",
        "recent": _mean_of(against.recent_weeks),
        "year": _mean_of(against.year_weeks),
        "spark": unbroken(f"{against.year_weeks + 1} weeks"),
        "ratio": f"Week / {unbroken(f'mean of {against.year_weeks}')}",
        "trend": f"Trend, {unbroken(count_of(against.trend_weeks, 'week'))}",
        "alert": "Alert",
    }
    drawn = house_table(rows, labels).fmt(
        lambda cell: cell, columns=["name", "spark", "ratio", "trend", "alert"]
    )
    drawn = drawn.cols_align("right", columns=["recent", "year"])
    return drawn.tab_style(style.text(weight="bold"), loc.body(rows=[0]))


def _mean_of(weeks: int) -> str:
    """Head a column of means; only between the two words it may take a second line."""
    return f"Mean, {unbroken(count_of(weeks, 'week'))}"


def _named(name: str, local: str, language: str) -> str:
    """Write a province's name, and under it what it is called there, apart from the text around it."""
    if not local:
        return escape(name)
    said = f' lang="{escape(language)}"' if language else ""
    return f'{escape(name)}<br><span dir="{_direction(local)}"{said}>{escape(local)}</span>'


def _direction(text: str) -> str:
    """Return the direction of a text's first letter."""
    letters = (unicodedata.bidirectional(letter) for letter in text)
    return next(("rtl" if one in {"R", "AL"} else "ltr" for one in letters if one in {"L", "R", "AL"}), "ltr")


def _short(rate_ratio: float, low: float, high: float) -> str:
    """Write a ratio, and under it its interval."""
    cell = with_interval(rate_ratio, low, high).replace("more\N{NO-BREAK SPACE}than\N{NO-BREAK SPACE}", "> ")
    first, _, rest = escape(cell.replace("0.00", "0")).partition(" (")
    return f"{unbroken(first)}<br>({unbroken(rest)}" if rest else first


def _described(counts: list[int]) -> str:
    before = f"{no_or(sum(counts[:-1]), 'attack')} in {count_of(len(counts) - 1, 'week')}"
    return f"{before}, at most {max(counts)} in one; {counts[-1]} this week"


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
    shown = table[(table["observed"] > 0) | (table["kind"] != "province") | table["alert"].astype(bool)]
    rows = pd.DataFrame(
        {
            "name": shown["name"],
            "observed": shown["observed"],
            "expected": [_number(value) for value in shown["expected"]],
            "threshold": [bound(value) for value in shown["threshold"]],
            "probability": [_probability(value) for value in shown["probability"]],
            "q": [_probability(value) for value in shown["q_value"]],
            "alert": _alert(shown),
            "method": [_METHODS.get(name, name) for name in shown["method"]],
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
    labels = {"week": "Week", "province": "Province", "before": "Earlier", "now": "Now"}
    drawn = house_table(table, labels)
    more = len(found.changes) - len(rows)
    return drawn.tab_source_note(f"and {more} more, in revisions.csv") if more else drawn


def all_claims_table(found: WeeklyFindings) -> GT:
    """Show the claims of the week and the year before beside the records."""
    claims = found.claims
    rows = pd.concat([claims.week, claims.near, claims.earlier], ignore_index=True)
    drawn = claims_table(rows, found._panel.country.provinces["name"])
    more = claims.more_claims
    return (
        drawn.tab_source_note(f"{count_of(more, 'earlier claim')} more of the year before.")
        if more
        else drawn
    )


def others_table(found: WeeklyFindings) -> GT:
    """Show counts that others published, beside the records of the same days."""
    recorded = recorded_label(found)
    drawn, more = published_table(found.claims.published, recorded), found.claims.more_published
    return (
        drawn.tab_source_note(f"{count_of(more, 'earlier count')} more of the two years before.")
        if more
        else drawn
    )


def ledger_table(found: WeeklyFindings) -> GT:
    """Show what became of every row of the raw file."""
    rows = [(outcome.replace("_", " "), count) for outcome, count in found.account().outcomes().items()]
    return house_table(pd.DataFrame(rows, columns=["what", "rows"]), {"what": "Rows", "rows": "Number"})
