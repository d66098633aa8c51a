"""Records that are one and the same event: repeats within a source, and the overlap of several sources.

>>> links = link(ged, acled, days=3, kilometres=10, actors=country.actors)  # doctest: +SKIP
>>> combine({"ged": ged, "acled": acled}, how="overlap").panel(country, first, last)  # doctest: +SKIP
"""

from __future__ import annotations

from trends.linkage.combining import Combined, Sensitivity, combine, sensitivity
from trends.linkage.duplicates import exact_duplicates
from trends.linkage.from_files import LinkedFiles, link_files
from trends.linkage.linking import link
from trends.linkage.links import Links, Settings
from trends.linkage.merging import overlap, union
from trends.linkage.scoring import Weights

__all__ = [
    "Combined",
    "LinkedFiles",
    "Links",
    "Sensitivity",
    "Settings",
    "Weights",
    "combine",
    "exact_duplicates",
    "link",
    "link_files",
    "overlap",
    "sensitivity",
    "union",
]
