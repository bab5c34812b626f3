"""Notices to a mailbox that never confirmed, whoever registered with it: few a day; to a confirmed all."""

from __future__ import annotations

from collections import Counter

import pytest

from flows.people import account, ann, confirmed, events, letters
from permit_accounts import PUBLIC, Delivered, EventName, Reason, SignedIn, Unavailable
from permit_accounts.model.records import AttemptCount
from permit_accounts.ports import Change
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import PASSWORD, World, public_form
from story import ANSWER, signed_in

VICTIM = "ann@mail.example.org"


def _changed(world: World, held: SignedIn, times: int) -> SignedIn:
    """The password was changed so often, and each notice had time to leave."""
    for n in range(times):
        old = PASSWORD if n == 0 else f"a new password, number {n - 1}"
        new = f"a new password, number {n}"
        held = signed_in(world.accounts.change_password(held.session_token, old, new))
        world.deliver()
    return held


def _got(world: World, subject: str = "password was changed") -> int:
    return len([mail for mail in world.mails_to(VICTIM) if subject in mail.subject])


@pytest.mark.attack("ENUM-13")
def test_nobody_floods_a_mailbox_by_changing_a_password_again_and_again() -> None:
    """Ten a day, however many changes, accounts and kinds of change; each that is dropped is on record."""
    world = World()
    held = ann(world)
    world.deliver()
    held = _changed(world, held, 12)
    assert 10 == _got(world)
    question = account(world).question_id or ""
    signed_in(
        world.accounts.change_security_question(
            held.session_token, "a new password, number 11", question, f"{ANSWER} again"
        )
    )
    other = signed_in(world.accounts.register(PUBLIC, public_form("bob", email="Ann@mail.example.org")))
    world.deliver()
    before = len(world.mails_to("Ann@mail.example.org"))
    _changed(world, other, 2)

    assert before == len(world.mails_to("Ann@mail.example.org"))
    assert [] == letters(world)
    dropped = Counter(event.cause for event in events(world, EventName.EMAIL_DROPPED))
    assert {Reason.OVER_LIMIT: 5} == dropped


@pytest.mark.attack("ENUM-13")
def test_the_next_day_its_notices_leave_again() -> None:
    """The limit is a day's."""
    world = World()
    held = _changed(world, ann(world), 11)
    world.tick(hours=23, minutes=59)
    world.tick(minutes=2)
    held = signed_in(world.accounts.sign_in(PUBLIC, "ann", "a new password, number 10"))
    world.accounts.change_password(held.session_token, "a new password, number 10", PASSWORD)
    world.deliver()

    assert 11 == _got(world)


@pytest.mark.attack("MAIL-17")
def test_no_notice_to_a_confirmed_mailbox_is_held_back() -> None:
    """A thief who changes the password again and again, or registers beside her, hides nothing from Ann."""
    world = World()
    held = confirmed(world)
    beside = signed_in(world.accounts.register(PUBLIC, public_form("thief", email=VICTIM)))
    world.deliver()
    _changed(world, beside, 11)
    _changed(world, held, 12)

    assert 10 + 12 == _got(world)


class _Scratch(MemoryStore):
    """Out of reach for counts while it is shut."""

    shut = False

    def commit(self, *changes: Change) -> None:
        if self.shut and any(isinstance(getattr(one, "record", None), AttemptCount) for one in changes):
            raise Unavailable("no counts just now")
        super().commit(*changes)


def test_a_notice_that_cannot_be_counted_waits() -> None:
    """It is not lost: as with a mail server that is out of reach, it has another try."""
    store = _Scratch()
    world = World(store=store)
    held = ann(world)
    world.deliver()
    world.accounts.change_password(held.session_token, PASSWORD, "a new password, number 0")
    store.shut = True

    assert Delivered(deferred=1) == world.accounts.outbox.deliver()

    store.shut = False
    world.tick(minutes=2)
    assert Delivered(sent=1) == world.accounts.outbox.deliver()
