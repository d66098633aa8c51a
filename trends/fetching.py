"""Download a source's file: with progress, going on where it stopped, and never a file of another hash."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trends.errors import InputError, UnknownNameError
from trends.files import sha256_of
from trends.project import find_project

UCDP = "https://ucdp.uu.se/downloads"
TIMEOUT = (10.0, 60.0)
BLOCK = 1 << 18
ATTEMPTS = 3
_PAGES = (b"<!doctype", b"<html", b"<?xml", b"{")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Fetched:
    """A file that was downloaded or was there already.

    Attributes
    ----------
    path
        Where it is.
    sha256
        Its hash.
    known
        Where the hash was known from: "given", "recorded" or "first download".
    """

    path: Path
    sha256: str
    known: str

    def __str__(self) -> str:
        """Return where the file is and what its hash was checked against."""
        told = {
            "given": "is the one given",
            "recorded": "is that of the first download",
            "first download": "recorded beside it; later downloads have to have it too",
        }
        return f"{self.path}\nsha256 {self.sha256}: {told[self.known]}"


def _ucdp_ged(version: str, base: str) -> str:
    """Return the address of a version of UCDP GED, yearly or Candidate."""
    parts = version.strip().split(".")
    numbers = all(part.isdigit() and len(part) <= 2 for part in parts)
    if numbers and len(parts) == 2:
        return f"{base}/ged/ged{parts[0]}{parts[1]}-csv.zip"
    if numbers and len(parts) in {3, 4}:
        return f"{base}/candidateged/GEDEvent_v{'_'.join(parts)}.csv"
    raise InputError(
        f"{version!r} is no version", column="--version", remedy="write 21.1, or 20.0.7 for a Candidate file"
    )


SOURCES: Mapping[str, Callable[[str, str], str]] = {"ucdp-ged": _ucdp_ged}


def fetch(
    source: str,
    version: str,
    *,
    folder: Path | None = None,
    sha256: str | None = None,
    on_step: Callable[[str], None] = lambda what: None,
    base: str = UCDP,
    timeout: tuple[float, float] = TIMEOUT,
) -> Fetched:
    """Download a source's file into a folder.

    A file that is there with the right hash is not downloaded again. The first download of a file records its
    hash beside it (``.sha256``), and later ones have to have it. What was downloaded of a file is kept when a
    download stops, and the next call goes on from there.

    Parameters
    ----------
    source, version
        Which file: ``"ucdp-ged"``, ``"21.1"``.
    folder
        Where to; the project's ``data/raw`` where not given.
    sha256
        The hash that the file has to have.
    on_step
        Is told how far the download is.
    base
        Where the publisher's files are.
    timeout
        Seconds to wait for a connection, and for the next bytes.

    Raises
    ------
    InputError
        There is no such version, no connection, the publisher's answer is an error or stays away, or the
        file has another hash; no file is left under its name then.
    """
    if source not in SOURCES:
        raise UnknownNameError(f"{source!r} cannot be fetched", remedy=f"fetch one of {', '.join(SOURCES)}")
    url = SOURCES[source](version, base)
    target = (find_project() / "data" / "raw" if folder is None else Path(folder)) / url.rsplit("/", 1)[1]
    if not target.parent.is_dir():
        raise InputError("there is no such folder", file=target.parent, remedy="make it first")
    expected, known = _expected(target, sha256)
    if not (target.exists() and expected and sha256_of(target) == expected):
        _download(url, target, expected, on_step, timeout)
    found = sha256_of(target)
    _record(target, found)
    return Fetched(target, found, known)


def _expected(target: Path, sha256: str | None) -> tuple[str | None, str]:
    """Return the hash that a file has to have, and where it is known from."""
    if sha256 is not None:
        given = sha256.strip().lower().removeprefix("sha256:")
        if not _SHA256.fullmatch(given):
            raise InputError("is no SHA-256", column="--sha256", remedy="write its 64 hexadecimal digits")
        return given, "given"
    sidecar = _sidecar(target)
    if not sidecar.exists():
        return None, "first download"
    recorded = sidecar.read_text(encoding="utf-8").split(" ", 1)[0].strip()
    if not _SHA256.fullmatch(recorded):
        raise InputError("holds no SHA-256", file=sidecar, remedy="remove it to trust the next download")
    return recorded, "recorded"


def _download(
    url: str,
    target: Path,
    expected: str | None,
    on_step: Callable[[str], None],
    timeout: tuple[float, float],
) -> None:
    import pooch
    import requests

    pooch.get_logger().setLevel("ERROR")
    resuming = _Resuming(target.with_name(target.name + ".part"), on_step, timeout)
    try:
        pooch.retrieve(
            url,
            known_hash=f"sha256:{expected}" if expected else None,
            fname=target.name,
            path=target.parent,
            downloader=resuming,
        )
    except requests.exceptions.HTTPError as error:
        code = error.response.status_code if error.response is not None else 0
        what = "there is no such file at the publisher" if code == 404 else f"the publisher answered {code}"
        remedy = "check the version" if code == 404 else "try again later"
        raise InputError(f"{url}: {what}", remedy=remedy) from error
    except requests.exceptions.RequestException as error:
        raise _unreachable(url, error, resuming.part) from error
    except ValueError as error:
        raise InputError(
            f"{url}: has another hash than {expected}; it was not kept",
            remedy="get the file and its hash from the publisher; it may have been replaced",
        ) from error


class _Resuming:
    """A downloader for pooch that keeps what it has and asks for the rest."""

    def __init__(self, part: Path, on_step: Callable[[str], None], timeout: tuple[float, float]) -> None:
        self.part, self._on_step, self._timeout = part, on_step, timeout

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        """Download a file to where pooch wants it."""
        import requests

        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._fetch(url)
                break
            except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError):
                if attempt == ATTEMPTS or not self.part.exists():
                    raise
        self._check(url)
        Path(output_file).write_bytes(b"")
        self.part.replace(output_file)
        self._mark.unlink(missing_ok=True)

    def _check(self, url: str) -> None:
        """Refuse an answer that is no file: its hash would be the one that every later download has to have."""
        with self.part.open("rb") as handle:
            head = handle.read(64).lstrip().lower()
        if head and not head.startswith(_PAGES):
            return
        self.part.unlink()
        self._mark.unlink(missing_ok=True)
        raise InputError(
            f"{url}: the publisher sent {'a web page' if head else 'nothing'} in place of the file",
            remedy="try again later, or get the file by hand and name it with --raw",
        )

    @property
    def _mark(self) -> Path:
        """Where the publisher's mark of the file's state is kept, so that parts of two are never joined."""
        return self.part.with_name(self.part.name + ".etag")

    def _fetch(self, url: str) -> None:
        import requests

        have = self.part.stat().st_size if self.part.exists() and self._mark.exists() else 0
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": self._mark.read_text(encoding="utf-8")}
        with requests.get(url, headers=headers, stream=True, timeout=self._timeout) as answer:
            answer.raise_for_status()
            go_on = answer.status_code == 206
            self._remember(answer.headers)
            length = answer.headers.get("Content-Length", "")
            total = (int(length) if length.isdigit() else 0) + (have if go_on else 0)
            with self.part.open("ab" if go_on else "wb") as handle:
                for block in answer.iter_content(BLOCK):
                    handle.write(block)
                    self._tell(handle.tell(), total)
        if total and self.part.stat().st_size < total:
            raise requests.exceptions.ConnectionError("the download ended early")

    def _remember(self, headers: Mapping[str, str]) -> None:
        mark = headers.get("ETag") or headers.get("Last-Modified")
        if mark and not mark.startswith("W/"):
            self._mark.write_text(mark, encoding="utf-8", newline="\n")
        else:
            self._mark.unlink(missing_ok=True)

    def _tell(self, done: int, total: int) -> None:
        share = f" of {total / 1e6:.1f} MB ({100 * done / total:.0f} %)" if total else " MB"
        self._on_step(f"Downloading {self.part.stem}: {done / 1e6:.1f}{share}")


def _unreachable(url: str, error: Exception, part: Path) -> InputError:
    import requests

    held = part.stat().st_size if part.exists() else 0
    kept = f"; {held:,} bytes are kept, and the next call goes on from there" if held else ""
    if isinstance(error, requests.exceptions.TooManyRedirects):
        what, remedy = "redirects without end", "get the file by hand"
    elif isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ReadTimeout):
        what, remedy = f"no answer in time{kept}", "try again later"
    elif held:
        what, remedy = f"the connection broke off{kept}", "try again"
    else:
        what = "cannot be reached"
        remedy = "check the connection, or get the file by hand and name it with --raw"
    return InputError(f"{url}: {what}", remedy=remedy)


def _record(target: Path, sha256: str) -> None:
    _sidecar(target).write_text(f"{sha256}  {target.name}\n", encoding="utf-8", newline="\n")


def _sidecar(target: Path) -> Path:
    return target.with_name(target.name + ".sha256")
