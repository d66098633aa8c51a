"""Before and after around a level that wanders: ``trend="local-level"``.

The course without the interruption is whatever the level did, not a straight line. A step is then seen only against
the weeks near it: how far the level would have moved by itself meanwhile is part of the interval, which is wide, and
all the wider the more the level wanders. An effect that builds up slowly cannot be told from wandering, so a change
of slope is refused; effects at a horizon rest on the shape alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from trends.errors import EstimationError, InputError
from trends.models.design import Design
from trends.models.effects import PeriodSums, mean_bands, period_sums
from trends.models.identify import refuse_separated
from trends.models.inference import LARGEST_LATENT, Inference, LatentInference
from trends.models.interruptions import DateLike, Interruption, as_interruptions
from trends.models.latent_walk import WalkFit, fit_latent_walk
from trends.models.segmented import Segmented
from trends.models.series import Floats
from trends.models.setting import Setting

METHOD = "local-level"


def as_steps(
    interruptions: DateLike | Interruption | list[DateLike | Interruption] | object,
) -> tuple[Interruption, ...]:
    """Read interruptions around a wandering level: a bare date means ``"level"``.

    Raises
    ------
    InputError
        A change of slope was asked for.
    """
    given = [interruptions] if isinstance(interruptions, (str, Interruption)) else interruptions
    try:
        wanted = list(given)  # type: ignore[call-overload]
    except TypeError:
        wanted = [given]
    named = [item for item in wanted if isinstance(item, Interruption)]
    for item in named:
        if "slope" in item.shape:
            raise InputError(
                f'{item.name} has shape {item.shape!r}: beside trend="local-level" no change of slope can be told '
                "from wandering",
                remedy='use shape="level" (or "ramp", "decay", "temporary"), or trend="linear"',
            )
    items = as_interruptions(interruptions)  # type: ignore[arg-type]
    return tuple(item if item in named else Interruption(item.date, shape="level") for item in items)


def fit_local_level(setting: Setting, design: Design) -> LocalLevel:
    """Fit a series around a wandering level.

    Raises
    ------
    EstimationError
        The fit did not converge, a term singles out weeks without events, or a count is above 10^12.
    """
    used = setting.in_fit
    refuse_separated(setting.series.counts[used], design.matrix[used], design.names)
    if np.nanmax(setting.counts) > LARGEST_LATENT:
        raise EstimationError(
            f"a count of {np.nanmax(setting.counts):.3g} is beyond what the fit can carry ({LARGEST_LATENT:.0e})",
            remedy="use a smaller unit of time or place",
        )
    walk = fit_latent_walk(setting.counts, design.matrix, setting.offset)
    if not bool(walk.fit.converged[0]) or not np.isfinite(walk.fit.cov[0]).all():
        raise EstimationError(
            "the local-level fit did not converge",
            remedy='use fewer terms, months instead of weeks, or trend="linear"',
        )
    return LocalLevel(setting, design, LatentInference(walk.fit, method=METHOD), walk)


@dataclass(frozen=True, eq=False)
class LocalLevel(Segmented):
    """A series with steps around a wandering level.

    Everything on the response scale follows the smoothed level: at coefficients b the log mean is ``offset + level
    + (design - taken) @ b`` plus what is not known of the level given b, which is drawn too.
    """

    walk: WalkFit

    def infer(self, method: str) -> Inference:
        """Give the only interval that there is around a wandering level."""
        if method != METHOD:
            raise EstimationError(f'intervals {method!r} are not made beside trend="local-level"')
        return self.inference

    def intervals(self) -> pd.DataFrame:
        """Effects by the one method."""
        return self.effects()

    def sums(self, inference: Inference, place: int | None, first: object, last: object) -> PeriodSums:
        """Sum expected events of a period with and without an interruption (or all of them)."""
        weeks = self.setting.period(place, first, last)
        return period_sums(
            self._coef, self._drawn_wide, self._with[weeks], self._without(place)[weeks], self._offset[weeks]
        )

    def counterfactual(self) -> pd.DataFrame:
        """Observed, fitted and expected counts of every week."""
        columns = {"observed": self.setting.series.counts}
        for name, matrix in (("fitted", self._with), ("expected", self._without(None))):
            bands = mean_bands(self._coef, self._drawn_wide, matrix, self._offset, self.setting.level)
            columns |= dict(zip((name, f"{name}_low", f"{name}_high"), bands, strict=True))
        return self.frame(columns)

    @cached_property
    def _coef(self) -> Floats:
        """(P + T,) coefficients, and nothing beside the smoothed level."""
        return np.concatenate([self.inference.coef, np.zeros(len(self.walk.level))])

    @cached_property
    def _drawn_wide(self) -> Floats:
        """(N, P + T) draws of the coefficients and of the level around its smoothed value."""
        around = self.walk.wander(self.setting.seed, self.setting.draws)
        return np.hstack([self.draws, around])

    @cached_property
    def _with(self) -> Floats:
        """(T, P + T)."""
        return np.hstack([self.design.matrix - self.walk.taken, np.eye(len(self.walk.level))])

    def _without(self, place: int | None) -> Floats:
        """(T, P + T) as if an interruption had not happened; the level stays what the data say."""
        effect = self.design.matrix - self.design.without(place)
        return self._with - np.hstack([effect, np.zeros((len(effect), len(effect)))])

    @cached_property
    def _offset(self) -> Floats:
        return np.asarray(self.setting.offset + self.walk.level)

    def residuals(self) -> Floats:
        """(weeks in the fit,) residuals from the smoothed level by the variance ``mean + nu^2 mean^2``."""
        used = self.setting.in_fit
        mean = np.exp(self.walk.eta[used])
        return np.asarray(
            (self.setting.series.counts[used] - mean) / np.sqrt(mean + (self.walk.nu * mean) ** 2)
        )

    def dispersion(self) -> tuple[str, float, float]:
        """Relative variance of the independent noise, and Pearson chi-square over weeks less coefficients."""
        residuals = self.residuals()
        freedom = max(len(residuals) - self.design.matrix.shape[1], 1)
        return "nu^2", self.walk.nu**2, float((residuals**2).sum() / freedom)

    def noise(self) -> dict[str, float]:
        """Noise that the interval assumed: tau (steps of the level), nu (independent), on the log scale."""
        return {"df": self.inference.df, "tau": self.walk.tau, "nu": self.walk.nu}

    def own_notes(self) -> tuple[str, ...]:
        """Say what a wandering level costs."""
        step = self.setting.series.step
        return (
            f"the level may wander (by about {100 * np.expm1(self.walk.tau):.2g} % from one {step} to the next): a step "
            f"is compared with the {step}s near it, and an effect that builds up slowly is taken for wandering",
        )
