"""The ledger: what became of every row that was read, by reason, province and year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from trends.errors import TrendsError
from trends.events import locate
from trends.gazetteer import Country
from trends.precision import precision_shares
from trends.sources import Reading

USED, REJECTED = "used", "rejected"
FRAME_COLUMNS = ("outcome", "reason", "province", "year", "rows")
COVERAGE_COLUMNS = ("file", "source", "version", "rows", "first", "last")


@dataclass(frozen=True, eq=False)
class Ledger:
    """What became of every row that was read.

    Attributes
    ----------
    read
        Rows that were read.
    frame
        ``FRAME_COLUMNS``: how many rows had an outcome ("used", "rejected", "merged duplicates", ...) for a
        reason (``""`` but for rejects), in a province (code, ``""`` where it is not known) and year (missing
        where it is not known).
    precision
        How precisely the events that are counted, spread or rejected are dated, as ``precision_shares`` returns it.
    coverage
        ``COVERAGE_COLUMNS``: each file with its rows and the first and last day for which it is complete.

    Raises
    ------
    TrendsError
        The outcomes do not add up to the rows read.
    """

    read: int
    frame: pd.DataFrame
    precision: pd.DataFrame
    coverage: pd.DataFrame

    def __post_init__(self) -> None:
        gone = int(self.frame["rows"].sum())
        if gone != self.read:
            raise TrendsError(
                f"{self.read} rows were read but {gone} are accounted for", remedy="report this fault"
            )

    def outcomes(self) -> dict[str, int]:
        """Return the rows of each outcome, ``read`` first."""
        sums = self.frame.groupby("outcome", sort=False)["rows"].sum()
        return {"read": self.read, **{str(outcome): int(rows) for outcome, rows in sums.items()}}

    def reasons(self) -> dict[str, int]:
        """Return the rejected rows by reason, sorted by reason."""
        rejected = self.frame[self.frame["outcome"] == REJECTED]
        sums = rejected.groupby("reason")["rows"].sum()
        return {str(reason): int(rows) for reason, rows in sums.items()}

    def by(self, *keys: str) -> pd.DataFrame:
        """Return rows by ``"province"``, ``"year"`` or both (index) and outcome (columns, with ``read``)."""
        table = self.frame.pivot_table(
            index=list(keys), columns="outcome", values="rows", aggfunc="sum", fill_value=0, dropna=False
        ).astype("int64")
        table = table[[name for name in self.outcomes() if name in table]]
        table = table[table.sum(axis=1) > 0]
        table.insert(0, "read", table.sum(axis=1))
        return table.rename_axis(columns=None)

    def unplaceable(self, *keys: str) -> pd.DataFrame:
        """Return events, those without a week, and their share, by ``"province"``, ``"year"`` or both."""
        coarse = self.precision.assign(no_week=self.precision["to_month"] + self.precision["to_year"])
        sums = coarse.groupby(list(keys))[["events", "no_week"]].sum()
        return sums.assign(share=sums["no_week"] / sums["events"])

    def __str__(self) -> str:
        """Return outcomes and reasons, precision, coverage, and the tables by year and by province."""
        lines = [f"{rows:>9,}  {outcome}" for outcome, rows in self.outcomes().items()]
        lines += [f"{'':>9}    {rows:,} {reason}" for reason, rows in self.reasons().items()]
        return "\n".join([*lines, *self.details()])

    def details(self) -> list[str]:
        """Return the lines on precision, coverage, years and provinces."""
        windows = [f"{row.file}: covers {row.first} to {row.last}" for row in self.coverage.itertuples()]
        tables = [_lines(self.by(key)) for key in ("year", "province") if self.frame[key].notna().any()]
        return [*_precision_lines(self), *windows, *(line for table in tables for line in table)]


def ledger(
    readings: Sequence[Reading],
    used: pd.DataFrame,
    rejects: pd.DataFrame,
    *,
    country: Country,
    set_aside: Mapping[str, pd.DataFrame | int],
    boundaries: Path | None = None,
) -> Ledger:
    """Return the ledger of a build.

    Parameters
    ----------
    readings
        The files that were read.
    used
        Located events that are counted.
    rejects
        Rows that cannot be used, with the columns of a reading's rejects and ``file``.
    country, boundaries
        Where the provinces of rows that were not used are looked up.
    set_aside
        Outcome to the events that had it, or to their mere number where they were passed over unread.

    Raises
    ------
    TrendsError
        A row is counted twice or not at all.
    """
    read = pd.concat([reading.events.assign(file=reading.file) for reading in readings], ignore_index=True)
    rejected = _traced(rejects, read, country, boundaries)
    parts = [_tally(used, USED)]
    for outcome, events in set_aside.items():
        name = outcome.replace("_", " ")
        if isinstance(events, int):
            parts.append(_tally(pd.DataFrame(index=range(events)), name))
        else:
            parts.append(_tally(events.assign(province=_named(events, country)), name))
    parts.append(_tally(rejected, REJECTED))
    spread = set_aside.get("spread", used.iloc[:0])
    dated = [used, spread, rejected[rejected["date_start"].notna()]]
    return Ledger(
        read=sum(reading.rows for reading in readings),
        frame=pd.concat(parts, ignore_index=True),
        precision=precision_shares(
            pd.concat([part for part in dated if isinstance(part, pd.DataFrame)], ignore_index=True)
        ),
        coverage=_coverage(readings),
    )


def _traced(
    rejects: pd.DataFrame, read: pd.DataFrame, country: Country, boundaries: Path | None
) -> pd.DataFrame:
    """Return rejects with the date and the province of the event that each was, missing where unknown."""
    keys = ["file", "row"]
    rejected = rejects[keys].drop_duplicates()
    events = read.drop_duplicates(keys).merge(rejected, on=keys, how="inner")
    located = locate(events, country, boundaries).events
    events = events.merge(located[[*keys, "province"]], on=keys, how="left")
    wanted = [*keys, "date_start", "date_end", "date_precision", "province"]
    return rejects.merge(events[wanted], on=keys, how="left", validate="m:1")


def _named(events: pd.DataFrame, country: Country) -> pd.Series:
    if "province" in events:
        return events["province"]
    return country.match_all(events["province_name"])


def _tally(rows: pd.DataFrame, outcome: str) -> pd.DataFrame:
    reason = rows["reason"] if outcome == REJECTED else pd.Series("", index=rows.index)
    province = rows["province"] if "province" in rows else pd.Series(None, index=rows.index)
    dates = rows["date_start"] if "date_start" in rows else pd.Series(pd.NaT, index=rows.index)
    keys = pd.DataFrame(
        {
            "reason": reason.astype(object),
            "province": province.astype(object).fillna(""),
            "year": pd.to_datetime(dates).dt.year.astype("Int64"),
        }
    )
    sums = keys.groupby(list(keys), dropna=False, sort=True).size().rename("rows").reset_index()
    return sums.assign(outcome=outcome)[list(FRAME_COLUMNS)].astype({"rows": "int64", "reason": object})


def _coverage(readings: Sequence[Reading]) -> pd.DataFrame:
    rows: list[tuple[str, str, str, int, date, date]] = [
        (reading.file, reading.source.key, reading.source.version, reading.rows, *reading.coverage)
        for reading in readings
    ]
    return pd.DataFrame(rows, columns=list(COVERAGE_COLUMNS))


def _precision_lines(account: Ledger) -> list[str]:
    events = int(account.precision["events"].sum())
    if not events:
        return []
    counts = {name: int(account.precision[f"to_{name}"].sum()) for name in ("day", "week", "month", "year")}
    dated = ", ".join(f"{name} {100 * count / events:.1f} %" for name, count in counts.items() if count)
    lines = [f"dated to: {dated} (of {events:,} events)"]
    years = account.unplaceable("year").sort_values("share", ascending=False, kind="stable")["share"].head(3)
    if years.any():
        worst = ", ".join(f"{share:.1%} in {year}".replace("%", " %") for year, share in years.items())
        lines.append(f"no week can be given to: {worst}")
    return lines


def _lines(table: pd.DataFrame) -> list[str]:
    """Return a table as lines, the index at the left."""
    key = str(table.index.name)
    shown = table.reset_index().astype({key: object})
    shown[key] = [str(value) if pd.notna(value) and value != "" else "?" for value in shown[key]]
    return ["", *shown.to_string(index=False).split("\n")]
