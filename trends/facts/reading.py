"""Read one file of facts: texts in, checked cell by cell, typed columns out."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd

from trends.errors import InputError
from trends.facts.columns import RowRule, Rule, Table
from trends.project import find_project

_DICTIONARY = "data/raw/README.md"


def read_table(table: Table, path: Path | None = None) -> pd.DataFrame:
    """Read a table of facts and check every cell.

    Parameters
    ----------
    table
        The format.
    path
        The file; by default ``data/raw/<table.file>`` of the project.

    Returns
    -------
    DataFrame
        One row a row of the file, in its order, numbered from 0. Dates are ``datetime64``, counts ``int64``
        (``Int64`` where the column may be empty), everything else text; an empty date is ``NaT``, an empty
        count ``<NA>``, an empty text ``""``.

    Raises
    ------
    InputError
        The file cannot be read, lacks a column, or holds a value that its column does not allow; the message
        names file, row (lines of the file, the header is row 1), column, value and what is allowed.
    """
    file = Path(path) if path is not None else find_project() / "data" / "raw" / table.file
    texts = _texts(_content(file), table, file)
    _check_cells(texts, table, file)
    return _typed(texts, table)


def _content(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        raise InputError(
            "the file is not UTF-8 text", file=file, row=row, remedy="save it as UTF-8 CSV"
        ) from None
    except OSError as error:
        raise InputError(
            f"the file cannot be read ({error.strerror})", file=file, remedy=f"see {_DICTIONARY}"
        ) from None


def _texts(content: str, table: Table, file: Path) -> pd.DataFrame:
    """Split into cells; the index holds the line of the file on which each row ends."""
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    expected = list(table.columns)
    lines: dict[int, list[str]] = {}
    try:
        _check_header(next(reader, []), expected, file)
        for cells in reader:
            if cells:
                _check_width(cells, expected, file, reader.line_num)
                lines[reader.line_num] = cells
    except csv.Error as error:
        raise InputError(
            f"not comma-separated values ({error})",
            file=file,
            row=reader.line_num,
            remedy=f"see {_DICTIONARY}",
        ) from None
    if not lines:
        raise InputError("the table has no rows", file=file, remedy=f"see {_DICTIONARY}")
    return pd.DataFrame.from_dict(lines, orient="index", columns=expected, dtype=str)


def _check_header(given: list[str], expected: list[str], file: Path) -> None:
    if given == expected:
        return
    missing = [name for name in expected if name not in given]
    unknown = [name for name in given if name not in expected]
    parts = [f"missing columns: {', '.join(missing)}"] if missing else []
    parts += [f"unknown columns: {', '.join(unknown)[:80]}"] if unknown else []
    raise InputError(
        "; ".join(parts) or "the columns are in another order or repeated",
        file=file,
        row=1,
        remedy=f"the header has to be {','.join(expected)} (see {_DICTIONARY})",
    )


def _check_width(cells: list[str], expected: list[str], file: Path, row: int) -> None:
    if len(cells) != len(expected):
        raise InputError(
            f"{len(cells)} cells instead of {len(expected)}",
            file=file,
            row=row,
            remedy="quote a text that contains commas, and leave no cell out",
        )


def _check_cells(texts: pd.DataFrame, table: Table, file: Path) -> None:
    """Refuse the first row that breaks a rule; a single cell's rule comes before one between cells."""
    found = []
    for place, (name, rule) in enumerate(table.columns.items()):
        found += [(row, False, place, name, rule.allowed) for row in _rows(~_accepted(texts[name], rule))]
    order = list(table.columns)
    for between in (*table.row_rules, _no_repeats(table)):
        place = order.index(between.column)
        broken = _rows(~between.holds(texts))
        found += [(row, True, place, between.column, between.allowed) for row in broken]
    if not found:
        return
    row, _, _, column, allowed = min(found)
    rows = len({line for line, *_ in found})
    more = f" ({rows - 1} more rows break a rule)" if rows > 1 else ""
    value = str(texts.at[row, column])
    raise InputError(
        f"{value[:80]!r} is not allowed{more}",
        file=file,
        row=row,
        column=column,
        remedy=f"allowed: {allowed}",
    )


def _rows(broken: pd.Series[bool]) -> list[int]:
    """Lines of the file on which a rule is broken."""
    return [int(row) for row in broken.index[broken]]


def _accepted(column: pd.Series[str], rule: Rule) -> pd.Series[bool]:
    good = column.isin(rule.values) if rule.values else column.str.fullmatch(rule.pattern).astype(bool)
    if rule.kind == "date":
        good &= pd.to_datetime(column, format="%Y-%m-%d", errors="coerce").notna()
    return good & column.eq(column.str.strip()) | (column.eq("") & rule.empty)


def _no_repeats(table: Table) -> RowRule:
    columns = list(table.unique)
    return RowRule(
        columns[0],
        f"no second row with the same {', '.join(columns)}",
        lambda rows: ~rows.duplicated(columns),
    )


def _typed(texts: pd.DataFrame, table: Table) -> pd.DataFrame:
    return pd.DataFrame(
        {name: _converted(texts[name], rule) for name, rule in table.columns.items()}
    ).reset_index(drop=True)


def _converted(column: pd.Series[str], rule: Rule) -> pd.Series[Any]:
    if rule.kind == "date":
        return pd.to_datetime(column, format="%Y-%m-%d", errors="coerce")
    if rule.kind == "count" and rule.empty:
        return pd.to_numeric(column.where(column.ne(""))).astype("Int64")
    return column.astype("int64") if rule.kind == "count" else column
