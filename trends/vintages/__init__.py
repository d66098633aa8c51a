"""A source as it stood on a date: what a later version added, changed and took away.

Where a source dates its rows (ACLED's ``timestamp``), the events table has a column ``recorded``, and
``recorded_by`` gives the source as it stood on a day. Where it does not, a vintage is a file: its name, version
and SHA-256, as the manifest of everything built from it says, and two files are compared by ``diff_files``.
``vintage_of`` says which of the two a reading is.

>>> print(diff_files("ged191.csv", "ged211.csv", actor="IS"))  # doctest: +SKIP
"""

from __future__ import annotations

from trends.vintages.comparing import diff_vintages
from trends.vintages.from_files import diff_files
from trends.vintages.identity import Vintage, vintage_of
from trends.vintages.recorded import recorded_by
from trends.vintages.result import VintageDiff

__all__ = ["Vintage", "VintageDiff", "diff_files", "diff_vintages", "recorded_by", "vintage_of"]
