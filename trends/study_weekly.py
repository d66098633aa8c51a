"""The choices of the weekly report: what a week is set against, and what is provisional."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from trends.study import StudyFile, read_study
from trends.study_parts import Harmonics, Part, ProjectPath, Span, StudyInterruption, Trend

Weeks = Annotated[int, Field(ge=2, le=520)]


class Against(Part):
    """What a week is compared with: numbers of weeks, and of earlier years."""

    recent_weeks: Weeks = 4
    year_weeks: Annotated[int, Field(ge=26, le=520)] = 52
    years: Annotated[int, Field(ge=1, le=10)] = 2
    season_days: Annotated[int, Field(ge=3, le=60)] = 10
    trend_weeks: Annotated[int, Field(ge=13, le=104)] = 26
    long_weeks: Annotated[int, Field(ge=52, le=520)] = 104
    long_bends: Annotated[int, Field(ge=2, le=12)] = 6


class Vintage(Part):
    """The panel as it stood on an earlier day: a folder that ``trends build --as-of`` wrote."""

    panel: ProjectPath


class Provisional(Part):
    """How many weeks before ``as_of`` still fill up; an edition that is final has none unless ``as_of`` is given.

    With vintages, a week apart, counts are completed for events that are recorded up to ``max_delay`` weeks late.
    """

    weeks: Annotated[int, Field(ge=0, le=52)] = 4
    final_edition: bool = False
    max_delay: Annotated[int, Field(ge=1, le=52)] = 8
    vintages: Annotated[tuple[Vintage, ...], Field(strict=False)] = ()


class Effect(Part):
    """The before/after comparison that is brought up to date every week, with latent AR(1) intervals."""

    first: date
    interruption: StudyInterruption
    phase_in: Span | None = None
    harmonics: Harmonics = 2
    trend: Trend = "linear"
    draws: Annotated[int, Field(ge=100, le=1_000_000)] = 4000


class Alerts(Part):
    """How many false alerts among all are accepted."""

    false_discovery: Annotated[float, Field(gt=0, lt=1)] = 0.1


class WeeklyStudy(StudyFile):
    """The weekly report's choices, in the words of its ``study.toml``.

    ``claims`` says that the claims and published counts among the facts are those of the study's actor.
    """

    mass_casualty_deaths: Annotated[int, Field(ge=1)]
    claims: bool = False
    against: Against = Against()
    provisional: Provisional = Provisional()
    alerts: Alerts = Alerts()
    effect: Effect


def load_weekly_study(path: Path | str) -> WeeklyStudy:
    """Read and check the weekly report's study; errors as in `trends.study.load_study`."""
    return read_study(path, WeeklyStudy)
