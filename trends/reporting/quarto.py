"""The Quarto program as an engine: the same document, theme and results."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from trends.errors import RenderError
from trends.reporting.job import Engine, Job
from trends.reporting.markdown import CellWarning, assignments
from trends.reporting.page import manifest_script, page_meta, theme
from trends.reporting.page_watch import refuse_outside
from trends.reporting.sealed import MATPLOTLIBRC, sealed_environment

INSTALL = "install it (pip install 'attack-trends[quarto]', or from quarto.org) or use --engine embedded"
TIMEOUT = 1800


def find_quarto() -> Path | None:
    """Find the program that ``QUARTO_PATH`` names, or else ``quarto`` on ``PATH``; None where neither is."""
    named = os.environ.get("QUARTO_PATH")
    if named:
        path = Path(named)
        found = shutil.which(str(path / "quarto" if path.is_dir() else path))
        return Path(found) if found else None
    found = shutil.which("quarto")
    return Path(found) if found else None


def choose(engine: Engine) -> str:
    """Say which engine runs: ``"quarto"`` or ``"embedded"``.

    Raises
    ------
    RenderError
        Quarto was asked for and is not there, or ``QUARTO_PATH`` names no program.
    """
    if engine == "embedded":
        return "embedded"
    found = find_quarto()
    if found is None and os.environ.get("QUARTO_PATH"):
        raise RenderError(
            f"QUARTO_PATH names no program ({os.environ['QUARTO_PATH']})", remedy="correct it, or unset it"
        )
    if found is None and engine == "quarto":
        raise RenderError("Quarto is not installed", remedy=INSTALL)
    return "quarto" if found else "embedded"


def version() -> str:
    """Return the version of the Quarto program."""
    program = find_quarto()
    if program is None:
        raise RenderError("Quarto is not installed", remedy=INSTALL)
    return _version(program)


@lru_cache
def _version(program: Path) -> str:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise RenderError(f"{program.name} does not run", remedy="check QUARTO_PATH and PATH") from error
    return done.stdout.strip() or "unknown"


def render(job: Job) -> tuple[CellWarning, ...]:
    """Let Quarto render a copy of the document and put its page into the staging folder.

    Raises
    ------
    RenderError
        Quarto failed or wrote no page; the message ends with the last line that it said.
    """
    program = find_quarto()
    if program is None:
        raise RenderError("Quarto is not installed", remedy=INSTALL)
    _write_project(job)
    job.on_step(f"quarto {job.manifest.engine_version}")
    done = _call(program, job, {"html": "html", "pdf": "typst", "docx": "docx"}[job.format])
    page = job.work / f"{job.name}.{job.format}"
    if done.returncode or not page.is_file():
        raise RenderError(f"Quarto failed: {_last_line(done)}", file=job.document.name) from _said(done)
    if job.format == "html":
        refuse_outside(page.read_text(encoding="utf-8"), job.document.name)
    shutil.copyfile(page, job.page)
    return ()


def _call(program: Path, job: Job, to: str) -> subprocess.CompletedProcess[str]:
    command = [
        str(program),
        "render",
        f"{job.name}.qmd",
        "--to",
        to,
        "--no-execute-daemon",
        "--execute-dir",
        str(job.folder),
    ]
    try:
        return subprocess.run(
            command,
            cwd=job.work,
            env=_environment(job),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RenderError(f"Quarto took longer than {TIMEOUT} seconds", file=job.document.name) from error
    except OSError as error:
        raise RenderError(
            f"{program.name} does not run ({error.strerror})", remedy="check QUARTO_PATH"
        ) from error


def _write_project(job: Job) -> None:
    """Write the copy of the document and the project file that gives it the theme."""
    (job.work / f"{job.name}.qmd").write_text(_copy(job), encoding="utf-8", newline="\n")
    (job.work / "_theme.css").write_text(theme(), encoding="utf-8", newline="\n")
    (job.work / "_foot.html").write_text(manifest_script(job) + "\n", encoding="utf-8", newline="\n")
    settings = yaml.safe_dump(_settings(job), sort_keys=True, allow_unicode=True)
    (job.work / "_quarto.yml").write_text(settings, encoding="utf-8", newline="\n")


def _copy(job: Job) -> str:
    """Return the document with its parameters set and the manifest at its end.

    The values stand in the cell itself: Quarto's own ``-P`` needs the package papermill beside ipykernel.
    """
    text = job.document.text.replace("\r\n", "\n")
    cell = job.document.parameters
    if cell and job.parameters:
        lines = text.split("\n")
        end = cell.code_line - 1 + cell.source.count("\n")
        lines[end:end] = assignments(job.parameters).strip("\n").split("\n")
        text = "\n".join(lines)
    return text.rstrip("\n") + "\n\n" + job.manifest.markdown()


def _settings(job: Job) -> dict[str, Any]:
    meta = page_meta(job.document.meta)
    common = {"toc": meta["toc"], "toc-depth": meta["toc-depth"], "number-sections": meta["number-sections"]}
    html = {
        **common,
        "embed-resources": True,
        "css": "_theme.css",
        "html-math-method": "mathml",
        "include-after-body": "_foot.html",
        "theme": "default",
        "link-external-newwindow": False,
        "fig-responsive": True,
    }
    paper = {**common, "toc": False, "papersize": "a4", "margin": {"x": "2.2cm", "y": "2.3cm"}}
    return {
        "project": {"type": "default"},
        "lang": str(meta.get("lang", "en")),
        "execute": {"warning": False, "freeze": False, "cache": False, "daemon": False},
        "format": {"html": html, "typst": paper, "docx": {**common, "toc": False}},
    }


def _environment(job: Job) -> dict[str, str]:
    home = job.work / "_sealed"
    kernels = home / "share" / "kernels" / "python3"
    kernels.mkdir(parents=True, exist_ok=True)
    (home / "matplotlibrc").write_text(MATPLOTLIBRC, encoding="utf-8")
    argv = [sys.executable, "-m", "trends.reporting.kernel_app", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (kernels / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    return {
        **sealed_environment(os.environ, home),
        **job.environment,
        "JUPYTER_PATH": str(home / "share"),
        "QUARTO_PYTHON": sys.executable,
    }


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in (done.stderr + "\n" + done.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if "Error" in line or "ERROR" in line]
    return (errors or lines or ["it said nothing"])[-1]


def _said(done: subprocess.CompletedProcess[str]) -> Exception:
    return RuntimeError(f"quarto ended with {done.returncode} and said:\n{done.stdout}\n{done.stderr}")
