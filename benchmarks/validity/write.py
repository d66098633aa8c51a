"""Write the documentation's page on validity from what the runs measured; no number in it is written by hand.

    python -m benchmarks.validity.write

Reads results.csv, run.json, false_alarms.csv and power.csv beside this file and ../placebo.csv; writes
docs/validity.md and docs/validity-power.svg.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.validity import tables
from benchmarks.validity.false_alarms import (
    EXACT,
    FIRST,
    LATENT,
    PHASE_IN,
    POWER_RHOS,
    PROFILES,
    REPORT,
    START,
    WEEKS,
)
from benchmarks.validity.measured import FALSE_ALARMS, HIGH, LOW, OURS, WIDE, Measured, load
from benchmarks.validity.power_figure import svg
from benchmarks.validity.shortfalls import shortfalls, times_faster
from trends.models.sparse import EVENTS_EACH_SIDE

DOCS = Path(__file__).parents[2] / "docs"
PAGE, FIGURE = "validity.md", "validity-power.svg"


def page(found: Measured) -> str:
    """Return the page as Markdown."""
    grid, others = (found.results[found.results["follows"] == value] for value in (True, False))
    blocks = [
        ["# Can the interval be believed?"],
        _answer(found),
        ["## What falls short"],
        shortfalls(found),
        ["## Coverage and width by effect"],
        _design(found),
        tables.summary(found),
        ["## Peers on the same series"],
        _peers(found),
        tables.methods(found),
        ["By autocorrelation, pooled over means and phase-in:"],
        tables.by_rho(found),
        _what_peers_are(),
        ["## False alarms over 18 provinces"],
        _alarms(found),
        tables.false_alarms(found),
        ["## Power"],
        _power(found),
        tables.power(found),
        ["## Speed"],
        _speed(found),
        tables.speed(found),
        ["## Every cell that follows the model"],
        [
            f"Bold: coverage outside {LOW:g} to {HIGH:g}, width above {WIDE:g}. Width: median, relative to the "
            "oracle's; in brackets where the noise is not identifiable."
        ],
        tables.ours_by_cell(grid),
        ["## Other truths, as they are"],
        tables.ours_by_cell(others),
        ["## Peers, cell by cell"],
        [
            "Coverage of the level; of the average ratio for the CausalImpact-style forecasts, which have no level. "
            "A single cell of a peer rests on few series: the pooled numbers above say more."
        ],
        tables.peers_by_cell(found, found.results),
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _answer(found: Measured) -> list[str]:
    own = found.results[found.results["follows"] & (found.results["method"] == OURS)]
    inside = int(own["coverage"].between(LOW, HIGH).sum())
    return [
        f"A nominal 95 % interval of `trends.interrupted` covered the true effect in {_percent(own['coverage'].min())} to "
        f"{_percent(own['coverage'].max())} of simulated series, by effect and cell, where the truth follows its model: "
        f"{inside} of {len(own)} lie between {100 * LOW:.0f} and {100 * HIGH:.0f} %. This page is made by "
        "`python -m benchmarks.validity.write` from what the benchmarks measured; no number in it is written by hand."
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _design(found: Measured) -> list[str]:
    run = found.run
    error = (0.95 * 0.05 / run["replicates"]) ** 0.5
    return [
        f"{run['replicates']} simulated series in each of {run['cells']} cells, seed {run['seed']}, "
        f"{run['seconds'] / 60:.0f} minutes, processes: {run['workers']}, peers too. Counts are Poisson around a "
        "log-linear mean (trend, two harmonics, level, slope) times a log-normal AR(1) disturbance with standard "
        "deviation .35; the interruption comes after 40, 50, 60 or 75 % of the weeks, and in every second cell four "
        f"phase-in weeks are missing. The standard error of a coverage of .95 is {error:.4f}. The oracle is the same fit "
        "with the true standard deviation and autocorrelation of the noise.",
        "",
        "Identifiable: by the expected information of the restricted likelihood at the truth, an interval with "
        f"Satterthwaite's degrees of freedom would itself be at most {WIDE:g} times as wide as the oracle's; elsewhere the "
        "data know the noise too little for that. The rule sees the truth only, no simulated series and no interval "
        "(`benchmarks/validity/identifiable.py`).",
    ]


def _peers(found: Measured) -> list[str]:
    run = found.run
    return [
        f"Every peer gets the first {run['peer_replicates']} series of each cell, glmmTMB the first "
        f"{run['glmmtmb_replicates']} of those with 157 weeks, because of its time. The table pools the cells of 157 weeks "
        "that follow the model; width: median over cells of the peer's median width over ours. An interval can cover "
        "because it is honest or because it is too wide to be of use, so coverage and width are to be read together."
    ]


def _what_peers_are() -> list[str]:
    return [
        "- quasi-Poisson, negative binomial, Newey-West (four lags): statsmodels, the same columns; glm.nb: R's MASS.",
        "- glmmTMB ar1: R, the same columns, Poisson with `ar1(week + 0 | group)` and REML.",
        "- UnobservedComponents: statsmodels, `log(count + 1/2)`, local level, with trend, harmonics, step and ramp as "
        "diffuse regressors. The variances are estimated by maximum likelihood and then taken as known. Average ratio "
        "and excess are sums over the smoothed course of the exponentiated logs.",
        "- CausalImpact-style: the idea of Brodersen et al. (2015, Annals of Applied Statistics 9, 247-274), made with "
        "statsmodels: local level and two harmonics fitted to the counts before the interruption, forecast by 1,000 "
        "simulated courses, compared with what was observed. It differs from the R package CausalImpact (on bsts) and "
        "its TensorFlow successor: variances by maximum likelihood and then taken as known instead of drawn from "
        "a posterior under a prior of .01 standard deviations for the level's steps; season by fixed harmonics instead "
        "of `nseasons`; no control series, so no spike-and-slab. Its intervals are those of what happened less what "
        "would have happened, noise included, while the truth here is the expected effect; the noise makes them wider. "
        "It needs all weeks after, hence has no numbers where phase-in weeks are missing. The package has no trend by "
        "default; the second version has a straight one, as the truth has.",
    ]


def _alarms(found: Measured) -> list[str]:
    reports, peers = found.alarms["reports"].max(), found.alarms["reports"].min()
    errors = [100 * (0.05 * 0.95 / size) ** 0.5 for size in (reports, peers)]
    means = "; ".join(f"{name}: {_span(values)}" for name, (values, _) in PROFILES.items())
    return [
        f"{reports} simulated reports a setting (peers: the first {peers}), 18 provinces, {WEEKS} weeks, nothing happened "
        f"at week {START}; {PHASE_IN} phase-in weeks left out, comparison windows from week {FIRST} on as in the drawdown "
        f"report. Mean events a week by province: {means}. Per cent of reports in which some province is flagged after "
        f"false-discovery control at 5 % (in brackets: without it); bold above {100 * FALSE_ALARMS:.0f} %. The standard "
        f"error of 5 % is {errors[0]:.1f} points, the peers' {errors[1]:.1f}.",
        "",
        f"- {REPORT}: how the drawdown report compares single provinces: the level after with the level before, by the "
        f"default interval of `trends.interrupted` where there are {EVENTS_EACH_SIDE} events in each window, exactly "
        "where there are fewer (the rule of `trends.interrupted`, not one made for these reports).",
        f"- {LATENT}: `trends.interrupted` as it comes, with trend and season; exact where events are too few.",
        f"- {EXACT}: two rates exactly, with the dispersion of weeks and of blocks of four weeks, however many events "
        'there are (`family="exact"`). It is made for sparse counts; that it flags too much among dense ones is why '
        "the report does not use it there.",
        "- The peers fit the regression of the default in the same provinces, exact where events are too few.",
    ]


def _span(values: np.ndarray) -> str:
    low, high = values.min(), values.max()
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _power(found: Measured) -> list[str]:
    reports, rhos = found.power["reports"].max(), " and ".join(f"{rho:g}" for rho in POWER_RHOS)
    largest = found.power[found.power["ratio"] == found.power["ratio"].max()]
    spans = "; ".join(
        f"{method}: {some['power'].min():.2f} to {some['power'].max():.2f}"
        for method, some in largest.groupby("method", sort=False)
    )
    ratio = largest["ratio"].iloc[0]
    alt = (
        "Curves of the share of changed provinces that are flagged over the true ratio, in panels by events a week and "
        "by whether one province or all change, for each autocorrelation. "
        f"At a ratio of {ratio:g}, over the panels: {spans}."
    )
    return [
        f"Share of changed provinces with events that the report flags after false-discovery control; rho {rhos}, "
        f"{reports} reports a point. With one changed province, provinces take turns.",
        "",
        f"![{alt}]({FIGURE})",
    ]


def _speed(found: Measured) -> list[str]:
    ratio = times_faster(found)
    beside = (
        "" if ratio is None else f" In the cells above glmmTMB takes {ratio:.0f} times our time a series."
    )
    return [
        f"{found.speed['fits'].iloc[0]} placebo fits of 18 provinces in one call, designs, intervals and overview "
        "included, beside loops of single fits of the same regressions; median of several rounds in turn, two cores "
        f"(`python -m benchmarks.placebo`).{beside} Where both fit the same Poisson regressions the coefficients differ "
        f"by at most {_apart(found)}."
    ]


def _apart(found: Measured) -> str:
    return f"{found.speed['coefficients_apart'].dropna().max():.0e}"


def main() -> None:
    found = load()
    (DOCS / PAGE).write_text(page(found), encoding="utf-8", newline="\n")
    (DOCS / FIGURE).write_text(svg(found.power), encoding="utf-8", newline="\n")
    print(f"wrote {DOCS / PAGE} and {FIGURE}")


if __name__ == "__main__":
    main()
