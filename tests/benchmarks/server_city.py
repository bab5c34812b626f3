"""A city in a database of its own on a PostgreSQL or MariaDB server, filled by COPY where there is COPY.

The scripts beside it make the database on a server that they are told, and drop it when they are done.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import MetaData, create_engine
from sqlalchemy.schema import CreateIndex, DropIndex

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `servers` lies beside this folder

from filled_city import PASSWORD, records

from permit_accounts.accounts import Accounts
from permit_accounts.model.records import Record
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Store
from permit_accounts.stores.by_url import open_store
from permit_accounts.stores.rows import LAYOUTS, Kind
from permit_accounts.stores.sqlalchemy.tables import add_tables
from servers.databases import made_on_mariadb, made_on_postgres
from servers.tables import driven

SERVER: Final = "PERMIT_ACCOUNTS_TEST_POSTGRES"
_A_COPY: Final = 20_000  # accounts; what is held in memory at once

Tell: Any = Callable[[int], object]


def server(given: str | None) -> str:
    """The URL of the server that is meant: as given, or as the environment has it."""
    url = given or os.environ.get(SERVER, "")
    if not url:
        sys.exit(f"no server: give --server postgresql://user@host:port/database, or set {SERVER}")
    return url


@contextmanager
def made_on(url: str) -> Iterator[str]:
    """An empty database on this server, as its URL; dropped afterwards."""
    make = made_on_mariadb if url.startswith("mariadb") else made_on_postgres
    with make(url) as made:
        yield made


def opened(url: str) -> Store:
    """The store that this URL names; its tables are made where they are not there yet."""
    return open_store(url, create=True)


def copy_accounts(accounts: Accounts, url: str, count: int, tell: Tell = print) -> None:
    """Make so many accounts in a PostgreSQL database, past every rule and as fast as COPY takes them."""
    s = accounts.services
    encoded = s.hasher.hash(Secret(PASSWORD))
    with unindexed(url):
        for first in range(0, count, _A_COPY):
            numbers = range(first, min(first + _A_COPY, count))
            copy_records(url, (record for i in numbers for record in records(s, i, encoded)))
            tell(numbers.stop)


def copy_records(url: str, made: Iterable[Record]) -> None:
    """Put these records into their tables, in one transaction."""
    rows: dict[Kind, list[Sequence[Any]]] = defaultdict(list)
    for record in made:
        rows[type(record)].append(LAYOUTS[type(record)].to_row(record))
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for kind, its in rows.items():
            names = ", ".join(LAYOUTS[kind].positions)
            with cursor.copy(f"COPY {table_of(kind)} ({names}) FROM STDIN") as copy:
                for row in its:
                    copy.write_row(row)


@contextmanager
def unindexed(url: str) -> Iterator[None]:
    """Without the indexes of all tables in the meantime, which are then made at once; and analyzed."""
    engine = create_engine(driven(url))
    indexes = [index for table in add_tables(MetaData()).values() for index in table.indexes]
    with engine.begin() as connection:
        for index in indexes:
            connection.execute(DropIndex(index))
    yield
    with engine.begin() as connection:
        for index in indexes:
            connection.execute(CreateIndex(index))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def table_of(kind: Kind) -> str:
    """The name of the table of a kind of record."""
    return _TABLES[kind].name


_TABLES: Final = add_tables(MetaData())
