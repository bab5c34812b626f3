"""The tables of a SQL database, worked out from each kind's layout, in whatever `MetaData` they are wanted.

Shape, and nothing more: one primary key each, `NOT NULL` where a field is never None, one plain index
`(field, id)` per asked field. No foreign key, check, trigger, default or unique index.

Text is compared by code point and without padding, whatever the database's own habit: collation `C` on
PostgreSQL, `utf8mb4_nopad_bin` on MariaDB, `BINARY` on SQLite, which has no other unless it is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Text
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import TypeEngine

from permit_accounts.ports import LONGEST_KEY
from permit_accounts.stores.rows import KINDS, LAYOUTS, Kind, Layout

PREFIX: Final = "permit_accounts_"
"""What the names of tables begin with, unless another beginning is asked for."""

_MARIADB: Final = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}
_EXACT: Final = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_TEXT: Final = _EXACT.with_variant(mysql.LONGTEXT(**_MARIADB), "mysql", "mariadb")
#: InnoDB's keys have 3,072 bytes at most, and an index holds two of these texts.
_KEY: Final = _EXACT.with_variant(mysql.VARCHAR(LONGEST_KEY, **_MARIADB), "mysql", "mariadb")


def add_tables(
    metadata: MetaData, *, prefix: str = PREFIX, schema: str | None = None
) -> Mapping[Kind, Table]:
    """The table of every kind of record, in this `MetaData`; made there where they are not yet.

    Args:
        metadata: The host's own, or an empty one.
        prefix: What each table's name begins with.
        schema: The schema that they lie in; the connection's own by default.
    """
    return {kind: _table(LAYOUTS[kind], metadata, prefix, schema) for kind in KINDS}


def _table(layout: Layout[Any], metadata: MetaData, prefix: str, schema: str | None) -> Table:
    name = f"{prefix}{layout.table}"
    known = metadata.tables.get(name if schema is None else f"{schema}.{name}")
    if known is not None:
        return known
    columns = (
        Column(
            column.name, _type(layout, column.name), nullable=column.optional, primary_key=column.name == "id"
        )
        for column in layout.columns
    )
    table = Table(name, metadata, *columns, schema=schema, mysql_engine="InnoDB", mysql_charset="utf8mb4")
    for asked in layout.asked_by:
        there = table.c[asked].is_not(None) if layout.column(asked).optional else None
        Index(f"{name}_by_{asked}", table.c[asked], table.c.id, postgresql_where=there, sqlite_where=there)
    return table


def _type(layout: Layout[Any], name: str) -> TypeEngine[Any]:
    if layout.column(name).form.held_as is int:
        return BigInteger()
    return _KEY if name == "id" or name in layout.asked_by else _TEXT
