"""How good the data are that a report rests on: the ledger of its panel, as tables for a reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from trends.calendar import days_left_over
from trends.errors import InputError
from trends.ledger import Ledger, load_ledger
from trends.panel import WeeklyPanel
from trends.precision import PRECISIONS


@dataclass(frozen=True)
class DataQuality:
    """What became of every row of the raw files, and how precisely events are dated.

    Attributes
    ----------
    reasons
        Rejected rows by reason.
    by_year, by_province
        Rows by year, or by province (name), one column an outcome and ``read``; what is not known last.
    precision
        By year: ``events`` that are counted, spread or rejected, how many are dated to the ``day``, ``week``,
        ``month`` and ``year``, and ``no_week``, the share to which no week can be given.
    precision_by_province
        The same share by province (name) and year, one column a year, missing where there is no event.
    coverage
        Each file, its source and version, rows, and the first and last day for which it is complete.
    left_over
        Days that the files cover but that make no whole week, and their events, which no weekly count holds:
        ``days_before`` the first week, ``days_after`` the last, ``events``.
    """

    reasons: dict[str, int]
    by_year: pd.DataFrame
    by_province: pd.DataFrame
    precision: pd.DataFrame
    precision_by_province: pd.DataFrame
    coverage: pd.DataFrame
    left_over: dict[str, int]


def data_quality(folder: Path, panel: WeeklyPanel) -> tuple[DataQuality, Ledger]:
    """Return the data quality of a processed folder, and the ledger it is taken from.

    Parameters
    ----------
    folder
        The folder.
    panel
        The panel that was loaded from it, whose weeks are the ones that count.

    Raises
    ------
    InputError
        The folder is not as ``trends build`` wrote it.
    """
    account = load_ledger(folder)
    if account.frame.empty:
        raise InputError("the ledger is empty", file=folder, remedy="build it again with `trends build`")
    names = panel.country.provinces["name"]
    return (
        DataQuality(
            reasons=account.reasons(),
            by_year=_labelled(account.by("year"), None),
            by_province=_labelled(account.by("province"), names),
            precision=_precision(account),
            precision_by_province=_shares(account, names),
            coverage=account.coverage,
            left_over=_left_over(panel),
        ),
        account,
    )


def _left_over(panel: WeeklyPanel) -> dict[str, int]:
    before, after = days_left_over(panel.first, panel.last, panel.week_start)
    events = int(panel.daily["attacks"].sum()) - int(panel.frame["attacks"].sum())
    return {"days_before": before, "days_after": after, "events": events}


def _labelled(table: pd.DataFrame, names: pd.Series[str] | None) -> pd.DataFrame:
    """Return a table whose index is text, what is not known last."""
    key = str(table.index.name)
    shown = table.reset_index()
    unknown = shown[key].isna() | (shown[key].astype(str) == "")
    text = shown[key].astype(str) if names is None else shown[key].map(names).fillna("")
    shown = shown.assign(**{key: text.where(~unknown, "not known")})
    order = [*shown.index[~unknown], *shown.index[unknown]]
    return shown.loc[order].reset_index(drop=True)


def _precision(account: Ledger) -> pd.DataFrame:
    dated = {f"to_{name}": name for name in PRECISIONS}
    sums = account.precision.groupby("year")[["events", *dated]].sum().rename(columns=dated)
    shares = (sums["month"] + sums["year"]) / sums["events"]
    return sums.assign(no_week=shares).rename_axis("when").reset_index().astype({"when": str})


def _shares(account: Ledger, names: pd.Series[str]) -> pd.DataFrame:
    wide = account.unplaceable("province", "year")["share"].unstack("year")
    label = [str(names.get(code, "not known")) for code in wide.index]
    return wide.set_axis(label).rename_axis("province").rename(columns=str).rename_axis(columns=None)


def data_quality_words(quality: DataQuality, caveats: Sequence[str] = ()) -> str:
    """Say how many rows were read and used, what was rejected and why, and how precisely events are dated."""
    rows = quality.by_year.drop(columns="year").sum()
    parts = [f"{rows['used']:,} of {rows['read']:,} rows are counted"]
    if quality.reasons:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in quality.reasons.items())
        parts.append(f"{sum(quality.reasons.values()):,} were rejected ({reasons})")
    events = int(quality.precision["events"].sum())
    lost = int(quality.precision[["month", "year"]].sum().sum())
    parts.append(
        f"{lost:,} of {events:,} events ({100 * lost / max(events, 1):.1f} %) are known to the month or year only"
    )
    return f"{'; '.join(parts)}.{left_over_words(quality)}" + "".join(
        f" {caveat}" for caveat in caveats if "precise a date" in caveat
    )


def left_over_words(quality: DataQuality) -> str:
    """Say which covered days make no whole week, with a blank before it; nothing where there is none."""
    before, after = (quality.left_over[f"days_{place}"] for place in ("before", "after"))
    if not before + after:
        return ""
    parts = [
        f"the {which} {days} days" if days > 1 else f"the {which} day"
        for which, days in (("first", before), ("last", after))
        if days
    ]
    events = quality.left_over["events"]
    make, their = ("make", "their") if before + after > 1 else ("makes", "its")
    return (
        f" {' and '.join(parts).capitalize()} of what is covered {make} no whole week, so that no weekly count holds "
        f"{their} {events:,} event{'' if events == 1 else 's'}."
    )
