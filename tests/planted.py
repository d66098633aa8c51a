# ruff: noqa: E501 (a table: one change an entry)
"""The changes that the gate has to catch and name, and those that it has to let pass; the documentation's tables too.

``python tests/planted.py`` writes the tables into docs/reproduce.md.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy.stats
from gate_tree import PANEL, PROJECT, edit_panel, replace, write_manifest

STUDY = "reports/gate/study.toml"
PAGE = "reports/gate/gate.qmd"
TIMELINE, CLAIMS = "data/raw/timeline.csv", "data/raw/claims_weekly.csv"


@dataclass(frozen=True)
class Planted:
    """A change and what the account has to say of it.

    Attributes
    ----------
    kind, what
        For the table: where it is planted, and what it is.
    plant
        Called with the project's folder and pytest's monkeypatch.
    named
        Patterns that the account has to hold, each of them.
    code
        Whether it changes what findings are computed from, so that none may be taken from another run.
    """

    kind: str
    what: str
    plant: Callable[[Path, Any], object]
    named: tuple[str, ...]
    code: bool = False


def study(old: str, new: str) -> Callable[[Path, Any], None]:
    return lambda tree, patch: replace(tree, STUDY, old, new)


def page(old: str, new: str) -> Callable[[Path, Any], None]:
    return lambda tree, patch: replace(tree, PAGE, old, new)


def without(start: str, end: str) -> Callable[[Path, Any], None]:
    """Take a stretch of the page's source out, from one text up to another."""

    def plant(tree: Path, patch: Any) -> None:
        text = (tree / PAGE).read_text("utf-8")
        first = text.index(start)
        last = text.index(end, first) if end else len(text)
        (tree / PAGE).write_text(text[:first] + text[last:], "utf-8")

    return plant


def panel(edit: Callable[[pd.DataFrame], pd.DataFrame | None]) -> Callable[[Path, Any], None]:
    return lambda tree, patch: edit_panel(tree, edit)


def fact(file: str, row: str, old: str, new: str) -> Callable[[Path, Any], None]:
    """Change a cell of the one row that a pattern finds."""

    def plant(tree: Path, patch: Any) -> None:
        lines = (tree / file).read_text("utf-8").split("\n")
        (at,) = [number for number, line in enumerate(lines) if re.search(row, line)][:1]
        assert old in lines[at], lines[at]
        lines[at] = lines[at].replace(old, new, 1)
        (tree / file).write_text("\n".join(lines), "utf-8")

    return plant


def patched(target: str, make: Callable[[Any], Any]) -> Callable[[Path, Any], None]:
    """Put something in place of a function, made from the function."""

    def plant(tree: Path, patch: Any) -> None:
        from importlib import import_module

        owner, name = target.rsplit(".", 1)
        home = import_module(owner) if owner.startswith("trends") else scipy.stats.t
        patch.setattr(home, name, make(getattr(home, name)))

    return plant


def row_of(daily: pd.DataFrame, province: str, after: str = "2020-06-01") -> int:
    """Return the place of a province's first row after a day."""
    return int(daily.index[(daily["province"] == province) & (daily["date"] > after)][0])


def more(daily: pd.DataFrame) -> None:
    daily.loc[row_of(daily, "IQ-DI"), "attacks"] += 1


def earlier(daily: pd.DataFrame) -> None:
    daily.loc[row_of(daily, "IQ-DI"), "date"] -= pd.Timedelta(days=7)


def swapped(daily: pd.DataFrame) -> None:
    daily["province"] = daily["province"].replace({"IQ-DI": "IQ-KI", "IQ-KI": "IQ-DI"})


def doubled(daily: pd.DataFrame) -> None:
    at = daily.index[daily["date"].between("2020-05-04", "2020-05-10")]
    daily.loc[at, [name for name in daily if name not in ("date", "province")]] *= 2


def deadlier(daily: pd.DataFrame) -> None:
    daily.loc[row_of(daily, "IQ-BG"), "deaths_best"] += 40


def fewer(daily: pd.DataFrame) -> pd.DataFrame:
    return daily.drop(index=row_of(daily, "IQ-KI"))


