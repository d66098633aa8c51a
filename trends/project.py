"""Where the project lies: the folder that holds ``reports/`` and ``data/``."""

from __future__ import annotations

import os
from pathlib import Path

from trends.errors import InputError

ENVIRONMENT = "TRENDS_PROJECT"
_LANDMARKS = ("reports", "data")


def find_project(start: Path | None = None) -> Path:
    """Find the project folder.

    Parameters
    ----------
    start
        A file or folder inside the project. Without it the search begins in the working directory,
        unless the environment variable ``TRENDS_PROJECT`` names the folder.

    Returns
    -------
    Path
        The nearest folder, ``start`` itself or above it, that holds both ``reports/`` and ``data/``;
        absolute.

    Raises
    ------
    InputError
        There is no such folder, or ``TRENDS_PROJECT`` names one without them.
    """
    named = os.environ.get(ENVIRONMENT) if start is None else None
    if named:
        return _named(Path(named))
    begin = Path.cwd() if start is None else Path(start).absolute()
    for folder in (begin, *begin.parents):
        if _is_project(folder):
            return folder
    raise InputError(
        f"no project here: neither {begin} nor a folder above it holds {_listing()}",
        remedy=f"change into the project, or name its folder in the environment variable {ENVIRONMENT}",
    )


def _named(folder: Path) -> Path:
    if not _is_project(folder):
        raise InputError(
            f"the environment variable {ENVIRONMENT} names {folder}, which does not hold {_listing()}",
            remedy="name the project's folder, or unset the variable",
        )
    return folder.absolute()


def _is_project(folder: Path) -> bool:
    return all((folder / name).is_dir() for name in _LANDMARKS)


def _listing() -> str:
    return " and ".join(f"{name}/" for name in _LANDMARKS)
