"""Findings as sentences, made from their numbers by rules that cannot overclaim.

Direction and size come before the interval; an interval that leaves out no change is not called
significant, and one that does not is not called no effect; a lone series is not given a cause.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trends.models.rates import RateComparison
    from trends.models.result import InterruptedResult

CAUTION = "The series is compared with its own past: whatever else changed at that time is not separated."


def number(value: float) -> str:
    """Two or three significant digits; infinity as words."""
    if math.isinf(value):
        return "infinity"
    if value == 0:
        return "0"
    digits = 2 if abs(value) < 10 else 0
    text = f"{value:,.{digits}f}"
    return text if float(text.replace(",", "")) != 0 else f"{value:.1g}"


def change(ratio: float) -> str:
    """Put a rate ratio in words: ``a fall of 29 %``, ``a rise of 13 %``, ``a rise to 3.1 times``."""
    if ratio <= 0:
        return "a fall to nothing"
    if math.isinf(ratio):
        return "a rise without limit"
    if ratio < 1:
        return f"a fall of {100 * (1 - ratio):.0f} %"
    if ratio < 2:
        return f"a rise of {100 * (ratio - 1):.0f} %"
    return f"a rise to {number(ratio)} times"


def interval_clause(low: float, high: float) -> str:
    """Say what an interval leaves open."""
    if low <= 1 <= high:
        return f"anything from {change(low)} to {change(high)} is compatible with the data"
    near, far = (low, high) if low > 1 else (high, low)
    return f"between {change(near)} and {change(far)}"


def coverage(level: float) -> str:
    """``95 % interval``."""
    return f"{100 * level:g} % interval"


def rates_sentence(rates: RateComparison) -> str:
    """One exact comparison as a sentence, with what could have been detected where it cannot tell."""
    unit = f"{rates.events_before:,} events before and {rates.events_after:,} after"
    size = (
        "nothing before to compare with"
        if math.isinf(rates.rate_ratio)
        else f"the rate after is {number(rates.rate_ratio)} times the rate before"
    )
    spread = f"{coverage(rates.level)} {number(rates.low)} to {number(rates.high)}"
    opening = f"With {unit}, {size} ({spread}): {interval_clause(rates.low, rates.high)}."
    return f"{opening} {undetected(rates)}" if rates.low <= 1 <= rates.high else opening


def undetected(rates: RateComparison) -> str:
    """Say what change a comparison that cannot tell would have shown with 80 % power."""
    found = rates.detectable()
    if found.increase is None:
        return "Without an event before, no detectable change can be stated."
    rise = f"a rise to {number(found.increase)} times or more"
    if found.decrease is None:
        return f"Too few events to tell: only {rise} would have shown with 80 % power, and no fall at all."
    fall = f"a fall to {number(found.decrease)} times or less"
    return f"Too few events to tell: only {rise}, or {fall}, would have shown with 80 % power."


def result_sentence(result: InterruptedResult) -> str:
    """One before/after result as a sentence (two where a caution belongs to it)."""
    when = result.interruptions[0].date.date().isoformat()
    if result.rates is not None:
        return f"{result.name}, before and after {when}. {rates_sentence(result.rates)} {CAUTION}"
    average = result.average()
    weeks = result.diagnostics().weeks_after
    spread = f"{coverage(result.level)} {number(average.low)} to {number(average.high)}"
    return (
        f"{result.name}: over the {weeks} {result.step}s after {when} the rate was on average "
        f"{number(average.rate_ratio)} times what the series before it would have continued to ({spread}): "
        f"{interval_clause(average.low, average.high)}. {CAUTION}"
    )
