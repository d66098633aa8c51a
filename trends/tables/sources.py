"""Tables of the quality report."""

from __future__ import annotations

import pandas as pd
from great_tables import GT

from trends.findings.sources_quality import QualityFindings
from trends.findings.sources_words import window
from trends.tables.style import house_table


def panels_table(found: QualityFindings) -> GT:
    """Show each panel: its source, what it counts, its days, and its rows."""
    rows = pd.DataFrame(
        [
            {
                "name": one.name,
                "source": f"{one.source['title']}, {one.source['version']}",
                "definition": one.source["definition"],
                "days": window(one),
                "read": one.rows["read"],
                "used": one.rows["used"],
                "licence": one.source["licence"],
            }
            for one in found.panels
        ]
    )
    labels = {
        "name": "Panel",
        "source": "Source",
        "definition": "Counts",
        "days": "Days",
        "read": "Rows read",
        "used": "Counted",
        "licence": "Licence",
    }
    return house_table(rows, labels)


def gaps_table(found: QualityFindings) -> GT:
    """Show how often each province has an event, and its longest silence."""
    labels = {
        "province": "Province",
        "events": "Events",
        "weeks": "Weeks covered",
        "with_event": "Weeks with an event",
        "longest": "Longest run of weeks without one",
    }
    return house_table(found.main.gaps, labels)


def deaths_table(found: QualityFindings) -> GT:
    """Show the three estimates of deaths by year."""
    rows = found.main.deaths.assign(spread=[f"{spread:.2f}" for spread in found.main.deaths["spread"]])
    labels = {
        "year": "Year",
        "events": "Events",
        "low": "Deaths, low",
        "best": "Deaths, best",
        "high": "Deaths, high",
        "spread": "High over low",
    }
    return house_table(rows, labels)


def facts_table(found: QualityFindings) -> GT:
    """Show the tables of hand-collected facts, by how well each row is sourced."""
    labels = {
        "table": "Table",
        "rows": "Rows",
        "verified": "Read on the page named",
        "named": "Source named, page not kept",
        "unverified": "Recalled, or seen in part",
    }
    return house_table(found.facts, labels)
