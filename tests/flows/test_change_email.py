"""Another address: asked for while signed in, confirmed by the new mailbox alone."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from flows.mailboxes import ANN, NEW, THIEF, UNIQUE, ask, changed, name_of
from flows.people import account, ann, at, confirmed, events, letters, new_events, templates
from interleaving import Interleaved
from permit_accounts import (
    PUBLIC,
    CheckYourEmail,
    Code,
    EmailConfirmed,
    EventName,
    PasswordReset,
    Reason,
    Refused,
    SessionsEnded,
    SignedIn,
)
from permit_accounts.model.records import Account
from permit_accounts.ports import Is, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, public_form
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in

# ------------------------------------------------------------------------------------------------- the change


def test_nothing_changes_before_the_new_mailbox_confirms() -> None:
    """The old address gets a notice at once; mail goes on going there until the link is opened."""
    world = World()
    one = confirmed(world)

    world.deliver()
    world.accounts.change_email(one.session_token, NEW)

    assert {(NEW, "change-email-confirm"), (ANN, "change-email-started")} == {
        (mail.recipient, mail.template) for mail in letters(world)
    }
    assert ANN == account(world).email
    two = changed(world, one)
    assert (NEW, world.now()) == (account(world).email, account(world).email_confirmed_at)
    assert world.accounts.session(two.session_token) is not None
    assert world.accounts.session(one.session_token) is None


def test_without_a_session_none_opens() -> None:
    """Confirmed on another device: the address is changed, everything open ends, nobody is signed in."""
    world = World()
    one = confirmed(world)

    done = world.accounts.confirm_email(ask(world, one))

    assert isinstance(done, EmailConfirmed)
    assert done.signed_in is None
    assert world.accounts.session(one.session_token) is None
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


@pytest.mark.parametrize(
    ("address", "code"),
    [(ANN, Code.EMAIL_UNCHANGED), ("nowhere", Code.EMAIL), ("", Code.EMAIL), ([ANN], Code.NOT_TEXT)],
)
def test_what_is_no_change_is_refused(address: Any, code: Code) -> None:
    """The same address, or none at all: no mail leaves."""
    world = World()
    one = confirmed(world)
    world.deliver()

    refused = world.accounts.change_email(one.session_token, address)

    assert isinstance(refused, Refused)
    assert [(code, "email")] == [(problem.code, problem.field) for problem in refused.problems]
    assert [] == letters(world)


def test_asking_again_and_again_floods_nobody() -> None:
    """Three mails an hour to one mailbox; beyond that the answer is the same, and only an event tells."""
    world = World()
    one = confirmed(world)

    answers = [world.accounts.change_email(one.session_token, THIEF) for _ in range(5)]

    assert [CheckYourEmail()] * 5 == answers
    assert 3 == len([mail for mail in letters(world) if mail.recipient == THIEF])
    assert 1 == len(world.mails_to(THIEF))  # the others' links were dead before they left
    over = [e for e in events(world, EventName.EMAIL_CHANGE_REQUESTED) if e.cause is Reason.OVER_LIMIT]
    assert 2 == len(over)


def test_a_stranger_uses_up_nobodys_mails() -> None:
    """Without a session nothing is counted: else anybody could keep a person's confirmation from leaving."""
    world = World()
    ann(world)
    world.deliver()

    for _ in range(5):
        world.accounts.change_email("no token", ANN)
    world.accounts.resend_confirmation("ann")

    assert 1 == len(world.deliver())


# ------------------------------------------------------------------------------------------------- attacks


@pytest.mark.attack("VER-01")
def test_the_confirmed_address_is_the_one_that_got_the_link() -> None:
    """Two changes at once, one to one's own mailbox: its link never confirms the other's address."""
    world = World()
    one = confirmed(world)
    mine = ask(world, one, THIEF)
    ask(world, one, "victim@mail.example.org")

    outcome = world.accounts.confirm_email(mine)

    assert isinstance(outcome, Refused)
    assert ANN == account(world).email
    again = ask(world, one, THIEF)
    assert isinstance(world.accounts.confirm_email(again), EmailConfirmed)
    assert THIEF == account(world).email


@pytest.mark.attack("VER-01")
def test_two_changes_told_into_one_another_end_with_one_of_the_two() -> None:
    """One link was read, then the other change is confirmed whole: the first finds a dead link."""
    store = Interleaved(MemoryStore())
    world = World(store=store)  # type: ignore[arg-type]
    one = confirmed(world)
    link = ask(world, one, THIEF)

    def meanwhile() -> None:
        fresh = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
        changed(world, fresh)

    store.before_commit_of(Account, meanwhile)
    outcome = world.accounts.confirm_email(link)

    assert store.happened
    assert isinstance(outcome, Refused)
    assert (Code.LINK_INVALID,) == outcome.codes
    assert NEW == account(world).email


