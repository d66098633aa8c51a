"""The engine that ships here: cells through a kernel, pages through pandoc, paper through typst."""

from __future__ import annotations

from functools import cache
from typing import Any

from trends.errors import RenderError, TrendsError
from trends.reporting.document import Cell, Prose
from trends.reporting.job import Job
from trends.reporting.kernel import CellError, Kernel
from trends.reporting.markdown import Body, CellWarning, Step, assemble, failed_line, steps
from trends.reporting.page import write_page
from trends.reporting.paper import write_paper
from trends.reporting.word import write_word

_WRITERS = {"html": write_page, "pdf": write_paper, "docx": write_word}


@cache
def version() -> str:
    """Name the versions of the programs that make the page."""
    from importlib.metadata import version as installed

    from trends.reporting.pandoc import pandoc_version

    return f"pandoc {pandoc_version()}, typst {installed('typst')}"


def render(job: Job) -> tuple[CellWarning, ...]:
    """Run the document and write its page into the staging folder.

    Raises
    ------
    RenderError
        A cell raised an exception, a reference is unresolved, or pandoc or typst failed.
    """
    if job.kernel is None:
        with Kernel() as kernel:
            return _render(job, kernel)
    return _render(job, job.kernel)


def _render(job: Job, kernel: Kernel) -> tuple[CellWarning, ...]:
    body = run(job, kernel)
    job.on_step("writing the page")
    text = body.text + "\n\n" + job.manifest.markdown()
    _WRITERS[job.format](job, text)
    return tuple(body.warnings)


def run(job: Job, kernel: Kernel) -> Body:
    """Run the document's cells and put their outputs where they stand."""
    todo = steps(job.document, job.parameters)

    def on_cell(index: int) -> None:
        part = todo[index].part
        if isinstance(part, Cell):
            job.on_step(f"cell {part.label}")

    try:
        outputs = kernel.run(
            [step.source for step in todo], folder=job.folder, environment=job.environment, on_cell=on_cell
        )
    except CellError as failure:
        raise _failed(job, todo[failure.index], failure) from failure
    return assemble(job.document, todo, outputs, job.work)


def _failed(job: Job, step: Step, failure: CellError) -> RenderError:
    """Make one error of a cell's; one that a user can mend says what, where and what to do, and no more."""
    said = (failure.value.strip().splitlines() or [""])[-1]
    if failure.name in _own_errors():
        return RenderError(failure.value)
    line = failed_line(step.part, failure.line, failure.outputs)
    where = "an inline expression" if isinstance(step.part, Prose) else f"cell {step.part.label!r}"
    what = f"{failure.name}: {said}" if said else failure.name
    return RenderError(f"{where} raised {what}", file=job.document.name, row=line)


def _own_errors() -> set[str]:
    found: set[str] = set()
    todo: list[Any] = [TrendsError]
    while todo:
        kind = todo.pop()
        found.add(kind.__name__)
        todo.extend(kind.__subclasses__())
    return found
