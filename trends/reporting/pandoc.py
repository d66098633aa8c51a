"""Running pandoc, sealed."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from trends.errors import RenderError
from trends.reporting.sealed import sealed_environment

READER = "markdown-raw_html-native_divs-native_spans-markdown_in_html_blocks-raw_tex-latex_macros"
ASSETS = Path(__file__).parent


@cache
def pandoc_path() -> str:
    """Where the pandoc that came with ``pypandoc_binary`` is.

    Raises
    ------
    RenderError
        There is none.
    """
    import pypandoc

    try:
        return str(pypandoc.get_pandoc_path())
    except OSError as error:
        raise RenderError("pandoc is missing", remedy="install the package pypandoc_binary") from error


@cache
def pandoc_version() -> str:
    """Return the version of pandoc."""
    shown = subprocess.run([pandoc_path(), "--version"], capture_output=True, text=True, check=True).stdout
    return shown.split("\n", 1)[0].split()[-1]


def convert(
    text: str,
    meta: Mapping[str, Any],
    to: str,
    template: str,
    options: Sequence[str],
    *,
    folder: Path,
    name: str,
) -> str:
    """Convert Markdown to text with this package's filter and template.

    Parameters
    ----------
    text
        The Markdown.
    meta
        The metadata that the template sees.
    to
        The pandoc writer.
    template
        The name of a template in this folder.
    options
        Further options for pandoc.
    folder
        The working folder, where the images are.
    name
        The document's name, for messages.

    Raises
    ------
    RenderError
        A reference is unresolved, or pandoc failed.
    """
    options = [f"--template={ASSETS / template}", *options]
    return run_pandoc(text, meta, to, options, folder=folder, name=name).decode("utf-8")


def run_pandoc(
    text: str, meta: Mapping[str, Any], to: str, options: Sequence[str], *, folder: Path, name: str
) -> bytes:
    """Convert Markdown with this package's filter; see `convert` for parameters and errors."""
    header = yaml.safe_dump(dict(meta), sort_keys=True, allow_unicode=True, width=10**6)
    with tempfile.TemporaryDirectory(prefix="trends-pandoc-") as temporary:
        command = [pandoc_path(), "--from", READER, "--to", to, "--standalone", "--output=-"]
        command += [f"--data-dir={temporary}", f"--lua-filter={ASSETS / 'filter.lua'}", *options]
        done = subprocess.run(
            command,
            input=f"---\n{header}---\n\n{text}".encode(),
            capture_output=True,
            cwd=folder,
            env=sealed_environment(os.environ, Path(temporary)),
            check=False,
        )
    said = done.stderr.decode("utf-8", "replace")
    unresolved = re.findall(r"^UNRESOLVED (\S+)", said, re.MULTILINE)
    if unresolved:
        what = "unresolved reference" + ("s" if len(unresolved) > 1 else "")
        raise RenderError(
            f"{what} {', '.join(f'@{label}' for label in unresolved)}",
            file=name,
            remedy="give a figure, table, section or equation that label",
        )
    if done.returncode:
        raise RenderError(f"pandoc failed: {' '.join(said.split())[-500:]}", file=name)
    return done.stdout
