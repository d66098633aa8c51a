"""The ledger: what became of every row that was read, by reason, province and year."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from trends.errors import TrendsError
from trends.events import locate
from trends.files import plain_cell
from trends.gazetteer import Country
from trends.precision import PRECISIONS, UNPLACEABLE, precision_shares
from trends.processed import check_unchanged, read_manifest
from trends.sources import Reading

USED, REJECTED = "used", "rejected"
_RECORD = ["file", "row"]
_COLUMN_TYPES: dict[Hashable, Any] = {"province": str, "year": "Int64", "outcome": str, "reason": str}
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
    events = {outcome: rows for outcome, rows in set_aside.items() if isinstance(rows, pd.DataFrame)}
    rejected = _traced(rejects, readings)
    placed = _placed([*events.values(), rejected], country, boundaries)
    parts = [_tally(used, USED)]
    for outcome, rows in set_aside.items():
        name = outcome.replace("_", " ")
        if isinstance(rows, int):
            parts.append(_passed_over(rows, name))
        else:
            parts.append(_tally(_with_province(rows, placed), name))
    rejected = _with_province(rejected, placed)
    parts.append(_tally(rejected, REJECTED))
    dated = [used, events.get("spread", used.iloc[:0]), rejected[rejected["date_start"].notna()]]
    return Ledger(
        read=sum(reading.rows for reading in readings),
        frame=pd.concat(parts, ignore_index=True),
        precision=precision_shares(pd.concat(dated, ignore_index=True)),
        coverage=_coverage(readings),
    )


def load_ledger(folder: Path | str) -> Ledger:
    """Read the ledger of a folder that ``trends build`` wrote.

    Raises
    ------
    InputError
        A file is missing, or was changed since it was built.
    TrendsError
        The outcomes do not add up to the rows read.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    check_unchanged(folder, manifest)
    frame, precision = (
        pd.read_csv(
            folder / name,
            dtype=_COLUMN_TYPES,
            na_values={"year": [""]},
            keep_default_na=False,
            encoding="utf-8",
        )
        for name in ("ledger.csv", "precision.csv")
    )
    return Ledger(
        read=int(manifest["rows"]["read"]),
        frame=frame.assign(reason=frame["reason"].map(plain_cell).astype(object)),
        precision=precision,
        coverage=_told_coverage(manifest),
    )


def ledger_of_panel(manifest: Mapping[str, Any], daily: pd.DataFrame) -> Ledger:
    """Return the ledger of a processed folder, as far as its manifest and its days tell.

    ``load_ledger`` tells more; this one needs no file and holds the days against the manifest. Used events have
    their province and year; of all others only the number and the reason is
    known, and of the precision of dates only the totals, without events rejected for their place.

    Parameters
    ----------
    manifest
        The panel's manifest, as ``load_panel(folder).manifest``.
    daily
        The panel's daily counts, unshortened.

    Raises
    ------
    TrendsError
        The days hold another number of events than the manifest says, or its outcomes do not add up.
    """
    keys = {"province": daily["province"], "year": daily["date"].dt.year.astype("Int64")}
    used = daily["attacks"].groupby(list(keys.values())).sum().rename("rows").reset_index()
    used = used.rename(columns={"date": "year"}).assign(outcome=USED, reason="")
    aside = [
        (outcome.replace("_", " "), "", count)
        for outcome, count in manifest["rows"].items()
        if outcome not in {"read", USED, REJECTED}
    ]
    lost = [(REJECTED, reason, count) for reason, count in manifest["rejected_by_reason"].items()]
    others = pd.DataFrame([*aside, *lost], columns=["outcome", "reason", "rows"])
    others = others.assign(province="", year=pd.array([pd.NA] * len(others), dtype="Int64"))
    frame = pd.concat([part[list(FRAME_COLUMNS)] for part in (used, others) if len(part)], ignore_index=True)
    return Ledger(
        read=int(manifest["rows"]["read"]),
        frame=frame.astype({"rows": "int64"}),
        precision=_told_precision(manifest),
        coverage=_told_coverage(manifest),
    )


