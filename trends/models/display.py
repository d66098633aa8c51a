"""Results as text for a terminal and as HTML for a notebook."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from trends.models.result import InterruptedResult

SHOWN = {
    "term": "term",
    "interruption": "interruption",
    "rate_ratio": "ratio",
    "low": "low",
    "high": "high",
    "p_value": "p",
}


def p_text(value: float) -> str:
    """Write a p-value with two digits, never as 0."""
    if math.isnan(value):
        return "-"
    return "<0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def ratio_text(value: float) -> str:
    """Write a ratio with three significant digits (four near 1)."""
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "inf"
    return f"{value:.3f}" if 0.9 < value < 1.1 else f"{value:.2f}" if 0.1 <= value < 100 else f"{value:.3g}"


def effects_text(effects: pd.DataFrame) -> pd.DataFrame:
    """Write every cell of the effects table as text."""
    shown = effects[list(SHOWN)].copy()
    for column in ("rate_ratio", "low", "high"):
        shown[column] = shown[column].map(ratio_text)
    shown["p_value"] = shown["p_value"].map(p_text)
    return shown.rename(columns=SHOWN)


def frame_html(frame: pd.DataFrame, notes: tuple[str, ...] = ()) -> str:
    """Write a small table, every cell escaped, with notes below it."""
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in frame.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_cell(value))}</td>" for value in row) + "</tr>"
        for row in frame.itertuples(index=False)
    )
    below = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f"{table}<ul>{below}</ul>" if below else table


_LATEX = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def latex_text(text: str) -> str:
    """Escape what LaTeX would read as a command."""
    return "".join(_LATEX.get(sign, sign) for sign in " ".join(text.split()))


def frame_latex(frame: pd.DataFrame, above: tuple[str, ...] = (), notes: tuple[str, ...] = ()) -> str:
    """Write paragraphs, a small table (booktabs) and notes for LaTeX, every cell escaped."""
    rows: list[list[object]] = [list(frame.columns), *frame.to_numpy(dtype=object).tolist()]
    head, *body = [" & ".join(latex_text(_cell(value)) for value in row) + r" \\" for row in rows]
    lines = [rf"\begin{{tabular}}{{{'l' * len(frame.columns)}}}", r"\toprule", head, r"\midrule", *body]
    table = "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) if len(frame.columns) else ""
    return "\n\n".join([*map(latex_text, above), table, *map(latex_text, notes)])


def result_lines(result: InterruptedResult) -> tuple[str, str, tuple[str, ...]]:
    """Title, what was done, and notes of a result."""
    checks = result.diagnostics()
    kept = f"{checks.weeks_before} {result.step}s with {checks.events_before:,} events before"
    left = f", {checks.weeks_phase_in} left out as phase-in" if checks.weeks_phase_in else ""
    lacking = "a count or a covariate" if result.analysis.setting.unknown else "a count"
    missing = f", {checks.weeks_missing} without {lacking}" if checks.weeks_missing else ""
    done = f"{kept}, {checks.weeks_after} with {checks.events_after:,} after{left}{missing}"
    done += f"; compared with {result.control}" if result.control else ""
    return f"{result.name}: {result.method}", done, (result.reason, *checks.notes)


def summary_text(result: InterruptedResult) -> str:
    """Write a result for the terminal."""
    title, done, notes = result_lines(result)
    interval = result.effects["interval"].iloc[0]
    excess = result.excess()
    lines = [title, done, "", effects_text(result.effects).to_string(index=False), ""]
    lines.append(
        f"excess events {excess.events:,.0f} ({excess.low:,.0f} to {excess.high:,.0f}); "
        f"intervals {100 * result.level:g} %, {interval}"
    )
    return "\n".join([*lines, "", result.sentence(), *(f"- {note}" for note in notes)])


def result_html(result: InterruptedResult) -> str:
    """Write a result for a notebook."""
    title, done, notes = result_lines(result)
    heading = f"<p><strong>{html.escape(title)}</strong><br>{html.escape(done)}</p>"
    table = frame_html(effects_text(result.effects), notes)
    return f"<div>{heading}{table}<p>{html.escape(result.sentence())}</p></div>"


def result_latex(result: InterruptedResult) -> str:
    """Write a result for LaTeX."""
    title, done, notes = result_lines(result)
    return frame_latex(effects_text(result.effects), (title, done), (result.sentence(), *notes))


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
