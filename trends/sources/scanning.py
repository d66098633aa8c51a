"""A look at the bytes of a large file: in blocks of whole records, and where each cell of a block ends.

A block is looked at 64 bytes at a time: which of them are quotes, delimiters and line breaks is one word of bits
each, and "inside quotes" is the running parity of the quotes, as in Langdale, Geoff, and Daniel Lemire. 2019.
"Parsing Gigabytes of JSON per Second." The VLDB Journal 28 (6): 941-960. What is found is what the csv module
finds, or nothing: whatever looks unusual raises ``NotPlainError``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

BLOCK = 1 << 22
STEP = 1 << 18  # bytes looked at together; what they become stays in the processor's cache
LONGEST_RECORD = 1 << 17  # the longest cell that the csv module reads
_QUOTE, _BREAK, _RETURN = 34, 10, 13
_WORD = np.dtype("<u8")
_ONE, _LAST = np.uint64(1), np.uint64(63)


class NotPlainError(Exception):
    """A large file holds something that only the precise reader can judge."""


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

    def __iter__(self) -> Iterator[tuple[bytearray, int]]:
        """Yield buffers and how many of their bytes count; the last of these is a line break.

        Raises
        ------
        NotPlainError
            A record is too long, quotes stay open, or the last line ends with a carriage return alone.
        """
        held, begun = b"", False
        with self.path.open("rb", buffering=0) as handle:
            while True:
                buffer = self._free.pop() if self._free else bytearray(LONGEST_RECORD + BLOCK + 1)
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
                cut = _cut(buffer, end)
                held = bytes(memoryview(buffer)[cut:end])
                if len(held) > LONGEST_RECORD:
                    raise NotPlainError
                if cut:
                    yield buffer, cut
                else:
                    self._free.append(buffer)
        self.ends_open = bool(held)
        if held.endswith(b"\r"):
            raise NotPlainError
        if held:
            buffer[len(held)] = _BREAK
            yield buffer, len(held) + 1

    def release(self, buffer: bytearray) -> None:
        """Take a buffer back: fresh memory costs as much as looking at it."""
        self._free.append(buffer)


def _cut(buffer: bytearray, end: int) -> int:
    """Return where the last whole record ends; the buffer begins with a record."""
    inside = np.count_nonzero(np.frombuffer(buffer, dtype=np.uint8, count=end) == _QUOTE) & 1
    cut = buffer.rfind(b"\n", 0, end) + 1
    inside ^= buffer.count(b'"', cut, end) & 1
    while cut and inside:
        before = buffer.rfind(b"\n", 0, cut - 1) + 1
        inside ^= buffer.count(b'"', before, cut) & 1
        cut = before
    return cut


@dataclass(frozen=True, eq=False)
class Outline:
    """Where the cells of a block stand.

    Attributes
    ----------
    text
        The bytes of the block.
    begins
        Where each record begins.
    ends
        Where each cell ends: at its delimiter or line break; one row a record.
    returns
        Whether lines may end with a carriage return.
    at, shifts
        Records of the block at which the distance between record and line grows, and by how much; a record past
        the last stands for the next block's first.
    """

    text: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    returns: bool
    at: np.ndarray
    shifts: np.ndarray

    def cells(self, place: int, records: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
        """Return where the cells of a column begin and end, without quotes, and whether any was quoted."""
        if len(records) == len(self.ends):
            records = slice(None)  # type: ignore[assignment]  # all of them: as fast as it can be
        ends = self.ends[records, place]
        begins = self.ends[records, place - 1] + 1 if place else self.begins[records]
        if self.returns and place == self.ends.shape[1] - 1:
            ends = ends - (self.text[ends - 1] == _RETURN)
        quoted = self.text[begins] == _QUOTE
        if not quoted.any():
            return begins, ends, False
        return begins + quoted, ends - quoted, True


def outline(buffer: bytearray, size: int, delimiter: int, width: int) -> Outline:
    """Find the cells of a block of whole records.

    Parameters
    ----------
    buffer, size
        The block is the first ``size`` bytes; the last is a line break.
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
    if buffer.find(b"\0", 0, size) >= 0:
        raise NotPlainError
    returns = buffer.find(b"\r", 0, size) >= 0
    if returns and buffer.count(b"\r", 0, size) != buffer.count(b"\r\n", 0, size):
        raise NotPlainError
    text = np.frombuffer(buffer, dtype=np.uint8, count=size)
    quotes, delimiters, breaks = (_bits(text, byte) for byte in (_QUOTE, delimiter, _BREAK))
    inside = _inside(quotes)
    if (inside[-1] >> np.uint64((size - 1) & 63)) & _ONE:
        raise NotPlainError
    _check(quotes, inside, delimiters | breaks, _bits(text, _RETURN) if returns else None)
    separators = _places((delimiters | breaks) & ~inside)
    lines = int(np.count_nonzero(np.unpackbits(breaks.view(np.uint8)).view(bool)))
    within = _places_of_few(breaks & inside)
    begins, blank = np.zeros(0, dtype=np.int64), within[:0]
    if not _regular(text, separators, width, lines - len(within)):
        separators, begins, blank = _without_blank(text, separators)
        if not _regular(text, separators, width, lines - len(within) - len(blank)):
            raise NotPlainError
    ends = separators.reshape(-1, width)
    if not len(blank):
        begins = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1, -1] + 1])
    if len(ends) and (ends[:, -1] - begins).max() > LONGEST_RECORD:
        raise NotPlainError
    late = np.concatenate([np.searchsorted(ends[:, -1], within) + 1, np.searchsorted(begins, blank)])
    at, shifts = np.unique(late, return_counts=True)
    return Outline(text, begins, ends, returns, at, shifts)


