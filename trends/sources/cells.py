"""Cells of a block as columns of text, in the encodings in which a byte below 128 is always itself."""

from __future__ import annotations

import codecs
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trends.sources.scanning import NotPlainError


class Encoded(ABC):
    """How the characters of a file are written."""

    mark: bytes = b""

    @abstractmethod
    def check(self, buffer: bytearray, size: int) -> None:
        """Raise ``NotPlainError`` where a block holds bytes that are no text."""

    @abstractmethod
    def text(self, data: np.ndarray, offsets: np.ndarray) -> pa.Array:
        """Return cells that stand one after the other as an array of text."""

    def cells(self, text: np.ndarray, begins: np.ndarray, ends: np.ndarray, quoted: bool) -> pa.Array:
        """Return cells of a block as an array of text.

        Parameters
        ----------
        text
            The block.
        begins, ends
            Where each cell stands.
        quoted
            Whether a cell was quoted: quotes inside it are doubled.
        """
        lengths = ends - begins
        offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        places = np.repeat(begins - offsets[:-1], lengths)
        places += np.arange(offsets[-1])
        found = self.text(text[places], offsets)
        return pc.replace_substring(found, '""', '"') if quoted else found


class _Utf8(Encoded):
    def __init__(self, *, marked: bool) -> None:
        self.mark = codecs.BOM_UTF8 if marked else b""

    def check(self, buffer: bytearray, size: int) -> None:
        whole = pa.py_buffer(np.array([0, size], dtype=np.int64))
        block = pa.Array.from_buffers(pa.large_string(), 1, [None, whole, pa.py_buffer(buffer)])
        try:
            block.validate(full=True)
        except pa.ArrowInvalid as error:
            raise NotPlainError from error

    def text(self, data: np.ndarray, offsets: np.ndarray) -> pa.Array:
        return _array(data, offsets)


@dataclass(frozen=True)
class _OneByte(Encoded):
    """An encoding with one byte a character; ``lengths`` is what each takes in UTF-8, 0 where there is none."""

    name: str
    lengths: np.ndarray

    def check(self, buffer: bytearray, size: int) -> None:
        if not self.lengths[np.frombuffer(buffer, dtype=np.uint8, count=size)].all():
            raise NotPlainError

    def text(self, data: np.ndarray, offsets: np.ndarray) -> pa.Array:
        ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(self.lengths[data])])
        return _array(np.frombuffer(data.tobytes().decode(self.name).encode(), dtype=np.uint8), ends[offsets])


def encoded(name: str) -> Encoded:
    """Return what reads an encoding.

    Raises
    ------
    NotPlainError
        Its characters may take several bytes, and it is not UTF-8.
    """
    known = codecs.lookup(name).name
    if known in {"utf-8", "utf-8-sig"}:
        return _Utf8(marked=name == "utf-8" or known == "utf-8-sig")
    characters = [bytes([byte]).decode(known, errors="replace") for byte in range(256)]
    whole = bytes(range(256)).decode(known, errors="replace")
    if whole != "".join(characters) or not whole[:128].isascii() or [*map(len, characters)] != [1] * 256:
        raise NotPlainError
    lengths = [0 if character == "\ufffd" else len(character.encode()) for character in characters]
    return _OneByte(known, np.array(lengths, dtype=np.int64))


def _array(data: np.ndarray, offsets: np.ndarray) -> pa.Array:
    buffers = [None, pa.py_buffer(np.ascontiguousarray(offsets)), pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, buffers)
