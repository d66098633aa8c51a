"""What a report depends on: inputs, study, code and programs; nothing that a clock or a path changes."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from trends.errors import RenderError
from trends.reporting.code import code_sha256
from trends.reporting.escaping import escape_markdown

SCHEMA = 2
LARGEST_FACTS = 1 << 20
PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "geopandas", "plotnine", "matplotlib", "great-tables")


@dataclass(frozen=True)
class Input:
    """A file that the report reads.

    Attributes
    ----------
    name
        Its path below the project, with forward slashes.
    sha256
        Of its bytes.
    vintage
        The version of the source it comes from, where a manifest beside it says so.
    """

    name: str
    sha256: str
    vintage: str = ""


@dataclass(frozen=True)
class Manifest:
    """Where a report's numbers come from.

    Attributes
    ----------
    report, report_sha256
        The .qmd file's name and hash.
    inputs
        The files that it reads, sorted by name.
    study_sha256
        Of the ``study.toml`` beside it, or empty.
    parameters
        What the caller set; the output folder is none of them.
    seed
        The study's seed, or None.
    package_version
        Of attack-trends.
    code_sha256
        Of the package's own files, as they ran.
    commit
        The git commit, with ``+changes`` where tracked files differ from it; empty outside a checkout.
    lock_sha256
        Of ``requirements.lock``, or empty.
    python, platform, packages
        Versions that can change digits.
    engine, engine_version
        What rendered the page.
    """

    report: str
    report_sha256: str
    inputs: tuple[Input, ...]
    study_sha256: str
    parameters: Mapping[str, Any]
    seed: int | None
    package_version: str
    code_sha256: str
    commit: str
    lock_sha256: str
    python: str
    platform: str
    packages: Mapping[str, str]
    engine: str
    engine_version: str
    schema: int = field(default=SCHEMA)

    def as_dict(self) -> dict[str, Any]:
        """Return the manifest as plain data."""
        return asdict(self)

    def json(self) -> str:
        """Return the manifest as JSON with sorted keys and a final line break."""
        return json.dumps(self.as_dict(), sort_keys=True, indent=2, ensure_ascii=False, default=str) + "\n"

    def markdown(self) -> str:
        """Write the manifest for the foot of a page: one table, hashes shortened to twelve digits."""
        rows = [(what, said) for what, said in _rows(self) if said]
        cells = "\n".join(f"| {what} | {said} |" for what, said in rows)
        heading = "## What this page was made from {#manifest .unnumbered}"
        return f"{heading}\n\n::: {{.manifest}}\n\n| What | Which |\n|:-----|:---------|\n{cells}\n\n:::\n"


def collect_manifest(
    project: Path,
    report: Path,
    *,
    engine: str,
    engine_version: str,
    parameters: Mapping[str, Any] | None = None,
    study: Path | None = None,
    inputs: Iterable[Path] | None = None,
) -> Manifest:
    """Gather what a report depends on.

    Parameters
    ----------
    project
        The project's folder.
    report
        The .qmd file.
    engine, engine_version
        What renders it.
    parameters
        What the caller set; ``out`` is left out.
    study
        The study; by default the ``study.toml`` beside the report, if there is one.
    inputs
        The files it reads; by default the panel that the study names and the facts in ``data/raw``.

    Raises
    ------
    RenderError
        An input is missing or cannot be read.
    """
    study = study or report.with_name("study.toml")
    choices = _choices(study)
    files = sorted(set(_inputs(project, choices) if inputs is None else inputs))
    seed = choices.get("seed")
    return Manifest(
        report=report.name,
        report_sha256=_sha256(report),
        inputs=tuple(_input(file, project) for file in files),
        study_sha256=_sha256(study) if study.is_file() else "",
        parameters={name: value for name, value in sorted((parameters or {}).items()) if name != "out"},
        seed=seed if isinstance(seed, int) else None,
        package_version=_version("attack-trends"),
        code_sha256=code_sha256(),
        commit=_commit(project),
        lock_sha256=_sha256(lock) if (lock := project / "requirements.lock").is_file() else "",
        python=platform.python_version(),
        platform=f"{sys.platform}-{platform.machine()}",
        packages={name: _version(name) for name in PACKAGES},
        engine=engine,
        engine_version=engine_version,
    )


def _rows(manifest: Manifest) -> list[tuple[str, str]]:
    inputs = [
        (
            f"Input {escape_markdown(one.name)}",
            " ".join(filter(None, [_short(one.sha256), escape_markdown(one.vintage)])),
        )
        for one in manifest.inputs
    ]
    packages = ", ".join(f"{name} {version}" for name, version in manifest.packages.items() if version)
    parameters = ", ".join(f"{name} = {value}" for name, value in manifest.parameters.items())
    return [
        ("Report", f"{escape_markdown(manifest.report)} {_short(manifest.report_sha256)}"),
        ("Study", _short(manifest.study_sha256)),
        ("Parameters", escape_markdown(parameters)),
        ("Seed", "" if manifest.seed is None else str(manifest.seed)),
        *inputs,
        (
            "Code",
            escape_markdown(
                " ".join(
                    filter(
                        None,
                        [
                            f"attack-trends {manifest.package_version}",
                            manifest.commit[:12] + manifest.commit[40:],
                            f"({manifest.code_sha256[:12]})",
                        ],
                    )
                )
            ),
        ),
        ("Locked packages", _short(manifest.lock_sha256)),
        ("Python", escape_markdown(f"{manifest.python} on {manifest.platform}; {packages}")),
        ("Engine", escape_markdown(f"{manifest.engine} ({manifest.engine_version})")),
    ]


def _short(digits: str) -> str:
    return f"`{digits[:12]}`" if digits else ""


def _sha256(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise RenderError(f"an input cannot be read ({error.strerror})", file=file) from error


def _choices(study: Path) -> dict[str, Any]:
    """Return the study's choices; a broken study is reported by the cell that loads it, with its line."""
    try:
        return tomllib.loads(study.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def _inputs(project: Path, choices: Mapping[str, Any]) -> list[Path]:
    folders = [project / panel for panel in named_panels(choices)]
    named = [file for folder in folders if folder.is_dir() for file in folder.iterdir() if file.is_file()]
    return [*named, *fact_files(project)] if choices else []


def named_panels(choices: Any) -> list[str]:
    """List the panels that a study names, its own first, then those of its controls and untouched outcomes."""
    own: list[str] = []
    parts: list[Any] = choices if isinstance(choices, list) else []
    if isinstance(choices, Mapping):
        own = [choices["panel"]] if isinstance(choices.get("panel"), str) else []
        parts = list(choices.values())
    return list(dict.fromkeys([*own, *(panel for part in parts for panel in named_panels(part))]))


def fact_files(project: Path) -> list[Path]:
    """List the hand-collected facts; larger source files that lie beside them are none."""
    return sorted(
        file
        for file in (project / "data" / "raw").glob("*.csv")
        if not file.name.lower().startswith("ged") and file.stat().st_size < LARGEST_FACTS
    )


def _input(file: Path, project: Path) -> Input:
    try:
        name = file.resolve().relative_to(project.resolve()).as_posix()
    except ValueError:
        name = file.name
    return Input(name, _sha256(file), _vintage(file))


def _vintage(file: Path) -> str:
    try:
        said = json.loads(file.with_name("manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    if not isinstance(said, dict):
        return ""
    source = said.get("source")
    if isinstance(source, dict):
        return " ".join(str(source[key]) for key in ("key", "version") if source.get(key))
    if isinstance(source, str) and said.get("version"):
        return f"{source} {said['version']}"
    return str(said.get("vintage", ""))


def _version(package: str) -> str:
    try:
        return installed(package)
    except PackageNotFoundError:
        return ""


def _commit(project: Path) -> str:
    head = _git(project, "rev-parse", "HEAD")
    if not head:
        return ""
    return head + ("+changes" if _git(project, "status", "--porcelain", "--untracked-files=no") else "")


def _git(project: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(project), "--no-optional-locks", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
