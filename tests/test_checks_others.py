"""What is left out, placebo outcomes, specifications, residuals, other models, and what all checks share."""

from functools import partial as partial_of

import numpy as np
import pandas as pd
import pytest
from checks_samples import monday, weekly
from scipy import stats
from statsmodels.stats.outliers_influence import GLMInfluence
from statsmodels.tsa.stattools import pacf

from trends import checks
from trends.checks import run
from trends.checks.residuals import partial
from trends.errors import EstimationError, InputError
from trends.models import Interruption, interrupted
from trends.sources import read_source
from trends.study import load_study

PLACES = ("IQ-AN", "IQ-DI", "IQ-KI")
PLACEBO, LEFT = ["placebo_dates", "placebo_outcomes"], ["leave_one_out", "leave_weeks_out"]
ORDER = [*PLACEBO, *LEFT, "change_point", "power", "cross_checks", "residuals"]


@pytest.fixture(scope="module")
def parts():
    columns = {place: weekly(seed, mean=4.0, sigma=0.3, rho=0.5) for seed, place in enumerate(PLACES)}
    return pd.DataFrame(columns).assign(**{"IQ-MU": 0})


def fitted(counts, **given):
    setting = {"harmonics": 1, "phase_in": (monday(80), monday(82)), **given}
    return interrupted(counts.rename("attacks"), Interruption(monday(80), "handover"), **setting)


@pytest.fixture(scope="module")
def result(parts):
    return fitted(parts.sum(axis=1))


@pytest.fixture(scope="module")
def sparse():
    return fitted(weekly(1, mean=0.1))


def test_leaving_out_a_province_is_the_fit_of_the_others(result, parts):
    table = checks.leave_one_out(result, parts).table.set_index("left_out")
    assert list(table.index) == ["nothing", *PLACES]
    assert table.loc["nothing", "rate_ratio"] == pytest.approx(result.average().rate_ratio, rel=1e-6)
    for place in PLACES:
        alone = fitted(parts.drop(columns=place).sum(axis=1))
        assert table.loc[place, "rate_ratio"] == pytest.approx(alone.average().rate_ratio, rel=1e-6)
        assert table.loc[place, "events"] < table.loc["nothing", "events"]


def test_leaving_out_weeks_is_the_fit_without_them(result, parts):
    check = checks.leave_weeks_out(result, 30)
    counts = parts.sum(axis=1).astype(float)
    counts.iloc[30:60] = np.nan
    assert len(check.table) == 5
    assert check.table["rate_ratio"].iloc[2] == pytest.approx(fitted(counts).average().rate_ratio, rel=1e-6)
    assert (
        check.table["left_out"].iloc[2]
        == f"{monday(30).date()} to {(monday(60) - pd.Timedelta(days=1)).date()}"
    )


def test_a_part_without_which_nothing_is_left_has_a_note_and_no_numbers():
    lone = pd.DataFrame({"a": weekly(1), "b": weekly(2, mean=0.3)})
    table = checks.leave_one_out(fitted(lone.sum(axis=1)), lone).table.set_index("left_out")
    assert "too few" in table.loc["a", "note"]
    assert np.isnan(table.loc["a", "rate_ratio"])


@pytest.mark.parametrize("wrong", ["missing", "sum", "list"])
def test_parts_must_add_up(result, parts, wrong):
    given = {"missing": parts.iloc[5:], "sum": parts[["IQ-AN"]], "list": [1]}[wrong]
    with pytest.raises(InputError, match="the parts do not"):
        checks.leave_one_out(result, given)


def test_placebo_outcomes_are_the_fits_of_those_series(result):
    other, rare = weekly(11, weeks=140), weekly(12, weeks=120, mean=0.1)
    check = checks.placebo_outcomes(result, {"PKK": other, "rare": rare, "none": rare * 0})
    table = check.table.set_index("outcome")
    assert table.loc["PKK", "rate_ratio"] == pytest.approx(
        fitted(other.iloc[:120]).average().rate_ratio, rel=1e-6
    )
    exact = fitted(rare).rates
    assert table.loc["rare", "high"] == pytest.approx(exact.high)
    assert table.loc["rare", "method"] == "exact rate comparison"
    assert np.isnan(table.loc["none", "rate_ratio"])
    assert "none" not in check.sentence().split("touched (")[1]


@pytest.mark.parametrize("outcomes", [{}, {"short": weekly(1, weeks=100)}])
def test_placebo_outcomes_need_the_weeks_of_the_result(result, outcomes):
    with pytest.raises(InputError):
        checks.placebo_outcomes(result, outcomes)


