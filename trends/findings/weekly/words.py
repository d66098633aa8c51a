"""The weekly report's sentences, made from its findings by rule: size first, the interval beside, nothing more."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from trends.findings.weekly.ratios import WeekRatio
from trends.findings.weekly.report import WeeklyFindings
from trends.findings.words import count_of, day, days, interval, listed, no_or, ratio, span, with_article


def one_sentence(found: WeeklyFindings) -> str:
    """Say what happened in the week, in one sentence."""
    n, asked = found.numbers, found.asked
    where = _places(found)
    deaths = f", with {no_or(n.deaths['deaths_best'], 'death')} in all" if n.attacks else ""
    return (
        f"From {days(asked.week, asked.end)} the source records {no_or(n.attacks, 'attack')} in {area(found)}"
        f"{f' ({where})' if where else ''}{deaths}; {_level(found, n.recent)}."
        f"{_still_open(found)}"
    )


def area(found: WeeklyFindings) -> str:
    """Name what the report is about, as it stands in a sentence: ``Iraq``, ``the Disputed territories``."""
    return with_article(found.area) if found.asked.group else found.area


def _level(found: WeeklyFindings, against: WeekRatio) -> str:
    weeks = found._study.against.recent_weeks
    if math.isnan(against.mean):
        return f"the data do not hold the {count_of(weeks, 'week')} before"
    if not against.before:
        return f"the {count_of(weeks, 'week')} before had none"
    before = f"the {count_of(weeks, 'week')} before had {against.mean:.2f} attacks a week"
    if found.provisional_weeks:
        return before
    if against.low > 1:
        return f"that is more than before: {before}"
    if against.high < 1:
        return f"that is fewer than before: {before}"
    return f"{before}, a difference that chance alone can make"


def _still_open(found: WeeklyFindings) -> str:
    """Say that the count is provisional, and what it may become where that can be estimated."""
    row = completed_week(found)
    if row is None and not found.provisional_weeks:
        return ""
    if row is None:
        return " The count is provisional and not compared with others."
    opening = (
        " The count is provisional and not compared with others"
        if found.provisional_weeks
        else " The count may still grow"
    )
    if math.isnan(row["completed"]):
        return f"{opening}; nothing can be said of what it will become."
    return (
        f"{opening}: about {row['completed']:.0f} are expected once all are recorded (95 % interval "
        f"{counts_span(row['low'], row['high'])})."
    )


def completed_week(found: WeeklyFindings) -> pd.Series | None:
    """Return the week's completed count, or None where there is none or nothing is still to come."""
    return None if found.completed is None else found.completed.week(found.asked.week)


def counts_span(low: float, high: float) -> str:
    """Write an interval of counts; an open end is named."""
    return f"{low:,.0f} upwards" if math.isinf(high) else f"{low:,.0f} to {high:,.0f}"


def _places(found: WeeklyFindings) -> str:
    rows = found.provinces[found.provinces["attacks"] > 0]
    named = [f"{name} {count}" for name, count in zip(rows["name"], rows["attacks"], strict=True)]
    return ", ".join(named[:6]) + (f" and {len(named) - 6} more" if len(named) > 6 else "")


def how_far(found: WeeklyFindings) -> str:
    """Say what stands behind the numbers and whether they may still change."""
    if found.provisional_weeks:
        several = found.provisional_weeks > 1
        weeks = f"the last {found.provisional_weeks} weeks" if several else "this week"
        verb = ("are", "stay") if several else ("is", "stays")
        state = f"By the study's rule {weeks} {verb[0]} provisional and {verb[1]} out of fits and alerts"
    else:
        state = "No week is provisional"
    counted = f"Counted, in edition {_version(found)} of the source: each {found.data.get('counts', 'event')}"
    return f"{state}. {counted}.{_others(found)}"


