"""Engines for the URLs of PostgreSQL and MariaDB, with bounds for everything that is waited for.

What a URL says itself goes before what is set here, such as `?connect_timeout=3`.

| what | PostgreSQL | MariaDB |
| --- | --- | --- |
| a connection, 5 s | `connect_timeout` | `connect_timeout` |
| a lock, 5 s: then `Conflict` | `lock_timeout` | `innodb_lock_wait_timeout` |
| a statement, 30 s | `statement_timeout` | `max_statement_time` |
| a server fallen silent, a minute | keepalives, `tcp_user_timeout` | `read_timeout`, `write_timeout` |
| a transaction that nobody goes on with, 60 s | `idle_in_transaction_session_timeout` | the server's |
| a connection out of the pool, 10 s | `pool_timeout` | `pool_timeout` |

The pool keeps ten connections and opens twenty more where all are busy. Ten minutes after it was made a
connection is replaced, before a firewall forgets it. All are in autocommit: the store says BEGIN itself, so
none has to be reset.

MariaDB is told to be strict (`STRICT_TRANS_TABLES`): else it would cut a text that is too long, and say
nothing.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.stores.sqlalchemy.store import SQLAlchemyStore
from permit_accounts.stores.sqlalchemy.version import check

_DRIVERS: Final = {"postgresql": "postgresql+psycopg", "mariadb": "mariadb+pymysql"}

_POSTGRESQL: Final[Mapping[str, Any]] = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "permit_accounts",
    "options": "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s",
}
_MARIADB: Final[Mapping[str, Any]] = {
    "charset": "utf8mb4",
    "connect_timeout": 5,
    "read_timeout": 60,
    "write_timeout": 60,
    "init_command": "SET SESSION innodb_lock_wait_timeout = 5, max_statement_time = 30, "
    "sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')",
}
_ARGUMENTS: Final = {"postgresql": _POSTGRESQL, "mariadb": _MARIADB}


def open_on_server(url: str) -> SQLAlchemyStore:
    """The store in the database that a URL names. Its connections are closed when nobody has it any more.

    Raises:
        ConfigurationError: The URL is none, or the database lacks this release's tables.
        ImportError: The driver is not installed.
        Unavailable: The server cannot be reached.
    """
    engine = engine_for(url)
    try:
        check(engine)
    except BaseException:
        engine.dispose()
        raise
    store = SQLAlchemyStore(engine)
    weakref.finalize(store, engine.dispose)
    return store


def engine_for(url: str) -> Engine:
    """An engine for a `postgresql://` or `mariadb://` URL; nothing is connected yet.

    Raises:
        ConfigurationError: The URL is none, or an option in it cannot be used.
        ImportError: The driver is not installed.
    """
    parsed = _parsed(url)
    scheme = parsed.get_backend_name()
    given = {name: value for name, value in _ARGUMENTS[scheme].items() if name not in parsed.query}
    with suppress(SQLAlchemyError, ValueError):
        return create_engine(
            parsed.set(drivername=_DRIVERS[scheme]),
            connect_args=given,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            pool_size=10,
            max_overflow=20,
            pool_timeout=10,
            pool_recycle=600,
            pool_use_lifo=True,
            pool_reset_on_return=None,
        )
    raise ConfigurationError("an option behind the ? of the database's URL cannot be used: mend it")


def _parsed(url: str) -> URL:
    """Nothing of a URL that cannot be read is told, nor kept in an error: there may be a password in it."""
    parsed = None
    with suppress(SQLAlchemyError, ValueError):
        parsed = make_url(url)
    # Where the password holds an @ or a slash that is not escaped, or stands behind three slashes, part of it
    # is taken for host, database or options.
    torn = url.count("@") > 1 or (parsed is not None and "@" in (parsed.database or ""))
    if parsed is None or torn or parsed.get_backend_name() not in _DRIVERS or not parsed.database:
        raise ConfigurationError(
            "the database's URL cannot be read: write scheme://user:password@host:port/database, with "
            "two slashes, %40 for an @ in the password, %2F for a slash and %25 for a percent sign"
        )
    return parsed
