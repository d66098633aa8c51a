"""Render what an archive lacks, two pages at a time, and write its index."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trends.archive.index import Entry, index_page, linked
from trends.archive.plan import REPORT, Plan, plan, study_of
from trends.archive.store import PAGE, Record, Store, page_sha256, write_record, write_whole
from trends.errors import RenderError, TrendsError
from trends.project import find_project
from trends.reporting.page import theme
from trends.reporting.render import engine_version
from trends.reporting.weekly import weekly_output

if TYPE_CHECKING:
    from trends.reporting.job import Engine
    from trends.reporting.kernel import Kernel

WORKERS = 2


@dataclass(frozen=True)
class Archived:
    """What a run did.

    Attributes
    ----------
    folder
        The archive; its index is ``index.html``.
    rendered, kept
        Weeks rendered now, and those that were there and whole.
    failed
        Week to the reason why it could not be rendered.
    """

    folder: Path
    rendered: tuple[date, ...]
    kept: tuple[date, ...]
    failed: tuple[tuple[date, str], ...]

    def __str__(self) -> str:
        """Where the index is and how many pages were rendered; then the broken ones, one a line."""
        lines = [f"{self.folder / 'index.html'} ({len(self.rendered)} pages rendered, {len(self.kept)} kept)"]
        lines += [f"broken: {week}: {reason}" for week, reason in self.failed]
        return "\n".join(lines)


def archive(
    first: date,
    last: date,
    *,
    week_start: str | None = None,
    as_of: str = "",
    group: str = "",
    engine: Engine = "auto",
    out: Path | None = None,
    project: Path | None = None,
    on_page: Callable[[int, int], None] = lambda done, of: None,
    workers: int = WORKERS,
) -> Archived:
    """Bring an archive of weekly reports up to date.

    All pages are made from the data as they stand now. So what a page lists as revised comes from the vintages
    of the source, never from the page of the week before, which counts the same data.

    Parameters
    ----------
    first, last
        The weeks from the one that begins on ``first`` to the last that ends by ``last``.
    week_start, as_of, group
        As of the weekly report; weeks start on the weekday of ``first`` where not given.
    engine
        What renders the pages.
    out
        The archive's folder; by default ``reports/_output/archive``.
    project
        The project's folder.
    on_page
        Told how many of how many pages are done.
    workers
        Pages rendered at a time.

    Returns
    -------
    Archived

    Raises
    ------
    TrendsError
        The weeks cannot be asked for, the folder is not an archive of such weeks or is being written by another
        run, or nothing can be written any more. What was rendered until then stays, whole.
    """
    from trends.reporting.quarto import choose

    home = (find_project() if project is None else project).absolute()
    chosen = choose(engine)
    given = {name: text for name, text in (("as_of", as_of), ("group", group)) if text}
    todo = plan(
        home,
        first,
        last,
        week_start=week_start,
        parameters=given,
        engine=chosen,
        version=engine_version(chosen),
    )
    store = Store((out or home / "reports" / "_output" / "archive").absolute())
    settings = {"report": REPORT, "week_start": todo.week_start, **given}
    with _written_into(store.folder), store.held(settings):
        run = _Run(home, store, todo, chosen, workers)
        try:
            return run.go(on_page)
        finally:
            run.write_index()


@contextlib.contextmanager
def _written_into(folder: Path) -> Iterator[None]:
    """Name the archive's folder where it cannot be written; the system's own words name no file on a full disk."""
    try:
        yield
    except OSError as error:
        raise _unwritable(folder, error) from error
    except TrendsError as error:
        if isinstance(error.__cause__, OSError) and error.file is None:
            raise _unwritable(folder, error.__cause__) from error.__cause__
        raise


def _unwritable(folder: Path, error: OSError) -> RenderError:
    said = f"the archive cannot be written ({error.strerror})"
    return RenderError(said, file=folder, remedy="make room, or choose another --out")


class _Run:
    """One run over an archive whose folder is held."""

    def __init__(self, project: Path, store: Store, todo: Plan, engine: str, workers: int) -> None:
        self.project, self.store, self.plan, self.engine, self.workers = project, store, todo, engine, workers
        self.local = threading.local()
        self.kernels: list[Kernel] = []
        self.stopped = threading.Event()

    def go(self, on_page: Callable[[int, int], None]) -> Archived:
        """Render what is not whole, the latest week first."""
        states = {week: self.store.state(week, self.plan.key(week)) for week in self.plan.weeks}
        kept = tuple(week for week, state in states.items() if state == "whole")
        wanted = [week for week in reversed(self.plan.weeks) if states[week] != "whole"]
        failed: list[tuple[date, str]] = []
        on_page(len(kept), len(states))
        if wanted:
            self._render_all(wanted, failed, lambda done: on_page(len(kept) + done, len(states)))
        lost = {week for week, _ in failed}
        rendered = tuple(sorted(week for week in wanted if week not in lost))
        return Archived(self.store.folder, rendered, kept, tuple(sorted(failed)))

    def _render_all(
        self, wanted: list[date], failed: list[tuple[date, str]], on_done: Callable[[int], None]
    ) -> None:
        pool = ThreadPoolExecutor(min(self.workers, len(wanted)))
        pending: set[Future[tuple[date, str]]] = {pool.submit(self._page, week) for week in wanted}
        try:
            while pending:
                done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
                failed += [one.result() for one in done if one.result()[1]]
                if done:
                    on_done(len(wanted) - len(pending))
        finally:
            self.stopped.set()
            for one in pending:
                one.cancel()
            for kernel in self.kernels:
                kernel.close()
            pool.shutdown(wait=True)

    def _page(self, week: date) -> tuple[date, str]:
        """Render one page; a report that fails is recorded, a folder that cannot be written ends the run."""
        if self.stopped.is_set():
            return week, ""
        try:
            self._render(week)
        except TrendsError as error:
            if isinstance(error.__cause__, OSError) or self.stopped.is_set():
                raise
            self._record_failure(week, error.message)
            return week, error.message
        return week, ""

    def _render(self, week: date) -> None:
        from trends.reporting.render import render_report

        given = self.plan.given(week)
        _, metadata = weekly_output(REPORT, given)
        with self.store.draft(week) as folder:
            render_report(
                REPORT,
                engine="embedded" if self.engine == "embedded" else "quarto",
                out=folder,
                parameters=given,
                metadata=metadata,
                project=self.project,
                kernel=self._kernel() if self.engine == "embedded" else None,
            )
            page = (folder / PAGE).read_text(encoding="utf-8")
            summary = summary_of(json.loads((folder / "results.json").read_text(encoding="utf-8")))
            write_record(Record(str(week), self.plan.key(week), page_sha256(page), summary), folder)

    def _kernel(self) -> Kernel:
        """Return this thread's kernel, which keeps the libraries loaded from page to page."""
        if not hasattr(self.local, "kernel"):
            from trends.reporting.kernel import Kernel

            self.local.kernel = Kernel()
            self.kernels.append(self.local.kernel)
        kernel: Kernel = self.local.kernel
        return kernel

    def _record_failure(self, week: date, reason: str) -> None:
        with self.store.draft(week) as folder:
            write_record(Record(str(week), self.plan.key(week), error=reason), folder)

    def write_index(self) -> None:
        """Write the index and the links between the pages that are there."""
        there = self.store.weeks()
        weeks = sorted({*there, *self.plan.weeks})
        entries = [self._entry(week) for week in weeks]
        shown = [one for one in entries if one.summary]
        for before, one, after in zip([None, *shown], shown, [*shown[1:], None], strict=False):
            self._link(before, one, after)
        title = f"Archive: {study_of(self.project).get('title', 'weekly reports')}"
        text = index_page(title, entries, theme())
        file = self.store.folder / "index.html"
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            write_whole(file, text)

    def _entry(self, week: date) -> Entry:
        return Entry(week, self.store.state(week, self.plan.key(week)), self.store.record(week))

    def _link(self, before: Entry | None, one: Entry, after: Entry | None) -> None:
        file = self.store.page(one.week)
        page = file.read_text(encoding="utf-8")
        weeks = (near.week if near is not None else None for near in (before, after))
        made = linked(page, *weeks, alike=_alike(before, one))
        if made != page:
            write_whole(file, made)


def _alike(before: Entry | None, one: Entry) -> bool:
    """Tell whether a page and that of the very week before are both made from what there is now."""
    next_to = before is not None and before.week + timedelta(days=7) == one.week
    return next_to and before is not None and before.state == one.state == "whole"


def summary_of(results: dict[str, Any]) -> dict[str, Any]:
    """Take from a report's results what the index shows."""
    provinces = [row["name"] for row in results["provinces"] if row["attacks"]]
    alerts = [row["name"] for row in results["unusual"]["table"] if row["alert"]]
    numbers = results["numbers"]
    return {
        "attacks": numbers["attacks"],
        "deaths": numbers["deaths"]["deaths_best"],
        "provinces": provinces,
        "alerts": alerts,
    }
