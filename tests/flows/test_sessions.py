"""Sessions: what a token opens, for how long, and everything that ends it."""

from __future__ import annotations

from typing import Any

import pytest

from flows.people import ann, at, confirmed, new_events, temporary
from interleaving import Interleaved
from permit_accounts import (
    PUBLIC,
    AccountClosed,
    Code,
    EmailConfirmed,
    EventName,
    PasswordReset,
    Refused,
    SessionsEnded,
    SetupRequired,
    SignedIn,
    SignedOut,
    Unavailable,
)
from permit_accounts.model.records import Session
from permit_accounts.ports import Change, Every, Is, Remove, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, public_form, setup_form
from permit_accounts.tools.keyring import SESSION
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in


def sign_in(world: World, name: str = "ann", password: str = PASSWORD, **given: Any) -> SignedIn:
    return signed_in(world.accounts.sign_in(PUBLIC, name, password, **given))


def reset(world: World, password: str = NEW_PASSWORD) -> None:
    """Ann forgot her password and set another by mail."""
    world.accounts.request_password_reset("ann")
    link = newest_link(world, "ann@mail.example.org", "/reset-password")
    assert isinstance(world.accounts.reset_password(link, password, ANSWER), PasswordReset)


def alive(world: World, *held: SignedIn) -> list[bool]:
    return [world.accounts.session(one.session_token) is not None for one in held]


# ----------------------------------------------------------------------------------------- a new id each time


@pytest.mark.attack("SESS-01")
def test_each_change_of_what_one_may_do_makes_a_new_id() -> None:
    """Sign-in, password again, new password, new question: the former token is dead from the same commit."""
    world = World()
    confirmed(world)
    tokens = [sign_in(world)]
    accounts = world.accounts

    tokens.append(signed_in(accounts.reauthenticate(tokens[-1].session_token, PASSWORD)))
    tokens.append(signed_in(accounts.change_password(tokens[-1].session_token, PASSWORD, NEW_PASSWORD)))
    tokens.append(
        signed_in(
            accounts.change_security_question(
                tokens[-1].session_token, NEW_PASSWORD, "first-dish", "potato soup"
            )
        )
    )
    tokens.append(signed_in(accounts.end_other_sessions(tokens[-1].session_token)))
    accounts.change_email(tokens[-1].session_token, "new@mail.example.org")
    changed = accounts.confirm_email(
        newest_link(world, "new@mail.example.org"), session_token=tokens[-1].session_token
    )
    assert isinstance(changed, EmailConfirmed)
    assert changed.signed_in is not None
    tokens.append(changed.signed_in)

    assert 6 == len({one.session.id for one in tokens}) == len({one.session_token for one in tokens})
    assert [False] * 5 + [True] == alive(world, *tokens)
    kept = world.store.select(Session, Is("id", tokens[-2].session.id), limit=1)
    assert () == tuple(kept)


@pytest.mark.attack("SESS-01", "SESS-17")
def test_an_id_that_was_never_issued_is_never_taken_over() -> None:
    """A planted token opens nothing, and signing in beside it makes another."""
    world = World()
    ann(world)
    planted = world.keys.seal("a" * 43, SESSION)

    assert world.accounts.session(planted) is None
    one = sign_in(world)

    assert planted != one.session_token
    assert world.accounts.session(planted) is None


@pytest.mark.attack("SESS-01", "SESS-03")
def test_set_up_begins_without_a_session_and_ends_with_a_fresh_one() -> None:
    """The grant of a temporary password is no session, and the session before it is dead."""
    world = World()
    made = ann(world)
    issued = temporary(world, "ann")
    required = world.accounts.sign_in(PUBLIC, "ann", issued.password)
    assert isinstance(required, SetupRequired)

    assert world.accounts.session(required.token) is None
    finished = signed_in(
        world.accounts.finish_setup(required.token, setup_form(required.asks, password=NEW_PASSWORD))
    )

    assert [False, True] == alive(world, made, finished)


# ------------------------------------------------------------------------------------ one person, one session


