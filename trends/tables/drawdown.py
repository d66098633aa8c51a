"""Tables of the drawdown report, made from its findings."""

from __future__ import annotations

import math

import pandas as pd
from great_tables import GT

from trends.findings.drawdown import DrawdownFindings
from trends.findings.words import day
from trends.tables.claims import claims_table as claims_table
from trends.tables.claims import published_table as published_table
from trends.tables.style import house_table, unbroken, with_interval


def provinces_table(comparison: pd.DataFrame) -> GT:
    """Show every unit before and after: counts, weekly rates, ratio with interval, q-value, what could have shown.

    Parameters
    ----------
    comparison
        As `trends.findings.units.compare_units` returns it.
    """
    silent = comparison[["before", "after"]].sum(axis=1).eq(0)
    names = ", ".join(comparison.loc[silent, "label"])
    comparison = comparison[~silent]
    rows = pd.DataFrame(
        {
            "section": comparison["section"],
            "label": comparison["label"],
            "events": [
                unbroken(f"{b} → {a}") for b, a in zip(comparison["before"], comparison["after"], strict=True)
            ],
            "rates": [
                unbroken(f"{b:.2f} → {a:.2f}")
                for b, a in zip(comparison["rate_before"], comparison["rate_after"], strict=True)
            ],
            "ratio": [
                with_interval(*row)
                for row in zip(comparison["rate_ratio"], comparison["low"], comparison["high"], strict=True)
            ],
            "q": [f"{q:.2f}" if not math.isnan(q) else "–" for q in comparison["q_value"]],
            "detectable": [_times(value) for value in comparison["detectable"]],
            "method": comparison["method"].map(_short),
        }
    )
    labels = {
        "label": "Area",
        "events": "Attacks before → after",
        "rates": "A week",
        "ratio": "Rate ratio (95 % interval)",
        "q": "q-value",
        "detectable": "Rise that would have shown",
        "method": "How compared",
    }
    drawn = house_table(rows, labels, groups="section")
    return drawn.tab_source_note(f"No attack in either period: {names}.") if names else drawn


def _times(value: float) -> str:
    return "no rise" if not math.isfinite(value) else unbroken(f"× {value:.1f}")


def _short(method: str) -> str:
    return (
        method.replace(", level only", "")
        .replace(" segmented regression", "")
        .replace(" rate comparison", "")
    )


def specifications_table(specifications: pd.DataFrame) -> GT:
    """Show every specification of the study: average rate ratio and excess events with intervals."""
    rows = pd.DataFrame(
        {
            "name": specifications["name"],
            "ratio": [
                with_interval(*row)
                for row in zip(
                    specifications["rate_ratio"], specifications["low"], specifications["high"], strict=True
                )
            ],
            "excess": [
                _events(*row)
                for row in zip(
                    specifications["excess"],
                    specifications["excess_low"],
                    specifications["excess_high"],
                    strict=True,
                )
            ],
            "interval": specifications["interval"],
            "note": specifications["note"],
        }
    )
    labels = {
        "name": "Specification",
        "ratio": "Average rate ratio (95 % interval)",
        "excess": "Excess attacks (95 % interval)",
        "interval": "Interval",
        "note": "Mind",
    }
    return house_table(rows, labels)


def _events(events: float, low: float, high: float) -> str:
    if math.isnan(events):
        return "–"
    return f"{events:+.0f} ({unbroken(f'{low:+.0f} to {high:+.0f}')})".replace("-", "−")


def intervals_table(intervals: pd.DataFrame) -> GT:
    """Show the same effects under every kind of interval, so that a reader sees what the default costs."""
    wide = intervals.assign(
        cell=[
            with_interval(*row)
            for row in zip(intervals["rate_ratio"], intervals["low"], intervals["high"], strict=True)
        ]
    ).pivot(index="term", columns="interval", values="cell")
    order = list(dict.fromkeys(intervals["term"]))
    names = {"latent-ar1": "Latent AR(1) (the study's)", "hac": "Newey–West", "model": "Model's own"}
    labels = {"term": "Effect", **{key: name for key, name in names.items() if key in wide}}
    terms = {
        "level": "Level when the handovers begin",
        "slope per week": "Change of trend, per week",
        "average": "Average over the weeks after",
    }
    rows = wide.loc[order].reset_index()
    return house_table(rows.assign(term=rows["term"].map(lambda term: terms.get(term, term))), labels)


def handovers_table(found: DrawdownFindings, provinces: pd.Series[str]) -> GT:
    """List the bases in the order of their handover."""
    rows = found.handovers.assign(
        when=found.handovers["date"].map(day),
        where=[", ".join(provinces[code] for code in codes) for codes in found.handovers["provinces"]],
    )
    return house_table(rows, {"base": "Base", "where": "Province", "when": "Handed over"})


def counted_table(found: DrawdownFindings) -> GT:
    """Show how many events of each province and year are counted."""
    years = list(found.counted.columns)
    rows = found.counted.reset_index()
    total = pd.DataFrame([{"province": "All provinces", **found.counted.sum()}])
    return house_table(
        pd.concat([rows, total], ignore_index=True),
        {"province": "Province", **{year: year for year in years}},
    )


def accounting_table(found: DrawdownFindings) -> GT:
    """Account for every row of the raw file: counted, or left out for a named reason."""
    rows = pd.DataFrame(
        [(name, count) for name, count in found.data["rows"].items()], columns=["what", "rows"]
    )
    return house_table(
        rows.assign(what=rows["what"].str.replace("_", " ")), {"what": "Rows", "rows": "Number"}
    )
