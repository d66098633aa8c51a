"""One report, rendered whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from trends.errors import RenderError, TrendsError
from trends.project import find_project
from trends.reporting import embedded, quarto
from trends.reporting.display import ENVIRONMENT as FIGURES
from trends.reporting.document import Document, read_document, with_meta
from trends.reporting.embedding import stamp_paper, stamp_results
from trends.reporting.job import Engine, Format, Job, Rendered, silent
from trends.reporting.kernel import Kernel
from trends.reporting.lint import refuse
from trends.reporting.manifest import collect_manifest
from trends.reporting.markdown import CellWarning, check_parameters
from trends.reporting.recording import ENVIRONMENT as RECORD
from trends.reporting.staging import publish, staging_folder


def render_report(
    name_or_qmd: str | Path,
    *,
    format: Format = "html",
    engine: Engine = "auto",
    out: Path | None = None,
    parameters: Mapping[str, Any] | None = None,
    project: Path | None = None,
    on_step: Callable[[str], None] | None = None,
    kernel: Kernel | None = None,
    metadata: Mapping[str, str] | None = None,
    record: Path | None = None,
) -> Rendered:
    """Render a report and put the page, its ``results.json`` and its ``manifest.json`` into a folder.

    Parameters
    ----------
    name_or_qmd
        The name of a folder of ``reports/``, or the path of a .qmd file.
    format
        ``"html"``, one file that needs nothing else, ``"pdf"`` or ``"docx"``.
    engine
        ``"quarto"``, ``"embedded"``, or ``"auto"``: Quarto where it is installed, else the embedded one.
    out
        The folder to write; by default ``reports/_output/<name>``.
    parameters
        Values for names that the report's cell tagged ``parameters`` assigns.
    project
        The project's folder; by default the one around the working directory.
    on_step
        Told in a few words what happens next.
    kernel
        A kernel to use and leave running; by default one is started for this report. Quarto starts its own.
    metadata
        Texts that replace those of the front matter; ``{}`` in them stands for the old one.
    record
        A folder for the data behind each figure; see `trends.reporting.recording`.

    Returns
    -------
    Rendered

    Raises
    ------
    RenderError
        There is no such report, it leaves the common subset of the two engines, a cell raised an exception, a
        reference is unresolved, the engine is missing or failed, or the output folder cannot be written. What
        was in the output folder before stays as it was.
    """
    project = (find_project() if project is None else Path(project)).absolute()
    qmd = find_qmd(name_or_qmd, project)
    chosen = quarto.choose(engine)
    target = Path(out) if out is not None else project / "reports" / "_output" / qmd.stem
    step = on_step or silent
    with ExitStack() as stack:
        if chosen == "embedded" and kernel is None:
            kernel = stack.enter_context(Kernel())
        step("reading the report")
        document = _read(qmd, metadata or {}, parameters or {})
        staging = stack.enter_context(staging_folder(target.absolute()))
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trends-work-")))
        link_neighbours(qmd, work)
        manifest = collect_manifest(
            project, qmd, engine=chosen, engine_version=engine_version(chosen), parameters=parameters
        )
        job = Job(
            document=document,
            name=qmd.stem,
            format=format,
            parameters=check_parameters(document, {**(parameters or {}), "out": str(staging)}),
            folder=qmd.parent,
            work=work,
            staging=staging,
            environment=_environment(project, work, record),
            manifest=manifest,
            kernel=kernel,
            on_step=step,
        )
        said = _run(job, chosen)
        files = publish(staging, target)
    return Rendered(target / job.page.name, chosen, manifest.engine_version, files, said)


def _read(qmd: Path, metadata: Mapping[str, str], parameters: Mapping[str, Any]) -> Document:
    """Read the document; what neither engine should run, or the document does not declare, is refused."""
    document = with_meta(read_document(qmd), metadata)
    refuse(document)
    check_parameters(document, {**parameters, "out": ""})
    return document


def _environment(project: Path, work: Path, record: Path | None) -> dict[str, str]:
    return {
        "TRENDS_PROJECT": str(project),
        FIGURES: str(work / "_figures"),
        RECORD: "" if record is None else str(record),
    }


def engine_version(engine: str) -> str:
    """Return the version of an engine."""
    return quarto.version() if engine == "quarto" else embedded.version()


def find_qmd(name_or_qmd: str | Path, project: Path) -> Path:
    """Find a report by its name or path.

    Raises
    ------
    RenderError
        There is none; the message lists those there are.
    """
    given = Path(name_or_qmd)
    if given.suffix == ".qmd":
        if not given.is_file():
            raise RenderError("there is no such report", file=given, remedy="check the path")
        return given.absolute()
    found = project / "reports" / given.name / f"{given.name}.qmd"
    if given.name != str(name_or_qmd) or not found.is_file():
        have = sorted(
            file.stem for file in (project / "reports").glob("*/*.qmd") if file.stem == file.parent.name
        )
        raise RenderError(
            f"there is no report {str(name_or_qmd)!r}", remedy=f"the project has: {', '.join(have) or 'none'}"
        )
    return found


def link_neighbours(qmd: Path, work: Path) -> None:
    """Make the files beside the report visible in the working folder, outputs and hidden ones left out."""
    for path in sorted(qmd.parent.iterdir()):
        if path.name.startswith((".", "_")) or path.suffix == ".qmd":
            continue
        try:
            (work / path.name).symlink_to(path, target_is_directory=path.is_dir())
        except OSError:
            if path.is_file():
                (work / path.name).write_bytes(path.read_bytes())


def _run(job: Job, engine: str) -> tuple[CellWarning, ...]:
    try:
        said = quarto.render(job) if engine == "quarto" else embedded.render(job)
        (job.staging / "manifest.json").write_text(job.manifest.json(), encoding="utf-8", newline="\n")
        stamp_results(job.staging / "results.json", job.manifest.as_dict())
        if job.format == "pdf":
            job.page.write_bytes(stamp_paper(job.page.read_bytes(), job.manifest.as_dict()))
    except TrendsError:
        raise
    except OSError as error:
        where = error.filename or job.staging.parent  # a full disk names no file
        raise RenderError(f"the output cannot be written ({error.strerror})", file=where) from error
    return said
