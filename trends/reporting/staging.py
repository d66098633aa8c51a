"""Outputs that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trends.errors import RenderError


@contextmanager
def staging_folder(out: Path) -> Iterator[Path]:
    """Give a temporary folder beside ``out``; whatever happens, it is gone afterwards.

    Raises
    ------
    RenderError
        ``out`` is a file, or its parent folder cannot be written.
    """
    if out.exists() and not out.is_dir():
        raise RenderError("the output folder is a file", file=out, remedy="name a folder with --out")
    folder = out.parent / f".{out.name}-{secrets.token_hex(6)}"
    try:  # around the making as well: Ctrl-C may come between the folder and the name for it
        _make(folder, out)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make(folder: Path, out: Path) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.exists() and not os.access(out, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise RenderError(
            f"the output folder cannot be written ({error.strerror})",
            file=out,
            remedy="name another with --out",
        ) from error


def publish(staged: Path, out: Path) -> tuple[Path, ...]:
    """Move every staged file into ``out``; if one cannot be moved, put back what was there before.

    Returns
    -------
    tuple of Path
        The files as they stand in ``out``, sorted.
    """
    names = sorted(path.relative_to(staged) for path in staged.rglob("*") if path.is_file())
    created = not out.exists()
    kept = Path(tempfile.mkdtemp(prefix=".kept-", dir=staged))
    moved: list[Path] = []
    try:
        for name in names:
            target = out / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                (kept / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(target, kept / name)
            moved.append(name)
            (staged / name).replace(target)
    except BaseException as error:
        _restore(moved, kept, out, created)
        if isinstance(error, OSError):
            raise RenderError(
                f"the output cannot be written ({error.strerror})", file=out, remedy="name another with --out"
            ) from error
        raise
    return tuple(out / name for name in names)


def _restore(moved: list[Path], kept: Path, out: Path, created: bool) -> None:
    for name in moved:
        if (kept / name).exists():
            (kept / name).replace(out / name)
        else:
            (out / name).unlink(missing_ok=True)
    if created:
        shutil.rmtree(out, ignore_errors=True)
