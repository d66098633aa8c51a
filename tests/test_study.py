from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from trends.errors import StudyError
from trends.gazetteer import load_country
from trends.study import load_study
from trends.study_errors import line_of
from trends.timeline import load_timeline

PROJECT = Path(__file__).parents[1]
DRAWDOWN = PROJECT / "reports" / "drawdown" / "study.toml"


@pytest.fixture(scope="module")
def study():
    return load_study(DRAWDOWN)


def test_the_drawdown_study_says_what_was_pre_specified(study):
    first, *others = study.specifications()
    assert first.name == "pre-specified"
    assert (first.window.first, first.window.last) == (date(2018, 1, 1), date(2020, 12, 27))
    assert [(i.date, i.shape) for i in first.interruptions] == [(date(2020, 3, 17), "level+slope")]
    assert (first.harmonics, first.trend, first.family) == (2, "linear", "negative-binomial")
    assert (first.intervals, first.covariates, first.frequency) == ("latent-ar1", (), "week")
    assert study.seed == 20200317
    assert len(others) == 15


def test_the_study_agrees_with_the_timeline(study):
    phase = load_timeline(PROJECT / "data" / "raw" / "timeline.csv").transfer_phase()
    assert (study.phase_in.first, study.phase_in.last) == tuple(day.date() for day in phase)
    assert study.interruptions[0].date == study.phase_in.first


def test_the_study_names_what_exists(study):
    country = load_country(study.country)
    assert set(study.groups) <= set(country.groups)
    assert study.claims.area == country.iso2
    timeline = load_timeline(PROJECT / "data" / "raw" / "timeline.csv")
    named = {name for one in study.specifications() for name in one.covariates}
    assert (
        {"curfew", "coalition-pause", "operation-begins:heroes-of-iraq"}
        <= named
        <= set(timeline.covariates())
    )


@pytest.mark.parametrize("window", ["before", "after"])
def test_compared_windows_are_whole_weeks(study, window):
    for comparison in (study.provinces, *study.provinces.alternatives):
        span = getattr(comparison, window)
        assert (span.first.weekday(), span.last.weekday()) == (0, 6)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("level only", "interruptions", "level"),
        ("no harmonics", "harmonics", 0),
        ("no phase-in", "phase_in", None),
        ("Ramadan as covariate", "covariates", ("ramadan-sunni",)),
        ("by month", "frequency", "month"),
        ("quasi-Poisson", "family", "quasi-poisson"),
    ],
)
def test_an_alternative_changes_what_it_says_and_nothing_else(study, name, field, value):
    specifications = {specification.name: specification for specification in study.specifications()}
    chosen, main = specifications[name], specifications["pre-specified"]
    given = getattr(chosen, field)
    assert (given[0].shape if field == "interruptions" else given) == value
    allowed = {
        "name",
        "note",
        field,
        *({"intervals", "window"} if name in ("quasi-Poisson", "by month") else ()),
        *({"interruptions"} if name == "by month" else ()),
    }
    changed = {key for key in vars(main) if getattr(main, key) != getattr(chosen, key)}
    assert changed <= allowed


def test_where_the_study_lies_and_what_it_was(study):
    assert study.path == DRAWDOWN
    assert study.folder == DRAWDOWN.parent
    assert study.panel_folder == PROJECT / "data" / "processed" / "ucdp-ged-21.1-iraq-is"
    assert study.sha256 == hashlib.sha256(DRAWDOWN.read_bytes()).hexdigest()


def test_a_study_cannot_be_changed(study):
    with pytest.raises(ValueError, match="frozen"):
        study.seed = 1


def edited(tmp_path, old, new):
    text = DRAWDOWN.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "study.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file, text[: text.index(old)].count("\n") + 1


