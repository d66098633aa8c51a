"""A control where events are too few for a regression: the exact comparison of two ratios.

``fisher.test`` finds its limits to about 1e-3 of the ratio (R's ``uniroot`` with its default tolerance); its one-sided
p-values are exact.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trends.errors import EstimationError, InputError
from trends.models import Control, interrupted
from trends.models.ratio_of_ratios import compare_ratios

REFERENCE = pd.read_csv(Path(__file__).parent / "reference" / "ratio_of_ratios.csv")
WEEKS = pd.date_range("2018-01-01", periods=157, freq="W-MON")
CHANGE = "2020-03-17"
AFTER = WEEKS >= "2020-03-16"
RNG = np.random.default_rng(3)
FEW = pd.Series(RNG.poisson(0.15, 157), WEEKS, name="here")
OTHER = pd.Series(RNG.poisson(0.4, 157), WEEKS, name="elsewhere")


@pytest.mark.parametrize("case", list(REFERENCE.itertuples(index=False)), ids=lambda case: f"{case[:4]}")
def test_equal_to_fisher_test(case):
    counts = (case.treated_before, case.treated_after), (case.control_before, case.control_after)
    found = compare_ratios(*counts, level=case.level)
    assert (found.low, found.high) == pytest.approx((case.low, case.high), rel=4e-3)
    assert found.p_value == pytest.approx(min(1, 2 * min(case.p_less, case.p_greater)), rel=1e-9)
    shorter = compare_ratios(*counts, level=case.level, mid_p=True)
    assert shorter.low >= found.low
    assert shorter.high <= found.high


def test_exposures_divide_the_ratio():
    plain, halved = (compare_ratios((11, 25), (30, 18), ratio) for ratio in (1.0, 2.0))
    assert (halved.ratio, halved.low, halved.high) == pytest.approx(
        (plain.ratio / 2, plain.low / 2, plain.high / 2)
    )


def test_intervals_cover_where_the_share_varies_from_week_to_week():
    rng, covered, size = np.random.default_rng(5), 0, 300
    shock = np.exp(0.6 * rng.standard_normal((size, 157)))
    own = np.exp(0.8 * rng.standard_normal((size, 157)) - 0.32)
    for both, alone in zip(shock, own, strict=True):
        few = pd.Series(rng.poisson(0.2 * both * alone), WEEKS, name="here")
        more = pd.Series(rng.poisson(3 * both), WEEKS, name="elsewhere")
        found = interrupted(few, CHANGE, control=more, family="exact").average()
        covered += found.low <= 1 <= found.high
    assert covered / size > 0.93


@pytest.mark.parametrize("how", ["difference", "offset", "second-group"])
def test_too_few_events_are_compared_exactly(how):
    found = interrupted(FEW, CHANGE, control=Control(OTHER, how=how))
    assert found.method == "exact comparison of two ratios"
    assert "too few" in found.reason
    before, after = FEW[~AFTER].sum(), FEW[AFTER].sum()
    ratio = (after / OTHER[AFTER].sum()) / (before / OTHER[~AFTER].sum())
    average, excess = found.average(), found.excess()
    assert average.rate_ratio == pytest.approx(ratio)
    assert excess.events == pytest.approx(after * (1 - 1 / ratio))
    assert (excess.low > 0) == (average.low > 1)
    expected = found.counterfactual().loc[AFTER, "expected"].sum()
    assert after - expected == pytest.approx(excess.events)
    assert found.sentence().startswith(
        f"here against elsewhere, before and after 2020-03-17. With {before} events"
    )
    assert "Too few events to tell: only a rise to about" in found.sentence()
    assert "elsewhere not being touched" in found.summary()
    assert found.control == "elsewhere"


def test_nothing_after_has_a_finite_upper_limit_and_nothing_at_all_is_refused():
    none = interrupted(FEW.where(~AFTER, 0), CHANGE, control=OTHER)
    average, excess = none.average(), none.excess()
    assert (average.rate_ratio, average.low) == (0, 0)
    assert 0 < average.high < 1
    assert excess.low < excess.events < excess.high < 0
    with pytest.raises(EstimationError, match="no ratio to compare"):
        interrupted(FEW.where(~AFTER, 0), CHANGE, control=OTHER.where(~AFTER, 0))


def test_it_has_no_course_in_time_and_no_terms():
    found = interrupted(FEW, CHANGE, control=OTHER)
    for refused in (
        lambda: found.effect_at(4),
        lambda: found.joint("level"),
        lambda: found.average(last="2020-06-01"),
    ):
        with pytest.raises(EstimationError, match="exact comparison"):
            refused()
    with pytest.raises(InputError, match="whole numbers"):
        compare_ratios((1, -2), (3, 4))
