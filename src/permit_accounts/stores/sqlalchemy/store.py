"""A durable store in PostgreSQL, MariaDB or SQLite, through SQLAlchemy: for cities that outgrow one machine.

Every choice that durability and isolation hang on:

* **Isolation.** A commit is one transaction at READ COMMITTED, said with its BEGIN, whatever the default of
  the engine or the server is. More is not needed: the statement that changes a row checks the precondition
  (`… WHERE id = ? AND version = ?`, or the primary key), and its row count tells. A `select` is one statement
  in autocommit. SQLite: `BEGIN IMMEDIATE`.
* **Durability** is the server's: this store changes no setting of it.
* **Inside a host's transaction** the isolation is the host's, and has to be READ COMMITTED: see
  `joined_connection`.
* **Waiting.** How long is waited for a lock, a connection or an answer, the engine says; `open_store` makes
  one with sensible bounds. A lock that took too long, a deadlock and a serialization failure are a
  `Conflict`.
* **Lost connections.** A pooled connection that turns out dead is replaced, and what was asked is asked again
  once, unless COMMIT was under way: that is `OutcomeUnknown`.
* **Text** is compared by code point, whatever the database's own habit; see `tables`.
* **Threads and forks.** One object serves both, if it was made from an engine.
* **Damage.** A row that is no record of its kind is left out of what is selected, with one line in the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeVar

from sqlalchemy import Connection, Dialect, Engine, MetaData

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.records import Record
from permit_accounts.ports import Change, Is, Where
from permit_accounts.stores.rows import (
    KINDS,
    LAYOUTS,
    Kind,
    Layout,
    PerKind,
    is_storable,
    question_of,
)
from permit_accounts.stores.sqlalchemy.databases import database_of
from permit_accounts.stores.sqlalchemy.joined_connection import JoinedConnection
from permit_accounts.stores.sqlalchemy.own_connections import OwnConnections
from permit_accounts.stores.sqlalchemy.tables import PREFIX, add_tables
from permit_accounts.stores.statements import Spelling, Statements, batches_of

R = TypeVar("R", bound=Record)


class SQLAlchemyStore:
    """Keeps records in a SQL database. One object that an engine was given to serves many threads and forks.

    Args:
        engine_or_connection: An engine, for a store with transactions of its own. A connection of the host's,
            for one that takes part in the host's transaction: see `Accounts.joined`.
        prefix: What each table's name begins with.
        schema: The schema that the tables lie in; the connection's own by default.

    Raises:
        ConfigurationError: It is neither, or of a database in which records are not kept; or the connection's
            transaction is none to take part in.
        Unavailable: The connection's database is out of reach.
    """

    max_changes: int = 10_000

    def __init__(
        self, engine_or_connection: Engine | Connection, *, prefix: str = PREFIX, schema: str | None = None
    ) -> None:
        if not isinstance(engine_or_connection, Engine | Connection) or engine_or_connection.dialect.is_async:
            raise ConfigurationError(
                "SQLAlchemyStore(…) takes an Engine or a Connection of SQLAlchemy that is not asynchronous"
            )
        database = database_of(engine_or_connection.dialect.name)
        self.bind: Final = engine_or_connection
        self.prefix: Final = prefix
        self.schema: Final = schema
        self._statements: Final = _statements(engine_or_connection.dialect, prefix, schema)
        self._connections: Final = (
            OwnConnections(engine_or_connection, database)
            if isinstance(engine_or_connection, Engine)
            else JoinedConnection(engine_or_connection, database)
        )

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
        statements, rows = self._statements[kind], self._connections.rows
        layout: Layout[R] = statements.layout
        if isinstance(where, Is) and not is_storable(where.value):
            return ()
        if after is None and isinstance(where, Is) and where.field == "id":  # what is asked most
            return tuple(layout.readable(rows(statements.by_id, (str(where.value),)))[:limit])
        question = question_of(kind, where)
        return layout.page(
            lambda place, number: rows(*statements.ask(question, place, number, newest_first)), after, limit
        )

    def commit(self, *changes: Change) -> None:
        """Apply all changes in order, or none. See `permit_accounts.ports.Store`."""
        batches = batches_of(changes, self._statements)
        if batches:
            self._connections.write(batches)

    def close(self) -> None:
        """Close the engine's idle connections. The store may still be used, and opens new ones."""
        self._connections.close()


@lru_cache(maxsize=16)
def _statements(dialect: Dialect, prefix: str, schema: str | None) -> Mapping[Kind, Statements]:
    """What is said over all connections of one engine, worked out once and not for each that is joined."""
    database = database_of(dialect.name)
    preparer = dialect.identifier_preparer
    tables = add_tables(MetaData(), prefix=prefix, schema=schema)
    names = {LAYOUTS[kind].table: preparer.format_table(tables[kind]) for kind in KINDS}
    spelling = Spelling(
        mark=database.mark,
        place=database.place,
        table=names.__getitem__,
        column=preparer.quote,
        compares_rows=database.compares_rows,
    )
    return PerKind(lambda kind: Statements(LAYOUTS[kind], spelling))
