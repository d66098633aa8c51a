"""A file as it was given, unpacked where it is a zip: what is read is always a plain file on disk."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trends.errors import InputError

MOST_BYTES = 16 << 30
MOST_RATIO = 200
RATIO_MATTERS_FROM = 4 << 20
AS_CSV = "export it as CSV in UTF-8"
_MAGIC = {
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip file",
    b"\xd0\xcf\x11\xe0": "an Excel file of the old kind",
    b"\x89PNG": "a picture",
    b"{": "JSON",
    b"<": "HTML or XML",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}
_PACKED = {".zip", ".xlsx", ".xlsm"}
_ZIP = b"PK\x03\x04"
_ZIP_WITHOUT_FILES = b"PK\x05\x06"


@dataclass(frozen=True)
class Plain:
    """A file that can be read as it is.

    Attributes
    ----------
    path
        Where it lies; for a zip, a temporary copy of its one CSV file.
    file
        Name of the file that was given.
    described_by
        That name and, for a zip, the name of the file inside: either may state the version.
    workbook
        True for an Excel workbook (xlsx).
    """

    path: Path
    file: str
    described_by: str
    workbook: bool = False


@contextmanager
def unpacked(path: Path) -> Iterator[Plain]:
    """Give a file as plain CSV or as an Excel workbook; a zip is unpacked into a temporary folder.

    Raises
    ------
    InputError
        The file is missing, empty, or of a kind that cannot be read; or a zip that holds no CSV file or
        several, names that lead out of its folder, a password, damage, or far more than it weighs.
    """
    head = _head(path)
    if not head.startswith((_ZIP, _ZIP_WITHOUT_FILES)):
        _check_packed(head, path)
        _check_kind(head, path.name)
        yield Plain(path, path.name, path.name)
        return
    with tempfile.TemporaryDirectory(prefix="trends-") as folder:
        yield _from_zip(path, Path(folder) / "unpacked.csv")


def _from_zip(path: Path, target: Path) -> Plain:
    with _archive(path) as archive:
        _check_members(archive, path.name)
        if "xl/workbook.xml" in archive.namelist():
            return Plain(path, path.name, path.name, workbook=True)
        member = _only_csv(archive, path.name)
        with archive.open(member) as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain, 1 << 20)
    _check_kind(_head(target, path.name), path.name)
    return Plain(target, path.name, f"{path.name}/{PurePosixPath(member.filename).name}")


def _head(path: Path, file: str | None = None) -> bytes:
    if path.is_dir():
        raise InputError("is a folder", file=path, remedy="name a file in it")
    if path.exists() and not path.is_file():
        raise InputError("is no regular file", file=path, remedy="save it as a file first")
    try:
        with path.open("rb") as handle:
            head = handle.read(8)
    except FileNotFoundError as error:
        raise InputError("there is no such file", file=path, remedy="check its name") from error
    except OSError as error:
        raise InputError("cannot be opened", file=path, remedy="check its permissions") from error
    if not head:
        raise InputError("the file is empty", file=file or path.name, remedy="get it again")
    return head


def _check_kind(head: bytes, file: str) -> None:
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            raise InputError(f"is {kind}, not CSV", file=file, remedy=AS_CSV)


def _check_packed(head: bytes, path: Path) -> None:
    """Refuse a file that is called a zip or a workbook and is none, as a download that went wrong."""
    if path.suffix.lower() not in _PACKED:
        return
    kind = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    raise InputError(
        f"is called {path.suffix}, but is {kind}"
        if kind
        else f"is called {path.suffix}, but does not begin as one",
        file=path.name,
        remedy="the file is cut short, damaged or another one; get it again (a CSV file should be called .csv)",
    )


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Give an open zip; damage found at any time becomes one clear error."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InputError(
            "is a zip or Excel file, not CSV, and it is damaged", file=path.name, remedy="get it again"
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        if isinstance(error, RecursionError):
            raise
        raise InputError(
            f"is a zip that cannot be unpacked ({error})", file=path.name, remedy="unpack it first"
        ) from error


def _check_members(archive: zipfile.ZipFile, file: str) -> None:
    """Refuse names that lead elsewhere, and files far larger than what they are packed in."""
    for member in archive.infolist():
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
            raise InputError(
                f"is a zip with a name that leads out of it ({member.filename!r})",
                file=file,
                remedy="do not use it; get the file from its publisher",
            )
    size = sum(member.file_size for member in archive.infolist())
    packed = sum(member.compress_size for member in archive.infolist())
    if size > MOST_BYTES or (size > RATIO_MATTERS_FROM and size > MOST_RATIO * max(packed, 1)):
        raise InputError(
            f"is a zip of {packed:,} bytes that would become {size:,}",
            file=file,
            remedy="do not use it; get the file from its publisher",
        )


def _only_csv(archive: zipfile.ZipFile, file: str) -> zipfile.ZipInfo:
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and member.filename.lower().endswith(".csv")
        and not member.filename.startswith("__MACOSX/")
    ]
    if len(members) != 1:
        names = ", ".join(member.filename for member in members[:4])
        raise InputError(
            f"is a zip with {len(members)} CSV files ({names})" if members else "is a zip without a CSV file",
            file=file,
            remedy="unpack it and name one file",
        )
    return members[0]
