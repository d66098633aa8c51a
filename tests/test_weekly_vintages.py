"""The weekly report from several vintages of a source, each built from the same simulated records as of its day.

Every event is recorded some weeks after it happened, by shares that are known here: .5 in its own week, then .2, .15,
.1 and .05. The counts of the last vintage, its revisions and its completed counts can therefore be checked against what
was simulated.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from samples import rows_of, write

import trends
from trends.building import build
from trends.errors import InputError
from trends.findings import weekly
from trends.findings.weekly import words, words_more
from trends.findings.weekly.as_of import latest_as_of
from trends.project import find_project
from trends.tables import weekly as tables

SHARES = (0.5, 0.2, 0.15, 0.1, 0.05)
FIRST, WEEKS, DELAY = pd.Timestamp("2020-01-06"), 30, 4
VINTAGES = 7
SUNDAYS = [FIRST + pd.Timedelta(days=7 * week + 6) for week in range(WEEKS - VINTAGES, WEEKS)]
LAST = SUNDAYS[-1] - pd.Timedelta(days=6)


def simulated() -> pd.DataFrame:
    """Return 12 events a week in two provinces, with the day on which each was recorded."""
    rng = np.random.default_rng(7)
    week = np.repeat(np.arange(WEEKS), rng.poisson(12, WEEKS))
    late = rng.choice(len(SHARES), len(week), p=SHARES)
    happened = FIRST + pd.to_timedelta(7 * week + rng.integers(0, 7, len(week)), unit="D")
    recorded = FIRST + pd.to_timedelta(7 * (week + late) + 6, unit="D")
    return pd.DataFrame({"date": happened, "recorded": recorded, "week": week, "place": late % 2})


EVENTS = simulated()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Build a project with vintages, a week apart, from one file that dates its rows."""
    home = tmp_path_factory.mktemp("project")
    (home / "reports").mkdir()
    (home / "data").mkdir()
    rows = rows_of("acled", len(EVENTS))
    for row, event in zip(rows, EVENTS.itertuples(), strict=True):
        row |= {"event_date": f"{event.date:%Y-%m-%d}", "year": str(event.date.year)}
        row |= {"timestamp": str(int(event.recorded.timestamp()) + 3600)}
        if event.place:
            row |= {"admin1": "Kirkuk", "latitude": "35.47", "longitude": "44.39"}
    raw = write(home / "acled.csv", rows)
    for day in SUNDAYS:
        build(raw=[raw], out=home / f"data/{day:%m-%d}", source="acled", first=FIRST.date(), as_of=day.date())
    return home


def study(home, earlier, weeks=4):
    """Write the report's study on the newest panel, with these earlier vintages and provisional weeks."""
    named = "".join(f'    {{ panel = "data/{day:%m-%d}" }},\n' for day in earlier)
    text = (find_project() / "reports/weekly/study.toml").read_text("utf-8")
    text = text.replace("data/processed/ucdp-ged-21.1-iraq-is", f"data/{SUNDAYS[-1]:%m-%d}")
    text = text.replace("[provisional]\nweeks = 4", f"[provisional]\nweeks = {weeks}")
    text = text.replace("final_edition = true", f"max_delay = {DELAY}\nvintages = [\n{named}]")
    (home / "reports/study.toml").write_text(text, encoding="utf-8")
    return home / "reports/study.toml"


