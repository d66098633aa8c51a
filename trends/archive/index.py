"""The archive's index: a year at a glance, the latest week first, a search that asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

from trends.archive.store import BEGIN, END, PAGE, Record, without_links

_ASSETS = Path(__file__).parent
_HEIGHT, _WIDTH = 130, 736
_ALIKE = "This page and the page of the week before are made from the same records: no count was revised between them."


@dataclass(frozen=True)
class Entry:
    """One week in the index: its record, or why there is no page."""

    week: date
    state: str
    record: Record | None

    @property
    def summary(self) -> dict[str, Any]:
        """What the record says of the week; empty without a page."""
        shown = self.record is not None and self.state in ("whole", "outdated")
        return dict(self.record.summary) if shown and self.record else {}


def index_page(title: str, entries: Sequence[Entry], theme: str) -> str:
    """Write the index.

    Parameters
    ----------
    title
        What the archive is of.
    entries
        In the order of their weeks.
    theme
        The reports' style sheet.
    """
    page = (_ASSETS / "index.html").read_text(encoding="utf-8")
    provinces = sorted({name for one in entries for name in one.summary.get("provinces", [])})
    parts = {
        "title": escape(title),
        "theme": theme,
        "overview": overview(entries),
        "options": "".join(f"<option>{escape(name)}</option>" for name in provinces),
        "rows": "\n".join(_row(one) for one in reversed(entries)),
        "said": escape(_said(entries)),
    }
    for name, text in parts.items():
        page = page.replace(f"<!-- {name} -->", text)
    return page


def _said(entries: Sequence[Entry]) -> str:
    there = [one for one in entries if one.summary]
    attacks = sum(int(one.summary["attacks"]) for one in there)
    alerts = sum(bool(one.summary["alerts"]) for one in there)
    broken = sum(one.state in ("broken", "failed") for one in entries)
    missing = sum(one.state == "missing" for one in entries)
    words = f"{_counted(len(there), 'week')} with {_counted(attacks, 'attack')} in all; alerts in {alerts} of them."
    words += f" {_counted(broken, 'page')} {'is' if broken == 1 else 'are'} broken." if broken else ""
    return words + (
        f" {_counted(missing, 'page')} {'is' if missing == 1 else 'are'} missing." if missing else ""
    )


def _counted(count: int, noun: str) -> str:
    """Write a number with its noun; the reports' own words would load their libraries."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def overview(entries: Sequence[Entry]) -> str:
    """Draw attacks by week as bars that lead to the pages; weeks with an alert stand out."""
    top = max([int(one.summary.get("attacks", 0)) for one in entries], default=0)
    step, unit = _WIDTH / max(len(entries), 1), (_HEIGHT - 34) / max(top, 1)
    bars = [_bar(one, place * step, step, unit) for place, one in enumerate(entries)]
    months = [
        f'<text x="{place * step:.1f}" y="{_HEIGHT - 4}">{one.week:%Y-%m}</text>'
        for place, one in enumerate(entries)
        if one.week.day <= 7 and one.week.month % 2 == 1
    ]
    label = escape(f"Attacks by week, at most {top}. {_said(entries)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="overview" role="group" aria-label="{label}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}"><text x="0" y="11">most in a week: {top}</text>'
        f'<path d="M0 {_HEIGHT - 17.5}h{_WIDTH}"/>{"".join(bars)}{"".join(months)}</svg>'
    )


def _bar(one: Entry, x: float, step: float, unit: float) -> str:
    floor, height = _HEIGHT - 18, max(int(one.summary.get("attacks", 0)) * unit, 0.0)
    kind = "gone" if not one.summary else "alert" if one.summary["alerts"] else "bar"
    drawn = f'<rect class="{kind}" x="{x + step * 0.1:.1f}" y="{floor - max(height, 1.5):.1f}" '
    drawn += f'width="{step * 0.8:.1f}" height="{max(height, 1.5):.1f}"/>'
    if not one.summary:
        return f"<g>{drawn}<title>{one.week}: {one.state}</title></g>"
    name = f"Week of {one.week}: {_counted(int(one.summary['attacks']), 'attack')}"
    return f'<a href="{one.week}/{PAGE}" aria-label="{name}" tabindex="-1">{drawn}<title>{name}</title></a>'


def _row(one: Entry) -> str:
    last = one.week + timedelta(days=6)
    when = f"{one.week} to {last}"
    said = one.summary
    if not said:
        error = one.record.error if one.record else ""
        words = {
            "failed": f"broken: {error}",
            "broken": "broken: the page is not the one that was rendered",
            "missing": "missing: not rendered yet",
        }.get(one.state, one.state)
        return (
            f'<tr class="{one.state}" data-provinces="" data-alert="0"><th scope="row">{when}</th>'
            f'<td colspan="4">{escape(words)}</td></tr>'
        )
    provinces, alerts = [str(name) for name in said["provinces"]], [str(name) for name in said["alerts"]]
    old = ' <span class="old">(of an earlier state)</span>' if one.state == "outdated" else ""
    return (
        f'<tr data-provinces="{escape("|".join(provinces))}" data-alert="{int(bool(alerts))}">'
        f'<th scope="row"><a href="{one.week}/{PAGE}">{when}</a>{old}</th>'
        f"<td>{int(said['attacks'])}</td><td>{int(said['deaths'])}</td><td>{escape(', '.join(provinces)) or '–'}</td>"
        f"<td>{escape(', '.join(alerts)) or '–'}</td></tr>"
    )


def linked(page: str, before: date | None, after: date | None, *, alike: bool = False) -> str:
    """Put links to the previous and the next week and to the index at the head of a page.

    Parameters
    ----------
    page
        The page.
    before, after
        The weeks next to it that have a page; None where there is none.
    alike
        Whether the page before is made from the same inputs: then no count can differ between the two, which the
        page says.
    """
    steps = []
    if before is not None:
        steps.append(f'<a rel="prev" href="../{before}/{PAGE}">← Week of {before}</a>')
    steps.append('<a rel="up" href="../index.html">All weeks</a>')
    if after is not None:
        steps.append(f'<a rel="next" href="../{after}/{PAGE}">Week of {after} →</a>')
    steps += [f"<span>{_ALIKE}</span>"] if alike else []
    links = f'{BEGIN}<nav class="other-weeks" aria-label="Other weeks">{"".join(steps)}</nav>{END}\n'
    bare = without_links(page)
    place = bare.find('<header id="title-block-header"')
    if place < 0:
        place = bare.index(">", bare.index("<body")) + 1
    return bare[:place] + links + bare[place:]
