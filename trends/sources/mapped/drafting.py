"""A first draft of a mapping file from the header and first rows of a table, for an analyst to finish."""

from __future__ import annotations

import codecs
import contextlib
import csv
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from trends.errors import InputError
from trends.sources import acled, gtd, ucdp_ged
from trends.sources.layout import layouts
from trends.sources.mapped.dates import format_of
from trends.sources.mapped.mapping import CODED, DATE_PRECISIONS, PLACE_PRECISIONS, UNDECIDED
from trends.sources.opening import Plain, unpacked
from trends.sources.recognising import recognised
from trends.sources.table import check_separated
from trends.sources.workbook import workbook_rows

SAMPLE_ROWS = 500
_DELIMITERS = ",;\t|"
_ENCODINGS = ("utf-8", "cp1252", "iso-8859-1")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]{1,3},[0-9]+")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "event_id": (
        "event_id",
        "event_id_cnty",
        "id",
        "eventid",
        "ref",
        "reference",
        "incident_id",
        "no",
        "number",
    ),
    "date_start": ("date", "event_date", "date_start", "start_date", "day", "incident_date", "datetime"),
    "date_end": ("date_end", "end_date"),
    "date_precision": ("date_precision", "date_prec", "time_precision"),
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
    "place_precision": ("place_precision", "where_prec", "geo_precision", "specificity"),
    "actor_a": ("actor", "actor1", "actor_1", "side_a", "perpetrator", "group", "gname"),
    "actor_b": ("actor2", "actor_2", "side_b"),
    "kind": (
        "type",
        "kind",
        "sub_event_type",
        "attacktype1_txt",
        "type_of_violence",
        "event_type",
        "attack_type",
        "category",
        "incident_type",
    ),
    "target": ("target", "target_type", "victim"),
    "deaths_best": ("deaths", "killed", "fatalities", "dead", "best", "best_est", "nkill", "kia"),
    "deaths_low": ("deaths_low", "low", "low_est"),
    "deaths_high": ("deaths_high", "high", "high_est"),
}
_CODES: Mapping[str, Mapping[str, str]] = {
    "date_prec": ucdp_ged.DATE_PRECISION,
    "where_prec": ucdp_ged.PLACE_PRECISION,
    "time_precision": acled.DATE_PRECISION,
    "geo_precision": acled.PLACE_PRECISION,
    "specificity": gtd.SPECIFICITY,
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
        known = _known(plain)
    if not any(header) or len(header) < 2:
        raise InputError(
            "holds no table", file=plain.file, row=1, remedy="give a file with a header and rows"
        )
    cells = {
        name: [row[place].strip() for row in rows if len(row) > place] for place, name in enumerate(header)
    }
    guesses = _guesses([name for name in header if name], cells)
    days = guesses.get("date_start", "")
    form = format_of(cells.get(days, ()))
    if form.tied and len(rows) == SAMPLE_ROWS:
        form = format_of(_whole_column(Path(path), encoding, delimiter, header.index(days)))
    lines = [
        f"# How to read {json.dumps(plain.file, ensure_ascii=False)}. Drafted from its header and first rows:",
        "# look at every line marked 'guess', then build with --mapping. Keys: docs/sources.md.",
        *known,
        f"encoding = {_text(encoding)}" + _marked("guess" if encoding != "utf-8" else ""),
        f"delimiter = {_text(delimiter)}",
        *_decimal(guesses, cells),
        f"date_format = {_text(form.pattern or UNDECIDED)}   # {form.why}",
        "# coverage = [2020-01-01, 2020-12-31]   # the days for which the table is complete; else first to last event",
        "",
        *_source(plain.file),
        "",
        "[columns]   # column of an event = column of the file",
        *_columns(guesses),
        *_unused(header, guesses),
        "",
        "[constants]   # what is the same for every event",
        *_constants(guesses),
        *_types(guesses, cells),
    ]
    return "\n".join(lines) + "\n"


def _constants(guesses: Mapping[str, str]) -> list[str]:
    country = '# country = "the country of every row"'
    precision = f'# date_precision = "day"   # {", ".join(DATE_PRECISIONS)}'
    place = f'# place_precision = "exact"   # {", ".join(PLACE_PRECISIONS)}'
    said = {"country": country, "date_precision": precision, "place_precision": place}
    return [line for name, line in said.items() if name not in guesses]


def _source(file: str) -> list[str]:
    return [
        "[source]   # a panel's manifest will say this",
        f"key = {_text(_key(file))}",
        f"title = {_text(Path(file).stem)}   # to fill in",
        'licence = "not stated"   # to fill in: may its rows be passed on?',
        'counts = "record"   # to fill in: what is one row?',
    ]


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


def _known(plain: Plain) -> list[str]:
    """Return a line that says so where a file can be read without a mapping."""
    try:
        key = recognised(plain, tuple(layouts().values())).layout.key
    except InputError:
        return []
    return [
        f"# It has the columns of {key}, so that `trends build --raw` reads it, and more of it, without a mapping."
    ]


def _whole_column(path: Path, encoding: str, delimiter: str, place: int) -> list[str]:
    """Return the distinct cells of a column, in the order of the file."""
    found: dict[str, None] = {}
    with unpacked(path) as plain:
        if plain.workbook:
            sheet = (row for _, row in workbook_rows(plain.path, plain.file))
            found.update((row[place].strip(), None) for row in sheet if len(row) > place)
        else:
            with plain.path.open(encoding=encoding, newline="") as handle, contextlib.suppress(csv.Error):
                rows = csv.reader(handle, delimiter=delimiter)
                found.update((row[place].strip(), None) for row in rows if len(row) > place)
    return list(found)[1:]


def _guesses(header: Sequence[str], cells: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return column of an event to column of the file; no column of the file is used twice."""
    folded = {re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_"): name for name in reversed(header)}
    found: dict[str, str] = {}
    for event, names in _NAMES.items():
        for name in names:
            if name in folded and folded[name] not in found.values():
                found[event] = folded[name]
                break
    if "date_start" not in found:
        unused = [name for name in header if name not in found.values()]
        dated = next((name for name in unused if _are_dates(cells[name])), None)
        found |= {} if dated is None else {"date_start": dated}
    return found


def _are_dates(cells: Sequence[str]) -> bool:
    """Tell whether a column holds dates and not mere numbers, by its cells."""
    written = [cell for cell in cells if cell and not cell.isdigit()]
    form = format_of(written)
    return bool(written) and (form.pattern is not None or form.tied)


def _decimal(guesses: Mapping[str, str], cells: Mapping[str, Sequence[str]]) -> list[str]:
    degrees = [
        cell for name in ("longitude", "latitude") for cell in cells.get(guesses.get(name, ""), ()) if cell
    ]
    commas = sum(bool(_DECIMAL_COMMA.fullmatch(cell)) for cell in degrees)
    return ['decimal = ","   # guess'] if commas > len(degrees) / 2 else []


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
    lines = [
        line for name in ("date_precision", "place_precision") for line in _precision(name, guesses, cells)
    ]
    codes = sorted({cell for cell in cells.get(guesses.get("kind", ""), ()) if cell})
    if not codes or len(codes) > 30:
        return lines
    return [
        *lines,
        "",
        "# [types.kind]   # say what the codes mean, all of them; without this they are kept as they stand",
        *(f"# {_text(code)} = {_text(code)}" for code in codes),
    ]


def _precision(name: str, guesses: Mapping[str, str], cells: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what the codes of a column of precisions mean; where that is not known, what is to be decided."""
    column = guesses.get(name, "")
    codes, allowed = sorted({*cells.get(column, ())}), CODED[name]
    if not column or set(codes) <= set(allowed):
        return []
    known = _CODES.get(column.casefold(), {})
    meanings = {**known, **{code: UNDECIDED for code in codes if code not in known}}
    told = "guess: as its publisher codes them" if known else f"to decide: {', '.join(allowed)}"
    return [
        "",
        f"[types.{name}]   # {told}",
        *(f"{_text(code)} = {_text(meanings[code])}" for code in meanings),
    ]


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(file: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", Path(file).stem.casefold()).strip("-") or "mapped"


def _marked(mark: str) -> str:
    return f"   # {mark}" if mark else ""
