"""Large files are read by another engine; it has to agree with the precise one, or leave the file to it."""

from __future__ import annotations

import csv
import hashlib
import io
import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import rows_of, write

from trends import building
from trends.building import build
from trends.errors import InputError, TrendsError, UnknownNameError
from trends.sources import Selection, bits, fast, read_source, reading, scanning
from trends.sources.opening import Plain
from trends.sources.table import Form, read_precisely

COLUMNS = ["id", "country", "side_b", "date_start", "source_headline"]


def read_both(path, monkeypatch, **choices):
    """Return what each engine makes of a file: a reading or the message of an error."""
    outcomes = []
    for large in (0, 1 << 60):
        monkeypatch.setattr(reading, "LARGE", large)
        try:
            outcomes.append(read_source(path, **choices))
        except TrendsError as error:
            outcomes.append(error.message)
    return outcomes


def assert_same(one, other):
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    pd.testing.assert_frame_equal(one.events, other.events)
    pd.testing.assert_frame_equal(one.rejects, other.rejects)
    facts = ("rows", "sha256", "coverage", "notes", "set_aside", "source")
    assert [getattr(one, name) for name in facts] == [getattr(other, name) for name in facts]


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks so small that every border is met."""
    monkeypatch.setattr(scanning, "BLOCK", 97)
    monkeypatch.setattr(fast, "CHUNK_ROWS", 5)


SPOILED = {
    "as it is": lambda text: text,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "bom": lambda text: "\ufeff" + text,
    "bom and quoted header": lambda text: '\ufeff"id"' + text[2:],
    "blank lines": lambda text: text.replace("IS", "IS", 1).replace("\n2,", "\n\n\n2,"),
    "open end": lambda text: text.rstrip("\n"),
    "tags": lambda text: text.replace("\n1,", "\n#id" + "," * 16 + "\n1,", 1),
    "cut mid-row": lambda text: text[:-40],
    "cut in quotes": lambda text: text[: text.rindex("two lines")],
    "stray quotes that swallow rows": lambda text: (
        text.replace('"one\nheadline, two lines"', "x")
        .replace(",x,", ',"x,', 1)
        .replace(",x,", ',"x,', 4)
        .replace(',"x,', ",x,", 2)
    ),
    "one stray quote": lambda text: text.replace("Government of Iraq", '"Government of Iraq', 1),
    "quote inside a cell": lambda text: text.replace("Government of Iraq", 'Government "of" Iraq', 1),
    "text after quotes": lambda text: text.replace('two lines"', 'two lines" x', 1),
    "doubled quotes": lambda text: text.replace("two lines", 'two ""lines""', 3),
    "field too many": lambda text: text.replace("Iraq,1", "Iraq,1,1", 1),
    "nul": lambda text: text.replace("IS", "I\0S", 1),
    "old mac": lambda text: text.replace("\n", "\r"),
    "column twice": lambda text: text.replace("year", "id", 1),
    "bad cells": lambda text: text.replace("33.75", "x", 2).replace("2020-03-17", "2020-02-30", 1),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_both_engines_agree_on_broken_and_on_whole_files(tmp_path, monkeypatch, small_blocks, spoil):
    path = write(tmp_path / "file.csv", rows_of("ucdp-ged", 12))
    path.write_bytes(spoil(path.read_text("utf-8")).encode())
    assert_same(*read_both(path, monkeypatch))


def test_bytes_that_are_not_utf_8_are_explained_by_the_precise_engine(tmp_path, monkeypatch, small_blocks):
    path = write(tmp_path / "file.csv", rows_of("ucdp-ged", 12))
    path.write_bytes(path.read_bytes().replace("Diyálá".encode(), "Diyálá".encode("latin-1")))
    assert_same(*read_both(path, monkeypatch))


def table_of(reader, path, encoding="utf-8"):
    """Return the columns, the lines and the rest of what a reader makes of a file, or the error's message."""
    try:
        *chunks, account = reader(Plain(path, path.name, path.name), COLUMNS, Form(encoding))
    except InputError as error:
        return error.message
    lines = account.lines(pd.RangeIndex(account.rows).to_numpy()).tolist()
    table = pd.concat(chunks)
    assert table.index.tolist() == list(range(account.rows))
    cells = table.astype(object).values.tolist()
    return cells, lines, account.rows, account.tag_rows, account.ends_open, account.sha256


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder that all examples share."""
    return tmp_path_factory.mktemp("lines")


PIECES = st.sampled_from(["a", ",", '"', "\n", "\r\n", " ", "é", "“", "#"])
DAMAGE = st.sampled_from([b'"', b"\n", b",", b"\r", b"\0", b"\xff", b"\xc3", b'",', b',"', b""])


@st.composite
def files(draw):
    """A file of records with what cells may hold, often damaged or cut, and its encoding."""
    cells = st.lists(PIECES, max_size=4).map("".join)

    def written(cell):
        quoted = any(mark in cell for mark in ',"\n\r') or draw(st.booleans())
        return '"' + cell.replace('"', '""') + '"' if quoted else cell

    records = draw(st.lists(st.tuples(*[cells] * len(COLUMNS)), min_size=1, max_size=6))
    lines = [",".join(COLUMNS), *(",".join(map(written, record)) for record in records)]
    lines[1:1] = draw(st.sampled_from([[], [], ["#a,,#c,#d,"], [""]]))
    lines[:0] = draw(st.sampled_from([[], [], [""]]))
    text = draw(st.sampled_from(["\n", "\r\n"])).join([*lines, ""][: len(lines) + draw(st.integers(0, 1))])
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "iso-8859-1", "cp1252"]))
    content = (draw(st.sampled_from(["", "\ufeff"])) + text).encode("utf-8")
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(10, len(content)))
        content = content[:place] + draw(DAMAGE) + content[place + draw(st.integers(0, 2)) :]
    return content[: draw(st.sampled_from([None, None, -3]))], encoding


@settings(max_examples=120, deadline=None, derandomize=True)
@given(data=st.data())
def test_cells_and_lines_are_those_of_the_precise_engine(folder, data):
    path = folder / "file.csv"
    content, encoding = data.draw(files())
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(scanning, "BLOCK", data.draw(st.integers(1, 80)))
        monkeypatch.setattr(bits, "STEP", data.draw(st.sampled_from([64, 128, 1 << 18])))
        monkeypatch.setattr(fast, "CHUNK_ROWS", data.draw(st.sampled_from([1, 3, 1 << 16])))
        try:
            found = table_of(fast.read_fast, path, encoding)
        except scanning.NotPlainError:
            return
    assert found == table_of(read_precisely, path, encoding)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            b"\xef\xbb\xbf\n{header}#a,#b,#c,#d,#e\n1,2,3,4,5\n", id="tags below a mark and a blank line"
        ),
        pytest.param(b"{header}1,2,3,4,5\n1,2,3,4,5\r", id="last line with a carriage return alone"),
        pytest.param(b'{header}1,2,3,4,"5\n', id="quotes open at the end"),
        pytest.param(b'{header}1,2,3,4,5\n1,2,3,4,5" x\n1,2,"3\n4",4,5\n1,2,3,4,5"\n', id="inches"),
    ],
)
def test_what_once_went_wrong_is_read_as_the_precise_engine_reads_it(folder, content):
    path = folder / "once.csv"
    path.write_bytes(content.replace(b"{header}", ",".join(COLUMNS).encode() + b"\n"))
    try:
        found = table_of(fast.read_fast, path)
    except scanning.NotPlainError:
        return
    assert found == table_of(read_precisely, path)


def test_most_files_are_plain_whatever_their_line_breaks_and_quotes(tmp_path):
    path = tmp_path / "file.csv"
    for ending in ("\n", "\r\n"):
        text = ending.join([",".join(COLUMNS), "", '"1","a ""b"", c","x\ny",,', 'é,“,"",4,5', ""])
        path.write_bytes(text.encode())
        cells, lines, *_ = table_of(fast.read_fast, path)
        assert cells == [["1", 'a "b", c', "x\ny", "", ""], ["é", "“", "", "4", "5"]]
        assert lines == [3, 5]


@pytest.mark.parametrize("threads", [1, 5])
def test_threads_change_nothing(tmp_path, monkeypatch, threads):
    path = write(tmp_path / "file.csv", [{name: f"{name} {row}" for name in COLUMNS} for row in range(400)])
    monkeypatch.setattr(scanning, "BLOCK", 300)
    monkeypatch.setattr(fast, "MOST_THREADS", threads)
    monkeypatch.setattr(fast, "processors", lambda: 5)
    assert table_of(fast.read_fast, path) == table_of(read_precisely, path)


def test_the_hash_is_that_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGE", 0)
    path = write(tmp_path / "file.csv", rows_of("ucdp-ged"))
    assert read_source(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def mixed(tmp_path):
    """Events of two countries and two actors, each with a bad cell among them."""
    rows = rows_of("ucdp-ged", 40)
    for number, row in enumerate(rows):
        row["country"] = "Iraq" if number % 4 else "Atlantis"
        row["side_b"] = "IS" if number % 3 else "PKK"
        row["date_start"] = row["date_end"] = f"20{10 + number % 12}-03-17"
        row["latitude"] = "x" if number % 10 == 1 else "33.75"
    return write(tmp_path / "mixed.csv", rows)


@pytest.mark.parametrize("large", [0, 1 << 60])
def test_what_is_not_asked_for_is_set_aside_and_counted(mixed, monkeypatch, small_blocks, large):
    monkeypatch.setattr(reading, "LARGE", large)
    whole = read_source(mixed)
    wanted = Selection(
        lambda name: name == "Iraq", frozenset({"is"}), (pd.Timestamp("2012-01-01").date(), None)
    )
    some = read_source(mixed, selection=wanted)
    events = whole.events
    kept = events[
        events["country"].eq("Iraq") & events["actor_b"].eq("IS") & (events["date_start"] >= "2012")
    ]
    pd.testing.assert_frame_equal(some.events, kept.reset_index(drop=True))
    assert some.rows == whole.rows == 40
    assert some.coverage == whole.coverage
    assert some.set_aside["other_country"] == 10
    assert some.actors == {"IS", "PKK", "Government of Iraq"}
    assert some.countries >= {"Iraq", "Atlantis"}


def test_a_panel_of_a_large_file_is_that_of_a_small_one(mixed, tmp_path, monkeypatch):
    choices = {"country": "iraq", "actor": "IS"}
    small = build(raw=[mixed], out=tmp_path / "small", **choices)
    monkeypatch.setattr(building, "LARGE_FILE", 0)
    monkeypatch.setattr(reading, "LARGE", 0)
    large = build(raw=[mixed], out=tmp_path / "large", **choices)
    for name in ("daily.csv", "weekly.csv"):
        assert (large.out / name).read_bytes() == (small.out / name).read_bytes()
    assert large.manifest["totals"] == small.manifest["totals"]
    assert sum(count for what, count in large.manifest["rows"].items() if what != "read") == 40
    assert large.account.outcomes()["read"] == 40
    with pytest.raises(UnknownNameError, match="no event has the actor 'PK'; did you mean 'PKK'"):
        build(raw=[mixed], out=tmp_path / "none", country="iraq", actor="PK")
    with pytest.raises(InputError, match="no event is left to count; the files have Atlantis, Iraq"):
        build(raw=[mixed], out=tmp_path / "none", country="afghanistan")


ODD = [
    "",
    "x",
    "33,75",
    "17.03.2020",
    'a"b',
    "é“",
    "two\nlines",
    "crlf\r\nin",
    "#x",
    '"',
    "=1+1",
    "عراق",
    "2020-02-30",
]
HURT = [b'"', b"\n", b",", b";", b"\r", b"\0", b"\xff", b"\n\n", b"x" * 999]


def odd_file(draw):
    """Return a file of a known layout, with any separator, odd cells, damage, and often no line break at its end."""
    layout, mark = draw.choice(["ucdp-ged", "acled", "gtd", "points"]), draw.choice(",,;\t|")
    rows = rows_of(layout, draw.randint(1, 12))
    for row in rows:
        row |= {name: draw.choice(ODD) for name in draw.sample(sorted(row), 2)}
    rows[-1][[*rows[-1]][-1]] = draw.choice(['q"q', '"', "a\nb", "tail ", "1"])
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=mark, lineterminator=draw.choice(["\n", "\r\n"]))
    writer.writeheader()
    writer.writerows(rows)
    data = out.getvalue().encode(draw.choice(["utf-8", "utf-8-sig", "cp1252"]), "replace")
    for _ in range(draw.choice([0, 0, 1, 2])):
        place = draw.randrange(len(data))
        data = data[:place] + draw.choice(HURT) + data[place + draw.randint(0, 2) :]
    return data.rstrip(b"\r\n") if draw.random() < 0.4 else data


@pytest.mark.parametrize("seed", range(4))
def test_a_whole_reading_is_the_same_by_either_engine_whatever_separates_the_cells(
    tmp_path, monkeypatch, seed
):
    draw = random.Random(seed)
    wanted = Selection(lambda name: name == "Iraq", frozenset({"is"}))
    for _ in range(12):
        (tmp_path / "ged211.csv").write_bytes(odd_file(draw))
        monkeypatch.setattr(scanning, "BLOCK", draw.choice([1, 97, 4096]))
        monkeypatch.setattr(fast, "CHUNK_ROWS", draw.choice([1, 3, 1 << 16]))
        assert_same(*read_both(tmp_path / "ged211.csv", monkeypatch, selection=draw.choice([None, wanted])))


@pytest.mark.parametrize("large", [0, 1 << 60])
def test_a_file_of_which_nothing_is_asked_for_and_no_date_can_be_read_is_refused(
    tmp_path, monkeypatch, large
):
    monkeypatch.setattr(reading, "LARGE", large)
    rows = [row | {"country": "Atlantis", "date_start": "soon"} for row in rows_of("ucdp-ged")]
    path = write(tmp_path / "file.csv", rows)
    with pytest.raises(
        InputError, match="no record is one of those that are asked for, and none of the others"
    ):
        read_source(path, selection=Selection(lambda name: name == "Iraq"))
