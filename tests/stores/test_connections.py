"""Connections and forks: what SQLite must not be made to do on both sides of one.

Forks are tried in programs of their own, since the test runner has threads.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path
from threading import Event, Thread

import pytest

from permit_accounts.stores import connections
from permit_accounts.stores.connections import Connections


def _run(script: str, path: Path) -> list[str]:
    """What a program prints that begins with an open store of accounts `a`."""
    opening = """
        import ctypes, os, sqlite3, subprocess, sys
        from threading import Event, Thread
        from permit_accounts.model.records import Account
        from permit_accounts.ports import Add, Every, Is
        from permit_accounts.stores import connections
        from permit_accounts.stores.sqlite import SQLiteStore
        from permit_accounts.testing.hard_records import plain

        def ids(store):
            return " ".join(account.id for account in store.select(Account, Every(), limit=99))

        def say(*words):
            print(*words, flush=True)

        def finished(child):
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

        store = SQLiteStore(sys.argv[1], create=True, synchronous="NORMAL")
        store.commit(Add(plain(Account, "a")))
    """
    program = textwrap.dedent(opening) + textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", program, path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout.splitlines()


@pytest.mark.attack("STO-14")
def test_no_commit_of_a_child_is_lost(tmp_path: Path) -> None:
    """The parent closes and another process comes and goes, while the child of a fork goes on writing.

    A child that only opened connections of its own would lose its second record here: it would take the
    parent's locks, which a fork does not hand on, for its own, and its log would be removed under it.
    """
    script = """
        child_wrote, parent_closed = os.pipe(), os.pipe()
        child = os.fork()
        if child == 0:
            store.commit(Add(plain(Account, "b")))
            os.write(child_wrote[1], b".")
            os.read(parent_closed[0], 1)
            store.commit(Add(plain(Account, "c")))
            say("child", ids(store))
            os._exit(0)  # as if killed: nothing is closed, and all that was committed must be there
        os.read(child_wrote[0], 1)
        store.close()
        visit = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT id FROM account'))"
        say("visitor", subprocess.check_output([sys.executable, "-c", visit, sys.argv[1]], text=True).strip())
        os.write(parent_closed[1], b".")
        finished(child)
        say("parent", ids(store))
    """
    assert ["visitor ('a',) ('b',)", "child a b c", "parent a b c"] == _run(script, tmp_path / "accounts.db")


@pytest.mark.attack("STO-14")
def test_workers_of_a_preforking_server(tmp_path: Path) -> None:
    """A store that was made and used before the fork serves in the parent and in every worker."""
    script = """
        children = []
        for me in range(3):
            child = os.fork()
            if child == 0:
                for number in range(20):
                    store.commit(Add(plain(Account, f"{me} {number:02}")))
                sys.exit(0 if len(ids(store)) > 20 else 1)
            children.append(child)
        store.commit(Add(plain(Account, "z")))
        say(*map(finished, children))
        say(len(store.select(Account, Every(), limit=99)))
    """
    assert ["0 0 0", "62"] == _run(script, tmp_path / "accounts.db")


@pytest.mark.attack("STO-14")
def test_a_fork_waits_for_a_commit_under_way(tmp_path: Path) -> None:
    """A thread in the middle of a commit finishes, all connections are closed, and only then it happens."""
    script = """
        stop = Event()
        wrote = []

        def write():
            while not stop.is_set():
                store.commit(Add(plain(Account, f"{len(wrote):04}")))
                wrote.append(1)

        writer = Thread(target=write)
        writer.start()
        for _ in range(5):
            child = os.fork()
            if child == 0:
                fresh = not store._connections._open and not connections._abandoned
                os._exit(0 if fresh and store.select(Account, Is("id", "a"), limit=1) else 1)
            say(finished(child))
        stop.set()
        writer.join()
        say(len(store.select(Account, Every(), limit=100_000)) - len(wrote))
    """
    assert ["0"] * 5 + ["1"] == _run(script, tmp_path / "accounts.db")


@pytest.mark.attack("STO-14")
def test_a_fork_does_not_wait_for_ever(tmp_path: Path) -> None:
    """A connection that is lent all the while is left alone by the child, unused and unclosed."""
    script = """
        connections._PATIENCE = 3
        lent = store._connections.take()
        lent.execute("BEGIN IMMEDIATE")
        child = os.fork()
        if child == 0:
            say("child", ids(store), connections._abandoned == [lent], lent not in store._connections._open)
            sys.exit()
        finished(child)
        lent.execute("UPDATE account SET username = 'still mine'")
        lent.execute("COMMIT")
        store._connections.give(lent)
        say("parent", store.select(Account, Every(), limit=9)[0].username)
    """
    assert ["child a True True", "parent still mine"] == _run(script, tmp_path / "accounts.db")


@pytest.mark.attack("STO-14")
def test_a_fork_that_python_is_not_told_of(tmp_path: Path) -> None:
    """Some servers fork in C; the process id tells the child that nothing it finds is its own."""
    script = """
        child = ctypes.CDLL(None).fork()
        if child == 0:
            inherited = list(store._connections._idle)
            say("child", ids(store), connections._abandoned == inherited, len(store._connections._idle))
            os._exit(0)
        say("parent", finished(child), ids(store))
    """
    assert ["child a True 1", "parent 0 a"] == _run(script, tmp_path / "accounts.db")


def test_a_program_that_ends_leaves_nothing_beside_the_file(tmp_path: Path) -> None:
    """The last connection to be closed carries the log into the file."""
    assert ["a"] == _run("say(ids(store))", tmp_path / "accounts.db")
    assert ["accounts.db"] == [one.name for one in tmp_path.iterdir()]


def _pool(path: Path) -> Connections:
    return Connections(lambda: sqlite3.connect(path, check_same_thread=False))


def test_a_connection_is_one_threads_at_a_time(tmp_path: Path) -> None:
    """Those that are lent are nobody else's, and those given back are lent again, the last one first."""
    pool = _pool(tmp_path / "x.db")
    first, second = pool.take(), pool.take()
    assert first is not second
    pool.give(first)
    pool.give(second)
    assert second is pool.take()
    pool.give(second)
    pool.close_idle()
    with pytest.raises(sqlite3.ProgrammingError):
        first.execute("SELECT 1")


