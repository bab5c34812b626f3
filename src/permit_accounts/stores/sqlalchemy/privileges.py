"""Whether the user of a connection may do what a store does: read, add, change and remove rows, nothing more.

Each is tried with a condition that no row fulfills, so that the server itself decides, whatever roles and
groups the privileges come by; nothing is changed, and what was begun is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, Executable, MetaData, Table, delete, false, insert, literal, select, update
from sqlalchemy.exc import DBAPIError

from permit_accounts.stores.error_codes import server_code
from permit_accounts.stores.sqlalchemy.flaw import Flaw
from permit_accounts.stores.sqlalchemy.reaching import FORBIDDEN
from permit_accounts.stores.sqlalchemy.tables import add_tables
from permit_accounts.stores.sqlalchemy.version import missing_tables


def problems_of_the_user(connection: Connection, *, prefix: str, schema: str | None) -> Iterator[Flaw]:
    """Which privileges the user lacks, table by table."""
    missing = missing_tables(connection, prefix=prefix, schema=schema)
    tables = add_tables(MetaData(), prefix=prefix, schema=schema).values()
    lacking: dict[str, list[str]] = {}
    for table in (table for table in tables if table.name not in missing):
        for privilege, statement in _statements(table).items():
            if not _may(connection, statement):
                lacking.setdefault(table.fullname, []).append(privilege)
    for name, privileges in lacking.items():
        granted = ", ".join(privileges)
        yield Flaw(
            "privileges", f"the user may not {granted} on {name}: GRANT {granted} ON {name} TO the user"
        )


def _statements(table: Table) -> Mapping[str, Executable]:
    nothing = [literal("") if column.name == "id" else literal(None) for column in table.columns]
    return {
        "SELECT": select(table.c.id).where(false()),
        "INSERT": insert(table).from_select(list(table.columns), select(*nothing).where(false())),
        "UPDATE": update(table).where(false()).values({table.c.version: 0}),
        "DELETE": delete(table).where(false()),
    }


def _may(connection: Connection, statement: Executable) -> bool:
    """Whether the server does not forbid it; where it fails for another reason, that is told elsewhere."""
    try:
        connection.execute(statement)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return server_code(error.orig) not in FORBIDDEN
    finally:
        connection.rollback()
    return True
