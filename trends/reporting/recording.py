"""The data behind a figure, written beside the page for whoever compares two renderings; the page has none of it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ENVIRONMENT = "TRENDS_RECORD"
DIGITS = 6
LONGEST = 1000  # rows of a layer that are kept one by one


def record_figure(plot: Any, label: str) -> None:
    """Write the data behind a figure into the folder that ``TRENDS_RECORD`` names; without it do nothing.

    Parameters
    ----------
    plot
        A plotnine plot, a composition of them, or a matplotlib figure.
    label
        The figure's label, which becomes the file's name.
    """
    folder = os.environ.get(ENVIRONMENT)
    if folder:
        text = json.dumps(figure_data(plot), ensure_ascii=False, sort_keys=True, allow_nan=False)
        (Path(folder) / f"{label}.json").write_text(text, encoding="utf-8", newline="\n")


def figure_data(plot: Any) -> list[dict[str, Any]]:
    """Return what a figure shows as plain data: one entry a layer.

    Returns
    -------
    list of dict
        For plotnine ``what`` (the geom), ``mapping`` (aesthetic to column), ``constants`` and ``columns`` (column to
        values, floats to six significant digits); for matplotlib the points of each line, patch and collection.
    """
    if hasattr(plot, "layers"):
        return _labels(plot) + [_layer(plot, layer) for layer in plot.layers]
    if hasattr(plot, "items") and not isinstance(plot, Mapping):
        return [layer for part in plot.items for layer in figure_data(part)]
    return [shown for axes in getattr(plot, "axes", []) for shown in _artists(axes)]


def _labels(plot: Any) -> list[dict[str, Any]]:
    """Return titles that were set; some versions of plotnine fill in the columns' names, others do not."""
    labels = plot.labels if isinstance(plot.labels, Mapping) else vars(plot.labels)
    mapped = {(name, str(value)) for one in (plot, *plot.layers) for name, value in dict(one.mapping).items()}
    said = {name: value for name, value in labels.items() if isinstance(value, str) and value}
    set_ = {name: [value] for name, value in sorted(said.items()) if (name, value) not in mapped}
    return [{"what": "labels", "columns": set_}]


def _layer(plot: Any, layer: Any) -> dict[str, Any]:
    given = layer._data if layer._data is not None else plot.data
    frame = given(plot.data) if callable(given) else given
    columns = {} if frame is None else {str(name): _cells(frame[name]) for name in frame.columns}
    inherited = dict(plot.mapping) if layer.inherit_aes else {}
    mapping = {name: str(value) for name, value in {**inherited, **dict(layer.mapping)}.items()}
    return {
        "what": type(layer.geom).__name__,
        "mapping": mapping,
        "constants": {str(name): plain_cell(value) for name, value in layer.geom.aes_params.items()},
        "columns": _outlined(columns),
    }


def _outlined(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Shorten the outlines of a map: one row for all points that differ in coordinates only, with their number and sum."""
    points = len(next(iter(columns.values()), []))
    if points <= LONGEST:
        return columns
    texts = [name for name, cells in columns.items() if not any(isinstance(cell, float) for cell in cells)]
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place, key in enumerate(zip(*(columns[name] for name in texts), strict=True)):
        groups.setdefault(tuple(map(str, key)), []).append(place)
    return {
        name: [_together([cells[place] for place in places]) for places in groups.values()]
        for name, cells in columns.items()
    }


def _together(cells: list[Any]) -> Any:
    if all(cell == cells[0] for cell in cells):
        return cells[0]
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    return f"{len(cells)} points, sum {sum(numbers):.2f}"


def _artists(axes: Any) -> Iterable[dict[str, Any]]:
    for line in axes.get_lines():
        yield _points("line", line.get_xydata())
    for patch in axes.patches:
        yield _points(type(patch).__name__, patch.get_transform().transform_path(patch.get_path()).vertices)
    for collection in axes.collections:
        yield _points(type(collection).__name__, collection.get_offsets())
    said = [text.get_text() for text in axes.texts if text.get_text()]
    if said:
        yield {"what": "texts", "columns": {"text": said}}


def _points(what: str, points: Any) -> dict[str, Any]:
    return {
        "what": what,
        "columns": {"x": _cells(row[0] for row in points), "y": _cells(row[1] for row in points)},
    }


def _cells(values: Iterable[Any]) -> list[Any]:
    return [plain_cell(value) for value in values]


def plain_cell(value: Any) -> Any:
    """Return a value of a figure's data as JSON can hold it: floats rounded, dates as ISO, shapes by their bounds."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "geom_type"):
        ends = ", ".join(f"{end:.4f}" for end in value.bounds)
        return f"{value.geom_type} within {ends}, area {value.area:.4f}"
    if hasattr(value, "isoformat"):
        said = str(value.isoformat())
        return None if said == "NaT" else said.removesuffix("T00:00:00")
    if isinstance(value, list | tuple):
        return _cells(value)
    if hasattr(value, "item"):
        return plain_cell(value.item()) if getattr(value, "ndim", 0) == 0 else _cells(value)
    return _float(value) if isinstance(value, float) else _other(value)


def _float(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else str(value)


def _other(value: Any) -> str | None:
    return None if str(value) in ("<NA>", "NaT") else str(value).split(" at 0x")[0]
