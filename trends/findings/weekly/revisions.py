"""What an earlier report said about weeks that this one counts again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from trends.errors import InputError

COLUMNS = ("week", "province", "before", "now")


def revisions(previous: str | Path, weekly: pd.DataFrame, week_start: str) -> pd.DataFrame:
    """List weeks whose counts differ from those of an earlier report.

    Parameters
    ----------
    previous
        The ``results.json`` of the earlier report.
    weekly
        ``week, province, attacks`` of this one.
    week_start
        The weekday that its weeks start on.

    Returns
    -------
    pandas.DataFrame
        ``COLUMNS``, one row a week and province whose number of attacks changed; weeks that only one of the two
        reports holds are left out.

    Raises
    ------
    InputError
        The file cannot be read, is no weekly report's, or counts weeks from another weekday.
    """
    said = _read(Path(previous))
    if said["asked"].get("week_start") != week_start:
        raise InputError(
            "the earlier report counts weeks from another weekday",
            file=previous,
            remedy=f"take one whose weeks start on {week_start}",
        )
    # a week without an attack anywhere is not listed: the span of weeks says that it was counted
    before = pd.DataFrame(said["weekly"], columns=["week", "province", "attacks"])
    before = before.assign(week=pd.to_datetime(before["week"]))
    first, last = (pd.Timestamp(said["weeks"][key]) for key in ("first", "last"))
    now = weekly[weekly["week"].between(first, last)]
    before = before[before["week"].between(weekly["week"].min(), weekly["week"].max())]
    both = now.merge(before, on=["week", "province"], how="outer", suffixes=("_now", "_before")).fillna(
        {"attacks_now": 0, "attacks_before": 0}
    )
    both = both.astype({"attacks_now": "int64", "attacks_before": "int64"})
    both = both.rename(columns={"attacks_now": "now", "attacks_before": "before"})
    changed = both[both["now"] != both["before"]].sort_values(["week", "province"])
    return changed[list(COLUMNS)].reset_index(drop=True)


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
