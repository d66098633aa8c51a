"""How likely two records are one event, as a sum of weighted components between 0 and 1."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from trends.errors import InputError
from trends.linkage.compatibility import (
    Actors,
    Kinds,
    KindTable,
    Sides,
    actors_agree,
    deaths_agree,
    kind_table,
    sides,
)
from trends.linkage.footprint import Floats, Footprint, Ints, days_apart, footprint, haversine

COMPONENTS = ("date", "place", "actors", "kind", "deaths")
DECIMALS = 6


@dataclass(frozen=True)
class Weights:
    """What each component adds to a score; together 1.

    Raises
    ------
    InputError
        A weight is negative, or they do not add up to 1.
    """

    date: float = 0.3
    place: float = 0.3
    actors: float = 0.15
    kind: float = 0.1
    deaths: float = 0.15

    def __post_init__(self) -> None:
        weights = asdict(self)
        if min(weights.values()) < 0 or abs(sum(weights.values()) - 1) > 1e-9:
            raise InputError(
                f"the weights are {', '.join(f'{name} {weight:g}' for name, weight in weights.items())}",
                remedy="give weights of 0 or more that add up to 1",
            )


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two tables of events made ready to be compared pair by pair.

    The score is the sum of ``weights`` times five components, each between 0 and 1 (Donnay et al. 2019 do the
    same with taxonomies):

    date
        h / (h + d), with h = days + 1 and d the days that the two may be apart at most: the larger of the
        differences of first and of last days, plus what both dates' precisions leave open.
    place
        h / (h + d), with h = kilometres + 1 and d the distance plus what both places' precisions leave open.
    actors, kind, deaths
        See ``actors_agree``, ``kind_table`` and ``deaths_agree``. Unknown is .5.

    References
    ----------
    Donnay, Karsten, Eric T. Dunford, Erin C. McGrath, David Backer, and David E. Cunningham. 2019.
    "Integrating Conflict Event Data." Journal of Conflict Resolution 63 (5): 1337-1364.
    """

    left: Footprint
    right: Footprint
    left_sides: Sides
    right_sides: Sides
    kinds: KindTable
    left_deaths: Floats
    right_deaths: Floats
    days: int
    kilometres: float
    weights: Weights

    def components(self, at_left: Ints, at_right: Ints) -> dict[str, Floats]:
        """Return each component pair by pair; below zero where actors or kinds exclude each other."""
        left, right = self.left.take(at_left), self.right.take(at_right)
        first, last = np.abs(left.first - right.first), np.abs(left.last - right.last)
        days = np.maximum(first, last) + left.slack_days + right.slack_days
        kilometres = haversine(left, right) + (left.slack_km + right.slack_km)
        return {
            "date": _closeness(days.astype(float), self.days),
            "place": _closeness(kilometres, self.kilometres),
            "actors": actors_agree(self.left_sides.take(at_left), self.right_sides.take(at_right)),
            "kind": self.kinds.agree(at_left, at_right),
            "deaths": deaths_agree(self.left_deaths[at_left], self.right_deaths[at_right]),
        }

    def scores(self, at_left: Ints, at_right: Ints) -> Floats:
        """Return the score pair by pair, to six decimals; -1 where the two exclude each other."""
        components = self.components(at_left, at_right)
        total = sum(getattr(self.weights, name) * components[name] for name in COMPONENTS)
        excluded = (components["actors"] < 0) | (components["kind"] < 0)
        return np.where(excluded, -1.0, np.round(total, DECIMALS))

    def apart(self, at_left: Ints, at_right: Ints) -> dict[str, Ints | Floats]:
        """Return the days (0 where the spans share a day) and kilometres between, pair by pair."""
        left, right = self.left.take(at_left), self.right.take(at_right)
        return {"days_apart": days_apart(left, right), "km_apart": haversine(left, right)}


def compare(
    left: pd.DataFrame,
    right: pd.DataFrame,
    days: int,
    kilometres: float,
    actors: Actors | None,
    kinds: Kinds | None,
    weights: Weights,
) -> Comparison:
    """Make two tables of events ready to be compared.

    Raises
    ------
    InputError
        A date is missing, or the actors or kinds contradict themselves.
    """
    left_sides, right_sides = sides([left, right], actors)
    return Comparison(
        left=footprint(left),
        right=footprint(right),
        left_sides=left_sides,
        right_sides=right_sides,
        kinds=kind_table(left["kind"], right["kind"], kinds),
        left_deaths=_deaths(left),
        right_deaths=_deaths(right),
        days=days,
        kilometres=kilometres,
        weights=weights,
    )


def _closeness(distance: Floats, window: float) -> Floats:
    return (window + 1) / (window + 1 + distance)


def _deaths(events: pd.DataFrame) -> Floats:
    deaths = events["deaths_best"].astype("Float64")
    return np.asarray(deaths.to_numpy(dtype="float64", na_value=np.nan), dtype="float64")
