"""Tables of the validity study in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from benchmarks.validity.measured import (
    FALSE_ALARMS,
    HIGH,
    LOW,
    ORACLE,
    OURS,
    WIDE,
    Measured,
    by_cell,
    identifiable,
    pooled,
    width_ratios,
)
from benchmarks.validity.truths import EFFECTS

RHOS = (0.0, 0.3, 0.6, 0.8)


def markdown(names: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> list[str]:
    """Make a table whose first ``words`` columns are words, the others numbers."""
    align = ["---"] * words + ["---:"] * (len(names) - words)
    return [f"| {' | '.join(line)} |" for line in (names, align, *rows)]


def number(value: float, digits: int = 3) -> str:
    """Format a number; a dash where there is none."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def marked(value: float) -> str:
    """Format a coverage, bold outside what was asked for."""
    return number(value) if math.isnan(value) or LOW <= value <= HIGH else f"**{value:.3f}**"


def ratio_marked(value: float, known: bool) -> str:
    """Format a width: bold where it is above the bound, in brackets where the noise is not identifiable."""
    if math.isnan(value):
        return number(value, 2)
    if not known:
        return f"({value:.2f})"
    return f"**{value:.2f}**" if value > WIDE else f"{value:.2f}"


def summary(found: Measured) -> list[str]:
    """Our coverage and width by effect, over the cells that follow the model."""
    rows = []
    grid = found.results[found.results["follows"]]
    wide, known = width_ratios(grid, OURS, ORACLE), identifiable(grid)
    for effect in EFFECTS:
        own = grid[(grid["method"] == OURS) & (grid["effect"] == effect)]["coverage"]
        inside = int(own.between(LOW, HIGH).sum())
        ratio = wide[effect]
        sure = ratio[known[effect]]
        rows.append(
            [
                *(
                    effect,
                    str(len(own)),
                    number(own.min()),
                    number(own.mean()),
                    number(own.max()),
                    str(inside),
                ),
                *(number(ratio.median(), 2), number(ratio.max(), 2)),
                *(str(len(sure)), number(sure.max(), 2), str(int((sure <= WIDE).sum()))),
            ]
        )
    names = ["effect", "cells", "coverage: lowest", "mean", "highest", f"cells within {LOW:g} to {HIGH:g}"]
    return markdown(
        [*names, "width: median", "widest", "identifiable", "widest of these", f"of these at most {WIDE:g}"],
        rows,
    )


def methods(found: Measured) -> list[str]:
    """Every method over the cells of 157 weeks that follow the model: coverage pooled, width, time."""
    grid = found.results[found.results["follows"] & (found.results["weeks"] == 157)]
    rows = []
    for method in found.methods:
        own = grid[grid["method"] == method]
        ratios = width_ratios(grid, method, OURS)
        covered = [
            pooled(own[own["effect"] == effect]) if _has(own, effect) else math.nan for effect in EFFECTS
        ]
        first = own.drop_duplicates(["mean", "rho", "phase_in"])
        unfitted = 1 - first["fitted"].sum() / first["series"].sum()
        rows.append(
            [method, str(first["series"].sum()), number(100 * unfitted, 1)]
            + [number(value) for value in covered]
            + [number(ratios[effect].median(), 2) for effect in (EFFECTS[0], EFFECTS[2])]
            + [number(own["ms"].median(), 1)]
        )
    names = ["method", "series", "not fitted, %", *(f"{effect} covered" for effect in EFFECTS)]
    return markdown([*names, "width, level", "width, average", "ms a series"], rows)


def by_rho(found: Measured) -> list[str]:
    """Coverage of every method by autocorrelation, cells of 157 weeks pooled: of the level, or the average."""
    grid = found.results[found.results["follows"] & (found.results["weeks"] == 157)]
    rows = []
    for method in found.methods:
        own = grid[grid["method"] == method]
        effect = EFFECTS[0] if _has(own, EFFECTS[0]) else EFFECTS[2]
        own = own[own["effect"] == effect]
        rows.append([method, effect, *(number(pooled(own[own["rho"] == rho])) for rho in RHOS)])
    return markdown(["method", "covered", *(f"rho {rho:g}" for rho in RHOS)], rows, words=2)


def _has(rows: pd.DataFrame, effect: str) -> bool:
    return bool((rows["effect"] == effect).any())


