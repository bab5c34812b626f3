"""Connections to one SQLite file, lent to one thread at a time and never used on both sides of a fork.

A thread that asks takes an idle connection, or a new one if all are lent, and gives it back; so there are as
many as threads were busy at once, and a server with a thread per request opens none for each.

SQLite keeps in the memory of a process which locks it holds on a file. A fork copies that memory but not the
locks: a child, even with connections of its own, would believe in locks that nobody holds, and another
process could take the write-ahead log away under it. Therefore every connection is closed before a fork, as
soon as it is idle, and both sides open new ones. One that is still lent after a while, or that went through a
fork of which Python was not told, is abandoned by the child, unused and unclosed.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock
from typing import Final

_PATIENCE: Final = 500  # times 10 ms: how long a fork waits for the connections that are lent
_TICK: Final = Event()  # never set: waiting for it passes the time


class Connections:
    """The idle connections of one store in one process.

    Args:
        connect: Makes a new one, set up for use by any thread.

    Attributes:
        writing: Held by the thread that commits. SQLite lets those who wait for its lock sleep and ask
            again; among the threads of one process a queue is faster and fairer.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect: Final = connect
        self._begin()
        _pools.add(self)

    def take(self) -> sqlite3.Connection:
        """A connection that is nobody else's until it is given back or dropped."""
        if self._pid != os.getpid():
            self.abandon()
        try:
            return self._idle.pop()
        except IndexError:
            with self._opening:
                connection = self._connect()
                self._open.add(connection)
            return connection

    def give(self, connection: sqlite3.Connection) -> None:
        """Give one back, with no transaction open."""
        if self._draining:
            self.drop(connection)
        else:
            self._idle.append(connection)

    def drop(self, connection: sqlite3.Connection) -> None:
        """Close one, and forget it."""
        connection.close()
        self._open.discard(connection)

    def close_idle(self) -> None:
        """Close those that are not lent."""
        with suppress(IndexError):  # a thread may take the last one in between
            while True:
                self.drop(self._idle.pop())

    def abandon(self) -> None:
        """Begin anew in a forked child; what the parent had open is neither used nor closed."""
        _abandoned.extend(self._open)
        self._finalizer.detach()
        self._begin()

    def drain(self) -> None:
        """Close all, waiting a while for those that are lent, and let none be opened until `refill`."""
        self._opening.acquire()
        self._draining = True
        for _ in range(_PATIENCE):
            self.close_idle()
            if not self._open:
                return
            _TICK.wait(0.01)

    def refill(self) -> None:
        """Let connections be opened and kept again."""
        self._draining = False
        self._opening.release()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._draining = False
        self._opening: Lock = Lock()
        self.writing = Lock()
        self._idle: list[sqlite3.Connection] = []
        self._open: set[sqlite3.Connection] = set()
        self._finalizer = weakref.finalize(self, _close_all, self._idle, self._pid)


_pools: Final[weakref.WeakSet[Connections]] = weakref.WeakSet()
_abandoned: Final[list[sqlite3.Connection]] = []
_forking: Final = Lock()
_drained: Final[list[Connections]] = []


def _close_all(connections: list[sqlite3.Connection], pid: int) -> None:
    while connections and pid == os.getpid():
        connections.pop().close()


def _before_fork() -> None:
    _forking.acquire()
    for pool in list(_pools):
        _drained.append(pool)
        pool.drain()


def _after_fork_in_parent() -> None:
    while _drained:
        _drained.pop().refill()
    _forking.release()


def _after_fork_in_child() -> None:
    while _drained:
        _drained.pop().abandon()
    _forking.release()


if hasattr(os, "register_at_fork"):  # pragma: no branch - where processes can fork
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
    )
