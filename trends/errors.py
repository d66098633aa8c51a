"""The errors that a user can cause and mend.

Every message says what is wrong, where (file, row, column) and what to do. The command line prints it in one
line and ends with exit code 2; a traceback appears only with ``--debug``.
"""

from __future__ import annotations

from pathlib import Path


class TrendsError(Exception):
    """Something a user can mend: bad input, an impossible request, a missing tool.

    Parameters
    ----------
    what
        What is wrong, as a clause without a full stop.
    file, row, column
        Where; ``row`` counts lines of the file from 1, the header included.
    remedy
        What to do about it, as a clause without a full stop.
    """

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        file: str | Path | None = None,
        row: int | None = None,
        column: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what = what
        self.file = None if file is None else str(file)
        self.row = row
        self.column = column
        self.remedy = remedy
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The whole message in one line: ``file, row 3, column 'date': what; remedy``."""
        place = [self.file] if self.file else []
        place += [f"row {self.row}"] if self.row is not None else []
        place += [f"column {self.column!r}"] if self.column else []
        text = ": ".join(filter(None, [", ".join(place), self.what]))
        text = f"{text}; {self.remedy}" if self.remedy else text
        return " ".join(text.split())


class InputError(TrendsError):
    """A file, a row or an argument is not what it has to be."""


class UnknownNameError(InputError):
    """A province, country, group, source or column name that is not known; the message suggests near ones."""


class StudyError(InputError):
    """A study file with an unknown key, a missing one, or choices that contradict each other."""


class EstimationError(TrendsError):
    """The data cannot support what was asked of them (too short, all zeros, not converged, separated)."""


class RenderError(TrendsError):
    """A report could not be rendered: the engine is missing, a cell failed, a reference is unresolved."""
