"""How long the drawdown report takes, beside Quarto on the same .qmd file, or else beside its bare cells.

Run with ``python benchmarks/report.py [RUNS]``. Quarto is taken from ``QUARTO_PATH`` or ``PATH``; without it
the peer is the report's own cells as a plain script: no kernel, no page, only the computing and drawing.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from timing import PROJECT, Case, compare

from trends.reporting.document import read_document
from trends.reporting.quarto import find_quarto

TRENDS = Path(sys.executable).with_name("trends")
QMD = PROJECT / "reports" / "drawdown" / "drawdown.qmd"


def plain_script(folder: Path, qmd: Path = QMD) -> Case:
    """Return a report's code cells as one script, without the kernel and the page."""
    script = folder / "cells.py"
    script.write_text("\n\n".join(cell.source for cell in read_document(qmd).cells), encoding="utf-8")
    environment = {
        **os.environ,
        "TRENDS_PROJECT": str(PROJECT),
        "TRENDS_FIGURES": str(folder / "figures"),
        "MPLBACKEND": "agg",
    }
    return Case("the same cells as a plain script", [sys.executable, script], qmd.parent, environment)


def main(runs: int = 5) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)

        def report(what: str, *options: str, target: float | None = None) -> Case:
            out = folder / what.replace(" ", "-").strip("`")
            return Case(what, [TRENDS, "report", "drawdown", "--out", out, *options], target=target)

        cases = [
            report("`trends report drawdown`, embedded", "--engine", "embedded", target=10),
            report("the same as PDF", "--engine", "embedded", "--format", "pdf"),
            Case("`make report` after set-up", ["make", "report"], target=20),
        ]
        if find_quarto() is None:
            print("Quarto is not there (neither QUARTO_PATH nor PATH has it); the peer is the bare cells.\n")
            cases.append(plain_script(folder))
        else:
            cases.append(plain_script(folder))
            cases.append(report("the same through Quarto", "--engine", "quarto"))
        print(compare(cases, runs))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
