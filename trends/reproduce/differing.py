"""Two trees of plain data compared leaf by leaf, records of a list paired by what names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

NOT_THERE = "(not there)"
_NAMING = (
    *("id", "label", "name", "unit", "series", "comparison", "outcome", "left_out", "model", "specification"),
    *("week", "date", "period", "start", "first", "province", "term", "interval", "kind", "ratio"),
)


@dataclass(frozen=True)
class Leaf:
    """A place where two trees differ.

    Attributes
    ----------
    path
        As ``comparison[Diyala].after``.
    old, new
        What stands there; ``NOT_THERE`` where nothing does.
    """

    path: str
    old: Any
    new: Any


def differences(old: Any, new: Any, path: str = "") -> Iterator[Leaf]:
    """Yield every leaf in which two trees of dicts, lists and scalars differ."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _mappings(old, new, path)
    elif _is_list(old) and _is_list(new):
        yield from _lists(old, new, path)
    elif old != new or (type(old) is not type(new) and not (_number(old) and _number(new))):
        yield Leaf(path or "(all)", old, new)


def record_labels(records: Sequence[Any], others: Sequence[Any] = ()) -> list[str] | None:
    """Name each record of a list by the fields that tell them apart, the same fields for both lists.

    Returns
    -------
    list of str or None
        One label a record of ``records``; None where no field, and no two together, name them.
    """
    fields = _naming(records, others)
    return None if fields is None else [_label(record, fields) for record in records]


def _mappings(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[Leaf]:
    for key in [*old, *(key for key in new if key not in old)]:
        below = f"{path}.{key}" if path else str(key)
        if key not in new or key not in old:
            yield Leaf(below, old.get(key, NOT_THERE), new.get(key, NOT_THERE))
        else:
            yield from differences(old[key], new[key], below)


def _lists(old: Sequence[Any], new: Sequence[Any], path: str) -> Iterator[Leaf]:
    before, after = record_labels(old, new), record_labels(new, old)
    if before is None or after is None:
        before, after = [str(n) for n in range(len(old))], [str(n) for n in range(len(new))]
    one, other = dict(zip(before, old, strict=True)), dict(zip(after, new, strict=True))
    for label in [*one, *(label for label in other if label not in one)]:
        below = f"{path}[{label}]"
        if label not in one or label not in other:
            yield Leaf(below, one.get(label, NOT_THERE), other.get(label, NOT_THERE))
        else:
            yield from differences(one[label], other[label], below)


def _naming(records: Sequence[Any], others: Sequence[Any]) -> tuple[str, ...] | None:
    everyone = [*records, *others]
    if not everyone or not all(isinstance(record, Mapping) for record in everyone):
        return None
    shared = [name for name in everyone[0] if all(_names(record.get(name)) for record in everyone)]
    known = [name for name in _NAMING if name in shared]
    for many in (1, 2, 3):
        for fields in combinations([*known, *(name for name in shared if name not in known)], many):
            if all(len({_label(one, fields) for one in side}) == len(side) for side in (records, others)):
                return fields
    return None


def _names(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _label(record: Mapping[str, Any], fields: tuple[str, ...]) -> str:
    return ", ".join(str(record[name]) for name in fields)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)
