"""The command line: parse, call one function of the library, print what it returns.

Exit codes: 0 done, 2 bad input (one line on standard error, no traceback unless ``--debug``), 130 Ctrl-C.
Modules that import pandas are imported inside the commands, so that ``trends --help`` answers at once.
"""

from __future__ import annotations

import contextlib
import enum
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
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


class Format(enum.StrEnum):
    """What a report is rendered to."""

    html = "html"
    pdf = "pdf"


class Engine(enum.StrEnum):
    """What renders a report; ``auto`` takes Quarto where it is installed."""

    auto = "auto"
    quarto = "quarto"
    embedded = "embedded"


def _day(text: str | None, option: str) -> date | None:
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


@app.command()
def build(
    raw: Annotated[list[Path], typer.Option("--raw", help="A raw file; several may follow.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write (whole or not at all).")],
    further: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE", help="Further raw files.", hidden=True)
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="The source's name (default: recognised from its columns).")
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", help="A TOML file that says how to read a table of any other layout."),
    ] = None,
    boundaries: Annotated[
        Path | None,
        typer.Option(
            "--boundaries", help="GeoJSON of the provinces (default: the simplified shapes shipped)."
        ),
    ] = None,
    country: Annotated[
        str | None,
        typer.Option("--country", help="The gazetteer's country (default: the one that the file names)."),
    ] = None,
    actor: Annotated[
        str | None, typer.Option("--actor", help="Count events with this actor as a side (default: all).")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="First day counted (default: the source's coverage).")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day counted.")] = None,
    spread: Annotated[
        bool, typer.Option("--spread", help="Keep events known only to a month or year, to be spread.")
    ] = False,
) -> None:
    """Turn raw files into daily counts and the complete province x week panel, and account for every row."""
    from trends.build import build as build_panel

    result = build_panel(
        raw=[*raw, *(further or ())],
        out=out,
        source=source,
        mapping=mapping,
        boundaries=boundaries,
        country=country,
        actor=actor,
        first=_day(first, "--from"),
        last=_day(last, "--to"),
        spread=spread,
    )
    typer.echo(str(result))


sources = typer.Typer(name="source", no_args_is_help=True, help="Tables of other layouts.")
app.add_typer(sources)


@sources.command("init")
def source_init(
    file: Annotated[Path, typer.Argument(help="A table: CSV, CSV in a zip, or xlsx.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The mapping file to write (default: FILE.toml).")
    ] = None,
) -> None:
    """Draft a mapping file from a table's header; every guess in it is marked as one."""
    from trends.sources.mapped.drafting import write_draft

    typer.echo(f"{write_draft(file, out)}: look at each guess, then `trends build --mapping` it")


@app.command()
def fetch(
    source: Annotated[str, typer.Argument(help="The source: ucdp-ged.")],
    version: Annotated[
        str, typer.Option("--version", help="Its version: 21.1, or 20.0.7 for a Candidate file.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder to write to (default: data/raw of the project).")
    ] = None,
    sha256: Annotated[
        str | None,
        typer.Option("--sha256", help="The hash the file has to have (default: what it had before)."),
    ] = None,
) -> None:
    """Download a source's file, going on where an earlier download stopped, and check its hash."""
    from trends.fetching import fetch as fetch_file

    with _progress() as step:
        done = fetch_file(source, version, folder=out, sha256=sha256, on_step=step)
    typer.echo(str(done))


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The earlier file of a source.")],
    new: Annotated[Path, typer.Argument(help="The later one.")],
    actor: Annotated[
        str | None, typer.Option("--actor", help="Compare events with this actor as a side.")
    ] = None,
    country: Annotated[str | None, typer.Option("--country", help="The gazetteer's country.")] = None,
    boundaries: Annotated[Path | None, typer.Option("--boundaries", help="GeoJSON of the provinces.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First day compared.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day compared.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for the tables.")] = None,
) -> None:
    """List new, changed and deleted events of two editions of a source, and what they do to the weekly counts."""
    from trends.vintages import diff_files

    found = diff_files(
        old,
        new,
        country=country,
        actor=actor,
        boundaries=boundaries,
        first=_day(first, "--from"),
        last=_day(last, "--to"),
    )
    if out is not None:
        found.write(out)
    typer.echo(str(found))


@app.command()
def report(
    name: Annotated[str, typer.Argument(help="The report's name: a folder of reports/.")],
    format: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.html,
    engine: Annotated[Engine, typer.Option("--engine", help="What renders it.")] = Engine.auto,
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder to write (default: reports/_output/NAME).")
    ] = None,
) -> None:
    """Render a report and the findings beside it (results.json), and print where they are."""
    from trends.reporting import render_report

    with _progress() as step:
        done = render_report(name, format=format.value, engine=engine.value, out=out, on_step=step)
    typer.echo(str(done))


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show a line that says what is being done, on a terminal only; quiet in a pipe."""
    if not sys.stderr.isatty():
        yield lambda what: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Starting") as status:
        yield status.update


def main() -> None:
    """Run the command line; the entry point of ``trends`` and ``python -m trends``."""
    app(prog_name="trends")
