"""An archive of weekly reports: one page a week, an index, and only what changed rendered again."""

from trends.archive.run import Archived, archive

__all__ = ["Archived", "archive"]
