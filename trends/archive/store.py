"""The folder of an archive: a folder a week, each with a record of what it holds; whole or not there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from trends.errors import InputError
from trends.reproduce.locking import locked

RECORD = "page.json"
SETTINGS = "archive.json"
PAGE = "weekly.html"
_PARTIAL = ".partial-"
State = Literal["whole", "outdated", "broken", "failed", "missing"]


@dataclass(frozen=True)
class Record:
    """What an archive knows of one page.

    Attributes
    ----------
    week
        First day.
    key
        Digest of everything that the page depends on.
    page_sha256
        Of the page without its links to other weeks; empty where it failed.
    summary
        For the index: attacks, deaths, provinces with an attack, alerts.
    error
        Why it could not be rendered, in one line; empty where it could.
    """

    week: str
    key: str
    page_sha256: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


class Store:
    """The folder of an archive; use it inside `Store.held`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def held(self, settings: Mapping[str, Any]) -> Iterator[None]:
        """Hold the folder alone, make it where it is not there, and sweep what a killed run left.

        Raises
        ------
        InputError
            Another archive is being written there, the folder holds something else or an archive of other
            weeks, or it cannot be written.
        """
        self._make()
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self.folder, alone=True))
            except InputError as error:
                raise InputError(
                    "another archive is being written into this folder",
                    file=self.folder,
                    remedy="wait until it has ended, or choose another --out",
                ) from error
            self._settle(settings)
            for left in [one for one in self.folder.iterdir() if _is_draft(one)]:
                shutil.rmtree(left, ignore_errors=True)
            yield

    def _make(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise InputError(
                "is a file, not a folder", file=self.folder, remedy="choose another --out"
            ) from None
        except OSError as error:
            raise InputError(
                f"the archive cannot be written ({error.strerror})",
                file=self.folder,
                remedy="choose another --out",
            ) from error

    def _settle(self, settings: Mapping[str, Any]) -> None:
        file = self.folder / SETTINGS
        if file.is_file():
            if _json(file) != dict(settings):
                raise InputError(
                    "the folder holds an archive with another first day of the week, group or as-of",
                    file=self.folder,
                    remedy="choose another --out",
                )
            return
        if not all(map(_is_draft, self.folder.iterdir())):
            raise InputError(
                "the folder holds files that are no archive", file=self.folder, remedy="choose another --out"
            )
        write_whole(file, json.dumps(dict(settings), sort_keys=True, indent=1) + "\n")

    def weeks(self) -> list[date]:
        """List the weeks that have a folder, in order."""
        names = [one.name for one in self.folder.iterdir() if one.is_dir()]
        return sorted(date.fromisoformat(name) for name in names if re.fullmatch(r"\d{4}-\d\d-\d\d", name))

    def page(self, week: date) -> Path:
        """Where a week's page stands."""
        return self.folder / str(week) / PAGE

    def record(self, week: date) -> Record | None:
        """Return what is known of a week's page; None where there is no readable record."""
        said = _json(self.folder / str(week) / RECORD)
        try:
            return Record(**said)
        except TypeError:
            return None

    def state(self, week: date, key: str) -> State:
        """Say how a week's page stands: what is not ``whole`` has to be rendered."""
        if not (self.folder / str(week)).is_dir():
            return "missing"
        known = self.record(week)
        if known is None:
            return "broken"
        if known.error:
            return "failed"
        try:
            same = page_sha256(self.page(week).read_text(encoding="utf-8")) == known.page_sha256
        except (OSError, UnicodeDecodeError):
            return "broken"
        if not same:
            return "broken"
        return "whole" if known.key == key else "outdated"

    @contextlib.contextmanager
    def draft(self, week: date) -> Iterator[Path]:
        """Give a folder that becomes the week's when the block ends well, and vanishes when it does not."""
        folder = self.folder / f"{_PARTIAL}{week}-{secrets.token_hex(4)}"
        aside = folder.with_name(folder.name + "-old")
        target = self.folder / str(week)
        try:
            folder.mkdir()
            yield folder
            if target.exists():
                target.rename(aside)
            folder.rename(target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(aside, ignore_errors=True)


def write_record(record: Record, folder: Path) -> None:
    """Write a page's record into its folder."""
    text = json.dumps(asdict(record), sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    write_whole(folder / RECORD, text)


def write_whole(file: Path, text: str) -> None:
    """Write a file so that readers see the old text or the new one, nothing between."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _is_draft(path: Path) -> bool:
    """Tell whether a killed run left this: its own drafts, or those of the engine beside them."""
    return path.name.startswith(".") and _PARTIAL in path.name


BEGIN, END = "<!-- other weeks -->", "<!-- end of other weeks -->"
_LINKS = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}\n?", re.DOTALL)


def without_links(page: str) -> str:
    """Return a page without its links to other weeks."""
    return _LINKS.sub("", page, count=1)


def page_sha256(page: str) -> str:
    """Return the SHA-256 of a page, its links to other weeks left out: they change when weeks are added."""
    return hashlib.sha256(without_links(page).encode()).hexdigest()


def _json(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