SAME_LINE = {
    "misspelt key": (
        "harmonics = 2",
        "harmonic = 2",
        "key 'model.harmonic' is not known; did you mean 'harmonics'",
    ),
    "misspelt key at the top": ("measure =", "mesure =", "key 'mesure' is not known; did you mean 'measure'"),
    "unknown key": ("seed =", "xyz = 1\nseed =", "key 'xyz' is not known; known are title"),
    "unknown key in an array": ("harmonics = 0", "harmonics = 0\nknots = 3", r"key 'sensitivity\[2\].knots'"),
    "text for a number": ("seed = 20200317", 'seed = "x"', "key 'seed': 'x': it has to be a valid integer"),
    "truth for a number": ("harmonics = 2", "harmonics = true", "key 'model.harmonics': 'True'"),
    "number out of range": ("harmonics = 2", "harmonics = -1", "greater than or equal to 0"),
    "date in quotes": (
        "date = 2020-03-17",
        'date = "2020-03-17"',
        r"interruptions\[1\].date.*without quotes",
    ),
    "date with a time": ("date = 2020-03-17", "date = 2020-03-17T10:00:00", "is not a date"),
    "impossible date": ("date = 2020-03-17", "date = 2020-02-30", "not valid TOML: .*have to exist"),
    "covariate not known": (
        "covariates = []",
        'covariates = ["ramadan"]',
        "'ramadan' is not a covariate; did you mean 'ramadan-shia' or 'ramadan-sunni'",
    ),
    "covariate without a like": (
        "covariates = []",
        'covariates = ["weather"]',
        r"known are ramadan-sunni, .*curfew, coalition-pause, operation:NAME",
    ),
    "word not allowed": ('"negative-binomial"', '"negbin"', "'negbin' is not allowed"),
    "near word": ('trend = "linear"', 'trend = "linaer"', "did you mean 'linear'"),
    "path up": ("data/processed/", "../elsewhere/", "key 'panel': it leads out of the project"),
    "hidden path up": ("data/processed/", "data/../../", "leads out of the project"),
    "absolute path": ('"data/processed/', '"/data/processed/', "relative to the project"),
    "drive": ('"data/processed/', '"C:/processed/', "relative to the project"),
    "claims on another weekday": ("week = 2020-07-16", "week = 2020-07-15", "2020-07-15 is a wed"),
    "window ends first": (
        "last = 2020-12-27 # the last",
        "last = 2017-12-27 # the last",
        "lies before first",
    ),
    "phase-in before the change": (
        "first = 2020-03-17 # first of",
        "first = 2020-03-16 # first of",
        "before the first interruption",
    ),
    "windows overlap": (
        "after = { first = 2020-04-13, last",
        "after = { first = 2020-03-09, last",
        "key 'provinces.after': it begins on 2020-03-09, but before ends on 2020-03-15",
    ),
    "before reaches the change": (
        "last = 2020-03-15 }",
        "last = 2020-03-22 }",
        "key 'provinces.before': it reaches the first interruption",
    ),
    "after within the phase-in": (
        "after = { first = 2020-04-13, last",
        "after = { first = 2020-03-30, last",
        "when the change is complete",
    ),
    "compared window outside": ("first = 2019-01-07", "first = 2017-01-02", "reaches outside the window"),
    "alternative that loses the change": (
        "first = 2018-12-31, last",
        "first = 2020-06-01, last",
        r"sensitivity\[5\].window.*not inside the window",
    ),
}


@pytest.mark.parametrize(("old", "new", "says"), SAME_LINE.values(), ids=SAME_LINE.keys())
def test_a_wrong_study_is_one_line_with_file_and_line(tmp_path, old, new, says):
    file, line = edited(tmp_path, old, new)
    with pytest.raises(StudyError, match=says) as caught:
        load_study(file)
    error = caught.value
    assert error.file == str(file)
    assert error.row in (line, line + 1)
    assert "\n" not in error.message
    assert "pydantic" not in error.message.lower()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("date = 2020-03-17", "date = 2021-03-17", "the interruption of 2021-03-17 is not inside the window"),
        ('actor = "Islamic State"', "", "key 'actor' is missing; add it"),
        ('name = "level only"\nshape = "level"', 'name = "level only"', "changes nothing"),
        ('name = "one harmonic"', 'name = "no harmonics"', "'no harmonics' is there twice"),
        ('groups = ["disputed"]', 'groups = ["disputed", "disputed"]', "'disputed' is there twice"),
        ("[window]", "[windo]", "key 'windo' is not known.*did you mean 'window'"),
        ("draws = 4000", "draws = 4000 = 3", "not valid TOML"),
        ('trend = "linear"', 'trend = "local-level"', "cannot tell a change of slope from wandering"),
    ],
)
def test_other_contradictions(tmp_path, old, new, says):
    file, _ = edited(tmp_path, old, new)
    if "2021-03-17" in new:
        text = file.read_text(encoding="utf-8").split("[phase_in]")
        file.write_text(text[0] + "[model]" + text[1].split("[model]")[1], encoding="utf-8")
    with pytest.raises(StudyError, match=says):
        load_study(file)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "is missing"), (b"\xff", "not UTF-8"), (b"%PDF-1", "not valid TOML"), (None, "cannot be read")],
)
def test_a_file_that_is_no_study(tmp_path, content, says):
    file = tmp_path / "study.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StudyError, match=says):
        load_study(file)


def test_lines_are_found_in_tables_arrays_and_inline_tables():
    text = "a = 1\n[b]\nc = { d = 2 }\n[[e]]\nf = 1\n[[e]]\nf = 2\n"
    places = [("a",), ("b",), ("b", "c", "d"), ("e", 0, "f"), ("e", 1, "f"), ("e", 1), ("e", 1, "g"), ("z",)]
    assert [line_of(text, place) for place in places] == [1, 2, 3, 5, 7, 6, 6, None]


def test_a_level_that_wanders_is_a_sensitivity_with_a_step(tmp_path):
    level = 'name = "level only"\nshape = "level"'
    file, _ = edited(tmp_path, level, level + '\ntrend = "local-level"')
    chosen = {one.name: one for one in load_study(file).specifications()}["level only"]
    assert chosen.trend == "local-level"
    assert {one.shape for one in chosen.interruptions} == {"level"}
    file, _ = edited(tmp_path, level, level + '\ntrend = "local-level"\nintervals = "hac"')
    with pytest.raises(StudyError, match="has no 'hac' intervals"):
        load_study(file)
