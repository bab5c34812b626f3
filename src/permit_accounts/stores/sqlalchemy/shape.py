"""Whether the tables are there and have the columns, the collations, the keys and the indexes that they need.

The catalogs are asked, which show a table to whoever may use the schema; MariaDB shows it only to a user
with some privilege for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from sqlalchemy import Column, Connection, MetaData, Table, inspect, text

from permit_accounts.stores.sqlalchemy import version
from permit_accounts.stores.sqlalchemy.flaw import Flaw
from permit_accounts.stores.sqlalchemy.tables import add_tables

_Held: TypeAlias = Mapping[str, Mapping[str, tuple[str, bool]]]
"""By table and column: its type with its collation, and whether it may hold nothing."""


def problems_of_the_tables(connection: Connection, *, prefix: str, schema: str | None) -> Iterator[Flaw]:
    """Everything about the tables that differs from what this release makes."""
    missing = version.missing_tables(connection, prefix=prefix, schema=schema)
    told, release = version.version_of(connection, prefix=prefix, schema=schema)
    made = release == version.HEAD
    words = version.still_without(missing) if made and missing else version.without(missing)
    if words is not None:
        yield Flaw("tables", words)
    remedy = _BY_HAND if made or not told else ""  # else what is said of the version helps
    wanted = add_tables(MetaData(), prefix=prefix, schema=schema).values()
    there = [table for table in wanted if table.name not in missing]
    held = _HELD[connection.dialect.name](connection, schema, [table.name for table in there])
    for table in there:
        yield from _columns(connection, table, held[table.name], remedy)
        yield from _keys(connection, table)
        yield from _indexes(connection, table)
    if connection.dialect.name in _MARIADB:
        yield from _engines(connection, schema, [table.name for table in there])


def _columns(
    connection: Connection, table: Table, held: Mapping[str, tuple[str, bool]], remedy: str
) -> Iterator[Flaw]:
    lacking = [
        f"{column.name} ({_wanted(connection, column)}{'' if column.nullable else ' NOT NULL'})"
        for column in table.columns
        if column.name not in held
    ]
    if lacking:
        yield Flaw("columns", f"{table.name} lacks the columns {', '.join(lacking)}{remedy}")
    differing: dict[tuple[str, str], list[str]] = defaultdict(list)
    for column in table.columns:
        if column.name in held:
            wanted, (found, nullable) = _wanted(connection, column), held[column.name]
            if found != wanted:
                differing[found, wanted].append(column.name)
            if column.nullable and not nullable:
                yield Flaw("columns", f"{table.name}.{column.name} is NOT NULL, and must take NULL{remedy}")
    for (found, wanted), names in differing.items():
        topic = "collation" if found.split()[0] == wanted.split()[0] else "columns"
        yield Flaw(topic, f"{table.name}: {', '.join(names)} must be {wanted}, not {found}{remedy}")


def _wanted(connection: Connection, column: Column[Any]) -> str:
    return connection.dialect.type_compiler_instance.process(column.type)


def _keys(connection: Connection, table: Table) -> Iterator[Flaw]:
    found = inspect(connection).get_pk_constraint(table.name, schema=table.schema)
    if found["constrained_columns"] != ["id"]:
        yield Flaw("primary-key", f"the primary key of {table.name} must be id and nothing else")


def _indexes(connection: Connection, table: Table) -> Iterator[Flaw]:
    """Whatever their names are, for a host may have rules of its own for names."""
    found = inspect(connection).get_indexes(table.name, schema=table.schema)
    there = [index["column_names"] for index in found]
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        columns = [column.name for column in index.columns]
        if columns not in there:
            yield Flaw(
                "indexes",
                f"{table.name} has no index on ({', '.join(columns)}), so that whole tables are read: "
                f"CREATE INDEX {index.name} ON {table.name} ({', '.join(columns)})",
                serious=False,
            )
    for one in found:
        if one["unique"]:
            yield Flaw(
                "indexes", f"{one['name']} on {table.name} is unique, and refuses what must be kept: drop it"
            )


def _engines(connection: Connection, schema: str | None, names: list[str]) -> Iterator[Flaw]:
    rows = connection.execute(
        text(
            "SELECT table_name, engine FROM information_schema.tables "
            "WHERE table_schema = COALESCE(:schema, DATABASE())"
        ),
        {"schema": schema},
    )
    for name, engine in rows:
        if name in names and engine != "InnoDB":
            yield Flaw(
                "engine",
                f"{name} is a table of {engine}, without transactions: ALTER TABLE {name} ENGINE=InnoDB",
            )


def _held_by_postgresql(connection: Connection, schema: str | None, names: list[str]) -> _Held:
    rows = connection.execute(
        text(
            "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), l.collname, NOT a.attnotnull"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            " LEFT JOIN pg_collation l ON l.oid = a.attcollation"
            " WHERE c.relname = ANY(:names) AND c.relkind IN ('r', 'p')"
            " AND (n.nspname = :schema OR (CAST(:schema AS text) IS NULL AND pg_table_is_visible(c.oid)))"
        ),
        {"schema": schema, "names": names},
    )
    return _by_table(
        (
            table,
            column,
            kind.upper() + (f' COLLATE "{collation}"' if collation not in (None, "default") else ""),
            nullable,
        )
        for table, column, kind, collation, nullable in rows
    )


def _held_by_mariadb(connection: Connection, schema: str | None, names: list[str]) -> _Held:
    rows = connection.execute(
        text(
            "SELECT table_name, column_name, column_type, character_set_name, collation_name, is_nullable"
            " FROM information_schema.columns WHERE table_schema = COALESCE(:schema, DATABASE())"
        ),
        {"schema": schema},
    )
    return _by_table(
        (
            table,
            column,
            kind.upper() + (f" CHARACTER SET {charset} COLLATE {collation}" if charset else ""),
            nullable == "YES",
        )
        for table, column, kind, charset, collation, nullable in rows
    )


def _held_by_sqlite(connection: Connection, schema: str | None, names: list[str]) -> _Held:
    asked = inspect(connection)
    return _by_table(
        (name, column["name"], str(column["type"]), column["nullable"])
        for name in names
        for column in asked.get_columns(name, schema=schema)
    )


def _by_table(rows: Iterator[tuple[str, str, str, bool]]) -> _Held:
    held: dict[str, dict[str, tuple[str, bool]]] = defaultdict(dict)
    for table, column, kind, nullable in rows:
        held[table][column] = (kind.replace("BIGINT(20)", "BIGINT"), nullable)
    return held


_BY_HAND: Final = (
    f". `{version.COMMAND}` does not change that: restore the table from a backup, or ALTER it so"
)
_MARIADB: Final = ("mysql", "mariadb")
_HELD: Final[Mapping[str, Callable[[Connection, str | None, list[str]], _Held]]] = {
    "postgresql": _held_by_postgresql,
    "mysql": _held_by_mariadb,
    "mariadb": _held_by_mariadb,
    "sqlite": _held_by_sqlite,
}
