"""Connections of the store's own: their isolation, their death, forks, and what stays in the pool."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Engine

from permit_accounts.model.errors import Conflict, OutcomeUnknown, Unavailable
from permit_accounts.model.records import Account, Session
from permit_accounts.ports import Add, Every, Is, Remove, Replace
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore, own_connections
from permit_accounts.testing import race_threads
from permit_accounts.testing.hard_records import plain
from servers.tables import empty
from stores.sqlalchemy.engines import engine_of, url_of


@pytest.fixture(params=["postgres", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each server in turn, with tables."""
    made: Engine = request.getfixturevalue(f"{request.param}_engine")
    yield made
    empty(made)


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Iterator[Callable[..., Engine]]:
    """Makes engines, which are disposed of in the end."""
    made: list[Engine] = []

    def build(like: Engine, **options: Any) -> Engine:
        made.append(engine_of(url_of(like), **options))
        return made[-1]

    yield build
    for engine in made:
        engine.dispose()


def _kill_others(engine: Engine) -> int:
    """End every other connection to this database from the server's side; how many there were."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            return len(
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL"
                ).fetchall()
            )
        others = "FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        ids = connection.exec_driver_sql(f"SELECT id {others}").scalars().all()
        for number in ids:
            connection.exec_driver_sql(f"KILL {number}")
        while connection.exec_driver_sql(f"SELECT COUNT(*) {others}").scalar():
            pass  # each ends as soon as it is looked at
        return len(ids)


@pytest.fixture
def killer(server: Engine, make: Callable[..., Engine]) -> Callable[[], int]:
    """Ends all connections to the database but its own."""

    def kill() -> int:
        server.dispose()  # which is the other tests' too
        return _kill_others(make(server))

    return kill


@pytest.mark.parametrize("level", ["SERIALIZABLE", "REPEATABLE READ", "AUTOCOMMIT"])
def test_isolation_is_the_stores_own(server: Engine, make: Callable[..., Engine], level: str) -> None:
    """Whatever the engine's default is, a commit is at READ COMMITTED, and the host's default comes back."""
    host = make(server, isolation_level=level)
    with host.connect() as connection:
        before = connection.get_isolation_level()
    store = SQLAlchemyStore(host)
    asked = {
        "postgresql": "SELECT current_setting('transaction_isolation')",
        "mariadb": "SELECT trx_isolation_level FROM information_schema.innodb_trx "
        "WHERE trx_mysql_thread_id = CONNECTION_ID()",
    }[server.dialect.name]
    seen: list[str] = []

    def look(frame: FrameType, what: str, _: object) -> None:
        if what == "return" and frame.f_code.co_name == "apply":
            with frame.f_locals["connection"].cursor() as cursor:
                cursor.execute(asked)
                while (row := cursor.fetchone()) is None:
                    # MariaDB shows again what it has shown anybody in the last tenth of a second.
                    cursor.execute("DO SLEEP(0.2)")
                    cursor.execute(asked)
                seen.append(row[0].lower())

    sys.setprofile(look)
    store.commit(Add(plain(Account, "a")))
    sys.setprofile(None)
    assert ["read committed"] == seen
    assert 1 == len(store.select(Account, Every(), limit=9))
    with host.connect() as connection:
        assert before == connection.get_isolation_level()


def test_a_serializable_host_meets_no_strangers_conflict(server: Engine, make: Callable[..., Engine]) -> None:
    """Sixteen threads with records of their own succeed under an engine whose default is SERIALIZABLE."""
    store = SQLAlchemyStore(make(server, isolation_level="SERIALIZABLE", pool_size=16))

    def work(number: int) -> Callable[[], int]:
        def run() -> int:
            record = plain(Session, f"{number}")
            store.commit(Add(record))
            store.commit(Replace(record, record))
            return len(store.select(Session, Is("id", f"{number}"), limit=1))

        return run

    assert [1] * 8 == race_threads(*(work(number) for number in range(8)))


@pytest.mark.attack("STO-06")
def test_a_select_outlives_the_death_of_pooled_connections(
    server: Engine, make: Callable[..., Engine], killer: Callable[[], int]
) -> None:
    """After a restart every pooled connection is dead; a question meets them and is answered on a new one."""
    engine = make(server)
    store = SQLAlchemyStore(engine)
    store.commit(Add(plain(Account, "a")))
    lent = [engine.raw_connection() for _ in range(4)]
    for connection in lent:
        connection.close()
    race_threads(*[lambda: store.select(Account, Every(), limit=9)] * 4)
    assert killer() >= 2
    assert 1 == len(store.select(Account, Is("id", "a"), limit=1))


@pytest.mark.attack("STO-06")
def test_a_commit_outlives_the_death_of_pooled_connections(
    server: Engine, make: Callable[..., Engine], killer: Callable[[], int]
) -> None:
    """It is found at BEGIN, before anything can have been written, so the commit is made on a new one."""
    store = SQLAlchemyStore(make(server))
    assert () == store.select(Account, Every(), limit=9)
    assert 1 <= killer()
    store.commit(Add(plain(Account, "a")))
    assert 1 == len(store.select(Account, Every(), limit=9))


def _once(frame_name: str, act: Callable[[FrameType], object], *, times: int = 1) -> Any:
    """A profiler that acts when a function of the store is called, so many times."""
    left = [times]

    def watch(frame: FrameType, what: str, _: object) -> None:
        if what == "call" and frame.f_code.co_name == frame_name and left[0]:
            left[0] -= 1
            sys.setprofile(None)
            act(frame)
            sys.setprofile(watch)

    return watch


@pytest.mark.attack("STO-06")
def test_a_connection_that_is_lost_before_commit_wrote_nothing(
    server: Engine, make: Callable[..., Engine], killer: Callable[[], int]
) -> None:
    """Lost in the middle, the whole commit is made once more, on a new connection, and is there once."""
    store = SQLAlchemyStore(make(server))
    sys.setprofile(_once("apply", lambda _: killer()))
    store.commit(Add(plain(Account, "a")), Add(plain(Session, "s")))
    sys.setprofile(None)
    assert 1 == len(store.select(Account, Every(), limit=9))


@pytest.mark.attack("STO-06")
def test_a_connection_that_is_lost_again_and_again_is_unavailable(
    server: Engine, make: Callable[..., Engine], killer: Callable[[], int]
) -> None:
    """A new connection that is lost as well is the end of it: nothing was written, and it says so."""
    store = SQLAlchemyStore(make(server))
    sys.setprofile(_once("apply", lambda _: killer(), times=9))
    with pytest.raises(Unavailable) as caught:
        store.commit(Add(plain(Account, "a")))
    sys.setprofile(None)
    assert not isinstance(caught.value, OutcomeUnknown)
    assert () == store.select(Account, Every(), limit=9)


@pytest.mark.attack("STO-06")
def test_a_connection_that_is_lost_while_it_commits_leaves_the_outcome_open(
    server: Engine, make: Callable[..., Engine], killer: Callable[[], int]
) -> None:
    """Nobody can tell from here whether COMMIT arrived, so it is not made again blindly."""
    store = SQLAlchemyStore(make(server))
    sys.setprofile(_once("_end", lambda _: killer()))
    with pytest.raises(OutcomeUnknown) as caught:
        store.commit(Add(plain(Account, "a")))
    sys.setprofile(None)
    assert caught.value.__cause__ is not None
    assert () == store.select(Account, Every(), limit=9)
    store.commit(Add(plain(Account, "a")))


def test_an_interrupted_commit_leaves_nothing_open(engine: Engine) -> None:
    """Ctrl-C or a worker's time-out in the middle: the connection is closed, and with it the transaction."""
    store = SQLAlchemyStore(engine)

    def interrupt(_: FrameType) -> None:
        raise KeyboardInterrupt

    sys.setprofile(_once("apply", interrupt))
    with pytest.raises(KeyboardInterrupt):
        store.commit(Add(plain(Account, "a")))
    sys.setprofile(None)
    assert () == store.select(Account, Every(), limit=9)
    store.commit(Add(plain(Account, "a")))


