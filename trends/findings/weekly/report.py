"""Findings of the weekly report: one week, what it is set against, and how far the data carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from trends.files import write_csv
from trends.findings.results import write_results
from trends.findings.weekly import loading
from trends.findings.weekly.as_of import Standing, stand
from trends.findings.weekly.asked import Asked, ask, check_covered
from trends.findings.weekly.claiming import ClaimFindings, claim_findings
from trends.findings.weekly.completing import Completed, completed
from trends.findings.weekly.course import EffectCourse, effect_course, smoothed
from trends.findings.weekly.kinds import Severity, severity
from trends.findings.weekly.numbers import WeekNumbers, week_numbers
from trends.findings.weekly.provinces import province_table, whole_area
from trends.findings.weekly.revisions import COLUMNS, Span, changed, revisions
from trends.findings.weekly.unusual import WHOLE, Unusual, unusual
from trends.findings.words import day
from trends.ledger import Ledger, ledger_of_panel
from trends.panel import WeeklyPanel
from trends.study_weekly import Provisional, WeeklyStudy, load_weekly_study


@dataclass(frozen=True)
class WeeklyFindings:
    """Everything that the weekly report says in numbers.

    Attributes
    ----------
    study, data
        The choices, as in the study file, and its sha256; the panel's manifest.
    asked
        The week.
    area
        What is reported on: the country's name, or the group's title.
    known_by
        The day whose knowledge the counts are; None for a final edition without ``as_of``.
    changed_since
        What ``changes`` compares with: an earlier report, or the vintage before; empty without either.
    provisional_weeks
        How many weeks up to this one still fill up.
    completed
        The counts of these weeks completed; None where the study names one edition only.
    numbers
        The week, and the week against others.
    provinces, together
        One row a province (see `province_table`), and one for all of them together.
    changes
        Weeks whose counts an earlier report, or else the vintage before, gave otherwise; None without either.
    unusual
        Alerts.
    long, effect
        Two years with a smoothed trend; the before/after effect as of each week.
    handovers, ramadan
        Happenings inside the long view.
    severity, claims
        Deaths per attack; claims beside records.
    weekly, weeks
        ``week, province, attacks`` of the long view, rows of no attack left out; its first and last week.
    """

    study: Mapping[str, Any]
    data: Mapping[str, Any]
    asked: Asked
    area: str
    known_by: pd.Timestamp | None
    provisional_weeks: int
    completed: Completed | None
    numbers: WeekNumbers
    provinces: pd.DataFrame
    together: pd.DataFrame
    changes: pd.DataFrame | None
    changed_since: str
    unusual: Unusual
    long: pd.DataFrame
    effect: EffectCourse
    handovers: pd.DataFrame
    ramadan: pd.DataFrame
    severity: Severity
    claims: ClaimFindings
    weekly: pd.DataFrame
    weeks: Mapping[str, pd.Timestamp]
    _panel: WeeklyPanel = field(repr=False)
    _whole: WeeklyPanel = field(repr=False)
    _study: WeeklyStudy = field(repr=False)

    def account(self) -> Ledger:
        """Return what became of every row of the raw file."""
        return ledger_of_panel(self._panel.manifest or {}, self._whole.daily)


def find(
    study: str | Path,
    week: str,
    *,
    week_start: str = "",
    as_of: str = "",
    group: str = "",
    previous: str = "",
    out: str | Path = "",
) -> WeeklyFindings:
    """Describe one week.

    Parameters
    ----------
    study
        The study file.
    week
        The first day of the week.
    week_start, as_of, group
        As in `trends.findings.weekly.asked.ask`.
    previous
        ``results.json`` of an earlier report, for what changed since.
    out
        A folder for ``results.json`` and the tables; empty for none.

    Raises
    ------
    TrendsError
        The week cannot be asked for, or the study, the panel or the facts are not as they have to be.
    """
    choices = load_weekly_study(study)
    asked = ask(week, week_start, as_of, group)
    standing = stand(choices, asked)
    check_covered(asked, standing.panel)
    found = _found(choices, asked, standing, previous)
    if out:
        write_results(found, out, choices.rounding.significant_digits)
        _write_tables(found, Path(out))
    return found


def _up_to(whole: WeeklyPanel, asked: Asked) -> WeeklyPanel:
    """Cut the panel at the week's end, so that nothing later can enter, in weeks that start as asked for."""
    panel = whole if whole.week_start == asked.week_start else whole.with_weeks(asked.week_start)
    return panel.between(panel.first, asked.end.date())


