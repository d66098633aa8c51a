"""The parts of a study file, one class a table of the TOML; every key is checked."""

from __future__ import annotations

import datetime
import difflib
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from trends.calendar import WEEKDAYS
from trends.covariates import COVARIATES, PATTERN
from trends.study_errors import ContradictionError

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Shape = Literal["level", "slope", "level+slope", "ramp", "decay", "delayed", "temporary"]
Trend = Literal["linear", "none", "spline", "local-level"]
Family = Literal["negative-binomial", "quasi-poisson"]
Intervals = Literal["latent-ar1", "hac", "model"]
Measure = Literal["attacks", "deaths_best", "deaths_low", "deaths_high"]
Covariate = Annotated[str, AfterValidator(lambda name: named_covariate(name))]
AttackDefinition = Literal["all", "with-victims", "one-sided"]
Text = Annotated[str, Field(min_length=1)]
ProjectPath = Annotated[str, AfterValidator(lambda path: inside_project(path))]
Harmonics = Annotated[int, Field(ge=0, le=12)]
MAIN = "pre-specified"


class Part(BaseModel):
    """A table of the study: frozen, and no key that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Span(Part):
    """Days from ``first`` to ``last``, both included."""

    first: datetime.date
    last: datetime.date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ContradictionError(("last",), f"{self.last} lies before first, {self.first}")
        return self

    def holds(self, other: Span) -> bool:
        """Say whether every day of ``other`` lies in this span."""
        return self.first <= other.first and other.last <= self.last


class StudyInterruption(Part):
    """A date at which the study expects change."""

    date: datetime.date
    name: Text
    shape: Shape = "level+slope"
    delay: Annotated[int, Field(ge=0)] = 0
    weeks: Annotated[float, Field(gt=0)] | None = None
    until: datetime.date | None = None


class Model(Part):
    """How the series is modelled apart from its interruptions."""

    harmonics: Harmonics = 2
    trend: Trend = "linear"
    family: Family = "negative-binomial"
    intervals: Intervals = "latent-ar1"
    covariates: Annotated[tuple[Covariate, ...], Field(strict=False)] = ()


class Comparison(Part):
    """Two windows whose rates are compared, province by province."""

    name: Text = MAIN
    before: Span
    after: Span

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.after.first <= self.before.last:
            raise ContradictionError(
                ("after",), f"it begins on {self.after.first}, but before ends on {self.before.last}"
            )
        return self


class Provinces(Comparison):
    """The pre-specified comparison of provinces, and others shown beside it."""

    alternatives: Annotated[tuple[Comparison, ...], Field(strict=False)] = ()


class Multiplicity(Part):
    """How several tests are kept from flagging too much."""

    method: Literal["benjamini-hochberg", "benjamini-yekutieli", "holm", "none"] = "benjamini-hochberg"
    level: Annotated[float, Field(gt=0, lt=1)] = 0.05


class Claims(Part):
    """The week of the group's own claims that the report looks at."""

    week: datetime.date
    week_start: Weekday
    area: Text

    @model_validator(mode="after")
    def _on_weekday(self) -> Self:
        weekday = WEEKDAYS[self.week.weekday()]
        if weekday != self.week_start:
            raise ContradictionError(
                ("week",), f"{self.week} is a {weekday}, but week_start is {self.week_start!r}"
            )
        return self


class Rounding(Part):
    """How the numbers in ``results.json`` are rounded."""

    significant_digits: Annotated[int, Field(ge=3, le=15)] = 6


class Variant(Part):
    """A named alternative: the keys given replace those of the study."""

    name: Text
    note: str = ""
    window: Span | None = None
    shape: Shape | None = None
    harmonics: Harmonics | None = None
    trend: Trend | None = None
    family: Family | None = None
    intervals: Intervals | None = None
    covariates: Annotated[tuple[Covariate, ...] | None, Field(strict=False)] = None
    frequency: Literal["week", "month"] | None = None
    omit: Annotated[tuple[Literal["phase_in"], ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _differs(self) -> Self:
        if not self.model_fields_set - {"name", "note"}:
            raise ContradictionError((), "it changes nothing: give at least one key besides name and note")
        return self


class Control(Part):
    """Provinces that are compared with others: a controlled comparison.

    Without ``treated`` the provinces in which a base was handed over are meant, without ``against`` all that are
    not treated.
    """

    name: Text
    treated: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    against: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    how: Literal["difference", "offset", "second-group"] = "difference"
    note: str = ""


class Definition(Part):
    """Another definition of an attack, and the panel that counts by it."""

    name: AttackDefinition
    panel: ProjectPath
    note: str = ""


class Outcome(Part):
    """A series that the interruption cannot have touched (a negative-control outcome)."""

    name: Text
    panel: ProjectPath
    note: str = ""


class Checks(Part):
    """How much the checks simulate; without simulations of a change point none is searched for."""

    power_ratios: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(strict=False, min_length=2)] = (
        0.2,
        0.33,
        0.5,
        1.0,
        2.0,
        3.0,
        5.0,
    )
    power_simulations: Annotated[int, Field(ge=20, le=100_000)] = 100
    change_point_simulations: Annotated[int, Field(ge=0, le=100_000)] = 0


def named_covariate(name: str) -> str:
    """Accept a name that `Timeline.covariate` may know; whether an operation is there the timeline tells."""
    if not PATTERN.fullmatch(name):
        near = difflib.get_close_matches(name, COVARIATES, n=2, cutoff=0.5)
        known = f"known are {', '.join(COVARIATES)}, operation:NAME and operation-begins:NAME"
        meant = f"did you mean {' or '.join(map(repr, near))}?" if near else known
        raise ValueError(f"{name!r} is not a covariate; {meant}")
    return name


def inside_project(path: str) -> str:
    """Accept a path that stays inside the project on every system."""
    posix, windows = PurePosixPath(path), PureWindowsPath(path)
    if not path or "\\" in path or posix.is_absolute() or windows.drive or windows.root:
        raise ValueError("not a path relative to the project, written with /")
    if ".." in posix.parts:
        raise ValueError("it leads out of the project")
    return path
