"""Covariates: weeks in which one is not known, and one that the data cannot tell from the interruption."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trends.errors import EstimationError, InputError
from trends.models import Interruption, interrupted

WEEKS = pd.date_range("2018-01-01", periods=157, freq="W-MON")
RNG = np.random.default_rng(4)
COUNTS = pd.Series(RNG.poisson(12, 157), index=WEEKS, name="attacks")
CURFEW = pd.Series(0.0, index=WEEKS, name="curfew")
CURFEW["2020-03-16":"2020-06-29"] = 1.0
CURFEW["2020-03-16"] = 6 / 7
HANDOVER = Interruption("2020-03-17", "handover", shape="level")
HOLE = slice("2020-04-20", "2020-05-18")
PLAIN = {"intervals": "model", "family": "quasi-poisson"}


def test_a_week_in_which_a_covariate_is_not_known_is_left_out_as_one_without_a_count():
    hole = CURFEW.copy()
    hole[HOLE] = np.nan
    found = interrupted(COUNTS, HANDOVER, covariates=hole, **PLAIN)
    known = COUNTS.astype(float)
    known[HOLE] = np.nan
    same = interrupted(known, HANDOVER, covariates=CURFEW, **PLAIN)
    pd.testing.assert_frame_equal(found.effects, same.effects)
    says = "curfew is not known in 5 weeks, which are left out: 2020-04-20 to 2020-05-18"
    assert says in found.diagnostics().notes
    assert says[1:] in found.sentence()
    assert "5 without a count or a covariate" in found.summary()
    zero = interrupted(COUNTS, HANDOVER, covariates=hole.fillna(0), **PLAIN)
    assert abs(zero.average().rate_ratio - found.average().rate_ratio) > 1e-3


def test_weeks_of_a_covariate_that_has_no_part_stay_in():
    hole = CURFEW.where(CURFEW == 0)
    exact = interrupted(COUNTS, HANDOVER, covariates=hole, family="exact")
    assert exact.diagnostics().weeks == 157
    sparse = (COUNTS > 17).astype(int)
    assert interrupted(sparse, HANDOVER, covariates=hole).diagnostics().weeks == 157


def test_a_covariate_that_coincides_with_the_interruption_is_flagged_with_the_joint_effect():
    short = COUNTS[:"2020-07-13"]
    found = interrupted(short, HANDOVER, covariates=CURFEW[short.index], **PLAIN)
    notes = " ".join(found.diagnostics().notes)
    joint = found.joint("curfew", "level at handover")
    assert (
        "curfew and level at handover overlap in 16 of 18 weeks: their effects cannot be separated" in notes
    )
    assert f"joint effect of both: {joint.rate_ratio:.3g} (95 % interval {joint.low:.3g}" in notes
    own = found.effects.iloc[0]
    assert np.log(joint.high / joint.low) < np.log(own["high"] / own["low"]) / 1.5


def test_a_covariate_that_costs_precision_is_named():
    curfew = CURFEW.copy()
    curfew["2020-04-20":"2020-05-25"] = np.nan
    both = Interruption("2020-03-17", "handover", shape="level+slope")
    short = COUNTS[:"2020-08-31"]
    found = interrupted(short, both, covariates=curfew[short.index], **PLAIN)
    notes = " ".join(found.diagnostics().notes)
    assert (
        "level at handover is hard to tell from curfew, of whose 10 weeks in the fit 10 come after it"
        in notes
    )
    plain = interrupted(short, both, **PLAIN)
    assert "hard to tell from curfew" not in " ".join(plain.diagnostics().notes)


@pytest.mark.parametrize(
    ("covariate", "error", "says"),
    [
        (CURFEW * np.inf, InputError, "curfew"),
        (CURFEW * np.nan, EstimationError, "known in no week"),
        (CURFEW.iloc[3:], InputError, "no value in 3 weeks, the first 2018-01-01.*NaN"),
        (CURFEW[WEEKS.repeat(2)], InputError, "repeated"),
        (CURFEW.where(WEEKS < "2020-04-06", 0), EstimationError, "3 of its 3 weeks lie in the phase-in"),
    ],
    ids=["infinite", "never known", "weeks absent", "twice", "hidden by the phase-in"],
)
def test_a_covariate_that_cannot_be_used_is_refused(covariate, error, says):
    with pytest.raises(error, match=says):
        interrupted(COUNTS, HANDOVER, covariates=covariate, phase_in=("2020-03-17", "2020-04-07"), **PLAIN)
