"""A first draft of a mapping file from the header and first rows of a table, for an analyst to finish."""

from __future__ import annotations

import codecs
import csv
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from trends.errors import InputError
from trends.sources.mapped.mapping import UNDECIDED
from trends.sources.opening import Plain, unpacked
from trends.sources.table import check_separated
from trends.sources.workbook import workbook_rows

SAMPLE_ROWS = 500
_DELIMITERS = ",;\t|"
_ENCODINGS = ("utf-8", "cp1252", "iso-8859-1")
_FORMATS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d %B %Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%Y-%m-%d %H:%M:%S",
)
_NAMES: Mapping[str, tuple[str, ...]] = {
    "event_id": ("event_id", "id", "eventid", "ref", "reference", "incident_id", "no", "number"),
    "date_start": ("date", "event_date", "date_start", "start_date", "day", "incident_date", "datetime"),
    "date_end": ("date_end", "end_date"),
    "country": ("country", "country_name", "country_txt"),
    "province_name": (
        "province",
        "governorate",
        "admin1",
        "adm1",
        "adm_1",
        "provstate",
        "state",
        "gov",
        "region",
    ),
    "longitude": ("longitude", "lon", "long", "lng", "x"),
    "latitude": ("latitude", "lat", "y"),
    "actor_a": ("actor", "actor1", "actor_1", "side_a", "perpetrator", "group", "gname"),
    "actor_b": ("actor2", "actor_2", "side_b"),
    "kind": ("type", "kind", "event_type", "attack_type", "category", "incident_type"),
    "target": ("target", "target_type", "victim"),
    "deaths_best": ("deaths", "killed", "fatalities", "dead", "best", "nkill", "kia"),
}


def draft_mapping(path: Path) -> str:
    """Return the text of a mapping file for a table, with each guess marked as one.

    Nothing is decided that the file leaves open: where several formats fit the dates, ``date_format`` is left
    as ``"?"``, which no reading accepts.

    Raises
    ------
    InputError
        The file is missing, empty, or no table.
    """
    with unpacked(Path(path)) as plain:
        encoding = "utf-8" if plain.workbook else _encoding(plain.path)
        delimiter, header, rows = _sample(plain, encoding)
    if not any(header) or len(header) < 2:
        raise InputError(
            "holds no table", file=plain.file, row=1, remedy="give a file with a header and rows"
        )
    cells = {
        name: [row[place].strip() for row in rows if len(row) > place] for place, name in enumerate(header)
    }
    guesses = _guesses([name for name in header if name])
    lines = [
        f"# How to read {json.dumps(plain.file, ensure_ascii=False)}. Drafted from its header and first rows:",
        "# look at every line marked 'guess', then build with --mapping. Keys: docs/sources.md.",
        f"encoding = {_text(encoding)}" + _marked("guess" if encoding != "utf-8" else ""),
        f"delimiter = {_text(delimiter)}",
        *_date_format(cells.get(guesses.get("date_start", ""), ())),
        "# coverage = [2020-01-01, 2020-12-31]   # the days for which the table is complete; else first to last event",
        "",
        "[source]   # a panel's manifest will say this",
        f"key = {_text(_key(plain.file))}",
        f"title = {_text(Path(plain.file).stem)}   # to fill in",
        'licence = "not stated"   # to fill in: may its rows be passed on?',
        'counts = "record"   # to fill in: what is one row?',
        "",
        "[columns]   # column of an event = column of the file",
        *_columns(guesses),
        *_unused(header, guesses),
        "",
        "[constants]   # what is the same for every event",
        *([] if "country" in guesses else ['# country = "the country of every row"']),
        '# date_precision = "day"   # day, week, month or year',
        '# place_precision = "exact"   # exact, near, district, province, region, country, international',
        *_types(guesses, cells),
    ]
    return "\n".join(lines) + "\n"