def ours_by_cell(results: pd.DataFrame) -> list[str]:
    """Our coverage and width, cell by cell."""
    coverage, wide = by_cell(results, "coverage"), width_ratios(results, OURS, ORACLE)
    clear = identifiable(results)
    rows = []
    for cell, values in coverage.iterrows():
        known = float(values.get((ORACLE, EFFECTS[0]), math.nan))
        rows.append(
            [*_place(cell), *(marked(values[OURS, effect]) for effect in EFFECTS)]
            + [ratio_marked(wide.loc[cell, effect], bool(clear.loc[cell, effect])) for effect in EFFECTS]
            + [number(known)]
        )
    names = ["truth", "weeks", "mean", "rho", "before", "phase-in", "level", "slope", "average", "excess"]
    return markdown([*names, "width: level", "slope", "average", "excess", "oracle, level"], rows)


def peers_by_cell(found: Measured, results: pd.DataFrame) -> list[str]:
    """Coverage of our level interval and of every peer's, cell by cell; of the average where a peer has no level."""
    coverage = by_cell(results, "coverage")
    names = [OURS, *found.peers]
    rows = [
        [*_place(cell), *(_covered(values, name) for name in names)] for cell, values in coverage.iterrows()
    ]
    return markdown(["truth", "weeks", "mean", "rho", "before", "phase-in", *names], rows)


def _covered(values: pd.Series, method: str) -> str:
    level = float(values.get((method, EFFECTS[0]), math.nan))
    average = float(values.get((method, EFFECTS[2]), math.nan))
    return number(average if math.isnan(level) else level)


def _place(cell: tuple) -> list[str]:
    kind, weeks, mean, rho, sd, share, phase_in = cell
    name = kind if kind != "ar1" else "AR(1)" if sd == 0.35 else f"AR(1), sd {sd:g}"
    return [name, f"{weeks}", f"{mean:g}", f"{rho:g}", f"{share:g}", "missing" if phase_in else "kept"]


def false_alarms(found: Measured) -> list[str]:
    """Share of reports without any effect in which some province is flagged."""
    names = list(found.alarms["method"].unique())
    rows = []
    for (profile, rho), some in found.alarms.groupby(["profile", "rho"], sort=False):
        by_name = some.set_index("method")
        cells = [_alarm(by_name.loc[name]) if name in by_name.index else "–" for name in names]
        rows.append([str(profile), f"{rho:g}", number(float(some["tests"].iloc[0]), 1), *cells])
    return markdown(["events a week", "rho", "tests a report", *names], rows)


def _alarm(row: pd.Series) -> str:
    share = number(100 * row["flagged"], 1)
    share = f"**{share}**" if row["flagged"] > FALSE_ALARMS else share
    return f"{share} ({number(100 * row['unadjusted'], 1)})"


def power(found: Measured) -> list[str]:
    """Share of changed provinces that are flagged, by the true ratio."""
    ratios = sorted(found.power["ratio"].unique())
    rows = []
    for key, some in found.power.groupby(["profile", "rho", "where", "method"], sort=False):
        values = some.set_index("ratio")["power"]
        profile, rho, where, method = key
        names = [str(profile), f"{rho:g}", str(where), str(method)]
        rows.append([*names, *(number(float(values[ratio]), 2) for ratio in ratios)])
    return markdown(
        ["events a week", "rho", "changed", "comparison", *(f"ratio {ratio:g}" for ratio in ratios)],
        rows,
        words=4,
    )


def speed(found: Measured) -> list[str]:
    """Placebo dates beside loops of single fits."""
    batch = found.speed.iloc[0]
    rows = []
    for _, row in found.speed.iterrows():
        whole = row["ms_a_fit"] * batch["fits"] / 1e3
        rows.append(
            [
                *(row["what"], str(row["fits"]), number(row["clock_s"], 2), number(row["processor_s"], 2)),
                *(number(row["ms_a_fit"], 2), number(whole, 1)),
                number(row["ms_a_fit"] / batch["ms_a_fit"], 2),
            ]
        )
    names = ["what", "fits", "clock, s", "processor, s", "processor, ms a fit"]
    return markdown([*names, f"{batch['fits']} such fits, s", "times placebo_dates"], rows)
