"""What a failed commit leaves behind: no cursor that could touch a connection once another thread has it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import attrs
import pytest

from permit_accounts.model.errors import Conflict
from permit_accounts.model.records import AttemptCount
from permit_accounts.ports import Add, Remove, Replace
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.world import START


@pytest.mark.attack("THR-01")
@pytest.mark.parametrize("changes", [1, 2])
def test_a_failed_commit_leaves_no_cursor_open(tmp_path: Path, changes: int) -> None:
    """A traceback keeps what its frames held; a cursor freed with it would reset a statement in use."""
    store = SQLiteStore(tmp_path / "city.db", create=True)
    counts = [AttemptCount(id=f"a:{n}", since=START, expires_at=START) for n in range(changes)]
    store.commit(*(Add(count) for count in counts))
    store.commit(Remove(counts[0]))

    with pytest.raises(Conflict) as raised:
        store.commit(*(Replace(count, attrs.evolve(count, failures=1)) for count in counts))

    held = [value for entry in raised.traceback for value in entry.locals.values()]
    cursors = [value for value in held if isinstance(value, sqlite3.Cursor)]
    for cursor in cursors:
        with pytest.raises(sqlite3.ProgrammingError, match="closed cursor"):
            cursor.fetchone()
    store.close()
