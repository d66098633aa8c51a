"""An unknown change point: whether the data would find the date by themselves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trends.checks.basis import Basis, basis_of, moved
from trends.checks.change_numbers import change_profile
from trends.checks.display import CheckResult
from trends.checks.effects import Ints, Progress, threads
from trends.checks.simulate import randomness
from trends.checks.sup_f import SupF, sup_f
from trends.errors import EstimationError, InputError
from trends.models.inference import latent_ar1
from trends.models.result import InterruptedResult
from trends.models.series import Floats

DEFAULT_SEED = 20200320

WHY_LONE = "series of a ratio without any change would have to be simulated for two series that move together"
INSTEAD = "placebo_dates fits the ratio at every date"


@dataclass(frozen=True, eq=False)
class ChangePoint(CheckResult):
    """Where a change would be placed without knowing the date.

    Attributes
    ----------
    table
        ``date, statistic, in_set, real``: one row a week searched.
    date
        First day of the week with the largest statistic.
    statistic
        The largest chi-square statistic.
    p_value
        Share of simulated series without a change whose largest statistic is at least as large.
    level
        Nominal coverage of the set of dates (``in_set``).
    simulations
        Series behind the p-value, and again behind the set.
    log_linear
        The textbook sup-F test of one mean before and one after in ``log(count + 1/2)``, weeks taken as
        independent; its places count observed weeks.
    real
        First day of the week of the real interruption.
    step
        ``"week"`` or ``"month"``.
    """

    date: pd.Timestamp
    statistic: float
    p_value: float
    level: float
    simulations: int
    log_linear: SupF
    real: pd.Timestamp
    step: str

    def sentence(self) -> str:
        """Say where the data place a change, how rare that is, and which dates they leave open."""
        kept = self.table[self.table["in_set"]]
        held = self.table.loc[self.table["real"], "in_set"]
        where = (
            "was not searched"
            if held.empty
            else "belongs to them"
            if held.iloc[0]
            else "does not belong to them"
        )
        narrow = " (they rule out none)" if len(kept) == len(self.table) else ""
        first, last = kept["date"].min().date(), kept["date"].max().date()
        return (
            f"Without being told a date, the model places a change in the {self.step} of {self.date.date()}; series "
            f"without any change show one at least as clear in {100 * self.p_value:.1f} % of {self.simulations} "
            f"simulations. Were there one change, {100 * self.level:g} % of such sets would hold its date: "
            f"{len(kept)} of the {len(self.table)} {self.step}s searched{narrow}, between {first} and {last}; "
            f"the real {self.step}, {self.real.date()}, {where}."
        )

    def plot(self) -> Any:
        """Draw the statistic by week, the set of dates and the real date."""
        from trends.checks.plots_more import change_figure

        return change_figure(self)


def change_point(
    result: InterruptedResult,
    *,
    trim: float = 0.15,
    simulations: int = 499,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
) -> ChangePoint:
    """Search for one change of the result's shape at every week, with serial correlation allowed for.

    The statistic of a week is the chi-square of the interruption's columns there, beyond a fit without any change,
    under the latent AR(1) noise (:func:`trends.checks.change_numbers.change_profile`). Its largest value over the
    weeks is compared with those of series simulated from the fit without a change (parametric bootstrap): trend,
    season and serial correlation have no tabulated limit. The set of dates holds every week whose statistic lies
    less below the largest than the true week's does in ``level`` of the series simulated with a change at the
    estimated week. Phase-in weeks are part of the search.

    Parameters
    ----------
    result
        A regression; its interruptions give the shape of the change (of the first one).
    trim
        Share of the weeks at each end that is not searched.
    simulations
        At least 19; 499 give a p-value to about 0.01 at 0.05.
    seed
        Of the simulations.
    progress
        Called with (steps done, 2).

    Raises
    ------
    InputError
        A trim or number of simulations that cannot be used.
    EstimationError
        The result is an exact comparison, or the model without a change does not converge.

    References
    ----------
    Andrews, D. W. K. (1993). Econometrica 61, 821-856. Siegmund, D. (1988). Confidence sets in change-point
    problems. International Statistical Review 56, 31-48.
    """
    basis = basis_of(result, "change points", why=WHY_LONE, instead=INSTEAD)
    _check(trim, simulations)
    places = _places(basis, trim)
    own = np.flatnonzero([term.interruption == 0 for term in basis.terms])
    changes = np.stack([moved(basis.matrix[:, own], place - basis.start) for place in places])
    counts = basis.setting.series.counts
    observed = _observed(basis, changes)
    best = int(np.argmax(observed))
    null, shifted = _both(
        (
            lambda: _bootstrapped(basis, None, changes, simulations, seed),
            lambda: _bootstrapped(basis, changes[best], changes, simulations, seed + 1),
        ),
        progress,
    )
    reach = float(np.quantile(shifted.max(1) - shifted[:, best], basis.setting.level))
    p_value = (1 + int((null.max(1) >= observed[best]).sum())) / (1 + len(null))
    textbook = _textbook(counts, trim)
    return ChangePoint(
        f"Unknown change point: {basis.name}",
        _table(basis, places, observed, reach),
        _notes(basis, textbook, counts, len(null), simulations),
        basis.index[places[best]],
        float(observed[best]),
        p_value,
        basis.setting.level,
        len(null),
        textbook,
        basis.index[basis.start],
        basis.step,
    )


def _table(basis: Basis, places: Ints, observed: Floats, reach: float) -> pd.DataFrame:
    """One row a week searched; in the set are those that lie less than ``reach`` below the largest."""
    columns = {
        "date": basis.index[places],
        "statistic": observed,
        "in_set": observed >= observed.max() - reach,
        "real": places == basis.start,
    }
    return pd.DataFrame(columns)


def _both(makers: tuple[Callable[[], Floats], ...], progress: Progress | None) -> list[Floats]:
    """Make both sets of simulations at the same time; neither depends on the other."""
    with ThreadPoolExecutor(min(threads(), len(makers))) as pool:
        made = [pool.submit(make) for make in makers]
        for done, one in enumerate(made, 1):
            one.result()
            if progress is not None:
                progress(done, len(makers))
    return [one.result() for one in made]


def _check(trim: float, simulations: int) -> None:
    if not 0 < trim < 0.5 or simulations < 19:
        raise InputError(
            f"trim {trim!r}, simulations {simulations!r}", remedy="give trim below 0.5, 19 or more"
        )


def _observed(basis: Basis, changes: Floats) -> Floats:
    """(D,) statistic of each change in the series itself."""
    found = _profile(basis, basis.setting.series.counts[None, :], changes)[0]
    if not np.isfinite(found).all():
        raise EstimationError(
            f"{basis.name}: the model without a change did not converge", remedy="use fewer terms or months"
        )
    return np.asarray(found)


def _places(basis: Basis, trim: float) -> Ints:
    weeks = len(basis.index)
    edge = max(int(np.floor(trim * weeks)), 4)
    if weeks - 2 * edge < 3:
        raise EstimationError(
            f"{weeks} {basis.step}s leave nothing to search", remedy="give a longer series or a smaller trim"
        )
    return np.arange(edge, weeks - edge + 1, dtype=np.intp)


def _profile(basis: Basis, counts: Floats, changes: Floats) -> Floats:
    return change_profile(counts, basis.baseline, changes, basis.setting.offset)


def _bootstrapped(basis: Basis, change: Floats | None, changes: Floats, size: int, seed: int) -> Floats:
    matrix = basis.baseline if change is None else np.column_stack([basis.baseline, change])
    counts, offset = basis.setting.series.counts, basis.setting.offset
    fit = latent_ar1(counts, matrix, offset)
    mean = np.exp(np.clip(matrix @ fit.coef + offset, None, 30.0))
    noise = randomness(seed, size, len(counts), float(fit.fit.rho[0]))
    simulated = noise.counts(mean, float(fit.fit.sigma[0]))
    found = _profile(basis, np.where(np.isfinite(counts), simulated, np.nan), changes)
    found = found[np.isfinite(found).all(1)]
    if len(found) < size / 2:
        raise EstimationError(
            f"{basis.name}: fewer than half of the simulated series could be fitted",
            remedy="use fewer terms, months or a group of provinces",
        )
    return np.asarray(found)


def _textbook(counts: Floats, trim: float) -> SupF:
    seen = counts[np.isfinite(counts)]
    return sup_f(np.log(seen + 0.5), np.ones((len(seen), 1)), trim)


def _notes(basis: Basis, textbook: SupF, counts: Floats, kept: int, asked: int) -> tuple[str, ...]:
    week = basis.index[np.flatnonzero(np.isfinite(counts))[textbook.place]].date()
    lost = (f"{asked - kept} simulated series could not be fitted and do not count",) if kept < asked else ()
    return (
        f"the textbook sup-F test of the mean of log(count + 1/2), without trend, season or serial correlation: "
        f"F {textbook.statistic:.1f} for a change at the {basis.step} of {week}, p {textbook.p_value:.2g}; too small where "
        f"{basis.step}s are correlated",
        *lost,
    )
