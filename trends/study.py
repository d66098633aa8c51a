"""The file that fixes a report's choices before anything is fitted.

A study is TOML. Every key is checked: an unknown one, a wrong type, an impossible date or choices that
contradict each other end in a ``StudyError`` of one line that says where.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from trends.errors import StudyError
from trends.project import find_project
from trends.study_errors import ContradictionError, explain, syntax_error
from trends.study_parts import (
    MAIN,
    AttackDefinition,
    Checks,
    Claims,
    Comparison,
    Control,
    Covariate,
    Definition,
    Family,
    Intervals,
    Measure,
    Model,
    Multiplicity,
    Outcome,
    Part,
    ProjectPath,
    Provinces,
    Rounding,
    Span,
    StudyInterruption,
    Text,
    Trend,
    Variant,
    Weekday,
)


@dataclass(frozen=True)
class Specification:
    """One fully resolved way to fit the series.

    Parameters
    ----------
    name, note
        What it is called, and what to mind when reading it.
    window
        Days that enter the fit.
    interruptions
        In order of their dates.
    phase_in
        Days left out, or None.
    harmonics, trend, family, intervals, covariates
        As ``trends.interrupted`` and ``Timeline.covariate`` take them.
    frequency
        ``"week"`` or ``"month"``.
    """

    name: str
    note: str
    window: Span
    interruptions: tuple[StudyInterruption, ...]
    phase_in: Span | None
    harmonics: int
    trend: Trend
    family: Family
    intervals: Intervals
    covariates: tuple[Covariate, ...]
    frequency: Literal["week", "month"]


class StudyFile(Part):
    """What every report's ``study.toml`` says, and the file that it was read from."""

    title: Text
    question: Text
    country: Text
    panel: ProjectPath
    actor: Text
    measure: Measure = "attacks"
    attacks: AttackDefinition = "all"
    week_start: Weekday = "mon"
    seed: Annotated[int, Field(ge=0)]
    rounding: Rounding = Rounding()

    _path: Path = PrivateAttr()
    _sha256: str = PrivateAttr()

    @property
    def path(self) -> Path:
        """The file, absolute."""
        return self._path

    @property
    def folder(self) -> Path:
        """The folder of the file, where the report's other files lie."""
        return self._path.parent

    @property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of the file's bytes."""
        return self._sha256

    @property
    def panel_folder(self) -> Path:
        """The panel's folder, absolute.

        Raises
        ------
        InputError
            The study does not lie in a project.
        """
        return find_project(self.folder) / self.panel


Kind = TypeVar("Kind", bound=StudyFile)


