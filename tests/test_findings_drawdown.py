"""The drawdown findings on the committed panel, and the figures, tables and words made from them."""

from __future__ import annotations

import html
import json
import math
import re
from dataclasses import replace

import pandas as pd
import pytest
from plotnine import ggplot

from trends.figures import drawdown as figures
from trends.findings import drawdown, drawdown_words, evidence_words, limits_words
from trends.findings.drawdown import DrawdownFindings, rates, units
from trends.findings.results import to_json
from trends.project import find_project
from trends.tables import drawdown as tables

STUDY = find_project() / "reports/drawdown/study.toml"
WORDS = [
    drawdown_words.what_happened,
    drawdown_words.how_sure,
    drawdown_words.national_caption,
    drawdown_words.national_alt,
    drawdown_words.forest_caption,
    drawdown_words.forest_alt,
    drawdown_words.map_caption,
    drawdown_words.map_alt,
    drawdown_words.claims_caption,
    drawdown_words.claims_alt,
    drawdown_words.severity_caption,
    drawdown_words.severity_alt,
    drawdown_words.specifications_caption,
    drawdown_words.provinces_caption,
    drawdown_words.intervals_caption,
    drawdown_words.model_words,
    drawdown_words.same_season,
    drawdown_words.large_days,
    evidence_words.controls_caption,
    evidence_words.controls_alt,
    evidence_words.controls_words,
    evidence_words.different_dates_words,
    evidence_words.placebo_caption,
    evidence_words.placebo_alt,
    evidence_words.change_point_words,
    evidence_words.power_caption,
    evidence_words.power_alt,
    evidence_words.together_words,
    evidence_words.specifications_alt,
    evidence_words.too_few,
    drawdown_words.data_words,
    drawdown_words.methods_words,
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> DrawdownFindings:
    return drawdown.find(STUDY, tmp_path_factory.mktemp("results"))


def test_results_json_holds_the_same_findings_each_time(found: DrawdownFindings, tmp_path) -> None:
    again = drawdown.find(STUDY, tmp_path)
    text = (tmp_path / "results.json").read_text("utf-8")
    assert text == to_json(found) == to_json(again)
    read = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert read["national"]["average"]["rate_ratio"] == pytest.approx(
        found.national.average["rate_ratio"], rel=1e-5
    )
    assert not [key for key in read if key.startswith("_")]


def test_units_add_up_to_the_country_before_and_after(found: DrawdownFindings) -> None:
    table = found.comparison.set_index("label")
    single = table[table["provinces"].map(len) == 1]
    for column in ("before", "after"):
        parts = table.loc["Disputed territories", column] + table.loc["Elsewhere", column]
        assert single[column].sum() == table.loc["Iraq", column] == parts
    assert len(single) == 18


def test_counts_before_and_after_are_those_of_the_weekly_file(found: DrawdownFindings) -> None:
    weekly = pd.read_csv(found._study.panel_folder / "weekly.csv", parse_dates=["week"])
    for window, column in (("before", "before"), ("after", "after")):
        span = getattr(found._study.provinces, window)
        inside = weekly[weekly["week"].between(pd.Timestamp(span.first), pd.Timestamp(span.last))]
        assert inside["attacks"].sum() == found.comparison.iloc[0][column]


def test_pooled_areas_come_first_and_only_provinces_share_the_false_discovery_rate(
    found: DrawdownFindings,
) -> None:
    pooled = found.comparison["section"].eq("Pooled")
    assert pooled.iloc[:3].all()
    assert not pooled.iloc[3:].any()
    assert found.comparison.loc[pooled, "q_value"].isna().all()
    tested = found.comparison[~pooled].dropna(subset=["p_value"])
    assert (tested["q_value"] >= tested["p_value"] - 1e-12).all()


def test_every_province_stands_in_one_section_only(found: DrawdownFindings) -> None:
    single = [unit for unit in units(found._panel, found._study) if len(unit.provinces) == 1]
    assert sorted(unit.provinces[0] for unit in single) == sorted(found._panel.country.provinces.index)


def test_claimed_week_is_the_groups_own_thursday_week(found: DrawdownFindings) -> None:
    week = drawdown_words.claimed_week(found)
    assert week is not None
    assert (week["claimed"], week["start"].day_name(), week["end"].day_name()) == (
        28,
        "Thursday",
        "Wednesday",
    )
    daily = found._panel.daily
    assert week["recorded"] == daily[daily["date"].between("2020-07-16", "2020-07-22")]["attacks"].sum()


def test_claims_of_the_year_stand_beside_88_records(found: DrawdownFindings) -> None:
    year = drawdown_words.claimed_year(found)
    assert year is not None
    assert (year["claimed"], year["recorded"]) == (1422, 88)


def test_prespecified_answer_comes_first_among_the_specifications(found: DrawdownFindings) -> None:
    first = found.specifications.iloc[0]
    assert first["name"] == "pre-specified"
    assert first["rate_ratio"] == found.national.average["rate_ratio"]
    assert len(found.specifications) == 1 + len(found._study.sensitivity)


def test_default_intervals_are_the_longest_of_the_three(found: DrawdownFindings) -> None:
    average = found.national.intervals[found.national.intervals["term"] == "average"].set_index("interval")
    length = {name: math.log(row["high"] / row["low"]) for name, row in average.iterrows()}
    assert length["latent-ar1"] > max(length["hac"], length["model"])


def test_rates_are_attacks_per_people_and_year(found: DrawdownFindings) -> None:
    table = rates(found).set_index(["name", "period"])
    one = table.loc[("Diyala", "before")]
    assert one["rate"] == pytest.approx(one["attacks"] / (62 * 7 / 365.25) / 1_637_226 * 1e5)
    assert len(table) == 36


@pytest.mark.parametrize("words", WORDS, ids=lambda function: function.__name__)
def test_words_are_whole_sentences_that_claim_no_more_than_the_numbers(
    words, found: DrawdownFindings
) -> None:
    text = words(found)
    assert text.endswith(".")
    assert not re.search(r"\bnan\b|\binf\b|None|NaT|\{|\}", text)
    assert not re.search(
        r"significant|prove|caused by|due to|because of the (handover|withdrawal)", text, re.I
    )


def test_uncertain_answer_says_so(found: DrawdownFindings) -> None:
    low, high = found.national.average["low"], found.national.average["high"]
    assert low < 1 < high
    assert drawdown_words.how_sure(found).startswith("Not sure")
    assert "neither a rise nor" in drawdown_words.how_sure(found)


@pytest.mark.parametrize(
    "name",
    [
        "national",
        "provinces",
        "maps",
        "comparisons",
        "placebo",
        "specifications",
        "power",
        "claims",
        "severity",
    ],
)
def test_figures_are_plotnine_objects_that_draw(name: str, found: DrawdownFindings) -> None:
    plot = getattr(figures, name)(found)
    assert isinstance(plot, ggplot)
    drawn = plot.draw()
    assert drawn.axes
    assert all(axes.collections or axes.patches or axes.lines for axes in drawn.axes)


def test_national_figure_shows_the_panels_own_counts(found: DrawdownFindings) -> None:
    curves = found.national.curves
    counts = found._panel.counts()
    assert curves.set_index("week")["observed"].eq(counts.loc[curves["week"]]).all()


def test_tables_escape_what_comes_from_data(found: DrawdownFindings) -> None:
    evil = "<script>alert(1)</script>"
    claims = found.claims.assign(source_name=evil)
    text = tables.claims_table(claims, found._panel.country.provinces["name"]).as_raw_html()
    assert evil not in text
    assert html.escape(evil) in text


def test_province_table_names_the_silent_provinces_once(found: DrawdownFindings) -> None:
    text = tables.provinces_table(found.comparison).as_raw_html()
    silent = found.comparison[found.comparison[["before", "after"]].sum(axis=1) == 0]["label"]
    assert len(silent) > 0
    assert all(text.count(name) == 1 for name in silent)


def test_every_counted_event_stands_in_a_province_and_a_year(found: DrawdownFindings) -> None:
    assert found.counted.to_numpy().sum() == found.data["rows"]["used"]
    assert found.counted.loc["Diyala", ["2019", "2020"]].tolist() == [19, 26]
    assert len(found.counted) == 18


def test_the_sentence_on_large_days_follows_its_numbers(found: DrawdownFindings) -> None:
    many = replace(found, severity=replace(found.severity, large_before=2, large_after=60))
    told, other = drawdown_words.large_days(found), drawdown_words.large_days(many)
    assert "interval" in told
    assert "2 and 60 such days" in other
    assert "ratio of the rates 50," in other


def test_limits_follow_the_timeline_and_the_published_counts(found: DrawdownFindings) -> None:
    caption = limits_words.published_caption(found)
    assert f"{len(found.published)} of the {len(found.published)} figures lie above" in caption
    assert "1 April to 30 June 2020 they give 405 and 808: 2.0 times" in caption
    below = replace(found, published=found.published.assign(value=1))
    assert "0 of the 7 figures lie above" in limits_words.published_caption(below)
    said = limits_words.coincided(found)
    assert said.startswith(
        "A curfew against COVID-19 began on the day of the first handover in a part of the country"
    )
    assert "22 March 2020 in all of it; Ramadan ran from 24 April to 23 May 2020; on 5 January 2020" in said
    without = replace(found, curfews=found.curfews.iloc[:0], pauses=found.pauses.iloc[:0])
    assert limits_words.coincided(without) == "Ramadan ran from 24 April to 23 May 2020."
    assert limits_words.dates_of_handovers(found).startswith(
        "8 bases were handed over from 17 March to 23 August 2020"
    )


def test_an_interval_without_no_change_names_no_cause(found: DrawdownFindings) -> None:
    clear = replace(
        found,
        national=replace(found.national, average={**found.national.average, "low": 1.1, "high": 1.6}),
    )
    said = drawdown_words.how_sure(clear)
    assert "from 10\N{NO-BREAK SPACE}% more to 60\N{NO-BREAK SPACE}% more attacks" in said
    assert "cannot say" in said
    assert "significant" not in said


def test_covariates_that_are_not_known_in_every_week_say_so_beside_their_specification(
    found: DrawdownFindings,
) -> None:
    rows = found.specifications.set_index("name")
    assert (
        "Curfew is not known in 12 weeks, which are left out: 2020-04-13"
        in rows.loc["curfews as covariate", "note"]
    )
    assert "3 weeks" in rows.loc["coalition's pause as covariate", "note"]
    assert rows.loc["operations as covariate", "note"] == ""


def test_the_alternative_text_counts_the_weeks_after_only(found: DrawdownFindings) -> None:
    assert f"of {found.national.diagnostics['weeks_after']} weeks." in drawdown_words.national_alt(found)
