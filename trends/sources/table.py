"""A delimited file as text: the columns asked for, one row a record, with its line in the file.

Two readers agree on every file: a precise one, record by record, that can explain what is wrong, and one for
large files that parses only the columns in use. What the second cannot vouch for, the first reads again.
"""

from __future__ import annotations

import codecs
import csv
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from trends.errors import InputError
from trends.files import sha256_of
from trends.sources.opening import AS_CSV, Plain
from trends.sources.workbook import workbook_rows

CHUNK_ROWS = 1 << 17
_UTF8 = "utf-8"
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_EXCEL_LINE = re.compile(r"\ufeff?sep=.?", re.IGNORECASE)


class UndecodableError(InputError):
    """A file that is not in the encoding it was read in."""


@dataclass(frozen=True)
class Form:
    """How a file writes its text.

    Attributes
    ----------
    encoding
        Of its characters; a byte order mark of UTF-8 is passed over.
    delimiter
        What stands between two cells.
    names
        What the columns are called, where that is not what the file's first line says.
    headed
        False where the first line is a record already.
    """

    encoding: str = _UTF8
    delimiter: str = ","
    names: tuple[str, ...] = ()
    headed: bool = True


@dataclass(frozen=True, eq=False)
class Account:
    """What is known of a file once all its records were seen.

    Attributes
    ----------
    sha256
        Of the file as it was given.
    rows
        How many records it has.
    tag_rows
        How many rows of HXL ``#tags`` follow the header; they are no records.
    ends_open
        True where the last line has no line break, as when a download was cut short.
    lines
        From records (0 is the first below the header and tags) to the lines on which they begin; the header
        is line 1.
    """

    sha256: str
    rows: int
    tag_rows: int
    ends_open: bool
    lines: Callable[[np.ndarray], np.ndarray]


Chunks = Iterator[pd.DataFrame | Account]


Cells = Callable[[str, np.ndarray], pa.Array]
"""From the name of a column and the places of records in a chunk to what stands there."""


@dataclass(frozen=True)
class Sieve:
    """Which records of a chunk are wanted, told by some of its columns.

    Attributes
    ----------
    wanted
        From the cells of a chunk and how many records it has to the places of those that are wanted, ascending;
        may be called by several threads at once.
    noted
        Columns that are looked at of all records.
    note
        Is told what stands in these columns; the reader may leave out a row that it told before, or tell it again.
    """

    wanted: Callable[[Cells, int], np.ndarray]
    noted: tuple[str, ...]
    note: Callable[[pa.Table], None]


def read_header(plain: Plain, form: Form) -> list[str]:
    """Return the names of the columns.

    Raises
    ------
    InputError
        The file is empty, in another encoding, not CSV, or names no columns.
    """
    if form.names:
        return list(form.names)
    with _records(plain, form) as records:
        _, header = next(records, (1, []))
    header = [name.strip() for name in header]
    if not any(header):
        raise InputError("the file is empty", file=plain.file, remedy="give a file with a header and rows")
    check_separated(header, plain.file, form.delimiter)
    return header


def check_separated(header: list[str], file: str, delimiter: str) -> None:
    """Refuse a header that another character separates, or a line of Excel's in its place."""
    if _EXCEL_LINE.fullmatch(delimiter.join(header)):
        raise InputError(
            "the first line is Excel's mark of the separator ('sep='), not the names of the columns",
            file=file,
            row=1,
            remedy="delete that line",
        )
    if len(header) == 1 and any(mark in header[0] for mark in SEPARATORS):
        found = max(SEPARATORS, key=header[0].count)
        but = f" but by {SEPARATORS[found]}" if found != delimiter else ""
        raise InputError(
            f"columns are not separated by {SEPARATORS.get(delimiter, repr(delimiter))}{but}",
            file=file,
            row=1,
            remedy=f"{AS_CSV}, or build with --mapping and the right delimiter in it "
            "('trends source init FILE' drafts a mapping)",
        )


def first_records(plain: Plain, form: Form, count: int) -> list[list[str]]:
    """Return the first records of a file, its header included; raises as ``read_header`` does."""
    with _records(plain, form) as records:
        return [fields for _, fields in itertools.islice(records, count)]


def read_precisely(plain: Plain, columns: Sequence[str], form: Form, sieve: Sieve | None = None) -> Chunks:
    """Read some columns as text, record by record.

    Parameters
    ----------
    plain, form
        The file and how it writes text.
    columns
        The columns that are wanted, by name.
    sieve
        Which records are wanted; all where not given.

    Yields
    ------
    DataFrame or Account
        Chunks of records as ``str``, index the number of the record from 0; at last, the account.

    Raises
    ------
    InputError
        The file is empty, in another encoding, cut short, holds NUL bytes, lacks a column or has it twice,
        or has a row with more or fewer fields than the header.
    """
    header = read_header(plain, form)
    check_columns(header, columns, plain.file)
    pick = _picker([header.index(name) for name in columns])
    found = _Found()
    with _records(plain, form) as records:
        if form.headed:
            next(records)
        for rows in _picked(records, pick, len(header), plain.file, found):
            index = pd.RangeIndex(found.rows - len(rows), found.rows)
            frame = pd.DataFrame(rows, columns=list(columns), index=index, dtype=str)
            yield frame if sieve is None else frame.iloc[_wanted(sieve, frame)]
    if not found.rows:
        raise InputError("there is a header but no row", file=plain.file, remedy="give the whole file")
    lines = np.array(found.lines)
    ends_open = not plain.workbook and _ends_open(plain.path)
    yield Account(sha256_of(plain.path), found.rows, found.tag_rows, ends_open, lambda rows: lines[rows])


