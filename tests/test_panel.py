from __future__ import annotations

import json
import shutil
from dataclasses import FrozenInstanceError, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trends.calendar import WEEKDAYS
from trends.errors import InputError, UnknownNameError
from trends.gazetteer import load_country
from trends.panel import MEASURES, WeeklyPanel, daily_counts, load_panel, weekly_counts

FIRST, LAST = date(2020, 1, 1), date(2020, 3, 31)
IRAQ = load_country("iraq")


def events(days: list[str], provinces: list[str], deaths: list[int | None] | None = None) -> pd.DataFrame:
    """Return located events."""
    killed = pd.array(deaths or [2] * len(days), dtype="Int64")
    return pd.DataFrame(
        {
            "date_start": pd.to_datetime(days).astype("datetime64[ns]"),
            "province": pd.Series(provinces, dtype=object),
            **dict.fromkeys(MEASURES[1:], killed),
        }
    )


def panel_of(located: pd.DataFrame, start: str = "mon") -> WeeklyPanel:
    daily = daily_counts(located)
    return WeeklyPanel(weekly_counts(daily, IRAQ, FIRST, LAST, start), daily, IRAQ, start, FIRST, LAST)


@pytest.fixture
def panel() -> WeeklyPanel:
    days = ["2020-01-01", "2020-01-06", "2020-01-06", "2020-01-12", "2020-01-13", "2020-03-31"]
    return panel_of(events(days, ["IQ-DI", "IQ-DI", "IQ-DI", "IQ-KI", "IQ-DI", "IQ-DI"]))


def test_the_grid_is_complete_and_only_whole_weeks_are_in_it(panel):
    assert len(panel.frame) == 12 * 18
    assert panel.weeks[[0, -1]].strftime("%Y-%m-%d").tolist() == ["2020-01-06", "2020-03-23"]
    assert panel.daily["attacks"].sum() == 6
    assert panel.frame["attacks"].sum() == 4  # 1 January and 31 March lie in unfinished weeks
    assert panel.frame[list(MEASURES)].dtypes.unique().tolist() == [np.dtype("int64")]


def test_counts_are_a_weekly_series_with_its_frequency(panel):
    counts = panel.counts("disputed")
    assert (counts.index.freqstr, counts.dtype, counts.name) == ("W-MON", np.dtype("int64"), "attacks")
    assert counts.iloc[:3].tolist() == [3, 1, 0]
    assert panel.counts("Kirkuk").iloc[:2].tolist() == [1, 0]
    assert panel.counts(["Diyala", "IQ-DI"], "deaths_best").iloc[:2].tolist() == [4, 2]
    assert panel.counts().equals(panel.wide().sum(axis=1).rename("attacks"))


def test_other_weeks_are_another_view_of_the_same_days(panel):
    thursdays = panel.with_weeks("thu")
    assert thursdays.daily is panel.daily
    assert thursdays.counts().iloc[:3].tolist() == [2, 2, 0]
    assert thursdays.counts().index.freqstr == "W-THU"
    assert panel.week_start == "mon"


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.dates(FIRST, LAST), st.sampled_from(list(IRAQ.provinces.index))), min_size=1),
    st.data(),
)
def test_no_event_is_lost_between_days_and_weeks(drawn, data):
    start = data.draw(st.sampled_from(WEEKDAYS))
    panel = panel_of(events([str(day) for day, _ in drawn], [province for _, province in drawn]), start)
    weeks = panel.weeks
    inside = [day for day, _ in drawn if weeks[0] <= pd.Timestamp(day) < weeks[-1] + pd.Timedelta(days=7)]
    assert panel.daily["attacks"].sum() == len(drawn)
    assert panel.counts().sum() == len(inside)
    assert panel.wide("deaths_low").to_numpy().sum() == 2 * len(inside)


