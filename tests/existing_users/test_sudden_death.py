"""An import dies at every moment; told again, it comes to what it would have been, and nobody comes twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from traceback import TracebackException

import attrs
import pytest

from existing_users.portal import DECLARED, imported, many, old_password
from permit_accounts.existing_users import import_users
from permit_accounts.model.errors import OutcomeUnknown, TryAgainLater, Unavailable
from permit_accounts.model.files import ImportStage
from permit_accounts.model.outcomes import SetupRequired
from permit_accounts.model.records import Account, AuditEvent, Identifier
from permit_accounts.model.secret import Secret
from permit_accounts.model.users import UsersProgress
from permit_accounts.ports import Change
from permit_accounts.rules.account_types import PUBLIC
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.testing.world import World, city_policy
from roster.town import all_of

USERS = 22


class Mortal(MemoryStore):
    """Takes the fewest changes in a commit, and is lost at one of them: before it, or once it is done."""

    max_changes = 25

    def __init__(self, at: int, fault: type[Exception]) -> None:
        super().__init__()
        self.left = at
        self.fault = fault

    def commit(self, *changes: Change) -> None:
        self.left -= 1
        if self.left == 0 and self.fault is Unavailable:
            raise Unavailable("the disk is gone")
        super().commit(*changes)
        if self.left == 0 and self.fault is OutcomeUnknown:
            raise OutcomeUnknown("the line is dead")


@pytest.mark.attack("CSV-08")
@pytest.mark.parametrize("fault", [Unavailable, OutcomeUnknown])
@pytest.mark.parametrize("at", range(1, 7))
def test_told_again_after_every_batch(at: int, fault: type[Exception]) -> None:
    """22 users in batches of five: five commits and the closing event. Each can be lost, or thought lost."""
    world = World(city_policy(imported_hashes=DECLARED), store=Mortal(at, fault))
    with pytest.raises(fault):
        import_users(world.services, many(USERS))
    there = len(all_of(world.store, Account))
    assert min(5 * (at - 1 if fault is Unavailable else at), USERS) == there
    world.tick(minutes=1)

    report = imported(world, many(USERS))

    assert (there, USERS - there) == (report.unchanged, report.added)
    assert USERS == len(all_of(world.store, Account)) == len(all_of(world.store, Identifier))
    assert isinstance(world.accounts.sign_in(PUBLIC, "user121x", old_password("user121x")), SetupRequired)


def test_accounts_can_be_used_before_the_import_ends() -> None:
    """Whoever is in a batch that was committed signs in."""
    world = World(city_policy(imported_hashes=DECLARED), store=Mortal(0, Unavailable))
    inside: list[object] = []

    def sign_in(progress: UsersProgress) -> None:
        if progress.report.added == 5:
            inside.append(world.accounts.sign_in(PUBLIC, "user100x", old_password("user100x")))

    imported(world, many(USERS), progress=sign_in)

    assert [SetupRequired] == [type(outcome) for outcome in inside]


class Full(CheapHasher):
    """Has no place for the seventh hash, in whichever thread."""

    left = 7
    _counting = threading.Lock()

    def take_over(self, old: object) -> str:  # type: ignore[override]
        with self._counting:
            self.left -= 1
        if self.left == 0:
            raise TryAgainLater("too many hashes are waiting")
        return super().take_over(old)  # type: ignore[arg-type]


def test_too_much_load_ends_an_import_and_loses_nothing() -> None:
    """The batch is not written; told again, it goes on."""
    world = World(city_policy(imported_hashes=DECLARED), store=Mortal(0, Unavailable))
    busy = attrs.evolve(world.services, hasher=Full(world.keys, imported=DECLARED))
    with pytest.raises(TryAgainLater):
        import_users(busy, many(USERS))
    assert 5 == len(all_of(world.store, Account))
    world.tick(minutes=1)

    assert (5, 17) == (imported(world, many(USERS)).unchanged, len(all_of(world.store, Account)) - 5)


@pytest.mark.attack("LOG-03", "CSV-14")
def test_too_much_load_shows_no_hash() -> None:
    """Neither an old one nor one that was made by then; the first frame is this test's own."""
    world = World(city_policy(imported_hashes=DECLARED))
    busy = attrs.evolve(world.services, hasher=Full(world.keys, imported=DECLARED))
    with pytest.raises(TryAgainLater) as fault:
        import_users(busy, many(USERS))

    inside = fault.value.with_traceback(fault.tb.tb_next)
    report = "".join(TracebackException.from_exception(inside, capture_locals=True).format())
    assert "_stored" in report
    assert "pbkdf2_sha256$" not in report
    assert "$argon2id$" not in report


#: A child that imports the file of its first argument into the database of its second, in batches of five.
CHILD = """
    import os, signal, sys
    from permit_accounts.existing_users import import_users
    from permit_accounts.stores.sqlite import SQLiteStore
    from permit_accounts.testing.world import World, city_policy
    from permit_accounts.tools.keyring import Keyring

    store = SQLiteStore(sys.argv[2])
    store.max_changes = 25
    policy = city_policy(imported_hashes=("pbkdf2_sha256:rounds=10",))
    world = World(policy, store=store, keys=Keyring.from_env("KEYS"))

    def die(progress):
        if progress.report.added == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)

    import_users(world.services, sys.argv[1], progress=die)
"""


@pytest.mark.attack("CSV-08")
@pytest.mark.parametrize("added", [5, 20])
def test_a_killed_import_goes_on(tmp_path: Path, added: int) -> None:
    """By the operating system, in the middle: what is told as written is written, and the file is sound."""
    database, file = tmp_path / "city.db", tmp_path / "users.csv"
    SQLiteStore(database, create=True).close()
    file.write_bytes(many(USERS).getvalue())
    world = World(city_policy(imported_hashes=DECLARED))
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH", ""), str(Path(__file__).parents[1])]))
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(file), str(database), str(added)],
        env={**os.environ, "PYTHONPATH": path, "KEYS": world.keys.to_text()},
        check=False,
    )
    assert -signal.SIGKILL == child.returncode
    with sqlite3.connect(database) as connection:
        assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()

    after = World(world.policy, store=SQLiteStore(database), keys=world.keys)
    after.tick(minutes=1)
    report = imported(after, file)

    assert (added, USERS - added) == (report.unchanged, report.added)
    assert (
        USERS
        == len(all_of(after.store, Account))
        == len({one.username for one in all_of(after.store, Account)})
    )
    assert USERS + 1 == len(all_of(after.store, AuditEvent))
    assert after.hasher.verify(all_of(after.store, Account)[0].password_hash, Secret("wrong")) is False
    assert isinstance(after.accounts.sign_in(PUBLIC, "user100x", old_password("user100x")), SetupRequired)


@pytest.mark.attack("CSV-08")
def test_control_c_ends_it_between_batches() -> None:
    """Raised while progress is told: what was told as written is there."""
    world = World(city_policy(imported_hashes=DECLARED), store=Mortal(0, Unavailable))
    told: list[int] = []

    def interrupt(progress: UsersProgress) -> None:
        told.append(progress.report.added)
        if progress.stage is ImportStage.IMPORTING and progress.report.added == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_users(world.services, many(USERS), progress=interrupt)

    assert told[-1] == len(all_of(world.store, Account))
