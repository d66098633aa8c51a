"""Numbers of a randomisation distribution whose members are not independent."""

from __future__ import annotations

import numpy as np

from trends.models.series import Floats


def randomisation_p(real: float, placebos: Floats) -> float:
    """Share of all dates, the real one included, whose size is at least that of the real one.

    Parameters
    ----------
    real
        Statistic at the real date.
    placebos
        (D,) statistics at the placebo dates.
    """
    return float((1 + (np.abs(placebos) >= abs(real)).sum()) / (1 + len(placebos)))


def effective_number(values: Floats) -> float:
    """Independent values that tell as much as these, from their autocorrelation; between 1 and their number.

    Parameters
    ----------
    values
        (D,) in order of date.

    References
    ----------
    Geyer, C. J. (1992). Practical Markov chain Monte Carlo. Statistical Science 7, 473-483: sums of neighbouring
    autocorrelations enter as long as they are positive.
    """
    count = len(values)
    apart = values - values.mean()
    total = float(apart @ apart)
    if count < 4 or total <= 0:
        return 1.0
    inflation = 1.0
    for lag in range(1, count - 1, 2):
        pair = float(apart[lag:] @ apart[:-lag] + apart[lag + 1 :] @ apart[: -lag - 1]) / total
        if pair <= 0:
            break
        inflation += 2 * pair
    return float(min(count, max(1.0, count / inflation)))
