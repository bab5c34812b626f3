"""The host's own connection, inside its transaction: a savepoint for each commit, and nothing else of ours.

Time-outs and the end of it are the host's, and so is its isolation, which on a server has to be READ
COMMITTED: a flow that decided by what was true when the transaction began would register somebody who has
been put on the roster since. A commit that meets a `Conflict` is undone as far as its savepoint, and the
transaction goes on. Where a database gives the whole transaction up by itself, as MariaDB does in a deadlock,
the connection is made unusable: else what the host wrote before would be missing from what it commits
afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, NestedTransaction
from sqlalchemy.exc import SQLAlchemyError

from permit_accounts.model.errors import ConfigurationError, Conflict, Unavailable
from permit_accounts.stores.columns import Value
from permit_accounts.stores.error_codes import without_words
from permit_accounts.stores.rows import Row
from permit_accounts.stores.sqlalchemy.cursors import apply, say
from permit_accounts.stores.sqlalchemy.databases import Database, SQLite
from permit_accounts.stores.statements import Batch


class JoinedConnection:
    """What a store says to a database in the host's transaction.

    Args:
        connection: The host's; its transaction begins here where it has not begun yet.
        database: What it speaks to.

    Raises:
        ConfigurationError: It is in autocommit, so that there is no transaction to join, or in one of another
            isolation than it has to be.
        Unavailable: The database is out of reach.
    """

    def __init__(self, connection: Connection, database: Database) -> None:
        self._connection: Final = connection
        self._database: Final = database
        self._errors: Final = (SQLAlchemyError, connection.dialect.loaded_dbapi.Error)
        try:
            autocommit = database.is_autocommit(self._driver()) and not connection.in_transaction()
            isolation = connection.get_isolation_level()
        except self._errors as error:
            cause = _cause(error)
            raise database.fault(cause) from cause
        if autocommit:
            raise ConfigurationError(
                "SQLAlchemyStore(connection): it is in autocommit, so there is no transaction to join"
            )
        if isolation != database.isolation:
            raise ConfigurationError(
                f"SQLAlchemyStore(connection): it is in {isolation}, which does not show what is true now: "
                f"take it from engine.execution_options(isolation_level={database.isolation!r})"
            )

    def rows(self, sql: str, parameters: Sequence[Value]) -> Sequence[Row]:
        """The rows that a statement selects.

        Raises:
            Unavailable: The database is out of reach, or refuses.
        """
        try:
            return self._database.fetched(self._connection.connection, sql, parameters)
        except self._errors as error:
            cause = _cause(error)
            raise self._database.fault(cause) from cause

    def write(self, batches: Sequence[Batch]) -> None:
        """Apply all of it, or nothing, inside the host's transaction.

        Raises:
            Conflict: A precondition did not hold, or others were faster; the transaction goes on.
            Unavailable: The database is out of reach, or refuses, or gave the whole transaction up.
        """
        try:
            savepoint = self._begun()
        except self._errors as error:
            cause = _cause(error)
            raise self._database.fault(cause) from cause
        try:
            apply(self._connection.connection, batches)
            savepoint.commit()
        except BaseException as error:
            self._undo(savepoint, error)
            if isinstance(error, self._errors):
                cause = _cause(error)
                raise self._database.refusal(cause) from cause
            raise

    def close(self) -> None:
        """Nothing: the connection is the host's."""

    def _begun(self) -> NestedTransaction:
        driver = self._driver()
        if isinstance(self._database, SQLite) and not driver.in_transaction:
            # The driver begins at the first change; before that a savepoint is a transaction of its own.
            say(driver, *self._database.begin)
        return self._connection.begin_nested()

    def _undo(self, savepoint: NestedTransaction, error: BaseException) -> None:
        try:
            savepoint.rollback()
        except SQLAlchemyError as lost:
            self._connection.invalidate()
            raise Unavailable("the database gave up the whole transaction") from (
                error if isinstance(error, Conflict) else _cause(lost)
            )

    def _driver(self) -> Any:
        return self._connection.connection.driver_connection


def _cause(error: BaseException) -> Exception:
    """The driver's error; SQLAlchemy's own around it would print what was to be written."""
    cause = getattr(error, "orig", None) or error
    assert isinstance(cause, Exception)
    return without_words(cause)
