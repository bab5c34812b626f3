"""A database that refuses a commit at its very end: nothing was made, and that is what is said."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import Engine, event

from faults.backends import make_tables
from permit_accounts.model.errors import OutcomeUnknown, Unavailable
from permit_accounts.model.records import Account, License
from permit_accounts.ports import Add, Every
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from permit_accounts.testing.hard_records import plain
from servers.databases import made_on_postgres
from servers.fixtures import POSTGRES, named
from stores.refusing import REFUSED_AT_COMMIT, REFUSED_BY_POSTGRES
from stores.sqlalchemy.engines import store_of


def refuses(store: SQLAlchemyStore) -> None:
    """It says that nothing was written, nothing is there, and it goes on."""
    with pytest.raises(Unavailable) as caught:
        store.commit(Add(plain(Account, "a")))
    assert not isinstance(caught.value, OutcomeUnknown)
    assert () == store.select(Account, Every(), limit=9)
    store.commit(Add(plain(License, "l")))
    assert 1 == len(store.select(License, Every(), limit=9))


@pytest.mark.attack("STO-06")
def test_postgres_refuses() -> None:
    """A constraint that is looked at when the transaction ends."""
    with made_on_postgres(named(POSTGRES)) as url, closing(store_of(url)) as store:
        assert isinstance(store.bind, Engine)
        make_tables(store.bind)
        with store.bind.begin() as connection:
            for rule in REFUSED_BY_POSTGRES:
                connection.exec_driver_sql(rule)

        refuses(store)


@pytest.mark.attack("STO-02")
def test_sqlite_refuses(sqlite_engine: Engine) -> None:
    """The same in a file."""
    event.listen(sqlite_engine, "connect", lambda made, _: made.execute("PRAGMA foreign_keys = ON"))
    sqlite_engine.dispose()
    rules = REFUSED_AT_COMMIT.replace("ON account", "ON permit_accounts_account")
    with sqlite_engine.connect() as connection:
        connection.connection.driver_connection.executescript(rules)

    refuses(SQLAlchemyStore(sqlite_engine))