def moved(daily: pd.DataFrame) -> None:
    daily.loc[row_of(daily, "IQ-SD"), "province"] = "IQ-AN"


def bare(file: str, old: str, new: str) -> Callable[[Path, Any], None]:
    """Change a table of the panel without its manifest."""
    return lambda tree, patch: _first(tree / PANEL / file, old, new)


def _first(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def only_weeks(tree: Path, patch: Any) -> None:
    """Change weekly.csv and hide it from the hashes."""
    _first(tree / PANEL / "weekly.csv", "2020-07-13,IQ-DI,", "2020-07-13,IQ-DI,9")
    write_manifest(tree / PANEL, manifest(tree))


def in_silence(tree: Path, patch: Any) -> None:
    """Leave an event out without saying so: one fewer used, as many read."""
    read = manifest(tree)["rows"]["read"]
    edit_panel(tree, fewer)
    said = manifest(tree)
    said["rows"]["read"] = read
    write_manifest(tree / PANEL, said)


def extra_reject(tree: Path, patch: Any) -> None:
    with (tree / PANEL / "rejects.csv").open("a", encoding="utf-8") as handle:
        handle.write("ged.csv,17,99,where,Nowhere,unknown place\n")
    write_manifest(tree / PANEL, manifest(tree))


def vintage(tree: Path, patch: Any) -> None:
    said = manifest(tree)
    said["version"] = "22.1"
    write_manifest(tree / PANEL, said)


def manifest(tree: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tree / PANEL / "manifest.json").read_text("utf-8"))
    return found


def wrong_spelling(tree: Path, patch: Any) -> None:
    """Map a spelling to another province, in the table that the package ships."""
    from trends.reproduce import inputs

    real = inputs.package_tables

    def tables(country: str) -> dict[str, Any]:
        found = json.loads(json.dumps(real(country)))
        name = next(name for name in found if name.endswith(f"{country}/spellings.csv"))
        row = next(row for row in found[name]["rows"].values() if row[0] == "Salahaddin")
        row[1] = "IQ-DI"
        return dict(found)

    patch.setattr(inputs, "package_tables", tables)


def off_by(share: float) -> Callable[[Any], Any]:
    """Return a function of a library that returns what it returned, a little off."""
    return lambda real: lambda *given, **named: real(*given, **named) * (1 + share)


def scaled(column: str, factor: float) -> Callable[[Any], Any]:
    return lambda real: (
        lambda curves, *given, **named: real(
            curves.assign(**{column: curves[column] * factor}), *given, **named
        )
    )


PANELS = (
    Planted(
        "panel",
        "one count: an attack more",
        panel(more),
        (r"Diyala, week of 2020-\d\d-\d\d, attacks \d -> \d", r"national\.average\.rate_ratio"),
    ),
    Planted(
        "panel",
        "one date: a day seven days earlier",
        panel(earlier),
        (r"(?s)Diyala, week of .*Diyala, week of", r"Findings"),
    ),
    Planted(
        "panel",
        "two provinces swapped",
        panel(swapped),
        (r"Diyala, week of", r"Kirkuk, week of", r"comparison\[Diyala\]"),
    ),
    Planted("panel", "a week counted twice", panel(doubled), (r"week of 2020-05-04, attacks", r"Findings")),
    Planted(
        "panel", "deaths of one day", panel(deadlier), (r"Baghdad, week of .*deaths_best", r"severity\.")
    ),
    Planted(
        "panel", "an event in another province", panel(moved), (r"Anbar, week of", r"Salah al-Din, week of")
    ),
    Planted(
        "panel",
        "an event left out, its manifest adjusted",
        panel(fewer),
        (r"Kirkuk, week of", r"manifest: rows\.used \d+ -> \d+"),
    ),
    Planted(
        "panel", "an event rejected in silence", in_silence, (r"were left out in silence", r"Kirkuk, week of")
    ),
    Planted(
        "panel",
        "daily.csv edited by hand",
        bare("daily.csv", "2016-01-04,IQ-AN,1,", "2016-01-04,IQ-AN,2,"),
        (r"daily\.csv is not the file that its manifest describes", r"Anbar, week of 2016-01-04, attacks"),
    ),
    Planted(
        "panel",
        "weekly.csv edited, its hash too",
        only_weeks,
        (r"weekly\.csv: week of 2020-07-13, IQ-DI is not the sum of its days",),
    ),
    Planted(
        "panel",
        "a reject that the manifest does not count",
        extra_reject,
        (r"rejects\.csv holds 1 rows, the manifest says 0",),
    ),
    Planted("panel", "another vintage of the source", vintage, (r"manifest: version 21\.1 -> 22\.1",)),
    Planted(
        "gazetteer",
        "a spelling mapped to the wrong province",
        wrong_spelling,
        (r"spellings\.csv: Salahaddin: code IQ-SD -> IQ-DI", r"cannot be told"),
    ),
)

