"""The weekly report's sentences, made from its findings by rule: size first, the interval beside, nothing more."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from trends.findings.weekly.ratios import WeekRatio
from trends.findings.weekly.report import WeeklyFindings
from trends.findings.words import day, days, interval, ratio


def one_sentence(found: WeeklyFindings) -> str:
    """Say what happened in the week, in one sentence."""
    n, asked = found.numbers, found.asked
    where = _places(found)
    deaths = f", with {count_of(n.deaths['deaths_best'], 'death')} in all" if n.attacks else ""
    return (
        f"From {days(asked.week, asked.end)} the source records {_attacks(n.attacks)} in {found.area}{deaths}"
        f"{f' ({where})' if where else ''}; {_level(n.recent, found._study.against.recent_weeks)}."
        f"{' The count is provisional.' if found.provisional_weeks else ''}"
    )


def _level(against: WeekRatio, weeks: int) -> str:
    if math.isnan(against.mean):
        return f"the data do not hold the {weeks} weeks before"
    if not against.before:
        return f"the {weeks} weeks before had none"
    before = f"the {weeks} weeks before had {against.mean:.2f} a week"
    if against.low > 1:
        return f"that is more than before: {before}"
    if against.high < 1:
        return f"that is fewer than before: {before}"
    return f"{before}, a difference that chance alone can make"


def _places(found: WeeklyFindings) -> str:
    rows = found.provinces[found.provinces["attacks"] > 0]
    named = [f"{name} {count}" for name, count in zip(rows["name"], rows["attacks"], strict=True)]
    return ", ".join(named[:6]) + (f" and {len(named) - 6} more" if len(named) > 6 else "")


def unusual_short(found: WeeklyFindings) -> str:
    """Say in a sentence whether anything is above its alert threshold."""
    one = found.unusual
    if one.reason:
        return f"Not judged: {one.reason}."
    names = list(one.alarmed["name"])
    watched = int((one.table["kind"] == "province").sum())
    if not names:
        above = one.table[one.table["above"].astype(bool)]["name"]
        also = (
            f" ({', '.join(above)} above the threshold, but no more than so many tests give)"
            if len(above)
            else ""
        )
        return f"No alert in {watched} provinces and their groups{also}."
    return f"Alert for {', '.join(names)}; {watched} provinces were watched."


def how_far(found: WeeklyFindings) -> str:
    """Say what stands behind the numbers and whether they may still change."""
    if found.provisional_weeks:
        weeks = "this week" if found.provisional_weeks == 1 else f"the last {found.provisional_weeks} weeks"
        state = f"By the study's rule {weeks} are provisional and stay out of fits and alerts"
    else:
        state = "No week is provisional"
    return f"{state}. Counted are events with at least one death, as the source knew them in its edition {_version(found)}."


def as_of_words(found: WeeklyFindings) -> str:
    """Say what ``as_of`` limits and what it cannot."""
    when = found.asked.as_of
    if when is None:
        return "The report uses what the edition holds on the days up to the week's end, whenever it was recorded."
    return (
        f"As of {day(when)}: nothing dated later enters. The source does not say on which day it recorded an event, so "
        "events that happened by then and became known only later are in the counts; on that day they may have been lower. "
        "Claims and published counts are taken by the end of their period, not by the day on which they appeared."
    )


def changed_words(found: WeeklyFindings) -> str:
    """Say what changed since an earlier report."""
    n = found.numbers
    since = f"The week before had {_attacks(n.last_week)}. " if n.last_week >= 0 else ""
    if found.changes is None:
        return (
            f"{since}Whether counts of earlier weeks were revised cannot be said: there is one vintage of the source, "
            "and no earlier report was given to compare with."
        )
    if found.changes.empty:
        return f"{since}No count of an earlier week differs from the earlier report."
    return f"{since}{len(found.changes)} counts of earlier weeks differ from the earlier report; they are listed."


def numbers_caption(found: WeeklyFindings) -> str:
    """Caption of the five numbers."""
    n = found.numbers
    said = (
        "The week in five numbers, with 95 % intervals; for deaths, the source's lowest and highest estimate"
        f"{_unordered(n.deaths)}."
    )
    if not n.year.weeks:
        return f"{said} Less than a year of data lies before it."
    rank = (
        f"{n.rank} of the {found._study.against.year_weeks} weeks before had at least as many attacks. "
        if n.attacks
        else ""
    )
    return (
        f"{said} {rank}Ratios: this week over the mean of the weeks named, with exact intervals; "
        f"{_variation(n.dispersion)}."
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
        f"{silent} of {len(table)} provinces had no recorded attack in this week. {_highest(table)} Numbers are attacks; "
        "colours are rates, in the week as if it went on for a year."
    )


def _highest(table: pd.DataFrame) -> str:
    weeks = f"{count_of(int(table['year_weeks'].iloc[0]), 'week')} before"
    if not table["year_attacks"].sum():
        return f"The {weeks} had none anywhere."
    top = table.sort_values(["year_rate", "name"], ascending=[False, True]).iloc[0]
    return (
        f"Over the {weeks}, {top['name']} had the highest rate, {top['year_rate']:.1f} per 100,000 people and year "
        f"({count_of(int(top['year_attacks']), 'attack')})."
    )


def map_alt(found: WeeklyFindings) -> str:
    """Describe the maps."""
    return (
        f"Two maps of the provinces. In the week: {_places(found) or 'no attack anywhere'}. In the 52 weeks before: "
        f"{_year_places(found)}."
    )


def _year_places(found: WeeklyFindings) -> str:
    rows = found.provinces.sort_values(["year_attacks", "name"], ascending=[False, True])
    rows = rows[rows["year_attacks"] > 0]
    return ", ".join(f"{a} {b}" for a, b in zip(rows["name"], rows["year_attacks"], strict=True)) or "none"


def provinces_caption(found: WeeklyFindings) -> str:
    """Caption of the table of provinces."""
    table, against = found.provinces, found._study.against
    apart = table[(table["low"] > 1) | (table["high"] < 1)]
    said = (
        f"In {', '.join(apart['name'])} the week lies apart from the year before, each province taken by itself"
        if len(apart)
        else f"In no province does the week lie apart from the mean of the {against.year_weeks} weeks before"
    )
    return (
        f"{said}. Means are attacks a week. In brackets: 95 % intervals. Trend: the rate at the end of "
        f"{against.trend_weeks} weeks over that at their beginning, where they hold at least 10 attacks. "
        f"Small charts: attacks in each of the {against.year_weeks} weeks before, provinces on one scale, and this "
        "week at the right in another colour."
    )


def unusual_words(found: WeeklyFindings) -> str:
    """Say what surveillance found, alert by alert."""
    one = found.unusual
    if one.reason:
        return f"No alerts can be given: {one.reason}."
    return " ".join([one.summary, *one.sentences])


def alerts_caption(found: WeeklyFindings) -> str:
    """Caption of the table of alerts."""
    one = found.unusual
    return (
        f"{len(one.alarmed)} alert{'s' * (len(one.alarmed) != 1)}. An area is above its threshold when more was recorded; "
        "it is an alert when the false-discovery rate over all areas allows it too. By chance alone "
        f"{one.expected_false:.2f} provinces a week would lie above their threshold."
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
        f"Attacks a week in {found.area}, {days(table['week'].iloc[0], found.asked.end)}: between {low} and {high}."
        f"{smooth}{' Yellow: Ramadan.' if len(found.ramadan) else ''}"
        f"{' Dotted: handovers of bases.' if len(found.handovers) else ''}"
    )


def long_alt(found: WeeklyFindings) -> str:
    """Describe the long view."""
    table = found.long
    top = table.sort_values(["attacks", "week"]).iloc[-1]
    return (
        f"Bar chart of {len(table)} weeks. Most attacks, {top['attacks']}, in the week of {day(top['week'])}; "
        f"{int(table['attacks'].iloc[-1])} in this one."
    )


def effect_words(found: WeeklyFindings) -> str:
    """Say how the before/after estimate stands and how it moved."""
    one = found.effect
    if one.reason:
        return f"The before/after comparison with {one.name} on {day(one.date)} is not yet possible: {one.reason}."
    last, first = one.table.iloc[-1], one.table.iloc[0]
    if last["low"] > 1 or last["high"] < 1:
        verdict = (
            f"The interval leaves out no change: a {'rise' if last['low'] > 1 else 'fall'} of uncertain size"
        )
    else:
        verdict = "The interval holds no change: neither a rise nor its absence is shown"
    return (
        f"With the {int(last['weeks_after'])} weeks after {one.name} on {day(one.date)} (those of the transfer left out), "
        f"the rate is {ratio(last['rate_ratio'])} times what trend and season before lead to expect (95 % interval "
        f"{interval(last['low'], last['high'])}). {verdict}. {_moved(len(one.table), first)}"
    )


def _moved(estimates: int, first: pd.Series[float]) -> str:
    if estimates == 1:
        return "It is the first estimate."
    return (
        f"The first estimate, {count_of(estimates - 1, 'week')} earlier, was {ratio(first['rate_ratio'])} "
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
    return (
        f"Line chart of {len(table)} estimates on a logarithmic axis; the interval holds no change in {holds} of them. The "
        f"last: {ratio(table['rate_ratio'].iloc[-1])} ({interval(table['low'].iloc[-1], table['high'].iloc[-1])})."
    )


def count_of(count: int, what: str) -> str:
    """Write a number with its noun: ``1 week``, ``2 weeks``."""
    return f"{count} {what}{'s' * (count != 1)}"


def _attacks(count: int) -> str:
    return count_of(count, "attack") if count else "no attack"


def _version(found: WeeklyFindings) -> str:
    return str(found.data.get("version", "not named"))
