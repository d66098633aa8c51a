"""Large delimited files: only the columns in use are parsed, a block at a time, by Arrow."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from trends.sources.opening import Plain
from trends.sources.scanning import NotPlainError, Scan
from trends.sources.table import CHUNK_ROWS, Account, Chunks, Form, Sieve, check_columns, is_tags, read_header

BLOCK = 1 << 20
LARGE = 4 << 20


def read_fast(plain: Plain, columns: Sequence[str], form: Form, sieve: Sieve | None = None) -> Chunks:
    """Read some columns as text; takes and yields what ``read_precisely`` does.

    Raises
    ------
    NotPlainError
        Something may be wrong with the file; the precise reader has to say what, or that all is well.
    InputError
        The header lacks a column or has it twice.
    """
    header = read_header(plain, form)
    check_columns(header, columns, plain.file)
    try:
        tag_rows = _tag_rows(plain, form)
    except csv.Error as error:
        raise NotPlainError from error
    scan = Scan(plain.path, form.delimiter)
    thread = threading.Thread(target=scan.run, daemon=True)
    thread.start()
    places = [header.index(name) for name in columns]
    rows = 0
    try:
        for table in _ahead(_tables(plain, places, len(header), tag_rows + 1, form)):
            numbers = np.arange(rows, rows + len(table))
            rows += len(table)
            table = table.rename_columns(list(columns)).combine_chunks()
            if sieve is not None:
                wanted = sieve.wanted(table.select(list(sieve.columns)).to_pandas())
                table, numbers = table.filter(pa.array(wanted)), numbers[wanted]
            frame = table.to_pandas()
            frame.index = pd.Index(numbers)
            yield frame
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise NotPlainError from error
    thread.join()
    if scan.error is not None:
        raise NotPlainError from scan.error
    if not rows or not scan.holds(rows + 1 + tag_rows):
        raise NotPlainError
    yield Account(scan.sha256, rows, tag_rows, scan.ends_open, _Lines(scan, 1 + tag_rows))


class _Lines:
    """From records below the header to lines of the file."""

    def __init__(self, scan: Scan, above: int) -> None:
        self._scan, self._above = scan, above

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        return self._scan.lines(np.asarray(rows) + self._above)


def _ahead(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield tables, and parse the next one while the last is looked at."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, tables, None)
        while (table := coming.result()) is not None:
            coming = pool.submit(next, tables, None)
            yield table


def _tables(plain: Plain, places: Sequence[int], width: int, above: int, form: Form) -> Iterator[pa.Table]:
    names = [str(place) for place in range(width)]
    wanted = [names[place] for place in places]
    reader = pyarrow.csv.open_csv(
        plain.path,
        read_options=pyarrow.csv.ReadOptions(
            block_size=BLOCK, column_names=names, skip_rows_after_names=above, encoding=form.encoding
        ),
        parse_options=pyarrow.csv.ParseOptions(delimiter=form.delimiter, newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=wanted,
            column_types=dict.fromkeys(wanted, pa.large_string()),
            strings_can_be_null=False,
        ),
    )
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in reader:
        held.append(batch)
        rows += batch.num_rows
        if rows >= CHUNK_ROWS:
            yield pa.Table.from_batches(held)
            held, rows = [], 0
    if rows:
        yield pa.Table.from_batches(held)


def _tag_rows(plain: Plain, form: Form) -> int:
    """Count the rows of tags that follow the header."""
    count = 0
    with plain.path.open(encoding=form.encoding, errors="replace", newline="") as handle:
        filled = (fields for fields in csv.reader(handle, delimiter=form.delimiter) if fields)
        next(filled)
        for fields in filled:
            if not is_tags(fields):
                return count
            count += 1
    return count