FACTS = (
    Planted(
        "facts",
        "a handover's date",
        fact(TIMELINE, "^bh_k1,", "2020-03-29", "2020-03-31"),
        (r"timeline\.csv: bh_k1: date 2020-03-29 -> 2020-03-31", r"handovers\[bh_k1\]\.date"),
    ),
    Planted(
        "facts",
        "a handover's province",
        fact(TIMELINE, "^bh_k1,", "IQ-KI", "IQ-SD"),
        (r"timeline\.csv: bh_k1: area IQ-KI -> IQ-SD", r"handovers"),
    ),
    Planted(
        "facts",
        "a day more of Ramadan",
        fact(TIMELINE, "^rel_ram2020_sunni,", "2020-05-23", "2020-05-24"),
        (r"rel_ram2020_sunni: date_end", r"national"),
    ),
    Planted(
        "facts",
        "a claim's number",
        fact(CLAIMS, "^2020-04-16,.*,country,IQ,50,", ",50,", ",55,"),
        (r"claims_weekly\.csv: .*claimed_attacks 50 -> 55", r"claims\["),
    ),
    Planted(
        "facts",
        "a population",
        fact("data/raw/population.csv", "^IQ-DI,2018", "1637226", "1037226"),
        (r"population\.csv: IQ-DI, 2018: population 1637226 -> 1037226", r"fig-maps"),
    ),
    Planted(
        "facts",
        "a published count",
        fact("data/raw/published_counts.csv", ",is_attacks,is,1271,", "1271", "1217"),
        (r"value 1271 -> 1217", r"published\["),
    ),
)

