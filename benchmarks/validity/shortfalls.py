"""What was asked for and not reached, in sentences that follow the numbers."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from benchmarks.validity.false_alarms import OURS as WAYS
from benchmarks.validity.measured import (
    FALSE_ALARMS,
    HIGH,
    LOW,
    ORACLE,
    OURS,
    WIDE,
    Measured,
    identifiable,
    width_ratios,
)
from benchmarks.validity.truths import EFFECTS

FASTER, SECONDS, MINUTES = 50, 3.0, 15


def shortfalls(found: Measured) -> list[str]:
    """List what falls short, the largest matters first; a single line where nothing does."""
    parts = [_coverage(found), _others(found), _widths(found), _alarms(found), _speed(found)]
    lines = [f"- {line}" for part in parts for line in part]
    return lines or ["Nothing that was asked for was missed in these runs."]


def _coverage(found: Measured) -> Iterator[str]:
    own = _ours(found.results[found.results["follows"]])
    error = (0.95 * 0.05 / found.run["replicates"]) ** 0.5
    for effect in EFFECTS:
        some = own[own["effect"] == effect]
        below, above = some[some["coverage"] < LOW], some[some["coverage"] > HIGH]
        if len(below):
            yield (
                f"{effect}: {len(below)} of {len(some)} cells cover less than {LOW:g} (Monte Carlo error {error:.3f}); "
                f"lowest {below['coverage'].min():.3f} at {_where(below.loc[below['coverage'].idxmin()])}."
            )
        if len(above):
            yield (
                f"{effect}: {len(above)} of {len(some)} cells cover more than {HIGH:g}, so that intervals there are "
                f"wider than they need be; highest {above['coverage'].max():.3f}."
            )


def _others(found: Measured) -> Iterator[str]:
    own = _ours(found.results[~found.results["follows"]])
    low = own[own["coverage"] < LOW]
    for (kind, sd, rho), some in low.groupby(["kind", "sd", "rho"], sort=False):
        name = kind if kind != "ar1" else f"AR(1) with sd {sd:g} and rho {rho:g}"
        worst = some.loc[some["coverage"].idxmin()]
        yield (
            f"Other truth, {name}: coverage down to {worst['coverage']:.3f} ({worst['effect']}, mean {worst['mean']:g})."
        )


def _widths(found: Measured) -> Iterator[str]:
    grid = found.results[found.results["follows"]]
    wide, known = width_ratios(grid, OURS, ORACLE), identifiable(grid)
    for effect in EFFECTS:
        some = wide[effect][known[effect]]
        over = some[some > WIDE]
        if len(over):
            yield (
                f"Width, {effect}: {len(over)} of the {len(some)} cells where the noise is identifiable above {WIDE:g} "
                f"times the oracle's, at most {over.max():.2f} ({_cell(over.idxmax())})."
            )


def _alarms(found: Measured) -> Iterator[str]:
    for method in WAYS:
        some = found.alarms[found.alarms["method"] == method]
        over = some[some["flagged"] > FALSE_ALARMS]
        if len(over):
            worst = over.loc[over["flagged"].idxmax()]
            yield (
                f"False alarms, {method}: above {100 * FALSE_ALARMS:.0f} % in {len(over)} of {len(some)} settings, at most "
                f"{100 * worst['flagged']:.1f} % ({worst['profile']}, rho {worst['rho']:g})."
            )


def _speed(found: Measured) -> Iterator[str]:
    batch = found.speed.iloc[0]
    if batch["clock_s"] > SECONDS:
        yield (
            f"{batch['fits']} placebo fits took {batch['clock_s']:.1f} s on the clock ({batch['processor_s']:.1f} s of "
            f"processor time), not {SECONDS:g} s."
        )
    ratio = times_faster(found)
    if ratio is not None and ratio < FASTER:
        yield f"A series takes a {ratio:.0f}th of glmmTMB's time, not a {FASTER}th."
    if found.run["seconds"] > 60 * MINUTES:
        yield f"The grid took {found.run['seconds'] / 60:.0f} minutes with its peers, not {MINUTES}."


def times_faster(found: Measured) -> float | None:
    """Return glmmTMB's median time a series over ours in the same cells; None where R was missing."""
    table = found.results[found.results["effect"] == EFFECTS[0]]
    theirs = table[table["method"].str.startswith("glmmTMB")]
    if theirs.empty:
        return None
    ours = table[(table["method"] == OURS) & (table["weeks"] == theirs["weeks"].iloc[0])]
    return float(theirs["ms"].median() / ours["ms"].median())


def _ours(results: pd.DataFrame) -> pd.DataFrame:
    return results[results["method"] == OURS]


def _where(row: pd.Series) -> str:
    return f"{row['weeks']} weeks, mean {row['mean']:g}, rho {row['rho']:g}"


def _cell(key: tuple) -> str:
    _, weeks, mean, rho, *_ = key
    return f"{weeks} weeks, mean {mean:g}, rho {rho:g}"
