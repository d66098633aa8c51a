"""Which events count as an attack, where a source does not say who started a clash."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from trends.errors import InputError, UnknownNameError

ATTACK_DEFINITIONS = {
    "all": "every event",
    "with-victims": "events of one-sided violence, and events in which government forces or civilians died",
    "one-sided": "events of one-sided violence, in which an organised group kills civilians on purpose",
}
_GOVERNMENT = "Government of "


def attack_definition(events: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the events that are an attack by a definition.

    UCDP does not code who started a clash. An event in which only insurgents died may be a raid on them; one
    with dead soldiers or civilians may still have begun as a raid. The narrower a definition, the fewer raids
    and the fewer attacks; a study chooses one, and its report compares them. Deaths whose side is not known
    make no attack "with victims".

    Parameters
    ----------
    events
        Events in UCDP's coding: ``kind`` ("state-based", "non-state", "one-sided"), ``actor_a`` and
        ``actor_b`` and, for ``"with-victims"``, ``deaths_side_a``, ``deaths_side_b`` and ``deaths_civilians``.
        The first side of a state-based event is a government; the second is one where it is named so.
    name
        A key of ``ATTACK_DEFINITIONS``.

    Returns
    -------
    DataFrame
        Those events, in the order given, index kept.

    Raises
    ------
    UnknownNameError
        There is no such definition.
    InputError
        The source lacks what the definition needs: deaths by side, or kinds of violence.
    """
    if name not in ATTACK_DEFINITIONS:
        raise UnknownNameError(
            f"there is no attack definition {name!r}", remedy=f"use one of {', '.join(ATTACK_DEFINITIONS)}"
        )
    if name == "all":
        return events
    _check_kinds(events)
    one_sided = events["kind"] == "one-sided"
    return events[one_sided if name == "one-sided" else one_sided | _victims(events)]


def possible_definitions(tables: Sequence[pd.DataFrame]) -> tuple[str, ...]:
    """Return the definitions that the events of every table allow, those of a table without events aside."""
    return tuple(name for name in ATTACK_DEFINITIONS if all(_allows(table, name) for table in tables))


def _allows(events: pd.DataFrame, name: str) -> bool:
    try:
        attack_definition(events, name)
    except InputError:
        return events.empty
    return True


def compare_definitions(events: pd.DataFrame) -> pd.DataFrame:
    """Return the number of attacks by year (index) and definition (columns), for one and the same events."""
    years = events["date_start"].dt.year
    counts = {
        name: years.loc[attack_definition(events, name).index].value_counts() for name in ATTACK_DEFINITIONS
    }
    return pd.DataFrame(counts).reindex(sorted(years.unique())).fillna(0).astype("int64").rename_axis("year")


def _victims(events: pd.DataFrame) -> pd.Series:
    columns = ("deaths_side_a", "deaths_side_b", "deaths_civilians")
    lacking = [name for name in columns if name not in events or events[name].isna().all()]
    if lacking:
        raise InputError(
            f"the source has no deaths by side ({', '.join(lacking)})",
            remedy="use the definition 'all' or 'one-sided', or a file with all columns",
        )
    dead = {name: events[name].fillna(0) > 0 for name in columns}
    state = events["kind"] == "state-based"
    second_is_state = state & events["actor_b"].str.startswith(_GOVERNMENT).fillna(False).astype(bool)
    return (
        (state & dead["deaths_side_a"]) | (second_is_state & dead["deaths_side_b"]) | dead["deaths_civilians"]
    ).astype(bool)


def _check_kinds(events: pd.DataFrame) -> None:
    strange = sorted(set(events["kind"].dropna()) - {"state-based", "non-state", "one-sided"})
    if strange or events["kind"].isna().all():
        found = f"has kinds such as {strange[0]!r}" if strange else "has none"
        raise InputError(
            f"the definition needs UCDP's kinds of violence; the source {found}", remedy="use 'all'"
        )
