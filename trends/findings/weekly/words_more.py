"""The weekly report's sentences on severity, claims, data and methods."""

from __future__ import annotations

from typing import Any

import pandas as pd

from trends.calendar import WEEKDAYS
from trends.findings.weekly.report import WeeklyFindings
from trends.findings.weekly.words import count_of
from trends.findings.words import days, interval, ratio


def severity_words(found: WeeklyFindings) -> str:
    """Say how deadly the week was, and whether very deadly days became more frequent."""
    one = found.severity
    here = (
        f"The week's {count_of(one.attacks, 'attack')} killed {one.deaths}, {one.mean:.1f} an attack"
        if one.attacks
        else "The week has no recorded attack"
    )
    large = (
        f"; {count_of(len(one.large_days), 'province-day')} with {one.threshold} deaths or more"
        if one.attacks
        else ""
    )
    if one.year is None:
        return f"{here}{large}. For a comparison of two years the data hold too few events."
    year = one.year
    return (
        f"{here}{large}. Over the year to this week an attack killed {year.mean_after:.1f} on average, after "
        f"{year.mean_before:.1f} in the year before: {ratio(year.ratio)} times as many (95 % interval "
        f"{interval(year.ratio_low, year.ratio_high)})."
    )


def large_words(found: WeeklyFindings) -> str:
    """Say whether the share of mass-casualty days changed."""
    one = found.severity
    what = f"days with {one.threshold} deaths or more in one province"
    if one.share is None:
        return (
            f"There were no {what} in two years."
            if one.whole
            else f"The data do not hold two years of {what}."
        )
    share = one.share
    if share.low > 1 or share.high < 1:
        verdict = f"their share {'rose' if share.low > 1 else 'fell'}"
    else:
        verdict = "a change of their share is not shown"
    return (
        f"Of {one.days_before} days with an attack in the year before, {share.events_before} were {what}; of "
        f"{one.days_after} in the last year, {share.events_after}. That is {ratio(share.rate_ratio)} times the share "
        f"({interval(share.low, share.high)}); {verdict}."
    )


def severity_caption(found: WeeklyFindings) -> str:
    """Caption of deaths per attack."""
    one = found.severity
    means = (
        f"mean {one.year.mean_before:.1f} and {one.year.mean_after:.1f}"
        if one.year
        else "too few events for the means"
    )
    return (
        f"Deaths per attack on each day and in each province with an attack, two years: {means}. Deaths count both sides "
        "and bystanders. Dotted: the week."
    )


def severity_alt(found: WeeklyFindings) -> str:
    """Describe deaths per attack."""
    daily = found.severity.daily
    most = (daily["deaths_best"] / daily["attacks"]).max() if len(daily) else 0
    return f"Scatter plot of {len(daily)} days on a logarithmic axis; at most {most:.0f} deaths per attack."


def no_types() -> str:
    """Say what the source does not tell."""
    return (
        "The source says neither how an attack was made nor who was its target: there is no figure of attack types and "
        "none of those attacked."
    )


def claims_words(found: WeeklyFindings) -> str:
    """Say what the group claimed for the week, and what was recorded."""
    one = found.claims
    if one.week.empty:
        near = f" {_near(one.near)}" if len(one.near) else ""
        return f"No claims known for this week.{near} Claims are never mixed into the counts."
    rows: list[dict[str, Any]] = [{str(k): v for k, v in row.items()} for row in one.week.to_dict("records")]
    said = " ".join(_claim(found, row) for row in rows)
    return (
        f"{said} The claim is a statement and taken as it stands; the interval is that of the recorded count. The two do "
        "not count the same thing, and claims are never mixed into the counts."
    )


def _claim(found: WeeklyFindings, row: dict[str, Any]) -> str:
    names = found._panel.country.provinces["name"]
    where = f" in {names[row['area']]}" if row["area"] in names.index else ""
    return (
        f"For {days(row['start'], row['end'])} the group claimed {_qualified(row)} attacks{where} "
        f"({row['source_name']}); {row['recorded']} with a death {'is' if row['recorded'] == 1 else 'are'} recorded, "
        f"that is {100 * row['share']:.0f} for 100 claimed (95 % interval {100 * row['low']:.1f} to "
        f"{100 * row['high']:.0f})."
    )


