"""A rendering beside the expected one: findings, words, cells, data behind figures, structure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from trends.reproduce.differing import NOT_THERE, differences, record_labels
from trends.reproduce.tolerances import Tolerances, same_text

PARTS = ("findings", "words", "tables", "figures", "structure")
"""What is compared, in the order of the account."""


@dataclass(frozen=True)
class Change:
    """One thing that is not as expected.

    Attributes
    ----------
    part
        One of ``PARTS``.
    where
        The field, the section, the cell or the mark of a figure.
    old, new
        What was expected, what came.
    tolerance
        What would have been allowed.
    """

    part: str
    where: str
    old: Any
    new: Any
    tolerance: str = "exact"


def compare(
    expected: Mapping[str, Any], found: Mapping[str, Any], *, elsewhere: bool = False
) -> list[Change]:
    """List everything in which a rendering is not as expected, tolerances allowed for.

    Parameters
    ----------
    expected, found
        The content of two renderings, as `take` returns it.
    elsewhere
        Whether other packages or another machine made the second.
    """
    tolerances = Tolerances.of(expected["results"], elsewhere)
    return [
        *_findings(expected["results"], found["results"], tolerances),
        *_words(expected["words"], found["words"], elsewhere),
        *_tables(expected["tables"], found["tables"], elsewhere),
        *_figures(expected["figures"], found["figures"], tolerances),
        *_structure(expected["structure"], found["structure"]),
    ]


def _findings(old: Mapping[str, Any], new: Mapping[str, Any], tolerances: Tolerances) -> Iterator[Change]:
    for leaf in differences(old, new):
        text = isinstance(leaf.old, str) and isinstance(leaf.new, str)
        if text and leaf.new != NOT_THERE and same_text(leaf.old, leaf.new, tolerances.elsewhere):
            continue
        allowed = tolerances.allowed(leaf)
        if allowed is not None:
            yield Change("findings", leaf.path, leaf.old, leaf.new, allowed)


def _words(
    old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]], elsewhere: bool
) -> Iterator[Change]:
    for place in [*old, *(place for place in new if place not in old)]:
        yield from _texts("words", place, old.get(place, []), new.get(place, []), elsewhere)


def _texts(
    part: str, place: str, old: Sequence[str], new: Sequence[str], elsewhere: bool
) -> Iterator[Change]:
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        gone, come = list(old[a:b]), list(new[c:d])
        for n in range(max(len(gone), len(come))):
            before = gone[n] if n < len(gone) else NOT_THERE
            after = come[n] if n < len(come) else NOT_THERE
            if not same_text(before, after, elsewhere):
                yield Change(part, place, before, after)


def _tables(
    old: Mapping[str, Sequence[Sequence[str]]], new: Mapping[str, Sequence[Sequence[str]]], elsewhere: bool
) -> Iterator[Change]:
    for label in old:
        if label in new:
            yield from _cells(label, old[label], new[label], elsewhere)


def _cells(
    label: str, old: Sequence[Sequence[str]], new: Sequence[Sequence[str]], elsewhere: bool
) -> Iterator[Change]:
    if len(old) != len(new):
        rows = [" | ".join(row) for row in old], [" | ".join(row) for row in new]
        yield from _texts("tables", label, *rows, elsewhere)
        return
    heading = max(old[:3], key=len, default=[])
    for number, (before, after) in enumerate(zip(old, new, strict=True)):
        if len(before) != len(after):
            yield Change("tables", f"{label}, row {number}", " | ".join(before), " | ".join(after))
            continue
        for column, (one, other) in enumerate(zip(before, after, strict=True)):
            if not same_text(one, other, elsewhere):
                name = heading[column] if column < len(heading) and number else f"column {column + 1}"
                yield Change("tables", f"{label}, {before[0] or f'row {number}'}, {name}", one, other)


def _figures(old: Mapping[str, Any], new: Mapping[str, Any], tolerances: Tolerances) -> Iterator[Change]:
    for label in old:
        if label not in new:
            continue
        before, after = _marks(old[label], new[label])
        for leaf in differences(before, after):
            if isinstance(leaf.old, str) and same_text(leaf.old, str(leaf.new), tolerances.elsewhere):
                continue
            allowed = tolerances.allowed(leaf)
            if allowed is not None:
                yield Change("figures", f"{label}, {leaf.path}", leaf.old, leaf.new, allowed)


def _marks(old: Sequence[Any], new: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Turn the layers of two figures into records, named by what stands on their axes where that names them."""
    return _named(old), _named(new)


def _named(layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for layer in layers:
        kind, number = str(layer["what"]), 1
        while kind in found:
            number += 1
            kind = f"{layer['what']} {number}"
        settings = {name: value for name, value in layer.items() if name not in ("what", "columns")}
        found[kind] = {**settings, "marks": _records(layer["columns"], layer.get("mapping", {}))}
    return found


def _records(columns: Mapping[str, Sequence[Any]], mapping: Mapping[str, str]) -> Any:
    if len({len(values) for values in columns.values()}) != 1:
        return columns
    records = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    across = str(mapping.get("x", ""))
    if across in columns and len(set(map(str, columns[across]))) == len(records):
        return {str(record[across]): record for record in records}
    labels = record_labels(records)
    return records if labels is None else dict(zip(labels, records, strict=True))


def _structure(old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]) -> Iterator[Change]:
    for kind in old:
        yield from _texts("structure", kind, old[kind], new.get(kind, []), False)
