"""One update of a report at a time, and no check while it is updated.

The lock is the operating system's, on the folder itself: it needs no file, works in a checkout that cannot be
written, and is gone with the process that held it, however that ended.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from trends.errors import InputError


@contextlib.contextmanager
def locked(folder: Path, *, alone: bool) -> Iterator[None]:
    """Hold a folder: together with other readers, or alone.

    Raises
    ------
    InputError
        Another process updates it, or, to hold it alone, reads it.
    """
    try:
        import fcntl
    except ImportError:  # where there is none, nothing is locked
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            what = (
                "is being checked or updated by another trends check"
                if alone
                else "is being updated by another"
            )
            raise InputError(what, file=folder, remedy="wait until it has ended") from error
        except OSError:
            pass  # a file system that knows no locks
        yield
    finally:
        os.close(handle)
