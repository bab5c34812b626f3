"""What tells one database from another: how a commit begins, what is found by an index, which errors are
conflicts.

An error is judged by its code, never by its text, which may hold values and is translated.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from permit_accounts.model.errors import ConfigurationError, Conflict, Unavailable
from permit_accounts.stores.columns import Column, Value
from permit_accounts.stores.error_codes import (
    MARIADB_CONFLICTS,
    POSTGRESQL_CONFLICTS,
    SQLITE_CONFLICTS,
    code_of,
    is_undone,
)
from permit_accounts.stores.rows import Row
from permit_accounts.stores.sqlalchemy.cursors import Speaks, fetched
from permit_accounts.stores.sqlite_statements import place_in_sqlite, text_or_bytes


class Database(ABC):
    """A database server, as its drivers speak to it.

    Attributes:
        begin: What begins a transaction that sees what was committed before each of its statements.
        mark: Stands for a parameter, taken by position.
        compares_rows: Whether `(a, b) > (x, y)` is found by an index on both.
        conflicts: The codes of the errors that a commit meets where others were faster.
        isolation: What a host's transaction has to have, so that what is seen in it is what is true now. In a
            SQLite file nothing can be written on top of what was read before others wrote.
    """

    begin: tuple[str, ...]
    mark: str = "%s"
    compares_rows: bool = True
    conflicts: Set[str | int]
    isolation: str = "READ COMMITTED"

    @abstractmethod
    def is_autocommit(self, driver: Any) -> bool:
        """Whether a driver's connection is in autocommit."""
        ...

    def place(self, column: Column) -> str:
        """Stands for a parameter that a page begins after."""
        return self.mark

    def fetched(self, connection: Speaks, sql: str, parameters: Sequence[Value]) -> Sequence[Row]:
        """The rows that a statement selects."""
        return fetched(connection, sql, parameters)

    def is_undone(self, error: Exception) -> bool:
        """Whether a COMMIT that failed on a connection that lives was surely not made: a server says so."""
        return True

    def refusal(self, error: Exception) -> Conflict | Unavailable:
        """What a failed commit raises."""
        if code_of(error) in self.conflicts:
            return Conflict("an id is taken, or the commits of others were in the way")
        return self.fault(error)

    def fault(self, error: Exception) -> Unavailable:
        """What any other failure raises. It says the error's code and nothing of its text."""
        code = code_of(error)
        named = type(error).__name__ if code is None else f"{type(error).__name__} {code}"
        return Unavailable(f"the database could not be used: {named}")


class PostgreSQL(Database):
    """PostgreSQL, by psycopg or psycopg2."""

    begin = ("BEGIN ISOLATION LEVEL READ COMMITTED",)
    conflicts = POSTGRESQL_CONFLICTS

    def is_autocommit(self, driver: Any) -> bool:
        """As the driver says."""
        return bool(driver.autocommit)


class MariaDB(Database):
    """MariaDB, by PyMySQL or mysqlclient."""

    begin = ("SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION")
    compares_rows = False
    conflicts = MARIADB_CONFLICTS

    def is_autocommit(self, driver: Any) -> bool:
        """As the driver says."""
        return bool(driver.get_autocommit())


class SQLite(Database):
    """A SQLite file, by the standard library's driver."""

    begin = ("BEGIN IMMEDIATE",)
    mark = "?"
    conflicts = SQLITE_CONFLICTS
    isolation = "SERIALIZABLE"

    def is_autocommit(self, driver: Any) -> bool:
        """Whether the driver opens no transaction of its own."""
        return driver.isolation_level is None

    def place(self, column: Column) -> str:
        """Damaged, the row that a page ended on may hold bytes that are no text."""
        return place_in_sqlite(column)

    def is_undone(self, error: Exception) -> bool:
        """Not where the disk failed."""
        return is_undone(error)

    def fetched(self, connection: Speaks, sql: str, parameters: Sequence[Value]) -> Sequence[Row]:
        """The rows; where some hold bytes that are no text, those are left as bytes, which no field reads."""
        try:
            return fetched(connection, sql, parameters)
        except sqlite3.OperationalError as error:
            if code_of(error) is not None:  # what cannot be decoded is the driver's error, and has none
                raise
        driver: Any = getattr(connection, "driver_connection", connection)
        usual, driver.text_factory = driver.text_factory, text_or_bytes
        try:
            return fetched(connection, sql, parameters)
        finally:
            driver.text_factory = usual


def database_of(dialect: str) -> Database:
    """The database that a dialect of SQLAlchemy speaks to.

    Raises:
        ConfigurationError: Records are not kept in such a database.
    """
    if dialect not in _DATABASES:
        raise ConfigurationError(
            f"records are kept in PostgreSQL, MariaDB or SQLite, not by the dialect {dialect!r}"
        )
    return _DATABASES[dialect]


_MARIADB: Final = MariaDB()
_DATABASES: Final[Mapping[str, Database]] = {
    "postgresql": PostgreSQL(),
    "mariadb": _MARIADB,
    "mysql": _MARIADB,
    "sqlite": SQLite(),
}
