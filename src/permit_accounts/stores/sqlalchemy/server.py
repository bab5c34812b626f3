"""Whether a database server keeps what it is given: its version, its letters, its clock, its settings.

The oldest releases that are let pass are those whose makers mended them when this was written; what was tried
is PostgreSQL 15, MariaDB 10.11 and SQLite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from permit_accounts.stores.sqlalchemy.flaw import Flaw

#: Sessions and links end by this machine's clock; the server's only stands in its logs. Apart by so much they
#: cannot be laid side by side, and by so much one of them is not set at all.
_APART: Final = timedelta(seconds=5)
_WRONG: Final = timedelta(seconds=60)

_POSTGRESQL_LEAST: Final = (13,)
_POSTGRESQL_TRIED: Final = (15,)
_MARIADB_LEAST: Final = (10, 6)
_MARIADB_TRIED: Final = (10, 11)


def problems_of_the_server(connection: Connection, *, now: Callable[[], datetime]) -> Iterator[Flaw]:
    """Everything about the server, and about what a connection to it is told, that would do harm."""
    look = _LOOKS.get(connection.dialect.name)
    if look is not None:
        yield from look(connection, now)


def _of_postgresql(connection: Connection, now: Callable[[], datetime]) -> Iterator[Flaw]:
    version = connection.dialect.server_version_info or ()
    yield from _too_old("PostgreSQL", version, _POSTGRESQL_LEAST, _POSTGRESQL_TRIED)
    encoding = _said(connection, "SHOW server_encoding")
    if encoding != "UTF8":
        yield Flaw(
            "encoding",
            f"the database is encoded as {encoding}, which lacks letters that people have in their names: "
            "make one WITH TEMPLATE template0 ENCODING 'UTF8'",
        )
    if _said(connection, "SELECT pg_is_in_recovery()"):
        yield Flaw("read-only", "this server is a standby and only reads: name the primary")
    elif _said(connection, "SHOW transaction_read_only") == "on":
        yield Flaw(
            "read-only", "transactions only read here (default_transaction_read_only is on for this user)"
        )
    for setting in ("fsync", "full_page_writes"):
        if _said(connection, f"SHOW {setting}") == "off":
            yield Flaw("durability", f"{setting} is off: a server that loses power may lose the database")
    if _said(connection, "SHOW synchronous_commit") == "off":
        yield Flaw(
            "durability",
            "synchronous_commit is off: a server that loses power forgets what was done last, such as that a "
            "link was used",
            serious=False,
        )
    yield from _clock(connection, "SELECT extract(epoch FROM clock_timestamp())", now)


def _of_mariadb(connection: Connection, now: Callable[[], datetime]) -> Iterator[Flaw]:
    if not getattr(connection.dialect, "is_mariadb", False):
        yield Flaw("server", "this is not MariaDB, and other servers of its sort were not tried")
        return
    version = connection.dialect.server_version_info or ()
    yield from _too_old("MariaDB", version, _MARIADB_LEAST, _MARIADB_TRIED)
    modes = str(_said(connection, "SELECT @@sql_mode")).split(",")
    if not {"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES"} & {*modes}:
        yield Flaw(
            "sql-mode", "sql_mode lacks STRICT_TRANS_TABLES, so that texts would be cut short silently"
        )
    if _said(connection, "SELECT @@log_bin") and _said(connection, "SELECT @@binlog_format") == "STATEMENT":
        yield Flaw(
            "isolation",
            "binlog_format is STATEMENT, with which nothing can be written at READ COMMITTED: "
            "set it to MIXED or ROW",
        )
    if _said(connection, "SELECT @@read_only"):
        yield Flaw("read-only", "read_only is on, as on a replica: name the server that is written to")
    if _said(connection, "SELECT @@character_set_connection") != "utf8mb4":
        yield Flaw(
            "encoding", "the connection's character set is not utf8mb4: add charset=utf8mb4 to its URL"
        )
    if _said(connection, "SELECT @@innodb_flush_log_at_trx_commit") != 1:
        yield Flaw(
            "durability",
            "innodb_flush_log_at_trx_commit is not 1: a server that loses power forgets what was done last, "
            "such as that a link was used",
            serious=False,
        )
    yield from _clock(connection, "SELECT UNIX_TIMESTAMP(SYSDATE(6))", now)


def _too_old(
    name: str, version: tuple[Any, ...], least: tuple[int, ...], tried: tuple[int, ...]
) -> Iterator[Flaw]:
    found, wanted = (".".join(map(str, one)) for one in (version, least))
    if version < least:
        yield Flaw("server", f"{name} {found} is too old: {name} {wanted} or newer is needed")
    elif version < tried:
        oldest = ".".join(map(str, tried))
        yield Flaw("server", f"{name} {found} was not tried; the oldest that was is {oldest}", serious=False)


def _clock(connection: Connection, question: str, now: Callable[[], datetime]) -> Iterator[Flaw]:
    """Between two looks at this machine's clock, so that a slow network is not taken for a wrong clock."""
    before = now()
    there = datetime.fromtimestamp(float(str(_said(connection, question))), UTC)
    after = now()
    apart = max(before - there, there - after, timedelta())
    if apart > _APART:
        yield Flaw(
            "clock",
            f"the server's clock and this machine's are {apart.total_seconds():.0f} seconds apart: "
            "let both be set by the same time server",
            serious=apart > _WRONG,
        )


def _said(connection: Connection, question: str) -> object:
    return connection.exec_driver_sql(question).scalar()


_LOOKS: Final[Mapping[str, Callable[[Connection, Callable[[], datetime]], Iterator[Flaw]]]] = {
    "postgresql": _of_postgresql,
    "mysql": _of_mariadb,
    "mariadb": _of_mariadb,
}
