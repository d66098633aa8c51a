"""Files and folders that appear whole or not at all, the same bytes on every machine."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from trends.errors import InputError

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_MARK = "'"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    A text that begins with ``= + - @``, a tab, a line break or an apostrophe gets an apostrophe in front;
    ``plain_cell`` takes it off again.
    """
    return _MARK + text if text.startswith((*_FORMULA, _MARK)) else text


def plain_cell(text: str) -> str:
    """Return the text that ``safe_cell`` was given."""
    return text.removeprefix(_MARK)


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV: UTF-8, dates as ISO, missing as empty, texts safe for spreadsheets.

    The index is not written. Text columns go through ``safe_cell``; numbers are written as they are.
    """
    columns = [_cells(frame[name]) for name in frame.columns]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(frame.columns)
        writer.writerows(zip(*columns, strict=True))


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write JSON with sorted keys, two spaces, UTF-8 and a final line break."""
    text = json.dumps(content, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


@contextlib.contextmanager
def whole_folder(out: Path, is_ours: Callable[[Path], bool]) -> Iterator[Path]:
    """Give a temporary folder that becomes ``out`` when the block ends well, and vanishes when it does not.

    Parameters
    ----------
    out
        The folder to write; its parent has to exist. An existing one is replaced only when empty or ours.
    is_ours
        Tells whether an existing folder was written by the same command.

    Raises
    ------
    InputError
        ``out`` holds something else, is a file, its parent does not exist, or cannot be written to.
    """
    check_folder(out, is_ours)
    target = out.resolve()
    draft = target.parent / f".{target.name}.{secrets.token_hex(6)}.partial"
    try:  # around the making as well: Ctrl-C may come between the folder and the name for it
        _make(draft, out)
        yield draft
        _swap(draft, target)
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", file=out, remedy="choose another folder"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _make(draft: Path, out: Path) -> None:
    try:
        draft.mkdir()
    except OSError as error:
        raise InputError("cannot be written to", file=out.parent, remedy="choose another folder") from error


def check_folder(out: Path, is_ours: Callable[[Path], bool]) -> None:
    """Raise an ``InputError`` where ``out`` could not be written or replaced."""
    if not out.parent.is_dir():
        raise InputError(
            "there is no such folder", file=out.parent, remedy="make it, or choose another folder"
        )
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir():
        raise InputError("is a file, not a folder", file=out, remedy="choose another folder")
    try:
        taken = any(out.iterdir()) and not is_ours(out)
    except OSError as error:
        raise InputError("cannot be read", file=out, remedy="choose another folder") from error
    if taken:
        raise InputError(
            "holds files that this command did not write",
            file=out,
            remedy="empty it, or choose another folder",
        )


def _swap(draft: Path, out: Path) -> None:
    if not out.exists():
        draft.rename(out)
        return
    aside = out.parent / f".{out.name}.{secrets.token_hex(6)}.old"
    old = aside / out.name
    try:
        aside.mkdir()
        out.rename(old)
        try:
            draft.rename(out)
        except BaseException:
            old.rename(out)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _cells(column: pd.Series) -> list[str]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return list(column.dt.strftime("%Y-%m-%d").fillna(""))
    if pd.api.types.is_numeric_dtype(column.dtype):
        return [
            "" if missing else str(cell) for cell, missing in zip(column.tolist(), column.isna(), strict=True)
        ]
    return [
        "" if missing else safe_cell(str(cell)) for cell, missing in zip(column, column.isna(), strict=True)
    ]
