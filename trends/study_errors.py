"""Say in one line what is wrong with a study file, and on which line of it."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from trends.errors import StudyError

Place = tuple[str | int, ...]


class ContradictionError(ValueError):
    """Two choices of a study that cannot both hold.

    Parameters
    ----------
    place
        Keys (and positions in arrays) that lead to the choice, from where the rule is checked.
    what
        What is wrong with it, as a clause.
    """

    def __init__(self, place: Place, what: str) -> None:
        self.place = place
        super().__init__(what)


def syntax_error(error: tomllib.TOMLDecodeError, file: Path) -> StudyError:
    """Turn an error of the TOML reader into a ``StudyError`` with the line."""
    text = str(error)
    line = re.search(r"line (\d+)", text)
    what = text.split(" (at", 1)[0]
    return StudyError(
        f"not valid TOML: {what[:1].lower()}{what[1:]}",
        file=file,
        row=int(line[1]) if line else None,
        remedy="dates are written 2020-03-17 and have to exist; texts stand in double quotes",
    )


def explain(error: ValidationError, model: type[BaseModel], text: str, file: Path) -> StudyError:
    """Turn pydantic's account into one line about the fault that most likely caused the others.

    Parameters
    ----------
    error
        What pydantic found.
    model
        The model of the whole file, which knows the keys of each table.
    text
        The file's text, to find the line.
    file
        The file's name.
    """
    faults = sorted(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
    fault = faults[0]
    cause = fault.get("ctx", {}).get("error")
    place: Place = (*fault["loc"], *cause.place) if isinstance(cause, ContradictionError) else fault["loc"]
    what, remedy = _words(dict(fault), place, model)
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return StudyError(f"{what}{more}", file=file, row=line_of(text, place), remedy=remedy)


def _words(fault: dict[str, Any], place: Place, model: type[BaseModel]) -> tuple[str, str | None]:
    key, given = _path(place), f"{fault['input']!s:.60}"
    match fault["type"]:
        case "extra_forbidden":
            return f"key {key!r} is not known", _suggestion(str(place[-1]), _keys(model, place[:-1]))
        case "missing":
            return f"key {key!r} is missing", "add it"
        case "literal_error":
            allowed = re.findall(r"'([^']*)'", fault["ctx"]["expected"])
            return f"key {key!r}: {given!r} is not allowed", _suggestion(given, allowed)
        case "date_type" | "date_from_datetime_inexact":
            return f"key {key!r}: {given!r} is not a date", "write it as 2020-03-17, without quotes or time"
        case "value_error":
            return f"key {key!r}: {fault['ctx']['error']}", None
        case _:
            return f"key {key!r}: {given!r}: {fault['msg'].replace('Input should', 'it has to')}", None


def _path(place: Place) -> str:
    """Write a place as TOML would: ``sensitivity[2].window.first``, positions counted from 1."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def _suggestion(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"


def _keys(model: type[BaseModel], place: Place) -> list[str]:
    """List the keys of the table at ``place``."""
    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            model = next(_models_in(model.model_fields[part].annotation), model)
    return list(model.model_fields)


def _models_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)


def line_of(text: str, place: Place) -> int | None:
    """Find the line of a TOML text on which a key stands, or that of the nearest table around it.

    Tables within a line (``{first = ...}``) count as that line; None if there is no such line.
    """
    wanted = [part for part in place if isinstance(part, str)]
    positions = [part for part in place if isinstance(part, int)]
    table: list[str] = []
    seen: dict[str, int] = {}
    best, depth = None, 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[\[?)\s*([\w.-]+)\s*\]", line)
        key = re.match(r"\s*([\w.-]+)\s*=", line)
        if header:
            table = header[2].split(".")
            seen[header[2]] = seen.get(header[2], -1) + (header[1] == "[[")
        if not (header or key):
            continue
        here = table + (key[1].split(".") if key and not header else [])
        entered = wanted[: len(here)] == here and (
            not positions or seen.get(".".join(table), -1) in (-1, positions[0])
        )
        if entered and len(here) > depth:
            best, depth = number, len(here)
    return best
