"""The quality report in words: each sentence is made from the numbers by rule."""

from __future__ import annotations

import numpy as np
import pandas as pd

from trends.findings.data_quality import left_over_words
from trends.findings.sources_quality import PanelQuality, QualityFindings
from trends.findings.words import day


def in_short(found: QualityFindings) -> str:
    """Say what was read, what of it is counted, and that it adds up."""
    main = found.main
    left = {name: rows for name, rows in main.rows.items() if name not in ("read", "used")}
    parts = ", ".join(f"{rows:,} {name}" for name, rows in left.items() if rows) or "no others"
    return (
        f"{main.source['title']} ({main.source['version']}): {main.rows['read']:,} rows were read, "
        f"{main.rows['used']:,} are counted; not counted: {parts}. Every row is accounted for."
    )


def not_placed(found: QualityFindings) -> str:
    """Say how well the counted events are dated and located."""
    main = found.main
    events = int(main.quality.precision["events"].sum())
    lost = int(main.quality.precision[["month", "year"]].sum().sum())
    silent = [caveat for caveat in main.caveats if "precise a date" in caveat]
    dated = silent[0] if silent else f"{lost:,} of {events:,} events are dated to a month or year only."
    how = ", ".join(f"{count:,} by {name}" for name, count in main.located.items() if count)
    compared, disagree = main.names["compared"], main.names["disagree"]
    names = (
        f"of {compared:,} names compared with polygons {disagree:,} disagree"
        if compared
        else "the file has no names of provinces to compare with the polygons"
    )
    return f"{dated} Located: {how}; {names}.{left_over_words(main.quality)}"


def agreement(found: QualityFindings) -> str:
    """Say what share of the counts that others published the records hold."""
    if found.published.empty:
        return "No count by others falls into the days that the panel covers."
    shares = 100 * found.published["share"]
    return (
        f"In {len(found.published)} periods for which others published a count of attacks, the records hold "
        f"between {shares.min():.0f} and {shares.max():.0f} for every 100. Others count attacks of every kind; "
        f"what the source counts: {found.main.source['counts']}."
    )


def counted_caption(found: QualityFindings) -> str:
    """Caption of the map of events by province and year."""
    counted = found.main.counted
    none = [str(name) for name in counted.index[counted.sum(axis=1) == 0]]
    first, last = counted.columns[0], counted.columns[-1]
    silent = f" No event in any year: {', '.join(none)}." if none else ""
    return (
        f"Events counted fell from {counted[first].sum():,} in {first} to {counted[last].sum():,} in {last}."
        if counted[first].sum() > counted[last].sum()
        else f"Events counted went from {counted[first].sum():,} in {first} to {counted[last].sum():,} in {last}."
    ) + silent


def counted_alt(found: QualityFindings) -> str:
    """Alternative text of the same figure."""
    counted = found.main.counted
    most = counted.to_numpy().max()
    where, when = np.argwhere(counted.to_numpy() == most)[0]
    return (
        f"A grid of {len(counted)} provinces and {counted.shape[1]} years with the number of events in each cell; the "
        f"most are {most:,} in {counted.index[where]} in {counted.columns[when]}. {counted_caption(found)}"
    )


def outcomes_caption(found: QualityFindings) -> str:
    """Caption of what became of the rows."""
    shares = [f"{one.name}: {one.rows['used']:,} of {one.rows['read']:,}" for one in found.panels]
    return f"What became of the rows read, by the year of their event. Counted: {'; '.join(shares)}."


def outcomes_alt(found: QualityFindings) -> str:
    """Alternative text of the same figure."""
    parts = []
    for one in found.panels:
        rest = ", ".join(f"{rows:,} {name}" for name, rows in one.rows.items() if name != "read" and rows)
        parts.append(f"{one.name}: {one.rows['read']:,} rows, of which {rest}")
    return f"Columns of rows by year, one panel each. {'. '.join(parts)}."


def deaths_caption(found: QualityFindings) -> str:
    """Caption of the three estimates of deaths."""
    deaths = found.main.deaths
    widest = deaths.sort_values("spread", ascending=False, kind="stable").iloc[0]
    return (
        f"The low and high estimates of deaths differ most in {widest['year']}: {int(widest['low']):,} to "
        f"{int(widest['high']):,}, {widest['spread']:.2f} times. The best estimate is what the reports use."
    )


def gaps_words(found: QualityFindings) -> str:
    """Say how long the records are silent where events are most frequent, and what a zero means."""
    gaps = found.main.gaps
    if gaps.empty:
        return "The panel holds no event."
    first = gaps.iloc[0]
    return (
        f"A week without an event is counted as zero, since the source covers it. Such runs are long: in "
        f"{first['province']}, the province with the most events, up to {first['longest']} weeks. Whether nothing "
        f"happened or nothing was reported, the records cannot say."
    )


def published_alt(found: QualityFindings) -> str:
    """Alternative text of the comparison with published counts."""
    rows = [
        f"{_period(row)}: {row['recorded']} recorded, {row['value']:,.0f} counted by {row['source_name']}"
        for _, row in found.published.iterrows()
    ]
    return f"Recorded events for every 100 that others counted, with intervals. {'; '.join(rows)}."


def limits(found: QualityFindings) -> str:
    """List what the sources cannot say, once each, as a Markdown list."""
    seen: dict[str, list[str]] = {}
    for one in found.panels:
        for caveat in one.caveats:
            seen.setdefault(caveat, []).append(one.name)
    everywhere = len(found.panels)
    return "\n".join(
        f"- {caveat}" + ("" if len(names) == everywhere else f" ({'; '.join(names)}.)")
        for caveat, names in seen.items()
    )


def licences(found: QualityFindings) -> str:
    """Name each source once, with its licence."""
    said = dict.fromkeys(f"{one.source['citation']} ({one.source['licence']})." for one in found.panels)
    return " ".join(said)


def window(panel: PanelQuality) -> str:
    """Write the days that a panel covers."""
    return f"{day(pd.Timestamp(panel.days['first']))} to {day(pd.Timestamp(panel.days['last']))}"


def _period(row: pd.Series) -> str:
    return f"{day(row['start'])} to {day(row['end'])}"