def test_a_pool_that_is_forgotten_closes_what_is_idle(tmp_path: Path) -> None:
    """No warning of an unclosed connection, and no open file, is left behind."""
    pool = _pool(tmp_path / "x.db")
    connection = pool.take()
    pool.give(connection)
    del pool
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")


def test_a_connection_that_cannot_be_opened_blocks_nobody(tmp_path: Path) -> None:
    """The next one to ask is answered likewise, and does not wait."""
    pool = _pool(tmp_path / "nowhere" / "x.db")
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError):
            pool.take()


@pytest.mark.attack("STO-14")
def test_the_two_sides_of_a_fork(tmp_path: Path) -> None:
    """Before it all are closed and none is opened; after it the parent goes on and a child begins anew."""
    pool, asked, answered = _pool(tmp_path / "x.db"), Event(), Event()
    pool.give(pool.take())

    def ask() -> None:
        asked.set()
        pool.give(pool.take())
        answered.set()

    connections._before_fork()
    assert set() == pool._open
    thread = Thread(target=ask)
    thread.start()
    assert asked.wait(10)
    assert not answered.wait(0.05)
    connections._after_fork_in_parent()
    assert answered.wait(10)
    thread.join()
    (parents,) = pool._open
    connections._before_fork()
    connections._after_fork_in_child()
    assert set() == pool._open
    child = pool.take()
    assert child is not parents
    pool.drop(child)


@pytest.mark.attack("STO-14")
def test_what_is_given_back_before_a_fork_is_not_lent_again(tmp_path: Path) -> None:
    """Else a busy thread would have it again before it could be closed, and the fork would wait in vain."""
    pool, draining = _pool(tmp_path / "x.db"), Event()
    lent = pool.take()
    fork = Thread(target=connections._before_fork)
    fork.start()
    while not pool._draining and fork.is_alive():
        draining.wait(0.001)
    pool.give(lent)
    with pytest.raises(sqlite3.ProgrammingError):
        lent.execute("SELECT 1")
    fork.join()
    connections._after_fork_in_parent()
    pool.drop(pool.take())


@pytest.mark.attack("STO-14")
def test_what_is_lent_through_a_fork_is_abandoned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child neither uses nor closes it."""
    monkeypatch.setattr(connections, "_PATIENCE", 1)
    pool = _pool(tmp_path / "x.db")
    lent = pool.take()
    connections._before_fork()
    connections._after_fork_in_child()
    assert lent in connections._abandoned
    assert [(1,)] == lent.execute("SELECT 1").fetchall()
    connections._abandoned.remove(lent)
    lent.close()


@pytest.mark.attack("STO-14")
def test_another_process_id_is_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it came about."""
    pool = _pool(tmp_path / "x.db")
    parents = pool.take()
    pool.give(parents)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    child = pool.take()
    assert child is not parents
    pool.drop(child)
    connections._abandoned.remove(parents)
    parents.close()
