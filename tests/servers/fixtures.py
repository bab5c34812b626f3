"""The fixtures of tests that need a real server: the URL of an empty database, dropped when the run ends."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from servers.databases import empty_mariadb, empty_postgres, made_on_mariadb, made_on_postgres

POSTGRES = "PERMIT_ACCOUNTS_TEST_POSTGRES"
MARIADB = "PERMIT_ACCOUNTS_TEST_MARIADB"
REDIS = "PERMIT_ACCOUNTS_TEST_REDIS"


def named(variable: str) -> str:
    """The URL of a server; the test is skipped where none is named."""
    url = os.environ.get(variable, "")
    if not url:
        pytest.skip(f"no server: set {variable} to the URL of one that may be written to")
    return url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database of this worker's own, empty, as `postgresql://…`."""
    with made_on_postgres(named(POSTGRES)) as url:
        yield url


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """A MariaDB database of this worker's own, empty, as `mariadb://…`."""
    with made_on_mariadb(named(MARIADB)) as url:
        yield url


@pytest.fixture(scope="session")
def _second_postgres_url() -> Iterator[str]:
    with made_on_postgres(named(POSTGRES)) as url:
        yield url


@pytest.fixture(scope="session")
def _second_mariadb_url() -> Iterator[str]:
    with made_on_mariadb(named(MARIADB)) as url:
        yield url


@pytest.fixture
def empty_postgres_url(_second_postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database without tables, whatever earlier tests made; for those who make them."""
    yield _second_postgres_url
    empty_postgres(_second_postgres_url)


@pytest.fixture
def empty_mariadb_url(_second_mariadb_url: str) -> Iterator[str]:
    """A MariaDB database without tables, whatever earlier tests made; for those who make them."""
    yield _second_mariadb_url
    empty_mariadb(_second_mariadb_url)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A Redis server. Whoever writes to it uses a prefix of its own (`own_name`) and removes it."""
    return named(REDIS)
