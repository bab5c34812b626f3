"""What goes wrong with one e-mail is kept with it, tried again with growing pauses, and stops no other."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from outbox.office import SECOND, START, Hook, Office, failing
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.codes import ActorKind, EventName, OutboxState
from permit_accounts.model.errors import Unavailable, Undeliverable
from permit_accounts.outbox import Delivered, Outbox
from permit_accounts.ports import Replace
from permit_accounts.testing.smtp_server import SMTPServer


@pytest.fixture
def office():
    return Office()


@pytest.mark.attack("MAIL-12")
def test_pauses_grow():
    """A server that is out of reach is asked again after pauses that double, up to the longest."""
    office = Office(backend=failing(Unavailable("busy")), outbox_max_pause=timedelta(minutes=10))
    office.dice = bytes
    office.put()
    pauses = []

    for attempt in range(1, 7):
        assert Delivered(deferred=1) == office.deliver()
        kept = office.email()
        assert (attempt, "Unavailable: busy") == (kept.attempts, kept.last_error)
        pauses.append((kept.due_at - office.now) // timedelta(minutes=1))
        office.now = kept.due_at

    assert [1, 2, 4, 8, 10, 10] == pauses


@pytest.mark.attack("MAIL-12")
def test_pauses_differ():
    """Up to a quarter of a pause is chance, so that a backlog does not come back at one moment."""
    pauses = {}
    for dice in (b"\x00\x00", b"\x80\x00", b"\xff\xff"):
        office = Office(backend=failing(Unavailable("busy")))
        office.dice = lambda n, dice=dice: dice if n == 2 else bytes(n)
        office.put()
        office.deliver()
        pauses[dice] = (office.email().due_at - START).total_seconds()

    assert (60, 52.5) == (pauses[b"\x00\x00"], pauses[b"\x80\x00"])
    assert 45 < pauses[b"\xff\xff"] < 45.001


@pytest.mark.attack("MAIL-12")
def test_given_up_after_the_last_attempt():
    """After the last attempt the e-mail is kept with its reason, is due no more, and staff learn of it."""
    office = Office(backend=failing(Unavailable("busy")), outbox_attempts=2)
    office.put(account_id="ann")
    office.deliver()
    office.now += timedelta(hours=1)

    assert Delivered(failed=1) == office.deliver()

    (kept,) = office.outbox.failed()
    assert (OutboxState.FAILED, None, 2, "Unavailable: busy") == (
        kept.state,
        kept.due_at,
        kept.attempts,
        kept.last_error,
    )
    (event,) = office.events()
    assert (EventName.EMAIL_FAILED, ActorKind.SYSTEM, "ann", office.now) == (
        event.name,
        event.actor,
        event.account_id,
        event.desk_at,
    )
    assert {"email": "email-0", "template": "password-changed", "error": "Unavailable: busy"} == event.params
    office.now += timedelta(days=1)
    assert Delivered() == office.deliver()


@pytest.mark.attack("MAIL-12")
def test_poison_stops_nobody():
    """A template that is not there, a refused recipient, a fault of the backend: the others leave."""

    def choosy(message):
        if message.recipient == "ann1@example.org":
            raise Undeliverable("sending failed: the mail server answered 550")
        if message.recipient == "ann2@example.org":
            raise Unavailable("sending failed: the mail server answered 451")
        if message.recipient == "ann3@example.org":
            raise RuntimeError("secret words")

    office = Office(backend=Hook(choosy))
    office.put(0, template="birthday")
    for n in range(1, 6):
        office.put(n, due_at=START - SECOND)

    assert Delivered(sent=2, deferred=2, failed=2) == office.deliver()

    assert {
        "email-0": "it cannot be rendered: KeyError",
        "email-1": "Undeliverable: sending failed: the mail server answered 550",
        "email-2": "Unavailable: sending failed: the mail server answered 451",
        "email-3": "RuntimeError",
    } == {email.id: email.last_error for email in office.emails()}
    assert {"email-0", "email-1"} == {email.id for email in office.outbox.failed()}
    sent = {message.recipient for message in office.backend.mailbox.messages}
    assert {"ann4@example.org", "ann5@example.org"} == sent


@pytest.mark.attack("MAIL-04", "MAIL-12")
def test_planted_recipient_is_given_up_and_nothing_hits_the_wire():
    """A recipient planted in the database: its e-mail is given up, the others leave."""
    with SMTPServer() as server:
        backend = SMTPBackend(server.host, server.port, security="none", local_hostname="localhost")
        office = Office(backend=backend)
        email = office.put(due_at=START - SECOND)
        planted = attrs.evolve(email, recipient="a@x.example>\r\nRCPT TO:<b@y.example")
        office.store.commit(Replace(email, planted))
        office.put(1)

        assert Delivered(sent=1, failed=1) == office.deliver()

        assert [("ann1@example.org",)] == [envelope.recipients for envelope in server.envelopes]
        assert 1 == server.connections
    assert "Undeliverable: the recipient is not one plain ASCII e-mail address" == office.email().last_error


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (
            Unavailable("550 <ann0@example.org> https://permits.example.gov/reset?token=abcdefghijklmnop no"),
            "Unavailable: 550 … … no",
        ),
        (Undeliverable("x " * 400), ("Undeliverable: " + "x " * 400)[:200]),
        (ValueError("ann0@example.org"), "ValueError"),
    ],
)
def test_reasons_keep_no_address_and_no_secret(error, kept):
    """What is kept of a fault names its kind; an address, a link or a foreign fault's words are cut out."""
    office = Office(backend=failing(error))
    office.put()

    office.deliver()

    assert kept == office.email().last_error


def test_retry(office):
    """An e-mail that was given up is due again at once, with all its attempts before it."""
    office.put(template="birthday")
    office.deliver()
    office.now += timedelta(days=1)

    assert office.outbox.retry("email-0")

    kept = office.email()
    assert (OutboxState.DUE, office.now, 0) == (kept.state, kept.due_at, kept.attempts)
    assert [] == list(office.outbox.failed())


def test_retry_of_what_was_not_given_up(office):
    """An e-mail that is due, or was never there, is left alone."""
    before = office.put()

    assert not office.outbox.retry("email-0")
    assert not office.outbox.retry("email-1")
    assert before == office.email()


def test_failed_in_pages(office):
    """The list of failed e-mails is read page by page."""
    for n in range(3):
        office.put(n, template="birthday")
    office.deliver()

    first = office.outbox.failed(limit=2)
    second = office.outbox.failed(limit=2, after=first[-1])

    assert ["email-0", "email-1"] == [email.id for email in first]
    assert ["email-2"] == [email.id for email in second]


def test_store_out_of_reach(office):
    """Whoever delivers by hand learns that the store cannot be read."""

    class Gone:
        max_changes = 25

        def select(self, *question, **rest):
            raise Unavailable("no database")

    outbox = Outbox(attrs.evolve(office.services, store=Gone()), office.backend)

    with pytest.raises(Unavailable, match="no database"):
        outbox.deliver()
