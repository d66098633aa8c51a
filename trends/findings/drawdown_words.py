"""The drawdown report's sentences, captions and alternative texts, made from its findings by rule.

Direction and size come first, the interval always stands beside, and nothing is said that the numbers do not hold.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from trends.findings.drawdown import DrawdownFindings, rates, windows
from trends.findings.words import day, days, interval, percent_change, ratio
from trends.models import compare_rates
from trends.models.sparse import EVENTS_EACH_SIDE


def what_happened(found: DrawdownFindings) -> str:
    """Say how the rate changed, as recorded and against what was expected."""
    row, average = found.comparison.iloc[0], found.national.average
    return (
        f"Recorded attacks with at least one death went from {row['rate_before']:.2f} to {row['rate_after']:.2f} a week "
        f"({row['before']} in {row['weeks_before']} weeks before, {row['after']} in {row['weeks_after']} weeks after). "
        f"Set against the trend and season of the years before, the rate from {day(_first_after(found))} on was on average "
        f"{ratio(average['rate_ratio'])} times the expected one, that is {percent_change(average['rate_ratio'])} "
        f"(95 % interval {interval(average['low'], average['high'])})."
    )


def _first_after(found: DrawdownFindings) -> pd.Timestamp:
    """First day after the interruption and its phase-in."""
    study = found._study
    if study.phase_in is None:
        return pd.Timestamp(study.interruptions[0].date)
    return pd.Timestamp(study.phase_in.last) + pd.Timedelta(days=1)


def how_sure(found: DrawdownFindings) -> str:
    """Say what the interval allows, and whether any province stands out."""
    low, high = found.national.average["low"], found.national.average["high"]
    if low <= 1 <= high:
        first = (
            f"Not sure: anything from {percent_change(low)} to {percent_change(high)} attacks is compatible with "
            "these records, so they show neither a rise nor that there was none."
        )
    else:
        first = (
            f"The interval leaves out no change: set against the course before, anything from {percent_change(low)} to "
            f"{percent_change(high)} attacks is compatible with these records. What moved them a series compared with "
            "its own past cannot say."
        )
    return f"{first} {_provinces_sentence(found)}"


def _provinces_sentence(found: DrawdownFindings) -> str:
    single = found.comparison[found.comparison["provinces"].map(len).eq(1)]
    flagged = single[single["q_value"] <= found._study.multiplicity.level]
    silent = int((single["before"] + single["after"]).eq(0).sum())
    few = int(single["verdict"].eq("too few").sum()) - silent
    named = ", ".join(flagged["label"]) if len(flagged) else "no province"
    return (
        f"After allowing for {len(single) - silent} tests, {named} stands out; {few} provinces have too few events "
        f"to tell, and {silent} have none at all."
    )


def what_it_cannot_show() -> str:
    """Say what neither number nor interval can answer."""
    return (
        "Whether the handovers caused anything: they coincided with COVID-19 curfews, Ramadan and the yearly spring "
        "offensive. Nor does the source see attacks that killed nobody, or who began a clash."
    )


def national_caption(found: DrawdownFindings) -> str:
    """Caption of the national series."""
    average, excess = found.national.average, found.national.excess
    return (
        f"Weekly attacks in {found.national.label}. In the weeks after the transfer phase the fitted rate averages "
        f"{ratio(average['rate_ratio'])} times the expected one (95 % interval "
        f"{interval(average['low'], average['high'])}), or {_signed(excess['events'])} attacks in all "
        f"({_signed(excess['low'])} to {_signed(excess['high'])}). Bars: recorded; shaded band: 95 % interval of the "
        "expected mean."
    )


def national_alt(found: DrawdownFindings) -> str:
    """Describe the national series to a reader who does not see it."""
    curves, first = found.national.curves, pd.Timestamp(found._study.interruptions[0].date)
    after = _after(curves, first)
    return (
        f"Bar chart of {len(curves)} weeks, {days(curves['week'].iloc[0], curves['week'].iloc[-1])}, with between "
        f"{curves['observed'].min():.0f} and {curves['observed'].max():.0f} attacks a week; fitted curve, and after "
        f"{day(first)} a dashed curve of what was expected, whose band holds the fitted curve in "
        f"{_inside(after)} of {len(after)} weeks."
    )


def _after(curves: pd.DataFrame, first: pd.Timestamp) -> pd.DataFrame:
    """Weeks of the fit from the one of the interruption on."""
    return curves[(curves["week"] + pd.Timedelta(days=6) >= first) & curves["in_fit"]]


def _inside(after: pd.DataFrame) -> int:
    return int(after["fitted"].between(after["expected_low"], after["expected_high"]).sum())


def forest_caption(found: DrawdownFindings) -> str:
    """Caption of the comparison by province."""
    comparison = windows(found._study.provinces)
    pooled = found.comparison.set_index("label")
    parts = [
        f"{name} {ratio(pooled.loc[name, 'rate_ratio'])} ({interval(pooled.loc[name, 'low'], pooled.loc[name, 'high'])})"
        for name in pooled.index[pooled["section"] == "Pooled"]
    ]
    return (
        f"Weekly rate after ({days(*comparison.after)}) over before ({days(*comparison.before)}): {'; '.join(parts)}. "
        f"{_provinces_sentence(found)}"
    )


def forest_alt(found: DrawdownFindings) -> str:
    """Describe the forest plot."""
    shown = found.comparison.dropna(subset=["low"])
    crossing = int(((shown["low"] <= 1) & (shown["high"] >= 1)).sum())
    return (
        f"Forest plot of rate ratios on a logarithmic axis for {len(found.comparison)} areas; of the {len(shown)} that "
        f"have an interval, {crossing} include no change. The numbers stand in the table below."
    )


def map_caption(found: DrawdownFindings) -> str:
    """Caption of the two maps."""
    table = rates(found)
    tops = [
        group.sort_values(["rate", "name"], ascending=[False, True]).iloc[0]
        for _, group in table.groupby("period", sort=False)
    ]
    parts = [f"{top['name']} with {top['rate']:.2f} {top['period']}" for top in tops]
    return (
        f"Attacks per 100,000 people and year: highest in {' and in '.join(parts)} the handovers. Numbers in the "
        "provinces are attacks; population as of 2018."
    )


def map_alt(found: DrawdownFindings) -> str:
    """Describe the maps."""
    table = rates(found).pivot(index="name", columns="period", values="attacks")
    some = table[table.sum(axis=1) > 0].sort_values("before", ascending=False)
    listed = "; ".join(f"{name} {row['before']} and {row['after']}" for name, row in some.iterrows())
    return (
        f"Two maps of the provinces, before and after, coloured by rate. Attacks before and after: {listed}."
    )


def claims_caption(found: DrawdownFindings) -> str:
    """Caption of claims against records, led by the week that the study names."""
    week = claimed_week(found)
    year = claimed_year(found)
    first = (
        f"For {days(week['start'], week['end'])} the group claimed {week['claimed']} attacks; the source records "
        f"{week['recorded']} with a death in the same days. "
        if week is not None
        else ""
    )
    second = (
        f"For {year['start'].year} it claimed {year['claimed']:,} and {year['recorded']} are recorded: "
        f"{100 * year['share']:.0f} for each 100 claimed (95 % interval {100 * year['low']:.0f} to "
        f"{100 * year['high']:.0f})."
        if year is not None
        else ""
    )
    return f"{first}{second}".strip()


def claimed_week(found: DrawdownFindings) -> dict[str, Any] | None:
    """Return the claim for the week that the study names, or None."""
    if found._study.claims is None:
        return None
    start = pd.Timestamp(found._study.claims.week)
    rows = found.claims[found.claims["start"].eq(start) & found.claims["area"].eq(found._study.claims.area)]
    return {str(key): value for key, value in rows.iloc[0].items()} if len(rows) else None


def claimed_year(found: DrawdownFindings) -> dict[str, Any] | None:
    """Return the first claim about the whole country for a whole year, or None."""
    length = (found.claims["end"] - found.claims["start"]).dt.days
    rows = found.claims[length.ge(364) & ~found.claims["area"].str.contains("-")]
    return {str(key): value for key, value in rows.iloc[0].items()} if len(rows) else None


def claims_alt(found: DrawdownFindings) -> str:
    """Describe the claims figure."""
    rows = claims_shown(found)
    listed = "; ".join(
        f"{label}: {claimed:,} claimed, {recorded} recorded"
        for label, claimed, recorded in zip(rows["label"], rows["claimed"], rows["recorded"], strict=True)
    )
    return f"Pairs of points on a logarithmic axis. {listed}."


def claims_shown(found: DrawdownFindings) -> pd.DataFrame:
    """Return the claims that the figure shows: whole country, one row for equal claims about equal days."""
    country = found.claims[~found.claims["area"].str.contains("-")]
    rows = country.drop_duplicates(["start", "end", "claimed"])
    labels = [days(start, end) for start, end in zip(rows["start"], rows["end"], strict=True)]
    return rows.assign(label=labels)[["label", "claimed", "recorded"]].drop_duplicates("label", keep="last")


def severity_caption(found: DrawdownFindings) -> str:
    """Caption of deaths per attack."""
    one = found.severity
    return (
        f"Deaths per attack went from {one.mean_before:.1f} ({one.mean_before_low:.1f} to {one.mean_before_high:.1f}) to "
        f"{one.mean_after:.1f} ({one.mean_after_low:.1f} to {one.mean_after_high:.1f}): {ratio(one.ratio)} times as many "
        f"(95 % interval {interval(one.ratio_low, one.ratio_high)}). Days with {one.large_threshold} deaths or more in "
        f"one province: {one.large_before} before, {one.large_after} after."
    )


def severity_alt(found: DrawdownFindings) -> str:
    """Describe deaths per attack."""
    one = found.severity
    return (
        f"Points for each day and province with an attack, on a logarithmic axis; "
        f"horizontal lines mark means of {one.mean_before:.1f} before and {one.mean_after:.1f} after "
        f"{day(pd.Timestamp(found._study.interruptions[0].date))}."
    )


def specifications_caption(found: DrawdownFindings) -> str:
    """Caption of the table of specifications."""
    table = found.specifications.dropna(subset=["rate_ratio"])
    crossing = int(((table["low"] <= 1) & (table["high"] >= 1)).sum())
    return (
        f"Average rate ratio after the handovers under {len(table)} specifications, the pre-specified one first: from "
        f"{ratio(table['rate_ratio'].min())} to {ratio(table['rate_ratio'].max())}, and {crossing} of {len(table)} "
        "intervals include no change."
    )


def _routes_sentence() -> str:
    return (
        f"How an area is compared follows from its attacks: with {EVENTS_EACH_SIDE} or more in each period the interval "
        "allows for serial correlation (latent AR(1)), with fewer the two rates are compared exactly."
    )


def provinces_caption(found: DrawdownFindings) -> str:
    """Caption of the table of provinces."""
    single = found.comparison[found.comparison["provinces"].map(len).eq(1)]
    return (
        "Attacks before and after by area. The q-value allows for the number of provinces compared (Benjamini and "
        f"Hochberg); the smallest is {single['q_value'].min():.2f}. “Would have shown” is the smallest rise that 80 of "
        f"100 such comparisons would have found. {_routes_sentence()}"
    )


def intervals_caption(found: DrawdownFindings) -> str:
    """Caption of the table of intervals."""
    widths = {
        name: math.log(rows["high"].iloc[0] / rows["low"].iloc[0])
        for name, rows in found.national.intervals[found.national.intervals["term"] == "average"].groupby(
            "interval"
        )
    }
    factor = widths["latent-ar1"] / widths["model"]
    return (
        "The same effects with three kinds of interval. The study's allows for serial correlation and is "
        f"{factor:.1f} times as long (on the log scale) as the model's own, which takes weeks as independent."
    )


def _signed(value: float) -> str:
    return f"{round(value):+d}".replace("-", "−") if round(value) else "0"


def model_words(found: DrawdownFindings) -> str:
    """Say how the national series was fitted, and what its residuals look like."""
    one, checks = found.national, found.national.diagnostics
    return (
        f"Fitted: {one.method}, {checks['weeks']} weeks with {checks['events_before']} attacks before and "
        f"{checks['events_after']} after, {checks['weeks_phase_in']} weeks of the transfer phase left out. "
        f"Pearson chi-square over degrees of freedom is {checks['pearson_ratio']:.2f} (1 where the variance fits); the "
        f"autocorrelation of the residuals at one week is {checks['autocorrelation'][0]:.2f} (Ljung–Box "
        f"p = {checks['ljung_box_p']:.2f} over {checks['ljung_box_df']} lags)."
    )


def same_season(found: DrawdownFindings) -> str:
    """Say whether the comparison with the same weeks a year earlier agrees."""
    parts = []
    for name, table in found.comparison_alternatives.items():
        row = table.iloc[0]
        parts.append(
            f"Compared with other weeks ({name}: {row['before']} attacks in {row['weeks_before']} weeks before, "
            f"{row['after']} in {row['weeks_after']} after) the ratio for {row['label']} is {ratio(row['rate_ratio'])} "
            f"({interval(row['low'], row['high'])})."
        )
    return " ".join(parts)


def large_days(found: DrawdownFindings) -> str:
    """Say whether large attacks became rarer, as far as counts by day and province can tell."""
    one, row = found.severity, found.comparison.iloc[0]
    before, after = one.large_before / row["weeks_before"] * 52, one.large_after / row["weeks_after"] * 52
    compared = _large_ratio(one.large_before, one.large_after, row["weeks_before"], row["weeks_after"])
    return (
        f"“They are not able to conduct large-scale attacks”: days with {one.large_threshold} or more deaths in one "
        f"province came at a rate of {before:.1f} a year before and {after:.1f} after ({one.large_before} and "
        f"{one.large_after} such days; {compared}). Counts by day and province cannot "
        "separate two attacks on one day in one province, and deaths include attackers."
    )


def _large_ratio(before: int, after: int, weeks_before: int, weeks_after: int) -> str:
    if not before + after:
        return "nothing to compare"
    rates = compare_rates(before, after, weeks_before, weeks_after)
    return f"exact ratio of the rates {ratio(rates.rate_ratio)}, 95\u00a0% interval {interval(rates.low, rates.high)}"


def ramadan_after(found: DrawdownFindings) -> str:
    """Write the days of the first Ramadan after the first interruption."""
    start = pd.Timestamp(found._study.interruptions[0].date)
    fast = found.ramadan[found.ramadan["start"] > start].iloc[0]
    return days(fast["start"], fast["end"])


def data_words(found: DrawdownFindings) -> str:
    """Name source, version, licence and window."""
    data = found.data
    located = ", ".join(f"{count} by {how}" for how, count in sorted(data["located_by"].items()))
    return (
        f"Source: {data['source']}, version {data['version']}, {data['licence']}. {data['citation']}. What is counted: "
        f"{data['counts']}, with {data['filters']['actor']} as a side, {data['coverage']['first']} to "
        f"{data['coverage']['last']}. Located: {located} (of {data['rows']['used']} events)."
    )


def methods_words(found: DrawdownFindings) -> str:
    """Describe the methods in a paragraph, from the study's choices."""
    study = found._study
    change = (
        f"change of {study.interruptions[0].shape.replace('+', ' and ')} at {study.interruptions[0].date}"
    )
    return (
        f"Weekly counts from {study.window.first} to {study.window.last} are modelled log-linearly with a "
        f"{study.model.trend} trend, {study.model.harmonics} pairs of yearly harmonics, and a {change} "
        f"(segmented regression: Lopez Bernal et al. 2017). Intervals allow for a latent "
        "first-order autoregressive disturbance of unknown size and persistence (in the line of Zeger 1988 and Breslow "
        "and Clayton 1993), integrated over; their coverage has been measured by simulation. Areas are compared "
        f"by the level before and after alone; those with fewer than {EVENTS_EACH_SIDE} attacks in a period get an "
        "exact conditional comparison of two rates, with the dispersion of their weekly counts allowed for. "
        f"{study.multiplicity.method.replace('-', ' and ').title().replace(' And ', ' and ')} control false discoveries "
        f"among provinces at {100 * study.multiplicity.level:.0f} %. Average ratios and excess attacks come from "
        f"{study.draws:,} draws with seed {study.seed}."
    )
