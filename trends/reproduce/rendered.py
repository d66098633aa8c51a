"""One rendering of a report, taken apart into what can be compared."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trends.reporting import Kernel, render_report
from trends.reporting.embedding import KEY
from trends.reproduce.page import as_record, read_page
from trends.reproduce.reports import Rendering, Report


@dataclass(frozen=True)
class Taken:
    """What a rendering shows.

    Attributes
    ----------
    content
        ``results`` (the findings), ``words``, ``tables``, ``structure`` (of the page) and ``figures`` (the data
        behind each).
    faults
        What no page may show, one line each.
    """

    content: dict[str, Any]
    faults: tuple[str, ...] = field(default=())


def take(report: Report, rendering: Rendering, kernel: Kernel) -> Taken:
    """Render a report into a temporary folder with the engine that ships here, and read the outcome back.

    Raises
    ------
    TrendsError
        The report cannot be rendered.
    """
    with tempfile.TemporaryDirectory(prefix="trends-check-") as temporary:
        out, record = Path(temporary, "out"), Path(temporary, "record")
        record.mkdir()
        done = render_report(
            report.qmd,
            engine="embedded",
            out=out,
            parameters=rendering.parameters,
            project=report.project,
            kernel=kernel,
            record=record,
        )
        page = read_page(done.path.read_text(encoding="utf-8"))
        figures = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(record.glob("*.json"))}
        results = out / "results.json"
        found = json.loads(results.read_text("utf-8")) if results.is_file() else {}
    findings = {name: value for name, value in found.items() if name != KEY}
    faults = [*page.faults, *_undrawn(figures, page.figures)]
    if not findings:
        faults.append("the report wrote no findings (results.json)")
    return Taken({"results": findings, "figures": figures, **as_record(page)}, tuple(faults))


def _undrawn(figures: dict[str, Any], shown: list[str]) -> list[str]:
    return [f"{label}: drawn, but not on the page" for label in figures if label not in shown]