def test_a_server_that_cannot_be_reached_is_unavailable(server: Engine, make: Callable[..., Engine]) -> None:
    """The driver's error is the cause, and a question and a commit fail alike."""
    engine = engine_of(server.url.set(port=1, drivername=server.dialect.name).render_as_string(False))
    store = SQLAlchemyStore(engine)
    for ask in (
        lambda: store.select(Account, Every(), limit=9),
        lambda: store.commit(Add(plain(Account, "a"))),
    ):
        with pytest.raises(Unavailable, match="OperationalError") as caught:
            ask()
        assert isinstance(caught.value.__cause__, engine.dialect.loaded_dbapi.OperationalError)


def test_a_pool_without_a_free_connection_is_unavailable(server: Engine, make: Callable[..., Engine]) -> None:
    """Whoever waited too long for one is told, and it works again as soon as one is free."""
    engine = make(server, pool_size=1, max_overflow=0, pool_timeout=0.05)
    store = SQLAlchemyStore(engine)
    lent = engine.raw_connection()
    with pytest.raises(Unavailable, match="TimeoutError"):
        store.select(Account, Every(), limit=9)
    lent.close()
    assert () == store.select(Account, Every(), limit=9)


@pytest.mark.attack("STO-05", "STO-08")
def test_a_lock_that_takes_too_long_is_a_conflict(engine: Engine, make: Callable[..., Engine]) -> None:
    """Somebody holds the row: reads go on, a commit gives up in time, and then all works."""
    bound = {
        "postgresql": {"connect_args": {"options": "-c lock_timeout=50ms"}},
        "mariadb": {"connect_args": {"init_command": "SET SESSION innodb_lock_wait_timeout = 1"}},
        "sqlite": {"connect_args": {"timeout": 0.05}},
    }[engine.dialect.name]
    record = plain(Account, "a")
    SQLAlchemyStore(engine).commit(Add(record))
    store = SQLAlchemyStore(make(engine, **bound))
    with engine.connect() as other:
        joined = SQLAlchemyStore(other)
        joined.commit(Replace(record, record))
        with pytest.raises(Conflict):
            store.commit(Replace(record, record))
        assert [1] == [one.version for one in store.select(Account, Every(), limit=9)]
    store.commit(Replace(record, record))


