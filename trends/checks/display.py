"""What every check offers: a table, a sentence, a summary, a picture, HTML; numbers, no verdicts."""

from __future__ import annotations

import html
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from trends.models.display import frame_html, frame_latex


@dataclass(frozen=True, eq=False)
class CheckResult(ABC):
    """Result of a check.

    Attributes
    ----------
    title
        The check and the series.
    table
        Its numbers, one row a thing tried.
    notes
        What must be said beside them.
    """

    title: str
    table: pd.DataFrame
    notes: tuple[str, ...]

    rows_shown: ClassVar[int] = 14

    @abstractmethod
    def sentence(self) -> str:
        """Say what was found, by rules that report numbers and judge nothing."""

    @abstractmethod
    def plot(self) -> Any:
        """Draw it, as a plotnine object."""

    def summary(self) -> str:
        """Write title, sentence, table and notes for a terminal."""
        shown, rest = self._shown()
        more = [f"... and {rest} rows more"] if rest else []
        body = shown.map(_text).to_string(index=False) if len(shown) else ""
        lines = [self.title, "", self.sentence(), "", body, *more, *(f"- {note}" for note in self.notes)]
        return "\n".join(lines)

    def brief(self) -> pd.DataFrame:
        """Return the table that :meth:`summary` shows; the whole one unless a check has a shorter one."""
        return self.table

    def _shown(self) -> tuple[pd.DataFrame, int]:
        brief = self.brief()
        return brief.head(self.rows_shown), max(0, len(brief) - self.rows_shown)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.title}>"

    def _repr_latex_(self) -> str:
        shown, rest = self._shown()
        notes = (f"{rest} rows more in .table", *self.notes) if rest else self.notes
        return frame_latex(shown.map(_text), (self.title, self.sentence()), notes)

    def _repr_html_(self) -> str:
        shown, rest = self._shown()
        notes = (f"{rest} rows more in .table", *self.notes) if rest else self.notes
        heading = f"<p><strong>{html.escape(self.title)}</strong></p><p>{html.escape(self.sentence())}</p>"
        return f"<div>{heading}{frame_html(shown.map(_text), notes)}</div>"


@dataclass(frozen=True, eq=False)
class NotMade(CheckResult):
    """A check that the data do not allow, with the reason and what to use instead."""

    def sentence(self) -> str:
        """Say why there is no such check."""
        return f"Not made: {self.notes[0]}."

    def plot(self) -> Any:
        """Draw the reason, so that a report keeps the figure's place."""
        from plotnine import annotate, ggplot, labs, theme_void

        return (
            ggplot()
            + annotate("text", x=0, y=0, label=self.sentence())
            + labs(title=self.title)
            + theme_void()
        )


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.3g}"
    return "-" if value is None or value is pd.NaT else str(value)
