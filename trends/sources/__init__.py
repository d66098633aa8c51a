"""Readers of event files: one module a source, one seam, ``read_source(path) -> Reading``.

A further source is one more module in this folder with a ``LAYOUTS`` tuple; nothing else changes.
"""

from trends.sources.reading import Reading, Selection, SourceInfo, read_source, read_sources

__all__ = ["Reading", "Selection", "SourceInfo", "read_source", "read_sources"]
