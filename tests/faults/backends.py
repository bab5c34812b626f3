"""Databases whose every statement is heard before it runs, and whose records are put back between trials.

A backend is a place where a city's records are kept: a SQLite file, or a database on a server. A fault test
tells its day on each of them alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import psycopg
import pymysql
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from faults.stores import Watched
from permit_accounts.model.records import ASKED_BY, Record
from permit_accounts.ports import Add, Change, Every, Remove, Store
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from servers.databases import connected_to_mariadb
from servers.tables import driven, make_tables

#: What hears a statement, and on which connection it will run.
Listener = Callable[[str, Any], object]
_MANY: Final = 10_000
#: A lock is waited for as briefly as the server knows how. What is said is said plainly, for a proxy to see.
_SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "postgresql": {"options": "-c lock_timeout=100ms", "sslmode": "disable"},
    "mariadb": {"init_command": "SET SESSION innodb_lock_wait_timeout = 1", "ssl_disabled": True},
}
_LOCKED: Final = ("permit_accounts_account", "permit_accounts_identifier", "permit_accounts_session")


class Backend(Protocol):
    """Where records are kept, by a store whose statements can be heard."""

    name: str
    store: Store
    hear: Listener

    def close(self) -> None:
        """Let everything go."""
        ...


class Records:
    """What a store holds, kept and put back through a store that nothing fails in."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self) -> dict[tuple[type[Record], str], Record]:
        """Every record that there is."""
        return {
            (kind, record.id): record
            for kind in ASKED_BY
            for record in self._store.select(kind, Every(), limit=_MANY)
        }

    def put_back(self, kept: object) -> None:
        """Make the store hold these records again, at the versions that they had."""
        assert isinstance(kept, dict)
        now = self.keep()
        changes: list[Change] = [
            Remove(record) for key, record in now.items() if key not in kept or kept[key] != record
        ]
        changes += [Add(record) for key, record in kept.items() if key not in now or now[key] != record]
        self._store.commit(*changes)


class FileBackend:
    """A SQLite file."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.hear: Listener = _nobody
        self.store = Watched(folder / "city.db", create=True)
        self.store.hear = lambda statement: self.hear(statement, None)

    def close(self) -> None:
        """Close the file."""
        self.store.close()


class ServerBackend:
    """A database on a server.

    Args:
        url: The database, as `postgresql://…` or `mariadb://…`.
        port: Where the server is reached, if not where the URL says.
    """

    def __init__(self, url: str, *, port: int | None = None) -> None:
        self.url: Final = url
        self.name: Final = urlsplit(url).scheme
        self.hear: Listener = _nobody
        self.engine: Final = engine_for(url, port=port, heard=lambda *said: self.hear(*said))
        make_tables(self.engine)
        self.store = SQLAlchemyStore(self.engine)

    def close(self) -> None:
        """Close the pool."""
        self.engine.dispose()


def engine_for(url: str, *, port: int | None = None, heard: Listener | None = None) -> Engine:
    """An engine that waits for a lock for a moment, and tells of each statement before it runs."""
    server = urlsplit(url).scheme
    target = make_url(driven(url))
    settings = dict(_SETTINGS[server])
    if heard is not None and server == "postgresql":
        settings["cursor_factory"] = _telling(psycopg.Cursor, heard, "execute", "executemany", "copy")
    elif heard is not None:  # its `executemany` comes to `execute`
        settings["cursorclass"] = _telling(pymysql.cursors.Cursor, heard, "execute")
    return create_engine(target.set(port=port) if port is not None else target, connect_args=settings)


def _telling(kind: type[Any], heard: Listener, *methods: str) -> type[Any]:
    """A driver's cursor that tells of each statement right before it runs."""

    def method(name: str) -> Callable[..., Any]:
        def told(self: Any, query: Any, *args: Any, **settings: Any) -> Any:
            heard(query.decode() if isinstance(query, bytes | bytearray) else str(query), self.connection)
            return getattr(super(telling, self), name)(query, *args, **settings)

        return told

    telling = type("Telling", (kind,), {name: method(name) for name in methods})
    return telling


def ended_by_its_server(url: str, connection: Any) -> None:
    """End the server's side of a driver's connection, as an administrator does, and wait until it is gone."""
    if urlsplit(url).scheme == "postgresql":
        with closing(psycopg.connect(url, autocommit=True)) as other:
            pid = connection.info.backend_pid
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))
            while other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone():
                pass
        return
    with closing(connected_to_mariadb(url)) as other, other.cursor() as cursor:
        number = connection.thread_id()
        cursor.execute(f"KILL CONNECTION {number}")
        while cursor.execute("SELECT 1 FROM information_schema.processlist WHERE id = %s", (number,)):
            pass


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else writes to every account, name and session all the while; they can be read."""
    if urlsplit(url).scheme == "postgresql":
        with closing(psycopg.connect(url)) as other:
            other.execute(f"LOCK TABLE {', '.join(_LOCKED)} IN SHARE MODE")
            yield
        return
    with closing(connected_to_mariadb(url)) as other, other.cursor() as cursor:
        cursor.execute("START TRANSACTION")
        for table in _LOCKED:  # all of its rows, and the gaps between them
            cursor.execute(f"SELECT id FROM {table} FOR UPDATE")
        yield


def _nobody(statement: str, connection: object) -> None:
    """Hear it, and do nothing."""
