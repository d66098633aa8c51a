"""The command that keeps an archive of weekly reports."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from trends.cli.app import app, day


@app.command()
def archive(
    first: Annotated[str, typer.Option("--from", help="The first day of the first week.")],
    last: Annotated[str, typer.Option("--to", help="The last day; a week that ends later is left out.")],
    week_start: Annotated[
        str | None,
        typer.Option(
            "--week-start", help="mon to sun; weeks start on the weekday of --from where not given."
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Nothing dated or recorded after this day gets in.")
    ] = None,
    group: Annotated[str | None, typer.Option("--group", help="Report on a group of provinces.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The archive's folder (default: reports/_output/archive).")
    ] = None,
) -> None:
    """Render one weekly report a week with an index; only what changed is rendered again."""
    from trends.archive import archive as keep

    begins, ends = day(first, "--from"), day(last, "--to")
    assert begins is not None
    assert ends is not None
    try:
        with _bar() as on_page:
            done = keep(
                begins,
                ends,
                week_start=week_start,
                as_of=as_of or "",
                group=group or "",
                out=out,
                on_page=on_page,
            )
    except KeyboardInterrupt:
        typer.echo("trends: interrupted; finished pages stay, the same command goes on from there", err=True)
        raise typer.Exit(130) from None
    typer.echo(str(done))
    if done.failed:
        raise typer.Exit(2)


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Show a bar of the pages done, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Weekly reports"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("pages", total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)
