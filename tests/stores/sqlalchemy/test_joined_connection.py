"""A store in the host's transaction: savepoints, and a transaction that the database gave up by itself."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from threading import Barrier
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from permit_accounts.model.errors import ConfigurationError, Conflict, Unavailable
from permit_accounts.model.records import Account, Session
from permit_accounts.ports import Add, Every, Replace
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from permit_accounts.testing import race_threads
from permit_accounts.testing.hard_records import plain
from servers.tables import empty
from stores.sqlalchemy.engines import engine_of, url_of


@pytest.fixture
def applicants(engine: Engine) -> Iterator[Engine]:
    """A table of the host's beside ours."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE applicant (name VARCHAR(40) PRIMARY KEY)"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE applicant"))


def _insert(connection: Connection, name: str) -> None:
    connection.execute(text("INSERT INTO applicant VALUES (:name)"), {"name": name})


def _kept(engine: Engine) -> tuple[list[str], list[str]]:
    """The ids of accounts and the names of applicants, as everybody sees them."""
    with engine.connect() as connection:
        names = list(connection.execute(text("SELECT name FROM applicant ORDER BY name")).scalars())
    return [one.id for one in SQLAlchemyStore(engine).select(Account, Every(), limit=99)], names


def test_both_or_neither(applicants: Engine) -> None:
    """What the host rolls back takes ours along, and what it commits brings ours, whichever comes first."""
    for ours_first in (True, False):
        with applicants.connect() as connection:
            if not ours_first:
                _insert(connection, "ann")
            SQLAlchemyStore(connection).commit(Add(plain(Account, "a")))
            if ours_first:
                _insert(connection, "ann")
            connection.rollback()
        assert ([], []) == _kept(applicants)
    with applicants.begin() as connection:
        SQLAlchemyStore(connection).commit(Add(plain(Account, "a")))
        _insert(connection, "ann")
    assert (["a"], ["ann"]) == _kept(applicants)


def test_a_conflict_leaves_the_hosts_transaction_as_it_was(applicants: Engine) -> None:
    """What the host wrote before stays, and it goes on writing, with us and alone."""
    with applicants.begin() as connection:
        store = SQLAlchemyStore(connection)
        _insert(connection, "ann")
        store.commit(Add(plain(Account, "a")))
        for change in (Add(plain(Account, "a")), Replace(plain(Account, "z"), plain(Account, "z"))):
            with pytest.raises(Conflict):
                store.commit(Add(plain(Account, "b")), change)
        _insert(connection, "bob")
        store.commit(Add(plain(Account, "c")))
    assert (["a", "c"], ["ann", "bob"]) == _kept(applicants)


def test_what_is_refused_otherwise_leaves_it_as_it_was_too(applicants: Engine) -> None:
    """A table that is missing is Unavailable, and undone as far as the savepoint."""
    with applicants.begin() as connection:
        _insert(connection, "ann")
        with pytest.raises(Unavailable):
            SQLAlchemyStore(connection, prefix="missing_").commit(Add(plain(Account, "a")))
        _insert(connection, "bob")
    assert ([], ["ann", "bob"]) == _kept(applicants)


def test_a_question_that_fails_is_unavailable(engine: Engine) -> None:
    """Nothing of the driver's words is in the message."""
    with engine.connect() as connection:
        with pytest.raises(Unavailable) as caught:
            SQLAlchemyStore(connection, prefix="missing_").select(Account, Every(), limit=1)
    assert "missing" not in str(caught.value)


def test_an_interrupted_commit_is_undone(applicants: Engine) -> None:
    """Ctrl-C inside the savepoint: the host's own handling of it decides about the rest."""

    def interrupt(frame: FrameType, what: str, _: object) -> None:
        if what == "return" and frame.f_code.co_name == "apply":
            sys.setprofile(None)
            raise KeyboardInterrupt

    with applicants.begin() as connection:
        _insert(connection, "ann")
        sys.setprofile(interrupt)
        with pytest.raises(KeyboardInterrupt):
            SQLAlchemyStore(connection).commit(Add(plain(Account, "a")))
    assert ([], ["ann"]) == _kept(applicants)


