"""Weekly counts of insurgent attacks by province, honest before/after comparisons, reproducible reports.

>>> import trends
>>> panel = trends.load_panel("data/processed/ucdp-ged-21.1-iraq-is")  # doctest: +SKIP
>>> trends.interrupted(panel.counts("disputed"), "2020-03-17")  # doctest: +SKIP

The public names are loaded when first used, so that ``import trends`` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trends.errors import TrendsError as TrendsError
    from trends.facts import load_claims_periods as load_claims_periods
    from trends.facts import load_claims_weekly as load_claims_weekly
    from trends.facts import load_population as load_population
    from trends.facts import load_published as load_published
    from trends.gazetteer import load_country as load_country
    from trends.models import Interruption as Interruption
    from trends.models import compare_rates as compare_rates
    from trends.models import interrupted as interrupted
    from trends.panel import WeeklyPanel as WeeklyPanel
    from trends.panel import load_panel as load_panel
    from trends.reporting import render_report as render_report
    from trends.sources import read_source as read_source
    from trends.study import load_study as load_study
    from trends.timeline import load_timeline as load_timeline

__version__ = "0.1.0"

_HOMES = {
    "Interruption": "trends.models",
    "TrendsError": "trends.errors",
    "WeeklyPanel": "trends.panel",
    "compare_rates": "trends.models",
    "interrupted": "trends.models",
    "load_claims_periods": "trends.facts",
    "load_claims_weekly": "trends.facts",
    "load_country": "trends.gazetteer",
    "load_panel": "trends.panel",
    "load_population": "trends.facts",
    "load_published": "trends.facts",
    "load_study": "trends.study",
    "load_timeline": "trends.timeline",
    "read_source": "trends.sources",
    "render_report": "trends.reporting",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
