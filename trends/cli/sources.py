"""Commands on raw files: build, fetch, diff, and drafting a mapping file."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from trends.cli.app import app, day, progress


class Attacks(enum.StrEnum):
    """Which events are an attack; the keys of ``trends.attack_types.ATTACK_DEFINITIONS``."""

    all = "all"
    with_victims = "with-victims"
    one_sided = "one-sided"


class How(enum.StrEnum):
    """How several sources become one; see ``trends.combine``."""

    union = "union"
    overlap = "overlap"
    left = "left"


RawFiles = Annotated[list[Path], typer.Option("--raw", help="A raw file; several may follow.")]
FurtherFiles = Annotated[
    list[Path] | None, typer.Argument(metavar="FILE", help="Further raw files.", hidden=True)
]
PanelFolder = Annotated[Path, typer.Option("--out", help="The folder to write (whole or not at all).")]
SourceName = Annotated[
    str | None, typer.Option("--source", help="The source's name (default: recognised from its columns).")
]
MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", help="A TOML file that says how to read a table of any other layout."),
]
AttackDefinition = Annotated[
    Attacks, typer.Option("--attacks", help="Which events are an attack, where the source can tell.")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Count only what the sources had told by this day.")
]
Released = Annotated[
    list[str] | None,
    typer.Option(
        "--released",
        metavar="[FILE=]DATE",
        help="The day on which a file came out, for --as-of; several may follow.",
    ),
]
Combine = Annotated[
    How | None,
    typer.Option("--combine", help="Files of several sources: count each event once, or those all have."),
]
Spread = Annotated[
    bool, typer.Option("--spread", help="Keep events known only to a month or year, to be spread.")
]
BoundariesFile = Annotated[
    Path | None,
    typer.Option("--boundaries", help="GeoJSON of the provinces (default: the simplified shapes shipped)."),
]
CountryKey = Annotated[
    str | None,
    typer.Option("--country", help="The gazetteer's country (default: the one that the file names)."),
]
ActorName = Annotated[
    str | None, typer.Option("--actor", help="Only events with this actor as a side (default: all).")
]
FirstDay = Annotated[str | None, typer.Option("--from", help="First day (default: the source's coverage).")]
LastDay = Annotated[str | None, typer.Option("--to", help="Last day.")]
DaysApart = Annotated[int, typer.Option("--days", help="How many days two records of an event may be apart.")]
KilometresApart = Annotated[
    float, typer.Option("--kilometres", help="How many kilometres two records of an event may be apart.")
]
TablesFolder = Annotated[Path | None, typer.Option("--out", help="A folder for the tables.")]


@app.command()
def build(
    raw: RawFiles,
    out: PanelFolder,
    further: FurtherFiles = None,
    source: SourceName = None,
    mapping: MappingFile = None,
    boundaries: BoundariesFile = None,
    country: CountryKey = None,
    actor: ActorName = None,
    attacks: AttackDefinition = Attacks.all,
    first: FirstDay = None,
    last: LastDay = None,
    as_of: AsOf = None,
    released: Released = None,
    combine: Combine = None,
    days: DaysApart = 3,
    kilometres: KilometresApart = 10.0,
    spread: Spread = False,
) -> None:
    """Turn raw files into daily counts and the complete province x week panel, and account for every row."""
    from trends.building import build as build_panel

    files = [*raw, *(further or ())]
    result = build_panel(
        raw=files,
        out=out,
        source=source,
        mapping=mapping,
        boundaries=boundaries,
        country=country,
        actor=actor,
        attacks=attacks.value,
        first=day(first, "--from"),
        last=day(last, "--to"),
        as_of=day(as_of, "--as-of"),
        released=_releases(released or (), files),
        spread=spread,
        combine=combine.value if combine else None,
        days=days,
        kilometres=kilometres,
    )
    typer.echo(str(result))


def _releases(stated: Sequence[str], files: Sequence[Path]) -> dict[str, date]:
    """Read the days on which files came out; of a single file its name may be left out."""
    from trends.errors import InputError

    days = {}
    for text in stated:
        name, _, written = text.rpartition("=")
        if not name and len(files) > 1:
            raise InputError(
                f"--released {text!r} does not say which file", remedy=f"write {files[0].name}=2020-03-17"
            )
        read = day(written, "--released")
        assert read is not None
        days[Path(name).name or files[0].name] = read
    return days


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

    with progress() as step:
        done = fetch_file(source, version, folder=out, sha256=sha256, on_step=step)
    typer.echo(str(done))


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The earlier file of a source.")],
    new: Annotated[Path, typer.Argument(help="The later one.")],
    actor: ActorName = None,
    country: CountryKey = None,
    boundaries: BoundariesFile = None,
    first: FirstDay = None,
    last: LastDay = None,
    out: TablesFolder = None,
) -> None:
    """List new, changed and deleted events of two editions of a source, and what they do to the weekly counts."""
    from trends.vintages import diff_files

    found = diff_files(
        old,
        new,
        country=country,
        actor=actor,
        boundaries=boundaries,
        first=day(first, "--from"),
        last=day(last, "--to"),
    )
    if out is not None:
        found.write(out)
    typer.echo(str(found))


@app.command()
def link(
    left: Annotated[Path, typer.Argument(help="A file of one source.")],
    right: Annotated[Path, typer.Argument(help="A file of another.")],
    days: DaysApart = 3,
    kilometres: KilometresApart = 10.0,
    threshold: Annotated[float, typer.Option("--threshold", help="Least score of a match.")] = 0.6,
    audit: Annotated[int, typer.Option("--audit", help="Pairs to draw for a person to check.")] = 0,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of the draw.")] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="How the file that is of no known source is read.")
    ] = None,
    windows: Annotated[
        bool, typer.Option("--windows", help="Count the matches under other windows too.")
    ] = False,
    actor: ActorName = None,
    country: CountryKey = None,
    boundaries: BoundariesFile = None,
    first: FirstDay = None,
    last: LastDay = None,
    out: TablesFolder = None,
) -> None:
    """Find the events that files of two sources both have: matches with scores, runners-up, overlap, audit sample."""
    from trends.errors import InputError
    from trends.linkage import link_files

    if audit and out is None:
        raise InputError("an audit sample needs a folder", remedy="give --out")
    found = link_files(
        left,
        right,
        mapping=mapping,
        country=country,
        actor=actor,
        boundaries=boundaries,
        first=day(first, "--from"),
        last=day(last, "--to"),
        days=days,
        kilometres=kilometres,
        threshold=threshold,
        audit=audit,
        seed=seed,
        windows=windows,
    )
    if out is not None:
        found.write(out)
    typer.echo(str(found))