CHOICES = (
    Planted(
        "study",
        "a phase-in week more",
        study("last = 2020-04-07", "last = 2020-04-13"),
        (r"phase_in\.last 2020-04-07 -> 2020-04-13", r"national\.average"),
    ),
    Planted(
        "study",
        "a window that begins a year later",
        study("[window]\nfirst = 2018-01-01", "[window]\nfirst = 2018-12-31"),
        (r"study\.toml: window\.first 2018-01-01 -> 2018-12-31", r"Findings"),
    ),
    Planted(
        "study",
        "an interruption two weeks later",
        study("date = 2020-03-17", "date = 2020-03-16"),
        (r"interruptions\[.*\]\.date 2020-03-17 -> 2020-03-16",),
    ),
    Planted(
        "study",
        "another shape of the effect",
        study('shape = "level+slope"', 'shape = "level"'),
        (r"shape level\+slope -> level", r"national\.effects"),
    ),
    Planted("study", "alpha", study("level = 0.05", "level = 0.1"), (r"multiplicity\.level 0\.05 -> 0\.1",)),
    Planted("study", "the seed", study("seed = 11", "seed = 12"), (r"study\.toml: seed 11 -> 12",)),
    Planted(
        "study",
        "the number of draws",
        study("draws = 1000", "draws = 1100"),
        (r"study\.toml: draws 1000 -> 1100",),
    ),
    Planted(
        "study",
        "a covariate dropped",
        study('covariates = ["ramadan-sunni"]', "covariates = []"),
        (r"model\.covariates", r"national\.average\.rate_ratio"),
    ),
    Planted(
        "study",
        "a harmonic fewer",
        study("harmonics = 2", "harmonics = 1"),
        (r"model\.harmonics 2 -> 1", r"national\.average"),
    ),
    Planted(
        "study",
        "no trend",
        study('trend = "linear"', 'trend = "none"'),
        (r"model\.trend linear -> none", r"national\.average"),
    ),
    Planted(
        "study",
        "another family",
        study('family = "negative-binomial"', 'family = "quasi-poisson"'),
        (r"model\.family", r"national\.method|national\.average"),
    ),
    Planted(
        "study",
        "an interval from another method",
        study('intervals = "model" # the quickest', 'intervals = "hac"'),
        (r"model\.intervals model -> hac", r"national\.average\.(low|high)"),
    ),
    Planted(
        "study",
        "a comparison window",
        study("first = 2019-01-07", "first = 2019-02-04"),
        (r"provinces\.before\.first", r"comparison\["),
    ),
    Planted(
        "study",
        "a group left out",
        study('groups = ["disputed"]', "groups = []"),
        (r"study\.toml: groups", r"groups"),
    ),
    Planted(
        "study",
        "what counts as a mass-casualty day",
        study("mass_casualty_deaths = 10", "mass_casualty_deaths = 6"),
        (r"mass_casualty_deaths 10 -> 6", r"severity\.large"),
    ),
    Planted(
        "study",
        "deaths in place of attacks",
        study('measure = "attacks"', 'measure = "deaths_best"'),
        (r"measure attacks -> deaths_best", r"national\."),
    ),
    Planted(
        "study",
        "the rounding of the findings",
        study("significant_digits = 6", "significant_digits = 3"),
        (r"rounding\.significant_digits 6 -> 3", r"Findings"),
    ),
)

PAGES = (
    Planted(
        "page",
        "a section left out",
        without("## How deadly", "## Handovers"),
        (r"the page's source: line", r"(?s)Sections, figures and tables.*sec-severity"),
    ),
    Planted(
        "page",
        "a table left out",
        without("```{python}\n#| label: published", "## How deadly"),
        (r"the page's source", r"tables +tbl-published -> \(not there\)"),
    ),
    Planted(
        "page",
        "a figure left out",
        without("```{python}\n#| label: maps", "```{python}\n#| label: provinces"),
        (r"figures +fig-maps -> \(not there\)",),
    ),
    Planted(
        "page",
        "a caption reworded",
        page("Claims beside the records of the same days.", "Claims and records."),
        (r"(?s)Words on the page.*tbl-claims", r"line \d+: .*claims_table"),
    ),
    Planted(
        "page",
        "a number typed by hand",
        page("See @tbl-provinces.", "See @tbl-provinces: 12 in Diyala."),
        (r"(?s)Words on the page.*12 in Diyala",),
    ),
    Planted(
        "page",
        "a figure drawn from last week's data",
        page(
            "figures.national(found), caption",
            "figures.national(__import__('dataclasses').replace(found, national=__import__('dataclasses').replace(found.national, curves=found.national.curves.iloc[:-1]))), caption",
        ),
        (r"(?s)Data behind figures.*fig-national", r"2020-12-21"),
    ),
    Planted(
        "page",
        "a missing number shown",
        page("See @tbl-provinces.", "See @tbl-provinces: nan attacks."),
        (r"shows a missing number: .*nan attacks",),
    ),
    Planted(
        "page",
        "Python's None shown",
        page("See @tbl-provinces.", "See `{python} str(None)`."),
        (r"shows a missing number: See None",),
    ),
    Planted(
        "page",
        "an unresolved reference",
        page("See @tbl-provinces.", "See @tbl-nowhere."),
        (r"cannot be rendered: .*@tbl-nowhere",),
    ),
    Planted(
        "page",
        "a cell that fails",
        page("`{python} words.large_days(found)`", "`{python} words.none_such(found)`"),
        (r"cannot be rendered: .*none_such",),
    ),
    Planted(
        "page",
        "a traceback in the text",
        page("See @tbl-provinces.", "ValueError: could not convert. See @tbl-provinces."),
        (r"shows an error",),
    ),
    Planted(
        "page",
        "an empty section",
        page("`{python} words.large_days(found)`", ""),
        (r"sec-severity: the section is empty",),
    ),
    Planted(
        "page", "findings not written", page('"study.toml", out)', '"study.toml")'), (r"wrote no findings",)
    ),
)

