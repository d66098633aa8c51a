"""Text from data made harmless for Markdown and HTML."""

from __future__ import annotations

import json
import re
from typing import Any

_TEXT = re.compile(r"([\\`*_{}\[\]#|~^<>$@])")
_BREAK = re.compile(r"[ \t\r\n\v\f\x1c-\x1f\x85\u2028\u2029]+")  # every break, but no-break spaces stay
_START = re.compile(r"^(\s*)([-+:=]|\d+[.)])(?=\s|$|:|-|=)", re.MULTILINE)


def escape_markdown(text: str) -> str:
    r"""Escape what Markdown or HTML would read as markup, so that the text appears as it is.

    Line ends become spaces: the text stays in its paragraph.

    Examples
    --------
    >>> escape_markdown("<script>")
    '\\<script\\>'
    """
    line = _BREAK.sub(" ", text).strip()
    line = _TEXT.sub(r"\\\1", line.replace("&", "&amp;"))
    return _START.sub(lambda m: f"{m[1]}{m[2][:-1]}\\{m[2][-1]}", line)


def attribute(text: str) -> str:
    """Quote a text as the value of a Markdown attribute."""
    line = _BREAK.sub(" ", text).strip()
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'


def script_json(value: Any) -> str:
    """Write JSON that may stand inside a ``<script>`` element."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
