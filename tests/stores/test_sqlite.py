"""The SQLite store: the contract, and what only a file can go wrong with."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from traceback import walk_tb
from types import FrameType

import attrs
import pytest

from permit_accounts.model.errors import Conflict, OutcomeUnknown, Unavailable
from permit_accounts.model.records import (
    ASKED_BY,
    Account,
    AttemptCount,
    AuditEvent,
    License,
    Record,
    Session,
)
from permit_accounts.ports import Add, Every, Is, Remove, Replace, Store, UpTo, Where
from permit_accounts.stores.rows import layout_of, question_of
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.stores.sqlite_statements import STATEMENTS
from permit_accounts.testing import StoreContract, race_threads
from permit_accounts.testing.hard_records import NOON, plain
from stores.failing_disks import files_no_larger_than
from stores.refusing import REFUSED_AT_COMMIT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    """An empty store whose commits do not wait for the disk, nor long for each other."""
    made = SQLiteStore(
        tmp_path / "accounts.db",
        create=True,
        synchronous="NORMAL",
        lock_timeout=timedelta(milliseconds=50),
    )
    yield made
    made.close()


class TestSQLiteStore(StoreContract):
    """It keeps every promise of the port, between threads and between processes."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        made = SQLiteStore(tmp_path / "accounts.db", create=True, synchronous="NORMAL")
        yield made
        made.close()

    def reopen(self, store: Store) -> Callable[[], Store]:
        assert isinstance(store, SQLiteStore)
        return partial(SQLiteStore, store.path, synchronous="NORMAL")


def _raw(store: SQLiteStore, *statements: str) -> list[tuple[object, ...]]:
    """What another program does to the file."""
    with closing(sqlite3.connect(store.path, isolation_level=None)) as connection:
        return [row for statement in statements for row in connection.execute(statement)]


@pytest.mark.parametrize(("synchronous", "number"), [("FULL", 2), ("NORMAL", 1)])
def test_every_connection_is_set_up_alike(tmp_path: Path, synchronous: str, number: int) -> None:
    """Pragmas are a connection's own, so a second thread's must be set up as the first's."""
    store = SQLiteStore(tmp_path / "accounts.db", create=True, synchronous=synchronous)  # type: ignore[arg-type]
    pool = store._connections
    connections = [pool.take(), pool.take()]
    expected = {
        "journal_mode": "wal",
        "synchronous": number,
        "busy_timeout": 5000,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "secure_delete": 1,
        "temp_store": 2,
        "fullfsync": 1,
        "journal_size_limit": 64 * 2**20,
        "wal_autocheckpoint": 4000,
    }
    for connection in connections:
        found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in expected}
        assert expected == found
        pool.drop(connection)