def test_turkey_and_the_pkk_in_the_raw_file_stand_beside_the_drawdown(shared_data, committed_panel):
    from trends.panel import load_panel

    events = read_source(shared_data / "ucdp-ged-21.1-iraq-geoprec12.csv").events
    sides = events[["actor_a", "actor_b"]].apply(lambda side: side.str.contains("PKK", na=False)).any(axis=1)
    national = load_panel(committed_panel).between("2018-01-01", "2020-12-27").counts()
    dates = events.loc[sides, "date_start"]
    weeks = dates.dt.to_period("W-SUN").dt.start_time.value_counts()
    pkk = weeks.reindex(national.index, fill_value=0).rename("PKK")
    assert pkk.sum() > 50
    real = interrupted(national, "2020-03-17", phase_in=("2020-03-17", "2020-04-07"))
    table = checks.placebo_outcomes(real, {"PKK": pkk}).table
    assert np.isfinite(table[["rate_ratio", "low", "high"]].to_numpy()).all()


def test_a_grid_of_settings_names_what_differs_and_what_failed(parts):
    counts = parts.sum(axis=1)
    grid = {
        "main": {"harmonics": 1},
        "flat": {"harmonics": 0, "trend": None},
        "long season": {"harmonics": 1, "period": 500.0},
        "hac": {"harmonics": 1, "intervals": "hac"},
    }
    check = checks.specification_grid(lambda setting: interrupted(counts, monday(80), **setting), grid)
    assert check.choices == ("harmonics", "trend", "period", "intervals")
    table = check.table.set_index("name")
    assert (
        table.loc["main", "rate_ratio"] == interrupted(counts, monday(80), harmonics=1).average().rate_ratio
    )
    assert "whole season" in table.loc["long season", "note"]
    assert table.loc["flat", "trend"] == "none"
    assert table.loc["main", "trend"] == "default"
    assert "'main', gives" in check.sentence()
    assert "1 could not be fitted" in check.sentence()
    assert check.sorted()["rate_ratio"].is_monotonic_increasing
    assert len(check.sorted()) == 3


def test_a_study_is_a_grid(parts, committed_panel):
    study = load_study(committed_panel.parents[2] / "reports" / "drawdown" / "study.toml")
    seen = []

    def fit(specification):
        seen.append(specification.name)
        return fitted(parts.sum(axis=1), harmonics=specification.harmonics)

    check = checks.specification_grid(fit, study)
    assert seen == [one.name for one in study.specifications()]
    assert check.main == "pre-specified"
    assert {"harmonics", "phase_in", "window", "interruptions"} <= set(check.choices)
    assert not {"name", "note"} & set(check.choices)


def test_an_empty_or_impossible_grid_is_refused(parts):
    with pytest.raises(InputError, match="no specification"):
        checks.specification_grid(lambda setting: None, {})
    with pytest.raises(EstimationError, match="no specification could"):
        checks.specification_grid(lambda _: interrupted(parts["IQ-MU"], monday(80)), {"a": {}, "b": {}})


@pytest.mark.parametrize("family", ["negative-binomial", "quasi-poisson"])
def test_quantile_residuals_are_normal_where_the_model_is_true(family):
    rng = np.random.default_rng(8)
    index = pd.date_range("2010-01-04", periods=500, freq="W-MON")
    counts = pd.Series(rng.negative_binomial(4, 4 / 10, 500), index=index)
    one = interrupted(counts, index[300], family=family, harmonics=0)
    check = checks.residuals(one, seed=3)
    assert stats.kstest(check.table["quantile"], "norm").pvalue > 0.02
    assert (check.table["pearson"] == one.analysis.residuals()).all()
    assert check.table["leverage"].sum() == pytest.approx(4)
    assert check.serial.ljung_box_p == one.diagnostics().ljung_box_p
    assert check.periods["weeks"].tolist() == [300, 200]
    np.testing.assert_array_equal(check.table["quantile"], checks.residuals(one, seed=3).table["quantile"])


def test_influence_is_near_the_change_when_the_week_is_left_out(result, parts):
    check = checks.residuals(fitted(parts.sum(axis=1), family="quasi-poisson"))
    counts = parts.sum(axis=1).astype(float)
    whole = np.log(fitted(counts, family="quasi-poisson", intervals="model").average().rate_ratio)
    top = check.table["influence"].abs().to_numpy().argsort()[-3:]
    for row in check.table.iloc[top].itertuples():
        less = counts.mask(counts.index == row.date)
        without = np.log(fitted(less, family="quasi-poisson", intervals="model").average().rate_ratio)
        assert whole - without == pytest.approx(row.influence, rel=0.25)