@pytest.fixture(scope="module")
def found(project, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    return weekly.find(study(project, SUNDAYS[:-1]), f"{LAST:%Y-%m-%d}", out=out), out


def test_the_counts_are_those_known_on_the_day_of_the_last_vintage(found):
    known = EVENTS[EVENTS["recorded"] <= SUNDAYS[-1]]
    assert found[0].numbers.attacks == int((known["week"] == WEEKS - 1).sum())
    assert found[0].numbers.recent.before == int(known["week"].between(WEEKS - 5, WEEKS - 2).sum())
    assert found[0].known_by == SUNDAYS[-1]
    assert found[0].provisional_weeks == 4


def test_counts_are_completed_near_what_was_simulated(found):
    table = found[0].completed.table.set_index("week")
    assert list(table.index) == list(pd.date_range(LAST - pd.Timedelta(weeks=DELAY - 1), LAST, freq="7D"))
    truth = EVENTS.groupby("week").size()
    for back, share in enumerate(np.cumsum(SHARES)[:DELAY]):
        row = table.loc[LAST - pd.Timedelta(weeks=back)]
        assert row["share"] == pytest.approx(share, abs=0.12)
        assert row["low"] <= truth[WEEKS - 1 - back] <= row["high"]
        assert row["completed"] == pytest.approx(row["reported"] / row["share"])


def test_the_page_shows_completed_counts_with_their_intervals(found):
    row = found[0].completed.table.iloc[-1]
    said = words.one_sentence(found[0])
    assert f"about {row['completed']:.0f} are expected once all are recorded" in said
    assert f"(95 % interval {row['low']:.0f} to {row['high']:.0f})" in said
    html = tables.numbers_table(found[0]).as_raw_html()
    assert f"Attacks, completed ({100 * row['share']:.0f} % recorded so far)" in html
    assert tables.completed_table(found[0]).as_raw_html().count("<tr>") >= DELAY
    assert f"estimated from {VINTAGES} vintages" in words_more.late_words(found[0])
    assert f"about {100 * row['share']:.0f} %" in words_more.completed_caption(found[0])
    assert (found[1] / "completed.csv").read_text("utf-8").count("\n") == DELAY + 1


def test_what_was_revised_since_the_vintage_before_is_listed(found):
    counted = [EVENTS[EVENTS["recorded"] <= day].groupby(["week", "place"]).size() for day in SUNDAYS[-2:]]
    both = pd.concat(counted, axis=1).fillna(0).astype(int).loc[: WEEKS - 2]
    moved = both[both[0] != both[1]]
    changes = found[0].changes
    told = {
        ((row.week - FIRST).days // 7, int(row.province == "IQ-KI")): (row.before, row.now)
        for row in changes.itertuples()
    }
    assert told == {
        place: tuple(row) for place, row in zip(moved.index, moved.to_numpy().tolist(), strict=True)
    }
    assert str(len(moved)) in words.changed_words(found[0])


def test_as_of_takes_the_newest_vintage_by_that_day(project):
    file = study(project, SUNDAYS[:-1])
    day = SUNDAYS[-3] + pd.Timedelta(days=2)
    week = SUNDAYS[-3] - pd.Timedelta(days=6)
    found = weekly.find(file, f"{week:%Y-%m-%d}", as_of=f"{day:%Y-%m-%d}")
    known = EVENTS[EVENTS["recorded"] <= SUNDAYS[-3]]
    assert found.known_by == SUNDAYS[-3]
    assert found.numbers.attacks == int((known["week"] == WEEKS - 3).sum())
    assert found.completed.vintages == VINTAGES - 2
    assert f"the vintage of {words.day(SUNDAYS[-3])}: nothing recorded later" in words.as_of_words(found)
    with pytest.raises(InputError, match=f"up to {SUNDAYS[-1]:%Y-%m-%d}"):
        weekly.find(file, f"{week:%Y-%m-%d}", as_of=f"{SUNDAYS[-1] + pd.Timedelta(days=1):%Y-%m-%d}")
    with pytest.raises(InputError, match=f"the first vintage is of {SUNDAYS[0]:%Y-%m-%d}"):
        weekly.find(file, f"{FIRST:%Y-%m-%d}", as_of=f"{SUNDAYS[0] - pd.Timedelta(days=1):%Y-%m-%d}")


def test_a_week_past_the_rule_is_compared_though_it_may_still_grow(project):
    week = LAST - pd.Timedelta(weeks=2)
    found = weekly.find(study(project, SUNDAYS[:-1], weeks=2), f"{week:%Y-%m-%d}")
    assert found.provisional_weeks == 0
    said = words.one_sentence(found)
    assert "attacks a week, a difference that chance alone can make. The count may still grow: about" in said
    assert "× " in tables.numbers_table(found).as_raw_html()


def test_too_few_vintages_complete_nothing_and_say_so(project):
    found = weekly.find(study(project, SUNDAYS[-3:-1]), f"{LAST:%Y-%m-%d}")
    assert found.completed.table.empty
    assert "3 of the vintages that are needed (5)" in words_more.late_words(found)
    assert words.one_sentence(found).endswith("provisional and not compared with others.")
    assert "completed" not in tables.numbers_table(found).as_raw_html()


def test_vintages_that_are_not_a_week_apart_or_named_twice_are_refused(project):
    with pytest.raises(InputError, match="not each a week after the one before"):
        weekly.find(study(project, [*SUNDAYS[:3], *SUNDAYS[4:-1]]), f"{LAST:%Y-%m-%d}")
    with pytest.raises(InputError, match="two vintages stand for the same day"):
        weekly.find(study(project, SUNDAYS[-3:]), f"{LAST:%Y-%m-%d}")


def test_vintages_of_something_else_are_refused(project):
    other = write(project / "ged.csv", [row | {"date_start": "2020-03-17"} for row in rows_of("ucdp-ged")])
    build(raw=[other], out=project / "data/other", actor="IS")
    file = study(project, SUNDAYS[:1])
    file.write_text(
        file.read_text("utf-8").replace(f"data/{SUNDAYS[0]:%m-%d}", "data/other"), encoding="utf-8"
    )
    with pytest.raises(InputError, match="a vintage of something else"):
        weekly.find(file, f"{LAST:%Y-%m-%d}")


def test_one_live_edition_is_provisional_by_the_rule(project):
    found = weekly.find(study(project, []), f"{LAST:%Y-%m-%d}")
    assert found.completed is None
    assert (found.known_by, found.provisional_weeks) == (SUNDAYS[-1], 4)
    assert "one edition of the source" in words_more.late_words(found)


@pytest.mark.parametrize(
    ("manifest", "latest"),
    [
        ({"as_of": {"day": "2020-07-26"}, "raw": []}, "2020-07-26"),
        ({"as_of": None, "raw": [{"vintage": {"published": {"last": "2021-12-31"}}}]}, "2021-12-31"),
        (
            {"as_of": None, "raw": [{"vintage": {"recorded_until": "2020-08-02", "published": None}}]},
            "2020-08-09",
        ),
        ({"as_of": None, "raw": [{"vintage": {"recorded_until": "2020-07-20"}}]}, "2020-08-02"),
        ({}, "2020-08-02"),
    ],
)
def test_an_edition_can_tell_of_days_up_to_its_own(manifest, latest):
    """The panel covers days up to 26 July; a source may be silent for a week."""
    empty = trends.load_panel(find_project() / "data/processed/ucdp-ged-21.1-iraq-is")
    panel = replace(empty.between(empty.first, date(2020, 7, 26)), manifest=manifest)
    assert latest_as_of(panel) == pd.Timestamp(latest)
