"""Pairs of events near each other in time and space, found without looking at all pairs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from trends.linkage.footprint import EARTH_KM, Footprint, Ints, haversine

_CHUNK = 256  # events of the left side that are looked up together
_LOOKED_AT = 4_000_000  # pairs that one look-up may hold at worst
_LENGTHS = (2, 14, 70)  # spans in days are looked up with spans of about their own length
_MARGIN = 1 + 1e-9  # of the radius, so that rounding loses no pair; the exact distance decides


@dataclass(frozen=True, eq=False)
class _Group:
    """Events of about one length and of one place precision, sorted by their first possible day."""

    at: Ints
    first: Ints
    last: Ints
    longest: int
    slack_km: float
    directions: np.ndarray


def near_pairs(
    left: Footprint, right: Footprint, days: int, kilometres: float
) -> Iterator[tuple[Ints, Ints]]:
    """Find every pair within a window of days and kilometres.

    Both windows are widened by what the two events' precisions leave open (see ``Footprint``). Events are
    sorted by day; each run of them is looked up by k-d tree among the events of the other side whose days
    can be near, so the work grows with the pairs near in time *and* space.

    Parameters
    ----------
    left, right
        Where and when the events were.
    days, kilometres
        The window.

    Yields
    ------
    at_left, at_right
        Positions of the events of each pair. No pair is given twice.
    """
    for ours, theirs in itertools.product(_groups(left), _groups(right)):
        reach = kilometres + (ours.slack_km + theirs.slack_km)
        for i, j in _candidates(ours, theirs, days, _chord(reach) * _MARGIN):
            in_time = _apart(left, right, i, j) <= days + left.slack_days[i] + right.slack_days[j]
            i, j = i[in_time], j[in_time]
            near = haversine(left.take(i), right.take(j)) <= reach
            yield i[near], j[near]


def _groups(events: Footprint) -> list[_Group]:
    """Divide the placed events, so that a few long or vague ones do not widen the search for all."""
    first, last = events.first - events.slack_days, events.last + events.slack_days
    length = np.searchsorted(_LENGTHS, last - first)
    keys = np.column_stack([length, events.slack_km])
    groups = []
    for key in np.unique(keys[events.placed], axis=0):
        at = np.flatnonzero(events.placed & (keys == key).all(axis=1))
        at = at[np.argsort(first[at], kind="stable")]
        longest = int((last[at] - first[at]).max())
        groups.append(_Group(at, first[at], last[at], longest, float(key[1]), events.take(at).directions()))
    return groups


def _candidates(ours: _Group, theirs: _Group, days: int, radius: float) -> Iterator[tuple[Ints, Ints]]:
    """Yield pairs within a radius of unit vectors whose days may be near."""
    start = 0
    while start < len(ours.at):
        stop = min(start + _CHUNK, len(ours.at))
        low = np.searchsorted(theirs.first, ours.first[start] - days - theirs.longest)
        high = np.searchsorted(theirs.first, ours.last[start:stop].max() + days, side="right")
        stop = min(stop, start + max(_LOOKED_AT // max(int(high - low), 1), 1))
        if high > low:
            found = cKDTree(ours.directions[start:stop]).sparse_distance_matrix(
                cKDTree(theirs.directions[low:high]), radius, output_type="ndarray"
            )
            yield ours.at[found["i"] + start], theirs.at[found["j"] + low]
        start = stop


def _chord(kilometres: float) -> float:
    """Return the straight distance on a unit sphere of two points that far apart on the earth."""
    return float(2 * np.sin(min(kilometres / EARTH_KM, np.pi) / 2))


def _apart(left: Footprint, right: Footprint, i: Ints, j: Ints) -> Ints:
    return np.asarray(np.maximum(right.first[j] - left.last[i], left.first[i] - right.last[j]), "int64")