def _qualified(row: dict[str, Any]) -> str:
    words = {"at_least": "at least ", "about": "about ", "at_most": "at most ", "derived": ""}
    return f"{words.get(str(row['qualifier']), '')}{row['claimed']:,}"


def _near(near: pd.DataFrame) -> str:
    told = [
        f"{days(start, end)}: {claimed} claimed, {recorded} recorded"
        for start, end, claimed, recorded in zip(
            near["start"], near["end"], near["claimed"], near["recorded"], strict=True
        )
    ]
    return f"For weeks that overlap it: {'; '.join(told)}."


def claims_drawn(found: WeeklyFindings) -> pd.DataFrame:
    """Return the country-wide claims to be drawn, this week's first: ``label, claimed, recorded``."""
    one = found.claims
    rows = pd.concat([one.week, one.near, one.earlier], ignore_index=True)
    rows = rows[~rows["area"].str.contains("-")].drop_duplicates(["start", "end", "claimed"]).head(7)
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
    shares = 100 * drawn["recorded"] / drawn["claimed"]
    spread = (
        f"{shares.min():.0f}"
        if len(set(shares.round())) == 1
        else f"{shares.min():.0f} to {shares.max():.0f}"
    )
    return (
        "Attacks claimed and recorded (with a death) for the same days, claims of the year before: for every 100 claimed "
        f"{spread} are recorded. Periods may overlap and are not added up.{star}"
    )


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
    return (
        f"{count_of(len(one.week), 'claim')} for this week, {len(one.near)} for weeks that overlap it, then the "
        f"latest of the year before ({len(one.earlier)}). Where sources disagree, both rows stand."
    )


def published_caption(found: WeeklyFindings) -> str:
    """Caption of the counts that others published."""
    table = found.claims.published
    ratios = table["value"] / table["recorded"].where(table["recorded"] > 0)
    return (
        f"Attacks as others published them for periods that ended in the two years before: {ratios.min():.1f} to "
        f"{ratios.max():.1f} times as many as the records with a death of the same days."
    )


def coverage_words(found: WeeklyFindings) -> str:
    """Say which days are covered, how precisely dated and placed, and what cannot be known of late records."""
    data = found.data
    panel, precision = found._panel, data.get("dates", {}).get("precision", {})
    total = sum(precision.values())
    by_day = f"{100 * precision.get('day', 0) / total:.0f} % of the events count on a day" if total else ""
    caveats = " ".join(str(one) for one in data.get("caveats", []))
    coverage = data.get("coverage", {})
    return (
        f"All 7 days of the week are covered: the edition covers {coverage.get('first')} to {coverage.get('last')}, and "
        f"{count_of(len(panel.weeks), 'whole week')} ({found.asked.weekdays}) up to this one can be used. "
        f"{by_day}. {caveats} The source has no day of recording, so that late records cannot be measured from one "
        "edition."
    )


def methods_words(found: WeeklyFindings) -> str:
    """Say how the numbers were made."""
    study, n = found._study, found.numbers
    against = study.against
    start = WEEKDAYS.index(found.asked.week_start)
    return (
        f"Weeks go from {found.asked.weekdays}{'' if start == 0 else ', as asked for'}. A week against earlier ones: exact "
        f"mid-p comparison of two Poisson rates, all counts divided by a dispersion of {n.year.dispersion:.2f} (variance "
        f"over mean of the {against.year_weeks} weeks before, {n.dispersion:.2f}, and their correlation from week to week, "
        f"{n.lag1:.2f}); the same for each province with its own. The same weeks of earlier years are those within "
        f"{against.season_days} days of the date in each of {n.season_years} years. Smoothed trend, trends of provinces "
        "and the before/after effect are log-linear regressions around a latent AR(1) disturbance, the project's default "
        f"method; the effect averages expected events with over without the interruption. {found.unusual.note}"
    )


def ledger_caption(found: WeeklyFindings) -> str:
    """Caption of the ledger."""
    rows = found.data.get("rows", {})
    return f"What became of the {rows.get('read', 0):,} rows of the raw file: {rows.get('used', 0):,} are counted."
