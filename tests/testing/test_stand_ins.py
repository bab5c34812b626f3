"""The stores that tests put before a real one keep its promises as long as nothing is made to fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.people import Counting
from interleaving import Interleaved
from laws.test_laws_in_motion import Opened, SpyStore
from permit_accounts.model.records import Identifier
from permit_accounts.ports import Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing import StoreContract
from permit_accounts.testing.faulty import FaultyStore
from tools.counted_city import DownStore


class TestStandIns(StoreContract):
    """Whatever the kind, they hand on what they are asked."""

    kinds = (Identifier,)

    @pytest.fixture(params=[FaultyStore, Counting, Interleaved, Opened, SpyStore, DownStore])
    def store(self, request: pytest.FixtureRequest) -> Store:
        stand_in: Callable[[Store], Store] = request.param
        real = MemoryStore()
        real.max_changes = 300
        return stand_in(real)
