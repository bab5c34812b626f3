"""Engines as a host makes them, and stores on them that can be opened again in another process."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event

from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from servers.tables import driven


def engine_of(url: str, **options: Any) -> Engine:
    """An engine for the URL of a test database. What is committed does not wait for the disk.

    On MariaDB its transactions are such as a store takes part in, which they are not by default.
    """
    scheme = url.partition(":")[0]
    if scheme == "mariadb":
        options = {"isolation_level": "READ COMMITTED", **options}
    if scheme == "postgresql":
        options["connect_args"] = {"options": "-c synchronous_commit=off", **options.get("connect_args", {})}
    engine = create_engine(driven(url), **options)
    if scheme == "sqlite":
        event.listen(engine, "connect", _be_quick)
    return engine


def store_of(url: str) -> SQLAlchemyStore:
    """A store on an engine of its own; also what a spawned process opens."""
    return SQLAlchemyStore(engine_of(url))


def url_of(engine: Engine) -> str:
    """The URL that `engine_of` takes for the same database."""
    scheme = engine.url.get_backend_name()
    return engine.url.set(drivername=scheme).render_as_string(hide_password=False)


def _be_quick(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
