"""The command line: parse, call one function of the library, print what it returns.

One module a group of commands; each registers its commands with ``app`` when it is imported here. Modules that
import pandas are imported inside the commands, so that ``trends --help`` answers at once.
"""

from __future__ import annotations

from trends.cli import archive, reports, reproduce, sources
from trends.cli.app import app

__all__ = ["app", "archive", "main", "reports", "reproduce", "sources"]


def main() -> None:
    """Run the command line; the entry point of ``trends`` and ``python -m trends``."""
    app(prog_name="trends")
