"""Findings as JSON: sorted keys, declared rounding, the same bytes for the same findings."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trends.errors import InputError


def rounded(number: float, digits: int) -> float | int | str | None:
    """Round to ``digits`` significant digits; NaN becomes None, infinities a word.

    JSON has neither NaN nor infinity, and a reader must not take one for the other.
    """
    if math.isnan(number):
        return None
    if math.isinf(number):
        return "infinity" if number > 0 else "-infinity"
    return float(f"{number:.{digits}g}")


def plain(value: Any, digits: int) -> Any:
    """Turn dataclasses, tables, dates and NumPy numbers into what JSON can hold.

    Parameters
    ----------
    value
        A frozen dataclass, DataFrame (becomes a list of records, the index left out unless it is named),
        Series, mapping, sequence, date or number. Dataclass fields whose name starts with ``_`` are left out.
    digits
        Significant digits of every float.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if not field.name.startswith("_")]
        return {name: plain(getattr(value, name), digits) for name in names}
    if isinstance(value, pd.DataFrame):
        table = value.reset_index() if value.index.name else value
        return [plain(record, digits) for record in table.to_dict("records")]
    if isinstance(value, pd.Series):
        return {str(key): plain(item, digits) for key, item in value.items()}
    if isinstance(value, Mapping):
        return {str(key): plain(item, digits) for key, item in value.items()}
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str):
        return [plain(item, digits) for item in value]
    return _plain_scalar(value, digits)


def _plain_scalar(value: Any, digits: int) -> Any:
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return rounded(float(value), digits)
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def to_json(findings: Any, digits: int = 6) -> str:
    """Return the findings as JSON text: keys sorted, floats to ``digits`` significant digits."""
    return json.dumps(plain(findings, digits), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def write_results(findings: Any, folder: str | Path, digits: int = 6) -> Path:
    """Write ``results.json`` into a folder that exists, and return its path.

    Raises
    ------
    InputError
        When the folder does not exist.
    """
    target = Path(folder) / "results.json"
    if not target.parent.is_dir():
        raise InputError("there is no such folder", file=folder, remedy="create it, or name another")
    target.write_text(to_json(findings, digits), encoding="utf-8", newline="\n")
    return target
