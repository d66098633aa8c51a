"""Alerts of the week, as the surveillance room gives them, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from trends.errors import EstimationError
from trends.findings.weekly.asked import Asked
from trends.panel import WeeklyPanel
from trends.surveillance import alerts

COLUMNS = (
    "area",
    "name",
    "observed",
    "expected",
    "threshold",
    "probability",
    "q_value",
    "alert",
    "above",
    "method",
)


@dataclass(frozen=True)
class Unusual:
    """What surveillance says of the week.

    Attributes
    ----------
    table
        ``COLUMNS``, one row an area: the country and its groups (``kind`` "group"), then every province
        ("province"); empty where nothing could be watched.
    sentences
        One for each alert, the most improbable first.
    summary, note
        How much was watched and how many false ones to expect; the method and its settings.
    reason
        Why there is no surveillance; empty where there is.
    expected_false
        Provinces above their threshold by chance alone, in one week.
    """

    table: pd.DataFrame
    sentences: tuple[str, ...]
    summary: str
    note: str
    reason: str
    expected_false: float

    @property
    def alarmed(self) -> pd.DataFrame:
        """The rows with an alert."""
        return self.table[self.table["alert"].astype(bool)]


def unusual(
    panel: WeeklyPanel, asked: Asked, codes: list[str], false_discovery: float, provisional: int
) -> Unusual:
    """Watch every province and the groups that hold them.

    Parameters
    ----------
    panel
        Ends with the week asked for.
    codes
        Provinces watched.
    false_discovery
        Share of false alerts accepted among all.
    provisional
        How many of the panel's last weeks are provisional and therefore not judged.
    """
    settings: dict[str, Any] = {"week": asked.week, "false_discovery": false_discovery}
    if provisional:
        reason = "the week is provisional: it still fills up, so that a low count says nothing, and a high one little"
        return _nothing(reason)
    inside = set(codes)
    groups = [key for key, members in panel.country.groups.items() if inside >= set(members)]
    try:
        single = alerts(panel, areas=codes, **settings)
        parts = [single.table.assign(kind="province")]
        if groups:
            grouped = alerts(panel, areas=groups, **settings)
            parts.insert(0, grouped.table.assign(kind="group"))
    except EstimationError as error:
        return _nothing(f"{error.what}; {error.remedy}" if error.remedy else error.what)
    sentences = [*grouped.sentences(), *single.sentences()] if groups else single.sentences()
    return Unusual(
        table=pd.concat(parts, ignore_index=True)[["kind", *COLUMNS]],
        sentences=tuple(sentences),
        summary=single.summary(),
        note=single.note(),
        reason="",
        expected_false=float(single.expected_false),
    )


def _nothing(reason: str) -> Unusual:
    return Unusual(pd.DataFrame(columns=["kind", *COLUMNS]), (), "", "", reason, float("nan"))
