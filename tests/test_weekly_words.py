"""The weekly report's words: numbers with their nouns, cases with little or nothing in them, claims, and as-of days."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from trends.errors import InputError
from trends.figures import weekly as figures
from trends.figures.weekly_unusual import marks
from trends.findings import weekly
from trends.findings.weekly import words, words_claims, words_more, words_unusual
from trends.findings.weekly.appeared import appeared
from trends.findings.words import count_of, listed, no_or, span, with_article
from trends.project import find_project
from trends.surveillance import Farrington
from trends.tables import weekly as tables

STUDY = find_project() / "reports/weekly/study.toml"
SENTENCES = [
    words.one_sentence, words.how_far, words.as_of_words, words.changed_words, words.numbers_caption, words.map_caption,
    words.map_alt, words.provinces_caption, words.long_caption, words.long_alt, words.effect_words,
    words_more.severity_words, words_more.kinds_words, words_more.large_words, words_more.coverage_words,
    words_more.late_words, words_more.methods_words, words_more.ledger_caption, words_claims.claims_words,
    words_claims.claims_table_caption, words_unusual.unusual_short, words_unusual.unusual_words,
]  # fmt: skip
DRAWN = [
    words.effect_caption, words.effect_alt, words_more.severity_caption, words_more.severity_alt,
    words_claims.claims_caption, words_claims.claims_alt, words_claims.published_caption,
    words_unusual.unusual_caption, words_unusual.unusual_alt, words_unusual.alerts_caption,
]  # fmt: skip
WRONG = re.compile(
    r"(?<![\d.,])1 (weeks|attacks|days|deaths|claims|provinces|areas|estimates|counts|areas)\b"
    r"|(?<![\d.,])0 (week|attack|day|death|claim|earlier|province|estimate)s?\b"
    r"|\bin (Disputed|Kurdistan)|between (\d+) and \3\b|(\d[\d.]*) to \4 for|  |\bnan\b|\bNaT\b|\bNone (claim|attack)"
    r"|[ (],|\.\.|\(\(|\(\)| \.|\ba [aeio](?!ne\b)"
)
"""One of several, several of one, nought of anything, a group without its article, spans of no length, holes."""


@cache
def find(week, **more):
    """Find a week once for all tests that read it."""
    return weekly.find(STUDY, week, **more)


@pytest.fixture(scope="module")
def thursday():
    return find("2020-07-16")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (count_of(1, "week"), "1 week"),
        (count_of(0, "week"), "0 weeks"),
        (count_of(1200, "attack"), "1,200 attacks"),
        (count_of(2, "country", "countries"), "2 countries"),
        (no_or(0, "attack"), "no attack"),
        (no_or(1, "attack"), "1 attack"),
        (no_or(7, "attack"), "7 attacks"),
        (listed([]), ""),
        (listed(["A"]), "A"),
        (listed(["A", "B"]), "A and B"),
        (listed(["A", "B", "C"]), "A, B and C"),
        (span(10, 10), "10"),
        (span(0, 10), "between 0 and 10"),
        (span(10.71, 10.74, 1), "10.7"),
        (with_article("Disputed territories"), "the Disputed territories"),
        (with_article("The North"), "The North"),
    ],
)
def test_numbers_go_with_their_nouns(made, expected):
    assert made == expected


@pytest.mark.parametrize(
    ("week", "more"),
    [
        ("2016-01-04", {}),
        ("2016-01-04", {"group": "kurdistan"}),
        ("2017-03-06", {}),
        ("2020-04-20", {"group": "disputed"}),
        ("2020-07-16", {}),
        ("2020-07-13", {"as_of": "2020-07-20"}),
        ("2020-12-21", {}),
    ],
)
def test_weeks_with_little_before_or_in_them_read_well(week, more):
    found = find(week, **more)
    shown = {
        words.effect_caption: len(found.effect.table) > 1,
        words.effect_alt: len(found.effect.table) > 1,
        words_more.severity_caption: len(found.severity.daily),
        words_more.severity_alt: len(found.severity.daily),
        words_claims.claims_caption: len(words_claims.claims_drawn(found)),
        words_claims.claims_alt: len(words_claims.claims_drawn(found)),
        words_claims.published_caption: len(found.claims.published),
    }
    for sentence in [*SENTENCES, *(one for one in DRAWN if shown.get(one, not found.unusual.reason))]:
        text = sentence(found)
        assert text.strip(), sentence
        assert not WRONG.search(text), (sentence.__name__, WRONG.search(text)[0], text)
    cells = tables.numbers_table(found).as_raw_html() + tables.provinces_table(found).as_raw_html()
    assert not re.search(r">[^<]*(\bnan\b|\b1 weeks|\b0 earlier)", cells)


def test_a_study_of_another_actor_shows_no_claims(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "data").symlink_to(find_project() / "data")
    text = STUDY.read_text("utf-8").replace("iraq-is", "iraq-pkk").replace('"Islamic State"', '"PKK"')
    file = tmp_path / "reports/study.toml"
    file.write_text(re.sub(r"(?m)^claims = .*\n", "", text), encoding="utf-8")
    found = weekly.find(file, "2020-06-15")
    assert found.claims.earlier.empty
    assert found.claims.published.empty
    assert words_claims.claims_words(found) == "The study names no claims of PKK, and none are shown."
    assert list(found.unusual.alarmed["area"]) == ["all", "kurdistan", "IQ-DA"]
    said = words_unusual.unusual_words(found)
    assert said.startswith(
        "Iraq, week of 2020-06-15: 5 events, 0.65 expected from 78 earlier weeks; above the threshold of 4"
    )
    assert words_unusual.unusual_short(found).startswith("Alert for Iraq, Kurdistan Region and Duhok;")
    assert "Duhok (4 recorded, 0.35 expected, threshold 3), an alert" in words_unusual.unusual_caption(found)
    drawn = figures.unusual(found)
    points, texts = marks(drawn.data)
    assert list(points.loc[points["what"] == "ALERT", "x"]) == [5, 5, 4]
    assert list(texts["label"]) == ["5 ALERT", "5 ALERT", "4 ALERT", "1"]
    bold = re.sub(r"<(style|svg).*?</\1>", "", tables.provinces_table(found).as_raw_html(), flags=re.DOTALL)
    assert bold.count(">ALERT<") == 2  # the country and Duhok; the group has no row there


def test_the_country_is_judged_apart_from_provinces(thursday):
    """One test for the country, two for groups, eighteen for provinces: none makes another's alerts rarer."""
    one = thursday.unusual
    country = one.of("whole").iloc[0]
    assert (country["area"], country["name"], country["observed"]) == ("all", "Iraq", 1)
    assert country["q_value"] == pytest.approx(country["probability"])
    alone = find("2020-07-16", group="disputed").unusual
    assert alone.of("whole").iloc[0]["area"] == "disputed"
    assert alone.of("group").empty
    alpha = Farrington().alpha
    assert one.any_false == pytest.approx({"whole": alpha, "group": 2 * alpha, "province": 18 * alpha})
    said = words_unusual.unusual_words(thursday)
    assert "0.5 % for Iraq as a whole, 1 % for the groups of provinces and 9 % for the provinces" in said
    rows = tables.provinces_table(thursday).as_raw_html()
    assert rows.index(">Iraq<") < rows.index(">no<") < rows.index("Baghdad")


