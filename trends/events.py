"""The events table: where each event lies, who is in it, which records are one and the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from trends.errors import InputError, UnknownNameError
from trends.gazetteer import Country
from trends.gazetteer.matching import nearest, suggestion
from trends.sources.reading import rejects_of

NEAREST_KM = 10.0
TOO_COARSE = ("region", "country", "international")
UNDATED = ("month", "year")
_KM_PER_DEGREE = 111.195  # of a great circle on a sphere of 6,371 km


@dataclass(frozen=True, eq=False)
class Located:
    """Events with their provinces.

    Attributes
    ----------
    events
        As given, without those that cannot be located, with columns ``province`` (code) and ``located_by``
        ("name", "polygon" or "nearest").
    rejects
        Events that lie in no province, with the reason; columns of a ``Reading``'s rejects.
    disagreements
        Events whose name and point differ (the name counts): columns ``event_id``, ``row``, ``by_name``,
        ``by_polygon``; the last is missing where the point lies outside every province.
    compared
        How many events had both a known name and a point that stands for a province or less.
    """

    events: pd.DataFrame
    rejects: pd.DataFrame
    disagreements: pd.DataFrame
    compared: int


def locate(
    events: pd.DataFrame, country: Country, boundaries: Path | None = None, nearest_km: float = NEAREST_KM
) -> Located:
    """Say in which province each event lies.

    A province that the source names counts first. Otherwise the polygon that holds the point counts, or,
    for a point just outside every polygon, the nearest one. A name that is not known is never guessed, and a
    point that stands for a region larger than a province is no place: such events become rejects.

    Parameters
    ----------
    events
        Events of one country, as a ``Reading`` has them.
    country
        Its provinces.
    boundaries
        Polygons to use instead of the shipped, simplified ones.
    nearest_km
        How far outside every polygon a point may lie, in kilometres.

    Raises
    ------
    InputError
        The boundaries file cannot be used.
    """
    named = country.match_all(events["province_name"])
    shapes = country.polygons(boundaries) if len(events) else pd.Series(dtype=object)
    polygon, distance = _by_point(events, shapes, nearest_km)
    has_name = events["province_name"].notna()
    coarse = events["place_precision"].isin(TOO_COARSE)
    by_polygon = ~has_name & ~coarse & polygon.notna()
    province = named.where(has_name, polygon.where(by_polygon))
    how = np.select([has_name, distance > 0], ["name", "nearest"], "polygon")
    found = province.notna()
    located = events.assign(province=province, located_by=pd.Series(how, events.index, dtype=object))
    has_point = np.isfinite(events[["longitude", "latitude"]].to_numpy(dtype=float)).all(axis=1)
    compared = has_name & named.notna() & ~coarse & has_point
    differ = compared & (named != polygon)
    return Located(
        events=located[found].reset_index(drop=True),
        rejects=_unlocated(events[~found], country, nearest_km),
        disagreements=pd.DataFrame(
            {"event_id": events["event_id"], "row": events["row"], "by_name": named, "by_polygon": polygon}
        )[differ].reset_index(drop=True),
        compared=int(compared.sum()),
    )


def select_actor(
    events: pd.DataFrame, actor: str, aliases: Sequence[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide events into those with an actor as a side, and the others.

    Parameters
    ----------
    events
        Events with columns ``actor_a`` and ``actor_b``.
    actor
        The actor's name; case does not matter, nothing else is guessed.
    aliases
        Further names of the same actor.

    Returns
    -------
    selected, others
        Both in the order given, index reset.

    Raises
    ------
    UnknownNameError
        No event has that actor; the message suggests names that the events have.
    InputError
        The source names no actors at all.
    """
    sides = events[["actor_a", "actor_b"]]
    present = sorted({str(name) for side in sides for name in sides[side].dropna().unique()})
    if not present:
        raise InputError("the source names no actors", column="actor", remedy="leave the actor out")
    wanted = {name.strip().casefold() for name in (actor, *aliases)}
    names = [name for name in present if name.casefold() in wanted]
    if not names:
        near = nearest(actor, {name: name for name in present})
        raise UnknownNameError(f"no event has the actor {actor!r}", remedy=suggestion(near or present[:3]))
    chosen = sides.isin(names).any(axis=1)
    return events[chosen].reset_index(drop=True), events[~chosen].reset_index(drop=True)


def actor_aliases(actor: str, country: Country) -> tuple[str, ...]:
    """Return all names that the gazetteer knows for an actor, or the name itself alone."""
    for key, names in country.actors.items():
        if actor.strip().casefold() in {name.casefold() for name in (key, *names)}:
            return names
    return (actor,)


