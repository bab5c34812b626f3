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
from story import ANSWER, NEW_PASSWORD, signed_in

VICTIM = "ann@mail.example.org"


def _changed(world: World, held: SignedIn, times: int, *, last: str = PASSWORD) -> SignedIn:
    """The password was changed so often, and each notice had time to leave."""
    for n in range(times):
        new = f"a new password, number {n}"
        held = signed_in(world.accounts.change_password(held.session_token, last, new))
        world.deliver()
        last = new
    return held


def _got(world: World, subject: str = "password was changed") -> int:
    return len([mail for mail in world.mails_to(VICTIM) if subject in mail.subject])


@pytest.mark.attack("ENUM-13")
def test_nobody_floods_a_mailbox_by_changing_a_password_again_and_again() -> None:
    """The first of a kind for each account, and ten more a day of any; each that is dropped is on record."""
    world = World()
    held = ann(world)
    world.deliver()
    held = _changed(world, held, 12)
    assert 1 + 10 == _got(world)
    question = account(world).question_id or ""
    for n in range(2):
        held = signed_in(
            world.accounts.change_security_question(
                held.session_token, "a new password, number 11", question, f"{ANSWER} again {n}"
            )
        )
    world.deliver()
    assert 1 == _got(world, "question")
    other = signed_in(world.accounts.register(PUBLIC, public_form("bob", email="Ann@mail.example.org")))
    world.deliver()
    before = len(world.mails_to("Ann@mail.example.org"))
    _changed(world, other, 2)

    assert before + 1 == len(world.mails_to("Ann@mail.example.org"))
    assert [] == letters(world)
    dropped = Counter(event.cause for event in events(world, EventName.EMAIL_DROPPED))
    assert {Reason.OVER_LIMIT: 3} == dropped


@pytest.mark.attack("ENUM-13")
def test_the_next_day_its_notices_leave_again() -> None:
    """The limit is a day's."""
    world = World()
    held = _changed(world, ann(world), 12)
    world.tick(hours=23, minutes=59)
    world.tick(minutes=2)
    held = signed_in(world.accounts.sign_in(PUBLIC, "ann", "a new password, number 11"))
    _changed(world, held, 12, last="a new password, number 11")

    assert 11 + 11 == _got(world)


@pytest.mark.attack("MAIL-17")
def test_no_notice_to_a_confirmed_mailbox_is_held_back() -> None:
    """A thief who changes the password again and again, or registers beside her, hides nothing from Ann."""
    world = World()
    held = confirmed(world)
    beside = signed_in(world.accounts.register(PUBLIC, public_form("thief", email=VICTIM)))
    world.deliver()
    _changed(world, beside, 11)
    _changed(world, held, 12)

    assert 1 + 10 + 12 == _got(world)


@pytest.mark.attack("MAIL-17")
def test_nobody_uses_up_the_notices_of_a_theft_from_an_account_beside() -> None:
    """Whoever registered with Ann's unconfirmed address hides no theft of her account by their own noise."""
    world = World()
    ann(world)
    beside = signed_in(world.accounts.register(PUBLIC, public_form("thief", email=VICTIM)))
    _changed(world, beside, 12)
    before = len(world.mails_to(VICTIM))

    held = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    held = signed_in(world.accounts.change_password(held.session_token, PASSWORD, NEW_PASSWORD))
    question = account(world).question_id or ""
    held = signed_in(
        world.accounts.change_security_question(held.session_token, NEW_PASSWORD, question, "of the thief")
    )
    world.accounts.close_account(held.session_token, NEW_PASSWORD)
    world.deliver()

    subjects = [mail.subject for mail in world.mails_to(VICTIM)[before:]]
    assert 3 == len(subjects) == len(set(subjects))


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
