"""A store that forgets when the process ends: for tests, trials and attempt counts that may be lost.

It is a real store and keeps every promise of the port, under the same contract as the durable ones:

* Atomic: one lock; a failed precondition undoes what the same commit did before it.
* Equal: it keeps rows, not objects, so nothing that a caller changes later reaches what is kept, and what
  cannot be stored elsewhere is refused here too.
* Ordered: every asked field has its own order, so a page costs the same among ten records or a million.
* Durable: not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from threading import Lock
from typing import Any, Final, TypeVar

from permit_accounts.model.errors import Conflict
from permit_accounts.model.records import Record
from permit_accounts.ports import Add, Change, Replace, Where
from permit_accounts.stores.columns import Value
from permit_accounts.stores.ordered import Key, OrderedKeys
from permit_accounts.stores.rows import (
    KINDS,
    Kind,
    Layout,
    Question,
    Row,
    layout_of,
    question_of,
    replaced_row,
)

R = TypeVar("R", bound=Record)

_VERSION: Final = 1  # the second column of every row


class MemoryStore:
    """Keeps records in this process. One object serves many threads; nothing is shared with a fork."""

    max_changes: int = 10_000

    def __init__(self) -> None:
        self._lock: Final = Lock()
        self._tables: Final = {kind: _Table(layout_of(kind)) for kind in KINDS}

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """Those records of a kind that match, in order. See `permit_accounts.ports.Store`."""
        table, question = self._tables[kind], question_of(kind, where)
        with self._lock:
            return layout_of(kind).page(
                lambda place, number: table.walk(question, place, number, newest_first), after, limit
            )

    def commit(self, *changes: Change) -> None:
        """Apply all changes in order, or none. See `permit_accounts.ports.Store`."""
        steps = [_step(change) for change in changes]
        undo: list[tuple[_Table, str, Row | None]] = []
        with self._lock:
            for kind, record_id, expected, row in steps:
                table = self._tables[kind]
                found = table.rows.get(record_id)
                if (None if found is None else found[_VERSION]) != expected:
                    for changed, changed_id, before in reversed(undo):
                        changed.put(changed_id, before)
                    raise Conflict(f"{kind.__name__}: a precondition did not hold")
                undo.append((table, record_id, found))
                table.put(record_id, row)


class _Table:
    """The rows of one kind, by id and in the order of each asked field."""

    def __init__(self, layout: Layout[Any]) -> None:
        self.rows: Final[dict[str, Row]] = {}
        self._orders: Final = {name: OrderedKeys() for name in ("id", *layout.asked_by)}
        self._positions: Final = {name: layout.positions[name] for name in self._orders}

    def put(self, record_id: str, row: Row | None) -> None:
        """Keep this row under this id; None forgets it."""
        before = self.rows.get(record_id)
        for name, order in self._orders.items():
            old, new = self._key(name, before), self._key(name, row)
            if old == new:
                continue
            if old is not None:
                order.remove(old)
            if new is not None:
                order.add(new)
        if row is None:
            self.rows.pop(record_id, None)
        else:
            self.rows[record_id] = row

    def walk(self, question: Question, after: Row | None, limit: int, newest_first: bool) -> list[Row]:
        """The rows that a question asks for, in order, beginning after that one."""
        field, relation, bound = question
        order = self._orders[field]
        low, high = _bounds(bound)
        last = self._key(field, after)
        if last is not None and relation == "=":
            last = (str(bound), last[1])
        if newest_first:
            keys = order.downwards(low, high if last is None else last)
        else:
            keys = order.upwards(low if last is None else _next(last), high)
        return [self.rows[str(key[1])] for key in islice(keys, limit)]

    def _key(self, name: str, row: Row | None) -> Key | None:
        value = None if row is None else row[self._positions[name]]
        return None if row is None or value is None else (value, str(row[0]))


def _bounds(bound: Value) -> tuple[Key | None, Key | None]:
    """The first key that a question asks for, and the first one beyond."""
    if isinstance(bound, str):
        return (bound,), (f"{bound}\0",)
    return None, None if bound is None else (bound + 1,)


def _next(key: Key) -> Key:
    """The smallest key after this one: no text lies between `x` and `x` with a NUL behind it."""
    return (key[0], f"{key[1]}\0")


def _step(change: Change) -> tuple[Kind, str, int | None, Row | None]:
    """A change as kind, id, the version that must be there (None: no record), and the row to keep."""
    if isinstance(change, Replace):
        old, new = change.old, change.new
        return type(old), old.id, old.version, replaced_row(old, new)
    record = change.record
    kind = type(record)
    if isinstance(change, Add):
        return kind, record.id, None, layout_of(kind).to_row(record)
    return kind, record.id, record.version, None
