"""The SQLite store."""

from __future__ import annotations
from functools import partial

import pytest

from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.store_contract import StoreContract


class TestSQLiteStore(StoreContract):
    """It keeps every promise of the port."""

    @pytest.fixture
    def store(self, tmp_path) -> SQLiteStore:
        return SQLiteStore(tmp_path/"accounts.db", create=True, synchronous="NORMAL")

    def reopen(self, store):
        return partial(SQLiteStore, store.path)
