"""Findings as sentences, made from their numbers by rules that cannot overclaim.

Direction and size come before the interval; an interval that leaves out no change is not called
significant, and one that does not is not called no effect; a lone series is not given a cause.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trends.models.detectable import detectable_rise
from trends.models.notes import unknown_notes

if TYPE_CHECKING:
    from trends.models.rates import RateComparison
    from trends.models.ratio_of_ratios import RatioComparison
    from trends.models.result import InterruptedResult
    from trends.models.shrunken import ShrunkenRatio

CONTROLLED = "Whatever else changed at that time in only one of the two series is not separated."
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
    if ratio < 0.01:
        return "a fall of more than 99 %"
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


def ratios_sentence(ratios: RatioComparison, control: str) -> str:
    """One exact comparison of two ratios as a sentence."""
    unit = (
        f"{ratios.treated_before:,} events before and {ratios.treated_after:,} after "
        f"({ratios.control_before:,} and {ratios.control_after:,} in {control})"
    )
    size = (
        "no ratio before to compare with"
        if math.isinf(ratios.ratio)
        else f"the ratio to {control} is {number(ratios.ratio)} times that before"
    )
    spread = f"{coverage(ratios.level)} {number(ratios.low)} to {number(ratios.high)}"
    opening = f"With {unit}, {size} ({spread}): {interval_clause(ratios.low, ratios.high)}."
    if not ratios.low <= 1 <= ratios.high:
        return opening
    if ratios.low == 0 or math.isinf(ratios.high):
        return f"{opening} Too few events to tell."
    rise = detectable_rise(ratios.low, ratios.high, level=ratios.level)
    shown = (
        f"only a rise to about {number(rise)} times or more, or a fall to {number(1 / rise)} times or less"
    )
    return f"{opening} Too few events to tell: {shown}, would have shown with 80 % power."


def undetected(rates: RateComparison) -> str:
    """Say what change a comparison that cannot tell would have shown with 80 % power."""
    shown = would_have_shown(rates)
    return (
        f"Too few events to tell: {shown}."
        if shown
        else "Too few events to tell: no change would have shown."
    )


def would_have_shown(rates: RateComparison) -> str:
    """Name the changes that would have shown with 80 % power; empty where none would."""
    found, supposed = rates.detectable(), ""
    if found.increase is None:
        found = rates.detectable_at_pooled_rate()
        supposed = ", had events before come at the rate of both periods together"
    if found.increase is None:
        return ""
    rise = f"a rise to {number(found.increase)} times or more"
    if found.decrease is None:
        return f"only {rise} would have shown with 80 % power, and no fall at all{supposed}"
    return f"only {rise}, or a fall to {number(found.decrease)} times or less, would have shown with 80 % power{supposed}"


def shrunken_sentence(rates: RateComparison, ratio: ShrunkenRatio) -> str:
    """One comparison under a weak prior as a sentence, the prior named, with what could have been detected."""
    spread = f"{coverage(ratio.level)} {number(ratio.low)} to {number(ratio.high)}"
    opening = (
        f"With {rates.events_before:,} events before and {rates.events_after:,} after, the rate after is about "
        f"{number(ratio.rate_ratio)} times the rate before ({spread}) if ratios from {number(ratio.prior_low)} to "
        f"{number(ratio.prior_high)} were thought likely beforehand: {interval_clause(ratio.low, ratio.high)}."
    )
    if ratio.low <= 1 <= ratio.high:
        return f"{opening} {undetected(rates)}"
    return f"{opening} Before the counts were seen, {would_have_shown(rates)}."


def result_sentence(result: InterruptedResult) -> str:
    """One before/after result as a sentence (two where a caution belongs to it)."""
    when = result.interruptions[0].date.date().isoformat()
    if result.rates is not None:
        opening = f"{result.name}, before and after {when}."
        if result.shrunken is not None:
            return f"{opening} {shrunken_sentence(result.rates, result.shrunken)} {CAUTION}"
        return f"{opening} {rates_sentence(result.rates)} {CAUTION}"
    if result.ratios is not None:
        opening = f"{result.name} against {result.control}, before and after {when}."
        return f"{opening} {ratios_sentence(result.ratios, str(result.control))} {CONTROLLED}"
    average = result.average()
    spread = f"{coverage(result.level)} {number(average.low)} to {number(average.high)}"
    return (
        f"{result.name}: {_period(result)} the rate was on average {number(average.rate_ratio)} times "
        f"{_expectation(result)} ({spread}): {interval_clause(average.low, average.high)}. "
        f"{_unknown(result)}{CAUTION if result.control is None else CONTROLLED}"
    )


def _unknown(result: InterruptedResult) -> str:
    """Say which weeks are left out because a covariate is not known in them; empty where none is."""
    return "".join(f"{note[:1].upper()}{note[1:]}. " for note in unknown_notes(result.analysis.setting))


def _expectation(result: InterruptedResult) -> str:
    """Name what the rate is compared with."""
    if result.control is None:
        return "what the series before it would have continued to"
    if result.method == "control as offset":
        return f"what {result.control} leads to expect at a constant ratio"
    return f"what {result.control} and the course before lead to expect"


def _period(result: InterruptedResult) -> str:
    """Name the weeks that an average is over."""
    items, weeks = result.interruptions, result.diagnostics().weeks_after
    when = items[0].date.date().isoformat()
    if any(item.until is not None for item in items):
        return f"over the {weeks} {result.step}s with an effect of {_listed([item.label for item in items])}"
    if len(items) > 1:
        return f"over the {weeks} {result.step}s after {when}, with {_listed([item.label for item in items])} together,"
    return f"over the {weeks} {result.step}s after {when}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
