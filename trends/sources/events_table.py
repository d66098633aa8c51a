"""The columns of events and of rejects."""

from __future__ import annotations

import pandas as pd

EVENT_COLUMNS = {
    "event_id": "object",
    "row": "int64",
    "date_start": "datetime64[ns]",
    "date_end": "datetime64[ns]",
    "date_precision": "object",
    "country": "object",
    "province_name": "object",
    "longitude": "float64",
    "latitude": "float64",
    "place_precision": "object",
    "actor_a": "object",
    "actor_b": "object",
    "kind": "object",
    "deaths_best": "Int64",
    "deaths_low": "Int64",
    "deaths_high": "Int64",
}
FURTHER_COLUMNS = {
    "recorded": "datetime64[ns]",
    "status": "object",
    "deaths_side_a": "Int64",
    "deaths_side_b": "Int64",
    "deaths_civilians": "Int64",
    "deaths_unknown": "Int64",
    "event_type": "object",
    "actor_a_kind": "object",
    "actor_b_kind": "object",
    "target": "object",
    "weapon": "object",
    "weapon_detail": "object",
    "suicide": "object",
    "doubtful": "object",
}
REJECT_COLUMNS = ("row", "event_id", "column", "value", "reason")


def rejects_of(
    events: pd.DataFrame, column: str, values: pd.Series, reasons: pd.Series | str
) -> pd.DataFrame:
    """Return events as rejects: which column is at fault, what stands there, and why.

    Parameters
    ----------
    events
        The events to reject.
    column
        The column at fault.
    values, reasons
        What stands there and why it cannot be used, same index as ``events`` (or one reason for all).

    Returns
    -------
    DataFrame
        Columns ``REJECT_COLUMNS``, and ``file`` where the events have it.
    """
    frame = pd.DataFrame(
        {
            "row": events["row"].astype("int64"),
            "event_id": events["event_id"].astype(object),
            "column": pd.Series(column, index=events.index, dtype=object),
            "value": values.reindex(events.index).astype(object),
            "reason": reasons
            if isinstance(reasons, pd.Series)
            else pd.Series(reasons, events.index, dtype=object),
        },
        columns=list(REJECT_COLUMNS),
    )
    if "file" in events:
        frame["file"] = events["file"]
    return frame.reset_index(drop=True)
