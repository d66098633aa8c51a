"""Provinces together: pooled effect, province effects beside it, and how many of them may be chance."""

from trends.models.pooling.counts import PooledCounts, pool_counts
from trends.models.pooling.dependence import ResidualCorrelation, residual_correlation, shared_variance
from trends.models.pooling.effect import PooledEffect
from trends.models.pooling.findings import ProvinceFindings
from trends.models.pooling.leave_out import leave_one_out
from trends.models.pooling.multiplicity import Discoveries, combine_p, fdr
from trends.models.pooling.pooled import pool
from trends.models.pooling.provinces import pool_provinces
from trends.models.pooling.shrinkage import shrink
from trends.models.pooling.signflips import LargestStatistic, max_t

__all__ = [
    "Discoveries",
    "LargestStatistic",
    "PooledCounts",
    "PooledEffect",
    "ProvinceFindings",
    "ResidualCorrelation",
    "combine_p",
    "fdr",
    "leave_one_out",
    "max_t",
    "pool",
    "pool_counts",
    "pool_provinces",
    "residual_correlation",
    "shared_variance",
    "shrink",
]