CODE = (
    Planted(
        "code",
        "a rounding in the words",
        patched("trends.findings.drawdown_words.ratio", lambda real: lambda value: f"{value:.1f}"),
        (r"Nothing that goes in has changed", r"Words on the page"),
    ),
    Planted(
        "code",
        "a rounding in a table",
        patched(
            "trends.tables.drawdown.with_interval",
            lambda real: lambda *given, **named: _coarser(real(*given, **named)),
        ),
        (r"(?s)Table cells:.*tbl-", r"Nothing that goes in has changed"),
    ),
    Planted(
        "code",
        "a figure drawn from other numbers",
        patched("trends.figures.drawdown.counterfactual_series", scaled("fitted", 1.01)),
        (r"(?s)Data behind figures:.*fig-national", r"Nothing that goes in"),
    ),
    Planted(
        "code",
        "a figure whose bars are another column",
        patched(
            "trends.figures.drawdown.counterfactual_series",
            lambda real: (
                lambda curves, *given, **named: real(
                    curves.assign(observed=curves["observed"].shift(1)), *given, **named
                )
            ),
        ),
        (r"fig-national, geom_",),
    ),
    Planted(
        "code",
        "a picture that is empty",
        patched("trends.reporting.display._drawn", lambda real: lambda *given: (b"<svg/>", "svg")),
        (r"fig-national: the picture is empty",),
    ),
    Planted(
        "dependency",
        "a quantile that is off in the fourth digit",
        patched("scipy.stats.t.ppf", off_by(2e-4)),
        (r"\.(low|high) .*allowed ± 0\.002 %",),
        code=True,
    ),
    Planted(
        "dependency",
        "counts that come back as one fewer",
        patched(
            "trends.findings.drawdown.compare_severity",
            lambda real: (
                lambda before, after, large: dataclasses.replace(
                    real(before, after, large=large), attacks_after=64
                )
            ),
        ),
        (r"severity\.attacks_after +\d+ -> 64",),
        code=True,
    ),
)


def _coarser(text: Any) -> Any:
    return re.sub(r"(\d\.\d)\d", r"\1", text) if isinstance(text, str) else text


PLANTED = (*PANELS, *FACTS, *CHOICES, *PAGES, *CODE)


def shuffled(file: str) -> Callable[[Path, Any], None]:
    """Put the rows of a table into another order."""

    def plant(tree: Path, patch: Any) -> None:
        heading, *rows = (tree / file).read_text("utf-8").rstrip("\n").split("\n")
        (tree / file).write_text(
            "\n".join([heading, *sorted(rows, key=lambda row: row[::-1])]) + "\n", "utf-8"
        )

    return plant


def environment(**given: str) -> Callable[[Path, Any], None]:
    def plant(tree: Path, patch: Any) -> None:
        for name, value in given.items():
            patch.setenv(name, value)

    return plant


def time_zone(tree: Path, patch: Any) -> None:
    import time

    patch.setenv("TZ", "Asia/Baghdad")
    time.tzset()


def renamed(tree: Path, patch: Any) -> Path:
    return tree.rename(tree.with_name("another checkout, с другим именем"))


def reversed_folders(tree: Path, patch: Any) -> None:
    real, walk = Path.iterdir, Path.glob
    patch.setattr(Path, "iterdir", lambda self: iter(sorted(real(self), reverse=True)))
    patch.setattr(
        Path, "glob", lambda self, *given, **named: iter(sorted(walk(self, *given, **named), reverse=True))
    )


def clock(tree: Path, patch: Any) -> None:
    import time

    real = time.time
    patch.setattr(time, "time", lambda: real() + 400 * 86400)


def settings(tree: Path, patch: Any) -> None:
    np.random.seed(5)
    pd.set_option("display.precision", 2, "display.max_rows", 3)
    patch.callback(pd.reset_option, "^display")


