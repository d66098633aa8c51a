"""Refuse what the two engines would not render alike, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trends.errors import RenderError
from trends.reporting.document import Document, read_document


@dataclass(frozen=True, order=True)
class LintFinding:
    """A place where a report leaves the common subset.

    Attributes
    ----------
    line
        The line of the file, counted from 1.
    what
        What stands there.
    remedy
        What to write instead.
    """

    line: int
    what: str
    remedy: str


def lint_qmd(path: Path) -> list[LintFinding]:
    """Look for what the two engines would not render alike.

    Parameters
    ----------
    path
        A .qmd file.

    Returns
    -------
    list of LintFinding
        Sorted by line; empty where the file keeps to the common subset.

    Raises
    ------
    RenderError
        The file cannot be read or taken apart.
    """
    return lint_document(read_document(path))


def lint_document(document: Document) -> list[LintFinding]:
    """Look through a document that has been read; see `lint_qmd`."""
    from trends.reporting import lint_cells, lint_meta, lint_prose, lint_references

    def found() -> Iterator[LintFinding]:
        yield from lint_meta.check(document)
        yield from lint_cells.check(document)
        yield from lint_prose.check(document)
        yield from lint_references.check(document)

    return sorted(set(found()))


def refuse(document: Document) -> None:
    """Raise for the first finding, and count the others.

    Raises
    ------
    RenderError
        The document leaves the common subset.
    """
    findings = lint_document(document)
    if not findings:
        return
    first, others = findings[0], findings[1:]
    lines = ", ".join(str(finding.line) for finding in others[:5])
    more = f" (and {len(others)} more, line {lines}{' ...' if len(others) > 5 else ''})" if others else ""
    raise RenderError(first.what, file=document.name, row=first.line, remedy=first.remedy + more)