@pytest.mark.attack("VER-02")
def test_where_addresses_are_unique_the_first_to_confirm_has_it() -> None:
    """Somebody registers and confirms the address between the asking and the confirming."""
    world = World(UNIQUE)
    one = confirmed(world)
    link = ask(world, one)
    bob = signed_in(world.accounts.register(PUBLIC, public_form("bob", email=NEW)))
    first = newest_link(world, NEW, "/confirm-email")
    assert isinstance(world.accounts.confirm_email(first, session_token=bob.session_token), EmailConfirmed)

    late, (event,) = new_events(world, world.accounts.confirm_email, link)

    assert isinstance(late, Refused)
    assert (Code.EMAIL_TAKEN,) == late.codes
    assert (EventName.CONFIRMATION_REFUSED, Reason.EMAIL_TAKEN) == (event.name, event.cause)
    assert ANN == account(world).email
    assert world.accounts.session(one.session_token) is not None
    assert name_of(world, NEW) == (bob.account.id, "active")


@pytest.mark.attack("VER-02")
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_two_accounts_confirm_one_address_at_once(kind: str, tmp_path: Path) -> None:
    """Exactly one owner, whatever the store; the other gets a clean answer and nothing half done."""
    store: Store = MemoryStore() if kind == "memory" else SQLiteStore(tmp_path / "a.db", create=True)
    world = World(UNIQUE, store=store)
    pairs = []
    for name in ("ann", "bob"):
        made = world.accounts.register(PUBLIC, public_form(name, email="shared@mail.example.org"))
        pairs.append((newest_link(world, "shared@mail.example.org"), signed_in(made)))
        world.tick(seconds=1)
    barrier = threading.Barrier(2)
    outcomes: dict[str, object] = {}

    def confirm(link: str, held: SignedIn) -> None:
        barrier.wait()
        outcomes[held.account.id] = world.accounts.confirm_email(link, session_token=held.session_token)

    threads = [threading.Thread(target=confirm, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (owner,) = [who for who, outcome in outcomes.items() if isinstance(outcome, EmailConfirmed)]
    assert {Code.EMAIL_TAKEN} == {c for o in outcomes.values() if isinstance(o, Refused) for c in o.codes}
    assert name_of(world, "shared@mail.example.org") == (owner, "active")
    accounts = world.store.select(Account, Is("email_key", "shared@mail.example.org"), limit=5)
    assert [owner] == [a.id for a in accounts if a.email_confirmed_at is not None]
    assert () == violations(world.store)


@pytest.mark.attack("VER-02")
def test_a_reset_makes_nobody_a_second_owner() -> None:
    """Two accounts typed one address; the reset of the second sets its password and confirms nothing."""
    world = World(UNIQUE)
    confirmed(world)
    world.accounts.register(PUBLIC, public_form("bob", email=ANN))
    world.accounts.request_password_reset("bob")
    link = newest_link(world, ANN, "/reset-password")

    done = world.accounts.reset_password(link, NEW_PASSWORD)

    assert isinstance(done, PasswordReset)
    assert done.account.email_confirmed_at is None
    assert name_of(world, ANN) == (account(world).id, "active")


@pytest.mark.attack("VER-08")
@pytest.mark.parametrize("revoke", ["password", "others", "this one", "reset", "after a password entry"])
def test_a_change_asked_for_by_a_thief_dies_with_the_stolen_session(revoke: str) -> None:
    """Whatever the owner does to be alone again ends it, the link in the thief's mailbox included."""
    world = World()
    owner = confirmed(world)
    stolen = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    link = ask(world, stolen, THIEF)

    match revoke:
        case "password":
            world.accounts.change_password(owner.session_token, PASSWORD, NEW_PASSWORD)
        case "others":
            world.accounts.end_other_sessions(owner.session_token)
        case "this one":
            ended = world.accounts.end_session(owner.session_token, stolen.session.id)
            assert SessionsEnded(count=1) == ended
        case "reset":
            world.accounts.request_password_reset("ann")
            reset = newest_link(world, ANN, "/reset-password")
            assert isinstance(world.accounts.reset_password(reset, NEW_PASSWORD, ANSWER), PasswordReset)
        case _:
            again = signed_in(world.accounts.reauthenticate(stolen.session_token, PASSWORD))
            world.accounts.end_session(owner.session_token, again.session.id)

    outcome = world.accounts.confirm_email(link)

    assert isinstance(outcome, Refused)
    assert (Code.LINK_INVALID,) == outcome.codes
    assert ANN == account(world).email


def test_an_account_asks_few_addresses_and_its_own_is_told_as_seldom() -> None:
    """Three an hour: neither the addresses asked nor the one on file, never confirmed, can be flooded."""
    world = World()
    one = ann(world)
    world.deliver()

    for n in range(6):
        new, source = f"n{n}@mail.example.org", at(f"203.0.113.{n}")
        outcome = world.accounts.change_email(one.session_token, new, visitor=source)
        assert CheckYourEmail() == outcome

    assert ["change-email-confirm"] * 3 + ["change-email-started"] * 3 == templates(world)


def test_a_change_asked_by_others_takes_nothing_from_the_addresss_owner() -> None:
    """What strangers ask to be sent there is counted apart from what its owner may ask for."""
    world = World()
    other = signed_in(world.accounts.register(PUBLIC, public_form("other")))
    ann(world)
    for _ in range(3):
        world.accounts.change_email(other.session_token, "ann@mail.example.org")
    world.deliver()

    world.accounts.resend_confirmation("ann")

    assert ["confirm-email"] == templates(world)