def test_a_measure_that_the_source_lacks_is_missing_and_not_zero():
    panel = panel_of(events(["2020-01-06", "2020-01-07"], ["IQ-DI", "IQ-KI"], [None, 3]))
    assert panel.frame["deaths_best"].isna().all()
    assert panel.daily["deaths_best"].isna().all()
    assert panel.counts().sum() == 2
    assert panel.between(date(2020, 2, 3), LAST).frame["deaths_best"].isna().all()  # no event is left to tell
    with pytest.raises(InputError, match="'deaths_best': the source does not have this measure"):
        panel.counts(measure="deaths_best")


def test_an_unknown_measure_or_province_is_an_error(panel):
    with pytest.raises(
        UnknownNameError, match="there is no measure 'deaths'; use one of attacks, deaths_best"
    ):
        panel.counts(measure="deaths")
    with pytest.raises(UnknownNameError, match="no province of Iraq is called 'Aleppo'"):
        panel.counts("Aleppo")


def test_a_narrower_window_keeps_its_days(panel):
    part = panel.between(date(2020, 1, 6), date(2020, 1, 12))
    assert (part.first, part.last, part.counts().tolist()) == (date(2020, 1, 6), date(2020, 1, 12), [3])
    assert part.daily["attacks"].sum() == 3


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (date(2019, 12, 31), LAST, "reaches beyond what is covered, 2020-01-01 to 2020-03-31"),
        (FIRST, date(2020, 4, 1), "reaches beyond what is covered"),
        (LAST, FIRST, "ends .2020-01-01. before it starts"),
        (FIRST, date(2020, 1, 5), "no complete week lies between"),
    ],
)
def test_a_window_outside_the_coverage_is_refused(panel, first, last, message):
    with pytest.raises(InputError, match=message):
        panel.between(first, last)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda frame: frame.iloc[1:], "lack IQ-AN in the week of 2020-01-06"),
        (lambda frame: pd.concat([frame, frame.iloc[:1]]), "hold a week and province twice"),
        (lambda frame: frame.iloc[::-1], "not sorted"),
        (lambda frame: frame.assign(week=frame["week"] + pd.Timedelta(days=1)), "which is not in the grid"),
        (lambda frame: frame.assign(province="IQ-XX"), "week and province twice"),
        (lambda frame: frame.assign(attacks=-1), "'attacks': weekly counts hold a negative number"),
        (lambda frame: frame.assign(attacks=0.5), "'attacks': weekly counts are not whole numbers"),
        (lambda frame: frame.assign(week="2020-01-06"), "'week': weekly counts hold no dates"),
        (
            lambda frame: frame.drop(columns="attacks"),
            "weekly counts have columns week, province, deaths_best",
        ),
    ],
)
def test_a_grid_that_is_none_is_refused(panel, spoil, message):
    with pytest.raises(InputError, match=message):
        replace(panel, frame=spoil(panel.frame))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda daily: pd.concat([daily, daily]), "hold a day and province twice"),
        (lambda daily: daily.assign(province="IQ-XX"), "provinces that Iraq has not: IQ-XX"),
        (lambda daily: daily.assign(date=pd.Timestamp("2021-01-01")).iloc[:1], "hold 2021-01-01, outside"),
    ],
)
def test_days_that_contradict_the_panel_are_refused(panel, spoil, message):
    with pytest.raises(InputError, match=message):
        replace(panel, daily=spoil(panel.daily))


def test_a_panel_is_frozen(panel):
    with pytest.raises(FrozenInstanceError):
        panel.week_start = "thu"


@pytest.mark.parametrize("partitions", [1, 3])
@pytest.mark.parametrize("deaths", [None, [1, None, 1, 1, 1, 1, 1]])
def test_dask_counts_what_pandas_counts(partitions, deaths):
    frames = pytest.importorskip("dask.dataframe")
    days = ["2020-01-06", "2020-01-06", "2020-02-01", "2020-01-07", "2020-01-06", "2020-02-01", "2020-02-01"]
    located = events(days, ["IQ-DI", "IQ-KI", "IQ-DI", "IQ-DI", "IQ-DI", "IQ-DI", "IQ-KI"], deaths)
    counted = daily_counts(frames.from_pandas(located, npartitions=partitions))
    pd.testing.assert_frame_equal(counted, daily_counts(located))
    assert counted["attacks"].sum() == 7


