"""A change of address is taken back by the mailbox that was on file before, and by nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import attrs
import pytest

from flows.mailboxes import ANN, NEW, THIEF, UNIQUE, changed, name_of, take_back
from flows.people import account, ann, confirmed, letters, new_events, temporary
from permit_accounts import (
    PUBLIC,
    AccountClosed,
    Code,
    EmailChangeCancelled,
    EmailConfirmed,
    EventName,
    PasswordReset,
    Reason,
    Refused,
    ResetForm,
    SetupForm,
    SetupRequired,
    Standing,
)
from permit_accounts.model.codes import Purpose
from permit_accounts.model.records import OneTimeToken
from permit_accounts.ports import Is, Message, Replace
from permit_accounts.rules.policy import Limit
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy, links_in, public_form, setup_form
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
    world = World(city_policy(confirmation_mails=Limit(count=20, within=timedelta(hours=1))))
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


def subjects(mails: Sequence[Message]) -> list[str]:
    """What mails are about, in alphabetical order."""
    return sorted(mail.subject.partition(": ")[2] for mail in mails)


def _temporary(world: World) -> object:
    return temporary(world, "ann", second_reason="the former mailbox was stolen")


def _off_and_on(world: World) -> object:
    world.desk().disable("ann", PUBLIC, reason="the former mailbox was stolen")
    return world.desk().enable("ann", PUBLIC, reason="the owner came in")


def _closed_and_reopened(world: World) -> object:
    held = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    world.accounts.close_account(held.session_token, PASSWORD)
    return world.desk().reopen("ann", PUBLIC, reason="the owner came in")


@pytest.mark.attack("TMP-10", "TOK-26")
@pytest.mark.parametrize("act", [_temporary, _off_and_on, _closed_and_reopened])
def test_what_staff_do_about_an_account_ends_the_links_to_its_former_mailbox(
    act: Callable[[World], object],
) -> None:
    """Whoever reads the former mailbox cannot take over what staff have put right."""
    world = World()
    changed(world, confirmed(world))
    link = take_back(world)

    assert not isinstance(act(world), Refused)
    if account(world).standing is Standing.SETUP:
        _set_up(world)

    assert isinstance(world.accounts.cancel_email_change(link), Refused)
    assert NEW == account(world).email


def _set_up(world: World) -> None:
    world.accounts.request_password_reset("ann")
    link = newest_link(world, NEW, "/setup")
    form = world.accounts.open_setup(link)
    assert isinstance(form, SetupForm)
    signed_in(world.accounts.finish_setup(link, setup_form(form.asks)))


@pytest.mark.attack("MAIL-17")
def test_a_thief_who_closes_the_account_at_once_cannot_keep_the_change_quiet() -> None:
    """The notice of the change leaves without its link, and the former mailbox learns of the closing too."""
    world = World()
    two = changed(world, confirmed(world), THIEF)
    world.mailbox.clear()
    assert AccountClosed() == world.accounts.close_account(two.session_token, PASSWORD)

    told = world.mails_to(ANN)

    assert ["your account was closed", "your e-mail address was changed"] == subjects(told)
    assert [] == [link for mail in told for link in links_in(mail)]
    assert all("call (323) 555-0199" in mail.text for mail in told)


def test_few_former_mailboxes_are_told_of_a_closing_and_the_first_is_among_them() -> None:
    """However many addresses the thief went through; what is past its week is told nothing."""
    world = World(city_policy(confirmation_mails=Limit(count=20, within=timedelta(hours=1))))
    one = confirmed(world)
    for n in range(6):
        one = changed(world, one, f"thief{n}@mail.example.org")
    world.deliver()
    world.accounts.close_account(one.session_token, PASSWORD)

    told = {mail.recipient for mail in letters(world)}

    assert {ANN, *(f"thief{n}@mail.example.org" for n in (0, 1, 5))} == told


def test_a_mailbox_whose_week_is_over_is_not_told_of_a_closing() -> None:
    """It is nobody's concern any more."""
    world = World()
    changed(world, confirmed(world))
    world.deliver()
    world.tick(days=7)
    two = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    world.accounts.close_account(two.session_token, PASSWORD)

    assert [NEW] == [mail.recipient for mail in letters(world)]


def test_a_change_that_is_taken_back_takes_the_question_away() -> None:
    """The thief's own question would keep the owner out of the reset; new ones are asked for at sign-in."""
    world = World()
    one = confirmed(world)
    two = signed_in(
        world.accounts.change_security_question(one.session_token, PASSWORD, "first-dish", "the thief's soup")
    )
    changed(world, two, THIEF)
    assert EmailChangeCancelled() == world.accounts.cancel_email_change(take_back(world))

    reset = newest_link(world, ANN, "/reset-password")

    form = world.accounts.open_reset(reset)
    assert isinstance(form, ResetForm)
    assert form.question_id is None
    assert isinstance(world.accounts.reset_password(reset, NEW_PASSWORD), PasswordReset)
    asked = world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD)
    assert isinstance(asked, SetupRequired)
    assert ("question", "answer") == asked.asks


@pytest.mark.attack("MAIL-17")
def test_a_notice_of_a_change_taken_back_is_sent_whatever_became_of_its_link() -> None:
    """A newer reset was asked for before the mail left: its link is dead, and what it tells is as true."""
    world = World()
    changed(world, confirmed(world), THIEF)
    assert EmailChangeCancelled() == world.accounts.cancel_email_change(take_back(world))
    world.accounts.request_password_reset("ann")

    told = world.deliver()

    assert ["set a new password", "the change of your e-mail address was taken back"] == subjects(told)
    assert {"set a new password": 1} == Counter(
        subject for mail in told for subject in subjects([mail]) * len(links_in(mail))
    )
