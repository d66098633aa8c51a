"""One pass over the bytes of a large file: its hash, and on which line each record begins."""

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
    """What one pass over a file found.

    Only quotes and line breaks are looked at. Each quote has to stand where one may: a stray one can swallow
    the records up to the next, and their width would still be right.

    Attributes
    ----------
    path, delimiter
        The file, and what stands between its cells.
    sha256
        Of the file's bytes.
    records
        How many records there are, the header being one.
    ends_open
        True where the last line has no line break.
    error
        What went wrong, to be raised by the thread that waits.
    """

    path: Path
    delimiter: str
    sha256: str = ""
    records: int = 0
    ends_open: bool = False
    error: BaseException | None = None
    _line: int = 0
    _inside: bool = False
    _shift: int = 0
    _at: list[np.ndarray] = field(default_factory=list)
    _shifts: list[np.ndarray] = field(default_factory=list)

    def run(self) -> None:
        """Read the file; what goes wrong is kept in ``error``."""
        try:
            self._read()
        except BaseException as error:
            self.error = error

    def lines(self, records: np.ndarray) -> np.ndarray:
        """Return the line on which each record begins; the header is record 0 on line 1."""
        at = np.concatenate([np.zeros(1, dtype=np.int64), *self._at])
        shifts = np.concatenate([np.zeros(1, dtype=np.int64), *self._shifts])
        wanted: np.ndarray = np.asarray(records, dtype=np.int64)
        lines: np.ndarray = wanted + 1 + shifts[np.searchsorted(at, wanted, side="right") - 1]
        return lines

    def _read(self) -> None:
        digest, rest = hashlib.sha256(), b""
        with self.path.open("rb") as handle:
            while block := handle.read(BLOCK):
                digest.update(block)
                if b"\0" in block or len(rest) > LONGEST_LINE:
                    raise NotPlainError
                whole, found, begun = block.rpartition(b"\n")
                if found:
                    self._take(rest + whole + found)
                rest = begun if found else rest + begun
        self.ends_open = bool(rest)
        if rest:
            self._take(rest + b"\n")
        if self._inside:
            raise NotPlainError
        self.sha256 = digest.hexdigest()

    def _take(self, data: bytes) -> None:
        """Follow quotes over some whole lines, and note on which of them records begin."""
        if data.count(b"\r") != data.count(b"\r\n"):
            raise NotPlainError
        text = np.frombuffer(data.removeprefix(_BOM) if self._line == 0 else data, dtype=np.uint8)
        quotes, ends = np.flatnonzero(text == _QUOTE), np.flatnonzero(text == _BREAK)
        self._check(text, quotes)
        after = ((np.searchsorted(quotes, ends) + self._inside) & 1).astype(bool)
        inside = np.concatenate([[self._inside], after[:-1]])
        starts = np.concatenate([[0], ends[:-1] + 1])
        length = ends - starts
        blank = (length == 0) | ((length == 1) & (text[starts] == _RETURN))
        self._note(np.flatnonzero(~inside & ~blank))
        self._line += len(ends)
        self._inside = bool(after[-1])

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