def _told_precision(manifest: Mapping[str, Any]) -> pd.DataFrame:
    counts = dict.fromkeys(PRECISIONS, 0) | dict(manifest["dates"]["precision"])
    for name, count in manifest.get("spread", {}).get("precision", {}).items():
        counts[name] += count
    for name in PRECISIONS:
        counts[name] += manifest["rejected_by_reason"].get(f"date precision: {name}", 0)
    events = sum(counts.values())
    share = sum(counts[name] for name in UNPLACEABLE) / events if events else 0.0
    row = {"province": "", "year": pd.NA, "events": events}
    row |= {f"to_{name}": counts[name] for name in PRECISIONS} | {"several_days": pd.NA, "unplaceable": share}
    return pd.DataFrame([row]).astype({"year": "Int64", "several_days": "Int64"})


def _told_coverage(manifest: Mapping[str, Any]) -> pd.DataFrame:
    rows = [
        (
            raw["file"],
            raw["source"]["key"],
            raw["source"]["version"],
            raw["rows"],
            *(date.fromisoformat(raw["coverage"][end]) for end in ("first", "last")),
        )
        for raw in manifest["raw"]
    ]
    return pd.DataFrame(rows, columns=list(COVERAGE_COLUMNS))


def _traced(rejects: pd.DataFrame, readings: Sequence[Reading]) -> pd.DataFrame:
    """Return rejects with the event that each was, missing where the record could not be read."""
    rows = rejects["row"].unique()
    read = [
        reading.events[reading.events["row"].isin(rows)].assign(file=reading.file) for reading in readings
    ]
    events = pd.concat(read, ignore_index=True).drop_duplicates(_RECORD)
    wanted = [*_RECORD, "country", "province_name", "longitude", "latitude", "place_precision"]
    wanted += ["date_start", "date_end", "date_precision"]
    return rejects.merge(events[wanted], on=_RECORD, how="left", validate="m:1")


def _placed(tables: Sequence[pd.DataFrame], country: Country, boundaries: Path | None) -> pd.DataFrame:
    """Return the province of records of the country that were not used, by file and row, where it is known."""
    wanted = ["event_id", *_RECORD, "country", "province_name", "longitude", "latitude", "place_precision"]
    others = pd.concat([table[wanted] for table in tables], ignore_index=True).drop_duplicates(_RECORD)
    abroad = [name for name in others["country"].dropna().unique() if not country.is_called(str(name))]
    inland = others[~others["country"].isin(abroad)].reset_index(drop=True)
    return locate(inland, country, boundaries).events[[*_RECORD, "province"]]


def _with_province(rows: pd.DataFrame, placed: pd.DataFrame) -> pd.DataFrame:
    if "province" in rows:
        return rows
    return rows.merge(placed, on=_RECORD, how="left")


def _tally(rows: pd.DataFrame, outcome: str) -> pd.DataFrame:
    keys = {"province": rows["province"], "year": pd.to_datetime(rows["date_start"]).dt.year}
    if outcome == REJECTED:
        keys = {"reason": rows["reason"], **keys}
    sums = pd.DataFrame(keys).groupby(list(keys), dropna=False, sort=True).size().rename("rows").reset_index()
    sums = sums.assign(outcome=outcome, reason=sums.get("reason", ""))[list(FRAME_COLUMNS)]
    sums["province"] = sums["province"].astype(object).fillna("")
    sums = sums.astype({"rows": "int64", "year": "Int64", "reason": "object"})
    return sums.sort_values(["reason", "province", "year"], ignore_index=True)


def _passed_over(rows: int, outcome: str) -> pd.DataFrame:
    """Return the one line of rows that were counted unread, of which neither province nor year is known."""
    known = pd.DataFrame({"reason": pd.Series([""], dtype=object), "province": pd.Series([""], dtype=object)})
    year = pd.array([pd.NA], dtype="Int64")
    whole = known.assign(year=year, rows=pd.Series([rows], dtype="int64"), outcome=outcome)
    return whole[list(FRAME_COLUMNS)]


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
