"""A disk that is full: a flow fails whole, nobody else notices, and with space it all goes on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from faults.stores import SmallDisk
from faults.telling import Call, Expected, FileSnapshots, patient_policy, tell
from flows.people import ann
from permit_accounts import PUBLIC, SignedIn, Unavailable
from permit_accounts.testing.world import PASSWORD, World, public_form

#: No call of the day needs as many pages of 512 bytes as this.
_MOST = 200


class FullLoop:
    """Each call of the day with no page to spare, then with so many more, until it is not stopped by that."""

    def __init__(self, path: Path) -> None:
        self._store = SmallDisk(path)
        self._snapshots = FileSnapshots(self._store)
        self.world = World(patient_policy(), store=self._store)
        self._accounts = self.world.accounts
        made = self._accounts.register(PUBLIC, public_form("zoe"))
        assert isinstance(made, SignedIn)
        self._bystander = made.session_token
        self.stopped: set[str] = set()
        self.points = 0
        self.wrong: list[str] = []

    def tell(self) -> None:
        """Tell the day."""
        tell(self.world, self._meddle)

    def _meddle(self, call: Call) -> None:
        kept, now = self._snapshots.keep(), self.world.now()
        expected = Expected.of(call, self._store)
        for room in range(_MOST):
            self._back(kept, now)
            self._store.leave_room(room)
            raised = self._raised(call)
            was_full = self._store.was_full
            bystander_is_in = self._accounts.session(self._bystander) is not None
            self._store.leave_room(None)
            if not was_full:
                break
            self.points += 1
            self.stopped.add(call.name)
            wrong = expected.wrong_in(self._store, raised=raised)
            wrong += [] if self._snapshots.is_sound() else ["the file is damaged"]
            wrong += [] if bystander_is_in else ["somebody else's session was lost"]
            wrong += [] if raised is None else expected.wrong_again(call, self._store)
            self.wrong += [f"{call.name}, {room} pages left: {words}" for words in wrong]
        else:
            raise AssertionError(f"{call.name} needs more than all pages")
        self._back(kept, now)

    def _raised(self, call: Call) -> Exception | None:
        try:
            call.make()
        except Unavailable as error:
            return error
        return None

    def _back(self, kept: object, now: datetime) -> None:
        self._store.close()
        self._snapshots.put_back(kept)
        self.world._now = now


@pytest.mark.attack("STO-03")
def test_the_disk_is_full_at_every_page(tmp_path: Path) -> None:
    """Whole or not at all, told as out of reach; sessions of others are read; with space it is told again."""
    loop = FullLoop(tmp_path / "city.db")

    loop.tell()

    assert [] == loop.wrong
    assert loop.points > 100
    assert {"register", "sign_in", "reset_password", "finish_setup", "transfer"} <= loop.stopped


@pytest.mark.attack("STO-03")
def test_a_full_disk_keeps_nobody_out_who_is_in(tmp_path: Path) -> None:
    """A session lasts past the moment at which it would be noted as seen; what must be written says so."""
    store = SmallDisk(tmp_path / "city.db")
    world = World(store=store)
    made = ann(world)
    world.tick(minutes=6)
    store.leave_room(0)

    assert world.accounts.session(made.session_token) is not None
    assert isinstance(world.accounts.sessions(made.session_token), tuple)
    with pytest.raises(Unavailable):
        world.accounts.register(PUBLIC, public_form("bob"))

    store.leave_room(None)
    assert isinstance(world.accounts.register(PUBLIC, public_form("bob")), SignedIn)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