def umask(tree: Path, patch: Any) -> None:
    patch.callback(os.umask, os.umask(0o077))


def comments(tree: Path, patch: Any) -> None:
    replace(tree, STUDY, "[window]", "# what is compared\n\n[window]")


def touched(tree: Path, patch: Any) -> None:
    for file in tree.rglob("*.*"):
        os.utime(file, (1, 1))


def written(file: str, text: str) -> Callable[[Path, Any], None]:
    return lambda tree, patch: (tree / file).write_text(text, "utf-8")


def line_ends(tree: Path, patch: Any) -> None:
    path = tree / PAGE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


INNOCENT = (
    Planted("machine", "another time zone", time_zone, ()),
    Planted(
        "machine", "another language", environment(LC_ALL="ar_IQ.UTF-8", LANG="de_DE", LANGUAGE="ckb"), ()
    ),
    Planted(
        "machine", "another number of threads", environment(OMP_NUM_THREADS="3", OPENBLAS_NUM_THREADS="3"), ()
    ),
    Planted("machine", "another hash seed", environment(PYTHONHASHSEED="77"), ()),
    Planted("machine", "another working folder", lambda tree, patch: patch.chdir("/"), ()),
    Planted("machine", "another umask", umask, ()),
    Planted("machine", "another year on the clock", clock, ()),
    Planted("machine", "another SOURCE_DATE_EPOCH", environment(SOURCE_DATE_EPOCH="1700000000"), ()),
    Planted("machine", "folders listed in reverse", reversed_folders, ()),
    Planted("machine", "files with other times", touched, ()),
    Planted("machine", "a reader's own display settings", settings, ()),
    Planted("machine", "another backend for plots", environment(MPLBACKEND="svg"), ()),
    Planted("checkout", "a folder of another name", renamed, ()),
    Planted(
        "checkout",
        "an output folder with older pages",
        lambda tree, patch: (tree / "reports" / "_output" / "gate").mkdir(parents=True),
        (),
    ),
    Planted(
        "checkout",
        "a larger raw file put beside the facts",
        written("data/raw/ged211.csv", "id,year\n1,2020\n"),
        (),
    ),
    Planted("checkout", "a note beside the report", written("reports/gate/notes.txt", "nan\n"), ()),
    Planted("checkout", "line ends of another system", line_ends, ()),
    Planted("content", "comments in the study", comments, (r"other bytes, the same content",)),
    Planted(
        "content",
        "a comment in the lock",
        lambda tree, patch: replace(tree, "requirements.lock", "#    make lock\n", "#    make lock, again\n"),
        (),
    ),
    Planted(
        "content",
        "a comment in the page's source",
        page("See @tbl-provinces.", "<!-- later: say more -->\n\nSee @tbl-provinces."),
        (r"the page's source: line",),
    ),
    Planted(
        "content",
        "facts in another order of rows",
        shuffled("data/raw/population.csv"),
        (r"population\.csv: other bytes, the same content",),
    ),
    Planted(
        "content",
        "a study's keys in another order",
        study("draws = 1000\nmass_casualty_deaths = 10", "mass_casualty_deaths = 10\ndraws = 1000"),
        (r"other bytes",),
    ),
    Planted(
        "dependency",
        "a quantile that differs in the ninth digit",
        patched("scipy.stats.t.ppf", off_by(1e-9)),
        (),
        code=True,
    ),
)


def table(listed: tuple[Planted, ...]) -> str:
    """Write a table of changes for the documentation."""
    rows = "\n".join(f"| {one.kind} | {one.what} |" for one in listed)
    return f"| where | what |\n|:------|:-----|\n{rows}\n"


def documented(text: str) -> str:
    """Return the documentation with its tables made anew."""
    for name, listed in (("planted", PLANTED), ("innocent", INNOCENT)):
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(start)
        text = before + start + table(listed) + end + rest.partition(end)[2]
    return text


if __name__ == "__main__":
    DOCS = PROJECT / "docs" / "reproduce.md"
    DOCS.write_text(documented(DOCS.read_text("utf-8")), "utf-8")
