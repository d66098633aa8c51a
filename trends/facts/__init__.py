"""The hand-collected facts under ``data/raw/``, validated when they are read.

Where sources disagree the tables hold every row; nothing here averages or chooses. The columns are described
in ``data/raw/README.md``.
"""

from __future__ import annotations

from trends.facts.loaders import load_claims_periods as load_claims_periods
from trends.facts.loaders import load_claims_weekly as load_claims_weekly
from trends.facts.loaders import load_population as load_population
from trends.facts.loaders import load_published as load_published

__all__ = ["load_claims_periods", "load_claims_weekly", "load_population", "load_published"]
