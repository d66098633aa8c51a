"""What a check found, as an account that can be read cold, as JSON and as JUnit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from xml.etree import ElementTree as ET

from trends.reproduce.causes import short
from trends.reproduce.comparing import PARTS, Change
from trends.reproduce.differing import NOT_THERE
from trends.reproduce.reports import PLAIN

SCHEMA = 1
SHOWN = 10
_TITLES = {
    "findings": "Findings",
    "words": "Words on the page",
    "tables": "Table cells",
    "figures": "Data behind figures",
    "structure": "Sections, figures and tables",
}
_SINGULAR = {
    "findings": "finding",
    "words": "sentence",
    "tables": "table cell",
    "figures": "mark of a figure",
    "structure": "section, figure or table",
}
_PLURAL = {
    "findings": "findings",
    "words": "sentences",
    "tables": "table cells",
    "figures": "marks of figures",
    "structure": "sections, figures or tables",
}
_INPUTS = ("study", "data")


@dataclass(frozen=True)
class Outcome:
    """What the check of one report, or of one notebook, found.

    Attributes
    ----------
    name
        The report or notebook.
    causes
        Inputs that are not what they were, one line each; None where inputs are not recorded (notebooks).
    changes
        By rendering, what is not as expected.
    faults
        What no page may show, panels that contradict themselves, a failure to render.
    broken
        Why there was nothing to compare; empty where there was.
    compared
        How many findings, sentences, cells and marks were looked at.
    """

    name: str
    causes: tuple[str, ...] | None = None
    changes: Mapping[str, Sequence[Change]] | None = None
    faults: tuple[str, ...] = ()
    broken: str = ""
    compared: int = 0

    @property
    def code(self) -> int:
        """0 where all holds, 1 where not, 2 where there was nothing to compare."""
        if self.broken:
            return 2
        return int(bool(self.faults) or any(self._changes().values()))

    def _changes(self) -> Mapping[str, Sequence[Change]]:
        return self.changes or {}

    def __str__(self) -> str:
        """Return the account: verdict, causes, then what changed."""
        if self.broken:
            return f"{self.name}: not checked: {self.broken}"
        lines = [f"{self.name}: {self._verdict()}"]
        if self.code or self.causes:
            lines += self._why()
        lines += _listed("What is wrong by itself", list(self.faults))
        for rendering, changes in self._changes().items():
            lines += _account(changes, "" if rendering == PLAIN else f" ({rendering})")
        if self.code:
            lines += ["", f'  If this is meant: trends check {self.name} --update --reason "…"']
        return "\n".join(lines)

    def _verdict(self) -> str:
        if not self.code:
            return f"as expected ({self.compared:,} findings, sentences, cells and marks compared)"
        changes = [change for group in self._changes().values() for change in group]
        counts = Counter(change.part for change in changes if not _of_input(change))
        said = [f"{n} {(_SINGULAR if n == 1 else _PLURAL)[part]}" for part in PARTS if (n := counts[part])]
        if changes and not said:
            said = ["nothing but what the study says of itself"]
        changed = f"NOT as expected: {', '.join(said)} changed" if said else "NOT as it has to be"
        return changed + (
            f"; {len(self.faults)} faults" if len(self.faults) > 1 else "; 1 fault" if self.faults else ""
        )

    def _why(self) -> list[str]:
        if self.causes:
            title = "What changed since the results were expected"
            after = [] if self.code else ["  None of it moved anything beyond its tolerance."]
            return [*_listed(title, list(self.causes), 40), *after]
        if self.causes is not None and any(self._changes().values()):
            return [
                "",
                "  Nothing that goes in has changed: inputs, study, page source, code, packages and machine are those of",
                "  the expected results. The result does not reproduce itself, or code outside the project changed.",
            ]
        return []

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "name": self.name,
            "verdict": self._verdict() if not self.broken else "not checked",
            "code": self.code,
            "broken": self.broken,
            "causes": list(self.causes or ()),
            "faults": list(self.faults),
            "compared": self.compared,
            "changes": {name: [asdict(one) for one in changes] for name, changes in self._changes().items()},
        }


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return 0 where all holds, 1 where something changed, 2 where something could not be compared."""
    return max((outcome.code for outcome in outcomes), default=0)


