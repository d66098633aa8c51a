"""Tables of what was counted and how well it is known: definitions of an attack, the ledger, precision, coverage."""

from __future__ import annotations

import math

import pandas as pd
from great_tables import GT

from trends.findings.data_quality import DataQuality
from trends.findings.definitions import DefinitionFindings
from trends.findings.words import day
from trends.tables.style import house_table, with_interval


def definitions_table(found: DefinitionFindings) -> GT:
    """Show the pre-specified answer under each definition of an attack."""
    table = found.table
    ratios = zip(table["rate_ratio"], table["low"], table["high"], strict=True)
    rows = table.assign(ratio=[with_interval(*row) for row in ratios])
    labels = {
        "definition": "Definition",
        "meaning": "Counts",
        "events": "Events",
        "ratio": "Average rate ratio (95 % interval)",
        "method": "How compared",
        "note": "Mind",
    }
    return house_table(rows, labels)


def outcomes_table(quality: DataQuality, by: str) -> GT:
    """Show what became of the rows of the raw files, by ``"year"`` or ``"province"``; the rows add up."""
    table = _folded(quality.by_year) if by == "year" else quality.by_province
    counts = [name for name in table if name != by]
    total = pd.DataFrame([{by: "All", **table[counts].sum()}])
    labels = {by: by.capitalize(), **{str(name): str(name).capitalize() for name in counts}}
    return house_table(pd.concat([table, total], ignore_index=True), labels)


def _folded(table: pd.DataFrame) -> pd.DataFrame:
    """Put the years before the first event that is counted into one row."""
    used = table["used"].to_numpy() > 0
    before = int(used.argmax()) if used.any() else 0
    if before < 3:
        return table
    early = table.iloc[:before]
    years = f"{early['year'].iloc[0]} to {early['year'].iloc[-1]}"
    return pd.concat(
        [pd.DataFrame([{"year": years, **early.drop(columns="year").sum()}]), table.iloc[before:]]
    )


def precision_table(quality: DataQuality) -> GT:
    """Show how precisely events are dated, by year."""
    rows = quality.precision.assign(no_week=quality.precision["no_week"].map(_percent))
    labels = {
        "when": "Year",
        "events": "Events",
        "day": "To the day",
        "week": "To the week",
        "month": "To the month",
        "year": "To the year",
        "no_week": "No week can be given to",
    }
    return house_table(rows, labels)


def unplaceable_table(quality: DataQuality) -> GT:
    """Show the share of events to which no week can be given, by province and year; a dash where there is none."""
    shares = quality.precision_by_province
    rows = shares.map(_percent).reset_index()
    return house_table(rows, {"province": "Province", **{year: year for year in shares.columns}})


def coverage_table(quality: DataQuality) -> GT:
    """Show for which days each raw file is complete."""
    coverage = quality.coverage
    rows = coverage.assign(
        first=[day(pd.Timestamp(when)) for when in coverage["first"]],
        last=[day(pd.Timestamp(when)) for when in coverage["last"]],
    )
    labels = {
        "file": "File",
        "source": "Source",
        "version": "Version",
        "rows": "Rows",
        "first": "Covers from",
        "last": "Covers to",
    }
    return house_table(rows, labels)


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.1f} %"
