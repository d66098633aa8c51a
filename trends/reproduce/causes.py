"""Which input changed, in words: the cell of a panel, the row of a table, the key of a study, a package's version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from difflib import SequenceMatcher
from typing import Any

from trends.reproduce.differing import NOT_THERE, differences

MOST = 8
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def causes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Name every input that is not what it was.

    Parameters
    ----------
    old, new
        What `gather_inputs` returned then and now.

    Returns
    -------
    list of str
        One line a change; empty where nothing that goes in has changed.
    """
    week_start = str(new["study"].get("week_start", "mon"))
    named = [
        *_panels(old["panels"], new["panels"], week_start),
        *_tables(old["tables"], new["tables"]),
        *_study(old["study"], new["study"]),
        *_source(old, new),
        *_code(old["code"], new["code"]),
        *_packages(old, new),
        *_machine(old, new),
    ]
    return [*named, *_unnamed(old["files"], new["files"], named)]


def missing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """List input files that were there when the results were expected and are gone."""
    return [name for name in old["files"] if name not in new["files"]]


def elsewhere(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether packages, Python or the machine differ."""
    return bool([*_packages(old, new), *_machine(old, new)])


def short(value: Any, most: int = 60) -> str:
    """Write a value for a line of the account."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "missing"}[value]
    if isinstance(value, Mapping | list):
        return f"{len(value)} entries" if len(str(value)) > most else str(value)
    text = " ".join(str(value).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _panels(old: Mapping[str, Any], new: Mapping[str, Any], week_start: str) -> Iterator[str]:
    for folder in [*old, *(name for name in new if name not in old)]:
        name = f"panel {folder.rpartition('/')[2]}"
        if folder not in new or folder not in old:
            yield f"{name}: {'no longer used' if folder in old else 'used now'}"
            continue
        before, after = old[folder], new[folder]
        yield from _cut(name, list(_weeks(before, after, week_start)))
        yield from _cut(f"{name}, manifest", list(_manifest(before["manifest"], after["manifest"])))


def _weeks(old: Mapping[str, Any], new: Mapping[str, Any], week_start: str) -> Iterator[str]:
    """Name the weeks whose sums changed, and days that changed inside a week whose sums did not."""
    if old["columns"] != new["columns"]:
        yield f"columns {', '.join(old['columns'])} -> {', '.join(new['columns'])}"
        return
    before, after = _sums(old, week_start), _sums(new, week_start)
    names = _province_names(new["manifest"])
    for week, province in sorted({*before, *after}):
        one, other = (side.get((week, province), [0] * len(old["columns"])) for side in (before, after))
        said = [f"{c} {a} -> {b}" for c, a, b in zip(old["columns"], one, other, strict=True) if a != b]
        if said:
            yield f"{names.get(province, province)}, week of {week}, {', '.join(said)}"
    moved = [key for key in {*old["days"], *new["days"]} if old["days"].get(key) != new["days"].get(key)]
    if moved and before == after:
        days = ", ".join(sorted(moved)[:4])
        yield f"days inside a week changed, its sums did not: {days}"


def _sums(panel: Mapping[str, Any], week_start: str) -> dict[tuple[str, str], list[float]]:
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0] * len(panel["columns"]))
    for key, counts in panel["days"].items():
        day, province = key.split(" ", 1)
        cells = [float(cell) if "." in cell else int(cell or 0) for cell in counts.split(",")]
        total = sums[_week(day, week_start), province]
        sums[_week(day, week_start), province] = [a + b for a, b in zip(total, cells, strict=True)]
    return dict(sums)


def _week(day: str, week_start: str) -> str:
    on = date.fromisoformat(day)
    return (on - timedelta(days=(on.weekday() - WEEKDAYS.index(week_start)) % 7)).isoformat()


def _province_names(manifest: Mapping[str, Any]) -> dict[str, str]:
    from trends.gazetteer import countries, load_country

    key = str(manifest.get("country", ""))
    if key not in countries():
        return {}
    return {str(code): str(name) for code, name in load_country(key).provinces["name"].items()}


