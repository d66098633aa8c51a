"""Which code made a page: the package's own files, hashed room by room."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import trends

LEFT_OUT = ("__pycache__",)


@cache
def code_hashes() -> dict[str, str]:
    """Return the SHA-256 of each room of the package that is running: its modules and data files.

    Returns
    -------
    dict
        ``"models"`` to 64 hexadecimal digits; a module at the top is a room of its own, as ``"build"``.
    """
    home = Path(trends.__file__).parent
    rooms: dict[str, list[Path]] = {}
    for file in sorted(home.rglob("*"), key=lambda file: file.relative_to(home).as_posix()):
        if file.is_file() and file.suffix != ".pyc" and not set(LEFT_OUT) & set(file.parts):
            first = file.relative_to(home).parts[0]
            rooms.setdefault(first.removesuffix(".py"), []).append(file)
    return {room: _together(home, files) for room, files in sorted(rooms.items())}


def code_sha256() -> str:
    """Return one SHA-256 for all rooms together."""
    said = "\n".join(f"{room} {digits}" for room, digits in code_hashes().items())
    return hashlib.sha256(said.encode()).hexdigest()


def _together(home: Path, files: list[Path]) -> str:
    found = hashlib.sha256()
    for file in files:
        found.update(f"{file.relative_to(home).as_posix()}\0".encode())
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()
