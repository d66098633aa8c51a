"""Invented weekly counts around a known course, for the tests of checks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.signal import lfilter

START = "2018-01-01"


def weekly(
    seed: int,
    weeks: int = 120,
    mean: float = 8.0,
    sigma: float = 0.0,
    rho: float = 0.0,
    ratio: float = 1.0,
    at: int = 80,
) -> pd.Series:
    """Poisson counts with a latent AR(1) disturbance, and a step by ``ratio`` from week ``at`` on."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(weeks)
    noise[1:] *= np.sqrt(1 - rho**2)
    latent = lfilter([1.0], [1.0, -rho], noise)
    course = mean * np.where(np.arange(weeks) >= at, ratio, 1.0) * np.exp(sigma * latent - sigma**2 / 2)
    index = pd.date_range(START, periods=weeks, freq="W-MON", name="week")
    return pd.Series(rng.poisson(course), index=index, name="attacks")


def monday(place: int) -> pd.Timestamp:
    """First day of the week at a place of an invented series."""
    return pd.Timestamp(START) + pd.Timedelta(weeks=place)
