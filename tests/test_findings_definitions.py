"""What counts as an attack, from invented raw files to the report's table; and the ledger as a reader sees it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from samples import rows_of, write

from trends.building import build
from trends.errors import StudyError
from trends.findings import drawdown
from trends.findings.data_quality import data_quality, data_quality_words
from trends.findings.definitions import (
    check_definition,
    compare_definitions,
    definitions_caption,
    definitions_words,
)
from trends.panel import load_panel
from trends.project import find_project
from trends.study import load_study
from trends.tables import data_quality as tables
from trends.timeline import load_timeline

STUDY = find_project() / "reports/drawdown/study.toml"
CHANGE = pd.Timestamp("2020-03-17")
A_WEEK = {"raid": (2, 6), "clash": (3, 3), "one-sided": (4, 1)}
"""Mean events a week before and after the change."""
CELLS = {
    "raid": {"type_of_violence": "1", "deaths_a": "0", "deaths_b": "3", "deaths_civilians": "0"},
    "clash": {"type_of_violence": "1", "deaths_a": "1", "deaths_b": "1", "deaths_civilians": "0"},
    "one-sided": {"type_of_violence": "3", "side_a": "IS", "side_b": "Civilians", "deaths_a": "0", "deaths_b": "0",
                  "deaths_civilians": "1"},
}  # fmt: skip
NAMES = ("all", "with-victims", "one-sided")


def invented() -> list[dict[str, str]]:
    """Three years of events in the full layout, of which raids rise and one-sided violence falls."""
    random = np.random.default_rng(5)
    events = [
        (week + pd.Timedelta(days=int(random.integers(7))), kind)
        for week in pd.date_range("2018-01-01", "2020-12-21", freq="7D")
        for kind, means in A_WEEK.items()
        for _ in range(random.poisson(means[int(week >= CHANGE)]))
    ]
    rows = rows_of("ucdp-ged", len(events))
    for row, (when, kind) in zip(rows, events, strict=True):
        row.update(
            CELLS[kind], date_start=f"{when:%Y-%m-%d}", date_end=f"{when:%Y-%m-%d}", deaths_unknown="0"
        )
    return rows


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose study lists a panel for each definition."""
    home = tmp_path_factory.mktemp("project")
    (home / "reports" / "drawdown").mkdir(parents=True)
    (home / "data" / "processed").mkdir(parents=True)
    raw = write(home / "GEDEvent_v21_1.csv", invented())
    for name in NAMES:
        build(raw=[raw], actor="IS", attacks=name, out=home / "data" / "processed" / name)
    text = STUDY.read_text("utf-8").replace(
        "processed/ucdp-ged-21.1-iraq-is-one-sided", "processed/one-sided"
    )
    text = text.replace('panel = "data/processed/ucdp-ged-21.1-iraq-is"', 'panel = "data/processed/all"')
    more = '[[definitions]]\nname = "with-victims"\npanel = "data/processed/with-victims"\n\n[[definitions]]'
    (home / "reports" / "drawdown" / "study.toml").write_text(
        text.replace("[[definitions]]", more, 1), encoding="utf-8"
    )
    return home