@pytest.mark.attack("SESS-02")
def test_nothing_of_one_person_reaches_the_next_in_the_same_browser() -> None:
    """Signing in as Bob on Ann's device makes Bob's session; Ann's things stay behind Ann's own token."""
    world = World()
    first = confirmed(world)
    world.accounts.register(PUBLIC, public_form("bob"))
    world.accounts.change_email(first.session_token, "new@mail.example.org")

    bob = sign_in(world, "bob", visitor=at("198.51.100.7", first.device_token))
    confirmation = world.accounts.confirm_email(
        newest_link(world, "new@mail.example.org"), session_token=bob.session_token
    )

    assert isinstance(confirmation, EmailConfirmed)
    assert confirmation.signed_in is None  # Bob's token is not Ann's: it is neither replaced nor ended
    assert ("bob", "bob@mail.example.org") == (bob.account.username, bob.account.email)
    assert [False, True] == alive(world, first, bob)
    bobs = world.accounts.sessions(bob.session_token)
    assert isinstance(bobs, tuple)
    assert {bob.account.id} == {session.account_id for session in bobs}


@pytest.mark.attack("SESS-02", "SESS-14")
def test_one_persons_token_ends_nobody_elses_session() -> None:
    """The id of a session may be known; it is ended by its owner alone."""
    world = World()
    first = ann(world)
    world.accounts.register(PUBLIC, public_form("bob"))
    bob = sign_in(world, "bob")

    assert SessionsEnded(count=0) == world.accounts.end_session(bob.session_token, first.session.id)
    assert SessionsEnded(count=0) == world.accounts.end_session(bob.session_token, 7)  # type: ignore[arg-type]
    assert [True, True] == alive(world, first, bob)
    assert (Code.SESSION,) == world.accounts.end_session("", first.session.id).codes  # type: ignore[union-attr]


# ----------------------------------------------------------------------------------------------- what ends it


@pytest.mark.attack("SESS-03")
def test_a_new_password_ends_every_other_session_at_its_next_request() -> None:
    """Devices two and three are out, remembered or not; this one goes on under a new token."""
    world = World()
    one, two, three = confirmed(world), sign_in(world), sign_in(world, remember=True)

    now = signed_in(world.accounts.change_password(one.session_token, PASSWORD, NEW_PASSWORD))

    assert [False, False, False, True] == alive(world, one, two, three, now)
    for dead in (two, three):
        assert (Code.SESSION,) == world.accounts.sessions(dead.session_token).codes  # type: ignore[union-attr]
    reset(world)
    assert [False] == alive(world, now)


@pytest.mark.attack("SESS-03")
def test_every_credential_change_ends_the_others() -> None:
    """Question, address, a temporary password from staff: each ends what was open elsewhere."""
    for change in ("question", "email", "staff"):
        world = World()
        one, two = confirmed(world), sign_in(world, remember=True)
        if change == "question":
            world.accounts.change_security_question(one.session_token, PASSWORD, "first-dish", "soup kitchen")
        elif change == "email":
            world.accounts.change_email(one.session_token, "new@mail.example.org")
            world.accounts.confirm_email(newest_link(world, "new@mail.example.org"))
        else:
            temporary(world, "ann", second_reason="the mailbox is lost")
        assert [False, False] == alive(world, one, two), change


@pytest.mark.attack("SESS-03")
def test_a_device_stays_known_over_a_new_password_and_not_over_a_reset() -> None:
    """What spares a browser the waits is not a credential; a mailed reset forgets all devices."""
    world = World()
    one = confirmed(world)
    two = signed_in(world.accounts.change_password(one.session_token, PASSWORD, NEW_PASSWORD))
    for n in range(12):
        world.accounts.sign_in(PUBLIC, "ann", f"not this one {n}")

    known = at("198.51.100.7", one.device_token)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD, visitor=known), SignedIn)
    world.tick(seconds=1)
    reset(world, "slow rain on tin roofs")
    for n in range(12):
        world.accounts.sign_in(PUBLIC, "ann", f"not this one {n}")
    forgotten = world.accounts.sign_in(PUBLIC, "ann", "slow rain on tin roofs", visitor=known)
    assert isinstance(forgotten, Refused)
    assert (Code.WAIT,) == forgotten.codes
    assert [False] == alive(world, two)


