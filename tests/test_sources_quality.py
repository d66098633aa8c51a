"""The quality report: its numbers against the committed tables counted by hand, and its sentences against numbers."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections import Counter
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trends.errors import InputError, StudyError
from trends.findings import sources_quality as sources
from trends.findings import sources_words as words
from trends.findings.data_quality import data_quality, data_quality_words
from trends.panel import load_panel
from trends.tables import sources as tables

PROJECT = Path(__file__).parent.parent
STUDY = PROJECT / "reports" / "quality" / "study.toml"
PANEL = PROJECT / "data" / "processed" / "ucdp-ged-21.1-iraq-is"


@pytest.fixture(scope="module")
def found():
    return sources.find(STUDY)


def rows_of(name):
    with (PANEL / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_events_by_year_and_province_are_those_of_the_daily_counts(found):
    years = Counter()
    for row in rows_of("daily.csv"):
        years[row["date"][:4]] += int(row["attacks"])
    assert found.main.counted.sum().to_dict() == years
    assert found.main.counted.to_numpy().sum() == found.main.rows["used"]
    assert len(found.main.counted) == 18


def test_silent_weeks_are_counted_as_by_hand(found):
    weeks = [int(row["attacks"]) for row in rows_of("weekly.csv") if row["province"] == "IQ-DI"]
    longest = max(len(list(run)) for silent, run in groupby(weeks, lambda count: count == 0) if silent)
    row = found.main.gaps.set_index("province").loc["Diyala"]
    assert (row["events"], row["weeks"], row["with_event"], row["longest"]) == (
        sum(weeks),
        len(weeks),
        sum(count > 0 for count in weeks),
        longest,
    )


@pytest.mark.parametrize(
    ("silent", "expected"), [([], 0), ([0, 0], 0), ([1, 1, 0, 1], 2), ([0, 1, 0, 1, 1, 1], 3)]
)
def test_the_longest_run(silent, expected):
    assert sources.longest_run(np.array(silent, dtype=bool)) == expected


def test_deaths_by_year_add_up_to_the_manifest(found):
    totals = json.loads((PANEL / "manifest.json").read_text("utf-8"))["totals"]
    assert found.main.deaths[["low", "best", "high"]].sum().to_list() == [
        totals[f"deaths_{name}"] for name in ("low", "best", "high")
    ]


def test_rows_add_up_in_every_panel(found):
    for one in found.panels:
        assert one.rows["read"] == sum(rows for name, rows in one.rows.items() if name != "read")
        years = one.quality.by_year.drop(columns="year").sum()
        assert years["read"] == one.rows["read"]


def test_the_comparison_with_others_is_recorded_over_value(found):
    year = found.published[found.published["start"] == "2019-01-01"]
    assert list(year["recorded"] / year["value"]) == list(year["share"])
    assert int(year["recorded"].iloc[0]) == 76
    assert (found.published["low"] < found.published["share"]).all()
    assert (found.published["share"] < found.published["high"]).all()


def test_sentences_follow_the_numbers(found):
    assert "1,399 are counted" in words.in_short(found)
    rising = found.main.counted.iloc[:, ::-1]
    turned = dataclasses.replace(found, panels=(dataclasses.replace(found.main, counted=rising),))
    assert words.counted_caption(turned).startswith("Events counted went from 88 in 2020 to 610 in 2016")
    silent = dataclasses.replace(found, panels=(dataclasses.replace(found.main, caveats=()),))
    assert words.not_placed(silent).startswith("0 of 1,399 events are dated to a month or year only")
    none = dataclasses.replace(found, published=found.published.iloc[:0])
    assert words.agreement(none) == "No count by others falls into the days that the panel covers."


def test_days_that_make_no_whole_week_are_told_with_their_events(found, tmp_path):
    assert found.main.quality.left_over == {"days_before": 0, "days_after": 0, "events": 0}
    assert "whole week" not in words.not_placed(found)
    panel = load_panel(PANEL, "thu")
    quality, _ = data_quality(PANEL, panel)
    days = [row for row in rows_of("daily.csv") if row["date"] < "2016-01-07" or row["date"] > "2020-12-23"]
    events = sum(int(row["attacks"]) for row in days)
    assert quality.left_over == {"days_before": 3, "days_after": 4, "events": events}
    said = f"make no whole week, so that no weekly count holds their {events} events."
    assert f" The first 3 days and the last 4 days of what is covered {said}" in data_quality_words(quality)
    assert data_quality_words(quality).endswith(said)
    turned = dataclasses.replace(found, panels=(dataclasses.replace(found.main, quality=quality),))
    assert words.not_placed(turned).endswith(said)
    one = dataclasses.replace(quality, left_over={"days_before": 1, "days_after": 0, "events": 1})
    assert data_quality_words(one).endswith(
        "The first day of what is covered makes no whole week, so that no weekly count holds its 1 event."
    )


def test_a_caveat_of_one_panel_names_it(found):
    other = dataclasses.replace(found.panels[1], caveats=("Something else.",))
    said = words.limits(dataclasses.replace(found, panels=(found.main, other)))
    assert f"- Something else. ({other.name}.)" in said


def test_text_from_a_source_is_text(found):
    bad = dataclasses.replace(found.main, name="<b>x</b>")
    html = tables.panels_table(dataclasses.replace(found, panels=(bad,))).as_raw_html()
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "<b>x</b>" not in html


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        (
            'country = "iraq"',
            'country = "afghanistan"',
            InputError,
            "is a panel of iraq, but the study is about",
        ),
        ("iraq-pkk", "iraq-none", InputError, "iraq-none"),
        ('published = "is_attacks"', "published = 3", StudyError, "published"),
    ],
)
def test_a_study_that_does_not_fit_is_refused(tmp_path, monkeypatch, old, new, error, message):
    folder = tmp_path / "reports" / "quality"
    folder.mkdir(parents=True)
    (tmp_path / "data").symlink_to(PROJECT / "data")
    (tmp_path / "pyproject.toml").write_text(
        (PROJECT / "pyproject.toml").read_text("utf-8"), encoding="utf-8"
    )
    study = folder / "study.toml"
    study.write_text(STUDY.read_text("utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(error, match=message):
        sources.find(study)


def test_results_are_written_whole(found, tmp_path):
    sources.find(STUDY, tmp_path)
    results = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert [panel["rows"]["used"] for panel in results["panels"]] == [
        one.rows["used"] for one in found.panels
    ]
    assert pd.DataFrame(results["facts"])["rows"].sum() == found.facts["rows"].sum()
