"""Hashes at the doors: damaged and missing ones, old ones made anew, long texts, and too many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.people import (
    WRONG,
    account,
    ann,
    at_once,
    confirmed,
    events,
    grant,
    hashing_harder,
    kinds,
    reset_link,
    rewrite,
    sessions,
    temporary,
    work,
)
from interleaving import Interleaved
from permit_accounts import (
    PUBLIC,
    Code,
    EventName,
    PasswordReset,
    Problem,
    Reason,
    Refused,
    SignedIn,
    TryAgainLater,
    Unavailable,
)
from permit_accounts.model.records import Account, AttemptCount
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Every, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, public_form, setup_form
from permit_accounts.tools.encoded_hash import Cost
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in
from tools.counted_city import DownStore

GENERIC = Refused((Problem(Code.WRONG_CREDENTIALS),))
HUGE = 1_000_000

DAMAGED: list[Callable[[str], str | None]] = [
    lambda whole: None,
    lambda whole: "",
    lambda whole: "!",
    lambda whole: "x",
    lambda whole: PASSWORD,
    lambda whole: whole[:-1],
    lambda whole: whole[:-20],
    lambda whole: whole.rpartition("$")[0],
    lambda whole: whole.rpartition("$")[0] + "$AAAA",
    lambda whole: whole.replace("p=1", "p=four"),
    lambda whole: whole.replace("t=1", "t=0"),
    lambda whole: whole.replace("argon2id", "argon2x"),
    str.upper,
    lambda whole: f" {whole}",
    lambda whole: f"{whole}\n",
    lambda whole: f"{whole[:-1]}é",
    lambda whole: "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    lambda whole: "x" * HUGE,
    lambda whole: whole.replace("m=8", "m=99999999"),
]


@pytest.mark.attack("HASH-02", "PWD-05", "ENUM-02")
@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_hash_fails_closed_and_staff_learn_of_it(damage: Callable[[str], str | None]) -> None:
    """The generic answer after one hash; the desk is told whose, never the hash; a reset repairs it."""
    world = World()
    confirmed(world)
    whole = account(world).password_hash
    assert whole is not None
    stored = rewrite(world, password_hash=damage(whole)).password_hash

    for password in (PASSWORD, stored or "", ""):
        if len(password) < HUGE:
            assert GENERIC == world.accounts.sign_in(PUBLIC, "ann", password)
    assert [("verify", 1, 8)] == work(world, world.accounts.sign_in, PUBLIC, "ann", PASSWORD)

    told = events(world, EventName.SIGN_IN_REFUSED)
    cause = Reason.MALFORMED_HASH if stored else Reason.NO_USABLE_PASSWORD
    assert {(account(world).id, cause)} == {(event.account_id, event.cause) for event in told}
    inbox = world.desk().inbox()
    assert bool(stored) is any(event.cause is Reason.MALFORMED_HASH for event in inbox.events)  # type: ignore[union-attr]
    assert not stored or len(stored) < 5 or stored not in repr(told)
    world.accounts.request_password_reset("ann")
    link = newest_link(world, "ann@mail.example.org")
    assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD, ANSWER), PasswordReset)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD), SignedIn)


@pytest.mark.attack("PWD-05")
@pytest.mark.parametrize("password", ["", " ", None])
def test_nothing_is_nobodys_password(password: str | None) -> None:
    """Neither empty, nor missing, nor blank; not even where a hash of the empty text is stored."""
    world = World()
    ann(world)
    rewrite(world, password_hash=world.hasher.hash(Secret("")))

    outcome = world.accounts.sign_in(PUBLIC, "ann", password)  # type: ignore[arg-type]

    assert isinstance(outcome, Refused)
    assert 1 == len(sessions(world))


@pytest.mark.attack("PWD-05")
@pytest.mark.parametrize("password", ["", None])
def test_no_empty_password_is_ever_kept(password: str | None) -> None:
    """At no door where one is set."""
    world = World()
    made = ann(world)
    link = reset_link(world)
    world.add_to_roster("1012345", email=None)
    page = grant(world, temporary(world).password)

    assert isinstance(world.accounts.register(PUBLIC, public_form("bob", password=password)), Refused)
    assert isinstance(world.accounts.change_password(made.session_token, PASSWORD, password), Refused)  # type: ignore[arg-type]
    assert isinstance(world.accounts.reset_password(link, password, ANSWER), Refused)  # type: ignore[arg-type]
    refused = world.accounts.finish_setup(page.token, setup_form(page.asks, password=password))
    assert (Code.REQUIRED,) == refused.codes  # type: ignore[union-attr]


@pytest.mark.attack("HASH-04")
def test_only_the_right_password_is_hashed_anew_and_once() -> None:
    """A wrong one changes nothing, a right one brings the hash to today's cost, the next finds it there."""
    world = World()
    ann(world)
    hashing_harder(world)
    old = account(world)

    world.accounts.sign_in(PUBLIC, "ann", WRONG)
    assert old == account(world)
    first = work(world, world.accounts.sign_in, PUBLIC, "ann", PASSWORD)
    new = account(world)
    second = work(world, world.accounts.sign_in, PUBLIC, "ann", PASSWORD)

    assert ("hash", 2, 64) == first[-1]
    assert [("verify", 2, 64)] == second
    assert (old.version + 1, old.epoch) == (new.version, new.epoch)
    assert new == account(world)
    assert not world.hasher.needs_rehash(new.password_hash or "")


