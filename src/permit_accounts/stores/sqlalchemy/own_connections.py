"""Connections of an engine's pool, lent for one question or one commit at a time.

* **Autocommit.** A question is one statement, with nothing said before or after it. A commit says BEGIN and
  COMMIT itself, so that its isolation is its own, whatever the engine's or the server's default is. The pool
  gets each connection back in the mode that it was in.
* **The driver's cursors are used directly.** What SQLAlchemy puts around them costs as much again as a
  question by id, and its errors print parameters.
* **Death.** A pool finds out that a server closed its connections only when it uses them, after a restart one
  by one. Such a one is thrown away, and what was asked is asked again, as long as nothing can have been
  written: up to COMMIT, that is. A new connection that is lost as well is the end of it.
* **Forks.** A forked child gets a new pool; the parent's connections are neither used nor closed there.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import Pool, PoolProxiedConnection

from permit_accounts.model.errors import Conflict, OutcomeUnknown, Unavailable
from permit_accounts.stores.columns import Value
from permit_accounts.stores.error_codes import without_words
from permit_accounts.stores.rows import Row
from permit_accounts.stores.sqlalchemy.cursors import apply, say
from permit_accounts.stores.sqlalchemy.databases import Database
from permit_accounts.stores.statements import Batch

T = TypeVar("T")

#: Under this name a connection that was lent before says whether it is always in autocommit.
_MODE: Final = "permit_accounts.autocommit"


class OwnConnections:
    """What a store says to a database over connections of its own.

    Args:
        engine: The pool's.
        database: What it speaks to.
    """

    def __init__(self, engine: Engine, database: Database) -> None:
        self._engine: Final = engine
        self._database: Final = database
        self._dialect: Final = engine.dialect
        self._error: Final[type[Exception]] = engine.dialect.loaded_dbapi.Error
        _engines.add(engine)

    def rows(self, sql: str, parameters: Sequence[Value]) -> Sequence[Row]:
        """The rows that a statement selects.

        Raises:
            Unavailable: The database is out of reach, or refuses.
        """
        return self._lent(
            lambda connection: self._database.fetched(connection, sql, parameters), self._database.fault
        )

    def write(self, batches: Sequence[Batch]) -> None:
        """Apply all of it, or nothing.

        Raises:
            Conflict: A precondition did not hold, or others were faster.
            OutcomeUnknown: The connection was lost while the commit was under way.
            Unavailable: The database is out of reach, or refuses.
        """
        self._lent(lambda connection: self._commit(connection, batches), self._database.refusal)

    def close(self) -> None:
        """Close the idle connections."""
        self._engine.dispose()

    def _lent(
        self,
        work: Callable[[PoolProxiedConnection], T],
        judge: Callable[[Exception], Conflict | Unavailable],
    ) -> T:
        """What came of a piece of work on a connection; on another one where the first turned out dead."""
        again = False
        while True:
            connection = self._borrowed()
            is_new = _MODE not in connection.info
            try:
                self._set_up(connection)
                answer = work(connection)
            except self._error as error:
                lost = self._is_lost(error, connection)
                connection.invalidate() if lost else self._give_back(connection)
                if not lost or (again and is_new):
                    raise judge(error) from without_words(error)
                again = True
            except Exception:
                self._give_back(connection)
                raise
            except BaseException:  # interrupted: what state it is in nobody knows
                connection.invalidate()
                raise
            else:
                self._give_back(connection)
                return answer

    def _borrowed(self) -> PoolProxiedConnection:
        try:
            return self._engine.raw_connection()
        except (SQLAlchemyError, self._error) as error:
            cause = getattr(error, "orig", None) or error
            raise self._database.fault(cause) from cause

    def _set_up(self, connection: PoolProxiedConnection) -> None:
        """Put it into autocommit, and remember whether it was so before."""
        driver: Any = connection.driver_connection
        if connection.info.setdefault(_MODE, self._database.is_autocommit(driver)) is False:
            self._dialect.set_isolation_level(driver, "AUTOCOMMIT")

    def _give_back(self, connection: PoolProxiedConnection) -> None:
        """To the pool, in the mode that it came in."""
        driver: Any = connection.driver_connection
        if driver is None:
            return
        try:
            if connection.info.get(_MODE) is False:
                self._dialect.reset_isolation_level(driver)
        except self._error:
            connection.invalidate()
        else:
            connection.close()

    def _is_lost(self, error: Exception, connection: PoolProxiedConnection) -> bool:
        if not connection.is_valid or not isinstance(error, self._error):
            return False
        return self._dialect.is_disconnect(error, connection.driver_connection, None)  # type: ignore[arg-type]

    def _commit(self, connection: PoolProxiedConnection, batches: Sequence[Batch]) -> None:
        try:
            say(connection, *self._database.begin)
            apply(connection, batches)
            self._end(connection)
        except Exception as error:
            if not self._is_lost(error, connection):
                self._roll_back(connection)
            raise

    def _end(self, connection: PoolProxiedConnection) -> None:
        try:
            say(connection, "COMMIT")
        except self._error as error:
            if not self._is_lost(error, connection) and self._database.is_undone(error):
                raise
            connection.invalidate()
            raise OutcomeUnknown(
                "the database was lost while it committed: look what came of it before asking again"
            ) from without_words(error)

    def _roll_back(self, connection: PoolProxiedConnection) -> None:
        """Leave the connection as if nothing had been begun, or close it."""
        try:
            if connection.is_valid:
                say(connection, "ROLLBACK")
        except self._error:  # a full disk has rolled back already
            connection.invalidate()


_engines: Final[weakref.WeakSet[Engine]] = weakref.WeakSet()
_abandoned: Final[list[Pool]] = []


def _after_fork_in_child() -> None:
    for engine in list(_engines):
        _abandoned.append(engine.pool)  # kept: what it holds is the parent's to close
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):  # pragma: no branch - where processes can fork
    os.register_at_fork(after_in_child=_after_fork_in_child)
