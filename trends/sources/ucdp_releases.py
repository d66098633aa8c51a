"""When versions of UCDP GED came out, as far as that is known: a first and a last possible day each.

UCDP states no days of release. ``ucdp_releases.csv`` has the day that its server gives each yearly file
(``file_dated``), and the end of June of that year, the month in which most came out, or of the file's own month where
that is later (``out_by``). Its Candidate files come out in the month after their last one (Hegre et al. 2020); those
of 2018 and 2019 were put there anew in April and May 2020.
"""

from __future__ import annotations

import calendar
import csv
from datetime import date
from functools import cache
from pathlib import Path


def published_yearly(version: str) -> tuple[date, date]:
    """Return between which days a yearly version came out: in its year, and by the month that is known for it."""
    year = 2000 + int(version.split(".")[0])
    return date(year, 1, 1), _out_by().get(version, date(year, 12, 31))


def published_candidate(version: str, last: date) -> tuple[date, date]:
    """Return between which days a Candidate version came out whose last month ends on a day."""
    year, month = (last.year, last.month + 1) if last.month < 12 else (last.year + 1, 1)
    end = date(year, month, calendar.monthrange(year, month)[1])
    again = next((day for key, day in _out_by().items() if version.startswith(key)), end)
    return date(year, month, 1), max(end, again)


@cache
def _out_by() -> dict[str, date]:
    with Path(__file__).with_name("ucdp_releases.csv").open(encoding="utf-8", newline="") as handle:
        return {row["version"]: date.fromisoformat(row["out_by"]) for row in csv.DictReader(handle)}
