"""The grid of reasonable specifications as one table and one figure (a specification curve)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from trends.checks.display import CheckResult
from trends.errors import EstimationError, InputError
from trends.models.control import Control
from trends.models.result import InterruptedResult
from trends.models.words import number
from trends.study import Specification, Study

Setting = TypeVar("Setting")
HIDDEN = ("name", "note")


@dataclass(frozen=True, eq=False)
class SpecificationGrid(CheckResult):
    """The average rate ratio under every specification.

    Attributes
    ----------
    table
        ``name, rate_ratio, low, high, p_value, method, note`` and one column for each choice that differs, in
        the order given. A specification that the data do not allow has no numbers and says why.
    choices
        Names of the columns of choices.
    main
        Name of the specification that was fixed beforehand: the first one.
    """

    choices: tuple[str, ...]
    main: str

    def sentence(self) -> str:
        """Name the fixed answer and the range of all others."""
        rows = self.table.dropna(subset=["rate_ratio"])
        above, below = int((rows["low"] > 1).sum()), int((rows["high"] < 1).sum())
        none = len(self.table) - len(rows)
        lost = f" {none} could not be fitted." if none else ""
        first = self.table.iloc[0]
        own = (
            "could not be fitted"
            if np.isnan(first["rate_ratio"])
            else f"gives {number(first['rate_ratio'])} ({number(first['low'])} to {number(first['high'])})"
        )
        return (
            f"The specification named first, {self.main!r}, {own}; over {len(rows)} specifications the rate ratio "
            f"lies between {number(rows['rate_ratio'].min())} and {number(rows['rate_ratio'].max())}; {above} intervals "
            f"lie above no change and {below} below.{lost} They share their data, so they are not independent votes."
        )

    def sorted(self) -> pd.DataFrame:
        """Return the table by rate ratio, without the rows that have none."""
        return self.table.dropna(subset=["rate_ratio"]).sort_values("rate_ratio", kind="stable")

    def plot(self) -> Any:
        """Draw estimates by size, and below them which choices each one makes."""
        from trends.checks.plots_grid import specification_figure

        return specification_figure(self, self.sorted())

    def plot_in_order(self) -> Any:
        """Draw the same in the order of the grid."""
        from trends.checks.plots_grid import specification_figure

        return specification_figure(self, self.table.dropna(subset=["rate_ratio"]))


def specification_grid(
    fit: Callable[[Any], InterruptedResult],
    grid: Study | Iterable[Specification] | Mapping[str, Mapping[str, Any]],
) -> SpecificationGrid:
    """Fit every specification of a grid (Simonsohn, Simmons & Nelson 2020).

    Parameters
    ----------
    fit
        Turns one specification (of a study) or one mapping of settings into a result, such as
        ``lambda s: trends.interrupted(counts, date, **s)``.
    grid
        A study, its specifications, or settings by name; the first one is the one fixed beforehand.

    Raises
    ------
    InputError
        An empty grid.
    EstimationError
        None could be fitted.

    References
    ----------
    Simonsohn, U., Simmons, J. P. & Nelson, L. D. (2020). Specification curve analysis. Nature Human Behaviour 4,
    1208-1214.
    """
    named = _named(grid)
    if not named:
        raise InputError("the grid holds no specification", remedy="give at least one")
    choices = _choices(named)
    rows = [_row(fit, name, setting, choices) for name, setting in named.items()]
    table = pd.DataFrame(rows)
    if table["rate_ratio"].isna().all():
        raise EstimationError(f"no specification could be fitted: {table['note'].iloc[0]}")
    main = next(iter(named))
    return SpecificationGrid("Reasonable specifications", table, (), tuple(choices), main)


def _named(grid: Study | Iterable[Specification] | Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    if isinstance(grid, Study):
        grid = grid.specifications()
    if isinstance(grid, Mapping):
        return dict(grid)
    return {one.name: one for one in grid}


def _choices(named: Mapping[str, Any]) -> list[str]:
    """Names of the settings that are not the same everywhere."""
    settings = [_settings(one) for one in named.values()]
    names = list(dict.fromkeys(name for one in settings for name in one if name not in HIDDEN))
    return [name for name in names if len({_word(one.get(name, "default")) for one in settings}) > 1]


def _settings(one: Any) -> Mapping[str, Any]:
    if is_dataclass(one):
        return {part.name: getattr(one, part.name) for part in fields(one)}
    return dict(one)


def _row(
    fit: Callable[[Any], InterruptedResult], name: str, setting: Any, choices: list[str]
) -> dict[str, Any]:
    settings = _settings(setting)
    chosen = {choice: _word(settings.get(choice, "default")) for choice in choices}
    row = {"name": name, "rate_ratio": np.nan, "low": np.nan, "high": np.nan, "p_value": np.nan}
    try:
        result = fit(setting)
    except EstimationError as error:
        return {**row, "method": "none", "note": f"no estimate: {error.what}", **chosen}
    numbers = result.average()._asdict()
    return {**row, **numbers, "method": result.method, "note": str(settings.get("note", "")), **chosen}


def _word(value: Any) -> str:
    """Write a choice in a word or two; series and frames by their names."""
    if isinstance(value, Control):
        return f"{_word(value.series)}, {value.how}"
    if isinstance(value, pd.Series):
        return str(value.name)
    if isinstance(value, pd.DataFrame):
        return ", ".join(map(str, value.columns))
    if value is None or value == () or value == []:
        return "none"
    if hasattr(value, "first") and hasattr(value, "last"):
        return f"{value.first} to {value.last}"
    if isinstance(value, (tuple, list)):
        return ", ".join(dict.fromkeys(_word(getattr(one, "shape", one)) for one in value))
    return str(value)