def merge_duplicates(events: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide events into distinct ones and exact repeats of them.

    Parameters
    ----------
    events
        Events of one or several files, with a column ``family``; an identifier is unique within a family.

    Returns
    -------
    distinct, repeats
        Both in the order given, index reset. A repeat equals an earlier event but for its row and file.

    Raises
    ------
    InputError
        One identifier stands for two different events, as when two versions of a source are mixed.
    """
    content = [name for name in events.columns if name not in {"row", "file"}]
    repeated = events.duplicated(content)
    distinct = events[~repeated]
    clash = distinct[distinct.duplicated(["family", "event_id"], keep=False)]
    if not clash.empty:
        raise _two_events_of_one_name(clash)
    return distinct.reset_index(drop=True), events[repeated].reset_index(drop=True)


def _two_events_of_one_name(clash: pd.DataFrame) -> InputError:
    """Return which identifiers stand for different events, and where the first of them does."""
    names = clash["event_id"].drop_duplicates()
    first, second = (row for _, row in clash[clash["event_id"] == names.iloc[0]].iloc[:2].iterrows())
    place = f"{first['file']}, row {first['row']}" if "file" in first else f"row {first['row']}"
    many = f"{len(names)} identifiers stand for two events, first {', '.join(names[:3])}"
    what = f"the identifier {names.iloc[0]} stands for two events" if len(names) == 1 else many
    return InputError(
        f"{what} (here, and another one of {names.iloc[0]} in {place})",
        file=second.get("file"),
        row=int(second["row"]),
        remedy="give one version of the source; if it is one, correct the identifier",
    )


def undated(events: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide events into those dated to a week or better, and rejects known only to the month or year."""
    coarse = events["date_precision"].isin(UNDATED)
    rejected = events[coarse]
    reasons = "date precision: " + rejected["date_precision"].astype(str)
    rejects = rejects_of(rejected, "date_start", rejected["date_start"].dt.strftime("%Y-%m-%d"), reasons)
    return events[~coarse].reset_index(drop=True), rejects


def _by_point(events: pd.DataFrame, shapes: pd.Series, nearest_km: float) -> tuple[pd.Series, pd.Series]:
    """Return the province of each point and its distance from it in kilometres, missing where none is."""
    coordinates = events[["longitude", "latitude"]]
    distinct = coordinates.drop_duplicates(ignore_index=True)
    places = pd.MultiIndex.from_frame(distinct).get_indexer(pd.MultiIndex.from_frame(coordinates))
    position, distance = _containing(distinct.to_numpy(dtype=float), shapes.to_numpy(), nearest_km)
    codes = np.array([*shapes.index, None], dtype=object)[position]
    return (
        pd.Series(codes[places], index=events.index, dtype=object),
        pd.Series(distance[places], index=events.index),
    )


def _containing(
    coordinates: np.ndarray, shapes: np.ndarray, nearest_km: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each point the position of its shape (-1 for none) and its distance in kilometres.

    ``coordinates`` is (n, 2) longitude and latitude; a point that is not finite lies nowhere. A point on a
    border belongs to the first of its shapes.
    """
    position, distance = np.full(len(coordinates), -1), np.full(len(coordinates), np.nan)
    finite = np.flatnonzero(np.isfinite(coordinates).all(axis=1))
    shape, inside = _pairs(coordinates[finite], shapes)
    position[finite[inside[::-1]]], distance[finite[inside]] = shape[::-1], 0.0
    outside = np.setdiff1d(finite, finite[inside])
    _, about = _pairs(coordinates[outside], shapes, nearest_km)
    for near in outside[np.unique(about)]:
        away = kilometres_to(coordinates[near], shapes)
        if away.min() <= nearest_km:
            position[near], distance[near] = away.argmin(), away.min()
    return position, distance


def _pairs(coordinates: np.ndarray, shapes: np.ndarray, reach_km: float | None = None) -> np.ndarray:
    """Return pairs (shape, point) that touch, or may lie within ``reach_km`` of each other; (2, pairs)."""
    if not len(coordinates):
        return np.empty((2, 0), dtype=int)
    tree = shapely.STRtree(np.asarray(shapely.points(coordinates)))
    if reach_km is None:
        return tree.query(shapes, predicate="intersects")
    furthest_north = np.abs(coordinates[:, 1]).clip(0, 80).max()
    degrees = reach_km / _KM_PER_DEGREE / np.cos(np.radians(furthest_north))
    return tree.query(shapes, predicate="dwithin", distance=degrees)


def kilometres_to(centre: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Return the distance of a point, or of one each, from shapes on a plane that touches the earth at the point.

    Exact to a few parts in a thousand within 50 km.

    Parameters
    ----------
    centre
        Longitude and latitude, (2,) or (n, 2).
    shapes
        Shapes in degrees, (n,).

    Returns
    -------
    ndarray
        Kilometres, (n,); 0 for a shape that holds the point.
    """
    centres = np.broadcast_to(centre, (len(shapes), 2))
    scale = _KM_PER_DEGREE * np.column_stack([np.cos(np.radians(centres[:, 1])), np.ones(len(centres))])
    corners, of = shapely.get_coordinates(shapes, return_index=True)
    flat = shapely.set_coordinates(np.array(shapes), (corners - centres[of]) * scale[of])
    return np.asarray(shapely.distance(flat, shapely.Point(0, 0)))


def _unlocated(events: pd.DataFrame, country: Country, nearest_km: float) -> pd.DataFrame:
    has_name = events["province_name"].notna()
    blank = events["longitude"].isna() | events["latitude"].isna()
    coarse = events["place_precision"].isin(TOO_COARSE)
    unknown = {name: _unknown_name(name, country) for name in events.loc[has_name, "province_name"].unique()}
    point = _text(events["longitude"]) + " " + _text(events["latitude"])
    reasons = np.select(
        [has_name, coarse, blank],
        [
            events["province_name"].map(unknown),
            "place precision: " + events["place_precision"].astype(str),
            "neither a province nor a point",
        ],
        f"more than {nearest_km:g} km from every province",
    )
    rejects = rejects_of(
        events,
        "point",
        events["province_name"].where(has_name, point),
        pd.Series(reasons, events.index, dtype=object),
    )
    return rejects.assign(column=np.where(has_name, "province", "point"))


def _text(numbers: pd.Series) -> pd.Series:
    return numbers.map(lambda number: "?" if np.isnan(number) else f"{number:.6g}").astype(object)


def _unknown_name(name: str, country: Country) -> str:
    near = country.suggest(name)
    return f"unknown province; {near}" if near else "unknown province"
