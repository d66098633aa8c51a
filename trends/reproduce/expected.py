"""The expected results of a report: one JSON file, sealed so that an edit by hand is noticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from trends.errors import InputError
from trends.reproduce.reports import Report

SCHEMA = 1
SEALS = "seals"
WIDTH = 160
_UPDATE = 'run trends check {name} --update --reason "…"'


def expected_text(content: Mapping[str, Any]) -> str:
    """Write what is expected: keys sorted, one short record a line, sealed part by part."""
    plain = json.loads(json.dumps(content, allow_nan=False))
    sealed = {**plain, "schema": SCHEMA, SEALS: seals(plain)}
    return _lines(sealed, 0) + "\n"


def seals(content: Mapping[str, Any]) -> dict[str, str]:
    """Return a hash of each part: ``inputs.study``, ``renderings.as it stands.results.national``."""
    return {path: _digest(value) for path, value in sorted(_parts(content))}


def read_expected(report: Report) -> dict[str, Any]:
    """Read the expected results.

    Raises
    ------
    InputError
        There are none, they are damaged, of a newer version, or were edited by hand.
    """
    file, remedy = report.expected, _UPDATE.format(name=report.name)
    if not file.is_file():
        raise InputError("there are no expected results yet", file=file, remedy=remedy)
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from error
    except ValueError as error:
        raise InputError("is not JSON any more", file=file, remedy=f"restore it, or {remedy}") from error
    if not isinstance(found, dict) or not isinstance(found.get(SEALS), dict):
        raise InputError("is no file of expected results", file=file, remedy=f"restore it, or {remedy}")
    if found.get("schema") != SCHEMA:
        what = f"has schema {found.get('schema')}, this version of trends knows {SCHEMA}"
        raise InputError(what, file=file, remedy="use the version that wrote it, or update it")
    _refuse_edited(report, found, remedy)
    return found


def _refuse_edited(report: Report, found: Mapping[str, Any], remedy: str) -> None:
    said = found[SEALS]
    now = seals({key: value for key, value in found.items() if key not in (SEALS, "schema")})
    edited = [path for path in {**said, **now} if said.get(path) != now.get(path)]
    if edited:
        more = f" and {len(edited) - 1} more" if len(edited) > 1 else ""
        raise InputError(
            f"was edited by hand: {edited[0]}{more}", file=report.expected, remedy=f"restore it, or {remedy}"
        )
    for part in ("inputs", "renderings"):
        if part not in found:
            raise InputError(f"has no {part}", file=report.expected, remedy=f"restore it, or {remedy}")


def _parts(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if key != "renderings" or not isinstance(value, Mapping):
            yield from _below(key, value)
            continue
        for name, rendering in value.items():
            for part, inside in rendering.items() if isinstance(rendering, Mapping) else ():
                yield from _below(f"renderings.{name}.{part}", inside)


def _below(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        yield from ((f"{path}.{key}", inside) for key, inside in value.items())
    else:
        yield path, value


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _lines(value: Any, depth: int) -> str:
    """Write JSON whose short parts stand on one line, so that a difference of two versions is a line."""
    flat = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    if len(flat) <= WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    pad, end = " " * (depth + 1), " " * depth
    if isinstance(value, dict):
        inside = [
            f"{json.dumps(k, ensure_ascii=False)}: {_lines(value[k], depth + 1)}" for k in sorted(value)
        ]
        return "{\n" + ",\n".join(pad + line for line in inside) + f"\n{end}}}"
    if not any(isinstance(item, dict | list) for item in value):
        items = [json.dumps(item, ensure_ascii=False) for item in value]
        return "[\n" + "\n".join(pad + line for line in _wrapped(items)) + f"\n{end}]"
    return "[\n" + ",\n".join(pad + _lines(item, depth + 1) for item in value) + f"\n{end}]"


def _wrapped(items: list[str]) -> list[str]:
    """Put the items of a long list on lines of some width, commas between them."""
    lines = [""]
    for number, item in enumerate(items):
        text = item + ("," if number < len(items) - 1 else "")
        if lines[-1] and len(lines[-1]) + len(text) > WIDTH:
            lines.append("")
        lines[-1] += f" {text}" if lines[-1] else text
    return lines