def _bits(text: np.ndarray, byte: int) -> np.ndarray:
    """Return where a byte stands, 64 places a word, lowest bit first."""
    bits = np.zeros(-(-len(text) // 64) * 8, dtype=np.uint8)
    for start in range(0, len(text), STEP):
        found = np.packbits(text[start : start + STEP] == byte, bitorder="little")
        bits[start // 8 : start // 8 + len(found)] = found
    return bits.view(_WORD)


def _places(bits: np.ndarray) -> np.ndarray:
    """Return the places of bits."""
    octets = bits.view(np.uint8)
    found = [
        np.flatnonzero(np.unpackbits(octets[start : start + STEP // 8], bitorder="little").view(bool))
        + 8 * start
        for start in range(0, len(octets), STEP // 8)
    ]
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])


def _places_of_few(bits: np.ndarray) -> np.ndarray:
    """Return the places of bits of which there are few."""
    words = np.flatnonzero(bits)
    places = _places(bits[words])
    found: np.ndarray = (words[places >> 6] << 6) + (places & 63)
    return found


def _inside(quotes: np.ndarray) -> np.ndarray:
    """Return which places are inside quotes; an opening quote is, a closing one is not."""
    inside = quotes.copy()
    for step in (1, 2, 4, 8, 16, 32):
        inside ^= inside << np.uint64(step)
    odd = inside >> _LAST
    before = np.bitwise_xor.accumulate(odd) ^ odd
    inside ^= np.uint64(0) - before
    return inside


def _check(
    quotes: np.ndarray, inside: np.ndarray, separators: np.ndarray, returns: np.ndarray | None
) -> None:
    """Raise where a character of a cell precedes an opening quote or follows a closing one."""
    fine = separators | quotes
    before = fine << _ONE
    before[0] |= _ONE
    before[1:] |= fine[:-1] >> _LAST
    if returns is not None:
        fine |= returns
    after = fine >> _ONE
    after[:-1] |= fine[1:] << _LAST
    stray = (quotes & inside & ~before) | (quotes & ~inside & ~after)
    if stray.any():
        raise NotPlainError


def _regular(text: np.ndarray, separators: np.ndarray, width: int, records: int) -> bool:
    """Tell whether each record has ``width`` cells: each line break is the end of so many."""
    last = separators[width - 1 :: width]
    return len(separators) == records * width and bool((text[last] == _BREAK).all())


def _without_blank(text: np.ndarray, separators: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return separators without the ends of blank lines, the begins of records, and the ends of blank lines."""
    ends = separators[text[separators] == _BREAK]
    begins = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1] + 1])
    blank = (ends == begins) | ((ends == begins + 1) & (text[begins] == _RETURN))
    return separators[~np.isin(separators, ends[blank])], begins[~blank], ends[blank]
