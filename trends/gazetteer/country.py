"""A country's provinces: their codes, what they are called, how they are grouped."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from trends.errors import InputError, UnknownNameError
from trends.gazetteer.matching import Folding, nearest, suggestion

if TYPE_CHECKING:
    import geopandas as gpd

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, eq=False)
class Country:
    """The provinces of one country, read from a folder of data.

    Attributes
    ----------
    key
        Name of the folder, such as ``"iraq"``.
    name, iso2
        Display name and ISO 3166-1 code.
    provinces
        Index ``code`` (ISO 3166-2, sorted); columns ``name`` (display, English), ``name_local``,
        ``former_code``, ``pcode``.
    groups
        Group key to the codes of its provinces, sorted.
    group_titles
        Group key to its display title.
    local_language
        BCP 47 tag of the language of ``name_local``; empty where the country's file does not say.
    actors
        An organisation to all names that sources give it.
    policy
        How boundaries that changed are treated.
    shapes_source, shapes_licence
        Where the shipped shapes come from.
    places
        Index ``name``; cities, districts and regions that sources name in place of a province: columns
        ``within`` (code of their province, ``""`` where they lie in several) and ``kind``. Never matched,
        only named in suggestions.
    """

    key: str
    name: str
    iso2: str
    provinces: pd.DataFrame
    groups: Mapping[str, tuple[str, ...]]
    group_titles: Mapping[str, str]
    local_language: str
    actors: Mapping[str, tuple[str, ...]]
    policy: str
    shapes_source: str
    shapes_licence: str
    places: pd.DataFrame = field(repr=False)
    _folding: Folding = field(repr=False)
    _spellings: Mapping[str, str] = field(repr=False)
    _own_names: frozenset[str] = field(repr=False)
    _places: Mapping[str, str] = field(repr=False)
    _shapes: dict[tuple[Path, int, int], gpd.GeoDataFrame] = field(default_factory=dict, repr=False)
    _polygons: dict[tuple[Path, int, int], pd.Series] = field(default_factory=dict, repr=False)

    def match(self, name: str) -> str:
        """Return the code of the province that a source calls ``name``.

        Raises
        ------
        UnknownNameError
            No province is spelled so; the message suggests the nearest ones. Nothing is ever guessed.
        """
        code = self._code(name)
        if code is None:
            raise UnknownNameError(
                f"no province of {self.name} is called {name!r}", remedy=self.suggest(name)
            )
        return code

    def match_all(self, names: pd.Series) -> pd.Series:
        """Return the code of each name, missing where the name is unknown or missing (same index)."""
        known = {name: self._code(name) for name in names.dropna().unique() if isinstance(name, str)}
        return names.map({name: code for name, code in known.items() if code}).astype(object)

    def suggest(self, name: str) -> str | None:
        """Return what ``name`` may be: a known city, district or region, or else the nearest provinces."""
        folded = self._folding.fold(name)
        if folded in self._places:
            return self._describe_place(self._places[folded])
        labels = {
            spelling: str(self.provinces.at[code, "name"]) for spelling, code in self._spellings.items()
        }
        return suggestion(nearest(folded, labels))

    def resolve(self, what: str | Sequence[str] | None = None) -> tuple[str, ...]:
        """Return province codes, sorted and without repeats.

        Parameters
        ----------
        what
            A code, a name in any known spelling, a group, several of these, or None for every province.

        Raises
        ------
        UnknownNameError
            Something is neither a province nor a group.
        """
        if what is None:
            return tuple(self.provinces.index)
        wanted = [what] if isinstance(what, str) else list(what)
        return tuple(sorted({code for name in wanted for code in self._province_or_group(name)}))

    def is_called(self, name: str) -> bool:
        """Tell whether a source means this country by ``name``."""
        return self._folding.fold(name) in self._own_names

    def shapes(self, boundaries: Path | None = None) -> gpd.GeoDataFrame:
        """Return the shape of each province: index ``code``, column ``geometry``, EPSG:4326.

        Parameters
        ----------
        boundaries
            A polygon file to take them from; without one, the simplified shapes that are shipped.
        """
        # geopandas takes a while to load, and few callers draw maps
        from trends.gazetteer.shapes import read_boundaries

        path = boundaries or self.shapes_file
        if not path.is_file():
            return read_boundaries(path, self)
        key = _stamp(path)
        if key not in self._shapes:
            self._shapes[key] = read_boundaries(path, self)
        return self._shapes[key].copy()

    def polygons(self, boundaries: Path | None = None) -> pd.Series:
        """Return the same shapes as plain polygons of shapely, index ``code``: for places, not for maps."""
        if boundaries is not None or not self.shapes_file.is_file():
            given: pd.Series = self.shapes(boundaries)["geometry"]
            return given
        key = _stamp(self.shapes_file)
        if key not in self._polygons:
            from trends.gazetteer.polygons import shipped_polygons

            self._polygons[key] = shipped_polygons(self.shapes_file, self)
        return self._polygons[key].copy()

    @property
    def shapes_file(self) -> Path:
        """The file of simplified shapes that is shipped."""
        return _FOLDER / self.key / "shapes.geojson"

    def _describe_place(self, name: str) -> str:
        kind, within = (str(self.places[column][name]) for column in ("kind", "within"))
        where = f"in {str(self.provinces['name'][within])!r}" if within else "across provinces"
        return f"that is a {kind} {where}, not a province"

    def _province_or_group(self, name: str) -> tuple[str, ...]:
        folded = self._folding.fold(name)
        for key, codes in self.groups.items():
            if folded in {self._folding.fold(key), self._folding.fold(self.group_titles[key])}:
                return codes
        try:
            return (self.match(name),)
        except UnknownNameError as error:
            groups = ", ".join(self.groups)
            raise UnknownNameError(f"{error.what}, and no group is ({groups})", remedy=error.remedy) from None

    def _code(self, name: str) -> str | None:
        if name in self.provinces.index:
            return name
        return self._spellings.get(name.strip().casefold()) or self._spellings.get(self._folding.fold(name))


def countries() -> tuple[str, ...]:
    """Return the keys of the countries that are shipped, sorted."""
    return tuple(sorted(path.parent.name for path in _FOLDER.glob("*/country.toml")))


def default_country() -> str:
    """Return the key of the country that is meant where none is named.

    Raises
    ------
    UnknownNameError
        No country that is shipped says that it is the default.
    """
    for key in countries():
        if _facts(key).get("default"):
            return key
    raise UnknownNameError("no country is the default", remedy=f"name one of {', '.join(countries())}")


def load_country(key: str | None = None) -> Country:
    """Read a country from its folder of data.

    Parameters
    ----------
    key
        Name of the folder; the country whose ``country.toml`` says ``default = true`` where it is not given.

    Raises
    ------
    UnknownNameError
        No such country is shipped.
    InputError
        The folder contradicts itself: one spelling stands for two provinces, or a group names none.
    """
    if key is None:
        key = default_country()
    if key not in countries():
        raise UnknownNameError(f"there is no country {key!r}", remedy=f"there are: {', '.join(countries())}")
    folder = _FOLDER / key
    return _read(folder, tuple(_stamp(path) for path in sorted(folder.iterdir()) if path.is_file()))


@lru_cache(maxsize=8)
def _read(folder: Path, stamps: tuple[tuple[Path, int, int], ...]) -> Country:
    """Read a folder, and again when the stamps of its files have changed."""
    facts = _facts(folder.name)
    provinces = _table(folder / "provinces.csv").set_index("code").sort_index()
    folding = Folding.of(**facts["matching"])
    groups = {name: tuple(sorted(group["provinces"])) for name, group in facts["groups"].items()}
    _check_groups(groups, provinces, folder)
    places = _named_places(folder, provinces)
    return Country(
        key=folder.name,
        name=facts["name"],
        iso2=facts["iso2"],
        provinces=provinces,
        groups=MappingProxyType(groups),
        group_titles=MappingProxyType({name: group["title"] for name, group in facts["groups"].items()}),
        local_language=facts.get("local_language", ""),
        actors=MappingProxyType({name: tuple(names) for name, names in facts.get("actors", {}).items()}),
        policy=facts["boundaries"]["policy"],
        shapes_source=facts["shapes"]["source"],
        shapes_licence=facts["shapes"]["licence"],
        places=places,
        _folding=folding,
        _spellings=MappingProxyType(_spellings(folder, provinces, folding)),
        _own_names=frozenset(folding.fold(name) for name in facts["spellings"]),
        _places=MappingProxyType({folding.fold(name): name for name in places.index}),
    )


def _stamp(path: Path) -> tuple[Path, int, int]:
    return path, path.stat().st_mtime_ns, path.stat().st_size


def _facts(key: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / key / "country.toml").read_text(encoding="utf-8"))


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


def _named_places(folder: Path, provinces: pd.DataFrame) -> pd.DataFrame:
    path = folder / "places.csv"
    if not path.is_file():
        return pd.DataFrame(columns=["within", "kind"], index=pd.Index([], name="name"), dtype=str)
    places = _table(path).set_index("name")
    unknown = sorted(set(places["within"]) - set(provinces.index) - {""})
    if unknown or places.index.has_duplicates:
        what = f"names {', '.join(unknown)}, which is none" if unknown else "holds a place twice"
        raise InputError(what, file=path)
    return places


def _check_groups(groups: Mapping[str, tuple[str, ...]], provinces: pd.DataFrame, folder: Path) -> None:
    for name, codes in groups.items():
        unknown = sorted(set(codes) - set(provinces.index))
        if unknown:
            raise InputError(f"group {name!r} names {', '.join(unknown)}", file=folder / "country.toml")


def _spellings(folder: Path, provinces: pd.DataFrame, folding: Folding) -> dict[str, str]:
    found: dict[str, str] = {}
    for spelling, code in _written(folder, provinces, folding):
        if code not in provinces.index:
            raise InputError(f"{spelling!r} stands for {code}, which is none", file=folder / "spellings.csv")
        if found.setdefault(spelling, code) != code:
            raise InputError(
                f"{spelling!r} stands for both {found[spelling]} and {code}", file=folder / "spellings.csv"
            )
    return found


def _written(folder: Path, provinces: pd.DataFrame, folding: Folding) -> Iterator[tuple[str, Any]]:
    for code, row in provinces.iterrows():
        yield str(code).casefold(), code
        yield from ((row[column].casefold(), code) for column in ("former_code", "pcode") if row[column])
        yield from ((folding.fold(row[column]), code) for column in ("name", "name_local") if row[column])
    spellings = _table(folder / "spellings.csv")
    for spelling, code in zip(spellings["spelling"], spellings["code"], strict=True):
        yield folding.fold(spelling), code
