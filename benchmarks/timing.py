"""Time commands against a peer: in turn, after a warm-up, median of several runs."""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Case:
    """A command to be timed."""

    what: str
    command: Sequence[str | Path]
    folder: Path = PROJECT
    environment: Mapping[str, str] | None = None
    target: float | None = None


@dataclass
class Runs:
    """Seconds on the clock and of processor time, one a run."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def compare(cases: Sequence[Case], runs: int) -> str:
    """Time the cases in turn (A B C A B C …) and return a table; the last case is the peer of the others."""
    taken = [Runs() for _ in cases]
    for number in range(runs + 1):
        for case, runs_of_case in zip(cases, taken, strict=True):
            clock, processor = timed(case)
            if number:
                runs_of_case.clock.append(clock)
                runs_of_case.processor.append(processor)
    peer = statistics.median(taken[-1].clock)
    lines = [
        f"| what | median of {runs}, s | fastest, s | processor, s | times the peer | target, s |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for case, found in zip(cases, taken, strict=True):
        middle, used = statistics.median(found.clock), statistics.median(found.processor)
        target = f"{case.target:g}" if case.target else "–"
        ratio = "peer" if case is cases[-1] else f"{middle / peer:.2f}"
        lines.append(
            f"| {case.what} | {middle:.2f} | {min(found.clock):.2f} | {used:.2f} | {ratio} | {target} |"
        )
    return "\n".join(lines)


def timed(case: Case) -> tuple[float, float]:
    """Run a command and return its seconds on the clock and of processor time, its children's included."""
    before, start = processor_seconds(), time.perf_counter()
    done = subprocess.run(
        [str(part) for part in case.command],
        cwd=case.folder,
        env=None if case.environment is None else dict(case.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    clock = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{case.what} failed with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return clock, processor_seconds() - before


def processor_seconds() -> float:
    """Seconds of processor time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
