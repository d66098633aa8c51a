"""The environment of a run whose result depends on nothing but its inputs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

DEFAULT_EPOCH = 1577836800  # 2020-01-01, where SOURCE_DATE_EPOCH says nothing
MATPLOTLIBRC = "svg.hashsalt: trends\nsvg.fonttype: path\nfigure.dpi: 96\nsavefig.dpi: figure\n"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_FORGOTTEN = (
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "PYTHONOPTIMIZE",
    "PYTHONWARNINGS",
    "MPLBACKEND",
    "LANGUAGE",
    "LANG",
)


def epoch() -> int:
    """Seconds since 1970 that stand for the time of the run: ``SOURCE_DATE_EPOCH``, else a fixed value."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return int(given) if given.isdigit() else DEFAULT_EPOCH


def sealed_environment(given: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Make the environment of a process that runs cells or pandoc.

    Parameters
    ----------
    given
        The environment to start from.
    folder
        A temporary folder that takes the place of the user's IPython and Jupyter folders; it holds the
        ``matplotlibrc`` that counts.
    """
    kept = {
        name: value for name, value in given.items() if name not in _FORGOTTEN and not name.startswith("LC_")
    }
    return {
        **kept,
        **dict.fromkeys(THREADS, "1"),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": kept.get("PYTHONDONTWRITEBYTECODE", ""),
        "PYTHONUTF8": "1",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "SOURCE_DATE_EPOCH": str(epoch()),
        "MATPLOTLIBRC": str(folder / "matplotlibrc"),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(folder),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
