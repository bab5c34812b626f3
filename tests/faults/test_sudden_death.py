"""A process that is killed at any statement: the file is sound, a flow was made whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from faults.stores import Executioner, Watched, in_a_child
from faults.telling import Call, Expected, FileSnapshots, patient_policy, shape, tell
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import World

pytestmark = [
    pytest.mark.attack("STO-02", "TOK-24", "STO-19"),
    # The child does what is asked here and nothing else, and then it is dead.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


class DeathLoop:
    """Calls of the day, each made by a child that is killed right before some statement of it.

    The short form takes each door's first call of each outcome that commits several changes at once.
    """

    def __init__(self, path: Path, points: Callable[[list[str]], Iterable[int]]) -> None:
        self._store = Watched(path, create=True)
        self._snapshots = FileSnapshots(self._store)
        self._points = points
        self._seen: set[tuple[str, str]] = set()
        self.world = World(patient_policy(), store=self._store)
        self.deaths: Counter[str] = Counter()
        self.wrong: list[str] = []

    def tell(self) -> None:
        """Tell the day."""
        tell(self.world, self._meddle)

    def _meddle(self, call: Call) -> None:
        kept, now = self._snapshots.keep(), self.world.now()
        heard: list[str] = []
        expected = Expected.of(Call(call.name, lambda: self._heard_by(heard.append, call)), self._store)
        again = (call.name, expected.told) in self._seen
        self._seen.add((call.name, expected.told))
        for at in [] if again and self._points is few else self._points(heard):
            self._back(kept, now)
            executioner = Executioner(at)
            killed = in_a_child(lambda: self._heard_by(executioner, call))  # noqa: B023 - called at once
            assert killed, f"{call.name} was not killed before its statement {at}"
            self.deaths[call.name] += 1
            where = f"{call.name}, before {heard[at - 1]!r}"
            self.wrong += [f"{where}: {words}" for words in self._wrong(call, expected)]
        self._back(kept, now)

    def _heard_by(self, listener: Callable[[str], object], call: Call) -> object:
        self._store.hear = listener
        try:
            return call.make()
        finally:
            self._store.hear = lambda statement: None

    def _wrong(self, call: Call, expected: Expected) -> Iterator[str]:
        if not self._snapshots.is_sound():
            yield "the file is damaged"
        yield from violations(self._store)
        left = shape(self._store)
        if left == expected.before:
            yield from expected.wrong_again(call, self._store)
        elif left != expected.after:
            yield f"left {left - expected.before}"
        else:
            call.make()
            yield from violations(self._store)

    def _back(self, kept: object, now: datetime) -> None:
        self._store.close()
        self._snapshots.put_back(kept)
        self.world._now = now


def few(heard: list[str]) -> Iterable[int]:
    """In the midst of the longest transaction, right before its end, and right after; none in a small one."""
    begins = [at for at, statement in enumerate(heard, 1) if statement.startswith("BEGIN")]
    ends = [at for at, statement in enumerate(heard, 1) if statement == "COMMIT"]
    begin, end = max(zip(begins, ends, strict=True), key=lambda pair: pair[1] - pair[0], default=(0, 0))
    points = ((begin + end + 1) // 2, end, end + 1)
    return [at for at in points if at <= len(heard)] if end - begin > 3 else []


def every(heard: list[str]) -> Iterable[int]:
    """All of them."""
    return range(1, len(heard) + 1)


def test_killed_in_every_main_flow(tmp_path: Path) -> None:
    """In the midst of a commit, right before it counts, and right after."""
    loop = DeathLoop(tmp_path / "city.db", few)

    loop.tell()

    assert [] == loop.wrong
    assert loop.deaths.total() > 60
    assert {"register", "sign_in", "reset_password", "finish_setup", "transfer"} <= set(loop.deaths)


@pytest.mark.long
def test_killed_at_every_statement(tmp_path: Path) -> None:
    """The whole day, each call killed before each of its statements."""
    loop = DeathLoop(tmp_path / "city.db", every)

    loop.tell()

    assert [] == loop.wrong
    assert loop.deaths.total() > 1000
