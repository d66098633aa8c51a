"""A kernel that several documents can use, one after the other."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import Empty
from types import TracebackType
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from trends.errors import RenderError
from trends.reporting.sealed import MATPLOTLIBRC, sealed_environment

_START = 60  # seconds that a kernel may take until it answers
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class CellError(Exception):
    """A cell raised an exception.

    Attributes
    ----------
    index : int
        Which of the cells that were handed over.
    name, value : str
        The exception's class and text.
    line : int or None
        The line of the cell's source that led to it, counted from 1.
    outputs : list
        What the cell had published before.
    traceback : str
        The whole traceback, for ``--debug``.
    """

    def __init__(self, index: int, error: CellExecutionError, outputs: Sequence[Any]) -> None:
        super().__init__(f"{error.ename}: {error.evalue}")
        self.index = index
        self.outputs = outputs
        self.name = str(error.ename)
        self.value = str(error.evalue)
        self.traceback = _ANSI.sub("", str(error.traceback))
        lines = re.findall(r"^Cell In\[\d+\], line (\d+)", self.traceback, re.MULTILINE)
        self.line = int(lines[0]) if lines else None
        self.add_note(self.traceback)


class Kernel:
    """A sealed Python kernel, started in the background and reusable.

    The kernel runs the interpreter of this process, whatever the machine's kernel specifications say; it
    reads no user's configuration and keeps no history. Use it as a context manager and hand it to
    `render_report` for each document: the second one finds the libraries loaded.

    Parameters
    ----------
    timeout
        Seconds that one cell may take.

    Examples
    --------
    >>> with Kernel() as kernel:  # doctest: +SKIP
    ...     for name in ("drawdown", "weekly"):
    ...         render_report(name, project=project, kernel=kernel)
    """

    def __init__(self, timeout: int = 600) -> None:
        self.timeout = timeout
        self._folder = Path(tempfile.mkdtemp(prefix="trends-"))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="trends-kernel", daemon=True)
        self._manager: AsyncKernelManager | None = None
        self._client: Any = None
        self._started: Future[None] | None = None
        self._starting: asyncio.Task[Any] | None = None
        self._launching: asyncio.Future[None] | None = None

    def __enter__(self) -> Kernel:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the kernel without waiting for it."""
        if self._started is None:
            self._thread.start()
            self._started = asyncio.run_coroutine_threadsafe(self._start(), self._loop)

    def run(
        self,
        sources: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        on_cell: Callable[[int], None] | None = None,
    ) -> list[Any]:
        """Run the cells of one document in a fresh namespace and return their outputs.

        Parameters
        ----------
        sources
            The code of each cell.
        folder
            The working folder.
        environment
            Variables that the document sees beside the sealed ones.
        on_cell
            Called with each cell's index before it runs.

        Returns
        -------
        list
            For each cell its list of nbformat outputs.

        Raises
        ------
        CellError
            A cell raised an exception.
        RenderError
            The kernel could not start or died.
        """
        self.start()
        assert self._started is not None
        begin = (
            f"from trends.reporting.kernel_side import begin; begin({str(folder)!r}, {dict(environment)!r})"
        )
        try:
            self._started.result()
            outputs: list[Any] = self._wait(self._run([begin, *sources], on_cell))
        except DeadKernelError as error:
            raise RenderError(
                "the Python kernel died while it ran a cell", remedy="check the memory it needs"
            ) from error
        return outputs

    def close(self) -> None:
        """Stop the kernel and remove its temporary folder."""
        if self._started is not None and self._thread.is_alive():
            try:
                self._wait(self._stop())
            finally:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join(timeout=5)
                if not self._thread.is_alive():
                    self._loop.close()
        elif self._started is None:
            self._loop.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    async def _start(self) -> None:
        self._starting = asyncio.current_task()
        self._launching = asyncio.ensure_future(self._launch())
        await asyncio.shield(self._launching)
        await self._answered()

    async def _answered(self) -> None:
        """Wait for an answer on both channels; the client's own waiting adds a fifth of a second of silence."""
        manager, end = self._manager, self._loop.time() + _START
        while self._loop.time() < end and manager is not None and await manager.is_alive():
            self._client.kernel_info()
            try:
                await self._client.get_shell_msg(timeout=1)
                await self._client.get_iopub_msg(timeout=0.2)
            except Empty:
                continue
            return
        remedy = "check that ipykernel is installed"
        raise RenderError("the Python kernel did not start", remedy=remedy)

    async def _launch(self) -> None:
        manager = AsyncKernelManager(kernel_name="trends")
        manager._kernel_spec = KernelSpec(
            argv=[sys.executable, "-m", "trends.reporting.kernel_app", "-f", "{connection_file}"],
            display_name="trends",
            language="python",
        )
        manager.connection_file = str(self._folder / "kernel.json")
        if sys.platform != "win32" and len(str(self._folder)) < 80:
            manager.transport = "ipc"
            manager.ip = str(self._folder / "k")
        (self._folder / "matplotlibrc").write_text(MATPLOTLIBRC, encoding="utf-8")
        environment = sealed_environment(os.environ, self._folder)
        await manager.start_kernel(env=environment, cwd=str(self._folder))
        self._manager = manager
        self._client = manager.client()
        self._client.start_channels(hb=False)

    async def _run(self, sources: Sequence[str], on_cell: Callable[[int], None] | None) -> list[Any]:
        v4: Any = nbformat.v4
        cells = [v4.new_code_cell(source) for source in sources]
        notebook = v4.new_notebook(cells=cells)
        runner = NotebookClient(notebook, km=self._manager, timeout=self.timeout, record_timing=False)
        runner.kc = self._client
        runner.reset_execution_trackers()
        for index, cell in enumerate(cells):
            if on_cell and index:
                on_cell(index - 1)
            try:
                await runner.async_execute_cell(cell, index, store_history=False)
            except CellExecutionError as error:
                if index == 0:
                    raise
                raise CellError(index - 1, error, cell.outputs) from None
        return [cell.outputs for cell in cells[1:]]

    async def _stop(self) -> None:
        """Stop the kernel at any moment; one that is being launched is waited for, or it would stay behind."""
        if self._starting is not None:
            self._starting.cancel()
        tasks = [task for task in (self._starting, self._launching) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._abandon()
        if self._manager is not None:
            self._client.stop_channels()
            await self._manager.shutdown_kernel(now=True)
            self._manager.cleanup_connection_file()

    async def _abandon(self) -> None:
        """End what an interrupted cell left waiting; the interruption itself has already been reported."""
        self._loop.set_exception_handler(lambda loop, context: None)
        waiting = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