@pytest.fixture
def folder(committed_panel, tmp_path):
    """A copy of the committed folder that a test may spoil."""
    return shutil.copytree(committed_panel, tmp_path / "panel")


def test_the_committed_panel_is_read_as_it_was_written(committed_panel):
    panel = load_panel(committed_panel)
    weekly = pd.read_csv(committed_panel / "weekly.csv", parse_dates=["week"])
    pd.testing.assert_frame_equal(panel.frame, weekly, check_dtype=False)
    assert (panel.first, panel.last, len(panel.weeks)) == (date(2016, 1, 4), date(2020, 12, 27), 260)
    assert panel.manifest["licence"] == "CC BY 4.0"
    assert panel.counts().sum() == panel.manifest["rows"]["used"] == 1399


def test_the_committed_panel_holds_the_published_counts(committed_panel):
    daily = load_panel(committed_panel).daily
    year, month = daily["date"].dt.year, daily["date"].dt.month
    assert daily.groupby(year)["attacks"].sum()[[2019, 2020]].tolist() == [76, 88]
    assert daily[year == 2020].groupby(month)["attacks"].sum().tolist() == [
        5,
        7,
        4,
        14,
        17,
        7,
        7,
        4,
        2,
        8,
        9,
        4,
    ]
    by_province = daily.groupby(["province", year])["attacks"].sum().unstack(fill_value=0)[[2019, 2020]]
    published = {
        "DI": (19, 26), "KI": (15, 16), "SD": (14, 16), "BG": (11, 8), "NI": (8, 4),
        "AN": (6, 7), "AR": (1, 9), "KA": (2, 0), "BB": (0, 2),
    }  # fmt: skip
    assert {code[3:]: tuple(row) for code, row in by_province.iterrows() if any(row)} == published


def test_week_fifty_three_and_the_turn_of_the_year_lie_in_their_weeks(committed_panel):
    counts = load_panel(committed_panel).counts()
    assert counts.index[-1] == pd.Timestamp("2020-12-21")
    assert pd.Timestamp("2019-12-30") in counts.index
    assert counts.index.is_unique
    assert counts.loc["2019-12-30":].size == 52


@pytest.mark.parametrize("name", ["daily.csv", "weekly.csv", "rejects.csv"])
def test_an_edited_or_missing_table_is_noticed(folder, name):
    (folder / name).write_text((folder / name).read_text("utf-8") + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"{name}: was changed after it was built .*; build it again"):
        load_panel(folder)
    (folder / name).unlink()
    with pytest.raises(InputError, match=rf"{name}: the file is missing; build it again"):
        load_panel(folder)


def edit(folder, change) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda manifest: manifest.update(format="trends-panel/99"),
            "is not a manifest of format trends-panel/1",
        ),
        (lambda manifest: manifest.pop("coverage"), "the manifest is incomplete"),
        (lambda manifest: manifest["tables"].pop("daily.csv"), "the manifest is incomplete"),
        (lambda manifest: manifest.update(country="atlantis"), "there is no country 'atlantis'"),
        (lambda manifest: manifest["coverage"].update(last="2019-12-29"), "hold 2020-01-0., outside"),
        (lambda manifest: manifest["coverage"].update(last="someday"), "the manifest is incomplete"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused(folder, change, message):
    edit(folder, change)
    with pytest.raises(InputError, match=message):
        load_panel(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\xff"])
def test_a_manifest_that_is_none_is_refused(folder, content):
    (folder / "manifest.json").write_text(content, encoding="latin-1")
    with pytest.raises(InputError, match=r"manifest.json: is not"):
        load_panel(folder)


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"there is no manifest.json; build it again with `trends build`"):
        load_panel(tmp_path / "none")
