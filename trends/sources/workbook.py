"""The one sheet of an Excel workbook as rows of text."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trends.errors import InputError

_AGAIN = "save the sheet as CSV in UTF-8"


def workbook_rows(path: Path, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the only filled sheet, each with its number; empty rows are passed over.

    Numbers are written in full, days as ISO dates, formulas as they stand, which no reader takes for numbers.

    Raises
    ------
    InputError
        The workbook is damaged, or has no filled sheet or several.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with path.open("rb") as handle:
            book = openpyxl.load_workbook(handle, read_only=True, data_only=False)
            yield from _rows(book, file)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, SyntaxError, EOFError) as error:
        raise InputError(
            f"is an Excel workbook that cannot be read ({error})", file=file, remedy=_AGAIN
        ) from error


def _rows(book: Any, file: str) -> Iterator[tuple[int, list[str]]]:
    sheets = [sheet for sheet in book.worksheets if next(_filled(sheet), None) is not None]
    if len(sheets) != 1:
        names = ", ".join(repr(sheet.title) for sheet in sheets[:5])
        raise InputError(
            f"has {len(sheets)} filled sheets ({names})" if sheets else "has no filled sheet",
            file=file,
            remedy="keep the one that holds the events",
        )
    rows = _filled(sheets[0])
    number, header = next(rows)
    width = max(place for place, text in enumerate(header, start=1) if text)
    yield number, header[:width]
    for number, cells in rows:
        yield number, _of_width(cells, width)


def _filled(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        row = [_text(cell) for cell in cells]
        if any(row):
            yield number, row


def _of_width(cells: list[str], width: int) -> list[str]:
    """Return a row as wide as the header: rows end at their last cell, and cells beyond it stay to be seen."""
    last = max((place for place, text in enumerate(cells, start=1) if text), default=0)
    return [*cells[: max(last, width)], *([""] * (width - len(cells)))]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)
