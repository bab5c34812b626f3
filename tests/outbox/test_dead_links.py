"""No e-mail with a dead link is sent, however long it had to wait."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from outbox.office import SECOND, START, Office
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.codes import ActorKind, EventName, Purpose, Reason, Standing
from permit_accounts.model.records import Account
from permit_accounts.outbox import Delivered
from permit_accounts.ports import Is, Remove, Replace
from permit_accounts.testing.smtp_server import Behavior, SMTPServer


@pytest.fixture
def office():
    return Office()


def spent(office, token):
    office.store.commit(Remove(token))


def expired(office, token):
    office.now = token.expires_at


def of_an_older_epoch(office, token):
    (account,) = office.store.select(Account, Is("id", token.account_id), limit=1)
    office.store.commit(Replace(account, account.with_password("another")))


def disabled(office, token):
    (account,) = office.store.select(Account, Is("id", token.account_id), limit=1)
    office.store.commit(Replace(account, attrs.evolve(account, standing=Standing.DISABLED)))


def overtaken(office, token):
    (account,) = office.store.select(Account, Is("id", token.account_id), limit=1)
    office.put_token(account, n=1, created_at=token.created_at + SECOND)


def account_gone(office, token):
    (account,) = office.store.select(Account, Is("id", token.account_id), limit=1)
    office.store.commit(Remove(account))


@pytest.mark.attack("MAIL-13")
@pytest.mark.parametrize("happens", [spent, expired, of_an_older_epoch, disabled, overtaken, account_gone])
def test_dead_link_is_not_sent(office, happens):
    """An e-mail whose link would open nothing is dropped, and an event tells."""
    token = office.put_token(office.put_account())
    office.put(template="reset-link", token_ids=(token.id,), account_id="ann")

    happens(office, token)
    told = office.deliver()

    assert Delivered(dropped=1) == told
    assert [] == office.backend.messages
    assert [] == office.emails()
    (event,) = office.events()
    assert (EventName.EMAIL_DROPPED, ActorKind.SYSTEM, "ann", Reason.DEAD_TOKEN) == (
        event.name,
        event.actor,
        event.account_id,
        event.cause,
    )
    assert {"email": "email-0", "template": "reset-link"} == event.params
    assert event.desk_at is None


@pytest.mark.attack("MAIL-13")
def test_link_in_its_last_moment(office):
    """A link is good until the microsecond in which it expires."""
    token = office.put_token(office.put_account())
    office.put(template="reset-link", token_ids=(token.id,))

    office.now = token.expires_at - timedelta(microseconds=1)

    assert Delivered(sent=1) == office.deliver()


@pytest.mark.attack("MAIL-13")
def test_server_down_longer_than_the_link_lives():
    """The mail server is down for longer than the link lives, then up: nobody gets a dead link."""
    with SMTPServer(Behavior.DEFER) as server:
        backend = SMTPBackend(server.host, server.port, security="none", local_hostname="localhost")
        office = Office(backend=backend)
        token = office.put_token(office.put_account())
        office.put(template="reset-link", token_ids=(token.id,))
        assert Delivered(deferred=1) == office.deliver()

        server.behavior = Behavior.ACCEPT
        office.now = START + timedelta(hours=2)

        assert Delivered(dropped=1) == office.deliver()
        assert [] == server.envelopes


@pytest.mark.attack("MAIL-13")
def test_cancel_link_outlives_the_epoch(office):
    """The link that takes a change of e-mail back is good although the change ended everything else."""
    account = office.put_account()
    token = office.put_token(account, Purpose.CANCEL_EMAIL_CHANGE, epoch=account.epoch - 1)
    office.put(template="email-changed", token_ids=(token.id,))

    assert Delivered(sent=1) == office.deliver()


@pytest.mark.attack("MAIL-13")
def test_shared_mailbox_keeps_the_links_that_live(office):
    """Of the links of several accounts, those that are dead are left out."""
    live = [office.put_token(office.put_account(name)) for name in ("ann", "ben", "cid")]
    office.put(template="reset-link", token_ids=tuple(token.id for token in live))

    spent(office, live[0])
    told = office.deliver()

    assert Delivered(sent=1) == told
    (message,) = office.backend.messages
    assert 2 == message.text.count("?token=")
    assert "ann (Public user)" not in message.text


@pytest.mark.attack("MAIL-13")
def test_confirmation_without_its_own_link(office):
    """An e-mail that confirms an address is dropped with its link, whatever else it offered."""
    own = office.put_token(office.put_account("ann"), Purpose.CONFIRM_EMAIL)
    other = office.put_token(office.put_account("ben"))
    office.put(template="confirm-email", token_ids=(own.id, other.id))

    spent(office, own)

    assert Delivered(dropped=1) == office.deliver()


@pytest.mark.attack("MAIL-13")
def test_confirmation_without_the_others(office):
    """The other accounts' links may die; the confirmation is sent without them."""
    own = office.put_token(office.put_account("ann"), Purpose.CONFIRM_EMAIL)
    other = office.put_token(office.put_account("ben"))
    office.put(template="confirm-email", token_ids=(own.id, other.id))

    spent(office, other)

    assert Delivered(sent=1) == office.deliver()
    assert 1 == office.backend.messages[0].text.count("?token=")


@pytest.mark.attack("MAIL-17")
@pytest.mark.parametrize("happens", [spent, expired, of_an_older_epoch, disabled, overtaken, account_gone])
def test_a_notice_is_told_whatever_became_of_its_link(office, happens):
    """Somebody else's change is not kept quiet by killing the link that its notice was made with."""
    token = office.put_token(office.put_account())
    office.put(template="email-change-cancelled", token_ids=(token.id,), account_id="ann")

    happens(office, token)

    assert Delivered(sent=1) == office.deliver()
    (message,) = office.backend.messages
    assert "?token=" not in message.text
