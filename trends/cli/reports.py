"""Commands on reports."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from trends.cli.app import app, progress


class Format(enum.StrEnum):
    """What a report is rendered to."""

    html = "html"
    pdf = "pdf"
    docx = "docx"


class Engine(enum.StrEnum):
    """What renders a report; ``auto`` takes Quarto where it is installed."""

    auto = "auto"
    quarto = "quarto"
    embedded = "embedded"


@app.command()
def report(
    name: Annotated[str, typer.Argument(help="The report's name: a folder of reports/.")],
    format: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.html,
    engine: Annotated[Engine, typer.Option("--engine", help="What renders it.")] = Engine.auto,
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder to write (default: reports/_output/NAME).")
    ] = None,
    week: Annotated[
        str | None, typer.Option("--week", help="The first day of the week (the weekly report).")
    ] = None,
    week_start: Annotated[
        str | None,
        typer.Option(
            "--week-start", help="mon to sun; weeks start on the weekday of --week where not given."
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Nothing dated or recorded after this day gets in.")
    ] = None,
    group: Annotated[str | None, typer.Option("--group", help="Report on a group of provinces.")] = None,
    previous: Annotated[
        Path | None, typer.Option("--previous", help="results.json of an earlier report, to list revisions.")
    ] = None,
) -> None:
    """Render a report and the findings beside it (results.json), and print where they are."""
    from trends.reporting import render_report
    from trends.reporting.weekly import weekly_output

    given = {"week": week, "week_start": week_start, "as_of": as_of, "group": group}
    parameters = {key: value for key, value in given.items() if value is not None}
    if previous is not None:
        parameters["previous"] = str(previous.absolute())
    folder, metadata = weekly_output(name, parameters)
    with progress() as step:
        done = render_report(
            name,
            format=format.value,
            engine=engine.value,
            out=out if out is not None else folder,
            parameters=parameters,
            metadata=metadata,
            on_step=step,
        )
    typer.echo(str(done))
