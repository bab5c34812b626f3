"""Engines for the tests of the SQL store, one for each database and worker, and what empties their tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from servers.tables import empty, make_tables
from stores.sqlalchemy.engines import engine_of


@pytest.fixture(scope="session")
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """PostgreSQL, with tables. A commit does not wait for the disk."""
    yield from _with_tables(engine_of(postgres_url))


@pytest.fixture(scope="session")
def mariadb_engine(mariadb_url: str) -> Iterator[Engine]:
    """MariaDB, with tables."""
    yield from _with_tables(engine_of(mariadb_url))


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite file, with tables."""
    yield from _with_tables(engine_of(f"sqlite:///{tmp_path / 'accounts.db'}"))


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each database in turn, with tables that are empty, and emptied again."""
    made: Engine = request.getfixturevalue(f"{request.param}_engine")
    empty(made)
    yield made
    empty(made)


def _with_tables(engine: Engine) -> Iterator[Engine]:
    make_tables(engine)
    yield engine
    engine.dispose()
