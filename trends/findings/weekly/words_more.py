"""The weekly report's sentences on severity, data and methods."""

from __future__ import annotations

from collections.abc import Mapping

from trends.findings.weekly.kinds import Severity
from trends.findings.weekly.numbers import WeekNumbers
from trends.findings.weekly.report import WeeklyFindings
from trends.findings.words import count_of, interval, listed, no_or, ratio


def severity_words(found: WeeklyFindings) -> str:
    """Say how deadly the week was, and whether very deadly days became more frequent."""
    one = found.severity
    here = (
        f"The week's {count_of(one.attacks, 'attack')} killed {one.deaths}{_each(one)}, with "
        f"{no_or(len(one.large_days), 'day')} with {one.threshold} deaths or more in one province"
        if one.attacks
        else "The week has no recorded attack"
    )
    if one.year is None:
        lacking = "hold too few events" if one.whole else "do not reach back far enough"
        return f"{here}. For a comparison of two years the data {lacking}."
    year = one.year
    return (
        f"{here}. Over the year to this week an attack killed {year.mean_after:.1f} on average, after "
        f"{year.mean_before:.1f} in the year before: {ratio(year.ratio)} times as many (95 % interval "
        f"{interval(year.ratio_low, year.ratio_high)})."
    )


def _each(one: Severity) -> str:
    return f", {one.mean:.1f} an attack" if one.attacks > 1 else ""


def large_words(found: WeeklyFindings) -> str:
    """Say whether the share of mass-casualty days changed."""
    one = found.severity
    what = f"days with {one.threshold} deaths or more in one province"
    if one.share is None:
        return (
            f"There were no {what} in two years."
            if one.whole
            else f"Whether {what} became more frequent cannot be said: the data do not hold two years."
        )
    share = one.share
    if share.low > 1 or share.high < 1:
        verdict = f"their share {'rose' if share.low > 1 else 'fell'}"
    else:
        verdict = "a change of their share is not shown"
    return (
        f"Of {count_of(one.days_before, 'day')} with an attack in a province in the year before, {share.events_before} had "
        f"{one.threshold} deaths or more there; of {one.days_after} in the last year, {share.events_after}. That is "
        f"{ratio(share.rate_ratio)} times the share ({interval(share.low, share.high)}); {verdict}."
    )


def severity_caption(found: WeeklyFindings) -> str:
    """Caption of deaths per attack."""
    one = found.severity
    means = (
        f"a mean of {one.year.mean_before:.1f} deaths an attack in the first and {one.year.mean_after:.1f} in the second"
        if one.year
        else "too few events for the means"
    )
    return (
        f"Deaths per attack on each day and in each province with an attack in two years: {means}. Deaths count both sides "
        "and bystanders. Dotted: the week."
    )


def severity_alt(found: WeeklyFindings) -> str:
    """Describe deaths per attack."""
    daily = found.severity.daily
    most = (daily["deaths_best"] / daily["attacks"]).max() if len(daily) else 0
    return f"Scatter plot of {count_of(len(daily), 'day')} on a logarithmic axis; at most {most:.0f} deaths per attack."


def kinds_words(found: WeeklyFindings) -> str:
    """Say what the source tells of how attacks were made and who was attacked; by week the counts do not keep it."""
    told = found.data.get("what_happened", {})
    types, attacked = (_known(told.get(key, {})) for key in ("attack_types", "attacked"))
    said = [
        f"how an attack was made ({types})" if types else "",
        f"who was attacked ({attacked})" if attacked else "",
    ]
    known = listed([one for one in said if one])
    silent = [
        "" if types else "how an attack was made",
        "" if attacked else "who was attacked",
    ]
    unsaid = " nor ".join(one for one in silent if one)
    if not known:
        return f"The source says neither {unsaid}: there is no figure of either."
    lacking = f" It does not say {unsaid}." if unsaid else ""
    where = f"in {found._whole.country.name}, {found._whole.first} to {found._whole.last}"
    return f"Of all attacks counted {where}, the source tells {known}. The counts do not keep that by week.{lacking}"


def _known(kinds: Mapping[str, int]) -> str:
    """Write kinds with their numbers, the most frequent first; empty where none is known."""
    total, unknown = sum(kinds.values()), kinds.get("unknown", 0)
    if total == unknown:
        return ""
    rows = sorted(
        ((count, name) for name, count in kinds.items() if name != "unknown"),
        key=lambda one: (-one[0], one[1]),
    )
    rest = [f"not said {unknown:,}"] if unknown else []
    return ", ".join([*(f"{name} {count:,}" for count, name in rows), *rest])


