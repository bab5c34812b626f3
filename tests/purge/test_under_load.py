"""A purge of many records: killed half way, beside people who sign in, by two at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from permit_accounts.model.outcomes import SignedIn
from permit_accounts.model.records import AttemptCount
from permit_accounts.ports import Add, Every
from permit_accounts.purge import Purged, purge
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.world import PASSWORD, START, World, public_form

CHILD = """
    import os, signal, sys
    from permit_accounts.purge import purge
    from permit_accounts.stores.sqlite import SQLiteStore
    from permit_accounts.testing.world import World

    def die(done):
        if done.counts >= 1000:
            os.kill(os.getpid(), signal.SIGKILL)

    purge(World(store=SQLiteStore(sys.argv[1], synchronous="NORMAL")).services, batch=100, progress=die)
"""


def filled(path: Path, expired: int, good: int) -> SQLiteStore:
    store = SQLiteStore(path, create=True, synchronous="NORMAL")
    for first in range(0, expired + good, 10_000):
        counts = (
            AttemptCount(
                id=f"count-{n * 7919 % 2_000_003}",
                since=START,
                expires_at=START + timedelta(seconds=1 if n >= expired else -n),
            )
            for n in range(first, min(first + 10_000, expired + good))
        )
        store.commit(*map(Add, counts))
    return store


def left(store: SQLiteStore) -> int:
    return len(store.select(AttemptCount, Every(), limit=2_000_000))


@pytest.mark.attack("STO-19")
def test_killed_half_way(tmp_path: Path) -> None:
    """What was forgotten stays so, and the next purge goes on."""
    store = filled(tmp_path / "city.db", 3000, 50)
    dead = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(tmp_path / "city.db")],
        capture_output=True,
        timeout=60,
        env=dict(os.environ),
    )
    assert -signal.SIGKILL == dead.returncode
    assert 2050 == left(store)
    assert Purged(counts=2000) == purge(World(store=store).services)
    assert 50 == left(store)


@pytest.mark.attack("STO-19")
def test_two_at_once(tmp_path: Path) -> None:
    """They share the work, and neither fails."""
    store = filled(tmp_path / "city.db", 2000, 50)
    done: list[Purged] = []
    threads = [
        threading.Thread(target=lambda: done.append(purge(World(store=store).services, batch=50)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (2, 2000) == (len(done), sum(purged.counts for purged in done))
    assert 50 == left(store)


def longest_sign_in(store: SQLiteStore) -> float:
    """The longest that anybody waits to be signed in while a purge goes on, in seconds."""
    world = World(store=store)
    world.accounts.register("public", public_form("ann"))
    purging = threading.Thread(target=lambda: purge(world.services))
    purging.start()
    waits = []
    while purging.is_alive() or not waits:
        begun = time.perf_counter()
        assert isinstance(world.accounts.sign_in("public", "ann", PASSWORD), SignedIn)
        waits.append(time.perf_counter() - begun)
    purging.join()
    return max(waits)


@pytest.mark.attack("STO-19")
def test_people_sign_in_meanwhile(tmp_path: Path) -> None:
    """No lock is held for long, and nothing of theirs is lost."""
    store = filled(tmp_path / "city.db", 10_000, 50)
    assert longest_sign_in(store) < 1
    assert left(store) >= 50


@pytest.mark.long
@pytest.mark.attack("STO-19")
def test_a_million_records(tmp_path: Path) -> None:
    """As many as an attack leaves behind."""
    store = filled(tmp_path / "city.db", 1_000_000, 1000)
    assert longest_sign_in(store) < 1
    assert 1000 <= left(store) < 2000
