"""The SQL of a SQLite store: how SQLite spells what every store says, and what makes its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from permit_accounts.stores.columns import Column
from permit_accounts.stores.rows import KINDS, LAYOUTS, Kind, PerKind
from permit_accounts.stores.statements import Spelling, Statements


def schema() -> Iterator[str]:
    """What makes the tables and indexes, exactly as SQLite keeps it."""
    for layout in (LAYOUTS[kind] for kind in KINDS):
        columns = (
            f"{column.name} {column.form.storage}"
            f"{'' if column.optional else ' NOT NULL'}{' PRIMARY KEY' if column.name == 'id' else ''}"
            for column in layout.columns
        )
        yield f"CREATE TABLE {layout.table} ({', '.join(columns)}) STRICT, WITHOUT ROWID"
        for name in layout.asked_by:
            partial = f" WHERE {name} IS NOT NULL" if layout.column(name).optional else ""
            yield f"CREATE INDEX {layout.table}_by_{name} ON {layout.table} ({name}, id){partial}"


def place_in_sqlite(column: Column) -> str:
    """Stands for the place of a row that a page ended on: damaged, it may hold bytes that are no text."""
    return f"CAST(? AS {column.form.storage})"


def text_or_bytes(raw: bytes) -> str | bytes:
    """A column's text; bytes that are none stay what they are, and no field reads them."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _as_it_is(name: str) -> str:
    return name


_SPELLING: Final = Spelling(
    mark="?", place=place_in_sqlite, table=_as_it_is, column=_as_it_is, compares_rows=True
)

#: The statements of every kind.
STATEMENTS: Final[Mapping[Kind, Statements]] = PerKind(lambda kind: Statements(LAYOUTS[kind], _SPELLING))
