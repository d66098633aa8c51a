"""A look at the bytes of a large file: in blocks of whole records, and where the cells of a block stand.

A block is looked at 64 bytes at a time: which of them are quotes, delimiters and line breaks is one word of bits
each, and "inside quotes" is the running parity of the quotes, as in Langdale, Geoff, and Daniel Lemire. 2019.
"Parsing Gigabytes of JSON per Second." The VLDB Journal 28 (6): 941-960. That each record has as many cells as the
header is told by counting bits; only the cells that are asked for are looked up. What is found is what the csv
module finds, or nothing: whatever looks unusual raises ``NotPlainError``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from trends.sources.bits import ALL, LAST, ONE, Ranked, bits_of, parity, places, places_of_few

BLOCK = 1 << 22
LONGEST_RECORD = 1 << 17  # the longest cell that the csv module reads
SLACK = 64  # bytes past the end of a block that may be looked at, whatever they are
_QUOTE, _BREAK, _RETURN = 34, 10, 13


class NotPlainError(Exception):
    """A large file holds something that only the precise reader can judge."""


@dataclass(frozen=True, eq=False)
class Block:
    """Some whole records of a file.

    Attributes
    ----------
    buffer, size
        The first ``size`` bytes count, the last of them is a line break; ``SLACK`` or more follow.
    quotes
        Which of them are quotes, as words of bits.
    """

    buffer: bytearray
    size: int
    quotes: np.ndarray

    @property
    def text(self) -> np.ndarray:
        """Return the bytes that count."""
        return np.frombuffer(self.buffer, dtype=np.uint8, count=self.size)


@dataclass(eq=False)
class Blocks:
    """A file in blocks, each of whole records; what is seen of the whole file in passing is kept.

    Attributes
    ----------
    path
        The file.
    mark
        A byte order mark to be passed over where the file begins with it.
    ends_open
        True where the last line has no line break.
    """

    path: Path
    mark: bytes = b""
    ends_open: bool = False
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    _free: list[bytearray] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        """Return the hash of the bytes seen so far."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[Block]:
        """Yield the file in blocks.

        Raises
        ------
        NotPlainError
            A record is too long, quotes stay open, or the last line ends with a carriage return alone.
        """
        held, begun = b"", False
        with self.path.open("rb", buffering=0) as handle:
            while True:
                buffer = self._free.pop() if self._free else bytearray(LONGEST_RECORD + BLOCK + 1 + SLACK)
                buffer[: len(held)] = held
                got = handle.readinto(memoryview(buffer)[len(held) : len(held) + BLOCK])
                if not got:
                    break
                self._digest.update(memoryview(buffer)[len(held) : len(held) + got])
                end = len(held) + got
                if not begun and buffer.startswith(self.mark):
                    end -= len(self.mark)
                    buffer[:end] = buffer[len(self.mark) : end + len(self.mark)]
                begun = True
                block = _whole_records(buffer, end)
                held = bytes(memoryview(buffer)[block.size : end])
                if len(held) > LONGEST_RECORD:
                    raise NotPlainError
                if block.size:
                    yield block
                else:
                    self._free.append(buffer)
        self.ends_open = bool(held)
        if held.endswith(b"\r"):
            raise NotPlainError
        if held:
            buffer[len(held)] = _BREAK
            size = len(held) + 1
            yield Block(buffer, size, bits_of(np.frombuffer(buffer, dtype=np.uint8, count=size), _QUOTE))

    def release(self, block: Block) -> None:
        """Take a block's memory back: fresh memory costs as much as looking at it."""
        self._free.append(block.buffer)


