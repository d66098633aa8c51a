"""Findings of the drawdown report: how attacks changed when the coalition handed over its bases.

``find`` runs a study from the committed panel; the report's figures, tables and words are made from what it
returns, and ``results.json`` holds the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from trends.facts import load_claims_periods, load_claims_weekly, load_population, load_published
from trends.findings.claims import about_country, compare_claims, published_beside_records
from trends.findings.data_quality import DataQuality, data_quality
from trends.findings.definitions import DefinitionFindings, check_definition, compare_definitions
from trends.findings.evidence import CheckFindings, DifferentDates, controlled, different_dates, run_checks_of
from trends.findings.fits import (
    FitFindings,
    check_covariates,
    compare_specifications,
    describe_fit,
    fit_specification,
)
from trends.findings.results import write_results
from trends.findings.severity import SeverityComparison, compare_severity
from trends.findings.together import TogetherFindings, compare_together
from trends.findings.units import Unit, Windows, compare_units
from trends.ledger import Ledger
from trends.panel import WeeklyPanel, load_panel
from trends.study import Study, load_study
from trends.study_parts import Comparison
from trends.timeline import Timeline, load_timeline


@dataclass(frozen=True)
class DrawdownFindings:
    """Everything that the drawdown report says in numbers.

    Attributes
    ----------
    study
        The choices, as in the study file, and its sha256.
    data
        Where the counts come from: the panel's manifest.
    counted
        Events counted by province (name) and year, one column a year; provinces without one are in it.
    handovers
        ``base, provinces, date, id`` in order.
    ramadan
        ``start, end, year`` inside the window.
    curfews, pauses
        Curfews that begin inside the window, as `Timeline.curfews` gives them, and the coalition's pauses
        (``date, name``).
    national, groups
        The pre-specified interrupted series: the whole country, and each group of the study.
    comparison, comparison_alternatives
        Before and after by unit (see `compare_units`): pooled units first, then provinces; other windows for
        pooled units only.
    together
        All provinces together: mean ratio, how much provinces differ, each left out in turn.
    controls
        Controlled comparisons beside what each series says alone (see `controlled`).
    different_dates
        The effect from each province's own date.
    checks
        The checks of the national fit, by name.
    specifications
        Every specification of the study, the pre-specified one first.
    claims, published
        Claims, and counts that others published, beside the recorded attacks of the same days.
    definitions
        The pre-specified answer under each definition of an attack.
    quality
        What became of every row of the raw files, and how precisely they are dated.
    severity
        Deaths per attack.
    """

    study: Mapping[str, Any]
    data: Mapping[str, Any]
    counted: pd.DataFrame
    handovers: pd.DataFrame
    ramadan: pd.DataFrame
    curfews: pd.DataFrame
    pauses: pd.DataFrame
    national: FitFindings
    groups: Mapping[str, FitFindings]
    comparison: pd.DataFrame
    comparison_alternatives: Mapping[str, pd.DataFrame]
    together: TogetherFindings
    controls: pd.DataFrame
    different_dates: DifferentDates
    checks: Mapping[str, CheckFindings]
    specifications: pd.DataFrame
    claims: pd.DataFrame
    published: pd.DataFrame
    definitions: DefinitionFindings
    quality: DataQuality
    severity: SeverityComparison
    _panel: WeeklyPanel = field(repr=False)
    _study: Study = field(repr=False)


def find(study: str | Path, out: str | Path = "") -> DrawdownFindings:
    """Run the drawdown study.

    Parameters
    ----------
    study
        The study file.
    out
        A folder for ``results.json``; empty for none.

    Raises
    ------
    TrendsError
        When the study, the panel or the facts are not as they have to be, or the data do not allow the
        pre-specified fit.
    """
    choices, timeline = load_study(study), load_timeline()
    check_covariates(choices, timeline)
    panel = load_panel(choices.panel_folder, choices.week_start)
    check_definition(choices, panel.manifest)
    found = _found(choices, panel, timeline)
    if out:
        write_results(found, out, choices.rounding.significant_digits)
    return found


def _found(study: Study, panel: WeeklyPanel, timeline: Timeline) -> DrawdownFindings:
    main = study.specifications()[0]
    window = (pd.Timestamp(study.window.first), pd.Timestamp(study.window.last))
    ramadan = timeline.ramadan()
    fit = fit_specification(panel, study, main, timeline)
    quality, account = data_quality(study.panel_folder, panel)
    return DrawdownFindings(
        study={**study.model_dump(), "sha256": study.sha256},
        data=dict(panel.manifest or {}),
        counted=_counted(panel, account),
        handovers=timeline.handovers(),
        ramadan=ramadan[ramadan["start"].between(*window)].reset_index(drop=True),
        curfews=_begun(timeline.curfews(), "start", window),
        pauses=_begun(timeline.select(topic="coalition_pause")[["date", "name"]], "date", window),
        national=describe_fit(panel.country.name, fit),
        groups={
            panel.country.group_titles[group]: describe_fit(
                panel.country.group_titles[group], fit_specification(panel, study, main, timeline, group)
            )
            for group in study.groups
        },
        comparison=_compare(panel, study, study.provinces),
        comparison_alternatives={
            one.name: _compare(panel, study, one, pooled=True) for one in study.provinces.alternatives
        },
        together=compare_together(
            panel, windows(study.provinces), study.multiplicity, intervals=study.model.intervals
        ),
        controls=controlled(panel, study, timeline),
        different_dates=different_dates(panel, study, timeline),
        checks=run_checks_of(fit, panel, study, main),
        specifications=compare_specifications(panel, study, timeline),
        claims=compare_claims(
            about_country(load_claims_weekly(), load_claims_periods(), panel.country.iso2), panel
        ),
        published=published_beside_records(load_published(), panel),
        definitions=compare_definitions(panel, study, timeline),
        quality=quality,
        severity=_severity(panel, study),
        _panel=panel,
        _study=study,
    )


def _begun(rows: pd.DataFrame, column: str, window: tuple[pd.Timestamp, pd.Timestamp]) -> pd.DataFrame:
    return rows[rows[column].between(*window)].reset_index(drop=True)


def windows(comparison: Comparison) -> Windows:
    """Return a study's comparison windows as timestamps."""
    before, after = comparison.before, comparison.after
    return Windows(
        (pd.Timestamp(before.first), pd.Timestamp(before.last)),
        (pd.Timestamp(after.first), pd.Timestamp(after.last)),
    )