def test_autocommit_has_no_transaction_to_join(engine: Engine) -> None:
    """It is said when the store is made, and not when the host's half is missing."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        with pytest.raises(ConfigurationError, match="no transaction to join"):
            SQLAlchemyStore(connection)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("database", ["postgres", "mariadb"])
def test_a_transaction_that_sees_what_was_is_not_joined(
    database: str, level: str, request: pytest.FixtureRequest
) -> None:
    """The message names the isolation, and what to do instead works."""
    engine: Engine = request.getfixturevalue(f"{database}_engine")
    with engine.execution_options(isolation_level=level).connect() as connection:
        with pytest.raises(ConfigurationError, match=rf"in {level}.*isolation_level='READ COMMITTED'"):
            SQLAlchemyStore(connection)
    with engine.execution_options(isolation_level="READ COMMITTED").connect() as connection:
        assert () == SQLAlchemyStore(connection).select(Account, Every(), limit=1)


def test_what_mariadb_begins_by_itself_is_not_joined(mariadb_engine: Engine) -> None:
    """REPEATABLE READ is its default."""
    usual = create_engine(mariadb_engine.url)
    with usual.connect() as connection, pytest.raises(ConfigurationError, match="REPEATABLE READ"):
        SQLAlchemyStore(connection)
    usual.dispose()


def test_a_connection_that_was_closed_is_unavailable(engine: Engine) -> None:
    """A store outlived the host's transaction: a mistake, but no exception of SQLAlchemy's."""
    with engine.connect() as connection:
        store = SQLAlchemyStore(connection)
    for ask in (
        lambda: store.select(Account, Every(), limit=1),
        lambda: store.commit(Add(plain(Account, "a"))),
        lambda: SQLAlchemyStore(connection),
    ):
        with pytest.raises(Unavailable, match="ResourceClosedError"):
            ask()
    store.close()


@pytest.mark.attack("STO-06")
def test_a_connection_that_dies_takes_the_transaction_along(postgres_engine: Engine) -> None:
    """The host cannot commit the half that it believes to have."""
    with postgres_engine.connect() as connection:
        store = SQLAlchemyStore(connection)
        store.commit(Add(plain(Account, "a")))
        number = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        killer = engine_of(url_of(postgres_engine))
        with killer.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
        killer.dispose()
        with pytest.raises(Unavailable, match="could not be used: "):
            store.commit(Add(plain(Account, "b")))
        with pytest.raises(SQLAlchemyError):
            connection.execute(text("SELECT 1"))
    assert () == SQLAlchemyStore(postgres_engine).select(Account, Every(), limit=9)


@pytest.mark.attack("STO-08")
def test_a_deadlock_on_mariadb_takes_the_transaction_along(mariadb_engine: Engine) -> None:
    """MariaDB rolls everything back, not only our savepoint, so the host must not commit the rest."""
    own = SQLAlchemyStore(mariadb_engine)
    one, two = plain(Account, "1"), plain(Account, "2")
    own.commit(Add(one), Add(two))

    def crossing(first: Account, second: Account, mark: str, turn: Callable[[], Any]) -> Callable[[], str]:
        def run() -> str:
            with mariadb_engine.connect() as connection:
                store = SQLAlchemyStore(connection)
                store.commit(Add(plain(Session, mark)), Replace(first, first))
                turn()
                try:
                    store.commit(Replace(second, second))
                except Unavailable:
                    with pytest.raises(SQLAlchemyError):
                        connection.commit()
                    return "lost"
                except Conflict:
                    return "stale"
                connection.commit()
                return mark

        return run

    meeting = Barrier(2)
    results = race_threads(
        crossing(one, two, "first", meeting.wait), crossing(two, one, "second", meeting.wait)
    )
    assert "lost" in results
    (winner,) = [result for result in results if result != "lost"]
    assert [winner] == [mark.id for mark in own.select(Session, Every(), limit=9)]
    assert [2, 2] == [account.version for account in own.select(Account, Every(), limit=9)]
    empty(mariadb_engine)
