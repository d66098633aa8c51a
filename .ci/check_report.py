"""Fail when a rendered report, its results.json or one of their sections is missing or empty.

Usage: check_report.py FOLDER
"""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

MIN_TEXT = 40
HEADING = re.compile(r"h[1-3]$")


class Sections(HTMLParser):
    """Collects what stands under each heading: characters of text, pictures, table cells."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.broken = []
        self._hidden = 0
        self._heading = False

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag in ("script", "style", "nav", "header"):
            self._hidden += 1
        elif HEADING.match(tag) and not self._hidden:
            self.found.append({"level": int(tag[1]), "title": "", "text": 0, "items": 0})
            self._heading = True
        elif tag == "img":
            source = attributes.get("src", "")
            if not source.startswith("data:") or len(source) < 1000:
                self.broken.append(f"a picture is empty or not embedded: {source[:60]!r}")
            if not attributes.get("alt", "").strip():
                self.broken.append("a picture has no alt text")
            self._count("items")
        elif tag == "td":
            self._count("items")

    def handle_endtag(self, tag):
        if tag in ("script", "style", "nav", "header"):
            self._hidden -= 1
        elif HEADING.match(tag):
            self._heading = False

    def handle_data(self, data):
        if self._hidden or not self.found:
            return
        if self._heading:
            self.found[-1]["title"] += data.strip()
        else:
            self.found[-1]["text"] += len(data.strip())

    def _count(self, what):
        if self.found:
            self.found[-1][what] += 1


def empty_parts(results):
    """Yield a line for every part of the findings that holds nothing."""
    for key, item in results.items():
        if item in ({}, [], None, ""):
            yield f"results.json: {key} is empty"


def problems(folder):
    """Yield a line for everything that is missing or empty."""
    page, results = folder / f"{folder.name}.html", folder / "results.json"
    for path in (page, results):
        if not path.is_file() or not path.stat().st_size:
            yield f"{path} is missing or empty"
            return
    sections = Sections()
    sections.feed(page.read_text(encoding="utf-8"))
    yield from sections.broken
    if len(sections.found) < 5:
        yield f"{page}: only {len(sections.found)} headings"
    for this, following in zip(sections.found, [*sections.found[1:], None], strict=True):
        parent = following is not None and following["level"] > this["level"]
        if this["text"] < MIN_TEXT and not this["items"] and not parent:
            yield f"{page}: the section {this['title']!r} is empty"
    yield from empty_parts(json.loads(results.read_text(encoding="utf-8")))


if __name__ == "__main__":
    found = list(problems(Path(sys.argv[1])))
    print("\n".join(found) if found else f"{sys.argv[1]}: complete")
    sys.exit(bool(found))
