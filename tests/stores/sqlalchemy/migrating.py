"""Databases for the tests of migrations: an empty one of each sort, and what it holds, as it tells itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from servers.tables import driven

SORTS = ("postgresql", "mariadb", "sqlite")


@contextmanager
def empty_database(sort: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine on a database of this sort that is empty when the test begins, and this test's alone."""
    if sort == "sqlite":
        url = f"sqlite:///{request.getfixturevalue('tmp_path') / 'host.db'}"
    else:
        url = request.getfixturevalue(
            {"postgresql": "empty_postgres_url", "mariadb": "empty_mariadb_url"}[sort]
        )
    engine = engine_of(url)
    try:
        yield engine
    finally:
        engine.dispose()


def engine_of(url: str) -> Engine:
    """An engine on what a `postgresql://` or `mariadb://` URL names, by the driver that the extra brings."""
    return create_engine(driven(url))


def held(engine: Engine, prefix: str) -> dict[str, object]:
    """What the database itself says of the tables with this prefix, which is left out of it."""
    names = [name for name in inspect(engine).get_table_names() if name.startswith(prefix)]
    ours = [name for name in names if name != f"{prefix}version"]
    return {name.removeprefix(prefix): _told(engine, name, prefix) for name in ours}


def run(engine: Engine, *sql: str) -> None:
    """Say this to the database, and commit."""
    with engine.begin() as connection:
        for statement in sql:
            connection.exec_driver_sql(statement)


_POSTGRESQL = (
    "SELECT attname, format_type(atttypid, atttypmod), attnotnull, collname, atthasdef, attidentity"
    " FROM pg_attribute LEFT JOIN pg_collation l ON l.oid = attcollation"
    " WHERE attrelid = to_regclass(:name) AND attnum > 0 ORDER BY attnum",
    "SELECT indexdef FROM pg_indexes WHERE tablename = :name ORDER BY 1",
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass(:name)",
)


def _told(engine: Engine, name: str, prefix: str) -> list[str]:
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            lines = [
                repr(row) for sql in _POSTGRESQL for row in connection.execute(text(sql), {"name": name})
            ]
        elif engine.dialect.name == "sqlite":
            sql = text("SELECT sql FROM sqlite_schema WHERE tbl_name = :name")
            lines = [str(row[0]) for row in connection.execute(sql, {"name": name})]
        else:
            made = connection.exec_driver_sql(f"SHOW CREATE TABLE {name}").one()[1]
            lines = [line.rstrip(",") for line in made.splitlines()]
    return sorted(" ".join(re.sub(rf"\b{prefix}", "", line).split()) for line in lines)
