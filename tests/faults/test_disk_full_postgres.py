"""PostgreSQL on a disk that is full: a flow fails whole, who is in stays in, and with space it all goes
on."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from faults.backends import Backend, ServerBackend
from faults.blows import Struck, ended
from faults.points import OfEachOutcome
from faults.telling import patient_policy
from permit_accounts import PUBLIC, SignedIn, Unavailable
from permit_accounts.model.records import Account
from permit_accounts.ports import Every
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, public_form
from permit_accounts.tools.keyring import Keyring
from servers.private import private_postgres
from story import signed_in

KEYS: Final = Keyring.new()
#: A cluster of PostgreSQL 15 takes 40 MB when it is new.
_SIZE: Final = "120m"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of its own in memory; the test is skipped where none may be mounted."""
    with tempfile.TemporaryDirectory(prefix="permit-accounts-disk") as folder:
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=0755", "tmpfs", folder],
            capture_output=True,
            check=False,
        )
        if made.returncode:
            pytest.skip("a disk in memory cannot be mounted here: run the test as root, outside a container")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def fill(disk: Path) -> Path:
    """Take all the room that is left."""
    ballast = disk / "ballast"
    room = os.statvfs(disk)
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize)
    return ballast


@pytest.mark.long
@pytest.mark.attack("STO-03")
@pytest.mark.usefixtures("unmeasured")
def test_the_disk_of_postgres_is_full(small_disk: Path) -> None:
    """Whole or not at all, whatever still finds room; a session is read; with space again the call is
    made."""
    with private_postgres(small_disk) as server, closing(ServerBackend(server.url)) as backend:
        bystander = signed_in(
            World(store=backend.store, keys=KEYS).accounts.register(PUBLIC, public_form("zoe"))
        )

        def full(backend: Backend, make: Callable[[], object], at: int, heard: Sequence[str]) -> str:
            ballast = fill(small_disk)
            try:
                how = ended(make)
                watching = World(store=backend.store, keys=KEYS)
                assert watching.accounts.session(bystander.session_token) is not None
            finally:
                ballast.unlink()
            return how

        loop = Struck(backend, full, OfEachOutcome("begin"))
        loop.tell()

    assert [] == loop.wrong
    assert loop.struck.total() > 20


@pytest.mark.long
@pytest.mark.attack("STO-03")
def test_what_finds_no_room_any_more_is_out_of_reach(small_disk: Path) -> None:
    """People register until the disk is full; the last one is not there at all, and with space is let in."""
    with private_postgres(small_disk) as server, closing(ServerBackend(server.url)) as backend:
        world = World(patient_policy(), store=backend.store)
        register(world, 0)
        ballast = fill(small_disk)
        made, fault = until_it_fails(world)
        ballast.unlink()

        assert "53100" in str(fault)  # PostgreSQL's disk_full
        assert () == violations(backend.store)
        assert made == len(backend.store.select(Account, Every(), limit=10_000))
        register(world, made)
        assert isinstance(world.accounts.sign_in(PUBLIC, "person0", PASSWORD), SignedIn)


def register(world: World, n: int) -> None:
    """One person more."""
    signed_in(world.accounts.register(PUBLIC, public_form(f"person{n}")))


def until_it_fails(world: World) -> tuple[int, Unavailable]:
    """How many people there are when one more finds no room, and what that one is told."""
    for n in range(1, 10_000):
        try:
            register(world, n)
        except Unavailable as fault:
            return n, fault
    raise AssertionError("the disk has room for everybody")