def test_a_count_above_its_threshold_that_is_no_alert_is_named(thursday):
    table = thursday.unusual.table.assign(above=lambda rows: rows["name"].isin(["Baghdad", "Diyala"]))
    found = replace(thursday, unusual=replace(thursday.unusual, table=table))
    said = words_unusual.unusual_short(found)
    assert said.startswith("No alert; watched were Iraq as a whole, 2 groups of provinces and 18 provinces.")
    assert "Baghdad and Diyala are above their thresholds, but without an alert" in said
    assert "Baghdad (1 recorded, 0.19 expected, threshold 3), no alert" in words_unusual.unusual_caption(
        found
    )
    points, texts = marks(figures.unusual(found).data)
    assert (points["what"] == "above the threshold").sum() == 2
    assert not texts["label"].str.contains("ALERT").any()


def test_the_figure_of_what_is_unusual_shows_every_area_with_its_threshold(thursday):
    drawn = figures.unusual(thursday)
    assert list(drawn.data["name"])[:4] == ["Iraq", "Disputed territories", "Kurdistan Region", "Baghdad"]
    assert len(drawn.data) == 21
    assert drawn.data["y"].is_monotonic_decreasing
    table = thursday.unusual.table.set_index("area")
    assert (drawn.data.set_index("area")["end"] == table["threshold"][drawn.data["area"]]).all()
    caption = words_unusual.unusual_caption(thursday)
    assert caption.startswith(
        "No count is above its threshold; the nearest province is Baghdad (1 recorded, 0.19 expected"
    )
    nothing = words_unusual.unusual_alt(find("2020-12-21"))
    assert "Nothing was recorded in any area" in nothing
    assert "Iraq (0 recorded" in nothing


