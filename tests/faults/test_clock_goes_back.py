"""A clock that is set back in the midst of a flow: nothing breaks, and the day goes on."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from faults.telling import Call, Expected, MemorySnapshots, kind_of, patient_policy, tell
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import World

#: No call of the day looks at the clock more often.
_MOST = 60


class BackwardsLoop:
    """Each call of the day with the clock set back at its first look at it, then its second, and so on."""

    def __init__(self, span: timedelta) -> None:
        self._span = span
        self._store = MemoryStore()
        self._snapshots = MemorySnapshots(self._store)
        self.world = World(patient_policy(), store=self._store)
        self.points: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.different: list[str] = []

    def tell(self) -> None:
        """Tell the day."""
        tell(self.world, self._meddle)

    def _meddle(self, call: Call) -> None:
        kept, now = self._snapshots.keep(), self.world.now()
        expected = Expected.of(call, self._store)
        for at in range(1, _MOST):
            self._snapshots.put_back(kept)
            self.world._now = now
            self.world.jump(at=at, seconds=-self._span.total_seconds())
            told = kind_of(call.make())
            if not self.world.jumped:
                break
            self.points[call.name] += 1
            self.wrong += [f"{call.name}, look {at}: {words}" for words in violations(self._store)]
            if told != expected.told:
                self.different.append(f"{call.name}, look {at}: {told}, not {expected.told}")
        else:
            raise AssertionError(f"{call.name} looks at the clock without end")
        self._snapshots.put_back(kept)
        self.world._now = now
        self.world.jump(at=0)


def test_set_right_at_every_look() -> None:
    """By a second, as clocks are set right every day: every call comes to the same."""
    loop = BackwardsLoop(timedelta(seconds=1))

    loop.tell()

    assert ([], []) == (loop.wrong, loop.different)
    assert loop.points.total() > 60


def test_set_back_by_a_day_at_every_look() -> None:
    """By far too much: some are turned away, but nothing is raised and nothing is left half done."""
    loop = BackwardsLoop(timedelta(days=1))

    loop.tell()

    assert [] == loop.wrong
    assert loop.points.total() > 60
