"""What is told and noted of each credential change: one notice, one event, to the right address."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.people import (
    account,
    ann,
    confirmed,
    events,
    hashing_harder,
    letters,
    new_events,
    temporary,
)
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    EmailConfirmed,
    EventName,
    Refused,
    SignedIn,
    Unavailable,
)
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.ports import Message
from permit_accounts.testing.world import PASSWORD, World, public_form
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in

ANN = "ann@mail.example.org"


def change_password(world: World, held: SignedIn, new: str = NEW_PASSWORD, old: str = PASSWORD) -> object:
    return world.accounts.change_password(held.session_token, old, new)


def change_question(
    world: World, held: SignedIn, question: str = "first-dish", answer: str = "potato soup"
) -> object:
    return world.accounts.change_security_question(held.session_token, PASSWORD, question, answer)


Change = Callable[[World, SignedIn], object]


def _reset(world: World, held: SignedIn) -> object:
    world.accounts.request_password_reset("ann")
    link = newest_link(world, ANN, "/reset-password")
    return world.accounts.reset_password(link, NEW_PASSWORD, ANSWER)


def _change_address(world: World, held: SignedIn) -> object:
    world.accounts.change_email(held.session_token, "new@mail.example.org")
    return world.accounts.confirm_email(newest_link(world, "new@mail.example.org"))


def _temporary(world: World, held: SignedIn) -> object:
    return temporary(world, "ann", second_reason="the mailbox is lost")


NOTICES: dict[str, tuple[Change, dict[str, str]]] = {
    "password-changed": (change_password, {ANN: "password-changed"}),
    "password-reset": (_reset, {ANN: "password-reset"}),
    "question-changed": (change_question, {ANN: "question-changed"}),
    "email-changed": (
        _change_address,
        {ANN: "email-changed", "new@mail.example.org": "email-changed-new"},
    ),
    "temporary-issued": (_temporary, {ANN: "temporary-issued"}),
}


@pytest.mark.attack("MAIL-17")
@pytest.mark.parametrize("case", NOTICES)
def test_each_credential_change_is_told_once_to_the_right_address(case: str) -> None:
    """ASVS 5.0, 6.3.7: one notice each; only the one to the former address carries a live link."""
    change, expected = NOTICES[case]
    world = World()
    one = confirmed(world)

    assert not isinstance(change(world, one), Refused)
    waiting = {mail.recipient: mail.template for mail in letters(world)}
    messages = world.deliver()

    assert expected == waiting
    assert sorted(expected) == sorted(message.recipient for message in messages)
    for message in messages:
        assert (waiting[message.recipient] == "email-changed") == ("?token=" in message.text)
        assert PASSWORD not in message.text
        assert NEW_PASSWORD not in message.text


class OnceDown(MemoryBackend):
    """A mail server that is out of reach the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def send(self, message: Message) -> None:
        """Keep the e-mail, from the second time on."""
        self.asked += 1
        if self.asked == 1:
            raise Unavailable("down")
        super().send(message)


@pytest.mark.attack("MAIL-17")
def test_a_notice_that_could_not_be_sent_is_sent_later() -> None:
    """The change stands and the person learns of it, whenever the mail server is back."""
    mailbox = OnceDown()
    world = World(email=mailbox)
    one = ann(world)
    mailbox.asked = 1
    world.deliver()
    mailbox.clear()
    mailbox.asked = 0
    assert isinstance(change_password(world, one), SignedIn)

    world.deliver()
    assert [] == mailbox.messages
    world.tick(hours=1)
    world.deliver()

    assert [ANN] == [message.recipient for message in mailbox.messages]
    assert () == tuple(letters(world))


@pytest.mark.attack("LOG-06")
def test_each_change_leaves_one_event_of_its_own() -> None:
    """Who, what and from where; made in the commit of the change, so neither is without the other."""
    world = World()
    one = confirmed(world)
    expected = {
        EventName.REAUTHENTICATED: lambda s: world.accounts.reauthenticate(s, PASSWORD),
        EventName.PASSWORD_CHANGED: lambda s: world.accounts.change_password(s, PASSWORD, NEW_PASSWORD),
        EventName.QUESTION_CHANGED: lambda s: world.accounts.change_security_question(
            s, NEW_PASSWORD, "first-dish", "potato soup"
        ),
        EventName.SESSIONS_ENDED: world.accounts.end_other_sessions,
    }

    for name, change in expected.items():
        one, (event,) = new_events(world, change, one.session_token)
        assert (name, one.account.id, "self", one.account.id) == (
            event.name,
            event.account_id,
            event.actor,
            event.actor_id,
        )
    assert [] == events(world, EventName.SIGN_IN_REFUSED)


