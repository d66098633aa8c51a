"""Figures of the drawdown report, made from its findings."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from plotnine import ggplot

from trends.figures.claims import claims_against_records
from trends.figures.forest import forest
from trends.figures.maps import rate_map
from trends.figures.series import counterfactual_series
from trends.figures.severity import deaths_per_attack
from trends.findings.drawdown import DrawdownFindings, rates, windows
from trends.findings.drawdown_words import claims_shown


def national(found: DrawdownFindings) -> ggplot:
    """Draw the weekly series with fit, counterfactual, handovers and Ramadan."""
    curves = found.national.curves
    hidden = curves["week"] < pd.Timestamp(found._study.interruptions[0].date) - pd.Timedelta(days=6)
    expected = ["expected", "expected_low", "expected_high"]
    handovers = found.handovers
    ends = handovers.index.isin([0, len(handovers) - 1])
    periods = [found.ramadan[["start", "end"]].assign(kind="Ramadan")]
    if found._study.phase_in is not None:
        phase = {"start": found._study.phase_in.first, "end": found._study.phase_in.last}
        periods.append(pd.DataFrame([phase]).assign(kind="Transfer phase (left out)"))
    return counterfactual_series(
        curves.assign(**{name: curves[name].where(~hidden) for name in expected}),
        pd.DataFrame({"date": handovers["date"], "label": np.where(ends, handovers["base"], "")}),
        pd.concat(periods, ignore_index=True).astype({"start": "datetime64[ns]", "end": "datetime64[ns]"}),
    )


def provinces(found: DrawdownFindings) -> ggplot:
    """Draw the rate ratios of all areas with a record, pooled areas first."""
    rows = found.comparison[found.comparison[["before", "after"]].sum(axis=1) > 0]
    notes = [
        f"{before} → {after}{_would_have_shown(verdict, detectable)}"
        for before, after, verdict, detectable in zip(
            rows["before"], rows["after"], rows["verdict"], rows["detectable"], strict=True
        )
    ]
    return forest(rows.assign(note=notes).reset_index(drop=True))


def _would_have_shown(verdict: str, detectable: float) -> str:
    if verdict != "too few":
        return ""
    return (
        f"   × {detectable:.1f} would have shown"
        if math.isfinite(detectable)
        else "   no rise would have shown"
    )


def maps(found: DrawdownFindings) -> ggplot:
    """Draw the provinces before and after, coloured by attacks per 100,000 people and year."""
    table = rates(found)
    chosen = windows(found._study.provinces)
    titles = {
        "before": f"Before: {chosen.before[0]:%Y-%m-%d} to {chosen.before[1]:%Y-%m-%d}",
        "after": f"After: {chosen.after[0]:%Y-%m-%d} to {chosen.after[1]:%Y-%m-%d}",
    }
    labels = [
        f"{name}\n{attacks}" if attacks else ""
        for name, attacks in zip(table["name"], table["attacks"], strict=True)
    ]
    return rate_map(
        found._panel.country.shapes(),
        table.assign(period=table["period"].map(titles), label=labels),
        legend="attacks per 100,000 people and year",
    )


def claims(found: DrawdownFindings) -> ggplot:
    """Draw claims beside records."""
    return claims_against_records(claims_shown(found))


def severity(found: DrawdownFindings) -> ggplot:
    """Draw deaths per attack with the means before and after."""
    chosen, one = windows(found._study.provinces), found.severity
    window = found._study.window
    daily = found._panel.daily
    daily = daily[daily["date"].between(pd.Timestamp(window.first), pd.Timestamp(window.last))]
    means = pd.DataFrame(
        {
            "start": [chosen.before[0], chosen.after[0]],
            "end": [chosen.before[1], chosen.after[1]],
            "mean": [one.mean_before, one.mean_after],
            "label": [f"mean {one.mean_before:.1f}", f"mean {one.mean_after:.1f}"],
        }
    )
    return deaths_per_attack(
        daily.assign(deaths_per_attack=daily["deaths_best"] / daily["attacks"]),
        means,
        pd.Timestamp(found._study.interruptions[0].date),
    )
