"""Real stores that fail when they are told to: a full disk, or the death of their process."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

from permit_accounts.model.errors import Unavailable
from permit_accounts.ports import Change
from permit_accounts.stores.sqlite import SQLiteStore


class SmallDisk(SQLiteStore):
    """A file on a disk with room for so many more pages; None for as many as are wanted.

    Its pages are as small as SQLite makes them, so that nearly every commit needs another one.
    """

    def __init__(self, path: Path) -> None:
        made = sqlite3.connect(path)
        made.execute("PRAGMA page_size = 512")
        made.execute("VACUUM")
        made.close()
        path.chmod(0o600)
        self._room: int | None = None
        self.was_full = False
        super().__init__(path, create=True, synchronous="NORMAL")

    def leave_room(self, pages: int | None) -> None:
        """From now on there is room for so many pages more."""
        self.close()
        self._room, self.was_full = pages, False

    def commit(self, *changes: Change) -> None:
        """As any store, noting whether the disk was full."""
        try:
            super().commit(*changes)
        except Unavailable as error:
            self.was_full = self.was_full or "SQLITE_FULL" in str(error)
            raise

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        connection.execute("PRAGMA synchronous = OFF")  # power does not fail here
        if self._room is not None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + self._room}")
        return connection


class Watched(SQLiteStore):
    """A file whose every statement is heard right before it runs."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.hear: Callable[[str], object] = lambda statement: None
        super().__init__(path, create=create, synchronous="NORMAL")

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        connection.execute("PRAGMA synchronous = OFF")  # power does not fail here
        connection.set_trace_callback(lambda statement: self.hear(statement))
        return connection


class Executioner:
    """Kills this process right before the n-th statement, as `kill -9` does."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self, statement: str) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def in_a_child(act: Callable[[], object]) -> bool:
    """Do this in a forked child; whether it was killed rather than finished.

    Raises:
        AssertionError: It ended in any other way.
    """
    child = os.fork()
    if child == 0:
        code = 70
        try:
            act()
            code = 0
        finally:
            os._exit(code)  # nothing of the test's own may run in the child
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed or status == 0, f"the child ended with {status}"
    return killed
