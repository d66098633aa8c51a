"""The weekly report's sentences on what is unusual: what was watched, what stands out, how often chance does that."""

from __future__ import annotations

import math

import pandas as pd

from trends.findings.weekly.report import WeeklyFindings
from trends.findings.weekly.words import area
from trends.findings.words import count_of, listed, no_or

_FAMILIES = {
    "group": ("group of provinces", "groups of provinces"),
    "province": ("province", "provinces"),
}


def unusual_short(found: WeeklyFindings) -> str:
    """Say in a sentence or two whether anything is above its alert threshold."""
    one = found.unusual
    if one.reason:
        return f"Not judged: {one.reason}."
    names = list(one.alarmed["name"])
    if names:
        return f"Alert for {listed(names)}; watched were {_watched(found)}."
    above = list(one.table[one.table["above"].astype(bool)]["name"])
    if not above:
        return f"No alert; watched were {_watched(found)}."
    verb = "is above its threshold" if len(above) == 1 else "are above their thresholds"
    return (
        f"No alert; watched were {_watched(found)}. {listed(above)} {verb}, but without an alert: too few events, or no "
        "more than so many tests give."
    )


def _watched(found: WeeklyFindings) -> str:
    """Name what was watched: ``Iraq as a whole, 2 groups of provinces and 18 provinces``."""
    one = found.unusual
    sizes = ((len(one.of(kind)), words) for kind, words in _FAMILIES.items())
    return listed([f"{area(found)} as a whole", *(count_of(size, *words) for size, words in sizes if size)])


def unusual_words(found: WeeklyFindings) -> str:
    """Say what surveillance found: the country, every alert, and how often chance alone would give one."""
    one = found.unusual
    if one.reason:
        return f"No alerts can be given: {one.reason}."
    others = one.sentences or (_nothing(found),)
    return " ".join([one.whole, *others, _policy(found)])


def _nothing(found: WeeklyFindings) -> str:
    kinds = [kind for kind in _FAMILIES if len(found.unusual.of(kind))]
    return f"No {' and no '.join(_FAMILIES[kind][0] for kind in kinds)} has an alert."


def _policy(found: WeeklyFindings) -> str:
    """State which tests are adjusted for each other, and how often each family gives a false alert."""
    one = found.unusual
    names = {"group": "the groups of provinces", "province": "the provinces"}
    names |= {"whole": f"{area(found)} as a whole"}
    rates = [f"{100 * rate:.2g} % for {names[kind]}" for kind, rate in one.any_false.items()]
    apart = (
        f"{listed([names[kind] for kind in one.any_false])} are judged apart, each adjusted for the number of its own "
        "tests only, because the same attacks stand in all of them"
    )
    return (
        f"{apart[0].upper()}{apart[1:]}: a count is an alert when it is above its threshold and its adjusted probability "
        f"(q-value) is at most {100 * one.false_discovery:g} %. In a week in which nothing has a cause, the probability of "
        f"a false alert is at most about {listed(rates)}."
    )


def alerts_caption(found: WeeklyFindings) -> str:
    """Caption of the table of alerts."""
    one = found.unusual
    said = no_or(len(one.alarmed), "alert")
    return (
        f"{said[0].upper()}{said[1:]}. Expected: from the area's own past. Probability: of a count at least as high "
        "without a cause, one area by itself; q-value: the same, allowing for the number of areas of its kind. A q-value "
        "is no probability that the alert is false."
    )


def unusual_caption(found: WeeklyFindings) -> str:
    """Caption of the figure of what was watched: what stands out, or what comes nearest to it."""
    return (
        f"{_finding(found)} Grey bars reach to the threshold, blue strokes are what is expected; recorded counts are "
        "circles, triangles where they are above the threshold without an alert, diamonds with the word ALERT where there "
        "is one. Square-root axis."
    )


def unusual_alt(found: WeeklyFindings) -> str:
    """Describe the figure of what was watched."""
    table = found.unusual.table
    counted = table[(table["observed"] > 0) | (table["kind"] == "whole")]
    told = counted[~counted["above"].astype(bool)]
    rows = f" {'; '.join(_numbers(row) for _, row in told.iterrows())}." if len(told) else ""
    rest = len(table) - len(counted)
    others = f" Nothing was recorded in the other {rest if rest > 1 else 'one'}." if rest else ""
    return f"Chart of {count_of(len(table), 'area')}. {_finding(found)}{rows}{others}"


def _finding(found: WeeklyFindings) -> str:
    table = found.unusual.table
    above = table[table["above"].astype(bool)]
    if len(above):
        told = [
            f"{_numbers(row)}, {'an alert' if row['alert'] else 'no alert'}" for _, row in above.iterrows()
        ]
        return f"Above the threshold: {'; '.join(told)}."
    if not table["observed"].any():
        return "Nothing was recorded in any area, so that no count is above its threshold."
    single = table[table["kind"] == "province"]
    nearest = single.assign(share=single["observed"] / single["threshold"]).sort_values(
        ["share", "name"], ascending=[False, True]
    )
    return f"No count is above its threshold; the nearest province is {_numbers(nearest.iloc[0])}."


def _numbers(row: pd.Series) -> str:
    return (
        f"{row['name']} ({row['observed']} recorded, {row['expected']:.2f} expected, threshold "
        f"{bound(row['threshold'])})"
    )


def bound(threshold: float) -> str:
    """Write a threshold: a whole number where it is one."""
    if math.isnan(threshold):
        return "–"
    return f"{threshold:,.0f}" if float(threshold).is_integer() else f"{threshold:,.1f}"


def unusual_height(found: WeeklyFindings) -> float:
    """Return the height of the figure of what was watched, in inches."""
    return 1.0 + 0.18 * len(found.unusual.table)
