"""The memory store, under the same contract as the durable ones."""

from __future__ import annotations

import logging

import pytest

from permit_accounts.model.errors import Conflict
from permit_accounts.model.records import AttemptCount, Session
from permit_accounts.ports import Add, Every, Is, Replace, Store, UpTo
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing import StoreContract
from permit_accounts.testing.hard_records import NOON, plain


class TestMemoryStore(StoreContract):
    """It keeps every promise of the port."""

    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


def test_nothing_of_the_store_is_the_callers(caplog: pytest.LogCaptureFixture) -> None:
    """Two selects give equal records, not the same one."""
    store = MemoryStore()
    record = plain(Session, "a")
    store.commit(Add(record))
    (first,), (second,) = (store.select(Session, Is("id", "a"), limit=1) for _ in range(2))
    assert record == first == second
    assert first is not record
    assert first is not second


@pytest.mark.attack("SESS-18", "THR-16")
def test_a_corrupt_row_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """As in every other store: not found, one line in the log, and its id stays taken."""
    store = MemoryStore()
    store.commit(*(Add(plain(AttemptCount, record_id, expires_at=NOON)) for record_id in "abcd"))
    rows = store._tables[AttemptCount].rows
    for record_id in "bd":
        row = list(rows[record_id])
        row[2] = "abc"
        rows[record_id] = row
    assert () == store.select(AttemptCount, Is("id", "b"), limit=1)
    line = "left out a row of attempt_count that cannot be read"
    assert [("permit_accounts.stores", logging.WARNING, line)] == caplog.record_tuples
    for where in (Every(), UpTo("expires_at", NOON)):
        for limit in (1, 2, 3):
            assert ["a", "c"][:limit] == [one.id for one in store.select(AttemptCount, where, limit=limit)]
    with pytest.raises(Conflict):
        store.commit(Add(plain(AttemptCount, "b")))


def test_a_mistake_in_the_program_is_not_hidden() -> None:
    """A question that no store is asked, and a replacement by another record, are nobody's Conflict."""
    store = MemoryStore()
    with pytest.raises(ValueError, match="not asked by device_label"):
        store.select(Session, Is("device_label", "x"), limit=1)
    with pytest.raises(ValueError, match="one id"):
        store.commit(Replace(plain(Session, "a"), plain(Session, "b")))
