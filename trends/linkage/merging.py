"""One table of events from two sources: all of them, or those that both have."""

from __future__ import annotations

import numpy as np
import pandas as pd

from trends.errors import InputError
from trends.linkage.links import Links

PROVENANCE = ("sources", "members", "link_score")
_SEPARATORS = ("+", ":", ";")


def union(
    left: pd.DataFrame, right: pd.DataFrame, links: Links, labels: tuple[str, str] = ("left", "right")
) -> pd.DataFrame:
    """Return every event of two tables once.

    An event that both have stands as the left table has it: its day, place, deaths and everything else. What
    the left table lacks is not filled from the right one.

    Parameters
    ----------
    left, right
        The events that were linked.
    links
        Which of them are the same.
    labels
        What to call the two sources.

    Returns
    -------
    DataFrame
        ``len(left) + len(right) - len(links.matches)`` rows, the left events first, each table in its order.
        Beside the events' columns: ``sources`` ("ged+acled"), ``members`` ("ged:114064;acled:IRQ23"),
        ``link_score`` (the least score by which its members hold together, missing for one alone).
        ``event_id`` is the first member, so that it is unique.

    Raises
    ------
    InputError
        The links are of other tables, or a label cannot be used.
    """
    matches = links.matches
    _check_belong(left, right, matches)
    ours, theirs = marked(left, labels[0]), marked(right, labels[1])
    at_left = _places(left, matches["left_id"])
    at_right = _places(right, matches["right_id"])
    for name, separator in (("sources", "+"), ("members", ";")):
        values = ours[name].to_numpy(dtype=object, copy=True)
        values[at_left] = values[at_left] + separator + theirs[name].to_numpy(dtype=object)[at_right]
        ours[name] = values
    scores = ours["link_score"].to_numpy(dtype=float, copy=True)
    within = np.fmin(scores[at_left], theirs["link_score"].to_numpy(dtype=float)[at_right])
    scores[at_left] = np.fmin(within, matches["score"].to_numpy())
    ours["link_score"] = scores
    unmatched = np.setdiff1d(np.arange(len(theirs)), at_right)
    return _stacked(ours, theirs.iloc[unmatched])


def overlap(
    left: pd.DataFrame, right: pd.DataFrame, links: Links, labels: tuple[str, str] = ("left", "right")
) -> pd.DataFrame:
    """Return the events that both tables have, as the left one has them; columns as ``union``."""
    at_left = _places(left, links.matches["left_id"])
    return union(left, right, links, labels).iloc[np.sort(at_left)].reset_index(drop=True)


def marked(events: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return events with their provenance; those that have one already, as they are.

    Raises
    ------
    InputError
        The label is empty, or holds one of ``+ : ;``.
    """
    if all(name in events for name in PROVENANCE):
        return events.reset_index(drop=True)
    if not label or any(separator in label for separator in _SEPARATORS):
        raise InputError(f"a source cannot be called {label!r}", remedy="choose a name without + : ;")
    member = label + ":" + events["event_id"].astype(str).astype(object)
    return events.assign(
        event_id=member,
        sources=pd.Series(label, events.index, dtype=object),
        members=member,
        link_score=np.nan,
    ).reset_index(drop=True)


def _check_belong(left: pd.DataFrame, right: pd.DataFrame, matches: pd.DataFrame) -> None:
    for events, which in ((left, "left"), (right, "right")):
        strangers = matches.loc[~matches[f"{which}_id"].isin(events["event_id"].astype(str)), f"{which}_id"]
        if not strangers.empty:
            raise InputError(
                f"the links name {strangers.iloc[0]!r}, which is not among the {which} events",
                remedy="give the tables that were linked",
            )


def _places(events: pd.DataFrame, identifiers: pd.Series) -> np.ndarray:
    return np.asarray(pd.Index(events["event_id"].astype(str)).get_indexer(pd.Index(identifiers)))


def _stacked(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    if second.empty:
        return first.reset_index(drop=True)
    return pd.concat([first, second], ignore_index=True)