def _wanted(sieve: Sieve, frame: pd.DataFrame) -> np.ndarray:
    sieve.note(
        pa.table(
            {name: pa.array(frame[name].to_numpy(dtype=object), pa.large_string()) for name in sieve.noted}
        )
    )
    return sieve.wanted(_cells(frame), len(frame))


def _cells(frame: pd.DataFrame) -> Cells:
    return lambda name, places: pa.array(frame[name].iloc[places].to_numpy(dtype=object), pa.large_string())


def check_columns(header: list[str], wanted: Sequence[str], file: str) -> None:
    """Raise an ``InputError`` where a header lacks a column or has it twice."""
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


def is_tags(fields: Sequence[str]) -> bool:
    """Tell whether a row holds HXL tags and nothing else."""
    return any(fields) and all(field.startswith("#") or not field for field in fields)


@dataclass
class _Found:
    """What has been counted so far."""

    rows: int = 0
    tag_rows: int = 0
    lines: list[int] | Any = None

    def __post_init__(self) -> None:
        self.lines = []


def _picker(places: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    """Return what takes the cells at some places out of a row."""
    if len(places) == 1:
        return lambda fields: (fields[places[0]],)
    return itemgetter(*places)


def _picked(
    records: Iterator[tuple[int, list[str]]],
    pick: Callable[[list[str]], tuple[str, ...]],
    width: int,
    file: str,
    found: _Found,
) -> Iterator[list[tuple[str, ...]]]:
    rows: list[tuple[str, ...]] = []
    for line, fields in records:
        if len(fields) != width:
            raise InputError(
                f"has {len(fields)} fields where the header has {width}",
                file=file,
                row=line,
                remedy="the file is cut short or damaged; get it again",
            )
        if not found.rows and is_tags(fields):
            found.tag_rows += 1
            continue
        rows.append(pick(fields))
        found.lines.append(line)
        found.rows += 1
        if len(rows) == CHUNK_ROWS:
            yield rows
            rows = []
    if rows:
        yield rows


@contextmanager
def _records(plain: Plain, form: Form) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """Give the records of a file with the line each begins on; blank lines are passed over."""
    if plain.workbook:
        yield workbook_rows(plain.path, plain.file)
        return
    encoding = "utf-8-sig" if form.encoding == _UTF8 else form.encoding
    _check_mark(plain, encoding)
    with plain.path.open(encoding=encoding, newline="") as handle:
        reader = csv.reader(_without_nul(handle, plain.file), delimiter=form.delimiter, strict=True)
        begun = [1]
        try:
            yield _numbered(reader, begun)
        except UnicodeDecodeError as error:
            raise UndecodableError(
                f"is not {form.encoding.upper()}",
                file=plain.file,
                row=_first_undecodable(plain.path, form.encoding),
                remedy=AS_CSV,
            ) from error
        except csv.Error as error:
            raise _malformed(str(error), plain.file, begun[0], reader.line_num) from error


def _check_mark(plain: Plain, encoding: str) -> None:
    """Refuse to read a file in another encoding than the one that its byte order mark states."""
    with plain.path.open("rb") as handle:
        marked = handle.read(3) == codecs.BOM_UTF8
    if not marked or encoding.startswith(_UTF8):
        return
    row = _first_undecodable(plain.path, _UTF8)
    if row is None:
        raise InputError(
            f"is UTF-8, as its first bytes say, and not {encoding.upper()}",
            file=plain.file,
            remedy='write encoding = "utf-8" in the mapping',
        )
    raise UndecodableError(
        "begins with the mark of UTF-8, but is not UTF-8", file=plain.file, row=row, remedy=AS_CSV
    )


def _malformed(what: str, file: str, begun: int, line: int) -> InputError:
    """Return what is wrong with a record that begins on one line and went wrong on another."""
    if "field larger" in what:
        return InputError(
            f"has a cell of more than {csv.field_size_limit():,} characters",
            file=file,
            row=begun,
            remedy="look for a quote in that row that never closes; if the cell is really so long, shorten it",
        )
    if begun != line:
        what = f"{what}, in the record that begins on row {begun}"
    return InputError(
        f"is not well-formed CSV ({what})",
        file=file,
        row=line,
        remedy="the file is cut short or damaged; get it again",
    )


def _numbered(reader: Iterator[list[str]], begun: list[int]) -> Iterator[tuple[int, list[str]]]:
    """Yield records with the line each begins on, which ``begun`` tells of the record at work, too."""
    for fields in reader:
        if fields:
            yield begun[0], fields
        begun[0] = reader.line_num + 1  # type: ignore[attr-defined]


def _without_nul(handle: Iterator[str], file: str) -> Iterator[str]:
    for line, text in enumerate(handle, start=1):
        if "\0" in text:
            raise InputError(
                "holds a NUL byte", file=file, row=line, remedy="the file is damaged; get it again"
            )
        yield text


def _first_undecodable(path: Path, encoding: str) -> int | None:
    with path.open("rb") as handle:
        for line, data in enumerate(handle, start=1):
            try:
                data.decode(encoding)
            except UnicodeDecodeError:
                return line
    return None


def _ends_open(path: Path) -> bool:
    with path.open("rb") as handle:
        handle.seek(-1, 2)
        return handle.read(1) not in b"\r\n"
