"""Where a weekly report goes, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from trends.errors import InputError
from trends.project import find_project

REPORT = "weekly"


def weekly_output(name: str, parameters: Mapping[str, str]) -> tuple[Path | None, dict[str, str]]:
    """Return the folder of a weekly report and the front matter that names its week; nothing for other reports.

    Parameters
    ----------
    name
        The report's name, or its path.
    parameters
        What the caller set: ``week`` and, where given, ``as_of`` and ``group``.

    Raises
    ------
    InputError
        A weekly report without a week, or whose week or ``as_of`` is not a date.
    """
    if Path(name).stem != REPORT:
        return None, {}
    if not parameters.get("week"):
        raise InputError("the weekly report needs a week", remedy="give its first day: --week 2020-07-16")
    first = _day(parameters["week"], "--week")
    last = first + timedelta(days=6)
    folder = str(first)
    if group := parameters.get("group", ""):
        folder += f"-{''.join(letter if letter.isalnum() else '-' for letter in group)}"
    if as_of := parameters.get("as_of", ""):
        folder += f"-as-of-{_day(as_of, '--as-of')}"
    metadata = {"title": f"Week of {first}: {{}}", "subtitle": f"{{}}, {first} to {last}", "date": str(last)}
    return find_project() / "reports" / "_output" / REPORT / folder, metadata


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option} {text!r} is not a date", remedy="write it as 2020-07-16") from None
