"""The seam of all sources: a file goes in, events and rejects that add up come out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from trends.errors import InputError
from trends.files import sha256_of
from trends.sources.layout import SourceInfo, layout_named, recognise
from trends.sources.parsing import Parsed
from trends.sources.table import read_header, read_table

__all__ = ["EVENT_COLUMNS", "REJECT_COLUMNS", "Reading", "SourceInfo", "read_source", "rejects_of"]

EVENT_COLUMNS = {
    "event_id": "object",
    "row": "int64",
    "date_start": "datetime64[ns]",
    "date_end": "datetime64[ns]",
    "date_precision": "object",
    "country": "object",
    "province_name": "object",
    "longitude": "float64",
    "latitude": "float64",
    "place_precision": "object",
    "actor_a": "object",
    "actor_b": "object",
    "kind": "object",
    "deaths_best": "Int64",
    "deaths_low": "Int64",
    "deaths_high": "Int64",
}
REJECT_COLUMNS = ("row", "event_id", "column", "value", "reason")


@dataclass(frozen=True, eq=False)
class Reading:
    """What a file held: every record is an event or a reject.

    Attributes
    ----------
    source
        The source and its version.
    events
        One row an event, columns and types as in ``EVENT_COLUMNS``. Deaths are missing where the source has
        none; ``date_precision`` is day, week, month or year; ``row`` is the line in the file.
    rejects
        Columns ``REJECT_COLUMNS``: the line in the file, the event's identifier, the column at fault, what
        stands there, and why it cannot be used.
    rows
        Records in the file, ``len(events) + len(rejects)``.
    file, sha256
        Name of the file without its folder, and its hash.
    coverage
        First and last day for which the file is complete.
    family
        Readings of one family number their events alike.
    notes
        What was seen and kept, and in how many rows.

    Raises
    ------
    InputError
        Records were lost or doubled.
    """

    source: SourceInfo
    events: pd.DataFrame
    rejects: pd.DataFrame
    rows: int
    file: str
    sha256: str
    coverage: tuple[date, date]
    family: str = ""
    notes: Mapping[str, int] | None = None

    def __post_init__(self) -> None:
        if self.rows != len(self.events) + len(self.rejects):
            raise InputError(
                f"{self.rows} rows became {len(self.events)} events and {len(self.rejects)} rejects",
                file=self.file,
            )


def read_source(path: Path, source: str | None = None) -> Reading:
    """Read a file of events.

    Parameters
    ----------
    path
        The file.
    source
        Key of the layout; recognised from the names of the columns where it is not given.

    Returns
    -------
    Reading
        Rows that cannot be used are rejects with a reason, never dropped.

    Raises
    ------
    InputError
        The file is not what the layout expects: columns missing, cut short, not UTF-8, empty, not CSV; or
        none of its rows can be used.
    UnknownNameError
        There is no source of that name.
    """
    path = Path(path)
    header = read_header(path)
    layout = layout_named(source) if source else recognise(header, path.name)
    table = read_table(path, layout.columns)
    sha256 = sha256_of(path)
    events, rejects = _sorted_out(table.frame, layout.parse(table.frame), sha256)
    if events.empty:
        raise _nothing_usable(rejects, path.name)
    coverage = layout.coverage(path.name, events)
    events, outside = _within(events, coverage)
    return Reading(
        source=_known(layout.describe(path.name, events), sha256),
        events=events,
        rejects=pd.concat([rejects, outside]).sort_values("row", ignore_index=True),
        rows=len(table.frame),
        file=path.name,
        sha256=sha256,
        coverage=coverage,
        family=layout.family,
        notes=_notes(events, table.tag_rows, table.ends_open),
    )


def rejects_of(
    events: pd.DataFrame, column: str, values: pd.Series, reasons: pd.Series | str
) -> pd.DataFrame:
    """Return events as rejects: which column is at fault, what stands there, and why.

    Parameters
    ----------
    events
        The events to reject.
    column
        The column at fault.
    values, reasons
        What stands there and why it cannot be used, same index as ``events`` (or one reason for all).

    Returns
    -------
    DataFrame
        Columns ``REJECT_COLUMNS``, and ``file`` where the events have it.
    """
    frame = pd.DataFrame(
        {
            "row": events["row"].astype("int64"),
            "event_id": events["event_id"].astype(object),
            "column": pd.Series(column, index=events.index, dtype=object),
            "value": values.reindex(events.index).astype(object),
            "reason": reasons
            if isinstance(reasons, pd.Series)
            else pd.Series(reasons, events.index, dtype=object),
        },
        columns=list(REJECT_COLUMNS),
    )
    if "file" in events:
        frame["file"] = events["file"]
    return frame.reset_index(drop=True)


def _known(source: SourceInfo, sha256: str) -> SourceInfo:
    """Return a source with what ``known_files.toml`` says about a file whose columns do not tell."""
    known = tomllib.loads(Path(__file__).with_name("known_files.toml").read_text(encoding="utf-8"))
    return replace(source, **known.get(sha256, {}))


def _sorted_out(
    raw: pd.DataFrame, parsed: Mapping[str, Parsed], sha256: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide records into events and rejects; the first column with a problem gives the reason."""
    columns = {name: column.values for name, column in parsed.items()}
    columns.setdefault("event_id", pd.Series([f"{sha256[:8]}-{row}" for row in raw.index], index=raw.index))
    columns.setdefault("date_end", columns["date_start"])
    columns["row"] = raw.index.to_series()
    events = pd.DataFrame({name: columns.get(name) for name in EVENT_COLUMNS}, index=raw.index)
    events = events.astype(EVENT_COLUMNS)
    reason = pd.Series("", index=raw.index, dtype=object)
    at_fault, value = reason.copy(), reason.copy()
    for column in [*parsed.values(), _order_of_dates(events, parsed)]:
        first = (reason == "") & (column.problems != "")
        reason[first] = column.problems[first]
        at_fault[first] = str(column.text.name)
        value[first] = column.text[first]
    rejected = reason != ""
    rejects = rejects_of(events[rejected], "", value, reason[rejected]).assign(
        column=at_fault[rejected].to_numpy()
    )
    return events[~rejected].reset_index(drop=True), rejects


