"""The code in the documentation runs and prints what the page says that it prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)
NUMBER = re.compile(r"\d+\.\d+")


@pytest.mark.parametrize("page", ["controls.md"])
def test_a_page_prints_what_it_says(page, monkeypatch, capsys):
    """Words exactly; ratios to 5 %, so that a better grid of noise settings does not make the page wrong."""
    monkeypatch.chdir(ROOT)
    blocks = BLOCKS.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert blocks
    space: dict[str, object] = {}
    for code, expected in blocks:
        exec(compile(code, page, "exec"), space)
        printed = capsys.readouterr().out
        assert NUMBER.sub("#", printed) == NUMBER.sub("#", expected), code
        found, said = ([float(number) for number in NUMBER.findall(text)] for text in (printed, expected))
        assert found == pytest.approx(said, rel=0.05)
