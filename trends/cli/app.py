"""What all commands share: the application, its errors as one line, dates, progress.

Exit codes: 0 done, 2 bad input (one line on standard error, no traceback unless ``--debug``), 130 Ctrl-C.
"""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from trends import __version__
from trends.errors import InputError, TrendsError

USAGE_ERROR: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError")


class GuardedGroup(TyperGroup):
    """Turns the errors that a user can mend into one line and an exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what stands before the command; without anything, show the help."""
        if not args:
            return super().parse_args(ctx, args)
        with _one_line(debug=False):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; ``--debug`` shows the traceback above the line."""
        with _one_line(debug=bool(ctx.params.get("debug"))):
            return super().invoke(ctx)


@contextlib.contextmanager
def _one_line(debug: bool) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # whoever read the output has gone: typer ends quietly
    except (TrendsError, OSError, USAGE_ERROR, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exc()
        typer.echo(f"trends: {_said(error)}", err=True)
        raise typer.Exit(130 if isinstance(error, KeyboardInterrupt) else 2) from None


def _said(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; nothing was written"
    if isinstance(error, TrendsError):
        return error.message
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}; check that it exists and can be read and written"
    context: Any = getattr(error, "ctx", None)
    what = " ".join(str(getattr(error, "format_message")()).split()).removesuffix(".")  # noqa: B009
    what = what.replace(": Value error, ", ": ")
    return f"{what[:1].lower()}{what[1:]}; see {context.command_path if context else 'trends'} --help"


app = typer.Typer(
    name="trends",
    cls=GuardedGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def day(text: str | None, option: str) -> date | None:
    """Read a date that an option gives."""
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise InputError(f"{option} {text!r} is not a date", remedy="write it as 2020-03-17") from None


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"trends {__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Weekly counts of insurgent attacks by province, before/after comparisons, reproducible reports."""


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show a line that says what is being done, on a terminal only; quiet in a pipe."""
    if not sys.stderr.isatty():
        yield lambda what: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Starting") as status:
        yield status.update