@pytest.mark.attack("STO-08")
def test_a_deadlock_is_a_conflict(server: Engine) -> None:
    """Two who take two rows in opposite orders: at least one goes through, and nobody hangs."""
    store = SQLAlchemyStore(server)
    one, two = plain(Account, "1"), plain(Account, "2")
    store.commit(Add(one), Add(two))

    def both(first: Account, second: Account) -> Callable[[], bool]:
        def run() -> bool:
            try:
                store.commit(Replace(first, first), Replace(second, second))
            except Conflict:
                return False
            return True

        return run

    assert True in race_threads(both(one, two), both(two, one))
    assert {2} == {record.version for record in store.select(Account, Every(), limit=9)}


@pytest.fixture
def refusing_at_commit(postgres_engine: Engine) -> Iterator[Engine]:
    """PostgreSQL with a trigger that fails a transaction when it commits, as a serialization failure does."""
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = TG_ARGV[0]; END $$"
        )
        for kind, code in (("account", "40001"), ("session", "58030")):
            connection.exec_driver_sql(
                f"CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON permit_accounts_{kind} DEFERRABLE "
                f"INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse('{code}')"
            )
    yield postgres_engine
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("DROP FUNCTION refuse CASCADE")


@pytest.mark.attack("STO-08")
def test_a_commit_that_the_server_refuses_was_not_made(refusing_at_commit: Engine) -> None:
    """A serialization failure may show itself at COMMIT only; the connection lives, so nothing is unknown."""
    store = SQLAlchemyStore(refusing_at_commit)
    with pytest.raises(Conflict):
        store.commit(Add(plain(Account, "a")))
    with pytest.raises(Unavailable, match="58030") as caught:
        store.commit(Add(plain(Session, "a")))
    assert not isinstance(caught.value, OutcomeUnknown)
    assert () == store.select(Account, Every(), limit=9)
    assert () == store.select(Session, Every(), limit=9)


