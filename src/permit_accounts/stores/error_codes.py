"""What the errors of databases mean for a commit, by their codes and never by their words.

A driver's words may hold what was to be written, and change with the server's language.
"""

from __future__ import annotations

import sqlite3
from typing import Final

#: SQLSTATE: unique_violation, serialization_failure, deadlock_detected, lock_not_available.
POSTGRESQL_CONFLICTS: Final = frozenset({"23505", "40001", "40P01", "55P03"})
#: A duplicate entry, a lock that took too long, a deadlock, a row that changed since it was read.
MARIADB_CONFLICTS: Final = frozenset({1062, 1205, 1213, 1020})
#: As `sqlite_code` has them: somebody holds the lock; the id is there.
SQLITE_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
SQLITE_TAKEN: Final = frozenset({sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE})
SQLITE_CONFLICTS: Final = SQLITE_LOCKED | SQLITE_TAKEN

#: What was surely not made: a lock was not got, a rule of the database did not hold, or the disk had no room
#: for what ends the transaction, which is written last.
_UNDONE: Final = SQLITE_LOCKED | {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_FULL}


def server_code(error: BaseException | None) -> str | int | None:
    """What a database server calls an error; None where it is the driver's own, as where none was reached.

    PostgreSQL's SQLSTATE, by psycopg or psycopg2; MariaDB's number, which stands before its text.
    """
    first = next(iter(error.args), None) if error is not None else None
    if isinstance(first, int):  # MariaDB's drivers, which may tell an SQLSTATE too
        return first
    state: str | None = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    return state


def code_of(error: BaseException) -> str | int | None:
    """What a database calls an error, a server or SQLite; None where it is the driver's own."""
    code = server_code(error)
    return sqlite_code(error) if code is None else code


def without_words(error: Exception) -> Exception:
    """The same error of a driver, as a cause that may stand in a log: a server's own words are taken out.

    PostgreSQL quotes the id that is taken, and of a COPY the row that it was at; MariaDB the value that does
    not fit. What SQLite or the driver itself says holds no values.
    """
    code = server_code(error)
    if code is not None:
        error.args = (code,)
    return error


def sqlite_code(error: BaseException) -> int | None:
    """SQLite's extended code; of BUSY and LOCKED, of which there are several, the plain one.

    None where the error is the driver's own, or another database's.
    """
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if code is not None and code & 0xFF in SQLITE_LOCKED else code


def is_undone(error: BaseException) -> bool:
    """Whether a COMMIT of SQLite that failed was surely not made.

    After an error of writing or of waiting for the disk it may be there whole.
    """
    return (sqlite_code(error) or 0) & 0xFF in _UNDONE
