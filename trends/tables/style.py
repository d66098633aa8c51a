"""The common look of all tables, and cells that say what they mean."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
from great_tables import GT
from great_tables._text import BaseText

from trends.findings.words import interval, ratio


def house_table(table: pd.DataFrame, labels: Mapping[str, str], *, groups: str | None = None) -> GT:
    """Return a plain table whose columns are those of ``labels``, in their order.

    Text cells are escaped by great_tables; nothing in them is taken for markup.

    Parameters
    ----------
    table
        One row a row.
    labels
        Column name to header; columns not named are left out.
    groups
        Column whose values head groups of rows.
    """
    names = [*([groups] if groups else []), *labels]
    drawn = GT(table[names], groupname_col=groups, id=None)
    numbers = [name for name in labels if pd.api.types.is_numeric_dtype(table[name])]
    aligned = drawn.cols_label(dict[str, str | BaseText](labels)).cols_align("left")
    if numbers:
        aligned = aligned.cols_align("right", columns=numbers)
    return aligned.sub_missing(missing_text="–").tab_options(
        table_font_size="0.9em",
        table_width="100%",
        column_labels_font_weight="bold",
        row_group_font_weight="bold",
        data_row_padding="4px",
    )


def with_interval(rate_ratio: float, low: float, high: float) -> str:
    """Write a ratio and its interval in one cell that does not wrap inside them; a dash where there is none."""
    if math.isnan(low) or math.isnan(high):
        return "–"
    return unbroken(f"{ratio(rate_ratio)}") + f" ({unbroken(interval(low, high))})"


def unbroken(text: str) -> str:
    """Keep a cell's text on one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")