@pytest.mark.attack("SESS-04")
@pytest.mark.parametrize("change", ["reset", "disable", "temporary"])
def test_a_session_of_the_old_password_is_born_dead(change: str) -> None:
    """The old password was right when it was checked; before the session is kept, the account moves on."""
    store = Interleaved(MemoryStore())
    world = World(store=store)  # type: ignore[arg-type]
    confirmed(world)

    def meanwhile() -> None:
        if change == "reset":
            reset(world)
        elif change == "disable":
            world.desk().disable("ann", PUBLIC, reason="reported stolen")
        else:
            temporary(world, "ann", second_reason="the mailbox is lost")

    store.before_commit_of(Session, meanwhile)
    late = world.accounts.sign_in(PUBLIC, "ann", PASSWORD)

    assert store.happened
    assert isinstance(late, SignedIn)
    assert [False] == alive(world, late)
    assert () == violations(world.store)


@pytest.mark.attack("SESS-13")
def test_staff_turn_an_account_off_at_the_next_request() -> None:
    """Disabled or closed: every token is dead at once, and none is left in the list."""
    world = World()
    one, two = ann(world), sign_in(world, remember=True)

    world.desk().disable("ann", PUBLIC, reason="reported stolen")

    assert [False, False] == alive(world, one, two)
    assert (Code.SESSION,) == world.accounts.sessions(two.session_token).codes  # type: ignore[union-attr]
    world.desk().enable("ann", PUBLIC, reason="cleared up")
    assert [False, False] == alive(world, one, two)
    three = sign_in(world)
    assert AccountClosed() == world.accounts.close_account(three.session_token, PASSWORD)
    assert [False] == alive(world, three)


@pytest.mark.attack("SESS-13")
def test_a_session_whose_account_is_gone_opens_nothing() -> None:
    """An account that was deleted in the store: nobody, and no failure."""
    world = World()
    one = ann(world)
    account = world.accounts.session(one.session_token)
    assert account is not None
    world.store.commit(Remove(account.account))

    assert [False] == alive(world, one)
    assert SignedOut() == world.accounts.sign_out(one.session_token)


@pytest.mark.attack("SESS-11")
def test_signed_out_is_signed_out() -> None:
    """The record is gone, so no copy of the token opens anything; twice is the same as once."""
    world = World()
    one = ann(world)

    outcome, (event,) = new_events(world, world.accounts.sign_out, one.session_token)
    again, nothing = new_events(world, world.accounts.sign_out, one.session_token)

    assert SignedOut() == outcome == again
    assert (EventName.SIGNED_OUT, one.account.id) == (event.name, event.account_id)
    assert [] == nothing
    assert [False] == alive(world, one)
    assert () == tuple(world.store.select(Session, Every(), limit=1))


class Broken:
    """A store that is out of reach for changes."""

    max_changes = 25

    def __init__(self, store: Store) -> None:
        self.store = store
        self.broken = False

    def select(self, *args: Any, **kwargs: Any) -> Any:
        """As the store itself."""
        return self.store.select(*args, **kwargs)

    def commit(self, *changes: Change) -> None:
        """As the store itself, while it can be reached."""
        if self.broken:
            raise Unavailable("out of reach")
        self.store.commit(*changes)


@pytest.mark.attack("SESS-11")
def test_a_sign_out_that_failed_says_so() -> None:
    """Nobody is told that they are signed out while their session lives."""
    store = Broken(MemoryStore())
    world = World(store=store)
    one = ann(world)
    store.broken = True

    with pytest.raises(Unavailable):
        world.accounts.sign_out(one.session_token)

    assert [True] == alive(world, one)


def test_a_session_that_cannot_be_marked_as_seen_still_opens() -> None:
    """Keeping it from going idle is best effort: a read-only moment signs nobody out."""
    store = Broken(MemoryStore())
    world = World(store=store)
    one = ann(world)
    world.tick(minutes=6)
    store.broken = True

    assert [True] == alive(world, one)
