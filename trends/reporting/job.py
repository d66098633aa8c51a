"""What an engine gets and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from trends.reporting.document import Document
from trends.reporting.markdown import CellWarning

if TYPE_CHECKING:
    from trends.reporting.kernel import Kernel
    from trends.reporting.manifest import Manifest

Format = Literal["html", "pdf", "docx"]
Engine = Literal["auto", "quarto", "embedded"]


def silent(step: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Job:
    """One document to be rendered by one engine.

    Attributes
    ----------
    document
        The parsed file.
    name
        The output's name without suffix.
    format
        ``"html"``, ``"pdf"`` or ``"docx"``.
    parameters
        Values for names that the document declares, ``out`` included.
    folder
        The folder of the .qmd file, in which the cells run.
    work
        A temporary folder for what the page is made from; the neighbours of the .qmd file are linked into it.
    staging
        Where the page and what the cells write for the reader go.
    environment
        Variables that the cells see.
    manifest
        What the result depends on.
    on_step
        Told in a few words what happens next.
    """

    document: Document
    name: str
    format: Format
    parameters: Mapping[str, Any]
    folder: Path
    work: Path
    staging: Path
    environment: Mapping[str, str]
    manifest: Manifest
    kernel: Kernel | None = None
    on_step: Callable[[str], None] = field(default=silent)

    @property
    def page(self) -> Path:
        """Where the page goes."""
        return self.staging / f"{self.name}.{self.format}"


@dataclass(frozen=True)
class Rendered:
    """A report that has been rendered.

    Attributes
    ----------
    path
        The page.
    engine, engine_version
        What rendered it: ``"embedded"`` or ``"quarto"``, and which version.
    files
        Everything that was written, sorted.
    warnings
        Warnings that cells gave; the page does not show them.
    """

    path: Path
    engine: str
    engine_version: str
    files: tuple[Path, ...]
    warnings: tuple[CellWarning, ...] = ()

    def __str__(self) -> str:
        """Where the page is and what rendered it; then the warnings, one a line."""
        lines = [f"{self.path} ({self.engine} engine, {self.engine_version})"]
        lines += [f"warning in cell {one.label!r}, line {one.line}: {one.text}" for one in self.warnings]
        return "\n".join(lines)
