"""Interrupted series, serial correlation, sparse counts: arrays in, frozen dataclasses out."""

from trends.models.control import Control
from trends.models.interrupted import interrupted
from trends.models.interruptions import Interruption
from trends.models.rates import RateComparison, compare_rates
from trends.models.result import InterruptedResult

__all__ = ["Control", "InterruptedResult", "Interruption", "RateComparison", "compare_rates", "interrupted"]
