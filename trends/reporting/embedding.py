"""The manifest inside what a report gives out, and how it is read back from a page, a paper or a results file."""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import zipfile
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from trends.errors import InputError

SCRIPT_ID = "trends-manifest"
KEY = "manifest"
_MARK = b"%trends-manifest "
_WIDTH = 180  # a line of a PDF outside its streams holds at most 255 characters
_LARGEST = 1_000_000  # bytes of a manifest that are read
_REMEDY = "only what `trends report` writes carries one"


def stamp_results(file: Path, manifest: dict[str, Any]) -> None:
    """Put the manifest into a ``results.json``; a file that holds no object is left as it is."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if isinstance(found, dict):
        text = json.dumps({**found, KEY: manifest}, sort_keys=True, indent=1, ensure_ascii=False, default=str)
        file.write_text(text + "\n", encoding="utf-8", newline="\n")


def stamp_paper(data: bytes, manifest: dict[str, Any]) -> bytes:
    """Put the manifest into a PDF, as comments before its last ``startxref``.

    Comments there move no object, so that the file's table of contents stays true; every engine's PDF has the place.
    """
    text = json.dumps(manifest, sort_keys=True, ensure_ascii=False, default=str).encode()
    code = base64.b64encode(text)
    lines = [_MARK + code[start : start + _WIDTH] for start in range(0, len(code), _WIDTH)]
    head, found, tail = data.rpartition(b"startxref")
    return head + b"\n".join([*lines, b""]) + found + tail if found else data


def embedded_manifest(file: Path) -> Any:
    """Read the manifest back from an HTML page, a PDF, a Word document or a results file.

    Returns
    -------
    object
        The JSON that stands there, unchecked.

    Raises
    ------
    InputError
        The file cannot be read, carries no manifest, or the manifest in it is damaged.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file, remedy="check the path") from error
    read = next((one for mark, one in _READERS.items() if data.startswith(mark)), _from_text)
    text = read(data, file)
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError("its manifest is damaged", file=file, remedy="render the report again") from error


def results_of(file: Path) -> dict[str, Any] | None:
    """Return the findings of a results file, without its manifest; None where the file is a page or a paper."""
    if file.suffix.lower() != ".json":
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    return {name: value for name, value in found.items() if name != KEY} if KEY in found else None


class _Script(HTMLParser):
    """Collects the text of the manifest's script element."""

    def __init__(self) -> None:
        super().__init__()
        self.text: str | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter the element."""
        if tag == "script" and dict(attrs).get("id") == SCRIPT_ID:
            self._inside, self.text = True, ""

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        self._inside = False

    def handle_data(self, data: str) -> None:
        """Keep the element's text."""
        if self._inside:
            self.text = (self.text or "") + data


def _from_paper(data: bytes, file: Path) -> str:
    lines = re.findall(rb"^" + re.escape(_MARK) + rb"([A-Za-z0-9+/=]+)\r?$", data, re.MULTILINE)
    if not lines:
        raise InputError("this PDF carries no manifest", file=file, remedy=_REMEDY)
    try:
        return base64.b64decode(b"".join(lines), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InputError("its manifest is damaged", file=file, remedy="render the report again") from error


def _from_word(data: bytes, file: Path) -> str:
    """Read the custom property; an archive from outside is neither unpacked nor believed in its sizes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts, parts.open("docProps/custom.xml") as part:
            properties = part.read(_LARGEST + 1)
        if len(properties) > _LARGEST or b"<!DOCTYPE" in properties:
            raise InputError("its manifest is damaged", file=file, remedy="render the report again")
        tree = Xml.fromstring(properties)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, Xml.ParseError) as error:
        raise InputError("this archive carries no manifest", file=file, remedy=_REMEDY) from error
    found = ["".join(one.itertext()) for one in tree if one.get("name") == SCRIPT_ID]
    if not found:
        raise InputError("this document carries no manifest", file=file, remedy=_REMEDY)
    return found[0]


def _from_text(data: bytes, file: Path) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "is neither a page, a PDF, a Word document nor a results file", file=file, remedy=_REMEDY
        ) from error
    if text.lstrip()[:1] == "{":
        return _from_json(text, file)
    script = _Script()
    script.feed(text)
    if script.text is None:
        raise InputError("this page carries no manifest", file=file, remedy=_REMEDY)
    return script.text


def _from_json(text: str, file: Path) -> str:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError("is not JSON", file=file, remedy="render the report again") from error
    if "report_sha256" in found:
        return text
    if KEY not in found:
        raise InputError("this results file carries no manifest", file=file, remedy=_REMEDY)
    return json.dumps(found[KEY])


_READERS = {b"%PDF": _from_paper, b"PK": _from_word}
