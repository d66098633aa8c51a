"""Which records of two sources are one and the same event."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from trends.errors import InputError
from trends.linkage.assignment import Edges, assign
from trends.linkage.blocking import near_pairs
from trends.linkage.compatibility import Actors, Kinds
from trends.linkage.footprint import Ints
from trends.linkage.links import Links, Settings
from trends.linkage.ranking import UNIT, Ranking, check_number, check_pairs, pack, rank
from trends.linkage.scoring import COMPONENTS, Comparison, Weights, compare

NEEDED = (
    "event_id",
    "date_start",
    "date_end",
    "date_precision",
    "longitude",
    "latitude",
    "place_precision",
    "actor_a",
    "actor_b",
    "kind",
    "deaths_best",
)


def link(
    left: pd.DataFrame,
    right: pd.DataFrame,
    *,
    days: int = 3,
    kilometres: float = 10,
    actors: Actors | None = None,
    kinds: Kinds | None = None,
    weights: Weights = Weights(),  # noqa: B008 (frozen)
    threshold: float = 0.6,
    runners_up: int = 5,
) -> Links:
    """Find the events that two sources both have.

    Pairs within the window (widened by the precision of dates and places, see ``Footprint``) whose actors and
    kinds do not exclude each other are candidates, each with a score (see ``Comparison``). Among the candidates
    that reach the threshold those are matched, one to one, whose scores exceed it by the most in total. Ties
    are broken by the order of identifiers; the order of rows, and which table is left, make no difference.

    Parameters
    ----------
    left, right
        Events as a ``Reading`` has them; identifiers are unique within each table.
    days, kilometres
        The window.
    actors
        An actor to all names that sources give it, as ``Country.actors``. Names that are not listed are
        compared as they stand, and exclude nothing.
    kinds
        Which kinds go together and how well, see ``kind_table``. Without it no kind excludes another.
    weights
        What each component adds to the score.
    threshold
        The least score of a match.
    runners_up
        How many of the best candidates of each event, on either side, are kept beside the matches.

    Raises
    ------
    InputError
        A column is missing, an identifier stands twice, a date is missing, an argument is impossible, or the
        window holds more than 50 million pairs.
    """
    settings = Settings(days, kilometres, threshold, runners_up, weights)
    left, right = _in_order(left, "left"), _in_order(right, "right")
    comparison = compare(left, right, days, kilometres, actors, kinds, weights)
    ranking = _ranked(comparison)
    matched = _matched(ranking, comparison, left, right, threshold)
    candidates = _kept(ranking, matched, comparison, left, right, runners_up)
    return Links(
        candidates=candidates,
        settings=settings,
        left_events=len(left),
        right_events=len(right),
        left_unplaced=int((~comparison.left.placed).sum()),
        right_unplaced=int((~comparison.right.placed).sum()),
        pairs=len(ranking.keys),
    )


def _in_order(events: pd.DataFrame, which: str) -> pd.DataFrame:
    """Return the events sorted by identifier, so that the order of rows makes no difference."""
    missing = [column for column in NEEDED if column not in events]
    if missing:
        raise InputError(
            f"the {which} events lack {', '.join(missing)}", remedy="link events as a source reads them"
        )
    check_number(len(events))
    identifiers = events["event_id"].astype(str)
    twice = identifiers[identifiers.duplicated()]
    if not twice.empty:
        raise InputError(
            f"{twice.iloc[0]!r} stands twice among the {which} events",
            column="event_id",
            remedy="take exact duplicates out, and make identifiers of several files distinct",
        )
    by_length = pd.DataFrame({"length": identifiers.str.len(), "text": identifiers}).reset_index(drop=True)
    order = by_length.sort_values(["length", "text"]).index
    return events.iloc[order].reset_index(drop=True).assign(event_id=identifiers.to_numpy(object)[order])


def _ranked(comparison: Comparison) -> Ranking:
    parts, pairs = [], 0
    found = near_pairs(comparison.left, comparison.right, comparison.days, comparison.kilometres)
    for at_left, at_right in found:
        scores = comparison.scores(at_left, at_right)
        possible = scores >= 0
        parts.append(pack(at_left[possible], at_right[possible], scores[possible]))
        pairs += int(possible.sum())
        check_pairs(pairs)
    return rank(parts)


def _matched(
    ranking: Ranking, comparison: Comparison, left: pd.DataFrame, right: pd.DataFrame, threshold: float
) -> Ints:
    """Return the places of the matches in the ranking."""
    gain = ranking.millionths - math.ceil(round(threshold * UNIT, 3)) + 1
    at = np.flatnonzero(gain > 0)
    first, second = ranking.first[at], ranking.second[at]
    left_like, right_like = _number_among_like(left), _number_among_like(right)
    edges = Edges(first, second, gain[at], np.abs(left_like[first] - right_like[second]))
    if _comes_first(right, left):
        return at[assign(Edges(second, first, edges.gain, edges.order), len(right), len(left))]
    return at[assign(edges, len(left), len(right))]


def _number_among_like(events: pd.DataFrame) -> Ints:
    """Return for each event how many before it differ from it in nothing but the identifier."""
    content = [column for column in NEEDED if column != "event_id"]
    return np.asarray(events.groupby(content, dropna=False, sort=False).cumcount(), dtype="int64")


def _comes_first(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Tell which of two tables is to be taken first, whichever of them is called left."""
    if len(one) != len(other):
        return len(one) < len(other)
    by_names = _fingerprint(one, NEEDED[:1]), _fingerprint(other, NEEDED[:1])
    if by_names[0] != by_names[1]:
        return by_names[0] < by_names[1]
    return _fingerprint(one, NEEDED) < _fingerprint(other, NEEDED)


def _fingerprint(events: pd.DataFrame, columns: Sequence[str]) -> str:
    text = "\n\n".join(events[column].astype(str).str.cat(sep="\n") for column in columns)
    return hashlib.sha256(text.encode()).hexdigest()


def _kept(
    ranking: Ranking,
    matched: Ints,
    comparison: Comparison,
    left: pd.DataFrame,
    right: pd.DataFrame,
    runners_up: int,
) -> pd.DataFrame:
    """Return the matches and the best candidates of each event, sorted by the left event and its ranks."""
    left_rank, right_rank = ranking.first_ranks(), ranking.second_ranks()
    is_match = np.zeros(len(ranking.keys), bool)
    is_match[matched] = True
    at = np.flatnonzero(is_match | (left_rank <= runners_up) | (right_rank <= runners_up))
    first, second = ranking.first[at], ranking.second[at]
    components = comparison.components(first, second)
    return pd.DataFrame(
        {
            "left_id": left["event_id"].to_numpy(dtype=object)[first],
            "right_id": right["event_id"].to_numpy(dtype=object)[second],
            "score": ranking.millionths[at] / UNIT,
            **comparison.apart(first, second),
            **{name: components[name] for name in COMPONENTS},
            "left_rank": left_rank[at],
            "right_rank": right_rank[at],
            "matched": is_match[at],
        }
    )