@pytest.mark.attack("STO-14")
def test_a_forked_child_has_connections_of_its_own(server: Engine, make: Callable[..., Engine]) -> None:
    """It asks and commits while the parent does, and the parent's connection is the same afterwards."""
    engine = make(server)
    store = SQLAlchemyStore(engine)
    store.commit(Add(plain(Account, "parent")))
    with engine.connect() as connection:
        before = connection.connection.driver_connection
    child = os.fork()
    if child == 0:  # pragma: no cover - the child's part
        try:
            seen = len(store.select(Account, Every(), limit=9))
            for number in range(20):
                store.commit(Add(plain(Account, f"child {number}")))
            os._exit(seen)
        finally:
            os._exit(99)
    for number in range(20):
        store.commit(Add(plain(Session, f"parent {number}")))
    _, status = os.waitpid(child, 0)
    assert 1 == os.waitstatus_to_exitcode(status)
    assert 21 == len(store.select(Account, Every(), limit=99))
    with engine.connect() as connection:
        assert before is connection.connection.driver_connection


@pytest.mark.attack("STO-14")
def test_what_a_child_of_a_fork_does_first(server: Engine, make: Callable[..., Engine]) -> None:
    """The pool is a new one, and the old one's connections are neither used nor closed."""
    engine = make(server)
    store = SQLAlchemyStore(engine)
    store.commit(Add(plain(Account, "a")))
    parents = engine.pool
    own_connections._after_fork_in_child()
    assert parents is not engine.pool
    assert 1 == len(store.select(Account, Every(), limit=9))
    assert (1, 1) == (parents.checkedin(), engine.pool.checkedin())  # type: ignore[attr-defined]
    assert parents in own_connections._abandoned
    while own_connections._abandoned:  # the pools of the other tests' engines among them
        own_connections._abandoned.pop().dispose()


def test_a_connection_that_dies_when_it_is_given_back(
    mariadb_engine: Engine, make: Callable[..., Engine]
) -> None:
    """The answer is there already; the connection does not go back to the pool."""
    engine = make(mariadb_engine)
    store = SQLAlchemyStore(engine)
    mariadb_engine.dispose()
    killed: list[Any] = []

    def kill(frame: FrameType) -> None:
        killed.append(frame.f_locals["connection"].driver_connection)
        assert 1 <= _kill_others(make(mariadb_engine))  # those just closed may still be listed

    sys.setprofile(_once("_give_back", kill))
    assert () == store.select(Account, Every(), limit=9)
    sys.setprofile(None)
    with engine.connect() as connection:
        assert killed[0] is not connection.connection.driver_connection


def test_no_connection_is_kept(engine: Engine, make: Callable[..., Engine]) -> None:
    """Whatever comes of a question or a commit, the pool has its connection again."""
    mine = make(engine)
    store = SQLAlchemyStore(mine)
    store.commit(Add(plain(Account, "a")))
    for _ in range(30):
        with pytest.raises(Conflict):
            store.commit(Add(plain(Account, "b")), Add(plain(Account, "a")))
        with pytest.raises(Conflict):
            store.commit(Remove(plain(Account, "c")))
        store.select(Account, Every(), limit=9)
    assert 0 == mine.pool.checkedout()  # type: ignore[attr-defined]
    store.close()
    assert 1 == len(store.select(Account, Every(), limit=9))


def test_a_table_that_is_missing_is_unavailable(engine: Engine) -> None:
    """By its code, without a word of the driver's."""
    store = SQLAlchemyStore(engine, prefix="elsewhere_")
    for ask in (
        lambda: store.select(Account, Every(), limit=1),
        lambda: store.commit(Add(plain(Account, "secret id"))),
    ):
        with pytest.raises(Unavailable, match="the database could not be used: ") as caught:
            ask()
        assert "elsewhere" not in str(caught.value)


def test_a_transaction_that_the_database_ended_itself(sqlite_engine: Engine) -> None:
    """SQLite rolls back by itself on a full disk; the connection is then thrown away, and all works again."""
    store = SQLAlchemyStore(sqlite_engine)
    store.commit(Add(plain(Account, "a")))
    connection = sqlite_engine.raw_connection()
    pages = connection.driver_connection.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[union-attr]
    connection.driver_connection.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[union-attr]
    connection.close()
    big = [plain(Account, f"big {number}", username="x" * 3000) for number in range(20)]
    with pytest.raises(Unavailable, match="OperationalError 13"):
        store.commit(*map(Add, big))
    assert 1 == len(store.select(Account, Every(), limit=99))
    store.commit(*map(Add, big))
    assert 21 == len(store.select(Account, Every(), limit=99))
