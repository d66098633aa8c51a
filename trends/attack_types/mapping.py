"""A source's own codes to one taxonomy of attack types, by rules that stand in data files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import pandas as pd

from trends.errors import InputError, UnknownNameError

_FOLDER = Path(__file__).parent
_NO_SOURCES = {"types", "targets"}
_OUTCOMES = ("attack_type", "violent", "note")
_TRUE = {"1", "1.0", "true", "yes", "y"}
UNKNOWN = "unknown"


def attack_types() -> pd.DataFrame:
    """Return the taxonomy: index ``key``; columns ``title`` and ``description``, in the order to show it."""
    return _read("types").set_index("key")


def attack_type(
    events: pd.DataFrame, source: str, unmapped: Literal["raise", "unknown"] = "raise"
) -> pd.Series:
    """Return the attack type of each event.

    Parameters
    ----------
    events
        Events with column ``kind``, the source's own code; where the source's rules use them and the events
        have them, ``suicide``, ``weapon`` and ``weapon_detail`` too. An event without a code is ``"unknown"``.
    source
        Key of the source, such as ``"acled"``; ``"ucdp-ged-reduced"`` uses the rules of ``"ucdp-ged"``. The
        codes of a source without rules have to be keys of the taxonomy, as a mapping file can make them.
    unmapped
        Whether a code without a rule is an error or ``"unknown"``; ``unmapped_codes`` names them for a note.

    Returns
    -------
    Series
        Keys of ``attack_types()``, named ``attack_type``, same index as ``events``.

    Raises
    ------
    UnknownNameError
        A code has no rule; the message names it, its first row and how often it occurs.
    """
    if unmapped not in {"raise", "unknown"}:
        raise InputError(f"unmapped codes cannot be {unmapped!r}", remedy="use 'raise' or 'unknown'")
    found = _outcomes(events, source)["attack_type"]
    lost = found.isna() & events["kind"].notna()
    if lost.any() and unmapped == "raise":
        raise _no_rule(events[lost], source)
    return found.fillna(UNKNOWN).rename("attack_type")


def unmapped_codes(events: pd.DataFrame, source: str) -> dict[str, int]:
    """Return the codes without a rule and how many events have them, sorted by code."""
    lost = _outcomes(events, source)["attack_type"].isna()
    return {str(code): int(n) for code, n in events.loc[lost, "kind"].value_counts().sort_index().items()}


def is_violent(events: pd.DataFrame, source: str) -> pd.Series:
    """Tell which events are violence at all, and not a demonstration, an arrest or an agreement.

    An event whose code is missing or has no rule is taken for violence, so that nothing vanishes silently.
    """
    return (_outcomes(events, source)["violent"] != "no").rename("violent")


def violence(events: pd.DataFrame, source: str) -> pd.Series:
    """Tell which events are violence, as ``is_violent``; all are where a source's codes are none that are known."""
    key = _rules_of(source)
    if key is None or not (_read(key)["violent"] == "no").any():
        return pd.Series(True, index=events.index, name="violent")
    return is_violent(events, source)


def attacked(events: pd.DataFrame, source: str, unmapped: Literal["raise", "unknown"] = "raise") -> pd.Series:
    """Return who was attacked, as far as the source says.

    Parameters
    ----------
    events
        Events with column ``target`` (the source's own code for who was attacked); where they lack it, their
        ``kind`` is looked up.
    source
        Key of the source.
    unmapped
        Whether a code that is not known is an error or ``"unknown"``.

    Returns
    -------
    Series
        ``"civilians"``, ``"state"``, ``"security forces"``, ``"infrastructure"``, ``"armed group"``,
        ``"other"`` or ``"unknown"``, named ``attacked``. Who died may be somebody else.

    Raises
    ------
    UnknownNameError
        The source codes targets, and one of them is not known.
    """
    table = _read("targets")
    known = table[table["source"] == _rules_of(source)]
    codes = events["target"] if "target" in events else events["kind"]
    meaning = dict(zip(map(_plain, known["target"]), known["attacked"], strict=True))
    found = _plain_series(codes).map({"": UNKNOWN, **meaning})
    if found.isna().any() and meaning and unmapped == "raise":
        code, row = codes[found.isna()].iloc[0], events.loc[found.isna(), "row"].iloc[0]
        raise UnknownNameError(
            f"{source} has a target {code!r} that is not known",
            row=int(row),
            remedy="add it to trends/attack_types/targets.csv",
        )
    return found.fillna(UNKNOWN).astype(object).rename("attacked")


def _outcomes(events: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return attack type, violent and note of each event, missing where no rule fits; same index."""
    rules = _rules(source, events)
    conditions = [name for name in rules.columns if name not in _OUTCOMES]
    codes = pd.DataFrame({name: _condition(events, name) for name in conditions})
    distinct = codes.drop_duplicates(ignore_index=True)
    outcome = pd.DataFrame(index=distinct.index, columns=list(_OUTCOMES), dtype=object)
    for _, rule in rules[::-1].iterrows():
        asked = [name for name in conditions if rule[name]]
        fits = (distinct[asked] == [_plain(rule[name]) for name in asked]).all(axis=1)
        outcome.loc[fits] = [rule[name] for name in _OUTCOMES]
    where = pd.MultiIndex.from_frame(distinct).get_indexer(pd.MultiIndex.from_frame(codes))
    return outcome.take(where).set_axis(events.index)


def _rules(source: str, events: pd.DataFrame) -> pd.DataFrame:
    key = _rules_of(source)
    if key is not None:
        return _read(key)
    types = [str(name) for name in attack_types().index]
    strange = set(_plain_series(events["kind"])) - set(types) - {""}
    if strange:
        raise UnknownNameError(
            f"there are no rules for the attack types of {source!r}, and {min(strange)!r} is none",
            remedy=f"use the types {', '.join(types)}, or a source of {', '.join(_sources())}",
        )
    return pd.DataFrame({"kind": types, "attack_type": types, "violent": "yes", "note": ""})


def _rules_of(source: str) -> str | None:
    """Return the name of the rules for a source: its own, or those of the source that its key begins with."""
    fitting = [name for name in _sources() if source == name or source.startswith(f"{name}-")]
    return max(fitting, key=len, default=None)


def _sources() -> list[str]:
    return sorted({path.stem for path in _FOLDER.glob("*.csv")} - _NO_SOURCES)


@cache
def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(_FOLDER / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8")


def _condition(events: pd.DataFrame, name: str) -> pd.Series:
    if name not in events and name != "kind":
        return pd.Series("", index=events.index, dtype=object)
    plain = _plain_series(events[name])
    return plain.isin(_TRUE).map({True: "1", False: ""}) if name == "suicide" else plain


def _plain_series(codes: pd.Series) -> pd.Series:
    distinct: Mapping[object, str] = {code: _plain(str(code)) for code in codes.dropna().unique()}
    return codes.map(distinct).astype(object).fillna("")


def _plain(code: str) -> str:
    return " ".join(code.split()).casefold()


def _no_rule(events: pd.DataFrame, source: str) -> UnknownNameError:
    code = events["kind"].iloc[0]
    others = events["kind"].nunique() - 1
    more = f" and {others} further codes" if others else ""
    return UnknownNameError(
        f"{source} has a kind {code!r}{more} without an attack type ({len(events)} events)",
        row=int(events["row"].iloc[0]),
        remedy=f"add it to trends/attack_types/{_rules_of(source)}.csv, or let unmapped codes be unknown",
    )
