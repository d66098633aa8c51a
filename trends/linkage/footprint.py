"""Where and when an event may have been: its days, its point, and how far either may be off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from trends.errors import InputError

DAYS_MEANT = {"day": 1, "week": 7, "month": 31, "year": 366}
PLACE_SLACK_KM = {"exact": 0.0, "near": 5.0, "district": 20.0, "province": 60.0}
NO_POINT = ("region", "country", "international")
EARTH_KM = 6371.0088  # mean radius

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Footprint:
    """The days and points of n events, as arrays of length n.

    Attributes
    ----------
    first, last
        First and last day, in days since 1970-01-01.
    slack_days
        By how many days either end may be off: what ``DAYS_MEANT`` says of the date's precision, less the
        days that the event already spans, and never below zero. A date known to the week that is given as
        one day may be off by six; one that is given as seven days is not widened.
    longitude, latitude
        In radians.
    slack_km
        By how many kilometres the point may be off, ``PLACE_SLACK_KM`` of the place's precision: a point that
        stands for a town is exact, one near it is off by 5, the middle of a district by 20, of a province by
        60. Precisions that are not known count as exact.
    placed
        Whether there is a point to link by. A point that stands for a region larger than a province is none.
    """

    first: Ints
    last: Ints
    slack_days: Ints
    longitude: Floats
    latitude: Floats
    slack_km: Floats
    placed: npt.NDArray[np.bool_]

    def take(self, at: Ints) -> Footprint:
        """Return the footprint of some events, in the order of ``at``."""
        return Footprint(
            self.first[at],
            self.last[at],
            self.slack_days[at],
            self.longitude[at],
            self.latitude[at],
            self.slack_km[at],
            self.placed[at],
        )

    def directions(self) -> Floats:
        """Return the points as unit vectors from the middle of the earth, (n, 3)."""
        level = np.cos(self.latitude)
        return np.column_stack(
            [level * np.cos(self.longitude), level * np.sin(self.longitude), np.sin(self.latitude)]
        )


def footprint(events: pd.DataFrame) -> Footprint:
    """Return the days and points of events.

    Parameters
    ----------
    events
        Events as a ``Reading`` has them.

    Raises
    ------
    InputError
        An event has no date, or ends before it starts.
    """
    first, last = _days(events, "date_start"), _days(events, "date_end")
    if (last < first).any():
        raise _at_fault(events, last < first, "date_end", "an event ends before it starts")
    meant = events["date_precision"].map(DAYS_MEANT).fillna(1).to_numpy(dtype="int64")
    longitude = np.radians(events["longitude"].to_numpy(dtype=float))
    latitude = np.radians(events["latitude"].to_numpy(dtype=float))
    coarse = events["place_precision"].isin(NO_POINT).to_numpy(dtype=bool)
    return Footprint(
        first=first,
        last=last,
        slack_days=np.maximum(meant - (last - first + 1), 0),
        longitude=longitude,
        latitude=latitude,
        slack_km=np.asarray(events["place_precision"].map(PLACE_SLACK_KM).fillna(0.0), dtype="float64"),
        placed=np.isfinite(longitude) & np.isfinite(latitude) & ~coarse,
    )


def haversine(left: Footprint, right: Footprint) -> Floats:
    """Return the distance in kilometres on a sphere between points pair by pair.

    The same to the last bit when left and right are exchanged.
    """
    across = np.sin((left.longitude - right.longitude) / 2) ** 2
    along = np.sin((left.latitude - right.latitude) / 2) ** 2
    half_chord = along + (np.cos(left.latitude) * np.cos(right.latitude)) * across
    kilometres: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half_chord, 1.0)))
    return kilometres


def days_apart(left: Footprint, right: Footprint) -> Ints:
    """Return the days between two spans pair by pair; 0 where they share a day."""
    days: Ints = np.maximum(np.maximum(right.first - left.last, left.first - right.last), 0)
    return days


def _days(events: pd.DataFrame, column: str) -> Ints:
    dates = events[column]
    if dates.isna().any():
        raise _at_fault(events, dates.isna().to_numpy(dtype=bool), column, "an event has no date")
    return dates.to_numpy(dtype="datetime64[D]").astype("int64")


def _at_fault(events: pd.DataFrame, bad: npt.NDArray[np.bool_], column: str, what: str) -> InputError:
    worst = events.loc[bad, "event_id"].iloc[0]
    return InputError(f"{what} ({worst})", column=column, remedy="link events as a source reads them")
