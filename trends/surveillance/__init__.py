"""What is unusual in a week: counts against what their own past leads to expect.

``alerts`` watches the provinces or groups of a panel; ``farrington_flexible`` is the improved Farrington method on
arrays, with the numbers of R's ``surveillance::farringtonFlexible``; ``sparse_tail`` is the rule for series with too
few events for it.

>>> print(alerts(panel, "2020-07-13"))  # doctest: +SKIP
"""

from __future__ import annotations

from trends.surveillance.farrington import FarringtonResult, farrington_flexible
from trends.surveillance.result import Alerts
from trends.surveillance.settings import Farrington, Sparse
from trends.surveillance.sparse import SparseResult, sparse_tail
from trends.surveillance.watching import alerts

__all__ = [
    "Alerts",
    "Farrington",
    "FarringtonResult",
    "Sparse",
    "SparseResult",
    "alerts",
    "farrington_flexible",
    "sparse_tail",
]
