"""Places of a text as words of 64 bits, lowest bit first: which of them, how many before, where the n-th stands.

Vigna, Sebastiano. 2008. "Broadword Implementation of Rank/Select Queries." Experimental Algorithms (WEA), 154-168.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STEP = 1 << 18  # bytes looked at together; what they become stays in the processor's cache
WORD = np.dtype("<u8")
ONE, LAST, ALL = np.uint64(1), np.uint64(63), np.uint64(0xFFFFFFFFFFFFFFFF)


def bits_of(text: np.ndarray, byte: int) -> np.ndarray:
    """Return where a byte stands."""
    bits = np.zeros(-(-len(text) // 64) * 8, dtype=np.uint8)
    for start in range(0, len(text), STEP):
        found = np.packbits(text[start : start + STEP] == byte, bitorder="little")
        bits[start // 8 : start // 8 + len(found)] = found
    return bits.view(WORD)


def places(bits: np.ndarray) -> np.ndarray:
    """Return the places of the bits that are set."""
    octets = bits.view(np.uint8)
    found = [
        np.flatnonzero(np.unpackbits(octets[start : start + STEP // 8], bitorder="little").view(bool))
        for start in range(0, len(octets), STEP // 8)
    ]
    for piece, places_in_piece in enumerate(found):
        places_in_piece += piece * STEP
    return found[0] if len(found) == 1 else np.concatenate([np.zeros(0, dtype=np.int64), *found])


def places_of_few(bits: np.ndarray) -> np.ndarray:
    """Return the places of the bits that are set, where few words have any."""
    words = np.flatnonzero(bits)
    left = bits[words]
    begun = words << 6
    found = []
    while len(left):
        found.append(begun + np.bitwise_count(~left & (left - ONE)))
        left = left & (left - ONE)
        more = left != 0
        if not more.all():
            left, begun = left[more], begun[more]
    every: np.ndarray = found[0] if len(found) == 1 else np.concatenate([np.zeros(0, dtype=np.int64), *found])
    return every if len(found) == 1 else np.sort(every)


def parity(bits: np.ndarray) -> np.ndarray:
    """Return which places have an odd number of set bits up to and with themselves."""
    odd = bits.copy()
    shifted = np.empty_like(bits)
    for step in (1, 2, 4, 8, 16, 32):
        np.left_shift(odd, np.uint64(step), out=shifted)
        odd ^= shifted
    last = odd >> LAST
    before = np.bitwise_xor.accumulate(last) ^ last
    odd ^= np.uint64(0) - before
    return odd


@dataclass(frozen=True, eq=False)
class Ranked:
    """Bits and how many are set up to the end of each word."""

    bits: np.ndarray
    until: np.ndarray

    @classmethod
    def of(cls, bits: np.ndarray) -> Ranked:
        """Count the bits."""
        return cls(bits, np.cumsum(np.bitwise_count(bits), dtype=np.int32))

    def upto(self, found: np.ndarray) -> np.ndarray:
        """Return how many bits are set up to and with some places."""
        words = found >> 6
        above = ~np.uint64(1) << (found & 63).astype(WORD)
        counts: np.ndarray = self.until[words] - np.bitwise_count(self.bits[words] & above)
        return counts

    def every(self, first: int, step: int) -> np.ndarray:
        """Return the places of every ``step``-th bit that is set, from bit number ``first`` on."""
        passed = np.empty(len(self.until) + 1, dtype=np.int32)
        passed[0] = -1
        np.subtract(self.until, first + 1, out=passed[1:])
        passed[1:] //= np.int32(step)
        words = np.flatnonzero(passed[1:] != passed[:-1])
        if len(words) <= passed[-1]:
            words = np.repeat(np.arange(len(self.until)), np.diff(passed))
        bits = self.bits[words]
        numbers = np.arange(first, first + step * len(words), step)
        before = self.until[words] - np.bitwise_count(bits)
        found: np.ndarray = _nth(bits, (numbers - before).astype(WORD))
        found += words << 6
        return found

    def following(self, found: np.ndarray) -> np.ndarray:
        """Return the place of the next bit that is set after each of some places; there has to be one."""
        words = found >> 6
        left = self.bits[words] & (~ONE << (found & 63).astype(WORD))
        empty = np.flatnonzero(left == 0)
        while len(empty):
            words[empty] += 1
            left[empty] = self.bits[words[empty]]
            empty = empty[left[empty] == 0]
        words <<= 6
        words += np.bitwise_count(~left & (left - ONE))
        return words


_BYTES = np.uint64(0x0101010101010101)
_TOPS = np.uint64(0x8080808080808080)
_PAIRS, _FOURS, _EIGHTS = (np.uint64(n) for n in (0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F))


def _nth_in_bytes() -> np.ndarray:
    table = np.zeros((8, 256), dtype=np.int64)
    for byte in range(256):
        for number, place in enumerate(place for place in range(8) if byte >> place & 1):
            table[number, byte] = place
    return table.ravel()


_NTH = _nth_in_bytes()


def _nth(bits: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return where in each word its n-th set bit stands, from 0."""
    sums = bits - ((bits >> ONE) & _PAIRS)
    sums = (sums & _FOURS) + ((sums >> np.uint64(2)) & _FOURS)
    sums = ((sums + (sums >> np.uint64(4))) & _EIGHTS) * _BYTES
    passed = ((numbers * _BYTES | _TOPS) - sums) & _TOPS
    begun = np.bitwise_count(passed).astype(WORD) << np.uint64(3)
    within = numbers - ((sums << np.uint64(8)) >> begun & np.uint64(255))
    found: np.ndarray = _NTH[(within << np.uint64(8) | (bits >> begun) & np.uint64(255)).astype(np.int64)]
    found += begun.astype(np.int64)
    return found
