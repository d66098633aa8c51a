"""All provinces together before and after: the mean ratio, and how much provinces differ."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from trends.findings.units import Windows
from trends.models import Interruption
from trends.models.pooling import ProvinceFindings, pool_provinces
from trends.panel import WeeklyPanel
from trends.study_parts import Multiplicity


@dataclass(frozen=True)
class TogetherFindings:
    """What provinces say together.

    Attributes
    ----------
    sentence
        The finding in words.
    mean
        ``rate_ratio, low, high, p_value``: the mean over provinces, random effects.
    joint
        P-values of "no change in any province", each valid though provinces depend on each other.
    detectable
        Mean ratio that would have shown with 80 % power.
    effects
        One row a unit: pooled, sum, provinces, partially pooled provinces.
    notes
        What must be said beside it.
    """

    sentence: str
    mean: dict[str, float]
    joint: dict[str, float]
    detectable: float
    effects: pd.DataFrame
    notes: tuple[str, ...]
    _pooled: ProvinceFindings = field(repr=False)


def compare_together(
    panel: WeeklyPanel, windows: Windows, multiplicity: Multiplicity, *, intervals: str = "latent-ar1"
) -> TogetherFindings:
    """Pool the counts of all provinces before and after, and test each as the table of provinces does.

    Parameters
    ----------
    panel
        Weekly panel that covers both windows.
    windows
        Days before and after.
    multiplicity
        How several tests are kept from flagging too much.
    intervals
        The interval method of `trends.interrupted`, where a province has enough events for it.

    Raises
    ------
    EstimationError
        When the sum of all provinces cannot be compared.
    """
    counts = panel.between(windows.before[0].date(), windows.after[1].date()).wide()
    day = pd.Timedelta(days=1)
    found = pool_provinces(
        counts.rename(columns=panel.country.provinces["name"].to_dict()),
        Interruption(windows.after[0], shape="level"),
        multiplicity=multiplicity.method,
        accepted=multiplicity.level,
        pooling="counts",
        trend=None,
        harmonics=0,
        intervals=intervals,
        phase_in=(windows.before[1] + day, windows.after[0] - day),
    )
    pooled = found.pooled
    return TogetherFindings(
        sentence=found.sentence(),
        mean={name: float(getattr(pooled, name)) for name in ("rate_ratio", "low", "high", "p_value")},
        joint=found.joint._asdict(),
        detectable=found.detectable,
        effects=found.effects,
        notes=found.notes,
        _pooled=found,
    )
