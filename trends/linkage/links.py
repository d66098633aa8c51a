"""The result of a linkage: matches, runners-up, and a sample of them for a person to check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trends.errors import InputError
from trends.files import sha256_of, whole_folder, write_csv, write_json
from trends.linkage.scoring import Weights

FORMAT = "trends-links/1"
TABLES = ("matches.csv", "candidates.csv")
FURTHER = ("overlap.csv", "audit.csv", "sensitivity.csv")  # only what was made
MANIFEST = "links.json"
_BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)
_SHOWN = (
    "date_start",
    "date_end",
    "longitude",
    "latitude",
    "province_name",
    "actor_a",
    "actor_b",
    "kind",
    "deaths_best",
)


@dataclass(frozen=True)
class Settings:
    """What a linkage was asked for; see ``link``.

    Raises
    ------
    InputError
        The window is negative or no number, the threshold is not between 0 and 1, or fewer than no runners-up
        are asked for.
    """

    days: int
    kilometres: float
    threshold: float
    runners_up: int
    weights: Weights

    def __post_init__(self) -> None:
        if not (self.days >= 0 and int(self.days) == self.days and 0 <= self.kilometres < np.inf):
            raise InputError(
                f"the window is {self.days} days and {self.kilometres} kilometres",
                remedy="give whole days and kilometres of 0 or more",
            )
        if not 0 <= self.threshold <= 1:
            raise InputError(f"the threshold is {self.threshold}", remedy="give a score between 0 and 1")
        if self.runners_up < 0:
            raise InputError(f"{self.runners_up} runners-up are asked for", remedy="give 0 or more")


@dataclass(frozen=True, eq=False)
class Links:
    """Which events of two tables are the same.

    Attributes
    ----------
    candidates
        The matches and the best candidates of every event. Columns ``left_id``, ``right_id``; ``score`` (0 to
        1); ``days_apart`` (0 where the spans share a day), ``km_apart``; the components ``date``, ``place``,
        ``actors``, ``kind``, ``deaths`` (0 to 1); ``left_rank``, ``right_rank`` (the pair's rank among all
        candidates of its left and of its right event, 1 for the best); ``matched``. Sorted by the left event's
        identifier and rank.
    settings
        What was asked for.
    left_events, right_events
        Numbers of events.
    left_unplaced, right_unplaced
        Of these, events without a point to link by; they are never matched.
    pairs
        How many candidates there were, those not kept included.
    """

    candidates: pd.DataFrame
    settings: Settings
    left_events: int
    right_events: int
    left_unplaced: int
    right_unplaced: int
    pairs: int

    @property
    def matches(self) -> pd.DataFrame:
        """One row a match, columns as ``candidates`` but ``matched``."""
        chosen = self.candidates[self.candidates["matched"]]
        return chosen.drop(columns="matched").reset_index(drop=True)

    @property
    def counts(self) -> dict[str, int]:
        """How many events were matched, left alone, and could not be linked for want of a point."""
        matched = int(self.candidates["matched"].sum())
        return {
            "matched": matched,
            "left_only": self.left_events - matched,
            "right_only": self.right_events - matched,
            "left_without_a_point": self.left_unplaced,
            "right_without_a_point": self.right_unplaced,
            "candidate_pairs": self.pairs,
        }

    def __str__(self) -> str:
        """Return the window and the counts in a few lines."""
        window = f"within {self.settings.days} days and {self.settings.kilometres:g} km"
        lines = [f"{count:>9,}  {what.replace('_', ' ')}" for what, count in self.counts.items()]
        return "\n".join([*lines, f"{window}, score {self.settings.threshold:g} or more"])

    def audit_sample(self, n: int, seed: int) -> pd.DataFrame:
        """Draw candidates for a person to check, as many as can be from every band of scores.

        Matches and runners-up are drawn apart, so that both wrong matches and missed ones can be estimated:
        each row stands for ``stands_for`` pairs of its stratum.

        Parameters
        ----------
        n
            How many rows at most.
        seed
            Of the random numbers.

        Returns
        -------
        DataFrame
            Columns of ``candidates``, ``stratum`` ("matched 0.9 to 1"), ``stands_for``, and ``verdict``, empty.

        Raises
        ------
        InputError
            ``n`` is less than 1.
        """
        if n < 1:
            raise InputError(f"a sample of {n} is asked for", remedy="give 1 or more")
        stratum = _strata(self.candidates)
        sizes = stratum.value_counts().sort_index()
        shares = _even_shares(sizes, n)
        random = np.random.default_rng(seed)
        rows = [
            np.sort(random.choice(np.flatnonzero(stratum == name), shares[name], replace=False))
            for name in sizes.index
        ]
        at = np.concatenate([np.empty(0, "int64"), *rows])
        of_row = stratum.iloc[at].reset_index(drop=True)
        sample = self.candidates.iloc[at].reset_index(drop=True)
        stands_for = of_row.map(sizes / shares.where(shares > 0)).astype(float)
        return sample.assign(stratum=of_row, stands_for=stands_for, verdict="")

    def side_by_side(self, pairs: pd.DataFrame, left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
        """Return pairs with what both tables say of their events: ``left_kind``, ``right_kind`` and so on."""
        ours = _described(left, "left").reindex(pairs["left_id"]).reset_index(drop=True)
        theirs = _described(right, "right").reindex(pairs["right_id"]).reset_index(drop=True)
        return pd.concat([pairs.reset_index(drop=True), ours, theirs], axis=1)

    def write(
        self,
        folder: Path,
        further: Mapping[str, pd.DataFrame] | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> tuple[Path, ...]:
        """Write matches, candidates and what was asked for to a folder, whole or not at all.

        The tables are CSV that is safe to open in a spreadsheet; ``links.json`` holds settings, counts and
        hashes.

        Parameters
        ----------
        folder
            The folder to write.
        further
            Further tables, by a name of ``FURTHER``.
        told
            What ``links.json`` says besides.

        Raises
        ------
        InputError
            The folder holds something else, or cannot be written.
        """
        tables = dict(zip(TABLES, (self.matches, self.candidates), strict=True)) | dict(further or {})
        with whole_folder(folder, is_links) as draft:
            for name, table in tables.items():
                write_csv(table, draft / name)
            written = {
                name: {"rows": len(table), "sha256": sha256_of(draft / name)}
                for name, table in tables.items()
            }
            content = {
                "format": FORMAT,
                "settings": asdict(self.settings),
                "counts": self.counts,
                "tables": written,
                **(told or {}),
            }
            write_json(content, draft / MANIFEST)
        return tuple(folder / name for name in (*tables, MANIFEST))


def is_links(folder: Path) -> bool:
    """Tell whether a folder was written by ``Links.write`` and holds nothing else."""
    names = {path.name for path in folder.iterdir()}
    if MANIFEST not in names or names - {MANIFEST, *TABLES, *FURTHER}:
        return False
    return f'"format": "{FORMAT}"' in (folder / MANIFEST).read_text(encoding="utf-8", errors="replace")


def _strata(candidates: pd.DataFrame) -> pd.Series:
    band = np.searchsorted(_BANDS, candidates["score"].to_numpy(), side="right") - 1
    names = np.array([f"{low:g} to {high:g}" for low, high in zip(_BANDS, (*_BANDS[1:], 1.0), strict=True)])
    which = np.where(candidates["matched"], "matched ", "not matched ")
    return pd.Series(np.char.add(which, names[band]), index=candidates.index, dtype=object)


def _even_shares(sizes: pd.Series, n: int) -> pd.Series:
    """Share out n among strata as evenly as their sizes allow; what is left over goes to the largest."""
    ascending = sizes.sort_values(kind="stable")
    shares: list[int] = []
    for size in ascending:
        shares.append(min(int(size), (n - sum(shares)) // (len(ascending) - len(shares))))
    return pd.Series(shares, ascending.index, dtype="int64").reindex(sizes.index)


def _described(events: pd.DataFrame, which: str) -> pd.DataFrame:
    indexed = events.assign(event_id=events["event_id"].astype(str)).set_index("event_id")
    return indexed[[name for name in _SHOWN if name in events]].add_prefix(f"{which}_")
