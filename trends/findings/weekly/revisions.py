"""What an earlier report said about weeks that this one counts again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from trends.errors import InputError
from trends.findings.weekly.asked import Asked

COLUMNS = ("week", "province", "before", "now")


Span = tuple[pd.Timestamp, pd.Timestamp]
"""The first and the last week that are counted."""


def revisions(previous: str | Path, weekly: pd.DataFrame, weeks: Span, asked: Asked) -> pd.DataFrame:
    """List weeks whose counts differ from those of an earlier report.

    Parameters
    ----------
    previous
        The ``results.json`` of the earlier report.
    weekly
        ``week, province, attacks`` of this one; a week without an attack is not listed.
    weeks
        The weeks that this one counts.
    asked
        What this one is about.

    Returns
    -------
    pandas.DataFrame
        ``COLUMNS``, one row a week and province whose number of attacks changed; weeks that only one of the two
        reports holds are left out.

    Raises
    ------
    InputError
        The file cannot be read, is no weekly report's, counts weeks from another weekday or other provinces.
    """
    said = _read(Path(previous))
    if said["asked"].get("week_start") != asked.week_start:
        raise InputError(
            "the earlier report counts weeks from another weekday",
            file=previous,
            remedy=f"take one whose weeks start on {asked.week_start}",
        )
    if said["asked"].get("group", "") != asked.group:
        raise InputError(
            f"the earlier report is about {said['asked'].get('group') or 'the whole country'}",
            file=previous,
            remedy=f"take one about {asked.group or 'the whole country'}",
        )
    before = pd.DataFrame(said["weekly"], columns=["week", "province", "attacks"])
    first, last = (pd.Timestamp(said["weeks"][key]) for key in ("first", "last"))
    both = (max(first, weeks[0]), min(last, weeks[1]))
    return changed(before.assign(week=pd.to_datetime(before["week"])), weekly, both)


def changed(before: pd.DataFrame, weekly: pd.DataFrame, weeks: Span) -> pd.DataFrame:
    """List weeks and provinces whose number of attacks differs between two counts.

    Parameters
    ----------
    before, weekly
        ``week, province, attacks``; a week without an attack is not listed.
    weeks
        The weeks that both count.
    """
    now = weekly[weekly["week"].between(*weeks)]
    before = before[before["week"].between(*weeks)]
    both = now.merge(before, on=["week", "province"], how="outer", suffixes=("_now", "_before")).fillna(
        {"attacks_now": 0, "attacks_before": 0}
    )
    both = both.astype({"attacks_now": "int64", "attacks_before": "int64"})
    both = both.rename(columns={"attacks_now": "now", "attacks_before": "before"})
    differing = both[both["now"] != both["before"]].sort_values(["week", "province"])
    return differing[list(COLUMNS)].reset_index(drop=True)


def _read(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"the earlier report cannot be read ({error.strerror})", file=file) from error
    except ValueError:
        raise InputError(
            "the earlier report is not JSON", file=file, remedy="give its results.json"
        ) from None
    if not isinstance(said, dict) or not {"asked", "weekly", "weeks"} <= set(said):
        raise InputError("this is not the results.json of a weekly report", file=file)
    return said