def _found(study: WeeklyStudy, asked: Asked, standing: Standing, previous: str) -> WeeklyFindings:
    panel = _up_to(standing.panel, asked)
    known, country = loading.facts(), panel.country
    timeline = known["timeline"]
    key = _group_key(panel, asked.group) if asked.group else ""
    codes = list(country.resolve(key or None))
    counts = panel.counts(codes)
    provisional = provisional_weeks(asked.end, standing.known_by, study.provisional)
    sure = counts.iloc[: len(counts) - provisional]
    long = smoothed(counts, study.against)
    weeks = (long["week"].iloc[0], asked.week)
    weekly = _nonzero(panel, codes, weeks[0])
    changes, since = _changes(previous, weekly, weeks, asked, standing, codes)
    return WeeklyFindings(
        study={**study.model_dump(), "sha256": study.sha256},
        data=dict(panel.manifest or {}),
        asked=asked,
        area=country.group_titles[key] if key else country.name,
        known_by=standing.known_by,
        provisional_weeks=provisional,
        completed=completed(standing, asked.week, asked.week_start, codes, study.provisional.max_delay),
        numbers=week_numbers(panel, asked, study.against, codes),
        provinces=province_table(panel, asked, study.against, codes, known["population"]),
        together=whole_area(panel, asked, study.against, codes),
        changes=changes,
        changed_since=since,
        unusual=unusual(panel, asked, key or WHOLE, study.alerts.false_discovery, provisional),
        long=long,
        effect=effect_course(sure, study.effect, study.seed),
        handovers=_inside(timeline.handovers(), "date", long),
        ramadan=_inside(timeline.ramadan(), "start", long),
        severity=severity(panel, asked, study, codes),
        claims=claim_findings(panel, standing.panel, asked, codes, _of_actor(known, study), whole=not key),
        weekly=weekly,
        weeks={"first": weeks[0], "last": weeks[1]},
        _panel=panel,
        _whole=standing.panel,
        _study=study,
    )


def _of_actor(known: Mapping[str, Any], study: WeeklyStudy) -> Mapping[str, Any]:
    """Leave out claims and published counts where the study does not say that they are its actor's."""
    if study.claims:
        return known
    names = ("claims_weekly", "claims_periods", "published")
    return {**known, **{name: known[name].iloc[:0] for name in names}}


def _changes(
    previous: str, weekly: pd.DataFrame, weeks: Span, asked: Asked, standing: Standing, codes: list[str]
) -> tuple[pd.DataFrame | None, str]:
    """List what was revised since an earlier report, or where none is given since the vintage before; and name it."""
    if previous:
        return revisions(previous, weekly, weeks, asked), "the earlier report"
    if len(standing.vintages) < 2:
        return None, ""
    when, vintage = standing.vintages[-2]
    before = vintage.with_weeks(asked.week_start)
    both = (max(before.weeks[0], weeks[0]), min(before.weeks[-1], weeks[1]))
    return changed(_nonzero(before, codes, weeks[0]), weekly, both), f"the vintage of {day(when)}"


def provisional_weeks(end: pd.Timestamp, known_by: pd.Timestamp | None, rule: Provisional) -> int:
    """Count the weeks up to the one that ends on ``end`` that still filled up on the day ``known_by``.

    A final edition, asked about without a day, has none: everything in it was recorded long after.
    """
    if known_by is None:
        return 0
    return max(rule.weeks - (known_by - end).days // 7, 0)


def _group_key(panel: WeeklyPanel, group: str) -> str:
    codes = panel.country.resolve(group)
    for key, members in panel.country.groups.items():
        if tuple(members) == codes:
            return key
    raise _not_a_group(panel, group)


def _not_a_group(panel: WeeklyPanel, group: str) -> Exception:
    from trends.errors import UnknownNameError

    return UnknownNameError(
        f"{group!r} is a province, not a group", remedy=f"groups are: {', '.join(panel.country.groups)}"
    )


def _inside(table: pd.DataFrame, column: str, long: pd.DataFrame) -> pd.DataFrame:
    first, last = long["week"].iloc[0], long["week"].iloc[-1] + pd.Timedelta(days=6)
    return table[table[column].between(first, last)].reset_index(drop=True)


def _nonzero(panel: WeeklyPanel, codes: list[str], first: pd.Timestamp) -> pd.DataFrame:
    frame = panel.frame
    chosen = frame["province"].isin(codes) & (frame["week"] >= first) & (frame["attacks"] > 0)
    return frame.loc[chosen, ["week", "province", "attacks"]].reset_index(drop=True)


def _write_tables(found: WeeklyFindings, out: Path) -> None:
    """Write the tables beside the page, as CSV."""
    tables = {
        "provinces": found.provinces.drop(columns="counts"),
        "alerts": found.unusual.table,
        "weeks": found.long,
        "effect": found.effect.table,
        "claims": pd.concat([found.claims.week, found.claims.near, found.claims.earlier], ignore_index=True),
        "revisions": found.changes if found.changes is not None else pd.DataFrame(columns=list(COLUMNS)),
    }
    if found.completed is not None:
        tables["completed"] = found.completed.table
    for name, table in tables.items():
        write_csv(table, out / f"{name}.csv")