@pytest.mark.attack("HASH-04")
@pytest.mark.parametrize("kept", ["memory", "sqlite"])
def test_right_ones_at_once_leave_one_new_hash(tmp_path: Path, kept: str) -> None:
    """All get in although each finds the hash due, and one write is all that comes of it."""
    store: Store = MemoryStore() if kept == "memory" else SQLiteStore(tmp_path / "city.db", create=True)
    world = World(store=store)
    ann(world)
    hashing_harder(world)
    before = account(world)

    outcomes = at_once(*[lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD)] * 6)

    assert {"SignedIn": 6} == kinds(outcomes)
    assert before.version + 1 == account(world).version
    assert {True} == {world.accounts.session(made.session_token) is not None for made in outcomes}
    assert GENERIC == world.accounts.sign_in(PUBLIC, "ann", WRONG)


class Overloaded(CheapHasher):
    """A hasher that has room to check, and none to make."""

    def hash(self, secret: Secret) -> str:
        """There is too much to do."""
        raise TryAgainLater("too many hashes are waiting")


@pytest.mark.attack("HASH-04")
def test_a_hash_that_cannot_be_made_anew_keeps_nobody_out() -> None:
    """It is best effort: the sign-in stands, and the next one tries again."""
    world = World()
    ann(world)
    hashing_harder(world)
    world.services.hasher.__class__ = Overloaded  # type: ignore[assignment]
    before = account(world)

    made = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))

    assert before == account(world) == made.account


@pytest.mark.attack("HASH-04")
def test_a_write_that_is_overtaken_keeps_nobody_out() -> None:
    """Somebody else changes the account in that moment: the sign-in is told again and stands."""
    store = Interleaved(MemoryStore())
    world = World(store=store)  # type: ignore[arg-type]
    ann(world)
    hashing_harder(world)
    store.before_commit_of(Account, lambda: rewrite(world, language="es"))

    made = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))

    assert store.happened
    assert ("es", made.account.password_hash) == (account(world).language, account(world).password_hash)
    assert not world.hasher.needs_rehash(made.account.password_hash or "")


def test_without_the_store_nobody_is_turned_away_as_wrong() -> None:
    """A store that takes no writes is a fault, not a refusal, and changes nothing."""
    down = DownStore()
    world = World(store=down)
    ann(world)
    hashing_harder(world)
    before = account(world)
    down.commits_left = 1  # the reservation's

    with pytest.raises(Unavailable):
        world.accounts.sign_in(PUBLIC, "ann", PASSWORD)

    assert before == account(world)


@pytest.mark.attack("HASH-05")
def test_a_hash_made_anew_never_overwrites_a_newer_password() -> None:
    """Verified with the old one, overtaken by a change: the new one stays and the old one is wrong."""
    store = Interleaved(MemoryStore())
    world = World(store=store)  # type: ignore[arg-type]
    made = ann(world)
    hashing_harder(world)
    changing: list[object] = []
    store.before_commit_of(
        Account,
        lambda: changing.append(world.accounts.change_password(made.session_token, PASSWORD, NEW_PASSWORD)),
    )

    outcome = world.accounts.sign_in(PUBLIC, "ann", PASSWORD)

    assert isinstance(changing[0], SignedIn)
    assert GENERIC == outcome
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD), SignedIn)
    assert GENERIC == world.accounts.sign_in(PUBLIC, "ann", PASSWORD)
    assert () == violations(world.store)


@pytest.mark.attack("HASH-06")
def test_a_hash_made_anew_ends_nothing() -> None:
    """Sessions hang on the epoch, not on the hash: a re-hash leaves them, a new password ends them."""
    world = World()
    first = ann(world)
    hashing_harder(world)

    second = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    assert world.accounts.session(first.session_token) is not None
    world.accounts.change_password(second.session_token, PASSWORD, NEW_PASSWORD)

    assert world.accounts.session(first.session_token) is None


class Gated(CheapHasher):
    """A hasher whose hashes take until somebody opens the gate."""

    def __init__(self, *args: Any, **bounds: Any) -> None:
        super().__init__(*args, **bounds)
        self.started, self.gate = threading.Event(), threading.Event()

    def _counted(self, text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
        self.started.set()
        self.gate.wait(30)
        return super()._counted(text, salt, cost, length)


@pytest.mark.attack("HASH-08")
def test_beyond_the_queue_all_names_are_told_to_come_again() -> None:
    """While every slot is taken nobody waits for long, sessions go on, and nobody's failure is counted."""
    world = World()
    made = ann(world)
    hasher = Gated(world.keys, concurrency=1, queue=1, wait=timedelta(milliseconds=50))
    world.services = type(world.services)(**{**_fields(world), "hasher": hasher})
    world.accounts = type(world.accounts)(world.services, email=world.mailbox)
    slow: list[object] = []
    one = threading.Thread(target=lambda: slow.append(world.accounts.sign_in(PUBLIC, "bob", WRONG)))
    one.start()
    assert hasher.started.wait(30)

    told = []
    for name in ("ann", "nobody"):
        with pytest.raises(TryAgainLater) as raised:
            world.accounts.sign_in(PUBLIC, name, PASSWORD)
        told.append(str(raised.value))
    assert world.accounts.session(made.session_token) is not None
    hasher.gate.set()
    one.join(30)

    assert told[0] == told[1]
    assert [GENERIC] == slow
    stored = world.store.select(AttemptCount, Every(), limit=100)
    counts = [count for count in stored if not count.id.startswith("g:")]  # g: mails asked for
    assert {1} == {count.failures for count in counts}  # only the one that was checked
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


def _fields(world: World) -> dict[str, Any]:
    return {name: getattr(world.services, name) for name in type(world.services).__annotations__}
