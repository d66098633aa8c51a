"""The weekly report's sentences on what the group claimed and what others counted, beside the records."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from trends.findings.weekly.report import WeeklyFindings
from trends.findings.words import count_of, day, days, no_or, with_article

_QUALIFIED = {"at_least": "at least ", "about": "about ", "at_most": "at most ", "derived": ""}


def claims_words(found: WeeklyFindings) -> str:
    """Say what the group claimed for the week, and what was recorded."""
    one = found.claims
    if not found._study.claims:
        return f"The study names no claims of {found._study.actor}, and none are shown."
    said = [_claim(found, row) for row in _rows(one.week)]
    near = [_near(found, row) for row in _rows(one.near)]
    if said:
        said.append(
            "The claim is a statement and taken as it stands; the interval is that of the recorded count."
        )
    else:
        where = f" in {with_article(found.area)}" if found.asked.group else ""
        said = [f"No claim is known for just this week{where}."]
    if found.asked.group:
        near.append("Claims about the whole country stand in the report on it.")
    out = one.later + one.undated
    if found.asked.as_of is not None and out:
        near.append(
            f"{count_of(out, 'claim or published count', 'claims and published counts')} {_out(out)}."
        )
    end = "Claims count other things than the records do, and are never mixed into the counts."
    return " ".join([*said, *near, end])


def _out(number: int) -> str:
    return f"{'is' if number == 1 else 'are'} left out because of the day that the report is as of"


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _claim(found: WeeklyFindings, row: dict[str, Any]) -> str:
    return f"{_opening(found, row)}; {_recorded(row)}."


def _near(found: WeeklyFindings, row: dict[str, Any]) -> str:
    """Tell of a claim whose days share some with the week, on its own days."""
    length = (row["end"] - row["start"]).days + 1
    shares = f"{row['shared_days']} of its {count_of(length, 'day')} lie in this week"
    if not math.isnan(row["share"]):
        return f"{_opening(found, row)}; {shares}. On all of its days {_recorded(row)}."
    return (
        f"{_opening(found, row)}; {shares}. The counts, which run from {day(pd.Timestamp(found._whole.first))} to "
        f"{day(pd.Timestamp(found._whole.last))}, cover {row['covered_days']} of its days, with "
        f"{no_or(row['recorded'], 'recorded attack')}, so that no ratio can be given."
    )


def _opening(found: WeeklyFindings, row: dict[str, Any]) -> str:
    names = found._panel.country.provinces["name"]
    where = f" in {names[row['area']]}" if row["area"] in names.index else ""
    claimed = f"{_QUALIFIED.get(str(row['qualifier']), '')}{count_of(row['claimed'], 'attack')}"
    return (
        f"For {days(row['start'], row['end'])} the group claimed {claimed}{where}, as reported by "
        f"{row['source_name']}"
    )


def _recorded(row: dict[str, Any]) -> str:
    verb = "is" if row["recorded"] == 1 else "are"
    return (
        f"{row['recorded'] or 'none'} {verb} recorded, that is {100 * row['share']:.0f} for 100 claimed (95 % "
        f"interval {100 * row['low']:.0f} to {100 * row['high']:.0f})"
    )


def recorded_label(found: WeeklyFindings) -> str:
    """Say what a record is, in two words or four: a source of fatal events records attacks with a death only."""
    fatal = str(found.data.get("counts", "")).startswith("fatal")
    return "Recorded with a death" if fatal else "Recorded"


def claims_drawn(found: WeeklyFindings) -> pd.DataFrame:
    """Return the country-wide claims to be drawn, this week's first: ``label, claimed, recorded``.

    Claims of whose days not all are covered cannot be compared and are not drawn.
    """
    one = found.claims
    rows = pd.concat([one.week, one.near, one.earlier], ignore_index=True)
    rows = rows[~rows["area"].str.contains("-") & rows["share"].notna()]
    rows = rows.drop_duplicates(["start", "end", "claimed"]).head(7)
    labels = [
        f"{days(a, b)}{' *' if b == found.asked.end and a == found.asked.week else ''}"
        for a, b in zip(rows["start"], rows["end"], strict=True)
    ]
    seen: dict[str, int] = {}
    for place, label in enumerate(labels):
        seen[label] = seen.get(label, 0) + 1
        labels[place] = label + ("" if seen[label] == 1 else f" ({seen[label]})")
    return rows.assign(label=labels)[["label", "claimed", "recorded"]].reset_index(drop=True)


def claims_caption(found: WeeklyFindings) -> str:
    """Caption of claims beside records."""
    drawn = claims_drawn(found)
    star = " * this week." if drawn["label"].str.contains("*", regex=False).any() else ""
    shares = 100 * drawn["recorded"] / drawn["claimed"].where(drawn["claimed"] > 0)
    low, high = f"{shares.min():.0f}", f"{shares.max():.0f}"
    spread = low if low == high else f"{low} to {high}"
    overlap = " Periods may overlap and are not added up." if len(drawn) > 1 else ""
    return (
        f"Attacks claimed and {recorded_label(found).lower()} for the same days, claims of the year before: for every 100 "
        f"claimed {spread} are recorded.{overlap}{_not_drawn(found)}{star}"
    )


def _not_drawn(found: WeeklyFindings) -> str:
    """Own up to claims that the table has and the figure has not."""
    rows = pd.concat([found.claims.week, found.claims.near, found.claims.earlier], ignore_index=True)
    why = ["for a single province"] if rows["area"].str.contains("-").any() else []
    why += ["for days that are not all counted"] if rows["share"].isna().any() else []
    return f" Claims {' or '.join(why)} stand in the table only." if why else ""


def claims_alt(found: WeeklyFindings) -> str:
    """Describe claims beside records."""
    drawn = claims_drawn(found)
    pairs = [
        f"{label}: {claimed} claimed, {recorded} recorded"
        for label, claimed, recorded in zip(drawn["label"], drawn["claimed"], drawn["recorded"], strict=True)
    ]
    return f"Pairs of points on a logarithmic axis. {'; '.join(pairs)}."


def claims_height(found: WeeklyFindings) -> float:
    """Return the height of the figure of claims, in inches."""
    return 1.4 + 0.42 * len(claims_drawn(found))


def has_claims(found: WeeklyFindings) -> bool:
    """Tell whether any claim of the year to this week is known."""
    one = found.claims
    return bool(len(one.week) + len(one.near) + len(one.earlier))


def claims_table_caption(found: WeeklyFindings) -> str:
    """Caption of the table of claims."""
    one = found.claims
    parts = [
        f"{no_or(len(one.week), 'claim')} for just this week",
        f"{no_or(len(one.near), 'claim')} for a week that overlaps it",
        f"{no_or(len(one.earlier), 'earlier claim')} of the year before",
    ]
    said = ", ".join(parts)
    dash = (
        " A dash: the counts do not cover all of its days; what is recorded is of those covered."
        if one.near["share"].isna().any()
        else ""
    )
    return f"{said[0].upper()}{said[1:]}. Where sources disagree, both rows stand.{dash}"


def published_caption(found: WeeklyFindings) -> str:
    """Caption of the counts that others published."""
    table, label = found.claims.published, recorded_label(found).lower()
    opening = "Attacks as others published them for periods that ended in the two years before"
    ratios = (table["value"] / table["recorded"].where(table["recorded"] > 0)).dropna()
    if ratios.empty:
        return f"{opening}; on the same days none is {label}."
    low, high = f"{ratios.min():.1f}", f"{ratios.max():.1f}"
    spread = low if low == high else f"{low} to {high}"
    return f"{opening}: {spread} times as many as are {label} for the same days."
