"""The choices of the quality report: which panels it looks at, and what stands beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from trends.study import StudyFile, read_study
from trends.study_parts import Part, ProjectPath, Text


class FurtherPanel(Part):
    """Another panel of the project, and what it holds."""

    name: Text
    panel: ProjectPath


class QualityStudy(StudyFile):
    """The quality report's choices, in the words of its ``study.toml``."""

    name: Text
    further: Annotated[tuple[FurtherPanel, ...], Field(strict=False)] = ()
    published: Text = "is_attacks"


def load_quality_study(path: Path | str) -> QualityStudy:
    """Read and check the quality report's study; errors as in `trends.study.load_study`."""
    return read_study(path, QualityStudy)
