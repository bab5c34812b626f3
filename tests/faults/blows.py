"""One long day on a backend, each of its calls struck at statement after statement, and what was left judged.

`Struck` tells the day of `story`. Before each call it hears which statements the call makes, and then makes
the call again and again, each time with a blow at another of them, from the same records.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from faults.backends import Backend, Records, ServerBackend, ended_by_its_server
from faults.points import Points, kind_of_statement
from faults.stores import in_a_child
from faults.telling import Call, Expected, patient_policy, shape, tell
from permit_accounts import TryAgainLater, Unavailable
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import World

#: Makes a call with a blow at the statement of a number, and says how it ended; `heard` are all statements.
Blow = Callable[[Backend, Callable[[], object], int, Sequence[str]], str]


class Struck:
    """The day on one backend, with one kind of blow.

    Args:
        backend: Where the records are kept.
        blow: What happens at a statement.
        points: At which statements.
    """

    def __init__(self, backend: Backend, blow: Blow, points: Points) -> None:
        self._backend, self._blow, self._points = backend, blow, points
        self._records = Records(backend.store)
        self.world = World(patient_policy(), store=backend.store)
        self.struck: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.left: Counter[tuple[str, str]] = Counter()
        self.kinds: Counter[str] = Counter()
        self.wrong: list[str] = []

    def tell(self) -> None:
        """Tell the day."""
        tell(self.world, self._meddle)

    def _meddle(self, call: Call) -> None:
        if not self._points.wants(call.name):
            return
        kept, now = self._records.keep(), self.world.now()
        heard: list[str] = []
        with listening(self._backend, heard):
            expected = Expected.of(Call(call.name, _noting(call, heard)), self._backend.store)
        del heard[: heard.index(_BEGUN) + 1], heard[heard.index(_OVER) :]
        for at in self._points.at(f"{call.name}: {expected.told}", heard):
            self._back(kept, now)
            self._strike(call, expected, at, heard)
        self._back(kept, now)

    def _strike(self, call: Call, expected: Expected, at: int, heard: Sequence[str]) -> None:
        how = self._blow(self._backend, call.make, at, heard)
        self.struck[call.name] += 1
        self.kinds[kind_of_statement(heard[at - 1])] += 1
        self.ended[how] += 1
        where = f"{call.name}, {how} at {heard[at - 1][:60]!r}"
        self.wrong += [f"{where}: {words}" for words in self._wrong(call, expected, how)]

    def _wrong(self, call: Call, expected: Expected, how: str) -> Iterator[str]:
        store = self._backend.store
        yield from violations(store)
        left = shape(store)
        allowed = {
            "killed": [expected.before, expected.after],
            "OutcomeUnknown": [expected.before, expected.after],
            "answered": [expected.after],
        }.get(how, [expected.before])
        self.left[how, "made" if left == expected.after else "nothing"] += 1
        if left not in allowed:
            yield f"left {left - expected.before}"
        elif how != "answered" and left == expected.before:
            yield from expected.wrong_again(call, store)
        elif how != "answered":
            call.make()
            yield from violations(store)

    def _back(self, kept: object, now: Any) -> None:
        self._records.put_back(kept)
        self.world._now = now


_BEGUN, _OVER = "-- begun", "-- over"


def _noting(call: Call, heard: list[str]) -> Callable[[], object]:
    """The call, with its beginning and end noted among what is heard."""

    def make() -> object:
        heard.append(_BEGUN)
        try:
            return call.make()
        finally:
            heard.append(_OVER)

    return make


def ended(make: Callable[[], object]) -> str:
    """How a call ended, in a word: `answered`, or the name of what it raised."""
    try:
        make()
    except (Unavailable, TryAgainLater) as error:
        return type(error).__name__
    return "answered"


def killed(backend: Backend, make: Callable[[], object], at: int, heard: Sequence[str]) -> str:
    """The process that makes the call is killed right before the statement, as `kill -9` does."""

    def act() -> None:
        with at_statement(backend, at, lambda connection: os.kill(os.getpid(), signal.SIGKILL)):
            make()

    assert in_a_child(act), f"it was not killed before {heard[at - 1]!r}"
    return "killed"


def cut_off(backend: Backend, make: Callable[[], object], at: int, heard: Sequence[str]) -> str:
    """The server ends the connection right before the statement."""
    assert isinstance(backend, ServerBackend)
    with at_statement(backend, at, lambda connection: ended_by_its_server(backend.url, connection)):
        return ended(make)


@contextmanager
def listening(backend: Backend, heard: list[str]) -> Iterator[None]:
    """Every statement is written down."""
    before = backend.hear
    backend.hear = lambda statement, connection: heard.append(statement)
    try:
        yield
    finally:
        backend.hear = before


@contextmanager
def at_statement(backend: Backend, at: int, act: Callable[[Any], object]) -> Iterator[None]:
    """Do this right before the statement of this number runs, given the connection that it runs on."""
    left = [at]

    def hear(statement: str, connection: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            act(connection)

    before = backend.hear
    backend.hear = hear
    try:
        yield
    finally:
        backend.hear = before
    assert left[0] <= 0, "the call made fewer statements than before"
