"""What runs inside the kernel: a clean start for each document, and the values of inline expressions."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from trends.reporting.escaping import escape_markdown

INLINE_MIME = "application/vnd.trends.inline+json"


def begin(folder: str, environment: Mapping[str, str]) -> None:
    """Forget the document before: its names, working folder, figures, plot settings and warning filters."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    os.chdir(folder)
    shell.reset(new_session=False)
    os.environ.update(environment)
    _reset_warnings()
    _reset_matplotlib()
    _reset_options()


def _reset_warnings() -> None:
    warnings.resetwarnings()
    warnings.simplefilter("default")
    for quiet in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", quiet)
    warnings.showwarning = _show_warning


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    print(f"{category.__name__}: {' '.join(str(message).split())}", file=file or sys.stderr)


def _reset_matplotlib() -> None:
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
    matplotlib: Any = sys.modules.get("matplotlib")
    if matplotlib is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            backend = matplotlib.rcParams["backend"]
            matplotlib.rc_file_defaults()
            matplotlib.rcParams["backend"] = backend
            matplotlib.interactive("inline" in str(backend))  # or the next document's plots are not shown


def _reset_options() -> None:
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pandas.reset_option("^(display|styler)")


def inline(expressions: Sequence[str]) -> None:
    """Evaluate inline expressions and publish their Markdown; on failure publish which one it was."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    shell: Any = get_ipython()
    publish: Any = display
    values: list[str] = []
    for expression in expressions:
        try:
            values.append(_markdown(eval(expression, shell.user_ns)))
        except BaseException:
            publish({INLINE_MIME: {"failed": len(values)}}, raw=True)
            raise
    publish({INLINE_MIME: {"values": values}}, raw=True)


def _markdown(value: Any) -> str:
    if isinstance(value, str):
        return escape_markdown(value)
    as_markdown = getattr(value, "_repr_markdown_", None)
    if as_markdown is not None:
        return str(as_markdown())
    if type(value).__module__ == "numpy" or (isinstance(value, float) and type(value) is not float):
        raise TypeError(
            f"an inline value is a bare numpy number; write it out, as in f'{{x:.1f}}' (it is {value})"
        )
    return escape_markdown(str(value))
