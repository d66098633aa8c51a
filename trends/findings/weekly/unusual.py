"""Alerts of the week, as the surveillance room gives them, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


WHOLE = "all"


@dataclass(frozen=True)
class Unusual:
    """What surveillance says of the week.

    The area that the report is about, the groups inside it and the provinces are three families of tests: the same
    events stand in all three, so that each is adjusted for the number of its own tests only, and none makes another's
    alerts rarer.

    Attributes
    ----------
    table
        ``COLUMNS``, one row an area: everything that the report is about (``kind`` "whole"), the groups inside it
        ("group"), then every province ("province"); empty where nothing could be watched.
    whole
        The first row in a sentence, alert or not; empty where nothing was watched.
    sentences
        One for each alert of a group or a province, in each family the most improbable first.
    note
        The method and its settings.
    reason
        Why there is no surveillance; empty where there is.
    any_false
        For each family the probability, at most about, of an alert in a week in which nothing has a cause.
    false_discovery
        The level at which the alerts of a family are adjusted.
    """

    table: pd.DataFrame
    whole: str
    sentences: tuple[str, ...]
    note: str
    reason: str
    any_false: Mapping[str, float]
    false_discovery: float

    @property
    def alarmed(self) -> pd.DataFrame:
        """The rows with an alert."""
        return self.table[self.table["alert"].astype(bool)]

    def of(self, kind: str) -> pd.DataFrame:
        """Return the rows of one family: ``whole``, ``group`` or ``province``."""
        return self.table[self.table["kind"] == kind]


def unusual(panel: WeeklyPanel, asked: Asked, area: str, false_discovery: float, provisional: int) -> Unusual:
    """Watch an area, the groups inside it, and every province of it.

    Parameters
    ----------
    panel
        Ends with the week asked for.
    area
        A group, or ``WHOLE`` for the country.
    false_discovery
        Share of false alerts accepted among all of one family.
    provisional
        How many of the panel's last weeks are provisional and therefore not judged.
    """
    if provisional:
        return _nothing(
            "the week is provisional: it still fills up, so that a low count says nothing, and a high one little"
        )
    families = _families(panel, area)
    try:
        found = {
            kind: alerts(panel, week=asked.week, areas=areas, false_discovery=false_discovery)
            for kind, areas in families.items()
        }
    except EstimationError as error:
        return _nothing(f"{error.what}; {error.remedy}" if error.remedy else error.what)
    parts = [one.table.assign(kind=kind) for kind, one in found.items()]
    others = [one for kind, one in found.items() if kind != "whole"]
    return Unusual(
        table=pd.concat(parts, ignore_index=True)[["kind", *COLUMNS]],
        whole=found["whole"].sentence(area),
        sentences=tuple(sentence for one in others for sentence in one.sentences()),
        note=found["province"].note(),
        reason="",
        any_false={kind: one.any_false for kind, one in found.items()},
        false_discovery=false_discovery,
    )


def _families(panel: WeeklyPanel, area: str) -> dict[str, list[str]]:
    """Return the areas of each family that has any."""
    codes = list(panel.country.resolve(None if area == WHOLE else area))
    inside = {key for key, members in panel.country.groups.items() if set(members) <= set(codes)}
    groups = [key for key in panel.country.groups if key in inside - {area}]
    families = {"whole": [area], "group": groups, "province": codes}
    return {kind: areas for kind, areas in families.items() if areas}


def _nothing(reason: str) -> Unusual:
    return Unusual(pd.DataFrame(columns=["kind", *COLUMNS]), "", (), "", reason, {}, float("nan"))