def test_each_row_says_by_which_dispersion_it_is_widened(thursday):
    n, said = thursday.numbers, words_more.methods_words(thursday)
    for one in (n.recent, n.season, n.year):
        assert f"{one.dispersion:.2f} against {one.weeks} weeks" in said
    assert f"D = {n.dispersion:.2f}" in said
    assert f"r = {n.lag1:.2f}" in said


@pytest.mark.parametrize(
    ("name", "address", "end", "day"),
    [
        ("Rudaw (29 July 2020)", "", "2020-07-22", "2020-07-29"),
        ("Rudaw", "https://rudaw.net/english/middleeast/iraq/180720202", "2020-07-15", "2020-07-18"),
        ("Rudaw", "https://rudaw.net/english/middleeast/iraq/090220211-amp", "2021-02-03", "2021-02-09"),
        ("The Defense Post", "https://a.com/2019/04/14/isis-vengeance", "2019-04-10", "2019-04-14"),
        ("MEES", "https://www.mees.com/2021/8/20/geopolitical-risk/x", "2021-08-20", "2021-08-20"),
        ("Musings", "https://m.blogspot.com/2018/01/security-in-iraq.html", "2018-01-07", "2018-01-31"),
        ("CTC Sentinel, January 2022 (reprint)", "", "2020-06-30", "2022-01-31"),
        ("Knights 2018, CTC Sentinel", "https://ctc.edu/iraq-in-2019-2020/", "2018-10-31", "2018-12-31"),
        ("ITIC", "https://t.il/en/c/isis/page/5/?y=2020", "2020-05-24", None),
        ("A source", "https://a.org/operations-in-iraq-in-2019-2020/", "2019-12-31", None),
        ("Rudaw", "https://rudaw.net/iraq/180720202", "2020-08-01", None),  # before the end: not its day
        ("Rudaw", "https://rudaw.net/iraq/32132020", "2020-08-01", None),
        ("A source of 31 June 2020", "", "2020-06-30", "2020-06-30"),
        ("", "", "2020-06-30", None),
    ],
)
def test_the_day_of_publication_is_read_from_name_and_address(name, address, end, day):
    assert appeared(name, address, pd.Timestamp(end)) == (None if day is None else pd.Timestamp(day))


def test_what_appeared_after_as_of_is_left_out_and_counted():
    whole = find("2020-07-16")
    late = find("2020-07-16", as_of="2020-07-29")
    early = find("2020-07-16", as_of="2020-07-28")
    assert list(late.claims.week["claimed"]) == [28]  # the report of 29 July
    assert early.claims.week.empty
    assert list(early.claims.earlier["claimed"]) == [23]
    for found in (late, early):
        kept = sum(len(part) for part in (found.claims.week, found.claims.earlier, found.claims.published))
        every = sum(len(part) for part in (whole.claims.week, whole.claims.earlier, whole.claims.published))
        assert kept + found.claims.later + found.claims.undated == every
    out = early.claims.later, early.claims.undated
    assert (
        f"left out: {out[0]} that appeared later and {out[1]} of which no day is known"
        in words.as_of_words(early)
    )
    assert f"{sum(out)} claims and published counts are left out" in words_claims.claims_words(early)
    assert set(early.claims.published["value"]) == {
        1271
    }  # of 2018; the other years' count appeared in 2020 or later


def test_a_day_that_the_edition_cannot_know_of_is_refused_with_the_last_one_that_it_can(thursday):
    last = pd.Timestamp(thursday.data["raw"][0]["vintage"]["published"]["last"])
    for day in (last + pd.Timedelta(days=1), pd.Timestamp("2099-01-01")):
        with pytest.raises(InputError, match=f"days up to {last:%Y-%m-%d}") as error:
            find("2020-12-21", as_of=f"{day:%Y-%m-%d}")
        assert f"take --as-of {last:%Y-%m-%d} or earlier" in error.value.remedy
    assert find("2020-12-21", as_of=f"{last:%Y-%m-%d}").provisional_weeks == 0


