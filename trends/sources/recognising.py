"""Which layout a file has: the names of its columns tell, whatever separates them and whatever their case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trends.errors import InputError
from trends.sources.layout import Layout
from trends.sources.opening import Plain
from trends.sources.spreadsheets import as_saved
from trends.sources.table import (
    SEPARATORS,
    Form,
    UndecodableError,
    check_columns,
    first_records,
    read_header,
)

_ENCODINGS = ("utf-8", "iso-8859-1")
_LOOKED_AT = 200
_FEWEST_NUMBERS = 3  # in a first line that holds values


@dataclass(frozen=True)
class Recognised:
    """How a file is to be read.

    Attributes
    ----------
    layout
        How it is laid out.
    header
        The names of its columns, as the layout writes them.
    delimiter
        What separates them.
    renamed
        True where the file writes the names otherwise, or not at all.
    headed
        False where the first line is a record already.
    """

    layout: Layout
    header: list[str]
    delimiter: str
    renamed: bool = False
    headed: bool = True

    @property
    def forms(self) -> tuple[Form, ...]:
        """The ways in which the file may write its text, in the order to try them."""
        names = tuple(self.header) if self.renamed else ()
        return tuple(Form(encoding, self.delimiter, names, self.headed) for encoding in self.layout.encodings)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader of the account should know of how the file was read."""
        return tuple(
            remark
            for remark, holds in (
                (
                    f"columns separated by {SEPARATORS.get(self.delimiter)}, not by commas",
                    self.delimiter != self.layout.delimiter,
                ),
                ("names of columns in another case than published", self.renamed and self.headed),
                ("no header: columns told by their number and content", not self.headed),
            )
            if holds
        )


def recognised(plain: Plain, among: Sequence[Layout]) -> Recognised:
    """Return how a file is to be read.

    The names of the columns decide what separates them, never how often a character occurs. Names that fit but for
    their case count as well; a file without names counts where a layout is sure of its content.

    Parameters
    ----------
    plain
        The file.
    among
        The layouts to try: all that are known, or the one that was asked for.

    Raises
    ------
    InputError
        No layout fits, or the file is empty or no table; the message names the nearest layout.
    """
    headers, refusal = _headers(plain, among[0].encodings if len(among) == 1 else _ENCODINGS)
    for exact in (True, False):
        for delimiter, header in headers.items():
            for layout in _by_size(among):
                names = header if exact else _in_its_case(header, layout)
                if set(layout.columns) <= set(names):
                    saved = layout if delimiter == layout.delimiter else as_saved(layout)
                    return Recognised(saved, names, delimiter, renamed=names != header)
    if any(map(_holds_values, headers.values())):
        return _without_header(plain, among, headers)
    if not headers:
        assert refusal is not None
        raise refusal
    nearest = max(headers, key=lambda mark: (_known(headers[mark], among), len(headers[mark])))
    if len(among) == 1:
        check_columns(headers[nearest], among[0].columns, plain.file)
    raise _no_layout(headers[nearest], among, plain.file)


def header_of(plain: Plain, encodings: Sequence[str], delimiter: str) -> list[str]:
    """Return the names of the columns; where the last encoding fails too, the first one's error stands.

    Raises
    ------
    InputError
        As ``read_header``.
    """
    first: UndecodableError | None = None
    for encoding in encodings:
        try:
            return read_header(plain, Form(encoding, delimiter))
        except UndecodableError as error:
            first = first or error
        except InputError:
            if first is None:
                raise
    assert first is not None
    raise first


def _headers(plain: Plain, encodings: Sequence[str]) -> tuple[dict[str, list[str]], InputError | None]:
    """Return the header as each separator would divide it, and the first error where one cannot."""
    found, refusal = {}, None
    for delimiter in "," if plain.workbook else SEPARATORS:
        try:
            found[delimiter] = header_of(plain, encodings, delimiter)
        except InputError as error:
            refusal = refusal or error
    return found, refusal


def _by_size(layouts: Iterable[Layout]) -> list[Layout]:
    return sorted(layouts, key=lambda layout: -len(layout.columns))


def _in_its_case(header: Sequence[str], layout: Layout) -> list[str]:
    known = {name.casefold(): name for name in (*layout.optional, *layout.columns)}
    return [known.get(name.casefold(), name) for name in header]


def _known(header: Sequence[str], layouts: Iterable[Layout]) -> int:
    return max(len(set(layout.columns) & set(_in_its_case(header, layout))) for layout in layouts)


def _holds_values(header: Sequence[str]) -> bool:
    return sum(cell.replace(".", "", 1).lstrip("-").isdigit() for cell in header) >= _FEWEST_NUMBERS


def _without_header(plain: Plain, layouts: Sequence[Layout], headers: dict[str, list[str]]) -> Recognised:
    for delimiter, first in headers.items():
        for layout in layouts:
            names = (
                layout.names_of(_records(plain, layout.encodings, delimiter))
                if _holds_values(first)
                else None
            )
            if names is not None:
                return Recognised(layout, list(names), delimiter, renamed=True, headed=False)
    widest = max((header for header in headers.values() if _holds_values(header)), key=len)
    raise InputError(
        f"the first line holds values, not the names of {len(widest)} columns, and what they are is not certain",
        file=plain.file,
        row=1,
        remedy="put the header of another file of that layout on top",
    )


def _records(plain: Plain, encodings: Sequence[str], delimiter: str) -> list[list[str]]:
    for encoding in encodings:
        try:
            return first_records(plain, Form(encoding, delimiter), _LOOKED_AT)
        except InputError:
            continue
    return []


def _no_layout(header: Sequence[str], layouts: Sequence[Layout], file: str) -> InputError:
    best = min(layouts, key=lambda layout: len(set(layout.columns) - set(header)) / len(layout.columns))
    missing = [column for column in best.columns if column not in header]
    if len(missing) == len(best.columns):
        return InputError(
            f"the columns fit no known source: {', '.join(header)[:200]}",
            file=file,
            row=1,
            remedy=f"give a file of one of: {', '.join(layout.key for layout in layouts)}; or one with --mapping "
            "('trends source init FILE' drafts it)",
        )
    return InputError(
        f"the columns fit no known source; nearest is {best.key}, for which {len(missing)} are missing: "
        f"{', '.join(missing)}",
        file=file,
        row=1,
        remedy="give the file as it was published, or one with --mapping ('trends source init FILE' drafts it)",
    )
