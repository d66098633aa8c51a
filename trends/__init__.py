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
    from trends.attack_types import attack_definition as attack_definition
    from trends.attack_types import attack_type as attack_type
    from trends.attack_types import attacked as attacked
    from trends.attack_types import mass_casualty as mass_casualty
    from trends.building import build as build
    from trends.errors import TrendsError as TrendsError
    from trends.events import locate as locate
    from trends.exposure import population_by_year as population_by_year
    from trends.exposure import rates as rates
    from trends.facts import load_claims_periods as load_claims_periods
    from trends.facts import load_claims_weekly as load_claims_weekly
    from trends.facts import load_population as load_population
    from trends.facts import load_published as load_published
    from trends.gazetteer import countries as countries
    from trends.gazetteer import load_country as load_country
    from trends.linkage import combine as combine
    from trends.linkage import link as link
    from trends.linkage import link_files as link_files
    from trends.linkage import sensitivity as sensitivity
    from trends.models import Interruption as Interruption
    from trends.models import compare_rates as compare_rates
    from trends.models import interrupted as interrupted
    from trends.models.control import Control as Control
    from trends.models.pooling import pool_provinces as pool_provinces
    from trends.models.staggered import staggered as staggered
    from trends.panel import WeeklyPanel as WeeklyPanel
    from trends.panel import load_panel as load_panel
    from trends.precision import impute_dates as impute_dates
    from trends.precision import precision_shares as precision_shares
    from trends.provisional import complete_counts as complete_counts
    from trends.provisional import provisional_weeks as provisional_weeks
    from trends.reporting import render_report as render_report
    from trends.sources import Reading as Reading
    from trends.sources import read_source as read_source
    from trends.study import load_study as load_study
    from trends.surveillance import alerts as alerts
    from trends.timeline import load_timeline as load_timeline
    from trends.vintages import diff_files as diff_files
    from trends.vintages import diff_vintages as diff_vintages
    from trends.vintages import recorded_by as recorded_by

__version__ = "0.1.0"

_HOMES = {
    "Control": "trends.models.control",
    "Interruption": "trends.models",
    "Reading": "trends.sources",
    "TrendsError": "trends.errors",
    "WeeklyPanel": "trends.panel",
    "attack_definition": "trends.attack_types",
    "attack_type": "trends.attack_types",
    "attacked": "trends.attack_types",
    "build": "trends.building",
    "alerts": "trends.surveillance",
    "combine": "trends.linkage",
    "compare_rates": "trends.models",
    "complete_counts": "trends.provisional",
    "countries": "trends.gazetteer",
    "diff_files": "trends.vintages",
    "diff_vintages": "trends.vintages",
    "impute_dates": "trends.precision",
    "interrupted": "trends.models",
    "link": "trends.linkage",
    "link_files": "trends.linkage",
    "load_claims_periods": "trends.facts",
    "load_claims_weekly": "trends.facts",
    "load_country": "trends.gazetteer",
    "load_panel": "trends.panel",
    "load_population": "trends.facts",
    "load_published": "trends.facts",
    "load_study": "trends.study",
    "load_timeline": "trends.timeline",
    "locate": "trends.events",
    "mass_casualty": "trends.attack_types",
    "pool_provinces": "trends.models.pooling",
    "population_by_year": "trends.exposure",
    "precision_shares": "trends.precision",
    "rates": "trends.exposure",
    "provisional_weeks": "trends.provisional",
    "read_source": "trends.sources",
    "recorded_by": "trends.vintages",
    "render_report": "trends.reporting",
    "sensitivity": "trends.linkage",
    "staggered": "trends.models.staggered",
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