@pytest.mark.attack("HASH-06")
def test_a_rehash_ends_no_session_and_a_change_does() -> None:
    """Signing in on another device makes the stored hash stronger; what a session is bound to stays."""
    world = World()
    one = confirmed(world)
    weak = account(world).password_hash
    hashing_harder(world)

    two = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))

    assert weak != account(world).password_hash
    assert world.accounts.session(one.session_token) is not None
    three = signed_in(change_password(world, two))
    assert world.accounts.session(one.session_token) is None
    assert world.accounts.session(three.session_token) is not None
    assert isinstance(world.accounts.sign_in(CONTRACTOR, "1012345", PASSWORD), Refused)


PRIZE = "claim-prize.example.net"


def _everything(world: World, held: SignedIn, mailbox: str) -> None:
    """All that somebody signed in can have mailed to a mailbox that never confirmed."""
    accounts = world.accounts
    accounts.request_password_reset(mailbox)
    accounts.remind_usernames(mailbox)
    accounts.resend_confirmation(mailbox)
    world.deliver()
    accounts.register(PUBLIC, public_form("other.prize.example", email=mailbox))
    held = signed_in(accounts.change_password(held.session_token, PASSWORD, NEW_PASSWORD))
    held = signed_in(
        accounts.change_security_question(held.session_token, NEW_PASSWORD, "first-dish", "onion tart")
    )
    accounts.change_email(held.session_token, "thief@mail.example.org")
    link = newest_link(world, "thief@mail.example.org")
    changed = accounts.confirm_email(link, session_token=held.session_token)
    assert isinstance(changed, EmailConfirmed)
    assert changed.signed_in is not None
    accounts.close_account(changed.signed_in.session_token, NEW_PASSWORD)


@pytest.mark.attack("MAIL-08")
def test_no_mailbox_that_never_confirmed_is_sent_a_name_that_reads_like_a_link() -> None:
    """Whatever the mail is about: the name was chosen by somebody who typed somebody else's address."""
    world = World()
    held = signed_in(world.accounts.register(PUBLIC, public_form(PRIZE, email=ANN)))
    _everything(world, held, ANN)

    told = world.mails_to(ANN)

    assert 8 == len({mail.subject for mail in told})
    assert [] == [mail.subject for mail in told if "prize.example" in mail.text + mail.html]
    assert all("c…" in mail.text or "o…" in mail.text for mail in told)


@pytest.mark.attack("MAIL-08")
def test_a_strangers_mailbox_is_sent_no_such_name_when_it_is_to_become_ones_own() -> None:
    """The account's own address is confirmed; the new one has proved nothing."""
    world = World()
    held = signed_in(world.accounts.register(PUBLIC, public_form(PRIZE, email="mallory@mail.example.org")))
    link = newest_link(world, "mallory@mail.example.org")
    world.accounts.confirm_email(link, session_token=held.session_token)
    world.accounts.change_email(held.session_token, ANN)

    (to_the_stranger,) = world.mails_to(ANN)
    own = world.mails_to("mallory@mail.example.org")[-1]

    assert "prize.example" not in to_the_stranger.text + to_the_stranger.html
    assert f"Account: {PRIZE}\n" in own.text


@pytest.mark.attack("MAIL-08")
def test_the_owner_of_a_confirmed_mailbox_reads_the_name_as_it_is() -> None:
    """Many people's usernames have a full stop in them."""
    world = World()
    held = signed_in(world.accounts.register(PUBLIC, public_form("ann.sample", email=ANN)))
    world.accounts.confirm_email(newest_link(world, ANN), session_token=held.session_token)
    world.mailbox.clear()
    world.accounts.request_password_reset(ANN)
    world.accounts.remind_usernames(ANN)
    world.accounts.change_email(held.session_token, "new@mail.example.org")
    world.accounts.confirm_email(newest_link(world, "new@mail.example.org"))

    told = world.mails_to(ANN)

    assert 4 == len(told)
    assert all("ann.sample" in mail.text for mail in told)
