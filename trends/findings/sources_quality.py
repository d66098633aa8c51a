"""Findings of the quality report: what the panels of a project cover, and what became of every row."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trends.errors import InputError
from trends.exposure import poisson_interval
from trends.facts import load_claims_periods, load_claims_weekly, load_population, load_published
from trends.findings.claims import published_beside_records
from trends.findings.data_quality import DataQuality, data_quality
from trends.findings.results import write_results
from trends.ledger import Ledger
from trends.panel import WeeklyPanel, load_panel
from trends.project import find_project
from trends.study_quality import QualityStudy, load_quality_study
from trends.timeline import load_timeline


@dataclass(frozen=True)
class PanelQuality:
    """One panel: where it comes from, what it covers, and what became of every row.

    Attributes
    ----------
    name, folder
        What the study calls it; its folder.
    source
        ``title, version, licence, citation, url, counts, definition``.
    caveats
        What the source cannot say, in its own manifest's words.
    rows
        Rows by outcome, ``read`` first.
    located, names
        Events by the way they were located; how many names were compared with polygons, and how many disagree.
    days
        ``first`` and ``last`` day covered.
    quality
        The ledger by year and province, precision and coverage.
    counted
        Events counted by province (name) and year; provinces without one are in it.
    gaps
        By province (name) with an event: ``events``, ``weeks`` covered, ``with_event``, and the ``longest`` run of
        weeks without one.
    deaths
        By year: ``events``, deaths ``low``, ``best``, ``high``, and ``spread``, high over low.
    """

    name: str
    folder: str
    source: dict[str, str]
    caveats: tuple[str, ...]
    rows: dict[str, int]
    located: dict[str, int]
    names: dict[str, int]
    days: dict[str, str]
    quality: DataQuality
    counted: pd.DataFrame
    gaps: pd.DataFrame
    deaths: pd.DataFrame


@dataclass(frozen=True)
class QualityFindings:
    """Everything that the quality report says in numbers.

    Attributes
    ----------
    study
        The choices, as in the study file, and its sha256.
    panels
        The study's panel first.
    published
        Counts by others beside the recorded events of the same days: ``start, end, value, recorded, share, low,
        high, qualifier, source_name``.
    facts
        One row a table of facts: ``table, rows, verified, named, unverified``.
    """

    study: dict[str, Any]
    panels: tuple[PanelQuality, ...]
    published: pd.DataFrame
    facts: pd.DataFrame
    _ledgers: tuple[Ledger, ...] = field(repr=False)

    @property
    def main(self) -> PanelQuality:
        """The panel that the other reports count."""
        return self.panels[0]


def find(study: QualityStudy | str | Path, folder: str | Path | None = None) -> QualityFindings:
    """Gather what the quality report says.

    Parameters
    ----------
    study
        A study, or the path of its file.
    folder
        If given, ``results.json`` is written into it.

    Returns
    -------
    QualityFindings

    Raises
    ------
    StudyError
        The study is not valid, or names another country than a panel.
    InputError
        A panel or a table of facts is missing or not as it was built.
    """
    chosen = study if isinstance(study, QualityStudy) else load_quality_study(study)
    project = find_project(chosen.folder)
    entries = [(chosen.name, chosen.panel), *((one.name, one.panel) for one in chosen.further)]
    panels = [load_panel(project / place, chosen.week_start) for _, place in entries]
    _check_country(chosen, [place for _, place in entries], panels)
    looked = [_panel_quality(*entry, project, panel) for entry, panel in zip(entries, panels, strict=True)]
    found = QualityFindings(
        study={"sha256": chosen.sha256, **chosen.model_dump(mode="json")},
        panels=tuple(quality for quality, _ in looked),
        published=_published(panels[0], chosen.published),
        facts=_facts(),
        _ledgers=tuple(account for _, account in looked),
    )
    if folder:
        write_results(found, folder, chosen.rounding.significant_digits)
    return found


def _check_country(study: QualityStudy, places: list[str], panels: list[WeeklyPanel]) -> None:
    for place, panel in zip(places, panels, strict=True):
        if panel.country.key != study.country:
            raise InputError(
                f"is a panel of {panel.country.key}, but the study is about {study.country}",
                file=place,
                remedy="name another panel in the study",
            )


def _panel_quality(name: str, place: str, project: Path, panel: WeeklyPanel) -> tuple[PanelQuality, Ledger]:
    quality, account = data_quality(project / place, panel)
    manifest = dict(panel.manifest or {})
    source = {
        key: str(manifest.get(key) or "") for key in ("version", "licence", "citation", "url", "counts")
    }
    found = PanelQuality(
        name=name,
        folder=place,
        source={
            "title": str(manifest["source"]),
            **source,
            "definition": str(manifest["attacks"]["meaning"]),
        },
        caveats=tuple(manifest.get("caveats", ())),
        rows=account.outcomes(),
        located=dict(manifest["located_by"]),
        names={key: int(manifest["names_against_polygons"][key]) for key in ("compared", "disagree")},
        days={"first": panel.first.isoformat(), "last": panel.last.isoformat()},
        quality=quality,
        counted=counted_by_year(panel),
        gaps=silent_weeks(panel),
        deaths=deaths_by_year(panel),
    )
    return found, account


def counted_by_year(panel: WeeklyPanel) -> pd.DataFrame:
    """Return events counted by province (name, in the order of the gazetteer) and year of the day."""
    names = panel.country.provinces["name"]
    years = range(panel.first.year, panel.last.year + 1)
    sums = (
        panel.daily.groupby(["province", panel.daily["date"].dt.year])["attacks"].sum().unstack(fill_value=0)
    )
    full = sums.reindex(index=names.index, columns=years, fill_value=0).astype("int64")
    return (
        full.set_axis(names.to_list()).rename_axis("province").rename(columns=str).rename_axis(columns=None)
    )


def silent_weeks(panel: WeeklyPanel) -> pd.DataFrame:
    """Return how often a province has an event, and its longest run of weeks without one.

    Returns
    -------
    pandas.DataFrame
        ``province`` (name), ``events``, ``weeks``, ``with_event``, ``longest``; provinces without an event are
        left out, the one with the most events first.
    """
    wide = panel.wide()
    names = panel.country.provinces["name"]
    rows = [
        {
            "province": str(names.loc[str(code)]),
            "events": int(counts.sum()),
            "weeks": len(counts),
            "with_event": int((counts > 0).sum()),
            "longest": longest_run(counts.to_numpy() == 0),
        }
        for code, counts in wide.items()
        if counts.sum() > 0
    ]
    order = ["events", "province"]
    return pd.DataFrame(rows).sort_values(order, ascending=[False, True]).reset_index(drop=True)


def longest_run(silent: np.ndarray) -> int:
    """Return the length of the longest run of True in a boolean array, shape (weeks,)."""
    edges = np.flatnonzero(np.diff(np.r_[0, silent.astype(int), 0]))
    return int(np.max(edges[1::2] - edges[::2], initial=0))


def deaths_by_year(panel: WeeklyPanel) -> pd.DataFrame:
    """Return ``year, events, low, best, high, spread`` of the events counted; ``spread`` is high over low."""
    daily = panel.daily
    columns = {"attacks": "events", "deaths_low": "low", "deaths_best": "best", "deaths_high": "high"}
    sums = daily.groupby(daily["date"].dt.year)[list(columns)].sum().rename(columns=columns)
    spread = sums["high"] / sums["low"].where(sums["low"] > 0)
    return sums.assign(spread=spread).rename_axis("year").reset_index().astype({"year": str})


def _published(panel: WeeklyPanel, metric: str) -> pd.DataFrame:
    rows = published_beside_records(load_published(), panel, metric)
    low, high = poisson_interval(rows["recorded"].to_numpy())
    value = rows["value"].astype(float)
    return rows.assign(share=rows["recorded"] / value, low=low / value, high=high / value).drop(
        columns="source_url"
    )


def _facts() -> pd.DataFrame:
    tables = {
        "timeline": load_timeline().frame,
        "claims, weekly": load_claims_weekly(),
        "claims, longer periods": load_claims_periods(),
        "published counts": load_published(),
        "population": load_population(),
    }
    rows = []
    for name, table in tables.items():
        confidence = table["confidence"] if "confidence" in table else pd.Series(dtype=str)
        counts = {kind: int((confidence == kind).sum()) for kind in ("verified", "named", "unverified")}
        rows.append({"table": name, "rows": len(table), **counts})
    return pd.DataFrame(rows)
