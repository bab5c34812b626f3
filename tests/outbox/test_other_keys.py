"""A link that its application could not open is never mailed, and that it waits is noticed."""

from __future__ import annotations

import logging

import pytest

from flows.people import confirmed
from outbox.office import Office
from permit_accounts.model.codes import EventName
from permit_accounts.model.outcomes import EmailChangeCancelled, EmailConfirmed, SignedIn
from permit_accounts.model.records import AuditEvent, OutboxEmail
from permit_accounts.outbox import Delivered
from permit_accounts.ports import Every
from permit_accounts.testing.world import PASSWORD, World, city_policy, links_in, public_form
from permit_accounts.tools.keyring import Keyring
from story import newest_link

REASON = "it was written with keys that this process does not have"


@pytest.fixture
def portal() -> World:
    """An application whose person waits for a link."""
    portal = World()
    assert isinstance(portal.accounts.register("public", public_form("ann")), SignedIn)
    return portal


def delivery(portal: World, keys: Keyring) -> World:
    """A process beside it, on the same database, with keys of its own configuration."""
    return World(store=portal.store, keys=keys)


def opens(portal: World, beside: World) -> bool:
    """Whether the link that was sent beside the portal opens its page in the portal."""
    (message,) = beside.mailbox.messages
    (token,) = links_in(message)
    return isinstance(portal.accounts.confirm_email(token, password=PASSWORD), EmailConfirmed)


def waiting(portal: World) -> OutboxEmail:
    (email,) = portal.store.select(OutboxEmail, Every(), limit=10)
    return email


@pytest.mark.attack("MAIL-13")
def test_mail_written_with_other_keys_is_not_sent(portal: World, caplog: pytest.LogCaptureFixture) -> None:
    """It stays due with its reason, and the log tells; the process with the right keys sends it."""
    beside = delivery(portal, Keyring.new())

    with caplog.at_level(logging.ERROR):
        assert Delivered(deferred=1) == beside.accounts.outbox.deliver()

    assert [] == beside.mailbox.messages
    assert REASON == waiting(portal).last_error
    assert [f"e-mail {waiting(portal).id} waits: {REASON}"] == caplog.messages
    portal.tick(hours=1)
    assert Delivered(sent=1) == portal.accounts.outbox.deliver()
    assert opens(portal, portal)


@pytest.mark.attack("MAIL-13")
def test_mail_whose_keys_never_come_is_given_up() -> None:
    """After the last attempt staff learn of it, as of every mail that cannot be sent."""
    impatient = city_policy(outbox_attempts=1)
    portal = World(impatient)
    assert isinstance(portal.accounts.register("public", public_form("ann")), SignedIn)
    beside = World(impatient, store=portal.store, keys=Keyring.new())

    assert Delivered(failed=1) == beside.accounts.outbox.deliver()

    assert [REASON] == [email.last_error for email in portal.accounts.outbox.failed()]
    events = portal.store.select(AuditEvent, Every(), limit=100)
    (event,) = (event for event in events if event.name is EventName.EMAIL_FAILED)
    assert REASON == event.params["error"]
    assert event.desk_at is not None


def test_delivery_that_has_the_new_key_already(portal: World) -> None:
    """Keys are renewed beside the application first: the link is sealed with the key that it knows."""
    beside = delivery(portal, portal.keys.with_new_seal())

    assert Delivered(sent=1) == beside.accounts.outbox.deliver()

    assert opens(portal, beside)


def test_delivery_that_has_not_the_new_key_yet() -> None:
    """Keys are renewed in the application first: its mail waits until delivery has them too."""
    before = Keyring.new()
    portal = World(keys=before.with_new_seal())
    assert isinstance(portal.accounts.register("public", public_form("ann")), SignedIn)
    late = delivery(portal, before)
    assert Delivered(deferred=1) == late.accounts.outbox.deliver()

    renewed = delivery(portal, portal.keys)
    renewed.tick(hours=1)

    assert Delivered(sent=1) == renewed.accounts.outbox.deliver()
    assert opens(portal, renewed)


def test_mail_written_before_keys_were_renewed(portal: World) -> None:
    """The old key opens for as long as it is kept, and what was written with it is sent."""
    renewed = delivery(portal, portal.keys.with_new_seal())

    assert Delivered(sent=1) == renewed.accounts.outbox.deliver()

    assert opens(renewed, renewed)


def test_mail_without_a_link_is_sent_by_anybody(portal: World) -> None:
    """No key has a part in it, and a notice that somebody changed something should not wait."""
    portal.deliver()
    token = portal.accounts.sign_in("public", "ann", PASSWORD)
    assert isinstance(token, SignedIn)
    portal.accounts.close_account(token.session_token, password=PASSWORD)
    beside = delivery(portal, Keyring.new())

    assert Delivered(sent=1) == beside.accounts.outbox.deliver()


@pytest.mark.attack("MAIL-17")
def test_a_notice_whose_link_is_dead_anyway_needs_no_key() -> None:
    """It is told without its link, by whichever process comes first."""
    office = Office()
    office.put(template="email-change-cancelled", token_ids=("spent",), seal_id=Keyring.new().seal_ids[0])

    assert Delivered(sent=1) == office.deliver()


def robbed() -> World:
    """A city where a thief has just moved Ann's account to an address of their own."""
    world = World()
    held = confirmed(world)
    world.accounts.change_email(held.session_token, "thief@evil.example.org")
    link = newest_link(world, "thief@evil.example.org")
    assert isinstance(world.accounts.confirm_email(link, session_token=held.session_token), EmailConfirmed)
    return world


@pytest.mark.attack("MAIL-17")
def test_a_notice_of_a_theft_outlives_the_key_that_was_stolen() -> None:
    """The key is taken away while the notice waits: its owner is told all the same, within hours."""
    city = robbed()
    after = delivery(city, city.keys.with_new_seal(keep=False))

    rounds = [after.accounts.outbox.deliver()]
    while rounds[-1].deferred:
        after.tick(hours=1)
        rounds.append(after.accounts.outbox.deliver())

    assert [Delivered(sent=1, deferred=1), *[Delivered(deferred=1)] * 5, Delivered(sent=1)] == rounds
    (notice,) = (mail for mail in after.mailbox.messages if mail.recipient == "ann@mail.example.org")
    assert [] == links_in(notice)
    assert "address" in notice.subject


@pytest.mark.attack("MAIL-17")
def test_a_notice_of_a_theft_waits_for_a_key_that_is_on_its_way() -> None:
    """With the key comes the link that takes the change back, and that is worth an hour."""
    city = robbed()
    beside = delivery(city, Keyring.new())
    assert Delivered(sent=1, deferred=1) == beside.accounts.outbox.deliver()

    city.tick(hours=1)
    city.deliver()

    link = newest_link(city, "ann@mail.example.org")
    assert isinstance(city.accounts.cancel_email_change(link), EmailChangeCancelled)
