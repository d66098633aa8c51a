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
) -> None:
    """Render a report and the findings beside it (results.json), and print where they are."""
    from trends.reporting import render_report

    with progress() as step:
        done = render_report(name, format=format.value, engine=engine.value, out=out, on_step=step)
    typer.echo(str(done))