def _others(found: WeeklyFindings) -> str:
    """Say how far others' counts lie above these, so that nobody takes these for all attacks."""
    table = found.claims.published
    ratios = (table["value"] / table["recorded"].where(table["recorded"] > 0)).dropna()
    if ratios.empty:
        return ""
    spread = span(ratios.min(), ratios.max(), 1)
    return f" Counts that others published for parts of the two years before are {spread} times as high."


def as_of_words(found: WeeklyFindings) -> str:
    """Say what ``as_of`` limits and what it cannot."""
    when, known = found.asked.as_of, found.known_by
    vintage = isinstance(found.data.get("as_of"), Mapping)
    if when is None and not vintage:
        return "The report uses what the edition holds on the days up to the week's end, whenever it was recorded."
    if vintage and known is not None:
        counts = f"The counts are those of the vintage of {day(known)}: nothing recorded later is in them."
    else:
        counts = (
            "The source does not say on which day it recorded an event, so events that happened by then and became "
            "known only later are in the counts; on that day they may have been lower."
        )
    return f"{counts if when is None else f'As of {day(when)}: nothing dated later enters. {counts} {_facts_by(found)}'}"


def _facts_by(found: WeeklyFindings) -> str:
    """Say which claims and published counts ``as_of`` leaves out, and by what rule."""
    one = found.claims
    rule = (
        "Claims and published counts enter where their source's name or address shows that they had appeared by then "
        "(of a month or year, its last day counts)"
    )
    if not one.later + one.undated:
        return f"{rule}; none is left out."
    out = [
        f"{one.later} that appeared later" if one.later else "",
        f"{one.undated} of which no day is known" if one.undated else "",
    ]
    return f"{rule}; left out: {listed([text for text in out if text])}."


def changed_words(found: WeeklyFindings) -> str:
    """Say what changed since an earlier report, or since the vintage before."""
    n = found.numbers
    since = f"The week before had {no_or(n.last_week, 'attack')}. " if n.last_week >= 0 else ""
    if found.changes is None:
        return (
            f"{since}Whether counts of earlier weeks were revised cannot be said: there is one vintage of the source, "
            "and no earlier report was given to compare with."
        )
    number = len(found.changes)
    if not number:
        return f"{since}No count of a week and province differs from {found.changed_since}."
    verb = ("differs", "it is") if number == 1 else ("differ", "they are")
    counts = f"{count_of(number, 'count')} of a week and province {verb[0]}"
    return f"{since}{counts} from {found.changed_since}; {verb[1]} listed."


def changes_caption(found: WeeklyFindings) -> str:
    """Caption of the revised counts."""
    assert found.changes is not None
    moved = found.changes["now"] - found.changes["before"]
    more, fewer = int(moved[moved > 0].sum()), -int(moved[moved < 0].sum())
    return (
        f"Counts that differ from {found.changed_since}: {no_or(more, 'attack')} more, {no_or(fewer, 'attack')} fewer, "
        "all weeks together."
    )


def numbers_caption(found: WeeklyFindings) -> str:
    """Caption of the five numbers."""
    n = found.numbers
    said = (
        "The week in numbers, with 95 % intervals: for attacks, of the weekly rate that such a count is compatible with; "
        f"for deaths, the source's lowest and highest estimate{_unordered(n.deaths)}."
    )
    if not n.year.weeks:
        return f"{said} Less than a year of data lies before it."
    year = count_of(found._study.against.year_weeks, "week")
    rank = f"{n.rank or 'None'} of the {year} before had at least as many attacks. " if n.attacks else ""
    return f"{said} {rank}{_ratios(found)}"


def _ratios(found: WeeklyFindings) -> str:
    if found.provisional_weeks:
        return "No ratios: a count that still fills up is not compared with others."
    return (
        "Ratios: this week over the mean of the weeks named, with exact intervals; "
        f"{_variation(found.numbers.dispersion)}."
    )


