"""Large delimited files: a block at a time, several at once, and only the cells in use are taken out."""

from __future__ import annotations

import csv
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from trends.sources.cells import Encoded, encoded
from trends.sources.opening import Plain
from trends.sources.scanning import Blocks, NotPlainError, Outline, outline
from trends.sources.table import Account, Chunks, Form, Sieve, check_columns, is_tags, read_header

LARGE = 4 << 20
CHUNK_ROWS = 1 << 16
MOST_THREADS = 8


def read_fast(plain: Plain, columns: Sequence[str], form: Form, sieve: Sieve | None = None) -> Chunks:
    """Read some columns as text; takes and yields what ``read_precisely`` does.

    Raises
    ------
    NotPlainError
        Something may be wrong with the file; the precise reader has to say what, or that all is well.
    InputError
        The header lacks a column or has it twice.
    """
    if not form.headed:
        raise NotPlainError
    header = read_header(plain, form)
    check_columns(header, columns, plain.file)
    above = 1 + _tag_rows(plain, form)
    encoding = encoded(form.encoding)
    taker = _Taker(header, tuple(columns), form.delimiter, encoding, sieve)
    blocks = Blocks(plain.path, encoding.mark)
    lines, held = _Lines(above), _Held()
    _keep_freed_memory()
    try:
        for taken in _at_once(blocks, taker.take, above):
            held.add(taken, lines.records - above)
            lines.add(taken)
            if held.rows >= CHUNK_ROWS:
                yield held.frame()
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise NotPlainError from error
    if held.rows:
        yield held.frame()
    if lines.records <= above:
        raise NotPlainError
    yield Account(blocks.sha256, lines.records - above, above - 1, blocks.ends_open, lines)


def _keep_freed_memory() -> None:
    """Have the C library keep memory that blocks gave back: from the system anew it costs as much as their cells.

    Its threshold follows the largest piece that was freed; this one is never touched.
    """
    np.empty((32 << 20) - 8192, dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class _Taken:
    """What was taken out of a block: the wanted records, their places in it, and on which lines they begin."""

    table: pa.Table
    places: np.ndarray
    records: int
    at: np.ndarray
    shifts: np.ndarray


@dataclass(frozen=True)
class _Taker:
    """Takes the wanted cells out of blocks; holds nothing, so that several blocks can be at work."""

    header: Sequence[str]
    columns: tuple[str, ...]
    delimiter: str
    encoding: Encoded
    sieve: Sieve | None

    def take(self, buffer: bytearray, size: int, skip: int) -> _Taken:
        """Take the wanted records of a block, the first few left out."""
        self.encoding.check(buffer, size)
        found = outline(buffer, size, ord(self.delimiter), len(self.header))
        places = np.arange(min(skip, len(found.ends)), len(found.ends))
        if self.sieve is not None:
            within = places
            places = within[
                self.sieve.wanted(lambda name, at: self._column(found, name, within[at]), len(within))
            ]
        table = pa.table({name: self._column(found, name, places) for name in self.columns})
        return _Taken(table, places, len(found.ends), found.at, found.shifts)

    def _column(self, found: Outline, name: str, places: np.ndarray) -> pa.Array:
        begins, ends, quoted = found.cells(self.header.index(name), places)
        return self.encoding.cells(found.text, begins, ends, quoted)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _at_once(blocks: Blocks, take: Callable[[bytearray, int, int], _Taken], above: int) -> Iterator[_Taken]:
    """Yield what is taken from blocks in their order; several are at work while the next are read and hashed."""
    threads = min(MOST_THREADS, processors())
    coming: deque[tuple[bytearray, Future[_Taken]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for buffer, size in blocks:
            if above > 0:
                taken = take(buffer, size, above)
                above -= taken.records
                blocks.release(buffer)
                yield taken
                continue
            coming.append((buffer, pool.submit(take, buffer, size, 0)))
            if len(coming) > 2 * threads:
                buffer, future = coming.popleft()
                yield future.result()
                blocks.release(buffer)
        while coming:
            yield coming.popleft()[1].result()


@dataclass(eq=False)
class _Held:
    """Records that were taken and not yet handed on."""

    tables: list[pa.Table] = field(default_factory=list)
    numbers: list[np.ndarray] = field(default_factory=list)
    rows: int = 0

    def add(self, taken: _Taken, before: int) -> None:
        """Add the records of a block, which come after so many of the file."""
        if len(taken.places):
            self.tables.append(taken.table)
            self.numbers.append(taken.places + before)
            self.rows += len(taken.places)

    def frame(self) -> pd.DataFrame:
        """Hand the records on, their numbers as index."""
        frame: pd.DataFrame = pa.concat_tables(self.tables).combine_chunks().to_pandas()
        frame.index = pd.Index(np.concatenate(self.numbers))
        self.tables, self.numbers, self.rows = [], [], 0
        return frame


@dataclass(eq=False)
class _Lines:
    """From records below the header to lines of the file."""

    above: int
    records: int = 0
    at: list[np.ndarray] = field(default_factory=list)
    shifts: list[np.ndarray] = field(default_factory=list)

    def add(self, taken: _Taken) -> None:
        """Add the next block."""
        if len(taken.at):
            self.at.append(taken.at + self.records)
            self.shifts.append(taken.shifts)
        self.records += taken.records

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Return the lines on which records begin; record 0 is the first below the header."""
        records = np.asarray(rows, dtype=np.int64) + self.above
        at = np.concatenate([np.zeros(0, dtype=np.int64), *self.at])
        passed = np.cumsum(np.concatenate([np.zeros(1, dtype=np.int64), *self.shifts]))
        lines: np.ndarray = records + 1 + passed[np.searchsorted(at, records, side="right")]
        return lines


def _tag_rows(plain: Plain, form: Form) -> int:
    """Count the rows of tags that follow the header."""
    count = 0
    encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
    with plain.path.open(encoding=encoding, errors="replace", newline="") as handle:
        filled = (fields for fields in csv.reader(handle, delimiter=form.delimiter) if fields)
        try:
            next(filled)
            for fields in filled:
                if not is_tags(fields):
                    return count
                count += 1
        except csv.Error as error:
            raise NotPlainError from error
    return count
