"""Alerts as sentences, made from their numbers by rules that cannot overclaim.

A count above its threshold is called unusual for its own past, never an outbreak or an offensive, and no cause is
named; a count below it is not called normal.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from trends.models.words import number

if TYPE_CHECKING:
    from trends.surveillance.result import Alerts


def chance(probability: float) -> str:
    """Write a small probability: ``1 in 250``, ``less than 1 in 10,000``, ``23 %``."""
    if probability < 1e-4:
        return "less than 1 in 10,000"
    if probability >= 0.05:
        return f"{100 * probability:.0f} %"
    odds = 1 / probability
    size = 10 ** max(0, math.floor(math.log10(odds)) - 1)
    return f"1 in {round(odds / size) * size:,.0f}"


def row_sentence(row: Any, any_false: float | None) -> str:
    """Say what one row of the table says, in one sentence.

    Parameters
    ----------
    row
        A named tuple of ``Alerts.table``.
    any_false
        Probability of any alert in a week in which nothing has a cause; None where one area is tested by itself.
    """
    opening = f"{row.name}, week of {row.week:%Y-%m-%d}: {_events(row.observed)}"
    if row.method == "provisional":
        return f"{opening} so far; the week is provisional and is not tested."
    expected = f"{number(row.expected)} expected from {row.baseline_weeks} earlier weeks"
    return f"{opening}, {expected}; {_verdict(row, any_false)}."


def _events(count: int) -> str:
    return f"{count:,} event{'' if count == 1 else 's'}"


def _verdict(row: Any, any_false: float | None) -> str:
    tail = f"a count this high without a cause has a probability of {chance(row.probability)}"
    bound = f"the threshold of {_bound(row.threshold)}"
    if row.alert:
        if any_false is None:
            return f"above {bound}, an alert: {tail}"
        any_area = f"one alert or more among all areas at most about {100 * any_false:.2g} %"
        return f"above {bound}, an alert: {tail}, and {any_area}"
    if row.above and not row.enough:
        return f"above {bound}, but with too few events in the last weeks for an alert"
    if row.above:
        return f"above {bound}, but not an alert among so many areas: {tail}"
    return f"not above {bound}, which does not show that nothing has changed"


def _bound(threshold: float) -> str:
    return f"{threshold:,.0f}" if float(threshold).is_integer() else f"{threshold:,.1f}"


def summary(found: Alerts) -> str:
    """Say how many areas were tested, how many alerts there are, and how many to expect by chance."""
    tested = found.table[found.table["method"] != "provisional"]
    left = len(found.table) - len(tested)
    aside = f" {left} provisional counts were not tested." if left else ""
    if tested.empty:
        return f"Nothing was tested: all weeks are provisional.{aside}"
    areas, weeks = tested["area"].nunique(), tested["week"].nunique()
    scope = f"{areas} area{'' if areas == 1 else 's'}" + (f" in {weeks} weeks" if weeks > 1 else "")
    above, alerts = int(tested["above"].sum()), len(found.alerts)
    chances = f"chance alone would give up to about {number(found.expected_false * weeks)}"
    return (
        f"{scope[0].upper()}{scope[1:]} tested: {above} count{'' if above == 1 else 's'} above "
        f"{'its' if above == 1 else 'their'} threshold ({chances}), "
        f"{alerts} of them {'an alert' if alerts == 1 else 'alerts'} after allowing for the number of areas.{aside}"
    )


def note(found: Alerts) -> str:
    """Name the method, its settings, and what happens to sparse series."""
    how, rule = found.farrington, found.sparse
    return (
        "Alerts by the improved Farrington method (Noufaily et al. 2013): a quasi-Poisson regression on "
        f"{how.years} earlier years with {how.periods} seasons"
        f"{' and a trend' if how.trend else ''}, "
        f"{'past outbreaks weighted down, ' if how.reweight else ''}the last {how.recent_weeks} weeks left out; "
        f"a count above its threshold has a probability of at most about {100 * how.alpha:g} % without a cause, and "
        f"no alert is given with fewer than {how.least_events} events in {how.least_events_weeks} weeks. "
        f"A series with fewer than {rule.fewer_than} events in the {rule.weeks} weeks before those left out is too "
        "sparse for that (one to which no regression could be fitted is treated alike): its count is compared with "
        "the predictive distribution that its mean rate and dispersion in those weeks give, and "
        f"fewer than {rule.least_count} events are never an alert. Allowing for several "
        f"areas: Benjamini and Hochberg, {100 * found.false_discovery:g} %."
    )
