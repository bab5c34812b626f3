"""The memory store, under the same contract as the durable ones."""

from __future__ import annotations

import pytest

from permit_accounts.ports import Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.store_contract import StoreContract


class TestMemoryStore(StoreContract):
    """It keeps every promise of the port."""

    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()
