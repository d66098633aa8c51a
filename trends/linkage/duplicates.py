"""Records of one source that repeat another one."""

from __future__ import annotations

import pandas as pd

_BOOKKEEPING = ("event_id", "row", "file", "family")


def exact_duplicates(events: pd.DataFrame) -> pd.DataFrame:
    """Find records that have the same content as another one, whatever their identifiers.

    Nothing is taken away: two attacks of one day and place that a source describes in the same words look the
    same as one attack entered twice, so a person has to decide. Records that agree in their identifier too
    are what ``trends.events.merge_duplicates`` merges.

    Parameters
    ----------
    events
        Events of one source, as a ``Reading`` has them.

    Returns
    -------
    DataFrame
        One row a repetition: ``kept_id``, ``kept_row``, ``merged_id``, ``merged_row`` (and ``kept_file``,
        ``merged_file`` where the events have a file). The kept record is the first of its file. Sorted by
        kept, then merged record.
    """
    places = [name for name in ("file", "row", "event_id") if name in events]
    content = [name for name in events.columns if name not in _BOOKKEEPING]
    ordered = events.sort_values(places, kind="stable", ignore_index=True)
    same = (
        ordered.groupby(content, dropna=False, sort=False).ngroup() if content else ordered.index.to_series()
    )
    repeats = same.duplicated()
    kept = ordered.loc[~repeats].set_index(same[~repeats])
    merged = ordered[repeats]
    columns = {name: name.removeprefix("event_") for name in ("event_id", "row", "file") if name in events}
    before = kept.loc[same[repeats], list(columns)].rename(columns=columns).add_prefix("kept_")
    after = merged[list(columns)].rename(columns=columns).add_prefix("merged_")
    pairs = pd.concat([before.reset_index(drop=True), after.reset_index(drop=True)], axis=1)
    order = [f"{which}_{name.removeprefix('event_')}" for which in ("kept", "merged") for name in places]
    return pairs.sort_values(order, kind="stable", ignore_index=True)
