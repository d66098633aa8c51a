"""The improved Farrington method on arrays: many series and many weeks in one go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from trends.errors import InputError
from trends.surveillance.baseline import Baselines, Integers, baselines
from trends.surveillance.grouped import Floats, GroupedFit, fit_grouped
from trends.surveillance.quantiles import tail
from trends.surveillance.settings import Farrington

CHUNK = 2048
LEAST_YEARS_FOR_TREND = 3


@dataclass(frozen=True, eq=False)
class FarringtonResult:
    """What the improved Farrington method says of K weeks of S series; all arrays are (K, S).

    Attributes
    ----------
    expected
        Expected count; missing where no model could be fitted.
    threshold
        A count above it is unusual; missing as well where the mean it is taken from exceeds 10^12.
    probability
        Probability of a count at least as high without a cause, by the chosen threshold's distribution.
    score
        (count - expected) / (threshold - expected).
    dispersion
        Variance over mean, at least 1.
    slope
        Trend a week on the log scale; missing where none was kept.
    enough
        bool: enough events in the last weeks for an alert.
    alarm
        bool: above the threshold, with enough events.
    """

    expected: Floats
    threshold: Floats
    probability: Floats
    score: Floats
    dispersion: Floats
    slope: Floats
    enough: NDArray[np.bool_]
    alarm: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Fitted:
    """(M,) what one model says of the tested weeks."""

    log_mean: Floats
    std_error: Floats
    dispersion: Floats
    slope: Floats
    slope_p: Floats
    converged: NDArray[np.bool_]

    def where(self, chosen: NDArray[np.bool_], other: _Fitted) -> _Fitted:
        """Take the fits chosen from this one and the rest from another."""
        names = self.__dataclass_fields__
        return _Fitted(*(np.where(chosen, getattr(self, name), getattr(other, name)) for name in names))


def farrington_flexible(
    counts: ArrayLike,
    at: ArrayLike,
    references: ArrayLike,
    how: Farrington | None = None,
    population: ArrayLike | None = None,
) -> FarringtonResult:
    """Test weeks of several series by the improved Farrington method.

    Parameters
    ----------
    counts
        (T, S) whole numbers, T consecutive weeks.
    at
        (K,) positions of the tested weeks.
    references
        (K, years) positions of the same week in earlier years, nearest first; as many as ``how.years``.
    how
        The settings; the defaults of ``Farrington`` where not given.
    population
        (T, S) exposure; the mean is then proportional to it.

    Raises
    ------
    InputError
        Counts that are none, shapes that do not fit, an exposure not above 0.
    EstimationError
        The history is too short.

    Notes
    -----
    The numbers are those of ``surveillance::farringtonFlexible`` (1.20.3), down to two of its habits: the standard
    error of the mean uses, after reweighting, the working residuals with the outbreak weights alone, and a fit
    that has not converged in 25 steps is refitted without trend, or given up. The score differs from R's for
    ``"nbPlugin"`` and ``"muan"``, where R subtracts the linear predictor instead of the mean.

    References
    ----------
    Noufaily, A. et al. (2013). An improved algorithm for outbreak detection in multiple surveillance systems.
    Statistics in Medicine 32, 1206-1222. Farrington, C.P. et al. (1996). Journal of the Royal Statistical Society
    A 159, 547-563. Salmon, M. et al. (2016). Journal of Statistical Software 70(10).
    """
    how = how or Farrington()
    series, positions, earlier, exposure = _checked(counts, at, references, how, population)
    weeks = baselines(len(series), positions, earlier, how.half_window, how.periods, how.recent_weeks)
    fits = []
    size = max(1, CHUNK // max(series.shape[1], 1))
    for start in range(0, len(positions), size):
        part = slice(start, start + size)
        some = Baselines(weeks.at[part], weeks.weeks[part], weeks.used[part])
        fits.append(_fit_baselines(series, exposure, some, how))
    return _result(series, positions, _joined(fits, (len(positions), series.shape[1])), how)


def _joined(fits: list[_Fitted], shape: tuple[int, ...]) -> _Fitted:
    """Put the fits of several stretches of weeks together."""
    columns = [[getattr(fit, name) for fit in fits] for name in _Fitted.__dataclass_fields__]
    return _Fitted(*(np.concatenate(parts).reshape(shape) for parts in columns))


def _checked(
    counts: ArrayLike, at: ArrayLike, references: ArrayLike, how: Farrington, population: ArrayLike | None
) -> tuple[Floats, Integers, Integers, Floats]:
    series = np.asarray(counts, dtype=float)
    if series.ndim != 2:
        raise InputError("counts are not a table of weeks and series", remedy="give one column a series")
    if not (np.isfinite(series).all() and (series >= 0).all() and (series == np.round(series)).all()):
        raise InputError("counts hold a missing, negative or broken number")
    positions, earlier = np.asarray(at, dtype=np.int64), np.asarray(references, dtype=np.int64)
    if positions.ndim != 1 or not len(positions) or not series.shape[1]:
        raise InputError("there is no week or no series to test")
    if earlier.shape != (len(positions), how.years):
        raise InputError(
            f"references have the shape {earlier.shape}, not {(len(positions), how.years)}",
            remedy="give one row a tested week and one column a year",
        )
    exposure = np.ones_like(series) if population is None else np.asarray(population, dtype=float)
    if exposure.shape != series.shape or not (np.isfinite(exposure).all() and (exposure > 0).all()):
        raise InputError("the population is not one number above 0 for each count")
    return series, positions, earlier, exposure


@dataclass(frozen=True, eq=False)
class _Problem:
    """M regressions: (M, P, L) counts, time since the tested week, log exposure, use; (M,) log exposure now."""

    counts: Floats
    time: Floats
    offset: Floats
    used: Floats
    now: Floats

    def __getitem__(self, rows: Integers) -> _Problem:
        return _Problem(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def freedom(self, trend: bool) -> Floats:
        """(M,) degrees of freedom."""
        terms = (self.used.sum(axis=2) > 0).sum(axis=1) + trend
        left = np.asarray(self.used.sum(axis=(1, 2)) - terms)
        if (left <= 0).any():
            raise InputError(
                "the baseline has no more weeks than the model has terms",
                remedy="use more years, a wider window or fewer periods",
            )
        return left


def _problem(series: Floats, exposure: Floats, weeks: Baselines) -> _Problem:
    """Lay out the baseline of every tested week and series, M = weeks × series."""
    shape, many = (-1, *weeks.weeks.shape[1:]), series.shape[1]
    used = np.repeat(weeks.used, many, axis=0).astype(float)
    since = weeks.weeks - weeks.at[:, None, None]
    return _Problem(
        counts=np.moveaxis(series[weeks.weeks], 3, 1).reshape(shape) * used,
        time=np.repeat(since, many, axis=0).astype(float),
        offset=np.log(np.moveaxis(exposure[weeks.weeks], 3, 1).reshape(shape)) * used,
        used=used,
        now=np.log(exposure[weeks.at].reshape(-1)),
    )


def _fit_baselines(series: Floats, exposure: Floats, weeks: Baselines, how: Farrington) -> _Fitted:
    """Fit with a trend, and again without where it is not to be kept."""
    problem = _problem(series, exposure, weeks)
    if not how.trend:
        return _fit(problem, how, False)
    sloped = _fit(problem, how, True)
    with np.errstate(over="ignore"):
        within = np.exp(sloped.log_mean) <= problem.counts.max(axis=(1, 2))
    keep = sloped.converged & within & (sloped.slope_p < how.trend_p) & (how.years >= LEAST_YEARS_FOR_TREND)
    if keep.all():
        return sloped
    rest = np.flatnonzero(~keep)
    return sloped.where(keep, _spread(_fit(problem[rest], how, False), rest, len(keep)))


def _spread(part: _Fitted, places: Integers, length: int) -> _Fitted:
    """Put fits at their places among others; the places between stay missing."""
    fields = []
    for name in _Fitted.__dataclass_fields__:
        values = getattr(part, name)
        whole = np.zeros(length, dtype=bool) if values.dtype == bool else np.full(length, np.nan)
        whole[places] = values
        fields.append(whole)
    return _Fitted(*fields)


@np.errstate(invalid="ignore", divide="ignore", over="ignore")
def _fit(problem: _Problem, how: Farrington, trend: bool) -> _Fitted:
    """Fit once, and again with past outbreaks weighted down."""
    y, time, freedom = problem.counts, problem.time, problem.freedom(trend)
    first = final = fit_grouped(y, time, problem.offset, problem.used, trend)
    raw = for_errors = _dispersion(first, y, first.weights, freedom)
    if how.reweight:
        prior = _outbreak_weights(first, problem, np.maximum(raw, 1), how.reweight_above)
        final = fit_grouped(y, time, problem.offset, prior, trend)
        raw = _dispersion(final, y, final.weights, freedom)
        for_errors = _dispersion(final, y, prior, freedom)
    log_mean, variance = final.predict(y.shape[1] - 1, np.zeros(len(y)))
    missing = np.full(len(y), np.nan)
    t_value = np.abs(final.slope) / np.sqrt(for_errors / final.slope_information)
    return _Fitted(
        log_mean=log_mean + problem.now,
        std_error=np.sqrt(for_errors * variance),
        dispersion=np.maximum(raw, 1),
        slope=final.slope if trend else missing,
        slope_p=np.asarray(2 * stats.t.sf(t_value, freedom)) if trend else missing,
        converged=first.converged,
    )


def _dispersion(fit: GroupedFit, y: Floats, weights: Floats, freedom: Floats) -> Floats:
    """Weighted sum of squared working residuals over degrees of freedom."""
    return np.asarray((weights * ((y - fit.fitted) / fit.fitted) ** 2).sum(axis=(1, 2)) / freedom)


def _outbreak_weights(fit: GroupedFit, problem: _Problem, dispersion: Floats, above: float) -> Floats:
    """(M, P, L) weights that fall with the square of the standardised Anscombe residual above a bound."""
    anscombe = 1.5 * (problem.counts ** (2 / 3) * fit.fitted ** (-1 / 6) - np.sqrt(fit.fitted))
    anscombe = anscombe / np.sqrt(dispersion[:, None, None] * (1 - fit.leverage(problem.time)))
    weights = problem.used * np.where(anscombe > above, anscombe**-2.0, 1.0)
    total = problem.used.sum(axis=(1, 2)) / weights.sum(axis=(1, 2))
    return np.asarray(weights * total[:, None, None])


def _result(series: Floats, at: Integers, fitted: _Fitted, how: Farrington) -> FarringtonResult:
    counts, known = series[at], fitted.converged.astype(bool)
    log_mean = np.where(known, fitted.log_mean, np.nan)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        expected = np.exp(log_mean)
        threshold, probability = tail(counts, log_mean, fitted.std_error, fitted.dispersion, how)
        score = (counts - expected) / (threshold - expected)
    recent = np.array([series[max(0, one - how.least_events_weeks + 1) : one + 1].sum(axis=0) for one in at])
    enough = recent.reshape(counts.shape) >= how.least_events
    alarm = enough & (counts > threshold) & (counts > 0)
    dispersion = np.where(known, fitted.dispersion, np.nan)
    slope = np.where(known, fitted.slope, np.nan)
    return FarringtonResult(expected, threshold, probability, score, dispersion, slope, enough, alarm)
