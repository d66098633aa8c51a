"""The weekly report's numbers, recomputed from the committed CSV with plain Python, and its sentences."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import trends
from trends.cli import app
from trends.errors import InputError, UnknownNameError
from trends.exposure import poisson_interval
from trends.figures import weekly as figures
from trends.figures.weekly_map import BANDS, band_names, band_of
from trends.findings import weekly
from trends.findings.weekly import loading, words, words_claims, words_more, words_unusual
from trends.findings.weekly.asked import ask
from trends.findings.weekly.numbers import rate_interval
from trends.findings.weekly.ratios import Noise, against, noise_of
from trends.findings.weekly.report import provisional_weeks
from trends.project import find_project
from trends.reporting.document import parse_document, with_meta
from trends.reporting.weekly import weekly_output
from trends.study_weekly import Provisional
from trends.tables import weekly as tables
from trends.tables.weekly_spark import sparkline

PROJECT = find_project()
STUDY = PROJECT / "reports/weekly/study.toml"
PANEL = PROJECT / "data/processed/ucdp-ged-21.1-iraq-is"
THURSDAY, MAY, LAST = "2020-07-16", "2020-05-04", "2020-12-21"


def rows(name):
    with (PANEL / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def weekly_totals(column, provinces=None):
    totals = defaultdict(int)
    for row in rows("weekly.csv"):
        if provinces is None or row["province"] in provinces:
            totals[date.fromisoformat(row["week"])] += int(row[column])
    return totals


def days_total(column, first, last):
    return sum(int(r[column]) for r in rows("daily.csv") if first <= r["date"] <= last)


@pytest.fixture(scope="module")
def thursday(tmp_path_factory):
    out = tmp_path_factory.mktemp("weekly")
    return weekly.find(STUDY, THURSDAY, out=out), out


@pytest.fixture(scope="module")
def may():
    return weekly.find(STUDY, MAY)


@pytest.fixture(scope="module")
def last():
    return weekly.find(STUDY, LAST)


def test_a_week_from_monday_is_the_row_of_the_committed_csv(may, last):
    for found, week in ((may, date(2020, 5, 4)), (last, date(2020, 12, 21))):
        attacks = weekly_totals("attacks")
        n = found.numbers
        assert n.attacks == attacks[week]
        assert n.last_week == attacks[week - timedelta(7)]
        for name, count in n.deaths.items():
            assert count == weekly_totals(name)[week]
        assert n.recent.before == sum(attacks[week - timedelta(7 * k)] for k in range(1, 5))
        assert n.year.before == sum(attacks[week - timedelta(7 * k)] for k in range(1, 53))
        same = [
            other
            for back in (2018, 2019)
            for other in attacks
            if abs((other - week.replace(year=back)).days) <= 10
        ]
        assert (n.season.weeks, n.season_years) == (6, 2) == (len(same), 2)
        assert n.season.before == sum(attacks[other] for other in same)
        assert n.rank == sum(attacks[week - timedelta(7 * k)] >= n.attacks for k in range(1, 53))


def test_a_week_from_thursday_is_the_sum_of_its_days(thursday):
    found, _ = thursday
    assert found.asked.week_start == "thu"
    assert found.numbers.attacks == days_total("attacks", "2020-07-16", "2020-07-22")
    assert found.numbers.deaths["deaths_best"] == days_total("deaths_best", "2020-07-16", "2020-07-22")
    assert found.numbers.recent.before == days_total("attacks", "2020-06-18", "2020-07-15")
    assert found.numbers.year.before == days_total("attacks", "2019-07-18", "2020-07-15")
    claim = found.claims.week.iloc[0]
    assert (claim["claimed"], claim["recorded"]) == (28, found.numbers.attacks)
    assert claim["share"] == pytest.approx(found.numbers.attacks / 28)


def test_every_province_stands_in_the_table_with_its_means(may):
    table = may.provinces.set_index("province")
    week = date(2020, 5, 4)
    assert len(table) == 18
    for code, row in table.iterrows():
        counts = weekly_totals("attacks", {code})
        year = [counts[week - timedelta(7 * k)] for k in range(1, 53)]
        assert row["attacks"] == counts[week]
        assert row["recent_mean"] == pytest.approx(sum(year[:4]) / 4)
        assert row["year_mean"] == pytest.approx(sum(year) / 52)
        assert row["counts"] == [*year[::-1], counts[week]]
        people = row["population"]
        assert row["year_rate"] == pytest.approx(sum(year) / (52 * 7 / 365.25) / people * 1e5)
        assert math.isnan(row["rate_ratio"]) == (counts[week] + sum(year) == 0)
    silent = table.loc["IQ-MU"]  # no event in these weeks at all
    assert (silent["attacks"], silent["year_mean"]) == (0, 0)
    assert math.isnan(silent["low"])
    assert may.together.iloc[0]["attacks"] == table["attacks"].sum() == may.numbers.attacks


def test_the_effect_to_date_is_the_drawdown_regression_on_the_weeks_up_to_then(last):
    panel = trends.load_panel(PANEL)
    for when in ("2020-08-03", "2020-12-21"):
        counts = panel.counts().loc["2018-01-01":when]
        fit = trends.interrupted(
            counts, "2020-03-17", phase_in=("2020-03-17", "2020-04-07"), seed=20200317, draws=4000
        ).average()
        row = last.effect.table.set_index("week").loc[when]
        assert row["rate_ratio"] == pytest.approx(fit.rate_ratio, rel=1e-9)
        assert row["low"] == pytest.approx(fit.low, rel=0.06)  # other draws
        assert row["high"] == pytest.approx(fit.high, rel=0.06)
    assert last.effect.table["weeks_after"].tolist() == list(range(8, 8 + len(last.effect.table)))


def test_before_the_handovers_there_is_no_effect_and_the_report_says_so():
    found = weekly.find(STUDY, "2020-01-06")
    assert found.effect.table.empty
    assert "not yet possible: it lies after this week" in words.effect_words(found)
    early = weekly.find(STUDY, "2020-04-20")
    assert "2 weeks have passed since the weeks of the change itself, 8 are needed" in words.effect_words(
        early
    )


def test_nothing_dated_after_the_week_gets_in(tmp_path, may):
    """Later days of the panel are changed; the findings of the week stay."""
    assert may._panel.last == date(2020, 5, 10)
    assert may._panel.daily["date"].max() <= pd.Timestamp("2020-05-10")
    assert may.claims.earlier["end"].max() <= pd.Timestamp("2020-05-10")
    assert may.claims.published["end"].max() <= pd.Timestamp("2020-05-10")


def test_as_of_makes_weeks_provisional_and_keeps_them_out_of_fits_and_alerts():
    found = weekly.find(STUDY, "2020-07-06", as_of="2020-07-15")
    assert found.provisional_weeks == 4
    assert found.effect.table["week"].max() == pd.Timestamp("2020-06-08")
    assert found.unusual.table.empty
    assert "provisional" in found.unusual.reason
    assert "does not say on which day it recorded an event" in words.as_of_words(found)
    asked = ask("2020-07-06", as_of="2020-08-03")
    assert provisional_weeks(asked.end, asked.as_of, Provisional(weeks=4)) == 1
    assert provisional_weeks(asked.end, None, Provisional(weeks=4)) == 0
    assert provisional_weeks(asked.end, asked.end, Provisional(weeks=4)) == 4


@pytest.mark.parametrize(
    ("week", "more", "said"),
    [
        ("2015-12-28", {}, "lies before the data"),
        ("2021-01-04", {}, "lies after the data"),
        ("2020-12-24", {}, "only 4 of the 7 days"),
        ("2016-01-01", {}, "only 4 of the 7 days"),
        ("2020-07-16", {"week_start": "mon"}, "is a Thursday, not the first day"),
        ("2020-07-16", {"week_start": "thursday"}, "is not a weekday"),
        ("2020-07-16", {"as_of": "2020-07-20"}, "was not over"),
        ("2020-02-30", {}, "is not a date"),
        ("16 July", {}, "is not a date"),
    ],
)
def test_a_week_that_cannot_be_reported_on_is_refused_with_a_remedy(week, more, said):
    with pytest.raises(InputError, match=said) as error:
        weekly.find(STUDY, week, **more)
    assert error.value.remedy


def test_a_group_restricts_every_count(may):
    found = weekly.find(STUDY, MAY, group="disputed")
    codes = {"IQ-DI", "IQ-KI", "IQ-NI", "IQ-SD"}
    assert set(found.provinces["province"]) == codes
    assert found.numbers.attacks == weekly_totals("attacks", codes)[date(2020, 5, 4)]
    assert found.area == "Disputed territories"
    with pytest.raises(UnknownNameError):
        weekly.find(STUDY, MAY, group="nowhere")
    with pytest.raises(UnknownNameError, match="not a group"):
        weekly.find(STUDY, MAY, group="Diyala")


def test_the_first_weeks_of_the_data_are_reported_without_what_they_lack():
    found = weekly.find(STUDY, "2016-01-04")
    assert math.isnan(found.numbers.recent.mean)
    assert found.numbers.last_week == -1
    assert found.severity.year is None
    assert found.severity.share is None
    assert found.unusual.reason
    for sentence in (
        words.one_sentence,
        words.numbers_caption,
        words_unusual.unusual_words,
        words_more.severity_words,
    ):
        assert sentence(found)
    assert "do not hold the 4 weeks before" in words.one_sentence(found)


def test_revisions_against_an_earlier_report_are_listed(thursday, tmp_path):
    out = thursday[1]
    said = json.loads((out / "results.json").read_text("utf-8"))
    assert weekly.find(STUDY, THURSDAY, previous=str(out / "results.json")).changes.empty
    first = said["weekly"][3]
    first["attacks"] += 2
    removed = said["weekly"].pop()
    (tmp_path / "results.json").write_text(json.dumps(said), encoding="utf-8")
    changed = weekly.find(STUDY, THURSDAY, previous=str(tmp_path / "results.json")).changes
    told = {(f"{row.week:%Y-%m-%d}", row.province): (row.before, row.now) for row in changed.itertuples()}
    assert told == {
        (first["week"], first["province"]): (first["attacks"], first["attacks"] - 2),
        (removed["week"], removed["province"]): (0, removed["attacks"]),
    }
    with pytest.raises(InputError, match="another weekday"):
        weekly.find(STUDY, MAY, previous=str(tmp_path / "results.json"))
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="of a weekly report"):
        weekly.find(STUDY, THURSDAY, previous=str(tmp_path / "other.json"))


def test_a_constant_rate_is_rarely_said_to_have_changed():
    """Negative binomial weeks around a latent AR(1) course: at most 7 % of intervals leave out no change."""
    rng = np.random.default_rng(5)
    missed, made = 0, 400
    for _ in range(made):
        noise = np.empty(80)
        noise[0] = rng.standard_normal() * 0.5
        for week in range(1, 80):
            noise[week] = 0.5 * noise[week - 1] + math.sqrt(1 - 0.25) * 0.5 * rng.standard_normal()
        counts = rng.poisson(3.0 * np.exp(noise[-53:] - 0.125))
        found = against(int(counts[-1]), counts[:-1], noise_of(counts[:-1]))
        missed += not found.low <= 1 <= found.high
    assert missed / made <= 0.07


def test_the_interval_of_two_poisson_rates_without_extra_variation_is_mid_p():
    """Each limit is the rate ratio whose binomial tail, half of the observed count left out, holds 2.5 %."""
    from scipy.stats import binom

    found = against(6, [1] * 52, Noise(1.0, 0.0))
    assert found.rate_ratio == pytest.approx(6.0)
    tails = (lambda k, n, p: binom.sf(k, n, p), lambda k, n, p: binom.cdf(k - 1, n, p))
    for limit, tail in zip((found.low, found.high), tails, strict=True):
        share = limit / 52 / (1 + limit / 52)
        assert tail(6, 58, share) + binom.pmf(6, 58, share) / 2 == pytest.approx(0.025, abs=1e-9)


def test_the_rate_behind_a_count_has_garwoods_interval_where_nothing_varies_beyond_chance():
    for count in (0, 1, 7):
        assert rate_interval(count, Noise(1.0, 0.0)) == pytest.approx(
            [one[0] for one in poisson_interval([count])]
        )
    wider, plain = rate_interval(6, Noise(2.0, 0.0)), rate_interval(6, Noise(1.0, 0.0))
    assert wider[0] < plain[0] < plain[1] < wider[1]


def test_noise_is_poisson_where_nothing_happened_and_never_below():
    assert noise_of([0] * 52) == Noise(1.0, 0.0)
    assert noise_of([1] * 52).dispersion == 1.0
    assert noise_of([0, 9] * 26).lag1 == 0.0
    assert noise_of([0] * 26 + [9] * 26).lag1 == 0.8
    nothing = against(0, [0] * 52, Noise(1.0, 0.0))
    assert math.isnan(nothing.low)
    first = against(2, [0] * 52, Noise(1.0, 0.0))
    assert math.isinf(first.high)
    assert first.low > 1


SENTENCES = [
    words.one_sentence, words.how_far, words.as_of_words, words.changed_words, words.numbers_caption, words.map_caption,
    words.map_alt, words.provinces_caption, words.long_caption, words.long_alt, words.effect_words, words.effect_caption,
    words.effect_alt, words_more.severity_words, words_more.large_words, words_more.severity_caption,
    words_more.severity_alt, words_more.coverage_words, words_more.late_words, words_more.methods_words,
    words_more.ledger_caption, words_claims.claims_words, words_claims.claims_caption, words_claims.claims_alt,
    words_claims.claims_table_caption, words_claims.published_caption, words_unusual.unusual_short,
    words_unusual.unusual_words, words_unusual.unusual_caption, words_unusual.unusual_alt, words_unusual.alerts_caption,
]  # fmt: skip


def test_sentences_hold_the_numbers_and_no_missing_one(thursday, may, last):
    for found in (thursday[0], may, last):
        for sentence in SENTENCES:
            if sentence in (words.effect_caption, words.effect_alt) and found.effect.table.empty:
                continue  # no figure, no caption
            text = sentence(found)
            assert text.strip(), sentence
            assert not {"nan", "None", "NaT"} & set(text.replace("(", " ").split()), sentence
    assert words.one_sentence(last).startswith(
        "From 21 to 27 December 2020 the source records no attack in Iraq;"
    )
    assert "28 attacks" in words_claims.claims_words(thursday[0])
    assert words_claims.claims_words(may).startswith("No claim is known for just this week.")


def test_direction_is_said_only_where_the_interval_leaves_out_no_change(may):
    def told(count, earlier):
        ratio = against(count, earlier, Noise(1.0, 0.0))
        return words.one_sentence(replace(may, numbers=replace(may.numbers, recent=ratio)))

    assert "that is more than before" in told(12, [1, 1, 1, 1])
    assert "that is fewer than before" in told(0, [9, 9, 9, 9])
    assert "a difference that chance alone can make" in told(2, [1, 1, 1, 1])


def test_results_and_tables_lie_beside_the_page_and_are_the_same_each_time(thursday, tmp_path):
    found, out = thursday
    weekly.find(STUDY, THURSDAY, out=tmp_path)
    names = sorted(path.name for path in out.iterdir())
    assert names == [
        "alerts.csv", "claims.csv", "effect.csv", "provinces.csv", "results.json", "revisions.csv", "weeks.csv"
    ]  # fmt: skip
    for name in names:
        assert (out / name).read_bytes() == (tmp_path / name).read_bytes()
    assert (
        json.loads((out / "results.json").read_text("utf-8"))["numbers"]["attacks"] == found.numbers.attacks
    )


def test_figures_draw_and_tables_stand(may, thursday):
    for draw in (
        figures.maps,
        figures.unusual,
        figures.long_view,
        figures.effect,
        figures.severity,
        figures.claims,
    ):
        assert draw(thursday[0])
    html = tables.provinces_table(may).as_raw_html()
    assert html.count("<svg") == 19
    assert html.count("aria-label") >= 19
    assert "&lt;svg" not in html
    assert tables.numbers_table(may).as_raw_html().count("<tr>") >= 5


def test_a_small_chart_says_what_it_shows_and_escapes_it():
    drawn = sparkline([0, 2, 4], top=4, label='"<b>"')
    assert "&lt;b&gt;" in drawn
    assert "<b>" not in drawn
    assert drawn.count("<path") == 3
    assert sparkline([0, 0, 0], top=0, label="none").count("<path") == 2


def test_colour_classes_take_their_upper_limit():
    assert band_of(0.0) == "none"
    assert [band_of(limit) for limit in BANDS[1:]] == band_names()[1 : len(BANDS)]
    assert band_of(5.001) == "over 5"


def test_a_weekly_report_goes_into_a_folder_of_its_week():
    folder, metadata = weekly_output(
        "weekly", {"week": "2020-07-16", "group": "disputed", "as_of": "2020-08-01"}
    )
    assert folder.parts[-3:] == ("_output", "weekly", "2020-07-16-disputed-as-of-2020-08-01")
    assert metadata["date"] == "2020-07-22"
    assert weekly_output("drawdown", {}) == (None, {})
    for given in ({}, {"week": "yesterday"}):
        with pytest.raises(InputError):
            weekly_output("weekly", given)


def test_the_front_matter_is_replaced_line_for_line():
    text = "---\ntitle: Old\ndate: 2020-01-01\n---\n\nText.\n"
    made = with_meta(parse_document(text, "a.qmd"), {"title": 'New "{}"'})
    assert made.meta["title"] == 'New "Old"'
    assert made.text.split("\n")[1:3] == ['title: "New \\"Old\\""', "date: 2020-01-01"]
    assert len(made.text.split("\n")) == len(text.split("\n"))


def test_the_command_wants_a_week_and_says_so_in_one_line():
    for given in (
        ["report", "weekly"],
        ["report", "weekly", "--week", "16.7.2020"],
        ["report", "weekly", "--week", ""],
    ):
        done = CliRunner().invoke(app, given)
        assert done.exit_code == 2
        assert done.stderr.startswith("trends: ")
        assert done.stderr.count("\n") == 1


def test_a_panel_is_read_again_when_its_files_change(tmp_path, monkeypatch):
    shutil.copytree(PANEL, tmp_path / "panel")
    read = []
    monkeypatch.setattr(loading, "load_panel", lambda folder: read.append(folder) or folder)
    for _ in range(2):
        loading.panel(tmp_path / "panel")
    assert len(read) == 1
    with (tmp_path / "panel" / "daily.csv").open("a", encoding="utf-8") as handle:
        handle.write("\n")
    loading.panel(tmp_path / "panel")
    assert len(read) == 2
