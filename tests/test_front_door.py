"""What stands before every flow: told again where the world moved on, settled whatever came of it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import attrs
import pytest

from flows.people import WRONG, ann, at, guess, hashing_harder, kinds, sessions, work
from interleaving import Interleaved
from permit_accounts import (
    PUBLIC,
    Code,
    Conflict,
    Limit,
    Problem,
    Refused,
    SignedIn,
    TryAgainLater,
    Unavailable,
)
from permit_accounts.front_door import TELLINGS, FrontDoor
from permit_accounts.model.codes import EventName
from permit_accounts.model.records import Account, AttemptCount, AuditEvent
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Add, Change, Every, Is, Replace
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form
from permit_accounts.tools.services import Services

MINUTES = timedelta(minutes=10)


class Failing(MemoryStore):
    """A store in which one kind of event cannot be kept."""

    without: EventName | None = None

    def commit(self, *changes: Change) -> None:
        """As it should be, but for that one."""
        added = [change.record for change in changes if isinstance(change, Add)]
        if any(isinstance(record, AuditEvent) and record.name is self.without for record in added):
            raise Unavailable("switched off")
        super().commit(*changes)


def test_a_flow_that_meets_conflicts_is_told_three_times() -> None:
    """Then whoever asked is sent away for a moment; nothing was done."""
    tellings: list[Services] = []

    def flow(s: Services) -> None:
        tellings.append(s)
        raise Conflict("the world moved on")

    with pytest.raises(TryAgainLater):
        FrontDoor(World().services).told(flow)

    assert TELLINGS == len(tellings)


def test_a_flow_that_is_told_again_hashes_nothing_twice() -> None:
    """What was hashed and compared once is remembered for this one call, and told alike."""
    world = World()
    stored = world.hasher.hash(Secret(PASSWORD))
    made: list[str] = []

    def flow(s: Services) -> str:
        made.append(s.hasher.hash(Secret(WRONG)))
        assert s.hasher.verify(stored, Secret(PASSWORD))
        assert not s.hasher.verify(None, Secret(PASSWORD))
        assert s.hasher.readable(stored)
        assert not s.hasher.needs_rehash(stored)
        if len(made) < TELLINGS:
            raise Conflict("the world moved on")
        return made[-1]

    assert [("hash", 1, 8), ("verify", 1, 8), ("verify", 1, 8)] == work(
        world, lambda: FrontDoor(world.services).told(flow)
    )
    assert 1 == len(set(made))
    assert made[0] != FrontDoor(world.services).told(lambda s: s.hasher.hash(Secret(WRONG)))


def test_a_password_that_changed_between_two_tellings_is_compared_afresh() -> None:
    """A comparison is remembered for one stored hash only."""
    store = Interleaved(MemoryStore())
    world = World(store=store)  # type: ignore[arg-type]
    ann(world)
    hashing_harder(world)
    other = world.hasher.hash(Secret(WRONG))

    def replace() -> None:
        (before,) = world.store.select(Account, Every(), limit=5)
        world.store.commit(Replace(before, attrs.evolve(before, password_hash=other)))

    store.before_commit_of(Account, replace)

    assert {"wrong-credentials": 1} == kinds([world.accounts.sign_in(PUBLIC, "ann", PASSWORD)])
    assert store.happened


def test_a_flow_that_fails_for_the_worlds_reasons_is_nobodys_failure() -> None:
    """The attempt is taken back; a store that is out of reach counts against no one."""
    store = Failing()
    world = World(store=store)
    ann(world)
    store.without = EventName.SIGN_IN_REFUSED

    for _ in range(12):
        with pytest.raises(Unavailable):
            world.accounts.sign_in(PUBLIC, "ann", WRONG, visitor=at("192.0.2.1"))

    counts = world.store.select(AttemptCount, Every(), limit=5)
    assert [] == [count for count in counts if not count.id.startswith("g:")]  # g: registrations


def test_the_alarm_sounds_once_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """Even where it cannot be put on record."""
    store = Failing()
    world = World(city_policy(failure_rate_alarm=Limit(count=5, within=MINUTES)), store=store)
    ann(world)
    store.without = EventName.FAILURE_RATE_ALARM
    caplog.set_level(logging.WARNING)

    told = [guess(world, f"nobody{n}", 1)[0] for n in range(8)]

    assert {"wrong-credentials": 8} == kinds(told)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    said = [record.getMessage() for record in caplog.records]
    assert 1 == sum("the alarm was not recorded" in line for line in said)


def test_an_application_can_read_the_gauge() -> None:
    """Failures of the last ten minutes over all names, right passwords and waits not among them."""
    world = World()
    ann(world)
    assert 0 == world.accounts.recent_failures()

    guess(world, "ann", 12)
    guess(world, "nobody", 1)
    world.tick(minutes=9)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert 11 == world.accounts.recent_failures()
    world.tick(minutes=2)
    assert 0 == world.accounts.recent_failures()


def test_surplus_sessions_that_cannot_be_ended_keep_nobody_out(caplog: pytest.LogCaptureFixture) -> None:
    """It is best effort, after the sign-in; the next one tries again."""
    store = Failing()
    world = World(city_policy(max_sessions=1), store=store)
    ann(world)
    store.without = EventName.EXCESS_SESSIONS_ENDED

    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert 2 == len(sessions(world))
    assert any("surplus sessions were not ended" in record.getMessage() for record in caplog.records)
    store.without = None
    last = world.accounts.sign_in(PUBLIC, "ann", PASSWORD)

    assert [last.session.id] == [session.id for session in sessions(world)]  # type: ignore[union-attr]


def test_a_password_that_is_shut_in_the_last_moment_is_not_compared() -> None:
    """The flow looks again: what was open when the attempt was counted may be shut when it is checked."""
    store = Interleaved(MemoryStore())
    world = World(store=store)  # type: ignore[arg-type]
    made = ann(world)

    def shut() -> None:
        (before,) = world.store.select(Account, Is("id", made.account.id), limit=1)
        world.store.commit(Replace(before, before.closed_for_untrusted(world.now())))

    store.before_commit_of(AttemptCount, shut)

    assert Refused((Problem(Code.WRONG_CREDENTIALS),)) == world.accounts.sign_in(PUBLIC, "ann", PASSWORD)
    assert store.happened


def test_secrets_may_come_masked() -> None:
    """An application that masks what it reads passes it on as it is."""
    world = World()
    world.accounts.register(PUBLIC, public_form("ann", password=Secret(PASSWORD)))
    masked: Any = Secret(PASSWORD)

    made = world.accounts.sign_in(PUBLIC, "ann", masked)

    assert isinstance(made, SignedIn)
    assert world.accounts.session(Secret(made.session_token)) is not None  # type: ignore[arg-type]