def _unordered(deaths: Mapping[str, int]) -> str:
    """Own up to a best estimate outside its limits: sources publish such events, and nothing here mends them."""
    low, best, high = (deaths[f"deaths_{name}"] for name in ("low", "best", "high"))
    return "" if low <= best <= high else ", which here do not enclose its best one (kept as published)"


def _variation(dispersion: float) -> str:
    if dispersion < 1.05:
        return "weekly counts vary no more than chance alone makes them"
    return f"they allow for weekly counts that vary {dispersion:.1f} times as much as chance alone would make them"


def map_caption(found: WeeklyFindings) -> str:
    """Caption of the maps."""
    table = found.provinces
    silent = int((table["attacks"] == 0).sum())
    return (
        f"{_silent(silent, len(table))} {_highest(table)} Numbers are attacks; "
        "colours are rates, in the week as if it went on for a year."
    )


def _silent(silent: int, provinces: int) -> str:
    if silent == provinces:
        return "No province had a recorded attack in this week."
    if not silent:
        return "Every province had a recorded attack in this week."
    return f"{silent} of {count_of(provinces, 'province')} had no recorded attack in this week."


def _highest(table: pd.DataFrame) -> str:
    number = int(table["year_weeks"].iloc[0])
    weeks = f"{count_of(number, 'week')} before"
    if not number:
        return "The data hold no week before it."
    if not table["year_attacks"].sum():
        return f"The {weeks} had none."
    top = table.sort_values(["year_rate", "name"], ascending=[False, True]).iloc[0]
    return (
        f"Over the {weeks}, {top['name']} had the highest rate, {top['year_rate']:.1f} per 100,000 people and year "
        f"({count_of(int(top['year_attacks']), 'attack')})."
    )


def map_alt(found: WeeklyFindings) -> str:
    """Describe the maps."""
    weeks = int(found.provinces["year_weeks"].iloc[0])
    before = (
        f"In the {count_of(weeks, 'week')} before: {_year_places(found)}"
        if weeks
        else "No week lies before it"
    )
    return f"Two maps of the provinces. In the week: {_places(found) or 'no attack anywhere'}. {before}."


def _year_places(found: WeeklyFindings) -> str:
    rows = found.provinces.sort_values(["year_attacks", "name"], ascending=[False, True])
    rows = rows[rows["year_attacks"] > 0]
    return ", ".join(f"{a} {b}" for a, b in zip(rows["name"], rows["year_attacks"], strict=True)) or "none"


def provinces_caption(found: WeeklyFindings) -> str:
    """Caption of the table of provinces."""
    table, against = found.provinces, found._study.against
    said = _apart(table, against.year_weeks, found.provisional_weeks > 0)
    return (
        f"{said}. Means are attacks a week. In brackets: 95 % intervals. Trend: the rate at the end of "
        f"{against.trend_weeks} weeks over that at their beginning, where they hold at least 10 attacks. "
        f"Small charts: attacks in each of the {against.year_weeks} weeks before, provinces on one scale, and this "
        "week at the right in another colour."
    )


def _apart(table: pd.DataFrame, year_weeks: int, provisional: bool) -> str:
    """Say in which provinces the week lies apart from the year before."""
    weeks = count_of(year_weeks, "week")
    apart = list(table.loc[(table["low"] > 1) | (table["high"] < 1), "name"])
    if provisional:
        return "The week is provisional, and no province is compared with its past"
    if int(table["year_weeks"].iloc[0]) < year_weeks:
        return f"The data do not hold the {weeks} before, so that no province can be compared with them"
    if not apart:
        return f"In no province does the week lie apart from the mean of the {weeks} before"
    return (
        f"In {listed(apart)} the week lies apart from the mean of the {weeks} before, each province taken by itself "
        "(chance alone sets at most about one in 20 apart)"
    )


