"""A source as it stood on a date: what a later version added, changed and took away.

Where a source dates its rows (ACLED's ``timestamp``), the events table has a column ``recorded``, and
``recorded_by`` gives the source as it stood on a day. Where it does not, a vintage is a file: its name, version
and SHA-256, as the manifest of everything built from it says, and two files are compared by ``diff_files``.
``vintage_of`` says which of the two a reading is, ``known_by`` what a file's source had told by a day, and
``latest_word`` which of several files has the last word on an event.

>>> print(diff_files("ged191.csv", "ged211.csv", actor="IS"))  # doctest: +SKIP
"""

from __future__ import annotations

from trends.vintages.comparing import diff_vintages
from trends.vintages.from_files import diff_files
from trends.vintages.identity import Vintage, vintage_of
from trends.vintages.published import came_out_by, dates_its_rows, known_by, latest_word, not_out, released
from trends.vintages.recorded import recorded_by
from trends.vintages.result import VintageDiff

__all__ = [
    "Vintage",
    "VintageDiff",
    "came_out_by",
    "dates_its_rows",
    "diff_files",
    "diff_vintages",
    "known_by",
    "latest_word",
    "not_out",
    "recorded_by",
    "released",
    "vintage_of",
]
