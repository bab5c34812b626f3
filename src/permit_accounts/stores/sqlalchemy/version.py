"""Which release's tables a database holds: the few questions that opening a store asks.

The last migration stands in a table of its own, `<prefix>version`. Where the host's own migrations make the
tables there is none, and the tables themselves are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, Engine, String, column, inspect, select, table
from sqlalchemy.exc import DBAPIError

from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.stores.error_codes import server_code
from permit_accounts.stores.rows import KINDS, LAYOUTS
from permit_accounts.stores.sqlalchemy.reaching import FORBIDDEN, connected, named
from permit_accounts.stores.sqlalchemy.tables import PREFIX

HEAD: Final = "permit_accounts_0001"
"""The migration that this release's tables come from."""

COMMAND: Final = "permit-accounts db upgrade"
"""What makes the tables, and brings them up to date."""


def check(engine: Engine, *, prefix: str = PREFIX, schema: str | None = None) -> None:
    """Make sure, with a question or two, that the database can be reached and holds this release's tables.

    `problems.problems` looks at everything else.

    Raises:
        ConfigurationError: It does not, or the URL cannot be used; the message names what helps.
        Unavailable: It cannot be reached.
    """
    with connected(engine) as connection:
        try:
            wrong = what_is_missing(connection, prefix=prefix, schema=schema)
        except DBAPIError as error:
            raise Unavailable(
                f"the database could not be asked for its tables ({named(error)})"
            ) from error.orig
    if wrong is not None:
        raise ConfigurationError(wrong)


def what_is_missing(connection: Connection, *, prefix: str, schema: str | None) -> str | None:
    """Why these are not this release's tables, in a sentence; None where they are."""
    known, version = version_of(connection, prefix=prefix, schema=schema)
    if known:
        return _wrong(version)
    return without(missing_tables(connection, prefix=prefix, schema=schema))


def wrong_version(connection: Connection, *, prefix: str, schema: str | None) -> str | None:
    """Why the version that the database tells is not this release's; None where it is, or tells none."""
    known, version = version_of(connection, prefix=prefix, schema=schema)
    return _wrong(version) if known else None


def without(missing: Sequence[str]) -> str | None:
    """What it means that these tables are missing; None where there are none of them."""
    if len(missing) == len(KINDS):
        return f"the database has no tables of accounts yet: run `{COMMAND}`"
    return f"{_lacks(missing)}: run `{COMMAND}` as their owner, who sees all of them" if missing else None


def still_without(missing: Sequence[str]) -> str:
    """What it means that these tables are missing where the migration that makes them has been run."""
    return (
        f"{_lacks(missing)}, which were made once and have been removed since: restore them from a backup "
        "(or this user may not see them: look again as their owner)"
    )


def version_of(connection: Connection, *, prefix: str, schema: str | None) -> tuple[bool, str | None]:
    """Whether the database tells a version, and which: None where its table is empty.

    It tells none where the host's own migrations made the tables, or where this user may not read it.
    """
    name = f"{prefix}version"
    question = select(column("version_num", String)).select_from(table(name, schema=schema))
    try:
        if not inspect(connection).has_table(name, schema=schema):
            return False, None
        return True, connection.execute(question).scalars().first()
    except DBAPIError as error:
        if server_code(error.orig) not in FORBIDDEN:
            raise
        connection.rollback()
        return False, None


def untold(connection: Connection, *, prefix: str, schema: str | None) -> str | None:
    """Why nothing tells which release's tables these are; None where it is told, or there are none."""
    known, _ = version_of(connection, prefix=prefix, schema=schema)
    missing = missing_tables(connection, prefix=prefix, schema=schema)
    if known or len(missing) == len(KINDS):
        return None
    return (
        "the tables are there, and nothing tells of which release: either this user may not read "
        f"{prefix}version (GRANT SELECT ON {prefix}version TO the user), or migrations of your own made them"
    )


def missing_tables(connection: Connection, *, prefix: str, schema: str | None) -> list[str]:
    """The names of those tables that are not there."""
    wanted = [f"{prefix}{LAYOUTS[kind].table}" for kind in KINDS]
    there = set(inspect(connection).get_table_names(schema=schema))
    return [name for name in wanted if name not in there]


def _lacks(missing: Sequence[str]) -> str:
    return f"the database lacks the tables {', '.join(missing)}"


def _wrong(version: str | None) -> str | None:
    if version == HEAD:
        return None
    if version is None:
        return f"the tables are of an older release (none; this one needs {HEAD}): run `{COMMAND}`"
    return f"the tables are of a newer release ({version}; this one knows {HEAD}): upgrade permit-accounts"
