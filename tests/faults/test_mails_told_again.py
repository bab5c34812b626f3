"""A mail asked for in one telling and sent in the next: it says what is true then, and goes where that is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.people import account, ann, confirmed, events, letters, rewrite
from interleaving import Interleaved
from permit_accounts import CheckYourEmail, EmailConfirmed, EventName, PasswordReset, Reason
from permit_accounts.model.errors import Conflict
from permit_accounts.model.records import AuditEvent
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import PASSWORD, World
from story import ANSWER, NEW_PASSWORD, newest_link

FORMER, NEW = "ann@mail.example.org", "ann.new@mail.example.org"


def city(person: Callable[[World], object]) -> tuple[World, Interleaved]:
    """A city with one person in it, and nothing in the outbox."""
    store = Interleaved(MemoryStore())
    world = World(store=store)  # type: ignore[arg-type]
    person(world)
    world.deliver()
    return world, store


def conflict_after(store: Interleaved, *acts: Callable[[], object]) -> None:
    """Let these happen right before the next commit, which then meets a conflict."""

    def moved() -> None:
        for act in acts:
            act()
        raise Conflict("the world moved on")

    store.before_commit_of(AuditEvent, moved)


def moves(world: World) -> None:
    """Staff put another address on file, and the person is called something else."""
    world.desk().change_email("ann", NEW, reason="seen at the counter")
    rewrite(world, username="ann.new")
    world.deliver()


@pytest.mark.attack("STO-08")
def test_a_reminder_says_what_the_account_is_called_now() -> None:
    """Told again, it reads again."""
    world, store = city(confirmed)
    conflict_after(store, lambda: rewrite(world, username="ann.new"))

    assert CheckYourEmail() == world.accounts.remind_usernames(FORMER)

    (mail,) = world.deliver()
    assert "ann.new (" in mail.text
    assert 1 == len(events(world, EventName.USERNAMES_REQUESTED))


@pytest.mark.attack("STO-08")
def test_a_reminder_is_not_mailed_to_an_address_that_was_left() -> None:
    """The former mailbox is nobody's any more, so nobody is written to."""
    world, store = city(confirmed)
    conflict_after(store, lambda: moves(world))

    assert CheckYourEmail() == world.accounts.remind_usernames(FORMER)

    assert [] == letters(world)
    (event,) = events(world, EventName.USERNAMES_REQUESTED)
    assert (None, Reason.NO_ADDRESS) == (event.account_id, event.cause)


@pytest.mark.attack("STO-08")
def test_a_confirmation_goes_to_the_address_of_now_and_is_good() -> None:
    """Asked for by username: the link is of the account as it stands, and confirms it."""
    world, store = city(ann)
    conflict_after(store, lambda: moves(world))

    assert CheckYourEmail() == world.accounts.resend_confirmation("ann")

    assert [NEW] == [letter.recipient for letter in letters(world)]
    link = newest_link(world, NEW, "/confirm-email")
    assert isinstance(world.accounts.confirm_email(link, password=PASSWORD), EmailConfirmed)


@pytest.mark.attack("STO-08")
def test_a_confirmation_that_is_not_needed_any_more_is_not_sent() -> None:
    """The mailbox was confirmed meanwhile."""
    world, store = city(ann)
    conflict_after(store, lambda: rewrite(world, email_confirmed_at=world.now()))

    assert CheckYourEmail() == world.accounts.resend_confirmation("ann")

    assert [] == letters(world)


@pytest.mark.attack("STO-08")
def test_a_reset_goes_to_the_address_of_now_and_is_good() -> None:
    """The same for a forgotten password."""
    world, store = city(confirmed)
    conflict_after(store, lambda: moves(world), lambda: rewrite(world, email_confirmed_at=world.now()))

    assert CheckYourEmail() == world.accounts.request_password_reset("ann")

    assert [NEW] == [letter.recipient for letter in letters(world)]
    link = newest_link(world, NEW, "/reset-password")
    assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD, ANSWER), PasswordReset)
    assert "ann.new" == account(world).username
