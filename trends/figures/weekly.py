"""Figures of the weekly report, made from its findings."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from plotnine import (
    aes,
    element_text,
    geom_col,
    geom_hline,
    geom_line,
    geom_point,
    geom_rect,
    geom_ribbon,
    geom_text,
    geom_vline,
    ggplot,
    labs,
    scale_fill_manual,
    scale_x_date,
    scale_y_continuous,
    scale_y_log10,
    theme,
)

from trends.figures.claims import claims_against_records
from trends.figures.severity import deaths_per_attack
from trends.figures.theme import EXPECTED, FITTED, INK, OBSERVED, RAMADAN, house_theme
from trends.figures.weekly_map import two_maps
from trends.figures.weekly_unusual import watched
from trends.findings.weekly import WeeklyFindings
from trends.findings.weekly.words_claims import claims_drawn, recorded_label

_LOWEST, _HIGHEST = 1 / 8, 16.0


def maps(found: WeeklyFindings) -> ggplot:
    """Draw the week and the year before on two maps, coloured by attacks per 100,000 people and year."""
    return two_maps(found._panel.country.shapes_file, found.provinces, found.asked.week)


def unusual(found: WeeklyFindings) -> ggplot:
    """Draw what was recorded against what was expected and the threshold: country, groups, provinces."""
    order = {code: place for place, code in enumerate(found.provinces["province"])}
    table = found.unusual.table
    place = [order.get(area, -1) for area in table["area"]]
    return watched(table.assign(place=place).sort_values("place", kind="stable"))


def long_view(found: WeeklyFindings) -> ggplot:
    """Draw two years of weekly counts, this week marked, with smoothed trend, handovers and Ramadan."""
    table = found.long
    top = max(float(table["attacks"].max()) * 1.22, 1.0)
    kinds = ["this week" if week == found.asked.week else "weeks before" for week in table["week"]]
    drawn = table.assign(
        kind=pd.Categorical(kinds, ["weeks before", "this week"]), high=table["high"].clip(upper=top)
    )
    plot = (
        ggplot(drawn, aes("week"))
        + _ramadan(found, top)
        + geom_col(aes(y="attacks", fill="kind"), width=6)
        + scale_fill_manual([OBSERVED, EXPECTED])
        + scale_x_date(date_breaks="3 months", date_labels="%Y-%m")
        + scale_y_continuous(breaks=_whole(top), expand=(0, 0), limits=(0, top))
        + labs(x="", y="attacks a week")
        + house_theme()
        + theme(axis_text_x=element_text(margin={"t": 6}))  # or the lowest number meets the first date
    )
    if table["trend"].notna().all():
        plot += geom_ribbon(aes(ymin="low", ymax="high"), fill=FITTED, alpha=0.15)
        plot += geom_line(aes(y="trend"), color=FITTED, size=1)
    return plot + _handovers(found, top)


def _ramadan(found: WeeklyFindings, top: float) -> list[Any]:
    """Shade Ramadan and name it."""
    spans = found.ramadan.assign(label="Ramadan")
    where: dict[str, Any] = {"data": spans, "inherit_aes": False}
    return [
        geom_rect(aes(xmin="start", xmax="end"), ymin=0, ymax=top, fill=RAMADAN, alpha=0.35, **where),
        geom_text(
            aes("start", label="label"), y=top * 0.97, size=7.5, ha="left", va="top", color=INK, **where
        ),
    ]


def _handovers(found: WeeklyFindings, top: float) -> list[Any]:
    """Draw a line on the day of each handover, and name the first one."""
    if found.handovers.empty:
        return []
    marks = found.handovers.assign(
        label=["handovers of bases", *[""] * len(found.handovers)][: len(found.handovers)]
    )
    where: dict[str, Any] = {"data": marks, "inherit_aes": False}
    return [
        geom_vline(aes(xintercept="date"), color=INK, size=0.45, linetype=(0, (1, 3)), **where),
        geom_text(
            aes("date", label="label"), y=top * 0.9, size=7.5, ha="right", va="top", nudge_x=-4, **where
        ),
    ]


def _whole(top: float) -> list[int]:
    """Return at most seven whole numbers from 0 up."""
    step = next(one for one in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if top / one < 7)
    return list(range(0, int(top) + 1, step))


def effect(found: WeeklyFindings) -> ggplot:
    """Draw how the estimate of the before/after effect moved from week to week, with its interval."""
    table = found.effect.table
    shown = table.assign(
        **{name: table[name].astype(float).clip(_LOWEST, _HIGHEST) for name in ("rate_ratio", "low", "high")}
    )
    reach = (min(0.5, shown["low"].min()), max(2.0, shown["high"].max()))
    named = {1 / 8: "1/8", 1 / 4: "1/4", 1 / 2: "1/2", 1.0: "1", 2.0: "2", 4.0: "4", 8.0: "8", 16.0: "16"}
    breaks = [value for value in named if reach[0] <= value <= reach[1]]
    return (
        ggplot(shown, aes("week"))
        + geom_hline(yintercept=1, color=INK, size=0.5)
        + geom_ribbon(aes(ymin="low", ymax="high"), fill=FITTED, alpha=0.18)
        + geom_line(aes(y="rate_ratio"), color=FITTED, size=1)
        + geom_point(aes(y="rate_ratio"), color=FITTED, size=1.6)
        + geom_point(aes(y="rate_ratio"), data=shown.tail(1), color=EXPECTED, size=3)
        + scale_x_date(date_labels="%Y-%m-%d" if len(shown) < 14 else "%Y-%m", breaks=_dates(shown["week"]))
        + scale_y_log10(breaks=breaks, labels=[named[value] for value in breaks], limits=reach)
        + labs(x="the last week that entered", y="rate after / expected")
        + house_theme()
    )


def _dates(weeks: pd.Series[pd.Timestamp]) -> Any:
    """Choose the dates on the axis: each week's, every other's, ..., or the first days of months."""
    if len(weeks) < 14:
        return list(weeks.iloc[:: 1 + len(weeks) // 6])
    months = pd.date_range(weeks.iloc[0], weeks.iloc[-1], freq="MS")
    return list(months[:: 1 + len(months) // 8])


def severity(found: WeeklyFindings) -> ggplot:
    """Draw deaths per attack of each day and province with the means of both years."""
    one = found.severity
    daily = one.daily.assign(deaths_per_attack=one.daily["deaths_best"] / one.daily["attacks"])
    length = pd.Timedelta(weeks=found._study.against.year_weeks)
    middle, end = found.asked.end - length, found.asked.end
    year = one.year
    rows = (
        [] if year is None else [(middle - length, middle, year.mean_before), (middle, end, year.mean_after)]
    )
    means = pd.DataFrame(rows, columns=["start", "end", "mean"]).astype(
        {"start": "datetime64[ns]", "end": "datetime64[ns]", "mean": float}
    )
    means["label"] = [f"mean {mean:.1f} deaths an attack" for mean in means["mean"] if not math.isnan(mean)]
    return deaths_per_attack(daily, means, found.asked.week) + theme(figure_size=(7.5, 3))


def claims(found: WeeklyFindings) -> ggplot:
    """Draw claims beside records."""
    return claims_against_records(claims_drawn(found), recorded_label(found).lower())
