"""What becomes of every record of some files: step by step, what is not counted is taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from trends.attack_types import attack_definition, violence
from trends.choices import Choices, Combining
from trends.errors import InputError, TrendsError, UnknownNameError
from trends.events import Located, actor_aliases, locate, merge_duplicates, select_actor
from trends.gazetteer import Country
from trends.ledger import Ledger, ledger
from trends.linkage import Combined, combine
from trends.linkage.types import with_types
from trends.sources import Reading
from trends.vintages import came_out_by, known_by, latest_word, not_out
from trends.windowing import window_events


@dataclass(frozen=True, eq=False)
class Sorted:
    """Where each record went.

    Attributes
    ----------
    located
        The events that are counted, with their provinces.
    spread
        Located events known only to the month or year, where they were asked for.
    rejects
        Records that cannot be used, by file and row.
    rows
        How many records had each outcome; ``read`` is the sum of the others.
    account
        The same by reason, province and year.
    combined
        How several sources became one, where they did.
    """

    located: Located
    spread: pd.DataFrame
    rejects: pd.DataFrame
    rows: Mapping[str, int]
    account: Ledger
    combined: Combined | None = None


def sort_records(readings: Sequence[Reading], choices: Choices) -> Sorted:
    """Divide the records of some files by what becomes of them; each is counted in exactly one place.

    Parameters
    ----------
    readings
        The files.
    choices
        What is asked for.

    Raises
    ------
    InputError
        A choice does not fit the files, or leaves nothing to count.
    TrendsError
        Records were lost or doubled.
    """
    country, boundaries = choices.country, choices.boundaries
    chosen, set_aside = _chosen(readings, choices)
    windowed = window_events(chosen, choices.window, choices.spread)
    set_aside["out_of_window"] = windowed.outside
    located, spread = (locate(part, country, boundaries) for part in (windowed.dated, windowed.spread))
    if choices.spread:
        set_aside["spread"] = spread.events
    unread = [reading.rejects.assign(file=reading.file) for reading in readings]
    rejects = pd.concat([*unread, windowed.rejects, located.rejects, spread.rejects])
    rejects = rejects.sort_values(["file", "row"], ignore_index=True, kind="stable")
    used, combined = located.events, None
    if choices.combining is not None:
        combined = _combined(located.events, readings, choices.combining, country)
        used, twice, left_out = _apart(located.events, readings, combined)
        set_aside |= {"in_an_earlier_source": twice, "not_asked_for": left_out}
    rows = _rows(readings, used, set_aside, rejects)
    passed_over = {what.replace("_", " "): count for what, count in _unread(readings).items()}
    aside: dict[str, pd.DataFrame | int] = {**set_aside, **passed_over}
    account = ledger(readings, used, rejects, country=country, set_aside=aside, boundaries=boundaries)
    differ = located.disagreements.merge(used[["event_id", "row"]].drop_duplicates())
    counted = Located(used, located.rejects, differ, located.compared)
    return Sorted(counted, spread.events, rejects, rows, account, combined)


def files_out(readings: Sequence[Reading], as_of: date | None) -> tuple[Reading, ...]:
    """Return the files that were out on a day; all where no day is given.

    Raises
    ------
    InputError
        None was, or it is not known of one.
    """
    if as_of is None:
        return tuple(readings)
    out = tuple(reading for reading in readings if came_out_by(reading, as_of))
    if not out:
        raise not_out(readings, as_of)
    return out


def _chosen(readings: Sequence[Reading], choices: Choices) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return the events that are an attack of the actor in the country, and the others by reason."""
    aside: dict[str, pd.DataFrame] = {}
    if choices.as_of is None:
        events = _joined(readings, [reading.events for reading in readings])
    else:
        known = [known_by(reading, choices.as_of) for reading in readings]
        events, aside["recorded_after_as_of"] = (
            _joined(readings, list(parts)) for parts in zip(*known, strict=True)
        )
    events, replaced = latest_word(events, files_out(readings, choices.as_of))
    if choices.as_of is not None and events.empty:
        raise InputError(f"nothing was recorded by {choices.as_of}", remedy="choose a later day")
    if len(replaced):
        aside["replaced_by_a_later_file"] = replaced
    events, aside["merged_duplicates"] = merge_duplicates(events)
    events, aside["other_country"] = _of_country(events, choices.country)
    events, aside["other_actor"] = _of_actor(events, choices)
    events, without = _violent(events, {reading.file: reading.source.key for reading in readings})
    if len(without):
        aside["not_violence"] = without
    if choices.attacks != "all":
        events, aside["no_attack_by_definition"] = _attacks(events, choices.attacks)
    return events, aside