def write_draft(path: Path, out: Path | None = None) -> Path:
    """Write the draft of a mapping for a table beside it, or to ``out``, and return where it is.

    Raises
    ------
    InputError
        There is already a file of that name, or the table cannot be read.
    """
    path = Path(path)
    target = path.with_name(path.name + ".toml") if out is None else Path(out)
    text = draft_mapping(path)
    if target.exists():
        raise InputError("exists already", file=target, remedy="name another file with --out")
    target.write_text(text, encoding="utf-8", newline="\n")
    return target


def _encoding(path: Path) -> str:
    """Return the first encoding that can read the whole file."""
    for encoding in _ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        with path.open("rb") as handle:
            try:
                for block in iter(lambda: handle.read(1 << 20), b""):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
        return encoding
    raise AssertionError("every byte is a letter of ISO 8859-1")


def _sample(plain: Plain, encoding: str) -> tuple[str, list[str], list[list[str]]]:
    if plain.workbook:
        table = [row for _, row in itertools.islice(workbook_rows(plain.path, plain.file), SAMPLE_ROWS + 1)]
        return ",", table[0], table[1:]
    with plain.path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as handle:
        first = handle.readline(1 << 20)
        delimiter = max(_DELIMITERS, key=first.count)
        handle.seek(0)
        try:
            filled = (row for row in csv.reader(handle, delimiter=delimiter) if row)
            table = list(itertools.islice(filled, SAMPLE_ROWS + 1))
        except csv.Error as error:
            raise InputError(f"is no table ({error})", file=plain.file, remedy="export it as CSV") from error
    header = [name.strip() for name in table[0]] if table else []
    check_separated(header, plain.file, delimiter)
    return delimiter, header, table[1:]


def _guesses(header: Sequence[str]) -> dict[str, str]:
    """Return column of an event to column of the file; no column of the file is used twice."""
    folded = {re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_"): name for name in reversed(header)}
    found: dict[str, str] = {}
    for event, names in _NAMES.items():
        for name in names:
            if name in folded and folded[name] not in found.values():
                found[event] = folded[name]
                break
    return found


def _date_format(dates: Sequence[str]) -> list[str]:
    filled = [text for text in dates if text]
    if not filled:
        return [f"date_format = {_text(UNDECIDED)}   # to fill in, such as %d/%m/%Y"]
    fitting = [pattern for pattern in _FORMATS if _fits(filled, pattern)]
    if len(fitting) == 1:
        seen = f"fits all {len(filled)} dates looked at, first {filled[0]!r}"
        return [f"date_format = {_text(fitting[0])}   # guess: {seen}"]
    what = "both fit: " + " and ".join(fitting) if fitting else f"no usual format fits {filled[0]!r}"
    return [f"date_format = {_text(UNDECIDED)}   # to decide; {what}"]


def _fits(texts: Sequence[str], pattern: str) -> bool:
    read = pd.to_datetime(pd.Series(texts, dtype=object), format=pattern, errors="coerce")
    return bool(read.notna().all())


def _columns(guesses: Mapping[str, str]) -> list[str]:
    lines = [f"{event} = {_text(column)}   # guess" for event, column in guesses.items()]
    if "date_start" not in guesses:
        lines.insert(0, '# date_start = ""   # to fill in: a mapping needs it')
    return lines


def _unused(header: Sequence[str], guesses: Mapping[str, str]) -> list[str]:
    unused = [name for name in header if name and name not in guesses.values()]
    return (
        [f"# not used: {', '.join(json.dumps(name, ensure_ascii=False) for name in unused)}"]
        if unused
        else []
    )


def _types(guesses: Mapping[str, str], cells: Mapping[str, Sequence[str]]) -> list[str]:
    codes = sorted({cell for cell in cells.get(guesses.get("kind", ""), ()) if cell})
    if not codes or len(codes) > 30:
        return []
    return [
        "",
        "# [types.kind]   # say what the codes mean, all of them; without this they are kept as they stand",
        *(f"# {_text(code)} = {_text(code)}" for code in codes),
    ]


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(file: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", Path(file).stem.casefold()).strip("-") or "mapped"


def _marked(mark: str) -> str:
    return f"   # {mark}" if mark else ""
