"""The SQL store keeps every promise of the port, on each database, alone and inside a host's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from sqlalchemy import Engine

from permit_accounts.ports import Store
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from permit_accounts.testing import StoreContract
from permit_accounts.testing.store_asking import Asking
from permit_accounts.testing.store_changing import Changing
from permit_accounts.testing.store_finding import Finding
from permit_accounts.testing.store_keeping import Keeping
from servers.tables import empty
from stores.sqlalchemy.engines import store_of, url_of


class _OnEngine(StoreContract):
    """With transactions of its own, between threads and between processes."""

    def reopen(self, store: Store) -> Callable[[], Store]:
        assert isinstance(store, SQLAlchemyStore)
        assert isinstance(store.bind, Engine)
        return partial(store_of, url_of(store.bind))


class TestOnPostgreSQL(_OnEngine):
    """PostgreSQL by psycopg."""

    @pytest.fixture
    def store(self, postgres_engine: Engine) -> Iterator[Store]:
        yield SQLAlchemyStore(postgres_engine)
        empty(postgres_engine)


class TestOnMariaDB(_OnEngine):
    """MariaDB by PyMySQL."""

    @pytest.fixture
    def store(self, mariadb_engine: Engine) -> Iterator[Store]:
        yield SQLAlchemyStore(mariadb_engine)
        empty(mariadb_engine)


class TestOnSQLite(_OnEngine):
    """SQLite by the standard library's driver."""

    @pytest.fixture
    def store(self, sqlite_engine: Engine) -> Store:
        return SQLAlchemyStore(sqlite_engine)


class _Joined(Keeping, Changing, Asking, Finding):
    """In a transaction of the host's, rolled back in the end. It is one thread's, so nobody races."""


class TestJoinedOnPostgreSQL(_Joined):
    """PostgreSQL."""

    @pytest.fixture
    def store(self, postgres_engine: Engine) -> Iterator[Store]:
        with postgres_engine.connect() as connection:
            yield SQLAlchemyStore(connection)


@pytest.mark.long
class TestJoinedOnMariaDB(_Joined):
    """MariaDB."""

    @pytest.fixture
    def store(self, mariadb_engine: Engine) -> Iterator[Store]:
        with mariadb_engine.connect() as connection:
            yield SQLAlchemyStore(connection)


@pytest.mark.long
class TestJoinedOnSQLite(_Joined):
    """SQLite."""

    @pytest.fixture
    def store(self, sqlite_engine: Engine) -> Iterator[Store]:
        with sqlite_engine.connect() as connection:
            yield SQLAlchemyStore(connection)