def units(panel: WeeklyPanel, study: Study) -> list[Unit]:
    """List what is compared: the country, its groups and the rest, then single provinces by group."""
    country = panel.country
    everywhere = country.resolve(None)
    grouped = {country.group_titles[group]: country.resolve(group) for group in study.groups}
    inside = {code for codes in grouped.values() for code in codes}
    elsewhere = tuple(code for code in everywhere if code not in inside)
    pooled = [Unit(country.name, "Pooled", everywhere)]
    pooled += [Unit(title, "Pooled", codes) for title, codes in grouped.items()]
    pooled += [Unit("Elsewhere", "Pooled", elsewhere)]
    single = [
        Unit(str(country.provinces.loc[code, "name"]), section, (code,))
        for section, codes in [*grouped.items(), ("Elsewhere", elsewhere)]
        for code in codes
    ]
    return [*pooled, *single]


def _compare(
    panel: WeeklyPanel, study: Study, comparison: Comparison, *, pooled: bool = False
) -> pd.DataFrame:
    chosen = [unit for unit in units(panel, study) if unit.section == "Pooled" or not pooled]
    return compare_units(panel, chosen, windows(comparison), intervals=study.model.intervals)


def _counted(panel: WeeklyPanel, account: Ledger) -> pd.DataFrame:
    """Return the events counted by province and year, from the ledger of the panel's folder."""
    used = account.frame[account.frame["outcome"] == "used"]
    table = used.pivot_table(index="province", columns="year", values="rows", aggfunc="sum", fill_value=0)
    names = panel.country.provinces["name"]
    table = table.reindex(names.index, fill_value=0).set_axis(names.to_numpy()).rename_axis("province")
    return table.astype("int64").rename(columns=str).rename_axis(columns=None)


def _severity(panel: WeeklyPanel, study: Study) -> SeverityComparison:
    chosen = windows(study.provinces)
    before, after = (
        panel.daily[panel.daily["date"].between(*days)] for days in (chosen.before, chosen.after)
    )
    return compare_severity(before, after, large=study.mass_casualty_deaths)


def rates(found: DrawdownFindings) -> pd.DataFrame:
    """Return each province's attacks per 100,000 people and year, before and after.

    Population is that of the latest year with a figure for every province; it does not change between the
    periods, so that a difference between them is one of attacks.

    Returns
    -------
    pandas.DataFrame
        ``province, name, period ("before" or "after"), attacks, weeks, population, rate``.
    """
    population = load_population()
    complete = population.groupby("year")["province"].nunique()
    codes = found._panel.country.provinces.index
    year = complete[complete == len(codes)].index.max()
    people = (
        population[population["year"] == year].drop_duplicates("province").set_index("province")["population"]
    )
    single: list[dict[str, Any]] = [
        {str(key): cell for key, cell in row.items()}
        for row in found.comparison.to_dict("records")
        if len(row["provinces"]) == 1
    ]
    rows = [
        {
            "province": (code := row["provinces"][0]),
            "name": row["label"],
            "period": period,
            "attacks": row[period],
            "weeks": row[f"weeks_{period}"],
            "population": int(people[code]),
            "rate": row[period] / row[f"weeks_{period}"] * 365.25 / 7 / people[code] * 1e5,
        }
        for period in ("before", "after")
        for row in single
    ]
    return pd.DataFrame(rows)