def as_json(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the machine-readable account."""
    return {
        "schema": SCHEMA,
        "code": exit_code(outcomes),
        "reports": [outcome.as_dict() for outcome in outcomes],
    }


def as_junit(outcomes: Sequence[Outcome]) -> str:
    """Return the account as JUnit XML: a suite a report, a case for its faults and for each part that is compared."""
    root = ET.Element("testsuites", name="trends check")
    for outcome in outcomes:
        suite = ET.SubElement(root, "testsuite", name=outcome.name)
        failed = sum(_case(suite, outcome, part, text) for part, text in _cases(outcome))
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(failed if not outcome.broken else 0))
        suite.set("errors", str(int(bool(outcome.broken))))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, outcome: Outcome, part: str, text: str) -> int:
    case = ET.SubElement(suite, "testcase", name=part, classname=f"trends.{outcome.name}")
    if text:
        kind = "error" if outcome.broken else "failure"
        said = ET.SubElement(case, kind, message=_clean(text.splitlines()[0].strip()))
        said.text = _clean("\n".join(["", *(outcome.causes or ()), "", text]))
    return int(bool(text))


def _cases(outcome: Outcome) -> list[tuple[str, str]]:
    if outcome.broken:
        return [("checked", outcome.broken)]
    changes = [change for group in outcome._changes().values() for change in group]
    parts = [(part, "\n".join(_line(one).strip() for one in changes if one.part == part)) for part in PARTS]
    return [("page and panels", "\n".join(outcome.faults)), *parts]


def _clean(text: str) -> str:
    """Leave out what XML cannot hold."""
    return "".join(sign for sign in text if sign in "\n\t" or sign >= " ")


def _account(changes: Sequence[Change], title: str) -> list[str]:
    lines: list[str] = []
    for part in PARTS:
        groups: dict[str, list[Change]] = {}
        for one in changes:
            if one.part == part and not _of_input(one):
                groups.setdefault(_alike(one), []).append(one)
        ordered = _in_turn(list(groups.values()))
        lines += _listed(f"{_TITLES[part]}{title}", [_group(group) for group in ordered])
    return lines


def _in_turn(groups: list[list[Change]]) -> list[list[Change]]:
    """Order groups so that each section, figure or table has its turn, its ratios and single numbers before the rest."""
    taken: Counter[str] = Counter()
    ranked: list[tuple[int, int, list[Change]]] = []
    for group in sorted(groups, key=lambda group: ("rate_ratio" not in group[0].where, len(group))):
        head = re.split(r"[.,\[]", group[0].where)[0]
        ranked.append((taken[head], len(ranked), group))
        taken[head] += 1
    return [group for _, _, group in sorted(ranked, key=lambda one: one[:2])]


def _alike(change: Change) -> str:
    """Name what changes have in common: the same field of other records, the same column of a figure."""
    if change.part == "findings":
        return re.sub(r"\[[^\]]*\]", "[]", change.where)
    if change.part == "figures" and NOT_THERE in (change.old, change.new):
        return f"{change.where.partition('.marks')[0]} {change.old == NOT_THERE}"
    if change.part == "figures":
        return f"{change.where.partition('.')[0]} {change.where.rpartition('.')[2]}"
    return f"{change.where} {change.old}"


def _group(group: Sequence[Change]) -> str:
    return _line(group[0]) + (f"   and {len(group) - 1} more like it" if len(group) > 1 else "")


def _line(change: Change) -> str:
    old, new = short(change.old, 200), short(change.new, 200)
    if len(old) + len(new) > 90:
        old, new = _apart(str(change.old), str(change.new))
        return f"{change.where}\n        was  {old}\n        now  {new}"
    tolerance = "" if change.tolerance == "exact" else f"   ({_off(change)}allowed {change.tolerance})"
    return f"{change.where}   {old} -> {new}{tolerance}"


def _apart(old: str, new: str) -> tuple[str, str]:
    """Shorten two long texts around the place where they part."""
    start = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
    begin = max(0, start - 40)
    return tuple(f"{'…' if begin else ''}{short(text[begin:], 110)}" for text in (old, new))  # type: ignore[return-value]


def _off(change: Change) -> str:
    if not isinstance(change.old, int | float) or not isinstance(change.new, int | float) or not change.old:
        return ""
    percent = 100 * (change.new / change.old - 1)
    said = f"{percent:+.0f}" if abs(percent) >= 10 else f"{percent:+.2g}"
    return f"{said} %, ".replace("-", "−")


def _of_input(change: Change) -> bool:
    return change.part == "findings" and change.where.partition(".")[0] in _INPUTS


def _listed(title: str, lines: Sequence[str], most: int = SHOWN) -> list[str]:
    if not lines:
        return []
    more = [f"    … and {len(lines) - most} more (all of them: --json FILE)"] if len(lines) > most else []
    return ["", f"  {title}:", *(f"    {line}" for line in lines[:most]), *more]
