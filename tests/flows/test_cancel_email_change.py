"""A change of address is taken back by the mailbox that was on file before, and by nobody else."""

from __future__ import annotations

import attrs

from flows.mailboxes import ANN, NEW, THIEF, UNIQUE, changed, name_of, take_back
from flows.people import account, ann, confirmed, letters, new_events
from permit_accounts import (
    PUBLIC,
    Code,
    EmailChangeCancelled,
    EmailConfirmed,
    EventName,
    PasswordReset,
    Reason,
    Refused,
)
from permit_accounts.model.codes import Purpose
from permit_accounts.model.records import OneTimeToken
from permit_accounts.ports import Is, Replace
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, public_form
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in


def test_the_old_mailbox_takes_the_change_back() -> None:
    """For a week: the old address is on file, the password void, and a reset link on its way there."""
    world = World()
    two = changed(world, confirmed(world))
    world.tick(days=6, hours=23)
    link = take_back(world)

    done, (event,) = new_events(world, world.accounts.cancel_email_change, link)

    assert EmailChangeCancelled() == done
    assert EventName.EMAIL_CHANGE_CANCELLED is event.name
    kept = account(world)
    assert (ANN, None) == (kept.email, kept.password_hash)
    assert world.accounts.session(two.session_token) is None
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), Refused)
    reset = newest_link(world, ANN, "/reset-password")
    assert isinstance(world.accounts.reset_password(reset, NEW_PASSWORD, ANSWER), PasswordReset)
    again, (event,) = new_events(world, world.accounts.cancel_email_change, link)
    assert isinstance(again, Refused)
    assert Reason.DEAD_TOKEN is event.cause


def test_after_a_week_the_link_is_dead() -> None:
    """Seven days to the second."""
    world = World()
    changed(world, confirmed(world))
    link = take_back(world)
    world.tick(days=7)

    assert isinstance(world.accounts.cancel_email_change(link), Refused)
    assert NEW == account(world).email


def test_who_takes_a_change_back_cannot_be_undone_by_the_thief() -> None:
    """From A to B and on to C: the owner's link to A wins over the thief's own link back to B."""
    world = World()
    two = changed(world, confirmed(world), THIEF)
    changed(world, two, "thief2@mail.example.org")
    owners, thiefs = take_back(world, ANN), take_back(world, THIEF)

    assert EmailChangeCancelled() == world.accounts.cancel_email_change(owners)

    assert isinstance(world.accounts.cancel_email_change(thiefs), Refused)
    assert ANN == account(world).email


def test_a_thief_who_is_first_does_not_kill_the_owners_link() -> None:
    """The link back to B was used; the older one back to A still takes everything back."""
    world = World()
    two = changed(world, confirmed(world), THIEF)
    changed(world, two, "thief2@mail.example.org")
    owners, thiefs = take_back(world, ANN), take_back(world, THIEF)

    assert EmailChangeCancelled() == world.accounts.cancel_email_change(thiefs)

    assert EmailChangeCancelled() == world.accounts.cancel_email_change(owners)
    assert ANN == account(world).email


def test_however_often_the_address_is_changed_the_first_link_stays_good() -> None:
    """Links to take changes back are few, and it is never the first that gives way."""
    world = World()
    one = confirmed(world)
    for n in range(12):
        one = changed(world, one, f"thief{n}@mail.example.org")
    first, last = take_back(world, ANN), take_back(world, "thief10@mail.example.org")
    kept = world.store.select(OneTimeToken, Is("account_id", account(world).id), limit=100)

    assert 8 == len([token for token in kept if token.purpose is Purpose.CANCEL_EMAIL_CHANGE])
    assert EmailChangeCancelled() == world.accounts.cancel_email_change(first)
    assert isinstance(world.accounts.cancel_email_change(last), Refused)
    assert ANN == account(world).email


def test_an_address_that_may_come_back_is_nobody_elses() -> None:
    """Unique addresses: set aside for the week, then free."""
    world = World(UNIQUE)
    changed(world, confirmed(world))
    bob = signed_in(world.accounts.register(PUBLIC, public_form("bob", email=ANN)))
    link = newest_link(world, ANN, "/confirm-email")

    early = world.accounts.confirm_email(link, session_token=bob.session_token)
    assert isinstance(early, Refused)
    assert (Code.EMAIL_TAKEN,) == early.codes
    new_password = world.accounts.confirm_email(link, new_password=NEW_PASSWORD)
    assert isinstance(new_password, Refused)
    assert (Code.EMAIL_TAKEN,) == new_password.codes
    world.tick(days=7)
    world.accounts.resend_confirmation("bob")
    bob = signed_in(world.accounts.sign_in(PUBLIC, "bob", PASSWORD))
    late = newest_link(world, ANN, "/confirm-email")
    done = world.accounts.confirm_email(late, session_token=bob.session_token)

    assert isinstance(done, EmailConfirmed)
    assert name_of(world, ANN) == (bob.account.id, "active")


def test_taken_back_it_is_the_accounts_alone_again() -> None:
    """And the address that the change had brought is set aside in its place."""
    world = World(UNIQUE)
    changed(world, confirmed(world))

    world.accounts.cancel_email_change(take_back(world))

    mine = account(world).id
    assert name_of(world, ANN) == (mine, "active")
    assert name_of(world, NEW) == (mine, "reserved")
    assert () == violations(world.store)


def test_another_spelling_of_ones_own_address_is_no_loss_of_it() -> None:
    """Only how it is written changes; it stays this account's alone, there and back."""
    world = World(UNIQUE)
    changed(world, confirmed(world), "Ann@mail.example.org")
    assert name_of(world, ANN) == (account(world).id, "active")

    world.accounts.cancel_email_change(take_back(world))

    assert name_of(world, ANN) == (account(world).id, "active")
    assert ANN == account(world).email


def test_who_has_no_address_yet_leaves_none() -> None:
    """Made by staff without one: the first change writes it, and there is no old mailbox to tell."""
    world = World()
    one = ann(world)
    bare = attrs.evolve(account(world), email=None, email_key=None, email_confirmed_at=None)
    world.store.commit(Replace(account(world), bare))
    world.deliver()

    two = changed(world, one)

    assert NEW == two.account.email
    assert ["email-changed-new"] == [mail.template for mail in letters(world)]
