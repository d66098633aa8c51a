"""The one-to-one choice among pairs that has the greatest total score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

from trends.linkage.footprint import Ints

_DENSE = 250_000  # cells up to which a table of all pairs is quicker than a sparse one
_UNLIKE = 255  # beyond it, how far two like events stand apart in order makes no difference


@dataclass(frozen=True, eq=False)
class Edges:
    """Pairs that may be chosen.

    Attributes
    ----------
    left, right
        Positions of the two events.
    gain
        What choosing the pair adds to the total; whole numbers of 1 or more.
    order
        How far apart the two stand, each counted among the events of its table that are like it in all but
        the identifier. Among choices of equal gain those with the least sum of it win.
    """

    left: Ints
    right: Ints
    gain: Ints
    order: Ints


def assign(edges: Edges, lefts: int, rights: int) -> Ints:
    """Choose pairs so that no event is in two and the total gain is greatest.

    Events that no chain of pairs connects do not compete, so each connected component is solved by itself,
    exactly: by Crouse's (2016) method as a table, or by Jonker and Volgenant's (1987) for sparse graphs where
    it is large.

    Parameters
    ----------
    edges
        The pairs.
    lefts, rights
        Numbers of events on either side.

    Returns
    -------
    array
        Positions in ``edges`` of the pairs that are chosen, ascending.

    References
    ----------
    Crouse, David F. 2016. "On Implementing 2D Rectangular Assignment Algorithms." IEEE Transactions on
    Aerospace and Electronic Systems 52 (4): 1679-1696.

    Jonker, Roy, and Anton Volgenant. 1987. "A Shortest Augmenting Path Algorithm for Dense and Sparse Linear
    Assignment Problems." Computing 38: 325-340.
    """
    if not len(edges.left):
        return np.empty(0, "int64")
    graph = coo_array(
        (np.ones(len(edges.left), "int8"), (edges.left, edges.right + lefts)), shape=(lefts + rights,) * 2
    )
    component = connected_components(graph.tocsr(), directed=False)[1].astype("int64")
    number = np.concatenate([_number_within(component[:lefts]), _number_within(component[lefts:])])
    of_edge = component[edges.left]
    order = np.argsort(of_edge, kind="stable")
    starts = np.flatnonzero(np.diff(of_edge[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    alone = ends - starts == 1
    chosen = [order[starts[alone]]]
    for start, end in zip(starts[~alone], ends[~alone], strict=True):
        at = order[start:end]
        left, right = number[edges.left[at]], number[edges.right[at] + lefts]
        chosen.append(at[_solve(left, right, edges.gain[at], edges.order[at])])
    return np.sort(np.concatenate(chosen))


def _number_within(component: Ints) -> Ints:
    """Return the number of each event within its component, from 0, in their order."""
    order = np.argsort(component, kind="stable")
    starts = np.flatnonzero(np.diff(component[order], prepend=-1))
    lengths = np.diff(starts, append=len(order))
    number = np.empty(len(order), "int64")
    number[order] = np.arange(len(order)) - np.repeat(starts, lengths)
    return number


def _solve(left: Ints, right: Ints, gain: Ints, order: Ints) -> Ints:
    """Choose among the pairs of one component, whose events are numbered from 0 on either side."""
    lefts, rights = int(left.max()) + 1, int(right.max()) + 1
    if lefts > rights:
        left, right, lefts, rights = right, left, rights, lefts
    worth = _worth(gain, order, lefts)
    solve = _solve_table if lefts * rights <= _DENSE else _solve_sparse
    return np.flatnonzero(solve(left, right, worth, lefts, rights))


def _worth(gain: Ints, order: Ints, most: int) -> np.ndarray:
    """Return the gain with the order as its last digits: no sum of orders outweighs one unit of gain."""
    return (gain * (most * _UNLIKE + 1) - np.minimum(order, _UNLIKE)).astype(float)


def _solve_table(left: Ints, right: Ints, worth: np.ndarray, lefts: int, rights: int) -> np.ndarray:
    table = np.zeros((lefts, rights))
    table[left, right] = worth
    partner = np.full(lefts, -1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    partner[rows] = columns
    return np.asarray(partner[left] == right)


def _solve_sparse(left: Ints, right: Ints, worth: np.ndarray, lefts: int, rights: int) -> np.ndarray:
    """Choose by a full matching, in which each left event may also take a partner of its own, worth nothing."""
    nobody = worth.max() + 1
    rows = np.concatenate([left, np.arange(lefts)])
    columns = np.concatenate([right, rights + np.arange(lefts)])
    costs = np.concatenate([nobody - worth, np.full(lefts, nobody)])
    graph = csr_array((costs, (rows, columns)), shape=(lefts, rights + lefts))
    graph.sort_indices()
    partner = min_weight_full_bipartite_matching(graph)[1]
    return np.asarray(partner[left] == right)
