"""How an interruption goes on: its columns as functions of the time since its effect began."""

from __future__ import annotations

from typing import Literal

import numpy as np

from trends.models.interruptions import Interruption
from trends.models.series import STEPS_PER_YEAR, Floats, Step

EffectKind = Literal["level", "slope", "ramp", "decay"]
EFFECT_KINDS: tuple[EffectKind, ...] = ("level", "slope", "ramp", "decay")
STEPS_EACH_SIDE = {
    "level": 4,
    "delayed": 4,
    "temporary": 4,
    "slope": 8,
    "level+slope": 8,
    "ramp": 8,
    "decay": 8,
}
"""Weeks (months) needed on each side of an interruption: a step from four, a course in time from eight.
Fewer can be fitted, but then one unusual week decides, and no interval knows that."""


def effect_columns(
    interruption: Interruption, since: Floats, step: Step, length: int
) -> tuple[tuple[EffectKind, str, Floats], ...]:
    """Columns of one interruption at some times: kind, name and values of each.

    Parameters
    ----------
    since
        (H,) weeks (months) since the first week of the effect; nothing acts at negative ones.
    step
        What one step is, for a ramp or a decay whose length is given in weeks.
    length
        Steps for which the effect lasts; nothing acts after them.
    """
    acts = (since >= 0) & (since < length)
    name, shape = interruption.name, interruption.shape
    if shape == "ramp":
        values = np.clip((since + 1) / steps_of(interruption.weeks or 1.0, step), 0.0, 1.0)
        return (("ramp", f"ramp from {name}", np.where(acts, values, 0.0)),)
    if shape == "decay":
        values = 0.5 ** (np.clip(since, 0.0, None) / steps_of(interruption.weeks or 1.0, step))
        return (("decay", f"decay from {name}", np.where(acts, values, 0.0)),)
    found: list[tuple[EffectKind, str, Floats]] = []
    if shape != "slope":
        found.append(("level", f"level at {name}", acts.astype(float)))
    if "slope" in shape:
        found.append(("slope", f"slope after {name}", np.where(acts, since, 0.0)))
    return tuple(found)


def steps_of(weeks: float, step: Step) -> float:
    """Turn weeks into steps of the series."""
    return weeks * STEPS_PER_YEAR[step] / STEPS_PER_YEAR["week"]


def effect_term(kind: EffectKind, interruption: Interruption, step: Step) -> str:
    """Name of an effect in tables: what its rate ratio means."""
    if kind == "slope":
        return f"slope per {step}"
    if kind == "ramp":
        return f"level after a ramp of {interruption.weeks:g} weeks"
    if kind == "decay":
        return f"level, halved every {interruption.weeks:g} weeks"
    return "level"