def test_claims_of_other_weeks_that_overlap_are_told_on_their_own_days():
    """9 to 15 and 16 to 22 July overlap a week from Monday; 24 to 30 December reaches beyond the counts."""
    found = find("2020-07-13")
    near = found.claims.near
    assert near[["claimed", "recorded", "shared_days"]].to_numpy().tolist() == [[23, 2, 3], [28, 1, 4]]
    said = words_claims.claims_words(found)
    assert "For 9 to 15 July 2020 the group claimed 23 attacks" in said
    assert "3 of its 7 days lie in this week. On all of its days 2 are recorded" in said
    last = find("2020-12-21")
    row = last.claims.near.iloc[0]
    assert (row["claimed"], row["recorded"], row["covered_days"], row["shared_days"]) == (8, 0, 4, 4)
    assert pd.isna(row["share"])
    said = words_claims.claims_words(last)
    assert (
        "to 27 December 2020, cover 4 of its days, with no recorded attack, so that no ratio can be given"
        in said
    )
    assert "24 to 30 December 2020" in tables.all_claims_table(last).as_raw_html()
    assert not words_claims.claims_drawn(last)["label"].str.contains("24 to 30 December").any()
    cut = weekly.find(
        STUDY, "2020-07-13", as_of="2020-07-20"
    )  # the second claim was not known, its days not over
    assert cut.claims.near["claimed"].tolist() == [23]


def test_provinces_are_named_in_their_own_script_too(thursday):
    html = tables.provinces_table(thursday).as_raw_html()
    assert 'Salah al-Din<br><span dir="rtl" lang="ar">صلاح الدين</span>' in html
    assert html.count('dir="rtl" lang="ar"') == 18
    table = thursday.provinces.assign(name=["<b>x</b>", *thursday.provinces["name"][1:]], name_local="<i>")
    odd = tables.provinces_table(replace(thursday, provinces=table)).as_raw_html()
    assert "&lt;b&gt;x" in odd
    assert "<i>" not in odd


def test_a_provisional_week_is_compared_with_nothing():
    found = find("2020-07-06", as_of="2020-07-15")
    said = words.one_sentence(found)
    assert said.endswith("provisional and not compared with others.")
    assert not {"more", "fewer", "chance"} & set(re.findall(r"\w+", said))
    assert "× " not in tables.numbers_table(found).as_raw_html()
    assert words.provinces_caption(found).startswith("The week is provisional, and no province is compared")
    assert "No ratios" in words.numbers_caption(found)


def test_kinds_of_attacks_are_told_as_far_as_the_source_tells_them(thursday):
    assert words_more.kinds_words(thursday) == (
        "Of all attacks counted in Iraq, 2016-01-04 to 2020-12-27, the source tells who was attacked (civilians 240, not "
        "said 1,159). The counts do not keep that by week. It does not say how an attack was made."
    )
    told = {"attack_types": {"clash": 2, "improvised bomb": 7, "unknown": 1}, "attacked": {"civilians": 10}}
    both = words_more.kinds_words(replace(thursday, data={"what_happened": told}))
    assert (
        "how an attack was made (improvised bomb 7, clash 2, not said 1) and who was attacked (civilians 10)"
        in both
    )
    nothing = words_more.kinds_words(replace(thursday, data={}))
    assert nothing.startswith("The source says neither how an attack was made nor who was attacked")


def test_the_effect_needs_a_year_before_it():
    choices = weekly.report.load_weekly_study(STUDY)
    effect = choices.effect.model_copy(update={"first": pd.Timestamp("2019-09-02").date()})
    counts = find("2020-12-21")._panel.counts()
    made = weekly.report.effect_course(counts, effect, choices.seed)
    assert made.table.empty
    assert made.reason == "28 weeks before it, 52 are needed to tell a change from the season"


def test_the_caption_of_claims_owns_up_to_those_that_are_not_drawn(thursday):
    december = words_claims.claims_caption(find("2020-12-21"))
    assert december.endswith(
        "Claims for a single province or for days that are not all counted stand in the table only."
    )
    assert "table only" not in words_claims.claims_caption(thursday)
