"""What the lint refuses, with the line, and what it lets pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from trends.errors import RenderError
from trends.reporting import lint_qmd
from trends.reporting.document import parse_document
from trends.reporting.lint import lint_document, refuse

REPORTS = Path(__file__).parent / "reports"
HEAD = "---\ntitle: T\n"
FRONT = {
    "---\nsubtitle: x\n---\n": (1, "no title"),
    HEAD + "params:\n  x: 1\n---\n": (3, "the key 'params'"),
    HEAD + "css: own.css\n---\n": (3, "the key 'css'"),
    HEAD + "date: today\n---\n": (3, "'today' is not fixed"),
    HEAD + "date: last-modified\n---\n": (3, "is not fixed"),
    HEAD + "format: pdf\n---\n": (3, "the format 'pdf'"),
    HEAD + "format:\n  html:\n    theme: cosmo\n---\n": (5, "format html has the key 'theme'"),
    HEAD + "format:\n  html:\n    embed-resources: false\n---\n": (5, "'embed-resources' is False"),
    HEAD + "execute:\n  freeze: auto\n---\n": (4, "execute has the key 'freeze'"),
    HEAD + "execute:\n  warning: true\n---\n": (4, "'warning: True'"),
    HEAD + "execute: false\n---\n": (3, "'execute' is not a list"),
    HEAD + "toc-depth: deep\n---\n": (3, "'toc-depth' is 'deep'"),
    "---\ntitle: 2020\n---\n": (2, "'title' is 2020"),
    HEAD + "format:\n  html:\n    toc: 1\n---\n": (5, "'toc' is 1"),
    HEAD + "jupyter: ir\n---\n": (3, "'jupyter' is 'ir'"),
}
CELLS = {
    "x = 1": (5, "the cell has no label"),
    "#| label: Big_One\nx = 1": (5, "the label 'Big_One'"),
    "#| label: sec-x\nx = 1": (5, "a prefix with a meaning"),
    "#| label: a\n#| fig-width: 5\nx = 1": (5, "the cell option 'fig-width'"),
    "#| label: a\n#| layout-ncol: 2\nx = 1": (5, "the cell option 'layout-ncol'"),
    "#| label: a\n#| warning: true\nx = 1": (5, "'warning: true'"),
    "#| label: a\n#| echo: fenced\nx = 1": (5, "'echo: fenced'"),
    "#| label: a\n#| output: markdown\nx = 1": (5, "'output: markdown'"),
    "#| label: fig-a\n#| fig-cap: Cap\nx = 1": (5, "has no fig-alt"),
    "#| label: fig-a\n#| fig-alt: Alt\nx = 1": (5, "has no fig-cap"),
    "#| label: tbl-a\nx = 1": (5, "has no tbl-cap"),
    "#| label: a\n#| fig-cap: Cap\nx = 1": (5, "fig-cap on a cell without a fig- label"),
    "#| label: fig-a\n#| fig-cap: [a, b]\n#| fig-alt: Alt\nx = 1": (5, "'fig-cap' is not a text"),
    "#| label: a\nx = 1\n#| echo: true": (8, "an option below the code"),
    "#| label: a\n\nx = = 1": (8, "not valid Python"),
    "#| label: a\n%matplotlib inline": (7, "not valid Python"),
    "#| label: a\nimport datetime\nx = datetime.date.today()": (8, "datetime.date.today() reads the clock"),
    "#| label: a\nx = pd.Timestamp.now()": (7, "reads the clock"),
    "#| label: a\n#| tags: [parameters]\nout = ''\nprint(out)": (9, "does more than assign"),
    "#| label: a\nfigure(p, caption='c', alt='a', label='fig-a')\nfigure(p, label='fig-a')": (
        8,
        "stands twice",
    ),
}
PROSE = {
    "{{< video x.mp4 >}}": (5, "a shortcode"),
    "a\n\n<div>x</div>": (7, "raw HTML <div>"),
    "a <span class='x'>b</span>": (5, "raw HTML <span"),
    "```{=html}\n<b>x</b>\n```": (5, "a raw block"),
    "```{mermaid}\ngraph\n```": (5, "an executable block"),
    "```{r}\n1\n```": (5, "an executable block"),
    "`x`{=html}": (5, "raw markup in a line"),
    "`{r} 1`": (5, "an inline expression in r"),
    "```\n`{python} 1`\n```": (6, "an inline expression inside a code block"),
    "# Top": (5, "a heading of level 1"),
    "## Top {.appendix}": (5, "a heading with 'appendix'"),
    "::: {.column-margin}\nx\n:::": (5, "a ::: with 'column-margin'"),
    '::: {.content-visible when-format="html"}\nx\n:::': (5, "a ::: with"),
    "::: {layout-ncol=2}\nx\n:::": (5, "a ::: with 'layout-ncol'"),
    "::: {#fig-a layout=1}\nx\n\ny\n:::": (5, "a ::: with 'layout'"),
    "::: {#fig-a}\n::: {#fig-b}\nx\n\ny\n:::\n\ny\n:::": (6, "a figure within a figure"),
    "::: {#lst-a}\nx\n:::": (5, "the identifier 'lst-a'"),
    "::: {.panel-tabset}\n::: {.panel-tabset}\n## A\n:::\n:::": (6, "tabs within tabs"),
    "::: {.callout-note}\nx": (5, "a ::: that is not closed"),
    ":::\nx": (5, "a closing ::: without"),
    "![x](https://example.org/x.png){fig-alt='x'}": (5, "an image from outside"),
    "![x](x.png)": (5, "an image without alternative text"),
    "![x](x.png){fig-alt='x' .lightbox}": (5, "an image with 'lightbox'"),
    "[x]{.smallcaps}": (5, "a span with a class"),
    "See @fig-none.": (5, "unresolved reference @fig-none"),
    "See [@tbl-none, page 2].": (5, "unresolved reference @tbl-none"),
    "## A {#sec-a}\n\nSee @sec-a.": (7, "without a number"),
    "As @smith2020 says.": (5, "the citation @smith2020"),
    "## A {#sec-a}\n\n## B {#sec-a}": (7, "'sec-a' stands twice"),
}
CASES = (
    list(FRONT.items())
    + [(f"{HEAD}---\n\n```{{python}}\n{code}\n```\n", found) for code, found in CELLS.items()]
    + [(f"{HEAD}---\n\n{text}\n", found) for text, found in PROSE.items()]
)


@pytest.mark.parametrize(("text", "found"), CASES, ids=[found[1] for _, found in CASES])
def test_what_leaves_the_common_subset_is_refused_with_its_line(text, found):
    line, what = found
    findings = lint_document(parse_document(text, "case.qmd"))
    assert (findings[0].line, what in findings[0].what) == (line, True), findings
    assert findings[0].remedy
    with pytest.raises(RenderError, match=f"case.qmd, row {line}: "):
        refuse(parse_document(text, "case.qmd"))


@pytest.mark.parametrize("name", ["elements", "small"])
def test_what_both_engines_know_passes(name):
    assert lint_qmd(REPORTS / f"{name}.qmd") == []


@pytest.mark.parametrize(
    "text",
    [
        "Mail a.b@example.org or \\@fig-none, `@fig-none`.",
        "1 < 2 and a<b, <https://example.org/> and `<b>`.",
        "```python\n<div>{{}}</div> @fig-none\n```",
        "```{.python}\nx\n```",
        "<!-- a note\n@fig-none <b>\n-->",
        "## A {#sec-a .unnumbered}\n\n## B {-}",
        "::: {#fig-a}\n![](x.png){fig-alt='x'}\n\nCaption\n:::\n\nSee @fig-a.",
        "::: callout-note\nx\n:::",
        '::: {.callout-tip title="Two words: three" collapse="true"}\nx\n:::',
        "| a |\n|---|\n| 1 |\n\n: Caption {#tbl-a}\n\nSee @tbl-a.",
        "$$\nx\n$$ {#eq-a}\n\nSee @eq-a.",
    ],
)
def test_what_only_looks_like_it_passes(text):
    assert lint_document(parse_document(f"{HEAD}---\n\n{text}\n", "case.qmd")) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "row 1: the front matter is missing"),
        ("no front matter\n", "row 1: the front matter is missing"),
        ("---\ntitle: T\n", "row 1: the front matter does not end"),
        ("---\ntitle: T\n  bad: [\n---\n", "the front matter is not valid YAML"),
        ("---\n- a\n---\n", "the front matter is not a list of 'key: value' lines"),
        (f"{HEAD}---\n```{{python}}\nx = 1\n", "row 4: the cell does not end"),
        (f"{HEAD}---\n```{{python}}\n#| label: [\nx\n```\n", "the cell's options is not valid YAML"),
    ],
)
def test_a_file_that_cannot_be_taken_apart_names_the_line(text, message):
    with pytest.raises(RenderError, match=r"case\.qmd") as caught:
        parse_document(text, "case.qmd")
    assert message in caught.value.message


@pytest.mark.parametrize("content", [b"---\ntitle: \xff\n---\n", None])
def test_a_file_that_cannot_be_read(tmp_path, content):
    if content is not None:
        (tmp_path / "case.qmd").write_bytes(content)
    with pytest.raises(RenderError, match="not UTF-8" if content else "no such report"):
        lint_qmd(tmp_path / "case.qmd")


def test_the_refusal_counts_the_others():
    text = f"{HEAD}---\n\nSee @fig-a.\n\nSee @fig-b.\n\n{{{{< x >}}}}\n"
    with pytest.raises(RenderError, match=r"row 5: unresolved reference @fig-a.*\(and 2 more, line 7, 9\)$"):
        refuse(parse_document(text, "case.qmd"))
