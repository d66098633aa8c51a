"""What the drawdown report cannot show, and what others counted: sentences from the numbers and the timeline."""

from __future__ import annotations

import pandas as pd

from trends.findings.drawdown import DrawdownFindings
from trends.findings.drawdown_words import claimed_year
from trends.findings.words import day, days


def published_caption(found: DrawdownFindings) -> str:
    """Caption of the counts that others published: how far apart they lie, and how many lie above the records."""
    table = found.published
    above = int((table["value"] > table["recorded"]).sum())
    parts = [
        "Attacks of the group in the country as others published them.",
        f"{above} of the {len(table)} figures lie above the records of fatal events in the same days.",
    ]
    for _, rows in table.groupby(["start", "end"]):
        if rows["value"].nunique() > 1 and rows["value"].min() > 0:
            span = days(rows["start"].iloc[0], rows["end"].iloc[0])
            apart = rows["value"].max() / rows["value"].min()
            listed = " and ".join(f"{value:,}" for value in sorted(rows["value"].unique()))
            parts.append(f"For {span} they give {listed}: {apart:.1f} times as many at most as at least.")
    return " ".join(parts)


def unseen_attacks(found: DrawdownFindings) -> str:
    """Say how many of the claimed attacks are recorded, without guessing what the others were."""
    year = claimed_year(found)
    if year is None:
        return "A change in attacks that killed nobody would not be seen here."
    return (
        f"For each 100 attacks that the group claims for {year['start'].year}, {100 * year['share']:.0f} are recorded. "
        "Whether the others killed nobody, were not placed, or did not happen these records do not say; a "
        "change in attacks that killed nobody would not be seen here."
    )


def coincided(found: DrawdownFindings) -> str:
    """List what else went on around the handovers, from the timeline."""
    first = found.handovers["date"].iloc[0]
    curfews = found.curfews[found.curfews["end"] >= first]
    parts = []
    if len(curfews):
        begun = curfews["start"].iloc[0]
        when = "on the day of the first handover" if begun == first else f"on {day(begun)}"
        parts.append(f"a curfew against COVID-19 began {when}")
        nationwide = curfews.loc[[not places for places in curfews["provinces"]], "start"]
        if len(nationwide) and nationwide.iloc[0] > begun:
            parts[-1] += f" in a part of the country and on {day(nationwide.iloc[0])} in all of it"
    fasts = found.ramadan[found.ramadan["start"] > first]
    if len(fasts):
        parts.append(f"Ramadan ran from {days(fasts['start'].iloc[0], fasts['end'].iloc[0])}")
    parts += [f"on {day(row['date'])}: {row['name']}" for _, row in found.pauses.iterrows()]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def dates_of_handovers(found: DrawdownFindings) -> str:
    """Say how many bases were handed over in what time."""
    dates = found.handovers["date"]
    return (
        f"{len(dates)} bases were handed over from {days(dates.iloc[0], dates.iloc[-1])}, and troops remained in the "
        f"country; the interruption of the model, {day(pd.Timestamp(found._study.interruptions[0].date))}, stands for "
        "the beginning."
    )