def test_leverage_is_that_of_statsmodels(parts):
    import statsmodels.api as sm

    one = fitted(parts.sum(axis=1), family="quasi-poisson")
    used = one.analysis.setting.in_fit
    model = sm.GLM(
        one.analysis.setting.series.counts[used], one.analysis.design.matrix[used], sm.families.Poisson()
    )
    leverage = GLMInfluence(model.fit(tol=1e-12)).hat_matrix_diag
    np.testing.assert_allclose(checks.residuals(one).table["leverage"], leverage, rtol=1e-5)


def test_partial_autocorrelation_is_that_of_yule_and_walker():
    values = np.random.default_rng(1).standard_normal(200).cumsum()
    centred = values - values.mean()
    lags = np.array([centred[k:] @ centred[:-k] for k in range(1, 9)]) / (centred @ centred)
    np.testing.assert_allclose(partial(lags), pacf(values, nlags=8, method="ywm")[1:], atol=1e-8)


def test_other_models_find_a_step_that_is_there():
    counts = weekly(5, mean=60.0, sigma=0.15, rho=0.4, ratio=1.8).astype(float)
    counts.iloc[20] = np.nan
    one = interrupted(counts, Interruption(monday(80), shape="level"), harmonics=0)
    check = checks.cross_checks(one)
    average = check.table[check.table["term"] == "average"].set_index("model")
    assert list(average.index) == ["latent AR(1) on counts", "UnobservedComponents", "SARIMAX, AR(1) errors"]
    assert average["rate_ratio"].between(1.4, 2.3).all()
    assert (average["low"] > 1).all()
    assert not check.notes
    level = check.table[check.table["term"].str.startswith("level")]
    np.testing.assert_allclose(level["rate_ratio"], average["rate_ratio"])


def test_a_model_that_does_not_converge_is_named_and_not_reported(result, monkeypatch):
    from trends.checks import cross

    monkeypatch.setattr(cross, "_fitted", lambda *_: None)
    check = checks.cross_checks(result)
    assert check.table["model"].nunique() == 1
    assert sum("did not converge and is not reported" in note for note in check.notes) == 2


@pytest.fixture(scope="module")
def everything(result, parts):
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "power", partial_of(checks.power, ratios=(0.5, 1.0, 2.0), n=20))
        patch.setattr(run, "change_point", partial_of(checks.change_point, simulations=19))
        found = checks.run_checks(
            result, parts=parts, outcomes={"<PKK>": weekly(9)}, seed=1, progress=seen.append
        )
    assert seen == list(found)
    return found


def test_checks_come_in_the_order_of_a_report(everything):
    assert list(everything) == ORDER
    assert not any(isinstance(check, checks.NotMade) for check in everything.values())


@pytest.mark.parametrize("name", ORDER)
def test_every_check_prints_and_draws_alike_and_claims_nothing(everything, name, tmp_path):
    check = everything[name]
    sentence = check.sentence()
    for word in (
        "significant",
        "proves",
        "because of",
        "caused",
        "no effect",
        "passes",
        "fails",
        "nan",
        "robust",
    ):
        assert word not in sentence
    assert sentence.endswith(".")
    assert sentence in check.summary()
    assert check.title in str(check)
    assert isinstance(check.table, pd.DataFrame)
    html = check._repr_html_()
    assert html.startswith("<div>")
    assert "<PKK>" not in html
    check.plot().save(tmp_path / "figure.png", dpi=20, verbose=False)
    with pytest.raises(AttributeError):
        check.title = "other"


def test_an_exact_comparison_gets_reasons_instead_of_checks(sparse):
    found = checks.run_checks(sparse)
    assert all(isinstance(check, checks.NotMade) for check in found.values())
    for check in found.values():
        assert "compared exactly" in check.sentence()
        assert "rates.detectable()" in check.summary()
        assert "<div>" in check._repr_html_()
    found["power"].plot().draw()


def test_monthly_series_are_called_months():
    index = pd.date_range("2012-01-01", periods=96, freq="MS")
    counts = pd.Series(np.random.default_rng(2).poisson(20, 96), index=index, name="deaths")
    one = interrupted(counts, Interruption("2018-01-01", shape="level"), harmonics=1)
    for check in (checks.placebo_dates(one), checks.change_point(one, simulations=19), checks.residuals(one)):
        assert "month" in check.sentence()
        assert "week" not in check.sentence()
