"""Candidate pairs packed into one number each, sorted from best to worst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trends.errors import InputError
from trends.linkage.footprint import Floats, Ints

MAX_EVENTS = 1 << 22
MAX_PAIRS = 50_000_000
UNIT = 1_000_000  # scores are whole millionths
_EVENT_BITS = np.uint64(22)
_SCORE_BITS = np.uint64(20)
_EVENT_MASK = np.uint64(MAX_EVENTS - 1)
_SCORE_MASK = np.uint64((1 << 20) - 1)

Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Ranking:
    """Pairs of events sorted by their first event, then from the best score to the worst, then by the second.

    Attributes
    ----------
    keys
        One number a pair, sorted: 22 bits the first event's position, 20 bits by how many millionths the score
        falls short of 1, 22 bits the second event's position. 8 bytes a pair keep tens of millions in memory.
    """

    keys: Keys

    @property
    def first(self) -> Ints:
        """Positions of the first events."""
        return (self.keys >> (_EVENT_BITS + _SCORE_BITS)).astype("int64")

    @property
    def second(self) -> Ints:
        """Positions of the second events."""
        return (self.keys & _EVENT_MASK).astype("int64")

    @property
    def millionths(self) -> Ints:
        """Scores in whole millionths."""
        return UNIT - ((self.keys >> _EVENT_BITS) & _SCORE_MASK).astype("int64")

    def first_ranks(self) -> Ints:
        """Return the rank of each pair among those of its first event, 1 for the best."""
        return _numbers_within(self.first)

    def second_ranks(self) -> Ints:
        """Return the rank of each pair among those of its second event, 1 for the best."""
        turned = _packed(self.second, self.millionths, self.first)
        order = np.argsort(turned)
        ranks = np.empty(len(order), "int64")
        ranks[order] = _numbers_within(self.second[order])
        return ranks


def pack(first: Ints, second: Ints, scores: Floats) -> Keys:
    """Return the keys of pairs of events, in their order.

    Parameters
    ----------
    first, second
        Positions of the events of each pair, below ``MAX_EVENTS``.
    scores
        Between 0 and 1.
    """
    return _packed(first, np.rint(scores * UNIT).astype("int64"), second)


def rank(keys: Sequence[Keys]) -> Ranking:
    """Sort packed pairs by their first event and their score."""
    return Ranking(np.sort(np.concatenate([np.empty(0, "uint64"), *keys])))


def check_number(events: int) -> None:
    """Raise an ``InputError`` where there are more events than a key can tell apart."""
    if events >= MAX_EVENTS:
        raise InputError(
            f"{events:,} events are more than can be linked at once", remedy="link them year by year"
        )


def check_pairs(pairs: int) -> None:
    """Raise an ``InputError`` where there are more candidate pairs than fit in memory."""
    if pairs > MAX_PAIRS:
        raise InputError(
            f"more than {MAX_PAIRS:,} pairs lie within the window", remedy="narrow it, or link fewer events"
        )


def _packed(first: Ints, millionths: Ints, second: Ints) -> Keys:
    short = (UNIT - millionths).astype("uint64") << _EVENT_BITS
    keys: Keys = (first.astype("uint64") << (_EVENT_BITS + _SCORE_BITS)) | short | second.astype("uint64")
    return keys


def _numbers_within(sorted_: Ints) -> Ints:
    """Return the number of each entry within its run of equal values, from 1."""
    starts = np.flatnonzero(np.diff(sorted_, prepend=-1))
    lengths = np.diff(starts, append=len(sorted_))
    return np.arange(1, len(sorted_) + 1) - np.repeat(starts, lengths)
