"""The drawdown report's words on what speaks for and against the finding: controls, other dates, choices, power."""

from __future__ import annotations

import math

from trends.findings.drawdown import DrawdownFindings
from trends.findings.words import interval, ratio


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def controls_caption(found: DrawdownFindings) -> str:
    """Caption of the controlled comparisons, led by them."""
    rows = found.controls[found.controls["kind"].eq("controlled")]
    parts = [
        f"{_capital(row['comparison'])}: {ratio(row['rate_ratio'])} ({interval(row['low'], row['high'])})."
        for _, row in rows.iterrows()
        if not math.isnan(row["rate_ratio"])
    ]
    crossing = (
        "A series that cannot have been touched should lie at 1."
        if "placebo_outcomes" in found.checks
        else ""
    )
    return " ".join(
        [
            *parts,
            "Each point is an average ratio over the weeks after, with its 95\N{NO-BREAK SPACE}% interval.",
            crossing,
        ]
    ).strip()


def controls_alt(found: DrawdownFindings) -> str:
    """Describe the controlled comparisons."""
    listed = "; ".join(
        f"{row['comparison']} {ratio(row['rate_ratio'])} ({interval(row['low'], row['high'])})"
        for _, row in found.controls.iterrows()
        if not math.isnan(row["rate_ratio"])
    )
    return f"Rate ratios on a logarithmic axis, of single series and of comparisons between them. {listed}."


def controls_words(found: DrawdownFindings) -> str:
    """Say what the controls and the negative-control outcome add."""
    notes = " ".join(found.controls["note"][found.controls["note"] != ""])
    outcomes = found.checks.get("placebo_outcomes")
    return f"{notes} {outcomes.sentence if outcomes else ''}".strip()


def different_dates_words(found: DrawdownFindings) -> str:
    """Say what each province's own date of handover shows, and what speaks against believing it."""
    return f"Each province at its own date, against those not treated yet or never: {found.different_dates.sentence}"


def placebo_caption(found: DrawdownFindings) -> str:
    """Caption of the placebo dates."""
    return _capital(found.checks["placebo_dates"].sentence)


def placebo_alt(found: DrawdownFindings) -> str:
    """Describe the placebo dates."""
    row = found.checks["placebo_dates"].table.iloc[0]
    return (
        f"Rate ratio at each of {row['placebos']} other dates and at the real one, which is marked; 95 of 100 placebo "
        f"ratios lie between {ratio(row['placebo_low'])} and {ratio(row['placebo_high'])}."
    )


def change_point_words(found: DrawdownFindings) -> str:
    """Say whether the data find the date by themselves, and what two other models say."""
    made = [found.checks[name].sentence for name in ("change_point", "cross_checks") if name in found.checks]
    return " ".join(made)


def power_caption(found: DrawdownFindings) -> str:
    """Caption of the power curve."""
    return found.checks["power"].sentence


def power_alt(found: DrawdownFindings) -> str:
    """Describe the power curve."""
    table = found.checks["power"].table
    if "ratio" not in table:
        return "No power curve could be made."
    listed = "; ".join(
        f"{ratio(r)} in {100 * p:.0f} %" for r, p in zip(table["ratio"], table["detected"], strict=True)
    )
    return f"Share of simulated series in which a true ratio was found. {listed}."


def together_words(found: DrawdownFindings) -> str:
    """Say what provinces say together, and which of them moves the mean most."""
    return f"{found.together.sentence} {found.checks['leave_one_out'].sentence}"


def specifications_alt(found: DrawdownFindings) -> str:
    """Describe the figure of specifications."""
    table = found.specifications.dropna(subset=["rate_ratio"])
    listed = "; ".join(
        f"{row['name']} {ratio(row['rate_ratio'])} ({interval(row['low'], row['high'])})"
        for _, row in table.iterrows()
    )
    return f"Rate ratios on a logarithmic axis, one for each specification. {listed}."


def too_few(found: DrawdownFindings) -> str:
    """Name the areas where only a very large change would have shown."""
    rows = found.comparison[
        found.comparison["verdict"].eq("too few") & (found.comparison[["before", "after"]].sum(axis=1) > 0)
    ]
    listed = [
        f"{row['label']} (× {row['detectable']:.1f})"
        if math.isfinite(row["detectable"])
        else f"{row['label']} (none)"
        for _, row in rows.iterrows()
    ]
    if not listed:
        return "In every area with a record a rise to three times would have shown."
    return (
        "Not enough events to tell, with the smallest rise that 80 of 100 such comparisons would have found: "
        f"{', '.join(listed)}."
    )