def _order_of_dates(events: pd.DataFrame, parsed: Mapping[str, Parsed]) -> Parsed:
    last = parsed.get("date_end", parsed["date_start"])
    reversed_ = events["date_end"] < events["date_start"]
    problems = pd.Series("", index=events.index, dtype=object).mask(reversed_, "ends before it starts")
    return Parsed(last.text, last.values, problems)


def _within(events: pd.DataFrame, coverage: tuple[date, date]) -> tuple[pd.DataFrame, pd.DataFrame]:
    first, last = coverage
    inside = events["date_start"].between(pd.Timestamp(first), pd.Timestamp(last))
    outside = events[~inside]
    rejects = rejects_of(
        outside,
        "date_start",
        outside["date_start"].dt.strftime("%Y-%m-%d"),
        f"outside the file's coverage, {first} to {last}",
    )
    return events[inside].reset_index(drop=True), rejects


def _notes(events: pd.DataFrame, tag_rows: int, ends_open: bool) -> dict[str, int]:
    low, best, high = (events[f"deaths_{name}"] for name in ("low", "best", "high"))
    disorder = ((low > best) | (best > high)).fillna(False)
    notes = {
        "deaths not in the order low, best, high: kept as published": int(disorder.sum()),
        "rows of #tags below the header: passed over": tag_rows,
        "last line without a line break: the file may be cut short": int(ends_open),
    }
    return {note: count for note, count in notes.items() if count}


def _nothing_usable(rejects: pd.DataFrame, file: str) -> InputError:
    worst = rejects.iloc[0]
    return InputError(
        f"none of the {len(rejects)} rows can be used; the first: {worst['reason']} ({worst['value']!r})",
        file=file,
        row=int(worst["row"]),
        column=str(worst["column"]),
        remedy="give the file as it was published, or name its source",
    )