def _questions() -> Iterator[tuple[type[Record], Where]]:
    for kind, names in ASKED_BY.items():
        yield kind, Every()
        for name in ("id", *names):
            yield kind, UpTo(name, NOON) if name.endswith("_at") else Is(name, "x")


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize(("kind", "where"), list(_questions()), ids=str)
def test_no_question_reads_or_sorts_a_table(
    store: SQLiteStore, kind: type[Record], where: Where, newest_first: bool
) -> None:
    """Every page is a walk along an index, from the first row asked for; that is what holds at a million."""
    field, relation, bound = question_of(kind, where)
    place = [None] * len(attrs.fields(kind))
    steps = []
    for after in (None, place):
        sql, given = STATEMENTS[kind].ask((field, relation, bound), after, 10, newest_first)
        with closing(sqlite3.connect(store.path)) as connection:
            steps += [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", given)]
    table = layout_of(kind).table
    if not relation:  # the table lies in the order of ids
        assert [
            f"SCAN {table}",
            f"SEARCH {table} USING PRIMARY KEY (id{'<' if newest_first else '>'}?)",
        ] == steps
    else:
        by = "PRIMARY KEY" if field == "id" else f"INDEX {table}_by_{field}"
        assert [True, True] == [step.startswith(f"SEARCH {table} USING {by} ({field}") for step in steps]


@pytest.mark.attack("STO-05", "STO-08")
def test_a_commit_does_not_wait_for_ever(store: SQLiteStore) -> None:
    """Another process holds the lock: reads go on, a commit meets a Conflict in time, and then all works."""
    store.commit(Add(plain(Account, "a")))
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = monotonic()
        with pytest.raises(Conflict):
            store.commit(Add(plain(Account, "b")))
        assert 0.04 <= monotonic() - began < 2
        assert ["a"] == [one.id for one in store.select(Account, Every(), limit=9)]
        other.execute("ROLLBACK")
    store.commit(Add(plain(Account, "b")))


@pytest.mark.attack("STO-05")
def test_twenty_threads_behind_a_lock_all_get_their_answer(store: SQLiteStore) -> None:
    """None hangs, none raises anything but Conflict, and the file is as it was."""

    def add(number: int) -> bool:
        try:
            store.commit(Add(plain(Session, f"{number}")))
        except Conflict:
            return False
        return True

    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        results = race_threads(*(partial(add, number) for number in range(20)))
        other.execute("ROLLBACK")
    assert [False] * 20 == results
    assert () == store.select(Session, Every(), limit=99)
    assert add(1)


def test_threads_queue_no_longer_than_the_time_out(store: SQLiteStore) -> None:
    """A thread that finds another committing waits for it, but not for ever."""
    assert store._connections.writing.acquire()
    with pytest.raises(Conflict, match="other threads"):
        store.commit(Add(plain(Account, "a")))
    store._connections.writing.release()
    store.commit(Add(plain(Account, "a")))


def test_readers_go_on_during_a_write(store: SQLiteStore) -> None:
    """They see what was committed before, and nothing of what is under way."""
    store.commit(Add(plain(Account, "a")))
    with closing(sqlite3.connect(store.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE account SET username = 'half'")
        assert ["someone"] == [one.username for one in store.select(Account, Every(), limit=9)]
        writer.execute("COMMIT")
    assert ["half"] == [one.username for one in store.select(Account, Every(), limit=9)]


@pytest.mark.attack("STO-08")
def test_a_file_that_is_locked_whole_is_unavailable_to_readers(store: SQLiteStore) -> None:
    """A read that times out has no other story to tell."""
    store.close()
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unavailable) as caught:
            store.select(Account, Every(), limit=1)
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert () == store.select(Account, Every(), limit=1)


def test_a_table_that_somebody_drops_is_unavailable(store: SQLiteStore) -> None:
    """Questions and commits about it fail alike, and the others are answered."""
    _raw(store, "DROP TABLE session")
    with pytest.raises(Unavailable, match="SQLITE_ERROR"):
        store.select(Session, Every(), limit=1)
    with pytest.raises(Unavailable, match="SQLITE_ERROR"):
        store.commit(Add(plain(Account, "a")), Add(plain(Session, "a")))
    assert () == store.select(Account, Every(), limit=1)


@pytest.mark.attack("STO-02")
def test_a_disk_that_fails_at_commit_leaves_it_open_whether_it_was_made(store: SQLiteStore) -> None:
    """What was written of it may be whole, should the process die now; so nobody is told that nothing was."""
    store.commit(Add(plain(Account, "a")))
    log = Path(f"{store.path}-wal")
    with files_no_larger_than(log.stat().st_size), pytest.raises(OutcomeUnknown) as caught:
        store.commit(Add(plain(Account, "b")))
    assert "SQLITE_IOERR" in str(caught.value)
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert [plain(Account, "a")] == list(store.select(Account, Every(), limit=9))

    store.commit(Add(plain(Account, "b")))
    assert 2 == len(store.select(Account, Every(), limit=9))


class Referring(SQLiteStore):
    """A store in whose file somebody has put a rule of their own, which SQLite looks at when it commits."""

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        connection.execute("PRAGMA foreign_keys = ON")
        return connection


@pytest.mark.attack("STO-02")
def test_a_commit_that_was_surely_not_made_is_not_called_unknown(tmp_path: Path) -> None:
    """SQLite itself refused it: nothing was written, and that is said."""
    with closing(Referring(tmp_path / "city.db", create=True, synchronous="NORMAL")) as store:
        with closing(sqlite3.connect(store.path)) as other:
            other.executescript(REFUSED_AT_COMMIT)
        with pytest.raises(Unavailable) as caught:
            store.commit(Add(plain(Account, "a")))
        assert not isinstance(caught.value, OutcomeUnknown)
        assert () == store.select(Account, Every(), limit=9)
        store.commit(Add(plain(License, "l")))


@pytest.mark.attack("STO-03")
def test_a_full_disk(store: SQLiteStore) -> None:
    """The commit fails as a whole, reads go on, and with space again all works, on the same connection."""
    store.commit(Add(plain(Account, "a")))
    pool = store._connections
    connection = pool.take()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    pool.give(connection)
    big = [plain(Account, f"big {number}", username="x" * 3000) for number in range(20)]
    for _ in range(3):
        with pytest.raises(Unavailable) as caught:
            store.commit(
                Replace(plain(Account, "a"), plain(Account, "a")), *map(Add, big), Add(plain(License, "l"))
            )
        assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
        assert "SQLITE_FULL" in str(caught.value)
        assert [plain(Account, "a")] == list(store.select(Account, Every(), limit=99))
        assert () == store.select(License, Every(), limit=9)
    assert connection is pool.take()
    assert not connection.in_transaction
    connection.execute("PRAGMA max_page_count = 1000000")
    pool.give(connection)
    store.commit(*map(Add, big))
    assert 21 == len(store.select(Account, Every(), limit=99))


def test_a_connection_that_cannot_roll_back_is_closed(store: SQLiteStore) -> None:
    """What state it is in nobody knows, so nobody gets it."""
    store.commit(Add(plain(Account, "a")))
    pool = store._connections
    connection = pool.take()
    connection.set_authorizer(_no_rollback)
    pool.give(connection)
    with pytest.raises(Conflict):
        store.commit(Add(plain(Account, "b")), Add(plain(Account, "a")))
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")
    assert ["a"] == [one.id for one in store.select(Account, Every(), limit=9)]
    store.commit(Add(plain(Account, "b")))


def _no_rollback(action: int, first: str | None, *rest: str | None) -> int:
    refused = action == sqlite3.SQLITE_TRANSACTION and first == "ROLLBACK"
    return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK


def test_an_interrupted_commit_leaves_nothing_open(store: SQLiteStore) -> None:
    """Ctrl-C or a worker's time-out in the middle: the transaction is rolled back, the lock given back."""

    def interrupt(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name == "_apply":
            sys.setprofile(None)
            raise KeyboardInterrupt

    sys.setprofile(interrupt)
    with pytest.raises(KeyboardInterrupt):
        store.commit(Add(plain(Account, "a")))
    assert [False] == [connection.in_transaction for connection in store._connections._open]
    store.commit(Add(plain(Account, "a")))


@pytest.mark.attack("STO-14")
def test_a_conflict_that_is_kept_holds_no_statement(store: SQLiteStore) -> None:
    """Its traceback may outlive this use of the connection, and must not disturb the next when it ends."""
    gone = plain(Account, "a")
    with pytest.raises(Conflict) as caught:
        store.commit(Remove(gone))
    kept = [value for frame, _ in walk_tb(caught.tb) for value in frame.f_locals.values()]
    cursors = [value for value in kept if isinstance(value, sqlite3.Cursor)]
    assert 1 == len(cursors)
    with pytest.raises(sqlite3.ProgrammingError, match="closed cursor"):
        cursors[0].fetchone()


def test_a_mistake_in_the_program_is_not_hidden(store: SQLiteStore) -> None:
    """A question that no store is asked, and a replacement by another record, are nobody's Conflict."""
    with pytest.raises(ValueError, match="not asked by username"):
        store.select(Account, Is("username", "ann"), limit=1)
    with pytest.raises(ValueError, match="one id"):
        store.commit(Replace(plain(Account, "a"), plain(Account, "b")))


def test_a_version_beyond_all_measure_rolls_back(store: SQLiteStore) -> None:
    """An error that is none of the driver's own leaves no transaction behind either."""
    last = plain(Account, "a", version=2**63 - 1)
    store.commit(Add(last))
    with pytest.raises(OverflowError):
        store.commit(Add(plain(Account, "b")), Replace(last, last))
    assert [last] == list(store.select(Account, Every(), limit=9))
    store.commit(Remove(last))


@pytest.mark.attack("STO-14")
def test_threads_have_a_connection_each_while_they_ask(store: SQLiteStore) -> None:
    """Many threads, one after another or at once; there are as many connections as were busy at once."""
    store.commit(Add(plain(Account, "a")))

    def ask() -> int:
        return sum(len(store.select(Account, Is("id", "a"), limit=1)) for _ in range(20))

    for _ in range(3):
        assert [20] * 6 == race_threads(*[ask] * 6)
    assert 1 <= len(store._connections._open) <= 6
    assert len(store._connections._open) == len(store._connections._idle)
    for _ in range(10):
        thread = Thread(target=ask)
        thread.start()
        thread.join()
    assert len(store._connections._open) <= 6


def test_a_store_that_was_closed_opens_again(store: SQLiteStore) -> None:
    """Closing gives back what is idle; the files beside the database go with the last connection."""
    store.commit(Add(plain(Account, "a")))
    store.close()
    assert [store.path] == list(store.path.parent.iterdir())
    assert 1 == len(store.select(Account, Every(), limit=9))


@pytest.mark.attack("STO-02")
def test_a_killed_writer_leaves_all_or_nothing(tmp_path: Path) -> None:
    """The process dies between two changes of a commit; what was committed before is there, and no more."""
    path = tmp_path / "accounts.db"
    SQLiteStore(path, create=True).close()
    script = (
        "import os, sqlite3, sys\n"
        "from permit_accounts.model.records import Account\n"
        "from permit_accounts.ports import Add\n"
        "from permit_accounts.stores.sqlite import SQLiteStore\n"
        "from permit_accounts.testing.hard_records import plain\n"
        "store = SQLiteStore(sys.argv[1])\n"
        "store.commit(Add(plain(Account, 'before')))\n"
        "connection = store._connections.take()\n"
        "step = iter(range(100))\n"
        "connection.set_trace_callback(lambda sql: next(step) == 3 and os.kill(os.getpid(), 9))\n"
        "store._connections.give(connection)\n"
        "store.commit(*(Add(plain(Account, f'{number}')) for number in range(5)))\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, path], check=False)
    assert -9 == killed.returncode
    store = SQLiteStore(path)
    assert ["before"] == [one.id for one in store.select(Account, Every(), limit=9)]
    store.commit(Add(plain(Account, "after")))


_PICKLED = "cposix\nsystem\n(S'exit 1'\ntR."


@pytest.mark.attack("SESS-18", "THR-16", "API-05")
@pytest.mark.parametrize(
    ("kind", "damage"),
    [
        (Session, "methods = '[\"pwd\"'"),
        (Session, "methods = '{\"pwd\": 1}'"),
        (Session, "methods = '[1]'"),
        (Session, f"methods = '{_PICKLED.replace(chr(39), chr(39) * 2)}'"),
        (Session, "methods = CAST(x'80049525' AS TEXT)"),
        (Session, "account_id = CAST(x'ff' AS TEXT)"),
        (Session, f"methods = '{'[' * 100_000}'"),
        (Session, "remembered = 2"),
        (Session, "expires_at = 9223372036854775807"),
        (Account, "standing = 'superuser'"),
        (Account, "profile = 'null'"),
        (AttemptCount, "pending = '[\"abc\"]'"),
        (AttemptCount, "pending = '[1e999]'"),
        (AttemptCount, "waits_until = -9223372036854775808"),
        (AuditEvent, "name = 'invented'"),
        (License, 'business = \'{"name": "Ann"}\''),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else value.__name__,
)
def test_a_corrupt_row_is_left_out(
    store: SQLiteStore, kind: type[Record], damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Never run, never guessed at: as if it were not there, with one line in the log that tells no more."""
    store.commit(*(Add(plain(kind, record_id)) for record_id in ("a", "b", "c", "d")))
    table = layout_of(kind).table
    _raw(store, f"UPDATE {table} SET {damage} WHERE id IN ('b', 'd')")
    assert () == store.select(kind, Is("id", "b"), limit=1)
    lines = [one.getMessage() for one in caplog.records]
    assert [f"left out a row of {table} that cannot be read"] == lines
    for limit in (1, 2, 3):
        expected = ["a", "c"][:limit]
        assert expected == [one.id for one in store.select(kind, Every(), limit=limit)]
        backwards = store.select(kind, Every(), limit=limit, newest_first=True)
        assert ["c", "a"][:limit] == [one.id for one in backwards]
    with pytest.raises(Conflict):
        store.commit(Add(plain(kind, "b")))


@pytest.mark.attack("SESS-18")
def test_an_id_that_is_no_text_stops_no_page(store: SQLiteStore) -> None:
    """Bytes where an id should be still have their place in the order."""
    store.commit(*(Add(plain(Session, record_id)) for record_id in ("a", "b", "c")))
    _raw(store, "UPDATE session SET id = CAST(x'62ff' AS TEXT) WHERE id = 'b'")
    for limit in (1, 2, 3):
        assert ["a", "c"][:limit] == [one.id for one in store.select(Session, Every(), limit=limit)]
        backwards = store.select(Session, Every(), limit=limit, newest_first=True)
        assert ["c", "a"][:limit] == [one.id for one in backwards]


def test_a_second_look_at_damage_may_fail_too(store: SQLiteStore) -> None:
    """Rows with bytes that are no text are read once more; what breaks that is told as any failed read."""
    store.commit(Add(plain(Session, "a")), Add(plain(Session, "b")))
    _raw(store, "UPDATE session SET account_id = CAST(x'ff' AS TEXT) WHERE id = 'b'")
    pool = store._connections
    connection = pool.take()
    connection.set_progress_handler(lambda: connection.text_factory is not str, 1)
    pool.give(connection)
    with pytest.raises(Unavailable, match="SQLITE_INTERRUPT"):
        store.select(Session, Every(), limit=9)
    connection.set_progress_handler(None, 1)
    assert ["a"] == [one.id for one in store.select(Session, Every(), limit=9)]


@pytest.mark.attack("STO-10")
@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/Los_Angeles", "UTC"])
def test_the_zone_of_the_machine_changes_nothing(store: SQLiteStore, zone: str) -> None:
    """Written in one zone and read in another, a moment is the same integer in UTC."""
    store.commit(Add(plain(Session, "a", expires_at=NOON)))
    script = (
        "import sys\n"
        "from permit_accounts.model.records import Session\n"
        "from permit_accounts.ports import Every\n"
        "from permit_accounts.stores.sqlite import SQLiteStore\n"
        "(one,) = SQLiteStore(sys.argv[1]).select(Session, Every(), limit=9)\n"
        "print(one.expires_at.isoformat())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, store.path],
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": zone},
    )
    assert NOON.isoformat() == done.stdout.strip()
    assert [(1772971200123456, "integer")] == _raw(
        store, "SELECT expires_at, typeof(expires_at) FROM session"
    )


@pytest.mark.attack("STO-14")
def test_a_commit_waits_for_one_under_way(store: SQLiteStore) -> None:
    """The lock of another process that is given back in time is no Conflict."""
    patient = SQLiteStore(store.path, synchronous="NORMAL")
    began, done = Event(), Event()

    def hold() -> None:
        with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            began.set()
            done.wait(0.1)
            other.execute("COMMIT")

    holder = Thread(target=hold)
    holder.start()
    assert began.wait(10)
    patient.commit(Add(plain(Account, "a")))
    holder.join()
    patient.close()
    assert 1 == len(store.select(Account, Every(), limit=9))
