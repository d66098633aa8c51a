"""R's own fits, many series in one call; none where R or the package is missing."""

from __future__ import annotations

import csv
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from scipy import stats

from benchmarks.validity.truths import Cell, Simulated


def glmmtmb(cell: Cell, data: Simulated) -> tuple[np.ndarray, float] | None:
    """Fit glmmTMB with its ar1 term and REML."""
    return _run("glmmtmb.R", data)


def glm_nb(cell: Cell, data: Simulated) -> tuple[np.ndarray, float] | None:
    """Fit MASS's glm.nb."""
    return _run("glm_nb.R", data)


def _run(script: str, data: Simulated) -> tuple[np.ndarray, float] | None:
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        for name, table in (("counts.csv", data.counts), ("design.csv", data.design)):
            with (Path(folder) / name).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(
                    [["NA" if np.isnan(v) else repr(float(v)) for v in row] for row in table]
                )
        command = ["Rscript", str(Path(__file__).with_name(script)), folder]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return None
        found = np.genfromtxt(Path(folder) / "found.csv", delimiter=",", skip_header=1, ndmin=2)
    out = np.full((len(data.counts), 4, 2), np.nan)
    for effect in (0, 1):
        out[:, effect] = found[:, [effect]] + found[:, [effect + 2]] * stats.norm.ppf([0.025, 0.975])
    return out, float(np.nanmean(found[:, 4])) * 1e3
