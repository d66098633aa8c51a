"""Figures of the drawdown report, made from its findings."""

from __future__ import annotations

import math
from textwrap import wrap

import numpy as np
import pandas as pd
from plotnine import ggplot, labs, theme

from trends.figures.claims import claims_against_records
from trends.figures.forest import forest
from trends.figures.maps import rate_map
from trends.figures.series import counterfactual_series
from trends.figures.severity import deaths_per_attack
from trends.figures.theme import house_theme
from trends.findings.drawdown import DrawdownFindings, rates, windows
from trends.findings.drawdown_words import claims_shown
from trends.findings.words import interval, ratio, verdict
from trends.models.detectable import detectable_rise


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
    """Draw the rate ratios of all areas with a record: pooled ones first, the mean over provinces among them."""
    compared = found.comparison[found.comparison[["before", "after"]].sum(axis=1) > 0]
    pooled = compared["section"].eq("Pooled")
    rows = pd.concat([compared[pooled], mean_row(found), compared[~pooled]], ignore_index=True)
    notes = [
        f"{before} → {after}{_would_have_shown(verdict, detectable)}"
        for before, after, verdict, detectable in zip(
            rows["before"], rows["after"], rows["verdict"], rows["detectable"], strict=True
        )
    ]
    return forest(rows.assign(note=notes))


def mean_row(found: DrawdownFindings) -> pd.DataFrame:
    """Return the mean over provinces as a row of the comparison."""
    country, mean = found.comparison.iloc[0], found.together.mean
    low, high = mean["low"], mean["high"]
    row = {
        "label": "Mean over provinces",
        "section": "Pooled",
        "before": country["before"],
        "after": country["after"],
        **mean,
        "detectable": found.together.detectable,
        "verdict": verdict(low, high, mean["rate_ratio"], found.together.detectable),
    }
    return pd.DataFrame([row])


def comparisons(found: DrawdownFindings) -> ggplot:
    """Draw what single series say alone, what the controlled comparison says, and a series that cannot be touched."""
    rows = comparison_rows(found)
    return forest(rows, measure="Average rate ratio over the weeks after")


def specifications(found: DrawdownFindings) -> ggplot:
    """Draw the average ratio under every specification, the pre-specified one first."""
    table = found.specifications
    rows = table.assign(
        label=table["name"],
        section=np.where(table.index == 0, "The study's", "Others"),
        note=[f"{ratio(one)}" if one == one else "no estimate" for one in table["rate_ratio"]],
    )
    return forest(_judged(rows), measure="Average rate ratio over the weeks after")


def placebo(found: DrawdownFindings) -> ggplot:
    """Draw the effects at all dates that could have been named, the real one among them."""
    return (
        found.checks["placebo_dates"]._check.plot()
        + labs(title="")
        + house_theme()
        + theme(figure_size=(9, 3.6))
    )


def power(found: DrawdownFindings) -> ggplot:
    """Draw the probability of finding a change by its size."""
    return found.checks["power"]._check.plot() + labs(title="") + house_theme() + theme(figure_size=(9, 3.4))


def _judged(rows: pd.DataFrame) -> pd.DataFrame:
    limits = list(zip(rows["low"], rows["high"], rows["rate_ratio"], strict=True))
    return rows.assign(
        verdict=[verdict(low, high, one, detectable_rise(low, high)) for low, high, one in limits]
    )


def comparison_rows(found: DrawdownFindings) -> pd.DataFrame:
    """Return controls and negative-control outcomes as rows of a forest plot."""
    kinds = {"alone": "Alone", "controlled": "Controlled"}
    national = {"label": found.national.label, "section": "Alone", **found.national.average, "note": ""}
    controls = found.controls.assign(
        label=found.controls["comparison"].str.replace(r"^.*: ", "", regex=True),
        section=found.controls["kind"].map(kinds),
        note="",
    )
    names = ["label", "section", "rate_ratio", "low", "high", "note"]
    parts = [pd.DataFrame([national])[names], controls[names]]
    if "placebo_outcomes" in found.checks:
        outcomes = found.checks["placebo_outcomes"].table
        outcomes = outcomes[~outcomes["real"].astype(bool)]
        parts.append(outcomes.assign(label=outcomes["outcome"], section="Not touched", note="")[names])
    rows = pd.concat(parts, ignore_index=True)
    limits = zip(rows["rate_ratio"], rows["low"], rows["high"], strict=True)
    rows["note"] = [
        f"{ratio(one)} ({interval(low, high)})" if one == one else "no estimate" for one, low, high in limits
    ]
    return _judged(rows.assign(label=rows["label"].map(lambda label: "\n".join(wrap(label, 34)))))


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
