"""Tables of claims and of counts that others published, beside the records of the same days."""

from __future__ import annotations

import math

import pandas as pd
from great_tables import GT

from trends.findings.words import days
from trends.tables.style import house_table, unbroken


def claims_table(claims: pd.DataFrame, provinces: pd.Series[str]) -> GT:
    """Show claims beside the records of the same days.

    Parameters
    ----------
    claims
        As `trends.findings.claims.compare_claims` returns it.
    provinces
        Names by province code.
    """
    qualifiers = {"at_least": "at least ", "about": "about ", "at_most": "at most ", "derived": "derived: "}
    rows = pd.DataFrame(
        {
            "when": [days(a, b) for a, b in zip(claims["start"], claims["end"], strict=True)],
            "where": [provinces.get(area, "whole country") for area in claims["area"]],
            "claimed": [
                f"{qualifiers.get(qualifier, '')}{count:,}"
                for count, qualifier in zip(claims["claimed"], claims["qualifier"], strict=True)
            ],
            "recorded": claims["recorded"],
            "share": [
                "–"
                if math.isnan(share)
                else unbroken(f"{100 * share:.0f} ({100 * low:.0f} to {100 * high:.0f})")
                for share, low, high in zip(claims["share"], claims["low"], claims["high"], strict=True)
            ],
            "source": claims["source_name"],
        }
    )
    labels = {
        "when": "Days",
        "where": "Where",
        "claimed": "Claimed",
        "recorded": "Recorded",
        "share": "Recorded for 100 claimed (95 % interval)",
        "source": "Claims as reported by",
    }
    return house_table(rows, labels)


def published_table(published: pd.DataFrame, recorded: str = "Recorded with a death (UCDP)") -> GT:
    """Show counts of attacks that others published, beside the records of the same days.

    Parameters
    ----------
    published
        As `trends.findings.claims.published_beside_records` returns it.
    recorded
        What the column of records is called.
    """
    rows = published.assign(
        when=[days(a, b) for a, b in zip(published["start"], published["end"], strict=True)],
        value=[f"{value:,.0f}" for value in published["value"]],
    )
    labels = {
        "when": "Days",
        "value": "Attacks, as published",
        "recorded": recorded,
        "source_name": "Published by",
    }
    return house_table(rows, labels)
