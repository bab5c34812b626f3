"""What is said to a database over one connection: a question, or the statements of a commit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any, Protocol

from permit_accounts.model.errors import Conflict
from permit_accounts.stores.columns import Value
from permit_accounts.stores.rows import Row
from permit_accounts.stores.statements import Batch


class Speaks(Protocol):
    """Whatever cursors are made of: a driver's connection, or a pool's around it."""

    def cursor(self) -> Any:
        """A new cursor."""
        ...


def fetched(connection: Speaks, sql: str, parameters: Sequence[Value]) -> Sequence[Row]:
    """The rows that a statement selects."""
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql, parameters)
        rows: Sequence[Row] = cursor.fetchall()
    return rows


def say(connection: Speaks, *words: str) -> None:
    """Statements without parameters, one after another."""
    with closing(connection.cursor()) as cursor:
        for one in words:
            cursor.execute(one)


def apply(connection: Speaks, batches: Sequence[Batch]) -> None:
    """Change the rows, each where its precondition holds.

    Raises:
        Conflict: One did not hold; the transaction is to be rolled back.
    """
    with closing(connection.cursor()) as cursor:
        for sql, rows in batches:
            if len(rows) == 1:
                cursor.execute(sql, rows[0])
            else:
                cursor.executemany(sql, rows)
            if cursor.rowcount != len(rows):
                raise Conflict("a record is not current any more, or gone")