def _whole_records(buffer: bytearray, end: int) -> Block:
    """Return what there is up to the last line break outside quotes; the buffer begins with a record."""
    quotes = bits_of(np.frombuffer(buffer, dtype=np.uint8, count=end), _QUOTE)
    inside = int(np.bitwise_count(quotes).sum()) & 1
    cut = buffer.rfind(b"\n", 0, end) + 1
    inside ^= buffer.count(b'"', cut, end) & 1
    while cut and inside:
        before = buffer.rfind(b"\n", 0, cut - 1) + 1
        inside ^= buffer.count(b'"', before, cut) & 1
        cut = before
    quotes = quotes[: -(-cut // 64)]
    if cut & 63:
        quotes[-1] &= ~(ALL << np.uint64(cut & 63))
    return Block(buffer, cut, quotes)


@dataclass(frozen=True, eq=False)
class Outline:
    """Where the records of a block stand, and their cells for whoever asks.

    Attributes
    ----------
    block
        The bytes.
    width
        How many cells a record has.
    begins, finals
        Where each record begins, and its line break.
    separators
        The delimiters and line breaks that end cells, ``width`` a record.
    returns
        Whether lines may end with a carriage return.
    at, shifts
        Records of the block at which the distance between record and line grows, and by how much; a record past
        the last stands for the next block's first.
    """

    block: Block
    width: int
    begins: np.ndarray
    finals: np.ndarray
    separators: Ranked
    returns: bool
    at: np.ndarray
    shifts: np.ndarray

    def column(self, place: int) -> tuple[np.ndarray, np.ndarray, bool]:
        """Return where the cells of a column begin and end, without quotes, and whether any was quoted."""
        before = self.separators.every(place - 1, self.width) if place else self.begins - 1
        begins = before + 1
        if place < self.width - 1:
            ends = self.separators.following(before) if place else self.separators.every(0, self.width)
        else:
            ends = (
                self.finals - (self.block.text[self.finals - 1] == _RETURN) if self.returns else self.finals
            )
        return self._bare(begins, ends)

    def rows(self, records: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
        """Return the same for some records and columns; arrays have one row a record."""
        every = self._ends(records)
        begins, ends = every[:, columns - 1], every[:, columns]
        begins += 1
        begins[:, columns == 0] = self.begins[records][:, None]
        if self.returns and self.width - 1 in columns:
            last = self.finals[records]
            ends[:, columns == self.width - 1] -= (self.block.text[last - 1] == _RETURN)[:, None]
        return self._bare(begins, ends)

    def _ends(self, records: np.ndarray) -> np.ndarray:
        """Return where all cells of some records end."""
        if len(records) == len(self.begins):
            return places(self.separators.bits).reshape(-1, self.width)
        begins, finals = self.begins[records], self.finals[records]
        first = begins >> 6
        counts = (finals >> 6) - first + 1
        until = np.cumsum(counts)
        words = np.repeat(first - (until - counts), counts)
        words += np.arange(len(words))
        bits = self.separators.bits[words]
        bits[until - counts] &= ALL << (begins & 63).astype(np.uint64)
        bits[until - 1] &= ALL >> (63 - (finals & 63)).astype(np.uint64)
        words -= np.arange(len(words))
        words <<= 6
        found = places(bits)
        found += words[found >> 6]
        return found.reshape(-1, self.width)

    def _bare(self, begins: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
        quoted = self.block.text[begins] == _QUOTE
        if not quoted.any():
            return begins, ends, False
        return begins + quoted, ends - quoted, True


def outline(block: Block, delimiter: int, width: int) -> Outline:
    """Find the records of a block.

    Parameters
    ----------
    block
        Whole records.
    delimiter
        What stands between two cells.
    width
        How many cells a record has.

    Raises
    ------
    NotPlainError
        A record has more or fewer cells or is very long, a quote does not begin or end a cell, or there is a NUL or
        a carriage return that ends no line.
    """
    buffer, size, text = block.buffer, block.size, block.text
    if buffer.find(b"\0", 0, size) >= 0:
        raise NotPlainError
    returns = buffer.find(b"\r", 0, size) >= 0
    if returns and buffer.count(b"\r", 0, size) != buffer.count(b"\r\n", 0, size):
        raise NotPlainError
    delimiters, breaks = bits_of(text, delimiter), bits_of(text, _BREAK)
    inside = parity(block.quotes)
    if (inside[-1] >> np.uint64((size - 1) & 63)) & ONE:
        raise NotPlainError
    marks = delimiters | breaks
    _check(block.quotes, inside, marks, bits_of(text, _RETURN) if returns else None)
    within = places_of_few(breaks & inside)
    np.invert(inside, out=inside)
    finals = places_of_few(breaks & inside)
    begins, finals, blank = _without_blank(text, finals, returns)
    marks &= inside
    np.bitwise_and.at(marks, blank >> 6, ~(ONE << (blank & 63).astype(np.uint64)))
    separators = Ranked.of(marks)
    if not np.array_equal(separators.upto(finals), np.arange(width, width * len(finals) + 1, width)):
        raise NotPlainError
    if len(finals) and (finals - begins).max() > LONGEST_RECORD:
        raise NotPlainError
    late = np.concatenate([np.searchsorted(finals, within) + 1, np.searchsorted(begins, blank)])
    at, shifts = np.unique(late, return_counts=True)
    return Outline(block, width, begins, finals, separators, returns, at, shifts)


def _check(
    quotes: np.ndarray, inside: np.ndarray, separators: np.ndarray, returns: np.ndarray | None
) -> None:
    """Raise where a character of a cell precedes an opening quote or follows a closing one."""
    fine = separators | quotes
    before = fine << ONE
    before[0] |= ONE
    before[1:] |= fine[:-1] >> LAST
    if returns is not None:
        fine |= returns
    after = fine >> ONE
    after[:-1] |= fine[1:] << LAST
    stray = (quotes & inside & ~before) | (quotes & ~inside & ~after)
    if stray.any():
        raise NotPlainError


def _without_blank(
    text: np.ndarray, ends: np.ndarray, returns: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the begins and line breaks of records, and the line breaks of blank lines."""
    begins = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1] + 1])
    blank = ends == begins
    if returns:
        blank |= (ends == begins + 1) & (text[begins] == _RETURN)
    if not blank.any():
        return begins, ends, ends[:0]
    return begins[~blank], ends[~blank], ends[blank]
