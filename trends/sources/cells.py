"""Cells of a block as columns of text, in the encodings in which a byte below 128 is always itself."""

from __future__ import annotations

import codecs
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trends.sources.bits import ALL, WORD
from trends.sources.scanning import SLACK, Block, NotPlainError

_SLOTS = 16
_MIX = np.uint64(0x9E3779B97F4A7C15)


def _kept(words: int) -> np.ndarray:
    """Return what is left of a key by how long its cell is."""
    lengths = range(8 * words + 1)
    left = [[(1 << 8 * min(max(length - 8 * word, 0), 8)) - 1 for word in range(words)] for length in lengths]
    return np.array(left, dtype=WORD).view(f"V{8 * words}").ravel()


_KEPT = [np.zeros(0), *(_kept(words) for words in range(1, SLACK // 8 + 1))]


class Encoded(ABC):
    """How the characters of a file are written."""

    mark: bytes = b""

    @abstractmethod
    def check(self, block: Block) -> None:
        """Raise ``NotPlainError`` where a block holds bytes that are no text."""

    @abstractmethod
    def text(self, data: np.ndarray, offsets: np.ndarray) -> pa.Array:
        """Return cells that stand one after the other as an array of text."""

    def columns(self, block: Block, begins: np.ndarray, ends: np.ndarray, quoted: bool) -> list[pa.Array]:
        """Return columns of a block as arrays of text.

        Parameters
        ----------
        block
            The bytes.
        begins, ends
            Where each cell stands: one row a record.
        quoted
            Whether a cell was quoted: quotes inside it are doubled.
        """
        rows = len(begins)
        if not rows:
            return [pa.array([], pa.large_string())] * begins.shape[1]
        lengths = (ends - begins).T.ravel()
        offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        places = np.repeat(begins.T.ravel() - offsets[:-1], lengths)
        places += np.arange(offsets[-1])
        every = _plain(self.text(block.text[places], offsets), quoted)
        return [every.slice(start, rows) for start in range(0, len(every), rows)]

    def coded(self, block: Block, begins: np.ndarray, ends: np.ndarray, quoted: bool) -> pa.DictionaryArray:
        """Return the same for one column whose cells are short and often equal, each text once."""
        keys = keys_of(block, begins, ends)
        if keys is None:
            return self.columns(block, begins[:, None], ends[:, None], quoted)[0].dictionary_encode()
        size = keys.shape[1] * 8
        found = pa.Array.from_buffers(
            pa.binary(size), len(keys), [None, pa.py_buffer(keys)]
        ).dictionary_encode()
        distinct = np.frombuffer(
            found.dictionary.buffers()[1], dtype=np.uint8, count=size * len(found.dictionary)
        )
        filled = distinct != 0
        offsets = np.zeros(len(found.dictionary) + 1, dtype=np.int64)
        np.cumsum(np.count_nonzero(filled.reshape(-1, size), axis=1), out=offsets[1:])
        names = _plain(self.text(distinct[filled], offsets), quoted)
        return pa.DictionaryArray.from_arrays(found.indices, names, safe=False)


def keys_of(block: Block, begins: np.ndarray, ends: np.ndarray) -> np.ndarray | None:
    """Return short cells as numbers, one row a cell, NULs behind them; nothing where one is long."""
    lengths = ends - begins
    words = max(1, -(-int(lengths.max(initial=0)) // 8))
    if 8 * words > SLACK:
        return None
    kind = f"V{8 * words}"
    starts = np.ndarray((len(block.buffer) - 8 * words + 1,), kind, block.buffer, strides=(1,))
    keys = starts[begins].view(WORD)
    keys &= _KEPT[words][lengths].view(WORD)
    rows: np.ndarray = keys.reshape(-1, words)
    return rows


class Unseen:
    """Tells which rows were not asked about before; may forget, and then tells again of rows it has seen."""

    def __init__(self) -> None:
        self._seen: dict[int, np.ndarray] = {}

    def among(self, keys: np.ndarray) -> np.ndarray:
        """Return the places of rows that may be new; ``keys`` has one row each."""
        words = keys.shape[1]
        kind = f"V{8 * words}"
        if words not in self._seen:
            self._seen[words] = np.full(words << _SLOTS, ALL).view(
                kind
            )  # no text is so; an empty one is all zeros
        seen = self._seen[words]
        mixed = keys[:, 0] * _MIX
        for word in range(1, words):
            mixed ^= keys[:, word]
            mixed *= _MIX
        slots = (mixed >> np.uint64(64 - _SLOTS)).astype(np.int64)
        differ = seen[slots].view(WORD).reshape(-1, words) ^ keys
        for word in range(1, words):
            differ[:, 0] |= differ[:, word]
        fresh = np.flatnonzero(differ[:, 0])
        seen[slots[fresh]] = keys[fresh].view(kind).ravel()
        return fresh


def _plain(texts: pa.Array, quoted: bool) -> pa.Array:
    return pc.replace_substring(texts, '""', '"') if quoted else texts


class _Utf8(Encoded):
    def __init__(self, *, marked: bool) -> None:
        self.mark = codecs.BOM_UTF8 if marked else b""

    def check(self, block: Block) -> None:
        whole = pa.py_buffer(np.array([0, block.size], dtype=np.int64))
        text = pa.Array.from_buffers(pa.large_string(), 1, [None, whole, pa.py_buffer(block.buffer)])
        try:
            text.validate(full=True)
        except pa.ArrowInvalid as error:
            raise NotPlainError from error

    def text(self, data: np.ndarray, offsets: np.ndarray) -> pa.Array:
        return _array(data, offsets)


@dataclass(frozen=True)
class _OneByte(Encoded):
    """An encoding with one byte a character; ``lengths`` is what each takes in UTF-8, 0 where there is none."""

    name: str
    lengths: np.ndarray

    def check(self, block: Block) -> None:
        if not self.lengths[block.text].all():
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
