"""Reports: a .qmd file rendered whole or not at all, by Quarto or by the engine that ships here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trends.reporting.display import figure, table
    from trends.reporting.escaping import escape_markdown
    from trends.reporting.job import Rendered
    from trends.reporting.kernel import Kernel
    from trends.reporting.lint import lint_qmd
    from trends.reporting.manifest import Manifest, collect_manifest
    from trends.reporting.render import render_report

_HOMES = {
    "Kernel": "kernel",
    "Manifest": "manifest",
    "Rendered": "job",
    "collect_manifest": "manifest",
    "escape_markdown": "escaping",
    "figure": "display",
    "lint_qmd": "lint",
    "render_report": "render",
    "table": "display",
}

__all__ = [
    "Kernel",
    "Manifest",
    "Rendered",
    "collect_manifest",
    "escape_markdown",
    "figure",
    "lint_qmd",
    "render_report",
    "table",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
