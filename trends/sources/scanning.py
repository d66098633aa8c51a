"""A look at the bytes of a large file: its hash, and on which line each record begins."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

BLOCK = 1 << 20
LONGEST_LINE = 16 << 20
_QUOTE, _BREAK, _RETURN = 34, 10, 13
_BOM = b"\xef\xbb\xbf"


class NotPlainError(Exception):
    """A large file holds something that only the precise reader can judge."""


@dataclass(eq=False)
class Scan:
    """What a look at a file's bytes found.

    A file with as many lines as records has one record a line, and nothing more need be known. Otherwise
    quotes and line breaks are followed, and each quote has to stand where one may: a stray one can swallow the
    records up to the next, and their width would still be right.

    Attributes
    ----------
    path, delimiter
        The file, and what stands between its cells.
    sha256
        Of the file's bytes.
    line_count
        How many lines there are; a carriage return makes it unknown (-1).
    records
        How many records there are, the header being one; known once quotes were followed.
    ends_open
        True where the last line has no line break.
    error
        What went wrong, to be raised by the thread that waits.
    """

    path: Path
    delimiter: str
    sha256: str = ""
    line_count: int = 0
    records: int = 0
    ends_open: bool = False
    error: BaseException | None = None
    _line: int = 0
    _inside: bool = False
    _shift: int = 0
    _at: list[np.ndarray] = field(default_factory=list)
    _shifts: list[np.ndarray] = field(default_factory=list)
    _marks: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    _breaks: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def run(self) -> None:
        """Make the hash and count the lines; what goes wrong is kept in ``error``.

        Where records at the beginning span lines, quotes are followed at once, while the parser is at work.
        """
        try:
            self._count()
            if self._begins_with_breaks():
                self._follow()
        except BaseException as error:
            self.error = error

    def holds(self, records: int) -> bool:
        """Tell whether the file holds so many records, the header being one.

        Raises
        ------
        NotPlainError
            A quote or a line break stands where only the precise reader can judge it.
        """
        if self.line_count == records:
            return True
        if not self._line:
            self._follow()
        return self.records == records

    def lines(self, records: np.ndarray) -> np.ndarray:
        """Return the line on which each record begins; the header is record 0 on line 1."""
        at = np.concatenate([np.zeros(1, dtype=np.int64), *self._at])
        shifts = np.concatenate([np.zeros(1, dtype=np.int64), *self._shifts])
        wanted: np.ndarray = np.asarray(records, dtype=np.int64)
        lines: np.ndarray = wanted + 1 + shifts[np.searchsorted(at, wanted, side="right") - 1]
        return lines

    def _count(self) -> None:
        digest, last, returns = hashlib.sha256(), 10, False
        buffer = bytearray(BLOCK)
        text = np.frombuffer(buffer, dtype=np.uint8)
        with self.path.open("rb") as handle:
            while got := handle.readinto(buffer):
                digest.update(memoryview(buffer)[:got])
                if buffer.find(b"\0", 0, got) >= 0:
                    raise NotPlainError
                returns = returns or buffer.find(b"\r", 0, got) >= 0
                self.line_count += int(np.count_nonzero(text[:got] == _BREAK))
                last = buffer[got - 1]
        self.ends_open = last != _BREAK and last != _RETURN
        self.line_count = -1 if returns else self.line_count + self.ends_open
        self.sha256 = digest.hexdigest()

    def _begins_with_breaks(self) -> bool:
        with self.path.open("rb") as handle:
            block = bytearray(handle.read(BLOCK))
        sample, cut = Scan(self.path, self.delimiter), block.rfind(b"\n") + 1
        if cut:
            sample._take(block, cut)
        return sample.records != sample._line

    def _follow(self) -> None:
        """Read blocks into one buffer, used again and again: fresh memory costs as much as looking at it."""
        held, buffer = 0, bytearray(2 * BLOCK + len(_BOM))
        with self.path.open("rb") as handle:
            while got := handle.readinto(memoryview(buffer)[held : held + BLOCK]):
                end = held + got
                if end > LONGEST_LINE:
                    raise NotPlainError
                cut = buffer.rfind(b"\n", held, end) + 1
                if cut:
                    self._take(buffer, cut)
                    buffer[: end - cut] = buffer[cut:end]
                held = end - cut
                if held + BLOCK > len(buffer):
                    buffer.extend(bytes(len(buffer)))
        if held:
            buffer[held : held + 1] = b"\n"
            self._take(buffer, held + 1)
        if self._inside:
            raise NotPlainError

    def _take(self, buffer: bytearray, cut: int) -> None:
        """Follow quotes over the whole lines before ``cut``, and note on which of them records begin."""
        if buffer.find(b"\r", 0, cut) >= 0 and buffer.count(b"\r", 0, cut) != buffer.count(b"\r\n", 0, cut):
            raise NotPlainError
        begin = len(_BOM) if self._line == 0 and buffer.startswith(_BOM) else 0
        text = np.frombuffer(buffer, dtype=np.uint8, count=cut - begin, offset=begin)
        quotes, ends = self._places(text)
        self._check(text, quotes)
        after = ((np.searchsorted(quotes, ends) + self._inside) & 1).astype(bool)
        inside = np.concatenate([[self._inside], after[:-1]])
        starts = np.concatenate([[0], ends[:-1] + 1])
        length = ends - starts
        blank = (length == 0) | ((length == 1) & (text[starts] == _RETURN))
        self._note(np.flatnonzero(~inside & ~blank))
        self._line += len(ends)
        self._inside = bool(after[-1])

    def _places(self, text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where quotes and line breaks stand; eight bytes are looked at as one word."""
        size = -(-len(text) // 8) * 8
        if len(self._marks) < size:
            self._marks, self._breaks = np.zeros(2 * size, dtype=bool), np.zeros(2 * size, dtype=bool)
        marks, breaks = self._marks[:size], self._breaks[: len(text)]
        marks[len(text) :] = False
        np.equal(text, _QUOTE, out=marks[: len(text)])
        np.equal(text, _BREAK, out=breaks)
        np.logical_or(marks[: len(text)], breaks, out=marks[: len(text)])
        words = np.flatnonzero(marks.view(np.uint64))
        bytes_ = np.flatnonzero(marks.reshape(-1, 8)[words])
        places = (words[bytes_ >> 3] << 3) + (bytes_ & 7)
        is_break = breaks[places]
        return places[~is_break], places[is_break]

    def _check(self, text: np.ndarray, quotes: np.ndarray) -> None:
        """Raise where an opening quote follows, or a closing quote precedes, a character of a cell."""
        fine = np.zeros(256, dtype=bool)
        fine[[ord(self.delimiter), _QUOTE, _BREAK, _RETURN]] = True
        closing = ((np.arange(len(quotes)) + self._inside) & 1).astype(bool)
        precedes = text[np.maximum(quotes[~closing] - 1, 0)]
        if len(quotes) and quotes[0] == 0 and not closing[0]:
            precedes = precedes[1:]
        if not fine[precedes].all() or not fine[text[quotes[closing] + 1]].all():
            raise NotPlainError

    def _note(self, starts: np.ndarray) -> None:
        """Note the records at which the distance between record and line changes."""
        shift = starts + self._line - (self.records + np.arange(len(starts)))
        changed = np.flatnonzero(np.diff(shift, prepend=self._shift))
        if len(changed):
            self._at.append(changed + self.records)
            self._shifts.append(shift[changed])
        self.records += len(starts)
        self._shift = int(shift[-1]) if len(shift) else self._shift