def changed(project, name, old, new):
    """Write a study that differs from the project's, and return its path."""
    folder = project / "reports" / name
    folder.mkdir()
    text = (project / "reports" / "drawdown" / "study.toml").read_text("utf-8")
    assert old in text
    (folder / "study.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder / "study.toml"


def test_the_answer_stands_under_each_definition_and_follows_what_was_put_in(project):
    study, timeline = load_study(project / "reports" / "drawdown" / "study.toml"), load_timeline()
    panel = load_panel(study.panel_folder)
    check_definition(study, panel.manifest)
    found = compare_definitions(panel, study, timeline)
    rows = found.table.set_index("definition")
    assert list(rows.index) == list(NAMES)
    kinds = [row["type_of_violence"] + row["deaths_a"] for row in invented()]
    assert rows["events"].tolist() == [len(kinds), len(kinds) - kinds.count("10"), kinds.count("30")]
    truth = {"all": 10 / 9, "with-victims": 4 / 7, "one-sided": 1 / 4}
    for name, ratio in truth.items():
        assert rows.loc[name, "low"] < ratio < rows.loc[name, "high"]
    assert rows.loc["one-sided", "high"] < 1 < rows.loc["all", "high"]
    assert found.impossible == ()
    text = tables.definitions_table(found).as_raw_html()
    assert text.count("<tr>") == 3
    words = definitions_words(found)
    assert words.count("average rate ratio") == 3
    assert "cannot be tried" not in words
    assert "under 3 definitions" in definitions_caption(found)


def test_a_study_and_a_panel_that_count_different_events_are_refused(project):
    wrong = changed(project, "wrong", 'attacks = "all"', 'attacks = "with-victims"')
    wrong.write_text(
        wrong.read_text("utf-8").replace('name = "with-victims"', 'name = "all"'), encoding="utf-8"
    )
    with pytest.raises(
        StudyError, match=r"'with-victims', but the panel data/processed/all counts 'all'; build"
    ):
        drawdown.find(wrong)
    crossed = changed(project, "crossed", "processed/one-sided", "processed/with-victims")
    study = load_study(crossed)
    with pytest.raises(StudyError, match=r"'one-sided', but the panel data/processed/with-victims counts"):
        compare_definitions(load_panel(study.panel_folder), study, load_timeline())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('attacks = "all"', 'attacks = "sided"', "attacks"),
        ('attacks = "all"', 'attacks = "one-sided"', "'one-sided' is there twice"),
        ('name = "with-victims"\n', 'name = "one-sided"\n', "'one-sided' is there twice"),
        ('panel = "data/processed/with-victims"', 'panel = "../elsewhere"', "definitions"),
    ],
)
def test_definitions_in_a_study_are_checked(project, tmp_path_factory, old, new, message):
    name = tmp_path_factory.mktemp("study").name
    with pytest.raises(StudyError, match=message):
        load_study(changed(project, name, old, new))


def test_a_source_that_cannot_tell_says_so_in_words():
    study = load_study(STUDY)
    found = compare_definitions(load_panel(study.panel_folder), study, load_timeline())
    assert found.impossible == ("with-victims",)
    assert "'with-victims' (events of one-sided violence, and" in definitions_words(found)
    assert "does not say how many died on each side" in definitions_words(found)
    assert "not estimated alike" in definitions_words(found)
    own, one_sided = found.table.to_dict("records")
    daily = load_panel(study.panel_folder).daily
    inside = daily["date"].between(*(str(day) for day in (study.window.first, study.window.last)))
    assert own["events"] == daily.loc[inside, "attacks"].sum()
    assert one_sided["events"] == 35 + 14 + 6  # counted from the raw file by year, type_of_violence and side


def test_the_ledger_is_shown_so_that_it_adds_up(tmp_path):
    rows = rows_of("ucdp-ged", 8)
    rows[1].update(date_prec="4")
    rows[2].update(adm_1="Nowhere", date_start="2019-02-01", date_end="2019-02-01")
    rows[3].update(date_start="2020-02-30")
    rows[4].update(side_b="PKK")
    rows[5].update(adm_1="", where_prec="6")
    result = build(raw=[write(tmp_path / "GEDEvent_v21_1.csv", rows)], actor="IS", out=tmp_path / "panel")
    quality, account = data_quality(result.out, load_panel(result.out))
    for table in (quality.by_year, quality.by_province):
        assert table["read"].sum() == account.read == 8
        assert table["rejected"].sum() == sum(quality.reasons.values()) == 4
        assert table.iloc[-1, 0] == "not known"
    assert quality.precision.set_index("when").loc["2020", ["events", "day", "month"]].tolist() == [5, 4, 1]
    assert quality.precision_by_province.loc["Diyala", "2020"] == pytest.approx(1 / 4)
    assert "3 of 8 rows are counted; 4 were rejected (" in data_quality_words(quality)
    assert "1 of 6 events (16.7 %) are known to the month or year only." in data_quality_words(quality)
    shown = [
        tables.outcomes_table(quality, "year"),
        tables.outcomes_table(quality, "province"),
        tables.precision_table(quality),
        tables.unplaceable_table(quality),
        tables.coverage_table(quality),
    ]
    assert "1 January 2019" in shown[-1].as_raw_html()
    assert ">25.0 %<" in shown[3].as_raw_html()
