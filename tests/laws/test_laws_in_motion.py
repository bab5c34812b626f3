"""Laws that only a running library can show: one commit a flow, no hash inside it, no secret at rest."""

from __future__ import annotations

import base64
import logging
import sys
import urllib.parse
from collections import Counter
from collections.abc import Sequence

import attrs
import pytest

import story
from permit_accounts import Accounts
from permit_accounts.model.records import ASKED_BY, Account, OutboxEmail
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Change, Every, Replace, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import World, strict_policy
from permit_accounts.tools.keyring import Keyring


class SpyStore:
    """A real store that notes which telling of which flow each commit came from."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.max_changes = store.max_changes
        self.tellings: Counter[tuple[str, int]] = Counter()
        self.largest = 0
        self.kept: list[object] = []

    def select(self, *args: object, **kwargs: object) -> Sequence[object]:
        return self._store.select(*args, **kwargs)  # type: ignore[arg-type]

    def commit(self, *changes: Change) -> None:
        frame, flow = sys._getframe(1), None
        while frame is not None:
            if frame.f_globals.get("__name__", "").startswith("permit_accounts.flows."):
                flow = frame
            frame = frame.f_back  # type: ignore[assignment]
        if flow is not None:
            # The frame is kept, so that its id stays its own.
            self.kept.append(flow)
            self.tellings[flow.f_code.co_name, id(flow)] += 1
            self.largest = max(self.largest, len(changes))
        for change in changes:
            self.kept.append(change)
        self._store.commit(*changes)


@pytest.fixture(params=["guides", "strict"])
def spied(request: pytest.FixtureRequest) -> tuple[World, SpyStore]:
    spy = SpyStore(MemoryStore())
    policy = strict_policy() if request.param == "strict" else None
    return World(policy, store=spy), spy  # type: ignore[arg-type]


def test_a_flow_commits_at_most_once(spied: tuple[World, SpyStore]) -> None:
    """Law 3: one commit, last. A day's story touches every flow; none commits twice in one telling."""
    world, spy = spied

    if world.policy.question_required:
        story.tell(world)
    else:
        story.tell_public(world)

    twice = {flow for (flow, _), count in spy.tellings.items() if count > 1}
    assert set() == twice
    assert len({flow for flow, _ in spy.tellings}) >= 14
    assert () == violations(world.store)


def test_the_spy_finds_a_flow_that_commits_twice(spied: tuple[World, SpyStore]) -> None:
    """The test above can fail: a commit repeated from one frame is counted twice."""
    _, spy = spied
    twice = {"__name__": "permit_accounts.flows.planted"}
    exec("def planted(store):\n    store.commit()\n    store.commit()\n", twice)

    twice["planted"](spy)  # type: ignore[operator]

    assert 2 == max(spy.tellings.values())


class Opened:
    """A store whose commits are noted while they are under way."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.max_changes = store.max_changes
        self.select = store.select
        self.under_way = False

    def commit(self, *changes: Change) -> None:
        self.under_way = True
        try:
            self._store.commit(*changes)
        finally:
            self.under_way = False


class Watched(CheapHasher):
    """A hasher that notes each hash asked for while a commit is under way."""

    def __init__(self, keyring: Keyring, store: Opened) -> None:
        super().__init__(keyring)
        self._store = store
        self.asked = 0
        self.inside = 0

    def hash(self, secret: Secret) -> str:
        self._note()
        return super().hash(secret)

    def verify(self, encoded: str | None, secret: Secret) -> bool:
        self._note()
        return super().verify(encoded, secret)

    def _note(self) -> None:
        self.asked += 1
        self.inside += self._store.under_way


def _watched(store: Store) -> tuple[World, Watched]:
    """A world in which nothing is hashed that is not seen."""
    opened = Opened(store)
    world = World(store=opened)
    hasher = Watched(world.keys, opened)
    world.hasher = hasher
    world.services = attrs.evolve(world.services, hasher=hasher)
    world.accounts = Accounts(world.services, email=world.mailbox)
    return world, hasher


def test_nothing_is_hashed_inside_a_transaction() -> None:
    """Law 4: a hash takes as long as a hundred commits, and a commit keeps all others waiting."""
    world, hasher = _watched(MemoryStore())

    story.tell(world)

    assert hasher.asked >= 20
    assert 0 == hasher.inside


def test_a_hash_inside_a_transaction_is_found() -> None:
    """The test above can fail: a change whose hash is computed while it is being committed is seen."""

    class Lazy(MemoryStore):
        def commit(self, *changes: Change) -> None:
            for change in changes:
                if isinstance(change, Replace) and isinstance(change.new, Account):
                    hasher.hash(Secret("computed at the last moment"))
            super().commit(*changes)

    world, hasher = _watched(Lazy())

    story.tell(world)

    assert hasher.inside >= 1


def test_a_commit_of_a_flow_fits_every_store() -> None:
    """A store takes at least 25 changes a commit, so no flow may bring more."""
    spy = SpyStore(MemoryStore())

    story.tell(World(store=spy))  # type: ignore[arg-type]

    assert spy.largest <= 25


@pytest.mark.attack("LOG-01", "TMP-09", "SQ-07")
def test_no_secret_is_kept_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    """Law 6: what can open something is in no record, no outbox, no event and no log line, in any guise."""
    caplog.set_level(logging.DEBUG)
    spy = SpyStore(MemoryStore())
    world = World(store=spy)  # type: ignore[arg-type]

    secrets = story.tell(world)

    seen = [repr(_bare(change)) for change in spy.kept if attrs.has(type(change))]
    for kind in ASKED_BY:
        seen += [repr(attrs.asdict(record)) for record in world.store.select(kind, Every(), limit=10_000)]
    everything = "\n".join([*seen, *(record.getMessage() for record in caplog.records)])
    assert [] == [secret for secret in secrets if any(guise in everything for guise in _guises(secret))]


@pytest.mark.attack("LOG-01")
def test_the_search_finds_a_planted_secret() -> None:
    """The test above can fail: a secret in an outbox record is found."""
    planted = OutboxEmail(
        id="1",
        recipient="a@mail.example.org",
        template="x",
        params={"password": story.NEW_PASSWORD},
        due_at=None,
        created_at=World().now(),
    )

    assert any(guise in repr(attrs.asdict(planted)) for guise in _guises(story.NEW_PASSWORD))


def _bare(change: object) -> dict[str, object]:
    return attrs.asdict(change)  # type: ignore[arg-type]


def _guises(secret: str) -> list[str]:
    raw = secret.encode()
    return [
        secret,
        urllib.parse.quote(secret),
        urllib.parse.quote_plus(secret),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        raw.hex(),
    ]
