"""Whether two events may have the same actors, be of the same kind, and have the same deaths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from trends.errors import InputError
from trends.linkage.footprint import Floats, Ints

SAME, PARTLY, NOT_SAID, NAMED_OTHERWISE, EXCLUDED = 1.0, 0.75, 0.5, 0.25, -1.0
UNKNOWN_KINDS = ("", "unknown")

Actors = Mapping[str, Sequence[str]]
Kinds = Mapping[tuple[str, str], float]


@dataclass(frozen=True, eq=False)
class Sides:
    """The two sides of n events: a number an actor (0 = not named), and whether aliases list it."""

    a: Ints
    b: Ints
    listed: npt.NDArray[np.bool_]

    def take(self, at: Ints) -> Sides:
        """Return the sides of some events."""
        return Sides(self.a[at], self.b[at], self.listed[at])


def sides(tables: Sequence[pd.DataFrame], actors: Actors | None) -> tuple[Sides, ...]:
    """Give the actors of several tables common numbers.

    Parameters
    ----------
    tables
        Events with ``actor_a`` and ``actor_b``.
    actors
        An actor to all names that sources give it; case does not matter.

    Returns
    -------
    tuple of Sides
        ``listed`` holds where every side that is named is listed in ``actors``, and at least one is.

    Raises
    ------
    InputError
        One name stands for two actors.
    """
    listed = _listed(actors or {})
    every = pd.concat([_folded(table[side]) for table in tables for side in ("actor_a", "actor_b")])
    names = sorted({str(name) for name in every.dropna().unique()})
    number: dict[str, int] = {}
    for name in [*sorted(set(listed.values())), *(f"name {name}" for name in names if name not in listed)]:
        number.setdefault(name, len(number) + 1)
    codes = {name: number[listed.get(name, f"name {name}")] for name in names}
    last_listed = len(set(listed.values()))
    return tuple(_sides(table, codes, last_listed) for table in tables)


def actors_agree(left: Sides, right: Sides) -> Floats:
    """Compare actors pair by pair.

    Returns
    -------
    array
        1 where every side that both name is the same, .75 where one side is the same and another differs,
        .5 where one of the two events names nobody, .25 where the names differ but may mean the same actor,
        ``EXCLUDED`` where all are listed and none is shared.
    """
    straight = _both(left.a, right.a) + _both(left.b, right.b)
    crossed = _both(left.a, right.b) + _both(left.b, right.a)
    shared = np.maximum(straight, crossed)
    named = np.minimum(_named(left), _named(right))
    other = np.where(left.listed & right.listed, EXCLUDED, NAMED_OTHERWISE)
    return np.select([named == 0, shared >= named, shared > 0], [NOT_SAID, SAME, PARTLY], other)


@dataclass(frozen=True, eq=False)
class KindTable:
    """How well each kind of one table (rows) goes with each of another (columns), and the kinds' numbers."""

    agreement: Floats
    left: Ints
    right: Ints

    def agree(self, at_left: Ints, at_right: Ints) -> Floats:
        """Return the agreement pair by pair; ``EXCLUDED`` where two kinds cannot be one event."""
        return self.agreement[self.left[at_left], self.right[at_right]]


def kind_table(left: pd.Series, right: pd.Series, kinds: Kinds | None) -> KindTable:
    """Compare every kind of one table with every kind of another.

    Parameters
    ----------
    left, right
        The kinds of the events.
    kinds
        Pairs of kinds to how well they go together, 0 (never the same event) to 1, in either order. The same
        kind goes with itself (1) unless listed otherwise. Two kinds that are both in the list, but not as a
        pair, exclude each other. A kind in no pair, or missing, is compatible with all (.5), and so is
        everything without a list.

    Raises
    ------
    InputError
        An agreement is not between 0 and 1, or a pair is listed twice and differently.
    """
    table = _both_orders(kinds or {})
    vocabulary = {kind for pair in table for kind in pair}
    left_number, left_names = pd.factorize(_kinds(left), sort=True)
    right_number, right_names = pd.factorize(_kinds(right), sort=True)
    agreement = np.array(
        [
            [_agreement(one, other, table, vocabulary) for other in [*right_names, None]]
            for one in [*left_names, None]
        ]
    )
    return KindTable(agreement, left_number.astype("int64"), right_number.astype("int64"))


def deaths_agree(left: Floats, right: Floats) -> Floats:
    """Return 1 minus the difference of deaths as a share of the larger number; .5 where one is missing."""
    larger = np.maximum(np.maximum(left, right), 1.0)
    return np.where(np.isnan(left) | np.isnan(right), NOT_SAID, 1 - np.abs(left - right) / larger)


def _listed(actors: Actors) -> dict[str, str]:
    listed: dict[str, str] = {}
    for actor, aliases in actors.items():
        for name in (actor, *aliases):
            folded = name.strip().casefold()
            if listed.setdefault(folded, actor) != actor:
                raise InputError(
                    f"the name {name!r} stands for both {listed[folded]} and {actor}",
                    column="actors",
                    remedy="give each name to one actor",
                )
    return listed


def _folded(names: pd.Series) -> pd.Series:
    known = {name: str(name).strip().casefold() for name in names.dropna().unique()}
    return names.map({name: folded for name, folded in known.items() if folded}).astype(object)


def _sides(table: pd.DataFrame, codes: Mapping[str, int], last_listed: int) -> Sides:
    a, b = (
        np.asarray(_folded(table[side]).map(codes).fillna(0), dtype="int64")
        for side in ("actor_a", "actor_b")
    )
    return Sides(a, b, (np.maximum(a, b) > 0) & (a <= last_listed) & (b <= last_listed))


def _both(one: Ints, other: Ints) -> Ints:
    return np.asarray((one == other) & (one > 0), dtype="int64")


def _named(events: Sides) -> Ints:
    return np.asarray((events.a > 0).astype("int64") + (events.b > 0), dtype="int64")


def _kinds(kinds: pd.Series) -> pd.Series:
    return kinds.astype(object).where(~kinds.isin(UNKNOWN_KINDS) & kinds.notna(), None)


def _both_orders(kinds: Kinds) -> dict[tuple[str, str], float]:
    table: dict[tuple[str, str], float] = {}
    for (one, other), agreement in kinds.items():
        if not 0 <= agreement <= 1:
            raise InputError(
                f"the agreement of {one!r} and {other!r} is {agreement}", column="kinds", remedy="give 0 to 1"
            )
        for pair in ((one, other), (other, one)):
            if table.setdefault(pair, agreement) != agreement:
                raise InputError(f"{one!r} and {other!r} are listed twice and differently", column="kinds")
    return table


def _agreement(one: Any, other: Any, table: Kinds, vocabulary: set[str]) -> float:
    if one is None or other is None:
        return NOT_SAID
    if (one, other) in table:
        return table[one, other] or EXCLUDED
    if one == other:
        return SAME
    return EXCLUDED if one in vocabulary and other in vocabulary else NOT_SAID
