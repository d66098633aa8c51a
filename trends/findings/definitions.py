"""What counts as an attack: the study's definition held against its panel, and the answer under other ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from trends.attack_types import ATTACK_DEFINITIONS
from trends.errors import InputError, StudyError
from trends.findings.fits import counts_of, specification_row
from trends.findings.words import interval, ratio
from trends.panel import WeeklyPanel, load_panel
from trends.project import find_project
from trends.study import Study, StudyFile
from trends.timeline import Timeline

_FACTS = {
    "with-victims": "how many died on each side",
    "one-sided": "in which events civilians were killed on purpose",
}


@dataclass(frozen=True)
class DefinitionFindings:
    """The pre-specified fit under each definition of an attack.

    Attributes
    ----------
    table
        ``definition, meaning, events`` (in the fit's window), ``method, rate_ratio, low, high, note``; the study's
        own definition first.
    impossible
        Definitions that the source of the study's panel does not allow, for it lacks what they need.
    """

    table: pd.DataFrame
    impossible: tuple[str, ...]


def definition_of(manifest: Mapping[str, Any] | None) -> str:
    """Return the definition by which a panel counts attacks."""
    return str((manifest or {}).get("attacks", {}).get("definition", "all"))


def check_definition(study: StudyFile, manifest: Mapping[str, Any] | None) -> None:
    """Raise a ``StudyError`` where a study and its panel do not count the same events."""
    _check(study, "attacks", study.attacks, study.panel, manifest)


def compare_definitions(panel: WeeklyPanel, study: Study, timeline: Timeline) -> DefinitionFindings:
    """Fit the pre-specified model to the counts under each definition that the study lists.

    Raises
    ------
    StudyError
        A panel counts by another definition than the study says, or is of another actor or country.
    InputError
        A panel is missing or covers too little.
    """
    rows = [_row(panel, study, timeline, study.attacks, "the study's own")]
    for one in study.definitions:
        other = load_panel(find_project(study.folder) / one.panel, study.week_start)
        _check(study, "definitions", one.name, one.panel, other.manifest)
        _check_same_study(study, panel, other, Path(one.panel))
        rows.append(_row(other, study, timeline, one.name, one.note))
    possible = (panel.manifest or {}).get("attacks", {}).get("possible", list(ATTACK_DEFINITIONS))
    return DefinitionFindings(
        table=pd.DataFrame(rows),
        impossible=tuple(name for name in ATTACK_DEFINITIONS if name not in possible),
    )


def definitions_words(found: DefinitionFindings) -> str:
    """Say what an attack is here, what the answer is under each definition, and which the source does not allow."""
    first, *others = found.table.to_dict("records")
    text = f"An attack here is {_meaning(first)}: {_answer(first)}."
    text += "".join(f" Were it {_meaning(row)}: {_answer(row)}." for row in others)
    if found.table["method"].nunique() > 1:
        text += (
            " These are not estimated alike: where events are few, rates before and after are compared without trend "
            "or season, so a difference between definitions may be one of method."
        )
    for name in found.impossible:
        text += (
            f" The definition '{name}' ({ATTACK_DEFINITIONS[name]}) cannot be tried: the source's file does not say "
            f"{_FACTS[name]}."
        )
    return text


def definitions_caption(found: DefinitionFindings) -> str:
    """Caption of the table of definitions."""
    return (
        f"The pre-specified fit under {len(found.table)} definitions of an attack, the study's own first; events are "
        "those in the fit's window."
    )


def _meaning(row: Mapping[Any, Any]) -> str:
    return {"all": "every event in the panel"}.get(row["definition"], f"only {row['meaning']}")


def _answer(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["rate_ratio"]):
        return f"{row['events']:,} events, which allow no estimate"
    return (
        f"{row['events']:,} events, average rate ratio {ratio(row['rate_ratio'])} "
        f"({interval(row['low'], row['high'])})"
    )


def _row(panel: WeeklyPanel, study: Study, timeline: Timeline, name: str, note: str) -> dict[str, Any]:
    main = study.specifications()[0]
    fitted = specification_row(panel, study, main, timeline)
    numbers = {key: fitted.get(key, float("nan")) for key in ("rate_ratio", "low", "high")}
    return {
        "definition": name,
        "meaning": ATTACK_DEFINITIONS[name],
        "events": int(counts_of(panel, study, main).sum()),
        "method": fitted["method"],
        **numbers,
        "note": "; ".join(filter(None, (note, fitted["note"]))),
    }


def _check(
    study: StudyFile, key: str, definition: str, panel: str, manifest: Mapping[str, Any] | None
) -> None:
    counted = definition_of(manifest)
    if counted != definition:
        raise StudyError(
            f"the study's attacks are {definition!r}, but the panel {panel} counts {counted!r}",
            file=study.path,
            column=key,
            remedy=f"build the panel with --attacks {definition}, or change the study",
        )


def _check_same_study(study: Study, panel: WeeklyPanel, other: WeeklyPanel, folder: Path) -> None:
    ours, theirs = (manifest.manifest or {} for manifest in (panel, other))
    for name in ("country", "version", "filters"):
        mine, its = ours.get(name), theirs.get(name)
        if name == "filters":
            mine, its = ours.get(name, {}).get("actor"), theirs.get(name, {}).get("actor")
        if mine != its:
            raise InputError(
                f"is of another {'actor' if name == 'filters' else name} than the study's panel: {its}, not {mine}",
                file=folder,
                remedy="compare definitions on panels of the same events",
            )
