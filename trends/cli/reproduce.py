"""Commands on what was published: check that it still comes out, verify where it comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from trends.cli.app import app, progress
from trends.errors import InputError


@app.command()
def check(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[REPORT]...", help="Reports or notebooks (default: all).")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Make what comes out now what is expected; needs --reason.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why what is expected changes.")] = "",
    to_json: Annotated[
        Path | None, typer.Option("--json", help="A file for the whole account as JSON.")
    ] = None,
    to_junit: Annotated[
        Path | None, typer.Option("--junit", help="A file for the account as JUnit XML.")
    ] = None,
) -> None:
    """Say whether this checkout still makes the reports that were published, and if not, what changed.

    Exit code 0: all holds; 1: something changed; 2: something could not be compared.
    """
    if reason and not update:
        raise InputError("--reason goes with --update", remedy="give both, or neither")
    if update:
        if to_json or to_junit:
            raise InputError(
                "--update writes no account", remedy="leave out --json and --junit, check afterwards"
            )
        _update(names or [], reason)
        return
    from trends.reproduce import check as check_reports
    from trends.reproduce.outcome import as_json, as_junit, exit_code

    with progress() as step:
        outcomes = check_reports(names or [], on_step=step)
    if to_json:
        text = json.dumps(as_json(outcomes), indent=1, sort_keys=True, ensure_ascii=False)
        to_json.write_text(text + "\n", encoding="utf-8", newline="\n")
    if to_junit:
        to_junit.write_text(as_junit(outcomes), encoding="utf-8", newline="\n")
    for outcome in outcomes:
        typer.echo(str(outcome), err=bool(outcome.broken))
    raise typer.Exit(exit_code(outcomes))


def _update(names: list[str], reason: str) -> None:
    if not reason.strip():
        raise InputError("expected results are not changed without a reason", remedy='give --reason "…"')
    from trends.reproduce import update

    with progress() as step:
        written = update(names, reason=reason, on_step=step)
    for file in written:
        typer.echo(f"{file} written")
    if not written:
        typer.echo("everything is as expected; nothing was written")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="An HTML page, a PDF or a results.json of a report.")],
) -> None:
    """Say what a page was made from, and whether this checkout can make it again.

    Exit code 0: it can; 1: it cannot, and what differs; 2: the file carries no manifest that can be read.
    """
    from trends.reproduce import verify as verify_file

    found = verify_file(file)
    typer.echo(str(found))
    raise typer.Exit(found.code)
