"""Large delimited files: a block at a time, several at once, and only the cells in use are taken out."""

from __future__ import annotations

import csv
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from trends.sources.cells import Encoded, Unseen, encoded, keys_of
from trends.sources.opening import Plain
from trends.sources.scanning import Block, Blocks, NotPlainError, Outline, outline
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
    """Takes the wanted cells out of blocks; several blocks can be at work."""

    header: Sequence[str]
    columns: tuple[str, ...]
    delimiter: str
    encoding: Encoded
    sieve: Sieve | None
    told: threading.local = field(default_factory=threading.local)

    def take(self, block: Block, skip: int) -> _Taken:
        """Take the wanted records of a block, the first few left out."""
        self.encoding.check(block)
        found = outline(block, ord(self.delimiter), len(self.header))
        cells = _BlockCells(self.header, self.columns, self.encoding, found)
        places = np.arange(min(skip, len(found.begins)), len(found.begins))
        if self.sieve is not None:
            within = places
            self._note(self.sieve, found, within)
            wanted = self.sieve.wanted(lambda name, at: cells.column(name, within[at]), len(within))
            places = within[wanted]
        return _Taken(cells.table(places), places, len(found.begins), found.at, found.shifts)

    def _note(self, sieve: Sieve, found: Outline, records: np.ndarray) -> None:
        """Tell the sieve of what it notes, but for what this thread has told it."""
        cells = [found.column(self.header.index(name)) for name in sieve.noted]
        keys = [key for begins, ends, _ in cells if (key := keys_of(found.block, begins, ends)) is not None]
        if len(keys) == len(cells):
            unseen = self.told.__dict__.setdefault("unseen", Unseen())
            records = records[unseen.among(np.hstack(keys)[records])]
        texts = [
            self.encoding.columns(found.block, begins[records, None], ends[records, None], quoted)[0]
            for begins, ends, quoted in cells
        ]
        sieve.note(pa.table(dict(zip(sieve.noted, texts, strict=True))))


@dataclass(eq=False)
class _BlockCells:
    """Cells of a block; where those of some records stand is kept for those who ask for fewer of them."""

    header: Sequence[str]
    columns: tuple[str, ...]
    encoding: Encoded
    found: Outline
    _records: np.ndarray | None = None
    _standing: tuple[np.ndarray, np.ndarray, bool] | None = None

    def column(self, name: str, records: np.ndarray) -> pa.DictionaryArray:
        """Return one column of some records, each text once."""
        if len(records) == len(self.found.begins):
            begins, ends, quoted = self.found.column(self.header.index(name))
        else:
            begins, ends, quoted = self._rows(records)
            place = self.columns.index(name)
            begins, ends = begins[:, place], ends[:, place]
        return self.encoding.coded(self.found.block, begins, ends, quoted)

    def table(self, records: np.ndarray) -> pa.Table:
        """Return all columns of some records."""
        arrays = self.encoding.columns(self.found.block, *self._rows(records))
        return pa.table(dict(zip(self.columns, arrays, strict=True)))

    def _rows(self, records: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
        if self._records is not None and self._standing is not None and len(records) <= len(self._records):
            among = np.searchsorted(self._records, records)
            if np.array_equal(self._records[np.minimum(among, len(self._records) - 1)], records):
                begins, ends, quoted = self._standing
                return begins[among], ends[among], quoted
        self._records = records
        self._standing = self.found.rows(
            records, np.array([self.header.index(name) for name in self.columns])
        )
        return self._standing


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _at_once(blocks: Blocks, take: Callable[[Block, int], _Taken], above: int) -> Iterator[_Taken]:
    """Yield what is taken from blocks in their order; several are at work while the next are read and hashed."""
    threads = min(MOST_THREADS, max(1, processors() - 1))  # one processor reads and hashes
    coming: deque[tuple[Block, Future[_Taken]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for block in blocks:
            if above > 0:
                taken = take(block, above)
                above -= taken.records
                blocks.release(block)
                yield taken
                continue
            coming.append((block, pool.submit(take, block, 0)))
            if len(coming) > 2 * threads:
                block, future = coming.popleft()
                yield future.result()
                blocks.release(block)
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
