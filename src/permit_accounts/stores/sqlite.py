"""A durable store in one SQLite file, on the standard library's `sqlite3`: for one machine.

Every choice that durability and isolation hang on:

* **Isolation.** A commit runs between `BEGIN IMMEDIATE` and `COMMIT`: one writer at a time, who sees all that
  was committed before. The statement that changes a row checks the precondition (`… WHERE id = ? AND version
  = ?`, or the primary key), and its row count tells. A `select` is one statement in autocommit mode and sees
  one state: the newest when it began. `isolation_level=None`: the driver opens no transaction of its own.
* **Durability.** `journal_mode=WAL`. `synchronous=FULL`: what was committed survives a power cut.
  `synchronous="NORMAL"` spares the wait for the disk; after a power cut (not after a crash of the program)
  the last commits may be gone, whole, and used links are good again. `fullfsync` where the system knows it.
* **Waiting.** `busy_timeout` for the write lock: `lock_timeout`, 5 s by default, then `Conflict`. The
  threads of one process queue among themselves first, as long at most: SQLite's own waiting is a sleep, and
  eight threads that all wait for the disk made a seventh of the commits with it alone. Readers and the
  writer never wait for each other.
* **Shape.** `STRICT` tables, `NOT NULL` where a field is never None, TEXT and INTEGER columns only, one
  primary key each (`WITHOUT ROWID`), BINARY collation: UTF-8 bytes order as code points do. No foreign keys,
  no checks, no triggers: whether an account may lack a session is a rule, and a store has none.
* **Speed.** One index `(field, id)` per asked field, without the rows where it is NULL.
  `wal_autocheckpoint=4000`: the log is carried into the file every 16 MiB, not every 4, which spares a commit
  a third of its time.
* **Care.** `trusted_schema=OFF`, `cell_size_check=ON`, `secure_delete=ON` (what is erased is overwritten),
  `temp_store=MEMORY`, `journal_size_limit=64 MiB`. The file is made with mode 0600, and `-wal` and `-shm`
  get it from the file. `application_id` and `user_version` mark it from the first release on.
* **A disk that fails** at COMMIT, unlike one that is full, leaves it open whether the commit was made:
  `OutcomeUnknown`. Measured with SQLite 3.40: after an error of `fdatasync` at COMMIT the transaction was
  gone for everybody, and was there again once the process had been killed.
* **Threads and forks.** One object serves both; see `permit_accounts.stores.connections`.
* **Damage.** A row that is no record of its kind (planted, or a bit that fell over) is left out of what is
  selected, with one line in the log. It still has its id: an `Add` of that id meets a `Conflict`.

Not for a network file system: its locks do not hold.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from typing import Final, Literal, TypeAlias, TypeVar

from permit_accounts.model.errors import ConfigurationError, Conflict, OutcomeUnknown, Unavailable
from permit_accounts.model.records import Record
from permit_accounts.ports import Change, Is, Where
from permit_accounts.stores import sqlite_file
from permit_accounts.stores.columns import Value
from permit_accounts.stores.connections import Connections
from permit_accounts.stores.error_codes import SQLITE_LOCKED, SQLITE_TAKEN, is_undone, sqlite_code
from permit_accounts.stores.rows import Layout, Row, question_of
from permit_accounts.stores.sqlite_statements import STATEMENTS, text_or_bytes
from permit_accounts.stores.statements import Batch, batches_of

R = TypeVar("R", bound=Record)

Synchronous: TypeAlias = Literal["FULL", "NORMAL"]

_PRAGMAS: Final = (
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "secure_delete = ON",
    "temp_store = MEMORY",
    "fullfsync = ON",
    "journal_size_limit = 67108864",
    "wal_autocheckpoint = 4000",
)


class SQLiteStore:
    """Keeps records in one file. One object serves many threads, and forked children.

    Args:
        path: The file. Its folder must exist, on a local disk.
        create: Make the file where it is missing, or fill it where it is empty. Without it a mistyped path
            is an error and not a new city without accounts.
        synchronous: `"FULL"` or `"NORMAL"`; see the module's first lines.
        lock_timeout: How long a commit waits for other processes' commits before it is a `Conflict`.

    Raises:
        ConfigurationError: The path, the file or an argument cannot be used; the message says what to do.
        Unavailable: Another process holds the file locked.
    """

    max_changes: int = 100_000

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        create: bool = False,
        synchronous: Synchronous = "FULL",
        lock_timeout: timedelta = timedelta(seconds=5),
    ) -> None:
        if synchronous not in ("FULL", "NORMAL"):
            raise ConfigurationError(f'synchronous is "FULL" or "NORMAL", not {synchronous!r}')
        if not timedelta(0) < lock_timeout <= timedelta(minutes=1):
            raise ConfigurationError("lock_timeout is more than nothing and at most a minute")
        self.path: Final = sqlite_file.prepare(path, create=create)
        self._synchronous: Final = synchronous
        self._seconds: Final = lock_timeout.total_seconds()
        try:
            with closing(self._connect()) as connection:
                sqlite_file.set_up(connection, self.path, create=create)
        except sqlite3.Error as error:
            raise sqlite_file.refusal(self.path, error) from error
        self._connections: Final = Connections(self._connect)

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """Those records of a kind that match, in order. See `permit_accounts.ports.Store`."""
        statements = STATEMENTS[kind]
        layout: Layout[R] = statements.layout
        if after is None and isinstance(where, Is) and where.field == "id":  # what is asked most
            return tuple(layout.readable(self._rows(statements.by_id, (str(where.value),)))[:limit])
        question = question_of(kind, where)
        return layout.page(
            lambda place, number: self._rows(*statements.ask(question, place, number, newest_first)),
            after,
            limit,
        )

    def commit(self, *changes: Change) -> None:
        """Apply all changes in order, or none. See `permit_accounts.ports.Store`."""
        batches = batches_of(changes, STATEMENTS)
        if not batches:
            return
        writing = self._connections.writing
        if not writing.acquire(timeout=self._seconds):
            raise Conflict("the commits of other threads took too long")
        try:
            self._write(batches)
        finally:
            writing.release()

    def close(self) -> None:
        """Close the idle connections. The store may still be used, and opens new ones."""
        self._connections.close_idle()

    def _connect(self) -> sqlite3.Connection:
        # mode=rw: a file that was taken away while the program runs is not made anew, empty.
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",
            uri=True,
            timeout=self._seconds,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            for pragma in (*_PRAGMAS, f"synchronous = {self._synchronous}"):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _rows(self, sql: str, parameters: Sequence[Value]) -> Sequence[Row]:
        connection = None
        try:
            connection = self._connections.take()
            return connection.execute(sql, parameters).fetchall()
        except UnicodeEncodeError:
            return ()  # half a surrogate pair: no record can hold it
        except sqlite3.Error as error:
            if connection is None or not str(error).startswith("Could not decode"):
                raise _fault(error) from error
            return _fetched_leniently(connection, sql, parameters)
        finally:
            if connection is not None:
                self._connections.give(connection)

    def _write(self, batches: list[Batch]) -> None:
        try:
            connection = self._connections.take()
        except sqlite3.Error as error:
            raise _fault(error) from error
        try:
            connection.execute("BEGIN IMMEDIATE")
            for statement, rows in batches:
                _apply(connection, statement.sql, rows)
            _end(connection)
        except BaseException as error:
            self._roll_back(connection)
            if isinstance(error, sqlite3.Error | UnicodeEncodeError):
                raise _refusal(error) from error
            raise
        self._connections.give(connection)

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        """Leave the connection as if nothing had been begun, or close it."""
        try:
            if connection.in_transaction:  # a full disk has rolled back already
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._connections.drop(connection)
        else:
            self._connections.give(connection)


def _fetched_leniently(
    connection: sqlite3.Connection, sql: str, parameters: Sequence[Value]
) -> Sequence[Row]:
    """The rows where some hold bytes that are no text: those are left as bytes, which no field reads."""
    connection.text_factory = text_or_bytes
    try:
        return connection.execute(sql, parameters).fetchall()
    except sqlite3.Error as error:
        raise _fault(error) from error
    finally:
        connection.text_factory = str


def _apply(connection: sqlite3.Connection, sql: str, rows: Sequence[Row]) -> None:
    cursor = connection.execute(sql, rows[0]) if len(rows) == 1 else connection.executemany(sql, rows)
    # A cursor left open lives as long as the traceback of what is raised here, and when it goes it resets the
    # statement that another thread may be running on this connection by then.
    with closing(cursor):
        written = cursor.rowcount
    if written != len(rows):
        raise Conflict("a record is not current any more, or gone")


def _end(connection: sqlite3.Connection) -> None:
    """Commit what was applied.

    Raises:
        OutcomeUnknown: The disk failed meanwhile. SQLite has rolled back, but what it had written may be
            whole: should the process die before the next commit, whoever opens the file finds it made.
    """
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if is_undone(error):
            raise
        raise OutcomeUnknown(
            f"the disk failed while the database committed: {error.sqlite_errorname}; look what came of it "
            "before asking again"
        ) from error


def _refusal(error: Exception) -> Conflict | Unavailable:
    """What a failed commit raises."""
    code = sqlite_code(error)
    if code in SQLITE_TAKEN:
        return Conflict("an id is taken")
    if code in SQLITE_LOCKED:
        return Conflict("the commits of other processes took too long")
    return _fault(error)


def _fault(error: Exception) -> Unavailable:
    return Unavailable(f"the database could not be used: {getattr(error, 'sqlite_errorname', error)}")
