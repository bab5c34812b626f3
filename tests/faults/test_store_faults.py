"""A store that fails at every point of a whole day: what was refused left nothing, and the day goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest

from faults.telling import Call, Expected, MemorySnapshots, patient_policy, tell
from permit_accounts import OutcomeUnknown, TryAgainLater, Unavailable
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.faulty import Fault, FaultyStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import World

#: No call of the day asks its store more often.
_MOST = 60


class Loop:
    """Each call of the day with a fault at its first question to the store, then its second, until none is hit."""  # noqa: E501

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._inner = MemoryStore()
        self._snapshots = MemorySnapshots(self._inner)
        self._store = FaultyStore(self._inner)
        self.world = World(patient_policy(), store=self._store)  # type: ignore[arg-type]
        self.points: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.wrong: list[str] = []

    def tell(self) -> None:
        """Tell the day."""
        tell(self.world, self._meddle)

    def _meddle(self, call: Call) -> None:
        kept, now = self._snapshots.keep(), self.world.now()
        expected = Expected.of(call, self._inner)
        for at in range(1, _MOST):
            self._back(kept, now)
            self._store.fail(self._fault, at=at)
            raised = self._raised(call)
            hit = self._store.failed
            self._store.heal()
            if not hit:
                break
            self.points[call.name] += 1
            self.unknown[call.name] += isinstance(raised, OutcomeUnknown)
            self.wrong += [
                f"{call.name}, point {at}: {words}" for words in self._wrong(call, expected, raised)
            ]
        else:
            raise AssertionError(f"{call.name} asks its store without end")
        self._back(kept, now)

    def _wrong(self, call: Call, expected: Expected, raised: Exception | None) -> Iterator[str]:
        unheard = isinstance(raised, OutcomeUnknown)
        yield from expected.wrong_in(self._inner, raised=raised, unheard=unheard)
        if unheard and self._fault is not Fault.LOST:
            again = self._raised(call)
            yield from violations(self._inner)
            if again is not None:
                yield f"made again it raises {again!r}"
        elif raised is not None:
            yield from expected.wrong_again(call, self._inner)

    def _back(self, kept: object, now: datetime) -> None:
        self._snapshots.put_back(kept)
        self.world._now = now

    def _raised(self, call: Call) -> Exception | None:
        try:
            call.make()
        except (Unavailable, TryAgainLater) as error:
            return error
        return None


@pytest.mark.attack("STO-02", "STO-03", "STO-19")
@pytest.mark.parametrize("fault", [Fault.OUT_OF_REACH_ONCE, Fault.OUT_OF_REACH])
def test_out_of_reach_at_every_point(fault: Fault) -> None:
    """What raised left nothing behind and, told again, comes to the same; what did not raise is whole."""
    loop = Loop(fault)

    loop.tell()

    assert [] == loop.wrong
    assert loop.points.total() > 500
    assert len(loop.points) > 40


@pytest.mark.attack("STO-02", "STO-06", "STO-08")
@pytest.mark.parametrize("fault", [Fault.UNHEARD, Fault.UNHEARD_AND_GONE, Fault.LOST])
def test_an_answer_that_is_lost_at_every_commit(fault: Fault) -> None:
    """Made or not, but unheard: whole all the same; and nobody tells the flow again but the person.

    Only where the flow's own commit is in doubt is the outcome called unknown: where a count was, the flow
    was not told, and nothing is there.
    """
    loop = Loop(fault)

    loop.tell()

    assert [] == loop.wrong
    assert loop.points.total() > 120
    assert loop.unknown.total() > 60
    assert {"register", "sign_in", "reset_password", "finish_setup", "transfer"} <= set(loop.unknown)


@pytest.mark.attack("STO-08")
@pytest.mark.parametrize("fault", [Fault.OVERTAKEN_ONCE, Fault.OVERTAKEN])
def test_overtaken_at_every_commit(fault: Fault) -> None:
    """Overtaken once, the whole flow is told again: no mail and no event twice. Always: it gives up clean."""
    loop = Loop(fault)

    loop.tell()

    assert [] == loop.wrong
    assert loop.points.total() > 120
