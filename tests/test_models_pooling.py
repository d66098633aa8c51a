"""Provinces together: against metafor, brute force and simulated truths."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats
from statsmodels.stats.meta_analysis import combine_effects

from trends.errors import EstimationError, InputError
from trends.models import Interruption, compare_rates, interrupted
from trends.models.pooling import (
    combine_p,
    fdr,
    max_t,
    pool,
    pool_counts,
    pool_provinces,
    residual_correlation,
    shared_variance,
    shrink,
)
from trends.models.pooling.binomial_normal import BinomialNormal
from trends.models.pooling.joined import by_counts
from trends.models.pooling.multiplicity import harmonic_factor
from trends.models.pooling.units import fit_provinces
from trends.panel import load_panel

REFERENCE = Path(__file__).parent / "reference"
DATA = pd.read_csv(REFERENCE / "pooling_data.csv")
COUNTS = pd.read_csv(REFERENCE / "pooling_counts_data.csv")
INDEX = pd.date_range("2018-01-01", periods=156, freq="W-MON")
STEP = Interruption(INDEX[115], shape="level")
BCG = DATA[DATA["set"] == "bcg"]
Y, S = BCG["yi"].to_numpy(), np.sqrt(BCG["vi"].to_numpy())


@pytest.mark.parametrize("row", list(pd.read_csv(REFERENCE / "pooling.csv").itertuples(index=False)))
def test_pool_agrees_with_metafor(row):
    data = DATA[DATA["set"] == row.set]
    found = pool(data["yi"], np.sqrt(data["vi"]), method=row.method, interval=row.interval)
    test = found.homogeneity
    got = [
        found.estimate,
        found.std_error,
        math.log(found.low),
        math.log(found.high),
        found.p_value,
        found.tau2,
    ]
    got += [found.tau2_low, found.tau2_high, found.i2, test.q, test.p_value]
    np.testing.assert_allclose(got, list(row)[3:], rtol=1e-9, atol=1e-11)


def test_pool_gives_the_published_bcg_result():
    found = pool(Y, S, interval="wald")
    assert [round(v, 4) for v in (found.estimate, found.tau2)] == [-0.7145, 0.3132]
    assert [round(math.log(v), 4) for v in (found.low, found.high)] == [-1.0669, -0.3622]


@pytest.mark.parametrize(("method", "theirs"), [("dersimonian-laird", "dl"), ("paule-mandel", "iterated")])
def test_pool_agrees_with_statsmodels(method, theirs):
    found = pool(Y, S, method=method)
    peer = combine_effects(Y, S**2, method_re=theirs, use_t=True, maxiter=500)
    assert found.tau2 == pytest.approx(peer.tau2, rel=1e-6)
    assert found.estimate == pytest.approx(peer.mean_effect_re, rel=1e-6)
    assert found.std_error == pytest.approx(peer.sd_eff_w_re_hksj, rel=1e-6)


def test_modified_interval_is_never_shorter_than_the_normal_error_allows():
    rng = np.random.default_rng(1)
    for _ in range(15):
        k = int(rng.integers(2, 9))
        y, s = rng.normal(0, 0.3, k), rng.uniform(0.1, 1, k)
        plain, modified, wald = (
            pool(y, s, interval=i) for i in ("hartung-knapp", "modified-hartung-knapp", "wald")
        )
        assert modified.std_error >= max(plain.std_error, wald.std_error) - 1e-12
        assert modified.high / modified.low >= wald.high / wald.low


def test_pool_ignores_order_and_follows_a_shift():
    found, turned, moved = pool(Y, S), pool(Y[::-1], S[::-1]), pool(Y + 1, S)
    assert turned.estimate == pytest.approx(found.estimate, abs=1e-12)
    assert moved.estimate == pytest.approx(found.estimate + 1, abs=1e-9)
    assert moved.tau2 == pytest.approx(found.tau2, rel=1e-8)


def test_uncertain_errors_and_shared_variance_widen():
    assert pool(Y, S, df=4, interval="wald").std_error > pool(Y, S, interval="wald").std_error
    shared = pool(Y, S, shared_variance=0.04)
    assert shared.std_error**2 == pytest.approx(pool(Y, S).std_error ** 2 + 0.04)
    assert any("all provinces share" in note for note in shared.notes)


def test_infinite_estimates_are_left_out_by_name():
    found = pool(pd.Series([0.1, -0.2, math.inf, 0.3], index=list("abcd")), [0.2, 0.2, math.nan, 0.4])
    assert found.labels == ("a", "b", "d")
    assert found.left_out == ("c",)
    assert "c. Where nothing happened" in found.notes[0]
    assert math.isnan(pool([0.1, 0.2], [0.1, 0.1]).predicted_low)


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [
        (([0.1], [0.1]), {}, EstimationError),
        (([0.1, math.inf], [0.1, 1.0]), {}, EstimationError),
        (([0.1, 0.2], [0.1]), {}, InputError),
        (([0.1, 0.2], [0.1, 0.0]), {}, InputError),
        (([0.1, 0.2], [0.1, 0.1]), {"df": 2}, InputError),
        (([0.1, 0.2], [0.1, 0.1]), {"method": "ml"}, InputError),
        (([0.1, 0.2], [0.1, 0.1]), {"interval": "exact"}, InputError),
        (([0.1, 0.2], [0.1, 0.1]), {"level": 95}, InputError),
        (([0.1, 0.2], [0.1, 0.1]), {"labels": ["a", "a"]}, InputError),
        (([0.1, 0.2], [0.1, 0.1]), {"shared_variance": -1}, InputError),
    ],
)
def test_pool_refuses(arguments, options, error):
    with pytest.raises(error):
        pool(*arguments, **options)


@pytest.mark.parametrize("row", list(pd.read_csv(REFERENCE / "pooling_counts.csv").itertuples(index=False)))
def test_counts_agree_with_metafor_conditional_models(row):
    data = COUNTS[COUNTS["set"] == row.set]
    found = pool_counts(data["before"], data["after"], data["t_before"], data["t_after"])
    assert math.log(found.common.rate_ratio) == pytest.approx(row.common, abs=1e-5)
    assert found.mixed.estimate == pytest.approx(row.estimate, abs=2e-5)
    assert found.mixed.tau2 == pytest.approx(row.tau2, rel=1e-4)
    assert found.mixed.tau2_low <= found.mixed.tau2 <= found.mixed.tau2_high
    assert found.low < found.common.rate_ratio < found.high


def test_quadrature_agrees_with_integration():
    data = BinomialNormal(np.array([0.0, 3.0, 40.0]), np.array([2.0, 3.0, 60.0]), np.array([-0.5, 0.1, 0.3]))
    for mu, tau in itertools.product((-1.0, 0.4), (1e-3, 0.3, 2.5)):
        direct = 0.0
        for x, n, a in zip(data.x, data.n, data.a, strict=True):

            def density(z, x=x, n=n, a=a + mu, tau=tau):
                return stats.binom.pmf(x, n, 1 / (1 + np.exp(-(a + tau * z)))) * stats.norm.pdf(z)

            direct += math.log(integrate.quad(density, -12, 12, epsabs=1e-13, limit=400)[0])
        assert data.loglik(mu, np.array([tau]))[0][0] == pytest.approx(direct, abs=1e-6)


@pytest.mark.parametrize("mid_p", [False, True])
def test_common_ratio_of_equal_exposures_is_the_comparison_of_sums(mid_p):
    found = pool_counts([3, 5, 0], [9, 1, 2], 50.0, 30.0, mid_p=mid_p).common
    alone = compare_rates(8, 12, 50.0, 30.0, mid_p=mid_p)
    assert found == pytest.approx((alone.rate_ratio, alone.low, alone.high, alone.p_value), rel=1e-9)


def test_common_ratio_of_unequal_exposures_by_enumeration():
    before, after, t0, t1 = (
        np.array([2, 1, 3]),
        np.array([4, 1, 5]),
        np.array([9.0, 5, 7]),
        np.array([5.0, 9, 2]),
    )
    found = pool_counts(before, after, t0, t1).common
    tables = [range(int(n) + 1) for n in before + after]

    def tail(theta, side):
        p = theta * t1 / (t0 + theta * t1)
        some = [x for x in itertools.product(*tables) if side * (sum(x) - 10) >= 0]
        return sum(np.prod(stats.binom.pmf(x, before + after, p)) for x in some)

    assert tail(found.low, 1) == pytest.approx(0.025, rel=1e-8)
    assert tail(found.high, -1) == pytest.approx(0.025, rel=1e-8)
    assert found.p_value == pytest.approx(2 * min(tail(1.0, 1), tail(1.0, -1)), rel=1e-8)


def test_provinces_without_events_change_nothing_and_are_named():
    few = pool_counts([3, 5, 1], [9, 1, 2], 50, 30, labels=list("abc"))
    more = pool_counts([3, 0, 5, 1], [9, 0, 1, 2], 50, 30, labels=list("axbc"))
    assert more.without_events == ("x",)
    assert more.common == few.common
    assert more.mixed == few.mixed


@pytest.mark.parametrize(
    ("before", "after", "ratio", "reason"),
    [([3, 2], [0, 0], 0.0, "no events after"), ([0, 0], [4, 1], math.inf, "no events before"),
     ([3, 0], [4, 0], 4 / 3, "one province only")],
)  # fmt: skip
def test_counts_that_show_no_spread_say_so(before, after, ratio, reason):
    found = pool_counts(before, after, 10, 10)
    assert found.mixed is None
    assert found.rate_ratio == pytest.approx(ratio)
    assert any(reason in note for note in found.notes)
    assert "significant" not in found.summary()


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [
        (([0, 0], [0, 0], 1, 1), {}, EstimationError),
        (([1.5, 0], [0, 1], 1, 1), {}, InputError),
        (([-1, 0], [0, 1], 1, 1), {}, InputError),
        (([1, 0], [0, 1, 2], 1, 1), {}, InputError),
        (([1, 0], [0, 1], [1, 0], 1), {}, InputError),
        (([1, 0], [0, 1], [1, 2], 1), {"dispersion": 1.5}, InputError),
        (([1, 0], [0, 1], 1, 1), {"level": 0}, InputError),
    ],
)
def test_counts_refuse(arguments, options, error):
    with pytest.raises(error):
        pool_counts(*arguments, **options)


def test_shrinking_agrees_with_integration_over_mean_and_spread():
    found = shrink(Y, S, pool(Y, S))
    tau, mu = np.linspace(0, 3, 301)[:, None], np.linspace(-3, 1.5, 301)[None, :]
    spread = tau[..., None] ** 2 + S**2
    log = stats.norm.logpdf(Y, mu[..., None], np.sqrt(spread)).sum(-1)
    weight = np.exp(log - log.max())
    for place in (0, 6):
        own = tau**2 / (tau**2 + S[place] ** 2)
        mean = (weight * (own * Y[place] + (1 - own) * mu)).sum() / weight.sum()
        assert math.log(found["rate_ratio"][place]) == pytest.approx(mean, abs=2e-3)
    assert found["rate_ratio"].between(np.minimum(np.exp(Y), 0.35), np.maximum(np.exp(Y), 0.75)).all()


def test_shrunken_intervals_know_that_the_spread_is_not_known():
    y, s = np.array([-0.1, 0.05, 0.0, -0.05, 0.08, math.nan]), np.array([0.3, 0.2, 0.4, 0.25, 0.5, math.nan])
    pooled = pool(y, s)
    assert pooled.tau2 == 0
    found = shrink(y, s, pooled)
    assert (np.log(found["high"] / found["low"]) > 2 * 1.96 * 0.126 * 1.2).all()
    assert found["weight"].iloc[-1] == 0
    assert math.isnan(found["own_ratio"].iloc[-1])
    assert found["high"].iloc[-1] > found["high"].iloc[:-1].max()
    with pytest.raises(EstimationError):
        shrink(y[:2], s[:2], pool(y[:2], s[:2]))
    with pytest.raises(InputError):
        shrink(y[:3], s[:3], pooled)


@pytest.mark.parametrize("method", ["benjamini-hochberg", "benjamini-yekutieli", "holm"])
def test_fdr_leaves_missing_tests_out_of_the_family(method):
    p_values = pd.Series([0.001, 0.02, 0.03, 0.8, math.nan], index=list("abcde"))
    found = fdr(p_values, method)
    alone = fdr(p_values.dropna(), method)
    assert found.tests == 4
    pd.testing.assert_frame_equal(found.table.dropna(), alone.table)
    assert not found.table["flagged"].iloc[-1]
    assert found.flagged == (("a", "b", "c") if method == "benjamini-hochberg" else ("a",))
    assert "not evidence of no change" in fdr([0.5, 0.6]).sentence()


def test_harmonic_factor_is_the_published_one():
    ratios = [harmonic_factor(k) / math.log(k) for k in (3, 5, 10, 100)]
    np.testing.assert_allclose(ratios, [2.499, 2.214, 1.980, 1.619], atol=1e-3)


@pytest.mark.parametrize("method", ["cauchy", "harmonic-mean"])
def test_combined_p_holds_under_correlation(method):
    assert combine_p([0.03, math.nan], method) == pytest.approx(0.03)
    assert math.isnan(combine_p([math.nan], method))
    rng = np.random.default_rng(2)
    for rho in (0.0, 0.5, 0.95):
        z = math.sqrt(rho) * rng.standard_normal((1200, 1)) + math.sqrt(1 - rho) * rng.standard_normal(
            (1200, 9)
        )
        p_values = 2 * stats.norm.sf(np.abs(z))
        assert np.mean([combine_p(row, method) <= 0.05 for row in p_values]) <= 0.067
    assert combine_p([1.0, 1.0, 1e-6], method) < 1e-4


@pytest.mark.parametrize("common", [0.0, 0.7])
def test_largest_score_holds_its_level_with_shared_and_lasting_shocks(common):
    rng = np.random.default_rng(3)
    hits, level = 0, (np.arange(160) >= 110) - 50 / 160
    for one in range(200):
        noise = rng.standard_normal((160, 7))
        for t in range(1, 160):
            noise[t] = 0.5 * noise[t - 1] + math.sqrt(0.75) * noise[t]
        mixed = math.sqrt(common) * noise[:, :1] + math.sqrt(1 - common) * noise[:, 1:]
        hits += max_t((mixed * level[:, None]).T, flips=299, seed=one).p_value <= 0.05
    assert hits / 200 <= 0.095
    seen = max_t((mixed * level[:, None] + np.array([1.0, 0, 0, 0, 0, 0]) * level[:, None] ** 2 * 4).T)
    assert seen.p_value < 0.01
    assert seen.p_value == pytest.approx(np.nanmin(seen.adjusted))


def test_max_t_refuses_and_skips_what_it_cannot_judge():
    scores = np.zeros((2, 80))
    scores[0, [3, 40, 70]] = 1.0
    scores[1, 5] = 1.0
    found = max_t(scores)
    assert math.isnan(found.adjusted[1])
    np.testing.assert_array_equal(found.adjusted, max_t(scores).adjusted)
    with pytest.raises(EstimationError):
        max_t(scores[1:])
    with pytest.raises(EstimationError):
        max_t(scores, block=20)
    with pytest.raises(InputError):
        max_t(np.array([[1.0, math.nan] * 40]))


def test_shared_variance_is_recovered_and_never_negative():
    own, weights, common = np.array([0.2, 0.3, 0.5]) ** 2, np.array([50.0, 30.0, 5.0]), 0.04
    share = weights / weights.sum()
    total = math.sqrt(share**2 @ own + common)
    assert shared_variance(np.sqrt(own + common), weights, total) == pytest.approx(common)
    assert shared_variance(np.sqrt(own), weights, 0.01) == 0
    assert shared_variance(np.sqrt(own[:1]), weights[:1], 2.0) == 0


def test_residual_correlation_sees_shared_shocks_and_only_those():
    rng = np.random.default_rng(4)
    noise = rng.standard_normal((156, 6))
    alone = residual_correlation(pd.DataFrame(noise))
    shared = residual_correlation(pd.DataFrame(noise + 0.8 * rng.standard_normal((156, 1))))
    assert alone.low <= alone.mean_blocks <= alone.high
    assert shared.mean_blocks > shared.high
    assert "share shocks" in shared.sentence()
    assert math.isnan(residual_correlation(pd.DataFrame(noise[:, :1])).mean)


@pytest.fixture(scope="module")
def wide(committed_panel):
    return load_panel(committed_panel).between("2019-01-07", "2020-12-27").wide()


@pytest.fixture(scope="module")
def committed_panel():
    return Path(__file__).parent.parent / "data" / "processed" / "ucdp-ged-21.1-iraq-is"


QUESTION = {"phase_in": ("2020-03-16", "2020-04-12"), "family": "exact"}
HANDOVER = Interruption("2020-03-17", "handovers", "level")


@pytest.fixture(scope="module")
def findings(committed_panel):
    panel = load_panel(committed_panel).between("2019-01-07", "2020-12-27")
    return pool_provinces(panel, HANDOVER, **QUESTION)


def test_findings_hold_each_province_as_interrupted_gives_it(findings, wide):
    table = findings.provinces.set_index("province")
    for name in ("IQ-DI", "IQ-AN", "IQ-KA"):
        row = interrupted(wide[name], HANDOVER, **QUESTION).effects.iloc[0]
        assert tuple(table.loc[name, ["rate_ratio", "low", "high", "p_value"]]) == tuple(
            row[["rate_ratio", "low", "high", "p_value"]]
        )
    assert table.loc["IQ-BA", "method"] == "no estimate"
    assert findings.pooled is findings.by_counts
    assert len(findings.pooled.without_events) == 9


def test_findings_put_the_pooled_effect_first_and_do_not_overclaim(findings):
    assert findings.effects["kind"].drop_duplicates().tolist() == [
        "pooled",
        "sum",
        "province",
        "partially pooled",
    ]
    sentence = findings.sentence()
    assert sentence.startswith("With 91 events before and 65 after in 9 provinces")
    for part in ("compatible with the data", "80 % power", "not evidence of no change", "not separated"):
        assert part in sentence
    assert "significant" not in findings.summary()
    assert findings.detectable > findings.pooled.high**0.5
    assert findings.plot().draw() is not None


def test_leaving_one_out_pools_the_others(findings, wide):
    row = findings.leave_one_out.set_index("left_out").loc["IQ-KI"]
    fits = fit_provinces(wide.drop(columns="IQ-KI"), HANDOVER, **QUESTION)
    again = by_counts(fits, fits.table, 0.95, findings.shared_std_error**2)
    assert tuple(row[["rate_ratio", "low", "high"]]) == pytest.approx(
        (again.rate_ratio, again.low, again.high)
    )


def test_findings_depend_on_nothing_but_their_input(findings, wide):
    again = pool_provinces(wide, HANDOVER, **QUESTION)
    pd.testing.assert_frame_equal(again.effects, findings.effects)
    assert again.joint == findings.joint
    assert again.summary() == findings.summary()


def test_dense_provinces_are_pooled_by_their_ratios():
    rng = np.random.default_rng(5)
    counts = pd.DataFrame(rng.poisson([6, 5, 4, 8], (156, 4)), index=INDEX, columns=list("abcd"))
    counts.loc[INDEX[115] :, "a"] *= 6
    found = pool_provinces(counts, STEP, trend=None, harmonics=0, draws=1000)
    assert found.pooled is found.by_ratios
    assert found.discoveries.flagged == ("a",)
    assert found.joint.cauchy < 0.01
    assert found.pooled.tau2_low > 0


@pytest.mark.parametrize("columns", [["a"], ["a", "a"]])
def test_findings_refuse_what_is_not_several_provinces(columns):
    counts = pd.DataFrame(np.ones((156, len(columns)), dtype=int), index=INDEX, columns=columns)
    with pytest.raises(InputError):
        pool_provinces(counts, STEP)
    with pytest.raises(EstimationError):
        pool_provinces(pd.DataFrame(0, index=INDEX, columns=list("ab")), STEP)


def test_nothing_happened_and_little_is_flagged():
    """A small version of benchmarks/validity_pooling.py, with means like those of the committed panel."""
    means = np.array([0.385, 0.365, 0.308, 0.224, 0.192, 0.154, 0.083, 0.013, 0.013, *(0.0,) * 9])
    rng, flagged, covered = np.random.default_rng(6), 0, 0
    for _ in range(15):
        latent = rng.standard_normal((156, 18)) * 0.6
        for t in range(1, 156):
            latent[t] = 0.6 * latent[t - 1] + 0.8 * latent[t]
        counts = pd.DataFrame(rng.poisson(means * np.exp(latent - 0.18)), index=INDEX)
        fits = fit_provinces(counts, STEP, family="exact")
        flagged += bool(fdr(fits.table["p_value"]).flagged)
        pooled = by_counts(fits, fits.table, 0.95, 0.0)
        covered += pooled.low <= 1 <= pooled.high
    assert flagged <= 2
    assert covered >= 13


def serially_correlated(seed, mean):
    """Four provinces whose weeks hang together for months, and one too sparse for a regression."""
    rng = np.random.default_rng(seed)
    shocks = rng.standard_normal((156, 4))
    for week in range(1, 156):
        shocks[week] = 0.8 * shocks[week - 1] + 0.6 * shocks[week]
    dense = rng.poisson(mean * np.exp(0.5 * shocks))
    sparse = np.isin(np.arange(156), (10, 40, 70, 120)).astype(int)
    return pd.DataFrame(np.column_stack([dense, sparse]), index=INDEX, columns=list("abcde"))


def test_exact_comparisons_of_dense_provinces_are_said_to_miss_their_correlation():
    counts = serially_correlated(3, 20.0)
    exact = pool_provinces(counts, STEP, family="exact")
    (note,) = [note for note in exact.notes if "serial correlation" in note]
    assert note.startswith("a, b, c, d: compared exactly")
    found = pool_provinces(counts, STEP, trend=None, harmonics=0, draws=1000)
    assert not any("serial correlation" in note or "same question" in note for note in found.notes)
    wide, narrow = (np.log(one.provinces["high"] / one.provinces["low"]) for one in (found, exact))
    assert (wide[:4] > 1.1 * narrow[:4]).all()
    assert found.provinces["p_value"][4] == exact.provinces["p_value"][4]


def test_a_single_exact_comparison_says_when_it_need_not_be_one():
    counts = serially_correlated(3, 20.0)
    notes = [interrupted(counts[name], STEP, family="exact").diagnostics().notes for name in ("a", "e")]
    assert ["events enough" in " ".join(some) for some in notes] == [True, False]


def test_the_pooled_mean_can_be_asked_of_counts_whatever_the_provinces_intervals_allow_for(wide):
    plain = {key: value for key, value in QUESTION.items() if key != "family"}
    exact = pool_provinces(wide, HANDOVER, **QUESTION)
    found = pool_provinces(wide, HANDOVER, trend=None, harmonics=0, pooling="counts", **plain)
    assert found.pooled is found.by_counts
    assert found.pooled.rate_ratio == pytest.approx(exact.pooled.rate_ratio, rel=1e-6)
    assert np.log([found.pooled.low, found.pooled.high]) == pytest.approx(
        np.log([exact.pooled.low, exact.pooled.high]), abs=0.03
    )
    assert pool_provinces(wide, HANDOVER, pooling="ratios", **QUESTION).pooled.k == 7
    with pytest.raises(InputError, match="pooling"):
        pool_provinces(wide, HANDOVER, pooling="weights", **QUESTION)
