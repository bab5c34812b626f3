"""The store in Django's database: the contract on three vendors' databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from django.db import connections

from contrib.django.databases import ALIAS, emptied_store, reopened
from permit_accounts.ports import Store
from permit_accounts.testing import StoreContract


class InADatabase(StoreContract):
    """The contract, in the tables of one database that is emptied for each test."""

    @pytest.fixture(autouse=True)
    def site(self) -> None:
        """Of the project nothing is needed here."""

    def reopen(self, store: Store) -> Callable[[], Store]:
        settings = connections[ALIAS].settings_dict
        names = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
        return partial(reopened, {name: settings[name] for name in names})


class TestInPostgreSQL(InADatabase):
    """PostgreSQL keeps every promise of the port."""

    @pytest.fixture
    def store(self, postgres: Mapping[str, Any]) -> Iterator[Store]:
        with emptied_store(postgres) as store:
            yield store


class TestInSQLite(InADatabase):
    """SQLite keeps every promise of the port."""

    @pytest.fixture
    def store(self, sqlite: Mapping[str, Any]) -> Iterator[Store]:
        with emptied_store(sqlite) as store:
            yield store


@pytest.mark.long
class TestInMariaDB(InADatabase):
    """MariaDB keeps every promise of the port."""

    @pytest.fixture
    def store(self, mariadb: Mapping[str, Any]) -> Iterator[Store]:
        with emptied_store(mariadb) as store:
            yield store