def _manifest(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for leaf in differences(old, new):
        if "sha256" not in leaf.path:
            yield f"{leaf.path} {short(leaf.old)} -> {short(leaf.new)}"


def _tables(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in new or name not in old:
            yield f"{name}: {'gone' if name in old else 'new'}"
            continue
        yield from _cut(name, list(_rows(old[name], new[name])))


def _rows(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old["columns"] != new["columns"]:
        yield f"columns {', '.join(old['columns'])} -> {', '.join(new['columns'])}"
        return
    before, after = old["rows"], new["rows"]
    renamed = dict(_renamed(before, after))
    for row in before:
        if row not in after and row not in renamed:
            yield f"{short(row, 90)}: the row is gone"
            continue
        cells = after[renamed.get(row, row)]
        said = [
            f"{column} {short(a) or '(empty)'} -> {short(b) or '(empty)'}"
            for column, a, b in zip(old["columns"], before[row], cells, strict=False)
            if a != b
        ]
        if said:
            yield f"{short(row, 90)}: {', '.join(said)}"
    come = [row for row in after if row not in before and row not in renamed.values()]
    yield from (f"{short(row, 90)}: a new row" for row in come)


def _renamed(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """Pair rows that are gone with new ones of which most cells are the same: their naming cells changed."""
    come = [row for row in after if row not in before]
    for row in before:
        if row in after:
            continue
        alike = {one: sum(a == b for a, b in zip(before[row], after[one], strict=False)) for one in come}
        best = max(alike, key=lambda one: alike[one], default=None)
        if best is not None and alike[best] > len(before[row]) / 2:
            come.remove(best)
            yield row, best


def _study(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for leaf in differences(old, new):
        yield f"study.toml: {leaf.path} {short(leaf.old)} -> {short(leaf.new)}"


def _source(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    before, after = old["source"], new["source"]
    if before == after:
        return []
    lines = []
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            gone, come = _first(before[a:b]), _first(after[c:d])
            if gone != come:
                lines.append(f"line {c + 1}: {gone or '(nothing)'} -> {come or '(nothing)'}")
    return _cut("the page's source", lines)


def _first(lines: Sequence[str]) -> str:
    said = [line.strip() for line in lines if line.strip()]
    more = f" (and {len(said) - 1} more lines)" if len(said) > 1 else ""
    return f"“{short(said[0], 80)}”{more}" if said else ""


def _code(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    rooms = sorted(room for room in {*old, *new} if old.get(room) != new.get(room))
    return [f"code: {', '.join(f'trends/{room}' for room in rooms)} changed"] if rooms else []


def _packages(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    before, after = old["packages"], new["packages"]
    lines = [
        f"{name} {before.get(name, NOT_THERE)} -> {after.get(name, NOT_THERE)}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
    if old["python"] != new["python"]:
        lines.insert(0, f"Python {old['python']} -> {new['python']}")
    if old["lock"] != new["lock"]:
        lines.append(
            "requirements.lock says something else" + ("" if lines else "; what is installed is the same")
        )
    return lines


def _machine(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [
        f"{leaf.path}: {leaf.old} -> {leaf.new}" for leaf in differences(old["platform"], new["platform"])
    ]


def _unnamed(old: Mapping[str, str], new: Mapping[str, str], named: Sequence[str]) -> Iterator[str]:
    """Name files whose bytes changed though nothing in them that is compared did."""
    for name in sorted({*old, *new}):
        folder, last = name.split("/")[-2:]
        tellers = ("the page's source",) if last.endswith(".qmd") else (f"panel {folder}", last, name)
        known = any(line.startswith(tellers) for line in named)
        if (name in old) != (name in new):
            yield f"{name}: {'gone' if name in old else 'a new file'}"
        elif old.get(name) != new.get(name) and not known:
            yield f"{name}: other bytes, the same content (comments, order of rows or line ends)"


def _cut(name: str, lines: Sequence[str]) -> list[str]:
    more = [f"{name}: and {len(lines) - MOST} more"] if len(lines) > MOST else []
    return [*(f"{name}: {line}" for line in lines[:MOST]), *more]