def _joined(readings: Sequence[Reading], tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    marked = [
        events.assign(file=reading.file, family=reading.family)
        for reading, events in zip(readings, tables, strict=True)
    ]
    filled = [table for table in marked if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else marked[0]


def _of_country(events: pd.DataFrame, country: Country) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = events["country"].dropna().unique()
    foreign = events["country"].isin([name for name in names if not country.is_called(str(name))])
    if foreign.all():
        raise InputError(
            f"no event lies in {country.name}; the files have {', '.join(sorted(map(str, names))[:5])}",
            column="country",
            remedy="give another file or another country",
        )
    return events[~foreign].reset_index(drop=True), events[foreign]


def _of_actor(events: pd.DataFrame, choices: Choices) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide events by the actor; each source has to know it, or its part of the counts would vanish unseen."""
    if choices.actor is None:
        return events, events.iloc[:0]
    parts = [_with_actor(part, choices) for _, part in events.groupby("family", sort=False)]
    chosen, others = zip(*parts, strict=True)
    return pd.concat(chosen, ignore_index=True), pd.concat(others, ignore_index=True)


def _with_actor(events: pd.DataFrame, choices: Choices) -> tuple[pd.DataFrame, pd.DataFrame]:
    actor = str(choices.actor)
    try:
        return select_actor(events, actor, actor_aliases(actor, choices.country))
    except InputError as error:
        if choices.combining is None:
            raise
        file = str(events["file"].iloc[0])
        raise type(error)(error.what, file=file, column=error.column, remedy=error.remedy) from error


def _violent(events: pd.DataFrame, sources: Mapping[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide events into violence and what is none by its source's codes, such as a demonstration or an agreement."""
    parts = [violence(part, sources[str(file)]) for file, part in events.groupby("file", sort=False)]
    violent = pd.concat(parts).reindex(events.index) if parts else pd.Series(dtype=bool)
    if violent.all():
        return events, events.iloc[:0]
    return events[violent].reset_index(drop=True), events[~violent].reset_index(drop=True)


def _attacks(events: pd.DataFrame, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide events by a definition of attack, file by file: each has to have what the definition needs."""
    kept = []
    for file, part in events.groupby("file", sort=False):
        try:
            kept.append(attack_definition(part, name).index)
        except UnknownNameError:
            raise
        except InputError as error:
            raise InputError(error.what, file=str(file), column=error.column, remedy=error.remedy) from error
    chosen = events.index.isin(kept[0].append(kept[1:]))
    return events[chosen].reset_index(drop=True), events[~chosen]


def _combined(
    events: pd.DataFrame, readings: Sequence[Reading], combining: Combining, country: Country
) -> Combined:
    names = {reading.family: reading.source.key for reading in reversed(readings)}
    order = dict.fromkeys(reading.family for reading in readings)
    tables = {
        names[family]: with_types(events[events["family"] == family], names[family]) for family in order
    }
    return combine(
        tables,
        how=combining.how,
        days=combining.days,
        kilometres=combining.kilometres,
        actors=country.actors,
    )


def _apart(
    events: pd.DataFrame, readings: Sequence[Reading], combined: Combined
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Divide events into those that stand, those that an earlier source has too, and those not asked for."""
    names = {reading.family: reading.source.key for reading in reversed(readings)}
    member = events["family"].map(names) + ":" + events["event_id"].astype(str)
    stands = member.isin(combined.events["event_id"])
    named = member.isin(combined.events["members"].str.split(";").explode())
    parts = (events[stands], events[named & ~stands], events[~named])
    return tuple(part.reset_index(drop=True) for part in parts)  # type: ignore[return-value]


def _rows(
    readings: Sequence[Reading],
    used: pd.DataFrame,
    set_aside: Mapping[str, pd.DataFrame],
    rejects: pd.DataFrame,
) -> dict[str, int]:
    unread = _unread(readings)
    rows = {
        "read": sum(reading.rows for reading in readings),
        "used": len(used),
        **{what: len(events) + unread.get(what, 0) for what, events in set_aside.items()},
        "rejected": len(rejects),
    }
    gone = sum(count for what, count in rows.items() if what != "read")
    if gone != rows["read"]:
        raise TrendsError(
            f"{rows['read']} rows were read but {gone} are accounted for", remedy="report this fault"
        )
    if not rows["used"]:
        parts = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in rows.items() if count)
        raise InputError(
            f"no event is left to count ({parts})", remedy="check the actor, the window and the file"
        )
    return rows


def _unread(readings: Sequence[Reading]) -> dict[str, int]:
    """Return how many records of large files were passed over, by reason."""
    reasons = dict.fromkeys(what for reading in readings for what in reading.set_aside)
    return {what: sum(reading.set_aside.get(what, 0) for reading in readings) for what in reasons}
