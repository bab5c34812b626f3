"""A scratch store that fails at every point of a whole day: nobody notices, nothing is left uncounted."""

from __future__ import annotations

import pytest

from faults.telling import Call, Expected, MemorySnapshots, patient_policy, tell
from permit_accounts import PUBLIC, Refused, TryAgainLater, Unavailable
from permit_accounts.model.records import ASKED_BY, AttemptCount, Session
from permit_accounts.ports import Add, Every
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.faulty import Fault, FaultyStore
from permit_accounts.testing.world import PASSWORD, World, public_form
from story import signed_in

_MOST = 60


class ScratchLoop:
    """Each call of the day with a fault at the scratch store's first question, its second, and so on."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._durable, scratch = MemoryStore(), MemoryStore()
        self._snapshots = (MemorySnapshots(self._durable), MemorySnapshots(scratch))
        self._scratch = FaultyStore(scratch)
        self.world = World(patient_policy(), store=self._durable, scratch=self._scratch)  # type: ignore[arg-type]
        self.points = 0
        self.wrong: list[str] = []

    def tell(self) -> None:
        """Tell the day."""
        tell(self.world, self._meddle)

    def _meddle(self, call: Call) -> None:
        kept, now = [snapshot.keep() for snapshot in self._snapshots], self.world.now()
        expected = Expected.of(call, self._durable)
        for at in range(1, _MOST):
            self._back(kept)
            self.world._now = now
            self._scratch.fail(self._fault, at=at)
            wrong = self._wrong(call, expected)
            hit = self._scratch.failed
            self._scratch.heal()
            if not hit:
                break
            self.points += 1
            self.wrong += [f"{call.name}, point {at}: {words}" for words in wrong]
        else:
            raise AssertionError(f"{call.name} asks the scratch store without end")
        self._back(kept)
        self.world._now = now

    def _wrong(self, call: Call, expected: Expected) -> list[str]:
        try:
            return expected.wrong_again(call, self._durable)
        except TryAgainLater as busy:
            # Too many at once under one name is an answer, and never a way past a count.
            left = expected.wrong_in(self._durable, raised=busy)
            return left if self._fault is Fault.OVERTAKEN else [*left, "it is too busy"]
        except Unavailable:
            return [] if call.name == "purge" else ["it is out of reach"]

    def _back(self, kept: list[object]) -> None:
        for snapshot, state in zip(self._snapshots, kept, strict=True):
            snapshot.put_back(state)


@pytest.mark.attack("THR-12", "SESS-20")
@pytest.mark.parametrize("fault", list(Fault))
def test_out_of_order_at_every_point(fault: Fault) -> None:
    """Out of reach, unheard or overtaken: every call comes to the same, in the outcome and in the store."""
    loop = ScratchLoop(fault)

    loop.tell()

    assert [] == loop.wrong
    assert loop.points > 60


@pytest.mark.attack("SESS-20", "THR-12")
def test_a_day_leaves_nothing_but_counts_in_the_scratch_store() -> None:
    """Whoever reads, empties or writes the scratch store has no session, name or account in hand."""
    scratch = MemoryStore()
    world = World(patient_policy(), scratch=scratch)

    tell(world, lambda call: None)

    kept = {kind.__name__ for kind in ASKED_BY if scratch.select(kind, Every(), limit=1)}
    assert {AttemptCount.__name__} == kept


@pytest.mark.attack("SESS-20")
def test_a_session_planted_in_the_scratch_store_opens_nothing() -> None:
    """Ended in the durable store, it is over, whatever the scratch store remembers."""
    scratch = MemoryStore()
    world = World(scratch=scratch)
    made = signed_in(world.accounts.register(PUBLIC, public_form("ann")))
    scratch.commit(Add(made.session), Add(made.account))

    world.accounts.sign_out(made.session_token)

    assert world.accounts.session(made.session_token) is None
    assert isinstance(world.accounts.change_password(made.session_token, PASSWORD, "new words"), Refused)
    assert 1 == len(scratch.select(Session, Every(), limit=5))