def coverage_words(found: WeeklyFindings) -> str:
    """Say which days are covered, how precisely dated and placed, and what cannot be known of late records."""
    data = found.data
    panel, precision = found._panel, data.get("dates", {}).get("precision", {})
    total = sum(precision.values())
    by_day = f"{100 * precision.get('day', 0) / total:.0f} % of the events count on a day" if total else ""
    caveats = " ".join(str(one) for one in data.get("caveats", []))
    return (
        f"All 7 days of the week are covered: the counts run from {found._whole.first} to {found._whole.last}, and "
        f"{count_of(len(panel.weeks), 'whole week')} ({found.asked.weekdays}) up to this one can be used. "
        f"{by_day}. {caveats}"
    )


def has_completed(found: WeeklyFindings) -> bool:
    """Tell whether any week that still fills up has a completed count."""
    return found.completed is not None and bool(len(found.completed.table))


def completed_caption(found: WeeklyFindings) -> str:
    """Caption of the weeks that still fill up."""
    assert found.completed is not None
    table = found.completed.table
    return (
        f"{count_of(len(table), 'week')} up to this one may still gain attacks: of the first of them about "
        f"{100 * table['share'].iloc[0]:.0f} % are recorded, of the last about {100 * table['share'].iloc[-1]:.0f} %."
    )


def late_words(found: WeeklyFindings) -> str:
    """Say how late records are dealt with, or why they cannot be measured."""
    one = found.completed
    if one is None:
        return "The study names one edition of the source, so that late records cannot be measured."
    if one.reason:
        return f"Counts are not completed for late records: {one.reason}."
    gone = (
        f" {count_of(one.withdrawn, 'attack')} of earlier vintages were taken back since."
        if one.withdrawn
        else ""
    )
    old = (
        ""
        if len(one.table)
        else "This week is older than the longest delay allowed for and taken for complete. "
    )
    return (
        f"{old}Late records: delays of up to {count_of(one.max_delay, 'week')} estimated from "
        f"{count_of(one.vintages, 'vintage')} (Lawless 1994); a completed count holds only if events go on being recorded "
        f"as late as before. Completed counts stand beside the others and enter no ratio, fit or alert.{gone}"
    )


def methods_words(found: WeeklyFindings) -> str:
    """Say how the numbers were made."""
    study, n = found._study, found.numbers
    against = study.against
    return (
        f"Weeks go from {found.asked.weekdays}{'' if found.asked.week_start == study.week_start else ', as asked for'}. "
        f"{_ratios(n, against.year_weeks)} The same weeks of earlier years are those within {against.season_days} days of "
        f"the date{_years(n.season_years)}. Smoothed trend, trends of provinces and the before/after effect are "
        "log-linear regressions around a latent AR(1) disturbance, the project's default method; the effect averages "
        f"expected events with over without the interruption. {_alerts(found)}"
    ).strip()


def _alerts(found: WeeklyFindings) -> str:
    """Name the method of the alerts, and what was measured of it (docs/alerts.md)."""
    if found.unusual.reason:
        return ""
    return (
        f"{found.unusual.note} On simulated sparse series with a constant rate between 0.06 and 1.19 % of weeks were above "
        "the threshold where 0.5 % are meant, most where events come in bunches."
    )


def _ratios(n: WeekNumbers, year_weeks: int) -> str:
    """Name the method of the ratios, and the factor of each row of the table."""
    rows = [(one.dispersion, one.weeks) for one in (n.recent, n.season, n.year) if one.low == one.low]
    used = listed([f"{dispersion:.2f} against {count_of(weeks, 'week')}" for dispersion, weeks in rows])
    factors = f", which gives {used}" if rows else ""
    return (
        f"The interval of the count is Garwood's for the count divided by D = {n.dispersion:.2f}, the variance over mean "
        f"of the weeks before, {year_weeks} at most, and never below 1. A week against n earlier ones: exact mid-p "
        "comparison of two Poisson rates, all counts divided by D (1 + f / n) / (1 + 1 / n), f = (1 + r) / (1 - r), with "
        f"their correlation from week to week r = {n.lag1:.2f}{factors}; the same for each province with its own D and r."
    )


def _years(years: int) -> str:
    if not years:
        return "; the data hold no earlier year"
    return f" in {'the one earlier year' if years == 1 else f'each of {years} earlier years'}"


def ledger_caption(found: WeeklyFindings) -> str:
    """Caption of the ledger."""
    rows = found.data.get("rows", {})
    return f"What became of the {rows.get('read', 0):,} rows of the raw file: {rows.get('used', 0):,} are counted."