def long_caption(found: WeeklyFindings) -> str:
    """Caption of two years of weekly counts."""
    table = found.long
    low, high = int(table["attacks"].min()), int(table["attacks"].max())
    smooth = (
        f" The smoothed rate went from {table['trend'].iloc[0]:.1f} to {table['trend'].iloc[-1]:.1f} a week (95 % interval "
        f"at the end {interval(table['low'].iloc[-1], table['high'].iloc[-1])})."
        if table["trend"].notna().all()
        else " There are too few events for a smoothed trend."
    )
    return (
        f"Attacks a week in {area(found)}, {days(table['week'].iloc[0], found.asked.end)}: {_each(low, high)}."
        f"{smooth}{' Yellow: Ramadan.' if len(found.ramadan) else ''}"
        f"{' Dotted: handovers of bases.' if len(found.handovers) else ''}"
    )


def _each(low: int, high: int) -> str:
    return f"{span(low, high)} in every week" if low == high else span(low, high)


def long_alt(found: WeeklyFindings) -> str:
    """Describe the long view."""
    table = found.long
    top = table.sort_values(["attacks", "week"]).iloc[-1]
    if not top["attacks"]:
        return f"Bar chart of {count_of(len(table), 'week')}: no attack in any."
    return (
        f"Bar chart of {count_of(len(table), 'week')}. Most attacks, {top['attacks']}, in the week of "
        f"{day(top['week'])}; {int(table['attacks'].iloc[-1])} in this one."
    )


def effect_words(found: WeeklyFindings) -> str:
    """Say how the before/after estimate stands and how it moved."""
    one = found.effect
    if one.reason:
        return f"The before/after comparison at {day(one.date)} (“{one.name}”) is not yet possible: {one.reason}."
    last, first = one.table.iloc[-1], one.table.iloc[0]
    if last["low"] > 1 or last["high"] < 1:
        verdict = (
            f"The interval leaves out no change: a {'rise' if last['low'] > 1 else 'fall'} of uncertain size"
        )
    else:
        verdict = "The interval holds no change: neither a rise nor its absence is shown"
    return (
        f"With the {count_of(int(last['weeks_after']), 'week')} after {day(one.date)} (“{one.name}”; weeks of the change "
        f"itself left out){_up_to(found, last['week'])}, the rate is {ratio(last['rate_ratio'])} times what trend and "
        f"season before lead to expect (95 % interval {interval(last['low'], last['high'])}). {verdict}. "
        f"{_moved(first, (last['week'] - first['week']).days // 7)}"
    )


def _up_to(found: WeeklyFindings, week: pd.Timestamp) -> str:
    """Name the last week that entered where it is not the one asked for."""
    return "" if week == found.asked.week else f", up to that of {day(week)}"


def _moved(first: pd.Series[float], weeks: int) -> str:
    if not weeks:
        return "It is the first estimate."
    return (
        f"The first estimate, {count_of(weeks, 'week')} earlier, was {ratio(first['rate_ratio'])} "
        f"({interval(first['low'], first['high'])})."
    )


def effect_caption(found: WeeklyFindings) -> str:
    """Caption of the course of the estimate."""
    table = found.effect.table
    return (
        f"The estimate as it stood after each week: lowest {ratio(table['rate_ratio'].min())}, highest "
        f"{ratio(table['rate_ratio'].max())}. Each point uses only the weeks up to it; band: 95 % interval; 1 is no change."
    )


def effect_alt(found: WeeklyFindings) -> str:
    """Describe the course of the estimate."""
    table = found.effect.table
    holds = int(((table["low"] <= 1) & (table["high"] >= 1)).sum())
    last = table.iloc[-1]
    return (
        f"Line chart of {count_of(len(table), 'estimate')} on a logarithmic axis; the interval holds no change in {holds} "
        f"of them. The last: {ratio(last['rate_ratio'])} ({interval(last['low'], last['high'])})."
    )


def _version(found: WeeklyFindings) -> str:
    return str(found.data.get("version", "not named"))
