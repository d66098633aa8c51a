"""How long the command line and the import take, beside an import of pandas.

Run with ``python benchmarks/startup.py [RUNS]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from timing import Case, compare

TRENDS = Path(sys.executable).with_name("trends")


def main(runs: int = 15) -> None:
    cases = [
        Case("`trends --help`", [TRENDS, "--help"], target=0.5),
        Case("`trends --version`", [TRENDS, "--version"]),
        Case("`python -c 'import trends'`", [sys.executable, "-c", "import trends"], target=0.5),
        Case("`python -c 'pass'`", [sys.executable, "-c", "pass"]),
        Case("`python -c 'import pandas'`", [sys.executable, "-c", "import pandas"]),
    ]
    print(compare(cases, runs))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
