"""What to look at before an estimate is believed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from trends.models.series import Floats
from trends.models.setting import Setting

LAGS = 12


@dataclass(frozen=True)
class Autocorrelation:
    """Residual autocorrelation at lags 1 to 12 and the Ljung-Box test of all of them together."""

    lags: tuple[float, ...]
    ljung_box: float
    ljung_box_df: int
    ljung_box_p: float


@dataclass(frozen=True, repr=False)
class Diagnostics:
    """Checks of one analysis.

    Attributes
    ----------
    method
        Of the estimate.
    dispersion_name, dispersion
        ``"alpha"`` of the negative binomial variance ``mu + alpha mu^2``, or ``"phi"``, variance over mean.
    pearson_ratio
        Pearson chi-square over degrees of freedom: near 1 where the family's variance fits (for
        quasi-Poisson it is phi itself).
    autocorrelation, ljung_box, ljung_box_df, ljung_box_p
        Of the Pearson residuals, lags 1 to 12; weeks left out keep their place. The p-value is
        approximate: it takes no account of the coefficients estimated.
    converged
        True: what does not converge is not reported.
    weeks, weeks_before, weeks_after, weeks_phase_in, weeks_missing
        In the fit; before and after the first interruption; left out as phase-in; without a count.
    events_before, events_after
        Events in the weeks of the fit.
    condition_number, variance_inflation
        Of the columns, scaled; NaN and empty for an exact comparison.
    noise
        What the chosen interval assumed: ``sigma`` and ``rho`` (latent AR(1)), ``lags`` (HAC), ``df``.
    notes
        What must be said beside the estimate.
    """

    method: str
    dispersion_name: str
    dispersion: float
    pearson_ratio: float
    autocorrelation: tuple[float, ...]
    ljung_box: float
    ljung_box_df: int
    ljung_box_p: float
    converged: bool
    weeks: int
    weeks_before: int
    weeks_after: int
    weeks_phase_in: int
    weeks_missing: int
    events_before: int
    events_after: int
    condition_number: float = float("nan")
    variance_inflation: dict[str, float] = field(default_factory=dict)
    noise: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and text, for JSON."""
        return asdict(self)

    @property
    def frame(self) -> pd.DataFrame:
        """The checks as a table of name and value."""
        plain = {
            name: value
            for name, value in self.to_dict().items()
            if name not in ("autocorrelation", "variance_inflation", "noise", "notes")
        }
        rows = [*plain.items(), *((f"autocorrelation {k}", r) for k, r in enumerate(self.autocorrelation, 1))]
        rows += [(f"variance inflation {name}", value) for name, value in self.variance_inflation.items()]
        return pd.DataFrame([*rows, *self.noise.items()], columns=["check", "value"])

    @property
    def brief(self) -> pd.DataFrame:
        """What a reader looks at first; :attr:`frame` has every number."""
        rows = {
            "steps in the fit": f"{self.weeks}: {self.weeks_before} before, {self.weeks_after} after",
            "left out": f"{self.weeks_phase_in} as phase-in, {self.weeks_missing} missing",
            "events": f"{self.events_before:,} before, {self.events_after:,} after",
            f"dispersion ({self.dispersion_name})": f"{self.dispersion:.3g}",
            "Pearson chi-square / df": f"{self.pearson_ratio:.3g}",
            "residual autocorrelation": ", ".join(f"{value:.2f}" for value in self.autocorrelation[:3])
            + ", ...",
            "Ljung-Box": f"p {self.ljung_box_p:.2g} over {self.ljung_box_df} lags",
            "noise": ", ".join(f"{name} {value:.3g}" for name, value in self.noise.items()) or "-",
        }
        return pd.DataFrame({"check": list(rows), "value": list(rows.values())})

    def __repr__(self) -> str:
        lines = [f"Diagnostics: {self.method}", self.brief.to_string(index=False, header=False)]
        return "\n".join([*lines, *(f"- {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        from trends.models.display import frame_html

        return frame_html(self.brief, (*self.notes, "every number: .frame"))


def autocorrelation(residuals: Floats, positions: NDArray[np.intp], lags: int = LAGS) -> Autocorrelation:
    """Autocorrelation of residuals that keep their place in the calendar, with the Ljung-Box test.

    Parameters
    ----------
    residuals
        (T,) Pearson residuals of the weeks in the fit.
    positions
        (T,) their places, rising; pairs across a gap count at their true lag.

    References
    ----------
    Ljung, G. M. & Box, G. E. P. (1978). Biometrika 65, 297-303.
    """
    weeks = len(residuals)
    lags = min(lags, max(1, weeks // 2))
    placed = np.zeros(int(positions[-1] - positions[0]) + 1)
    placed[positions - positions[0]] = residuals - residuals.mean()
    total = float(placed @ placed)
    if total <= 1e-16 * weeks:
        return Autocorrelation((0.0,) * lags, 0.0, lags, 1.0)
    found = np.array([placed[lag:] @ placed[:-lag] / total for lag in range(1, lags + 1)])
    statistic = float(weeks * (weeks + 2) * (found**2 / (weeks - np.arange(1, lags + 1))).sum())
    return Autocorrelation(
        tuple(float(value) for value in found), statistic, lags, float(stats.chi2.sf(statistic, lags))
    )


def week_counts(setting: Setting) -> dict[str, int]:
    """Weeks and events without and with an interruption's effect (before and after), and weeks left out."""
    used, after = setting.in_fit, setting.segment > 0
    counts = np.nan_to_num(setting.series.counts)
    return {
        "weeks": int(used.sum()),
        "weeks_before": int((used & ~after).sum()),
        "weeks_after": int((used & after).sum()),
        "weeks_phase_in": int(setting.phase_in.sum()),
        "weeks_missing": int((~setting.series.observed & ~setting.phase_in).sum()),
        "events_before": int(counts[used & ~after].sum()),
        "events_after": int(counts[used & after].sum()),
    }