class Study(StudyFile):
    """A report's choices, in the words of its ``study.toml``; made by :func:`load_study`."""

    groups: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    draws: Annotated[int, Field(ge=100, le=1_000_000)] = 4000
    mass_casualty_deaths: Annotated[int, Field(ge=1)]
    window: Span
    interruptions: Annotated[tuple[StudyInterruption, ...], Field(strict=False, min_length=1)]
    phase_in: Span | None = None
    model: Model = Model()
    provinces: Provinces
    multiplicity: Multiplicity = Multiplicity()
    claims: Claims | None = None
    controls: Annotated[tuple[Control, ...], Field(strict=False)] = ()
    definitions: Annotated[tuple[Definition, ...], Field(strict=False)] = ()
    negative_outcomes: Annotated[tuple[Outcome, ...], Field(strict=False)] = ()
    checks: Checks = Checks()
    sensitivity: Annotated[tuple[Variant, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for contradiction in _contradictions(self):
            raise contradiction
        return self

    def specifications(self) -> tuple[Specification, ...]:
        """Resolve the pre-specified fit and, after it, every alternative in the order of the file."""
        return (_resolve(self, None), *(_resolve(self, variant) for variant in self.sensitivity))


def load_study(path: Path | str) -> Study:
    """Read and check a study.

    Parameters
    ----------
    path
        The TOML file.

    Returns
    -------
    Study
        Frozen; the paths in it are relative to the project's folder.

    Raises
    ------
    StudyError
        The file cannot be read or is not TOML, or a key is unknown, missing, of the wrong type, or
        contradicts another; the message names file, line and key, and for a misspelt key the nearest one.
    """
    return read_study(path, Study)


def read_study(path: Path | str, kind: type[Kind]) -> Kind:
    """Read and check a study file of one kind; see `load_study` for the errors."""
    file = Path(path)
    try:
        content = file.read_bytes()
        text = content.decode("utf-8-sig")
        study = kind.model_validate(tomllib.loads(text))
    except OSError as error:
        raise StudyError(f"the study cannot be read ({error.strerror})", file=file) from None
    except UnicodeDecodeError:
        raise StudyError("the study is not UTF-8 text", file=file) from None
    except tomllib.TOMLDecodeError as error:
        raise syntax_error(error, file) from None
    except ValidationError as error:
        raise explain(error, kind, text, file) from None
    study._path, study._sha256 = file.absolute(), hashlib.sha256(content).hexdigest()
    return study


def _contradictions(study: Study) -> Iterator[ContradictionError]:
    yield from _repeated(study)
    start = min(interruption.date for interruption in study.interruptions)
    if study.phase_in and not study.window.holds(study.phase_in):
        yield ContradictionError(("phase_in",), "it reaches outside the window")
    if study.phase_in and study.phase_in.first < start:
        yield ContradictionError(("phase_in", "first"), f"it lies before the first interruption, {start}")
    for place, specification in enumerate(study.specifications()):
        where: tuple[str | int, ...] = ("sensitivity", place - 1, "window") if place else ("interruptions",)
        yield from _outside(specification, where)
        yield from _wandering(
            specification, ("sensitivity", place - 1, "trend") if place else ("model", "trend")
        )
    yield from _misplaced(study, start)


def _repeated(study: Study) -> Iterator[ContradictionError]:
    named: dict[str, list[str]] = {
        "sensitivity": [MAIN, *(variant.name for variant in study.sensitivity)],
        "interruptions": [str(interruption.date) for interruption in study.interruptions],
        "groups": list(study.groups),
        "definitions": [study.attacks, *(definition.name for definition in study.definitions)],
    }
    for key, names in named.items():
        for name in names:
            if names.count(name) > 1:
                yield ContradictionError((key,), f"{name!r} is there twice")


def _outside(specification: Specification, where: tuple[str | int, ...]) -> Iterator[ContradictionError]:
    window = specification.window
    for interruption in specification.interruptions:
        if not window.first < interruption.date <= window.last:
            yield ContradictionError(
                where, f"the interruption of {interruption.date} is not inside the window {_words(window)}"
            )


def _wandering(specification: Specification, where: tuple[str | int, ...]) -> Iterator[ContradictionError]:
    """Refuse what does not go with a level that wanders."""
    if specification.trend != "local-level":
        return
    sloping = [one.name for one in specification.interruptions if "slope" in one.shape]
    if sloping:
        yield ContradictionError(
            where,
            f'"local-level" cannot tell a change of slope from wandering: give {sloping[0]} shape = "level" (in a '
            "sensitivity, beside this trend)",
        )
    if specification.intervals != "latent-ar1":
        yield ContradictionError(where, f'"local-level" has no {specification.intervals!r} intervals')


def _misplaced(study: Study, start: date) -> Iterator[ContradictionError]:
    first_after = study.phase_in.last if study.phase_in else start
    comparisons: list[tuple[tuple[str | int, ...], Comparison]] = [(("provinces",), study.provinces)]
    comparisons += [(("provinces", "alternatives", i), c) for i, c in enumerate(study.provinces.alternatives)]
    for where, comparison in comparisons:
        for key, span in (("before", comparison.before), ("after", comparison.after)):
            if not study.window.holds(span):
                yield ContradictionError(
                    (*where, key), f"it reaches outside the window {_words(study.window)}"
                )
        if comparison.before.last >= start:
            yield ContradictionError((*where, "before"), f"it reaches the first interruption, {start}")
        if comparison.after.first < first_after:
            yield ContradictionError(
                (*where, "after"), f"it begins before {first_after}, when the change is complete"
            )


def _words(span: Span) -> str:
    return f"{span.first} to {span.last}"


def _resolve(study: Study, variant: Variant | None) -> Specification:
    base = {
        "window": study.window,
        "frequency": "week",
        **{name: getattr(study.model, name) for name in _MODEL},
    }
    given = variant.model_dump(exclude_none=True, include={*_MODEL, "frequency"}) if variant else {}
    if variant and variant.window:
        given["window"] = variant.window
    shape = {"shape": variant.shape} if variant and variant.shape else {}
    interruptions = sorted(study.interruptions, key=lambda interruption: interruption.date)
    settings: dict[str, Any] = {**base, **given}
    return Specification(
        name=variant.name if variant else MAIN,
        note=variant.note if variant else "",
        interruptions=tuple(interruption.model_copy(update=shape) for interruption in interruptions),
        phase_in=None if variant and "phase_in" in variant.omit else study.phase_in,
        **settings,
    )


_MODEL = tuple(Model.model_fields)
