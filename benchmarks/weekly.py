"""How long a weekly report and an archive of them take, beside Quarto on the same .qmd file, or else its bare cells.

Run with ``python benchmarks/weekly.py [--weeks N] [--runs N]``. Quarto is taken from ``QUARTO_PATH`` or ``PATH``; without
it the peer is the report's own cells as a plain script, once a week: no kernel, no page, only the computing and drawing.
The archive is made in a new folder, then once more with nothing changed; the peer's time for as many weeks is the time
of one week times their number.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from report import TRENDS, plain_script
from timing import PROJECT, Case, timed

from trends.reporting.quarto import find_quarto

QMD = PROJECT / "reports" / "weekly" / "weekly.qmd"
WEEK = ("--week", "2020-07-16", "--week-start", "thu")
FIRST, ALL_WEEKS = date(2020, 1, 6), 51


def peer_of(folder: Path) -> Case:
    """Return Quarto on the same week where it is installed, else the report's cells as a script."""
    if find_quarto() is None:
        return plain_script(folder, QMD)
    out = folder / "quarto"
    return Case("through Quarto", [TRENDS, "report", "weekly", *WEEK, "--engine", "quarto", "--out", out])


def archive_of(folder: Path, weeks: int) -> Case:
    """Return the command that brings an archive of the first weeks of 2020 up to date."""
    last = FIRST + timedelta(days=7 * weeks - 1)
    days = ["--from", str(FIRST), "--to", str(last)]
    return Case(f"`trends archive`, {weeks} weeks", [TRENDS, "archive", *days, "--out", folder / "archive"])


def one_week(folder: Path, runs: int) -> tuple[list[str], float, float]:
    """Time one report and its peer in turn, after a warm-up; return rows of the table and the peer's median."""
    report = [TRENDS, "report", "weekly", *WEEK, "--engine", "embedded", "--out", folder / "one"]
    cases = [Case("`trends report weekly`, HTML, embedded", report, target=5), peer_of(folder)]
    taken: list[list[tuple[float, float]]] = [[], []]
    for number in range(runs + 1):
        for case, kept in zip(cases, taken, strict=True):
            if (found := timed(case)) and number:
                kept.append(found)
    clock, processor = ([statistics.median(one[part] for one in kept) for kept in taken] for part in (0, 1))
    rows = [
        f"| {case.what} | {seconds:.2f} | {used:.2f} | {seconds / clock[1]:.2f} | {case.target or '–'} |"
        for case, seconds, used in zip(cases, clock, processor, strict=True)
    ]
    return rows, clock[1], processor[1]


def whole_archive(folder: Path, weeks: int, peer: tuple[float, float]) -> list[str]:
    """Time an archive made anew and one that finds nothing changed."""
    case = archive_of(folder, weeks)
    clock, used = timed(case)
    again, used_again = timed(case)
    target = 90 if weeks == ALL_WEEKS else "–"
    return [
        f"| {case.what}, two workers | {clock:.2f} | {used:.2f} | {clock / (weeks * peer[0]):.2f} | {target} |",
        f"| the peer {weeks} times, reckoned | {weeks * peer[0]:.2f} | {weeks * peer[1]:.2f} | peer | – |",
        f"| the archive once more, nothing changed | {again:.2f} | {used_again:.2f} | – | 2 |",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weeks", type=int, default=ALL_WEEKS, help="weeks of 2020 in the archive, 1 to 51")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    if not 1 <= asked.weeks <= ALL_WEEKS or asked.runs < 1:
        sys.exit("benchmarks/weekly.py: --weeks 1 to 51, --runs at least 1")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        rows, *peer = one_week(folder, asked.runs)
        rows += whole_archive(folder, asked.weeks, (peer[0], peer[1]))
    print("| what | clock, s | processor, s | times the peer | target, s |\n|---|---:|---:|---:|---:|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
