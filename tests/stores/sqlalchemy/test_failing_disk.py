"""A SQLite file behind an engine, on a disk that fails while a commit is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from permit_accounts.model.errors import OutcomeUnknown
from permit_accounts.model.records import Account
from permit_accounts.ports import Add, Every
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from permit_accounts.testing.hard_records import plain
from stores.failing_disks import files_no_larger_than


@pytest.mark.attack("STO-02")
def test_a_disk_that_fails_at_commit_leaves_it_open_whether_it_was_made(sqlite_engine: Engine) -> None:
    """As in the store of the standard library; the connection is thrown away, and the next commit is made."""
    with sqlite_engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    store = SQLAlchemyStore(sqlite_engine)
    store.commit(Add(plain(Account, "a")))
    log = Path(f"{sqlite_engine.url.database}-wal")
    with files_no_larger_than(log.stat().st_size), pytest.raises(OutcomeUnknown):
        store.commit(Add(plain(Account, "b")))

    assert [plain(Account, "a")] == list(store.select(Account, Every(), limit=9))
    store.commit(Add(plain(Account, "b")))
    assert 2 == len(store.select(Account, Every(), limit=9))
