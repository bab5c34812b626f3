"""What a file, its locks, the machine's time zone and forks may not do to a day at the doors."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

import story
from faults.stores import in_a_child
from faults.telling import patient_policy, shape, tell
from flows.people import at, at_once
from permit_accounts import PUBLIC, Delivered, PasswordReset, Refused, SignedIn, TryAgainLater
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.model.records import OutboxEmail
from permit_accounts.model.secret import Secret
from permit_accounts.outbox import OTHER_KEYS
from permit_accounts.ports import Every, Message
from permit_accounts.registers.memory import MemoryRegister
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy, links_in, public_form
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in


class Witness:
    """Looks, from a connection of its own, whether somebody holds the file's write lock right now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.asked = 0

    def look(self) -> None:
        """Take the lock and let it go; that fails at once where a transaction is open."""
        self.asked += 1
        with closing(sqlite3.connect(self._path, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")


class WatchedHasher(CheapHasher):
    """A hasher that looks at the lock while it works."""

    witness: Witness

    def hash(self, secret: Secret) -> str:
        """As any, looking."""
        self.witness.look()
        return super().hash(secret)

    def verify(self, encoded: str | None, secret: Secret) -> bool:
        """As any, looking."""
        self.witness.look()
        return super().verify(encoded, secret)


@pytest.mark.attack("STO-05")
def test_nothing_slow_happens_while_the_file_is_locked(tmp_path: Path) -> None:
    """Not a hash, not a mail, not a question to a board or a breach list is waited for by other writers."""
    store = SQLiteStore(tmp_path / "city.db", create=True, synchronous="NORMAL")
    witness = Witness(store.path)

    class Mailing(MemoryBackend):
        def send(self, message: Message) -> None:
            witness.look()
            super().send(message)

    class Board(MemoryRegister):
        def lookup(self, authority: str, number: str) -> Any:
            witness.look()
            return super().lookup(authority, number)

    policy = patient_policy(breach_check=lambda password: witness.look() is not None)
    mailing = Mailing()
    world = World(policy, store=store, email=mailing, registers={"us-ca-cslb": Board({})})
    world.mailbox = mailing
    hasher = WatchedHasher(world.keys)
    hasher.witness = witness
    world.services = attrs.evolve(world.services, hasher=hasher)
    world.accounts = type(world.accounts)(world.services, email=mailing)

    tell(world, lambda call: None)

    assert witness.asked > 60
    assert () == violations(store)


@contextmanager
def held(store: SQLiteStore) -> Iterator[None]:
    """Another program writes to the file all the while: a backup, a VACUUM."""
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.attack("STO-05")
def test_behind_a_long_lock_everybody_gets_an_answer(tmp_path: Path) -> None:
    """Twenty sign-ins wait a bounded while and are told to come again; who is in stays in."""
    store = SQLiteStore(tmp_path / "city.db", create=True, lock_timeout=timedelta(milliseconds=20))
    world = World(patient_policy(), store=store)
    made = signed_in(world.accounts.register(PUBLIC, public_form("ann")))
    world.tick(minutes=6)

    def attempt() -> object:
        try:
            return world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=at("192.0.2.7"))
        except TryAgainLater:
            return "later"

    with held(store):
        begun = time.monotonic()
        outcomes = at_once(*[attempt] * 20)
        assert time.monotonic() - begun < 30
        assert world.accounts.session(made.session_token) is not None

    assert ["later"] * 20 == outcomes
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert () == violations(store)


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Set the machine's time zone."""

    def set_to(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield set_to
    monkeypatch.undo()
    time.tzset()


@pytest.mark.attack("STO-10")
@pytest.mark.parametrize("kept", ["memory", "file"])
def test_a_link_ends_at_one_moment_wherever_the_machine_is(tmp_path: Path, zone: Any, kept: str) -> None:
    """Issued in Kathmandu, opened in Los Angeles in the night that has an hour twice: to the microsecond."""
    store = MemoryStore() if kept == "memory" else SQLiteStore(tmp_path / "city.db", create=True)
    world = World(store=store)
    world.tick(days=243, hours=-1)  # 2026-10-31T08:00Z, the day before the clocks go back
    zone("Asia/Kathmandu")
    world.accounts.register(PUBLIC, public_form("ann"))
    world.accounts.request_password_reset("ann")
    link = newest_link(world, "ann@mail.example.org", "/reset-password")

    zone("America/Los_Angeles")
    world.tick(hours=1, microseconds=-1)
    assert not isinstance(world.accounts.open_reset(link), Refused)
    world.tick(microseconds=1)
    assert isinstance(world.accounts.open_reset(link), Refused)


@pytest.mark.attack("STO-10")
def test_two_zones_tell_one_day(zone: Any) -> None:
    """The whole day comes to the same records."""
    told = []
    keys = World().keys
    for name in ("Pacific/Kiritimati", "Pacific/Niue"):
        zone(name)
        world = World(patient_policy(), keys=keys)
        story.tell(world)
        told.append(shape(world.store))

    assert told[0] == told[1]


@pytest.mark.attack("STO-14")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_city_opened_before_a_fork_serves_on_both_sides(tmp_path: Path) -> None:
    """A server that is loaded first and forked then: children and parent write, and none is lost."""
    world = World(patient_policy(), store=SQLiteStore(tmp_path / "city.db", create=True))
    made = signed_in(world.accounts.register(PUBLIC, public_form("ann")))

    def serve(name: str) -> None:
        assert world.accounts.session(made.session_token) is not None
        signed_in(world.accounts.register(PUBLIC, public_form(name)))

    for name in ("bob", "cyd", "dan"):
        assert not in_a_child(lambda name=name: serve(name))  # type: ignore[misc]
    serve("eve")

    for name in ("ann", "bob", "cyd", "dan", "eve"):
        assert isinstance(world.accounts.sign_in(PUBLIC, name, PASSWORD), SignedIn)
    assert () == violations(world.store)


@pytest.mark.attack("STO-17")
def test_after_a_restore_a_new_seal_ring_ends_what_came_alive(tmp_path: Path) -> None:
    """A used link and an ended session live again in yesterday's backup; with new seals both are dead."""
    store = SQLiteStore(tmp_path / "city.db", create=True)
    world = World(city_policy(), store=store)
    made = signed_in(world.accounts.register(PUBLIC, public_form("ann")))
    world.accounts.request_password_reset("ann")
    link = newest_link(world, "ann@mail.example.org", "/reset-password")
    _back_up(store, tmp_path / "backup.db")
    assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD, ANSWER), PasswordReset)

    restored = World(store=SQLiteStore(tmp_path / "backup.db"), keys=world.keys)
    assert restored.accounts.session(made.session_token) is not None
    assert not isinstance(restored.accounts.open_reset(link), Refused)
    resealed = World(store=SQLiteStore(tmp_path / "backup.db"), keys=world.keys.with_new_seal(keep=False))

    assert resealed.accounts.session(made.session_token) is None
    assert isinstance(resealed.accounts.open_reset(link), Refused)
    assert isinstance(resealed.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


def test_mail_that_waited_in_a_backup_leaves_again(tmp_path: Path) -> None:
    """Twice under one Message-ID; with new seals what has a link waits until that has run out."""
    store = SQLiteStore(tmp_path / "city.db", create=True)
    world = World(city_policy(), store=store)
    made = signed_in(world.accounts.register(PUBLIC, public_form("ann")))
    world.deliver()
    signed_in(world.accounts.change_password(made.session_token, PASSWORD, NEW_PASSWORD))
    world.accounts.request_password_reset("ann")
    for name in ("same-keys.db", "new-seals.db"):
        _back_up(store, tmp_path / name)
    left = {mail.message_id: links_in(mail) for mail in world.deliver()}
    assert [0, 1] == sorted(len(links) for links in left.values())

    restored = World(city_policy(), store=SQLiteStore(tmp_path / "same-keys.db"), keys=world.keys)
    assert left == {mail.message_id: links_in(mail) for mail in restored.deliver()}
    new_seals = world.keys.with_new_seal(keep=False)
    resealed = World(city_policy(), store=SQLiteStore(tmp_path / "new-seals.db"), keys=new_seals)
    notices = [message_id for message_id, links in left.items() if not links]
    assert notices == [mail.message_id for mail in resealed.deliver()]
    (waiting,) = resealed.store.select(OutboxEmail, Every(), limit=2)
    assert OTHER_KEYS == waiting.last_error
    resealed.tick(hours=2)
    assert Delivered(dropped=1) == resealed.accounts.outbox.deliver()


def _back_up(store: SQLiteStore, path: Path) -> None:
    """What `sqlite3 … ".backup …"` does."""
    with closing(sqlite3.connect(path)) as backup, closing(sqlite3.connect(store.path)) as file:
        file.backup(backup)
    path.chmod(0o600)
