"""What has expired is forgotten, what has not is never touched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest

from permit_accounts.model.codes import ActorKind, EventName, Purpose
from permit_accounts.model.errors import ConfigurationError, Conflict
from permit_accounts.model.records import (
    AttemptCount,
    AuditEvent,
    OneTimeToken,
    OutboxEmail,
    Record,
    Session,
)
from permit_accounts.ports import Add, Change, Every, Remove, Replace, Store
from permit_accounts.purge import Purged, purge
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import START, World, city_policy, public_form

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    return World()


def token(n: int, expires_at: datetime) -> OneTimeToken:
    return OneTimeToken(
        id=f"token-{n}",
        purpose=Purpose.RESET_PASSWORD,
        account_id="a",
        epoch=1,
        created_at=START,
        expires_at=expires_at,
    )


def session(n: int, expires_at: datetime) -> Session:
    return Session(
        id=f"session-{n}",
        account_id="a",
        epoch=1,
        opened_at=START,
        seen_at=START,
        expires_at=expires_at,
        password_entered_at=START,
    )


def count(n: int, expires_at: datetime) -> AttemptCount:
    return AttemptCount(id=f"count-{n}", since=START, expires_at=expires_at)


def event(world: World, at: datetime, *, ip: str = "192.0.2.1", agent: str = "Browser") -> AuditEvent:
    return AuditEvent(
        id=world.services.new_id(at),
        at=at,
        name=EventName.SIGNED_IN,
        actor=ActorKind.SELF,
        ip=ip,
        user_agent=agent,
    )


def kept(store: Store, kind: type[Any]) -> list[Any]:
    return list(store.select(kind, Every(), limit=100_000))


def put(store: Store, *records: Record) -> None:
    for record in records:
        store.commit(Add(record))


KINDS = {"tokens": (OneTimeToken, token), "sessions": (Session, session), "counts": (AttemptCount, count)}


@pytest.mark.attack("STO-19")
@pytest.mark.parametrize("what", KINDS)
def test_expired_is_forgotten_and_nothing_else(world: World, what: str) -> None:
    """To the microsecond: what is good until now is not good any more, a moment later is."""
    kind, make = KINDS[what]
    late = make(2, START + timedelta(microseconds=1))
    put(world.store, make(0, START - DAY), make(1, START), late)
    assert attrs.evolve(Purged(), **{what: 2}) == purge(world.services)
    assert [late] == kept(world.store, kind)
    assert Purged() == purge(world.services)


def test_counts_of_both_stores_are_forgotten() -> None:
    """Those that last and those that may be lost."""
    scratch = MemoryStore()
    world = World(scratch=scratch)
    put(world.store, count(1, START))
    put(scratch, count(2, START), count(3, START + DAY))
    assert Purged(counts=2) == purge(world.services)
    assert [] == kept(world.store, AttemptCount)
    assert ["count-3"] == [record.id for record in kept(scratch, AttemptCount)]


@pytest.mark.attack("STO-19")
def test_batches_are_small_and_told(world: World) -> None:
    """No commit is larger than was asked for, or than the store takes; after each, the sum so far is told."""
    put(world.store, *(token(n, START) for n in range(5)), *(count(n, START) for n in range(3)))
    heard: list[Purged] = []
    assert Purged(tokens=5, counts=3) == purge(world.services, batch=2, progress=heard.append)
    assert [(2, 0), (4, 0), (5, 0), (5, 2), (5, 3)] == [(done.tokens, done.counts) for done in heard]

    world.store.max_changes = 2
    put(world.store, *(token(n, START) for n in range(5)))
    heard.clear()
    purge(world.services, progress=heard.append)
    assert [2, 4, 5] == [done.tokens for done in heard]


def test_batch_is_a_number(world: World) -> None:
    """Of 1 or more."""
    with pytest.raises(ConfigurationError, match="batch=0"):
        purge(world.services, batch=0)


def test_the_portals_own_records(world: World) -> None:
    """A person registers, signs in, asks for a reset; after two years nothing but the account is left."""
    world.accounts.register("public", public_form("ann"))
    world.accounts.sign_in("public", "ann", "wrong password entirely")
    world.accounts.request_password_reset("ann")
    world.deliver()
    assert Purged() == world.accounts.purge()
    world.tick(days=731)
    done = world.accounts.purge()
    assert min(done.tokens, done.sessions, done.counts, done.events) > 0
    gone = (OneTimeToken, Session, AttemptCount, AuditEvent, OutboxEmail)
    assert [[], [], [], [], []] == [kept(world.store, kind) for kind in gone]


# ---------------------------------------------------------------------------------------- audit events


def test_old_events_are_removed(world: World) -> None:
    """After two years, from the oldest on; a day less is kept."""
    young = event(world, START - 730 * DAY, ip="", agent="")
    put(world.store, event(world, START - 731 * DAY), event(world, START - 730 * DAY - SECOND), young)
    assert Purged(events=2) == purge(world.services, batch=1)
    assert [young] == kept(world.store, AuditEvent)


def test_events_may_be_kept_for_ever() -> None:
    """Where the city says so; visitors too."""
    for forever in (None, timedelta(days=365 * 200)):
        world = World(city_policy(audit_retention=forever, audit_visitor_retention=forever))
        put(world.store, event(world, START - 10_000 * DAY))
        assert Purged() == purge(world.services)


def test_visitors_of_older_events_are_blanked(world: World) -> None:
    """After ninety days address and browser go, what happened stays."""
    old = [event(world, START - days * DAY) for days in (200, 120, 91)]
    young = event(world, START - 90 * DAY)
    put(world.store, *old, young)
    assert Purged(visitors=3) == purge(world.services, batch=2)
    blank = [attrs.evolve(e, ip="", user_agent="", version=2) for e in old]
    assert [*blank, young] == kept(world.store, AuditEvent)
    assert Purged() == purge(world.services)


def test_blanking_goes_on_where_it_ended(world: World) -> None:
    """Every day the day that has come of age, however long the log is; events without visitor are no work."""
    for days in range(400):
        put(world.store, event(world, START - days * DAY, ip="" if days % 2 else "192.0.2.1", agent=""))
    assert 154 == purge(world.services).visitors
    for _ in range(3):
        world.tick(days=2)
        assert 1 == purge(world.services, batch=3).visitors


class Counting(MemoryStore):
    """Notes how many records it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.given = 0

    def select(self, *args: Any, **options: Any) -> Sequence[Any]:
        found = super().select(*args, **options)
        self.given += len(found)
        return found


