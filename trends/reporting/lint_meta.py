"""The front matter: known keys, a title, a fixed date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from trends.reporting.document import Document
from trends.reporting.lint import LintFinding

FORMAT_KEYS = frozenset({"toc", "toc-depth", "number-sections", "embed-resources", "html-math-method"})
KEYS = FORMAT_KEYS | {
    "title",
    "subtitle",
    "description",
    "author",
    "date",
    "lang",
    "format",
    "execute",
    "jupyter",
}
FORMATS = frozenset({"html", "typst"})
EXECUTE: Mapping[str, tuple[Any, ...]] = {"echo": (True, False), "warning": (False,), "output": (True, False)}
_FIXED: Mapping[str, tuple[Any, ...]] = {
    "jupyter": ("python3",),
    "html-math-method": ("mathml",),
    "embed-resources": (True,),
}
_HINTS = {
    "params": "declare parameters in a cell tagged 'parameters'",
    "css": "leave it out: the theme of the project styles every report",
    "theme": "leave it out: the theme of the project styles every report",
    "bibliography": "write the reference out; citations are not in the common subset",
    "freeze": "leave it out: reports are always run",
    "engine": "leave it out: 'jupyter: python3' is what runs",
    "filters": "leave it out: extensions are not in the common subset",
}


_KINDS: Mapping[str, tuple[type, ...]] = {
    "title": (str,),
    "subtitle": (str,),
    "description": (str,),
    "author": (str, list),
    "lang": (str,),
    "toc": (bool,),
    "toc-depth": (int,),
    "number-sections": (bool,),
}


def check(document: Document) -> Iterator[LintFinding]:
    """Look for findings in the front matter."""
    meta = document.meta
    if not str(meta.get("title") or "").strip():
        yield LintFinding(1, "the front matter has no title", "add 'title: ...'")
    yield from _unknown(document, meta, KEYS, "the front matter")
    yield from _format(document, meta.get("format"))
    yield from _execute(document, meta.get("execute"))
    yield from _fixed(document, meta)
    yield from _kinds(document, meta)
    yield from _date(document, meta.get("date"))


def line_of(document: Document, key: str) -> int:
    """Return the line of the front matter on which a key stands."""
    for number, line in enumerate(document.text.splitlines(), 1):
        if re.match(rf"\s*['\"]?{re.escape(key)}['\"]?\s*:", line):
            return number
        if number > 1 and line.rstrip() in ("---", "..."):
            break
    return 1


def _unknown(
    document: Document, given: Mapping[str, Any], known: frozenset[str], where: str
) -> Iterator[LintFinding]:
    for key in given:
        if key not in known:
            remedy = _HINTS.get(str(key), f"leave it out; known are {', '.join(sorted(known))}")
            yield LintFinding(line_of(document, str(key)), f"{where} has the key {key!r}", remedy)


def _format(document: Document, given: Any) -> Iterator[LintFinding]:
    if given is None:
        return
    line = line_of(document, "format")
    formats = given if isinstance(given, dict) else {given: None}
    for name, options in formats.items():
        if name not in FORMATS:
            yield LintFinding(
                line, f"the format {name!r}", "write 'format: html'; --format pdf needs no entry"
            )
        elif isinstance(options, dict):
            yield from _unknown(document, options, FORMAT_KEYS, f"format {name}")
            yield from _fixed(document, options)
            yield from _kinds(document, options)


def _execute(document: Document, given: Any) -> Iterator[LintFinding]:
    line = line_of(document, "execute")
    if given is None:
        return
    if not isinstance(given, dict):
        yield LintFinding(
            line, "'execute' is not a list of 'key: value' lines", "write 'echo: false' below it"
        )
        return
    yield from _unknown(document, given, frozenset(EXECUTE), "execute")
    for key, value in given.items():
        if key in EXECUTE and value not in EXECUTE[key]:
            yield LintFinding(
                line_of(document, key), f"execute has '{key}: {value}'", _allowed(key, EXECUTE[key])
            )


def _fixed(document: Document, given: Mapping[str, Any]) -> Iterator[LintFinding]:
    for key, allowed in _FIXED.items():
        if key in given and given[key] not in allowed:
            yield LintFinding(
                line_of(document, key), f"the value of '{key}' is {given[key]!r}", _allowed(key, allowed)
            )


def _kinds(document: Document, given: Mapping[str, Any]) -> Iterator[LintFinding]:
    for key, kinds in _KINDS.items():
        value = given.get(key)
        if value is not None and type(value) not in kinds:
            names = {str: "a text in quotes", list: "a list", bool: "true or false", int: "a whole number"}
            remedy = f"write {' or '.join(names[kind] for kind in kinds)}"
            yield LintFinding(line_of(document, key), f"the value of '{key}' is {value!r}", remedy)


def _allowed(key: str, allowed: tuple[Any, ...]) -> str:
    values = " or ".join(str(value).lower() for value in allowed)
    return f"write '{key}: {values}', or leave it out"


def _date(document: Document, given: Any) -> Iterator[LintFinding]:
    if given is None or isinstance(given, date):
        return
    try:
        date.fromisoformat(str(given))
    except ValueError:
        yield LintFinding(
            line_of(document, "date"),
            f"the date {str(given)!r} is not fixed",
            "write it as 2020-12-31: the same inputs give the same page",
        )
