"""Checks of a series compared with a control: the same comparison with other dates, weeks or counts.

What is fitted is the log ratio of both series given their total in each week, as the result fitted it; there is no
batched fit of that, so the variants are fitted one by one, some at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from trends.checks.basis import Basis, moved_mask, moved_matrices
from trends.checks.effects import Effects, Ints, Progress, threads
from trends.errors import EstimationError
from trends.models.comparative import Comparative
from trends.models.controlled import fit_given_total, sparse_reason
from trends.models.design import Design
from trends.models.series import Floats
from trends.models.setting import Setting

Variant = tuple[Setting, Design, object]
"""A setting, the columns of the log ratio in it, and the last day over which the ratio is averaged (None: all)."""


def variants_at(basis: Basis, shifts: Ints) -> list[Variant]:
    """Move the interruptions, with their phase-in, by so many steps each; averaged no longer than the real one's."""
    setting, last = basis.setting, len(basis.index) - 1
    design = comparative_of(basis).design
    reach = last - basis.start
    found: list[Variant] = []
    for shift, matrix in zip(shifts.tolist(), moved_matrices(basis, shifts), strict=True):
        starts = tuple(start + shift for start in setting.starts)
        stops = tuple(min(stop + shift, last) for stop in setting.stops)
        phase = moved_mask(setting.phase_in, shift)
        moved = replace(setting, starts=starts, stops=stops, phase_in=phase)
        until = basis.index[min(starts[0] + reach, last)]
        found.append((moved, replace(design, matrix=matrix, starts=starts), until))
    return found


def variants_of(basis: Basis, counts: Floats) -> list[Variant]:
    """Put (S, T) counts in the place of the series that is compared with the control."""
    setting, design = basis.setting, comparative_of(basis).design
    return [(replace(setting, series=replace(setting.series, counts=row)), design, None) for row in counts]


def comparative_of(basis: Basis) -> Comparative:
    """Take the comparison with a control that a basis was taken from."""
    analysis = basis.result.analysis
    assert isinstance(analysis, Comparative)
    return analysis


def ratio_note(basis: Basis) -> str:
    """Say what the rate ratios of such a check are."""
    return f"compared with {comparative_of(basis).control.name}: every rate ratio is that of the ratio to it"


def ratio_effects(basis: Basis, variants: Sequence[Variant], progress: Progress | None = None) -> Effects:
    """Average log ratio of each variant by the result's own method; one that cannot be fitted says why.

    The variant that changes nothing gives the result's own numbers: same seed, same draws.
    """
    analysis = comparative_of(basis)
    numbers, reasons = np.full((5, len(variants)), np.nan), [""] * len(variants)
    with ThreadPoolExecutor(threads()) as pool:
        found = pool.map(lambda one: _fitted(analysis, *one), variants)
        for place, one in enumerate(found):
            if isinstance(one, str):
                reasons[place] = one
            else:
                numbers[:, place] = one
            if progress is not None:
                progress(place + 1, len(variants))
    estimate, std_error, low, high, p_value = numbers
    return Effects(estimate, std_error, low, high, p_value, tuple(reasons))


def _fitted(
    analysis: Comparative, setting: Setting, design: Design, until: object
) -> tuple[float, ...] | str:
    """Estimate, error, limits and p-value, or the reason why there are none."""
    if reason := sparse_reason(setting, design, analysis.control):
        return reason
    try:
        _, _, found = fit_given_total(
            setting, design, analysis.how, analysis.control, analysis.inference.method
        )
        effect = found.average_numbers(last=until)
    except EstimationError as error:
        return error.what
    return (effect.estimate, effect.std_error, effect.low, effect.high, effect.p_value)