def test_blanked_years_are_not_read_again() -> None:
    """A daily purge reads the last weeks before the limit, not the two years."""
    store = Counting()
    world = World(store=store)
    put(store, *(event(world, START - n * DAY / 10) for n in range(7000)))
    purge(world.services)
    store.given = 0
    world.tick(days=1)
    assert 10 == purge(world.services, batch=50).visitors
    assert store.given < 1500


@pytest.mark.attack("STO-19")
def test_blanking_catches_up_after_a_pause(world: World) -> None:
    """Nobody purged for a year, or a purge was interrupted: nothing is passed over."""
    put(world.store, *(event(world, START - n * DAY) for n in range(100, 700)))
    heard: list[Purged] = []

    def interrupt(done: Purged) -> None:
        heard.append(done)
        if done.visitors >= 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        purge(world.services, batch=50, progress=interrupt)
    blanked = [e.ip == "" for e in kept(world.store, AuditEvent)]
    assert [True] * 100 + [False] * 500 == blanked
    assert Purged(visitors=500) == purge(world.services, batch=50)


def test_log_from_the_beginning_of_time(world: World) -> None:
    """Where even the oldest events name visitors, blanking begins with them."""
    policy = city_policy(audit_retention=None)
    world = World(policy, store=world.store)
    first = datetime(1970, 1, 1, tzinfo=START.tzinfo)
    put(world.store, *(event(world, first + n * 30 * DAY) for n in range(600)))
    assert 600 == purge(world.services, batch=1).visitors


# -------------------------------------------------------------------------------- live traffic, clocks


class Busy(MemoryStore):
    """Somebody changes or removes a record between its being read and its being removed."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Change] = []

    def commit(self, *changes: Change) -> None:
        meanwhile, self.meanwhile = self.meanwhile, []
        for change in meanwhile:
            super().commit(change)
        super().commit(*changes)


@pytest.mark.attack("STO-19")
def test_record_that_is_changed_meanwhile_is_left_alone() -> None:
    """Its time may just have been prolonged; the others of its batch go."""
    store = Busy()
    world = World(store=store)
    counts = [count(n, START) for n in range(7)]
    put(store, *counts)
    prolonged = attrs.evolve(counts[3], expires_at=START + DAY)
    store.meanwhile = [Replace(counts[3], prolonged), Remove(counts[5])]
    assert Purged(counts=5) == purge(world.services)
    assert [attrs.evolve(prolonged, version=2)] == kept(store, AttemptCount)


@pytest.mark.attack("STO-19")
def test_record_that_can_never_be_removed_holds_nobody_up() -> None:
    """Purging ends, and goes round what is stuck."""

    class Stuck(MemoryStore):
        def commit(self, *changes: Change) -> None:
            if any(isinstance(change, Remove) and change.record.id == "token-2" for change in changes):
                raise Conflict("stuck")
            super().commit(*changes)

    world = World(store=Stuck())
    put(world.store, *(token(n, START) for n in range(6)))
    assert Purged(tokens=5) == purge(world.services, batch=2)


@pytest.mark.attack("STO-19")
def test_clock_that_is_set_back_forgets_nothing_unexpired(world: World) -> None:
    """It makes purging late."""
    put(world.store, token(1, START - SECOND), token(2, START + SECOND))
    put(world.store, event(world, START - 800 * DAY, ip="", agent=""))
    world.tick(days=-400)
    assert Purged() == purge(world.services)
    world.tick(days=400)
    assert Purged(tokens=1, events=1) == purge(world.services)


@pytest.mark.attack("STO-19")
def test_clock_that_jumps_during_a_purge(world: World) -> None:
    """The moment of its start holds to its end."""
    put(world.store, token(1, START), session(1, START + DAY), count(1, START + DAY), event(world, START))
    assert Purged(tokens=1) == purge(world.services, progress=lambda _: [world.tick(days=10_000)][0] and None)
    assert 1 == len(kept(world.store, Session)) == len(kept(world.store, AuditEvent))


@pytest.mark.attack("STO-19")
def test_clock_that_is_ahead_forgets_what_the_doors_refuse_at_that_hour(world: World) -> None:
    """What is left is what would be let in."""
    world.accounts.register("public", public_form("ann"))
    signed_in: Any = world.accounts.sign_in("public", "ann", "seven quiet lanterns drift", remember=True)
    for hours in (23, 24 * 29, 24 * 2):
        world.tick(hours=hours)
        lets_in = world.accounts.session(signed_in.session_token) is not None
        purge(world.services)
        assert lets_in == any(s.id == signed_in.session.id for s in kept(world.store, Session))
