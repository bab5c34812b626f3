"""Which of Django's connections the store uses, and when one that it opened is closed.

Usually it is the project's own, in autocommit mode: one connection for a request, as for any view. While
the project has a transaction open on it (`ATOMIC_REQUESTS`, `atomic()`, or no autocommit), the store uses a
second connection to the same database. What it writes there stays, whatever
becomes of the project's transaction: a failed sign-in is counted also where the request that made it is
rolled back.

The transaction in which Django's `TestCase` wraps a test is no such transaction: there the project's own
connection is used, in a savepoint, and everything is rolled back at the end of the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import local
from typing import Any, Final

from django.core.signals import request_finished, request_started
from django.db import Error, connections
from django.dispatch import receiver
from django.utils.connection import ConnectionDoesNotExist

from permit_accounts.model.errors import ConfigurationError

#: By vendor, what tells how far a transaction is isolated.
_ISOLATION: Final = {"postgresql": "SHOW transaction_isolation", "mysql": "SELECT @@tx_isolation"}
#: Of this thread: whether a request, and how many other pieces of work, are under way; what the store opened.
_thread: Final = local()


class Connections:
    """The two connections of one store in each thread.

    Args:
        using: The alias of the project's database.
    """

    def __init__(self, using: str) -> None:
        self.using: Final = using
        self.beside: Final = f"{using} beside a transaction"

    @contextmanager
    def lent(self) -> Iterator[Any]:
        """The connection for one question or one commit.

        One that the store itself opened outside of requests is closed by the age that the project allows
        (`CONN_MAX_AGE`), or when its thread ends, for nobody else would do it there.
        """
        connection = self._chosen()
        found = connection.connection
        try:
            yield connection
        finally:
            if connection.connection is not found:
                _opened().note(connection)
            if not _working():
                _opened().close_old()

    def _chosen(self) -> Any:
        project = connections[self.using]
        if not has_transaction(project) or is_in_a_test(project):
            return project
        if project.vendor == "sqlite" and project.settings_dict["NAME"] in ("", ":memory:"):
            raise ConfigurationError(
                "a SQLite database in memory has one connection, and its transaction is open: "
                "call accounts outside atomic(), or keep them in a file"
            )
        try:
            return connections[self.beside]
        except ConnectionDoesNotExist:
            return _second(self.beside, project)


def aliases() -> list[str]:
    """The databases that the project itself names."""
    return list(connections.settings)


@contextmanager
def piece_of_work() -> Iterator[None]:
    """Keep the connections of this thread open for one piece of work outside of requests.

    Without it a connection of age 0 is opened for each question anew: right for a thread that asks now and
    then, and slow for one that imports a roster.
    """
    _thread.pieces = getattr(_thread, "pieces", 0) + 1
    try:
        yield
    finally:
        _thread.pieces -= 1
        if not _working():
            _opened().close_old()


def has_transaction(connection: Any) -> bool:
    """Whether a transaction is open, or would be, that the store did not begin."""
    if connection.connection is None:
        return not connection.settings_dict["AUTOCOMMIT"]
    return not connection.get_autocommit()


def is_in_a_test(connection: Any) -> bool:
    """Whether that transaction is the one that Django's `TestCase` rolls back when a test is over."""
    return any(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def check_isolation(using: str) -> None:
    """Whether the project's transaction shows what is true now; in a SQLite file it always does, or fails.

    Raises:
        ConfigurationError: It shows what was true when it began; the message says what to do.
        Error: The database could not be asked.
    """
    connection = connections[using]
    question = _ISOLATION.get(connection.vendor)
    if question is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(question)
        isolation = str(cursor.fetchone()[0]).replace("-", " ").upper()
    if isolation != "READ COMMITTED":
        raise ConfigurationError(
            f"a joined store takes part in a transaction that is READ COMMITTED, and this one is "
            f"{isolation}: mend isolation_level in the OPTIONS of DATABASES[{using!r}]"
        )


def is_lost(connection: Any, used: Any) -> bool:
    """Whether the driver's connection that was used is gone; the next question then opens another.

    Where Django has noticed it itself, it may have opened another already.
    """
    if used is not None and connection.connection is not used:
        return True
    with suppress(Error):
        if used is not None and connection.is_usable():
            connection.errors_occurred = False
            return False
    with suppress(Error):
        connection.close()
    return True


def _second(alias: str, project: Any) -> Any:
    """Another connection of this thread to the same database.

    Django does not know the alias, only the connection: its tests, migrations and checks go by the aliases of
    `DATABASES`, and would take a new one for a database of its own.
    """
    # READ COMMITTED, which is every backend's default, whatever the project chose for itself.
    options = {
        name: value for name, value in project.settings_dict["OPTIONS"].items() if name != "isolation_level"
    }
    settings = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "OPTIONS": options}
    made = type(project)(project.settings_dict | settings, alias)
    connections[alias] = made
    return made


class _Opened:
    """What the store has opened in one thread, never what it found: somebody may be reading from that.

    It lives as long as its thread, and closes then what is still open.
    """

    def __init__(self) -> None:
        self._kept: Final[dict[str, tuple[Any, Any]]] = {}

    def note(self, connection: Any) -> None:
        """The store has opened this one."""
        self._kept[connection.alias] = connection, connection.connection

    def close_old(self) -> None:
        """Close what is older than the project allows, or broken.

        Inside a transaction there is nothing to close, and Django would take it for one that was lost.
        """
        for connection in self._still_open():
            if not has_transaction(connection):
                with suppress(Error):
                    connection.close_if_unusable_or_obsolete()

    def __del__(self) -> None:
        for connection in self._still_open():
            with suppress(Exception):
                connection.close()

    def _still_open(self) -> list[Any]:
        return [
            connection
            for connection, opened in self._kept.values()
            if opened is not None and connection.connection is opened
        ]


def _opened() -> _Opened:
    if not hasattr(_thread, "opened"):
        _thread.opened = _Opened()
    opened: _Opened = _thread.opened
    return opened


def _working() -> bool:
    return getattr(_thread, "in_a_request", False) or getattr(_thread, "pieces", 0) > 0


@receiver(request_started)
def _request_started(**_: Any) -> None:
    _thread.in_a_request = True


@receiver(request_finished)
def _request_finished(**_: Any) -> None:
    """Django closes what it knows by `DATABASES`, and we what we have opened."""
    _thread.in_a_request = False
    if not _working():
        _opened().close_old()
