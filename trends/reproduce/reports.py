"""Which reports there are, and which renderings of each are watched."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from trends.errors import InputError

CHECKS = "check.toml"
EXPECTED = "expected.json"
REVISIONS = "revisions.md"
PLAIN = "as it stands"


@dataclass(frozen=True)
class Rendering:
    """One way of rendering a report that is watched.

    Attributes
    ----------
    name
        What it is called in the account.
    parameters
        Values for names that the report's cell tagged ``parameters`` assigns.
    """

    name: str = PLAIN
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """A folder of ``reports/`` and what of it is watched.

    Attributes
    ----------
    project, name
        The project's folder, and the report's name.
    renderings
        Those that its ``check.toml`` lists, or the one without parameters.
    """

    project: Path
    name: str
    renderings: tuple[Rendering, ...] = (Rendering(),)

    @property
    def folder(self) -> Path:
        """The report's folder."""
        return self.project / "reports" / self.name

    @property
    def qmd(self) -> Path:
        """The report's source."""
        return self.folder / f"{self.name}.qmd"

    @property
    def expected(self) -> Path:
        """Where the expected results are."""
        return self.folder / EXPECTED

    @property
    def revisions(self) -> Path:
        """Where each change of what is expected is recorded, with its reason."""
        return self.folder / REVISIONS


def find_reports(project: Path, names: Sequence[str] = ()) -> tuple[Report, ...]:
    """Find the reports of a project: the folders of ``reports/`` that hold a .qmd file of their own name.

    Raises
    ------
    InputError
        There is no report of one of the names, or its ``check.toml`` is not as it has to be.
    """
    have = sorted(
        file.stem for file in (project / "reports").glob("*/*.qmd") if file.stem == file.parent.name
    )
    for name in names:
        if name not in have:
            raise InputError(
                f"there is no report {name!r}", remedy=f"the project has: {', '.join(have) or 'none'}"
            )
    return tuple(Report(project, name, _renderings(project, name)) for name in (names or have))


def _renderings(project: Path, name: str) -> tuple[Rendering, ...]:
    file = project / "reports" / name / CHECKS
    if not file.is_file():
        return (Rendering(),)
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"is not TOML ({error})", file=file) from error
    listed = said.get("rendering")
    if set(said) != {"rendering"} or not isinstance(listed, list) or not listed:
        raise InputError(
            "holds something else than [[rendering]] tables", file=file, remedy="see docs/reproduce.md"
        )
    found = tuple(_rendering(one, file) for one in listed)
    if len({one.name for one in found}) < len(found):
        raise InputError("two renderings have the same name", file=file, remedy="name each one differently")
    return found


def _rendering(said: Any, file: Path) -> Rendering:
    parameters = said.get("parameters", {}) if isinstance(said, dict) else None
    if not isinstance(parameters, dict) or set(said) - {"name", "parameters"}:
        raise InputError(
            "a rendering has a key that is none", file=file, remedy="it takes name and parameters"
        )
    name = str(said.get("name") or ", ".join(f"{key}={value}" for key, value in parameters.items()) or PLAIN)
    plain = {
        key: value.isoformat() if isinstance(value, date) else value for key, value in parameters.items()
    }
    return Rendering(name, plain)
