"""Watch over finished pages: nothing from outside, no program that came with data."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from trends.errors import RenderError

_LOADING = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
_PROGRAMS = frozenset({"script", "iframe", "object", "embed"})
_REMOTE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_STYLE = re.compile(r"""url\(\s*['"]?(?:https?:)?//[^)]*|@import[^;]*""", re.IGNORECASE)


class _Watch(HTMLParser):
    """Collects what a page would load from other hosts and what it would run."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.programs: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element and its attributes."""
        self._in_style = tag == "style"
        said = self.get_starttag_text() or tag
        given = {name: value or "" for name, value in attrs}
        if any(_REMOTE.match(given.get(name, "")) for name in _LOADING.get(tag, ())):
            self.outside.append(said)
        self.outside += _STYLE.findall(given.get("style", ""))
        handlers = any(name.startswith("on") for name in given)
        scheme = any(value.strip().lower().startswith("javascript:") for value in given.values())
        if tag in _PROGRAMS or handlers or scheme:
            self.programs.append(said)

    def handle_data(self, data: str) -> None:
        """Look at a style sheet."""
        if self._in_style:
            self.outside += _STYLE.findall(data)

    def handle_endtag(self, tag: str) -> None:
        """Leave a style sheet."""
        self._in_style = False


def _watched(html: str) -> _Watch:
    watch = _Watch()
    watch.feed(html)
    watch.close()
    return watch


def refuse_programs(html: str, name: str) -> None:
    """Refuse a page whose content brought a program along, from data or from a library's HTML.

    Raises
    ------
    RenderError
        There is a script, a frame, an event handler or a ``javascript:`` address.
    """
    found = _watched(html).programs
    if found:
        raise RenderError(
            f"the page would run a program: {found[0][:120]}", file=name, remedy="escape the text"
        )


def refuse_outside(html: str, name: str) -> None:
    """Refuse a page that would load something from another host.

    Raises
    ------
    RenderError
        An element or a style sheet names another host.
    """
    found = _watched(html).outside
    if found:
        remedy = "put the file beside the report and refer to it there"
        raise RenderError(
            f"the page would load something from outside: {found[0][:120]}", file=name, remedy=remedy
        )
