"""Files that a spreadsheet of another country saved again: separated by semicolons, with decimal commas and its dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from trends.sources.layout import Layout
from trends.sources.parsing import Parsed

_DECIMAL_COMMA = r"^(\s*[+-]?[0-9]{1,3}),([0-9]+\s*)$"
_DOTTED = r"^\s*([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?: 0?0:00(?::00)?)?\s*$"


def as_saved(layout: Layout) -> Layout:
    """Return a layout that reads decimal commas in coordinates, and days written ``17.03.2020``, as well.

    No number of degrees has thousands, so that a comma in it is a decimal one; and where days are written with dots,
    the day comes first. Dates with slashes are written in either order and stay unread.
    """
    early = layout.early

    def parse(raw: pd.DataFrame) -> Mapping[str, Parsed]:
        return {
            name: replace(parsed, text=raw[parsed.text.name]) if parsed.text.name in raw else parsed
            for name, parsed in layout.parse(_as_published(raw, layout)).items()
        }

    if early is not None:
        start = early.start
        early = replace(early, start=lambda raw: start(_as_published(raw, layout)))
    return replace(layout, parse=parse, early=early)


def _as_published(raw: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    degrees = {
        name: raw[name].str.replace(_DECIMAL_COMMA, r"\1.\2", regex=True)
        for name in layout.degrees
        if name in raw
    }
    return raw.assign(**degrees, **{name: _iso(raw[name]) for name in layout.dates if name in raw})


def _iso(text: pd.Series) -> pd.Series:
    parts = text.str.extract(_DOTTED)
    dates = parts[2] + "-" + parts[1].str.zfill(2) + "-" + parts[0].str.zfill(2)
    return dates.where(dates.notna(), text)
