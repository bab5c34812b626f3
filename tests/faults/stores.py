"""Real stores that fail when they are told to: out of reach, overtaken, full, or the death of their process."""  # noqa: E501

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Any

from permit_accounts.model.errors import Conflict, OutcomeUnknown, Unavailable
from permit_accounts.ports import Change, Store
from permit_accounts.stores.sqlite import SQLiteStore


class Mode(Enum):
    """How a store fails once its moment has come."""

    ONCE = auto()  # this one call, and then it is well again
    FROM_THEN_ON = auto()
    UNHEARD = auto()  # the commit is made, and its answer is lost
    UNHEARD_AND_GONE = auto()  # the same, and nothing is answered from then on
    LOST = auto()  # the commit is not made, and that is not heard either
    OVERTAKEN = auto()  # this one commit meets a conflict
    ALWAYS_OVERTAKEN = auto()


class Faulty:
    """A real store that fails at the n-th call, counted from one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.max_changes = store.max_changes
        self.heal()

    def fail(self, at: int, mode: Mode) -> None:
        """Be out of order at the call of this number, and then as the mode says."""
        self._left, self._mode, self.failed = at, mode, False

    def heal(self) -> None:
        """Be well."""
        self._left, self._mode, self.failed = 0, Mode.ONCE, False

    def select(self, *args: Any, **kwargs: Any) -> Sequence[Any]:
        """As the store itself, unless it fails."""
        gone = self.failed and self._mode is Mode.UNHEARD_AND_GONE
        if gone or (self._mode in (Mode.ONCE, Mode.FROM_THEN_ON) and self._falls()):
            raise Unavailable("switched off")
        return self._store.select(*args, **kwargs)

    def commit(self, *changes: Change) -> None:
        """As the store itself, unless it fails."""
        gone = self.failed and self._mode is Mode.UNHEARD_AND_GONE
        if not self._falls() and not gone:
            return self._store.commit(*changes)
        if self._mode in (Mode.OVERTAKEN, Mode.ALWAYS_OVERTAKEN):
            raise Conflict("somebody was faster")
        if gone or self._mode in (Mode.ONCE, Mode.FROM_THEN_ON):
            raise Unavailable("switched off")
        if self._mode is not Mode.LOST:
            self._store.commit(*changes)
        raise OutcomeUnknown("switched off while it committed")

    def _falls(self) -> bool:
        self._left -= 1
        falls = self._left == 0 or (
            self._left < 0 and self.failed and self._mode in (Mode.FROM_THEN_ON, Mode.ALWAYS_OVERTAKEN)
        )
        self.failed = self.failed or falls
        return falls


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
