"""A delimited file as text: the columns asked for, one row a record, with its line in the file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd

from trends.errors import InputError

_MAGIC = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip or Excel file",
    b"\x1f\x8b": "a gzip file",
    b"\xd0\xcf\x11\xe0": "an Excel file",
    b"\x89PNG": "a picture",
    b"{": "JSON",
    b"<": "HTML or XML",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}
_AS_CSV = "export it as CSV in UTF-8"


@dataclass(frozen=True)
class Table:
    """Records of a file as text.

    Attributes
    ----------
    frame
        The columns asked for as ``str``; index ``row`` is the line of the file on which a record begins
        (the header is line 1).
    tag_rows
        How many rows of HXL ``#tags`` follow the header; they are no records.
    ends_open
        True where the last line has no line break, as when a download was cut short.
    """

    frame: pd.DataFrame
    tag_rows: int
    ends_open: bool


def read_header(path: Path) -> list[str]:
    """Return the names of the columns of a CSV file.

    Raises
    ------
    InputError
        The file is missing, empty, not UTF-8, not CSV, or names no or unnamed columns.
    """
    _check_kind(path)
    with _records(path) as records:
        _, header = next(records, (1, []))
    header = [name.strip() for name in header]
    if not any(header):
        raise InputError("the file is empty", file=path.name, remedy="give a file with a header and rows")
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise InputError("columns are not separated by commas", file=path.name, row=1, remedy=_AS_CSV)
    return header


def read_table(path: Path, columns: Sequence[str]) -> Table:
    """Read some columns of a CSV file as text.

    Parameters
    ----------
    path
        The file.
    columns
        The columns that are wanted, by name.

    Raises
    ------
    InputError
        The file is missing, empty, not UTF-8, cut short, holds NUL bytes, lacks a column or has it twice, or
        has a row with more or fewer fields than the header.
    """
    header = read_header(path)
    _check_columns(header, columns, path.name)
    pick = itemgetter(*(header.index(name) for name in columns))
    with _records(path) as records:
        next(records)
        rows, lines, tag_rows = _collect(records, pick, len(header), path.name)
    if not rows:
        raise InputError("there is a header but no row", file=path.name, remedy="give the whole file")
    frame = pd.DataFrame(rows, columns=list(columns), index=pd.Index(lines, name="row"), dtype=str)
    return Table(frame, tag_rows, _ends_open(path))


def _collect(
    records: Iterator[tuple[int, list[str]]], pick: Callable[[list[str]], Any], width: int, file: str
) -> tuple[list[tuple[str, ...]], list[int], int]:
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    tag_rows = 0
    for line, fields in records:
        if len(fields) != width:
            raise InputError(
                f"has {len(fields)} fields where the header has {width}",
                file=file,
                row=line,
                remedy="the file is cut short or damaged; get it again",
            )
        if not rows and all(field.startswith("#") or not field for field in fields) and any(fields):
            tag_rows += 1
            continue
        rows.append(pick(fields))
        lines.append(line)
    return rows, lines, tag_rows


@contextmanager
def _records(path: Path) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """Give the records of a file with the line each begins on; blank lines are passed over."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.reader(_without_nul(handle, path.name), strict=True)
        try:
            yield _numbered(reader)
        except UnicodeDecodeError as error:
            raise InputError(
                "is not UTF-8", file=path.name, row=_first_undecodable(path), remedy=_AS_CSV
            ) from error
        except csv.Error as error:
            raise InputError(
                f"is not well-formed CSV ({error})",
                file=path.name,
                row=reader.line_num,
                remedy="the file is cut short or damaged; get it again",
            ) from error


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    line = 1
    for fields in reader:
        if fields:
            yield line, fields
        line = reader.line_num + 1  # type: ignore[attr-defined]


def _without_nul(handle: Iterator[str], file: str) -> Iterator[str]:
    for line, text in enumerate(handle, start=1):
        if "\0" in text:
            raise InputError(
                "holds a NUL byte", file=file, row=line, remedy="the file is damaged; get it again"
            )
        yield text


def _check_kind(path: Path) -> None:
    if path.is_dir():
        raise InputError("is a folder", file=path, remedy="name a file in it")
    if path.exists() and not path.is_file():
        raise InputError("is no regular file", file=path, remedy="save it as a file first")
    try:
        with path.open("rb") as handle:
            head = handle.read(8)
    except FileNotFoundError as error:
        raise InputError("there is no such file", file=path, remedy="check its name") from error
    except OSError as error:
        raise InputError("cannot be opened", file=path, remedy="check its permissions") from error
    if not head:
        raise InputError("the file is empty", file=path.name, remedy="get it again")
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            raise InputError(f"is {kind}, not CSV", file=path.name, remedy=_AS_CSV)


def _check_columns(header: list[str], wanted: Sequence[str], file: str) -> None:
    missing = [name for name in wanted if name not in header]
    if missing:
        raise InputError(
            f"{len(missing)} columns are missing: {', '.join(missing)}",
            file=file,
            row=1,
            remedy="give the file as it was published, or name its source",
        )
    for name in wanted:
        if header.count(name) > 1:
            raise InputError(
                "stands twice in the header", file=file, row=1, column=name, remedy="keep one of them"
            )


def _first_undecodable(path: Path) -> int | None:
    with path.open("rb") as handle:
        for line, data in enumerate(handle, start=1):
            try:
                data.decode("utf-8")
            except UnicodeDecodeError:
                return line
    return None


def _ends_open(path: Path) -> bool:
    with path.open("rb") as handle:
        handle.seek(-1, 2)
        return handle.read(1) not in b"\r\n"
