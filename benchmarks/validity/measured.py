"""What the runs left behind, and numbers taken from it that several tables show."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.validity.identifiable import price
from benchmarks.validity.truths import EFFECTS, Cell

HERE = Path(__file__).parent
OURS, ORACLE = "latent AR(1)", "oracle"
CELL = ["kind", "weeks", "mean", "rho", "sd", "share_before", "phase_in"]
LOW, HIGH, WIDE, FALSE_ALARMS = 0.93, 0.98, 1.15, 0.07


@dataclass(frozen=True)
class Measured:
    """Results of the runs.

    Attributes
    ----------
    results
        One row a cell, method and effect.
    alarms, power
        False alarms and power over 18 provinces.
    speed
        Placebo dates beside loops of fits.
    run
        How many series, which seed, how long.
    """

    results: pd.DataFrame
    alarms: pd.DataFrame
    power: pd.DataFrame
    speed: pd.DataFrame
    run: dict[str, int]

    @property
    def methods(self) -> list[str]:
        """Names of all methods but the oracle, in the order of the run."""
        return [name for name in self.results["method"].unique() if name != ORACLE]

    @property
    def peers(self) -> list[str]:
        """Names of all methods but ours and the oracle."""
        return [name for name in self.methods if name != OURS]


def load(folder: Path = HERE, speed: Path | None = None) -> Measured:
    """Read what `run`, `false_alarms` and `benchmarks.placebo` wrote."""
    tables = [pd.read_csv(folder / f"{name}.csv") for name in ("results", "false_alarms", "power")]
    results = tables[0].assign(follows=follows_model(tables[0]))
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return Measured(results, *tables[1:], pd.read_csv(speed or folder.parent / "placebo.csv"), run)


def follows_model(results: pd.DataFrame) -> pd.Series:
    """Whether a row's truth is one of the grid, not one of the other truths."""
    return (results["kind"] == "ar1") & (results["sd"] == 0.35) & (results["rho"] != 0.9)


def by_cell(results: pd.DataFrame, value: str) -> pd.DataFrame:
    """Cells in the order of the run, one column a (method, effect)."""
    wide = results.pivot(index=CELL, columns=["method", "effect"], values=value)
    order = results.drop_duplicates(CELL).set_index(CELL).index
    return wide.loc[order]


def width_ratios(results: pd.DataFrame, method: str, other: str) -> pd.DataFrame:
    """Median width of a method over another's, by cell and effect, NaN where either is missing."""
    wide = by_cell(results, "width")
    columns = {
        effect: wide[method, effect] / wide[other, effect]
        if (method, effect) in wide and (other, effect) in wide
        else pd.Series(float("nan"), wide.index)
        for effect in EFFECTS
    }
    return pd.DataFrame(columns)


def identifiable(results: pd.DataFrame) -> pd.DataFrame:
    """Whether the truth leaves an interval of at most `WIDE` to be had, by cell and effect; never for other kinds."""
    cells = by_cell(results, "width").index
    rows = [[value <= WIDE for value in _price(key)] for key in cells]
    return pd.DataFrame(rows, index=cells, columns=list(EFFECTS))


def _price(key: tuple) -> tuple[float, ...]:
    kind, weeks, mean, rho, sd, share_before, phase_in = key
    if kind != "ar1":
        return (math.inf,) * len(EFFECTS)
    return price(Cell(float(mean), float(rho), int(weeks), float(share_before), bool(phase_in), float(sd)))


def pooled(rows: pd.DataFrame) -> float:
    """Coverage over several cells, each weighing as many series as were fitted."""
    return float((rows["coverage"] * rows["fitted"]).sum() / rows["fitted"].sum())
