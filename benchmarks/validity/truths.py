"""Simulated weekly counts of which the effects are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EFFECTS = ("level", "slope", "average ratio", "excess events")
LEVEL, SLOPE = 0.25, 0.10
PHASE_IN = 4


@dataclass(frozen=True)
class Cell:
    """One truth: ``kind`` is "ar1" for the model itself, else how the truth differs from it."""

    mean: float
    rho: float
    weeks: int
    share_before: float = 0.6
    phase_in: bool = False
    sd: float = 0.35
    kind: str = "ar1"

    @property
    def at(self) -> int:
        """Week of the interruption, counted from 0."""
        return round(self.weeks * self.share_before)

    @property
    def key(self) -> list[int]:
        """Numbers that seed this cell and no other."""
        kind = int.from_bytes(self.kind.encode(), "little") % (2**31)
        return [round(100 * v) for v in (self.mean, self.rho, self.weeks, self.share_before, self.sd)] + [
            kind
        ]


@dataclass(frozen=True)
class Simulated:
    """Counts (series, weeks) with NaN where missing, the design (weeks, 8), and the four true effects."""

    counts: np.ndarray
    design: np.ndarray
    truth: np.ndarray
    at: int


def grid() -> list[Cell]:
    """Cells of the model itself; the interruption moves, and every second cell lacks the phase-in weeks."""
    cells = []
    shares = (0.4, 0.5, 0.6, 0.75)
    for weeks in (104, 157, 260):
        for mean in (0.5, 1.0, 3.0, 10.0, 30.0):
            for rho in (0.0, 0.3, 0.6, 0.8):
                number = len(cells) + len(cells) // 4
                cells.append(Cell(mean, rho, weeks, shares[number % 4], bool(number % 2)))
    return cells


def other_truths() -> list[Cell]:
    """Truths that are not the model, or far out in it."""
    found = [
        Cell(mean, rho, 157, 0.6, False, sd, kind)
        for mean in (3.0, 30.0)
        for kind, rho, sd in (
            ("independent negative binomial", 0.0, 0.35),
            ("AR(1) and independent noise", 0.8, 0.35),
            ("AR(2), .5 and .3", 0.0, 0.35),
            ("variance changes", 0.6, 0.35),
            ("season not harmonic", 0.3, 0.35),
        )
    ]
    far = [
        Cell(mean, rho, 157, 0.6, False, sd) for mean in (3.0, 30.0) for rho, sd in ((0.6, 0.7), (0.9, 0.35))
    ]
    return found + far


def design_of(weeks: int, at: int) -> np.ndarray:
    """Intercept, trend, two harmonics, level, slope: the design of the drawdown report."""
    t = np.arange(weeks)
    w = 2 * np.pi * t / (365.25 / 7)
    waves = [np.sin(w), np.cos(w), np.sin(2 * w), np.cos(2 * w)]
    return np.column_stack([np.ones(weeks), (t - at) / 52, *waves, t >= at, np.clip(t - at, 0, None) / 52])


def simulate(cell: Cell, replicates: int, seed: int) -> Simulated:
    """Draw series of one cell."""
    rng = np.random.default_rng([seed, *cell.key])
    design = design_of(cell.weeks, cell.at)
    eta = design @ np.array([0.0, 0.1, 0.2, 0.1, 0.1, 0.0, LEVEL, SLOPE])
    if cell.kind == "season not harmonic":
        eta = eta + 0.8 * ((np.arange(cell.weeks) % 52 >= 20) & (np.arange(cell.weeks) % 52 < 26))
    expected = cell.mean * np.exp(eta) / np.exp(eta).mean()
    counts = rng.poisson(expected * _disturbance(cell, replicates, rng)).astype(float)
    if cell.phase_in:
        counts[:, cell.at : cell.at + PHASE_IN] = np.nan
    after = expected[cell.at :]
    without = after / np.exp(design[cell.at :, -2:] @ [LEVEL, SLOPE])
    truth = np.array([LEVEL, SLOPE, np.log(after.sum() / without.sum()), (after - without).sum()])
    return Simulated(counts, design, truth, cell.at)


def _disturbance(cell: Cell, replicates: int, rng: np.random.Generator) -> np.ndarray:
    """Multiplicative disturbance with mean 1, (replicates, weeks)."""
    shape = (replicates, cell.weeks)
    if cell.kind == "independent negative binomial":
        variance = np.expm1(cell.sd**2)
        return rng.gamma(1 / variance, variance, shape)
    sd = np.full(cell.weeks, cell.sd)
    if cell.kind == "variance changes":
        sd = np.where(np.arange(cell.weeks) < cell.at, 0.2, 0.5)
    lags = (0.5, 0.3) if cell.kind.startswith("AR(2)") else (cell.rho, 0.0)
    noise = autoregression(lags, shape, rng) * sd
    if cell.kind == "AR(1) and independent noise":
        noise = np.sqrt(0.5) * (noise + sd * rng.standard_normal(shape))
    return np.exp(noise - sd**2 / 2)


def autoregression(lags: tuple[float, float], shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Stationary AR(2) noise with variance 1."""
    warm = 200
    one, two = lags
    shocks = rng.standard_normal((shape[0], shape[1] + warm))
    noise = shocks.copy()
    for t in range(2, noise.shape[1]):
        noise[:, t] = one * noise[:, t - 1] + two * noise[:, t - 2] + shocks[:, t]
    variance = (1 - two) / ((1 + two) * ((1 - two) ** 2 - one**2))
    return noise[:, warm:] / np.sqrt(variance)
